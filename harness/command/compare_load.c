/* SPDX-License-Identifier: MIT
 *
 * Which run a name means; see compare.h.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/units.h"
#include "command/command.h"
#include "command/compare.h"

/* What a name says: the file, and the run in it. Owns `file`. */
struct meant {
    char *file;
    const char *run;
};

/* "FILE:RUN" and "FILE", where there is such a file; else a run of the standard one. */
static struct meant take_apart(const char *name, const char *database)
{
    const char *colon = strrchr(name, ':');
    struct text file = {0};
    if (access(name, F_OK) == 0 && strchr(name, '.') != NULL)
        return (struct meant){memory_copy_text(name), "latest"};
    if (colon != NULL)
        text_append_bytes(&file, name, (size_t)(colon - name));
    bool is_file = file.length > 0 && access(text_chars(&file), F_OK) == 0;
    struct meant meant = {memory_copy_text(is_file ? text_chars(&file) : database),
                          is_file ? colon + 1 : name};
    text_free(&file);
    return meant;
}

/* heapmark_version is "0.1.0 (1a2b3c4)". */
static bool is_of_commit(const struct store_run *run, const char *digits)
{
    enum { LEAST_DIGITS = 4 };
    const char *bracket = run->heapmark_version == NULL ? NULL : strchr(run->heapmark_version, '(');
    size_t length = strlen(digits);
    for (size_t i = 0; i < length; i++)
        if (!isxdigit((unsigned char)digits[i]))
            return false;
    if (bracket == NULL || length < LEAST_DIGITS)
        return false;
    size_t known = strcspn(bracket + 1, "-)");
    return strncmp(bracket + 1, digits, known < length ? known : length) == 0;
}

/* The newest run of this label, or of this commit; NULL. */
static const struct store_run *find_named(const struct store_run_list *runs, const char *name)
{
    const struct store_run *found = NULL;
    for (size_t i = 0; i < runs->count; i++)
        if (runs->runs[i].label != NULL && strcmp(runs->runs[i].label, name) == 0)
            found = &runs->runs[i];
    for (size_t i = 0; found == NULL && i < runs->count; i++) {
        const struct store_run *run = &runs->runs[runs->count - 1 - i];
        if (is_of_commit(run, name))
            found = run;
    }
    return found;
}

static const struct store_run *find_number(const struct store_run_list *runs, int64_t id)
{
    for (size_t i = 0; i < runs->count; i++)
        if (runs->runs[i].id == id)
            return &runs->runs[i];
    return NULL;
}

static bool find_run(struct store *store, const struct store_run_list *runs, const char *name,
                     const struct store_run **run, struct error *error)
{
    int64_t id;
    *run = find_named(runs, name);
    if (*run != NULL)
        return true;
    if (strcmp(name, "latest") != 0 && !units_parse_integer(name, "run", 1, INT64_MAX, &id, NULL))
        return error_user(error,
                          "no run is called '%s', by number, label or commit: `heapmark list runs` "
                          "shows all",
                          name);
    if (!command_parse_run(name, false, &id, error) || !store_find_run(store, id, &id, error))
        return false;
    *run = find_number(runs, id);
    return *run != NULL || error_user(error, "run %" PRId64 " was deleted meanwhile", id);
}

static char *describe(const struct store_run *run, const char *file)
{
    struct text text = {0};
    text_format(&text, "run %" PRId64, run->id);
    if (run->label != NULL && *run->label != '\0')
        text_format(&text, " (%s)", run->label);
    text_format(&text, " of %s, by Heapmark %s, %s", file,
                run->heapmark_version != NULL ? run->heapmark_version : "of unknown version",
                run->started_utc != NULL ? run->started_utc : "at an unknown time");
    char *chars = memory_copy_text(text_chars(&text));
    text_free(&text);
    return chars;
}

static bool load(struct compare_side *side, struct store *store, const struct meant *meant,
                 struct error *error)
{
    struct store_run_list runs = {0};
    const struct store_run *run;
    bool fine = store_list_runs(store, &runs, error) &&
                find_run(store, &runs, meant->run, &run, error) &&
                store_load_trials(store, run->id, &side->trials, error);
    if (fine)
        side->name = describe(run, meant->file);
    store_run_list_free(&runs);
    return fine;
}

bool compare_load(struct compare_side *side, const char *name, const char *database,
                  struct error *error)
{
    struct meant meant = take_apart(name, database);
    struct store *store = store_open(meant.file, STORE_READ, error);
    bool fine = store != NULL && load(side, store, &meant, error);
    if (store != NULL)
        store_close(store);
    free(meant.file);
    return fine;
}

void compare_free(struct compare_side *side)
{
    store_trial_list_free(&side->trials);
    free(side->name);
    *side = (struct compare_side){0};
}
