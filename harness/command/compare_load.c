/* SPDX-License-Identifier: MIT
 *
 * Which run a name means; see compare.h.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

static bool is_labelled(const struct store_run *run, const char *name)
{
    return run->label != NULL && strcmp(run->label, name) == 0;
}

/* The newest run of this commit; NULL. */
static const struct store_run *find_commit(const struct store_run_list *runs, const char *name)
{
    for (size_t i = runs->count; i > 0; i--)
        if (is_of_commit(&runs->runs[i - 1], name))
            return &runs->runs[i - 1];
    return NULL;
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
    *run = find_commit(runs, name);
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

static void describe(struct compare_side *side, const struct store_run *run, const char *file)
{
    struct text text = {0};
    if (side->name != NULL)
        text_format(&text, "%s; ", side->name);
    text_format(&text, "run %" PRId64, run->id);
    if (run->label != NULL && *run->label != '\0')
        text_format(&text, " (%s)", run->label);
    text_format(&text, " of %s, by Heapmark %s, %s", file,
                run->heapmark_version != NULL ? run->heapmark_version : "of unknown version",
                run->started_utc != NULL ? run->started_utc : "at an unknown time");
    free(side->name);
    side->name = memory_copy_text(text_chars(&text));
    text_free(&text);
}

/* Alike machines drift alike: what sets how fast it is, and how it is shared out. */
bool compare_machine(struct store *store, int64_t run_id, char **machine, struct error *error)
{
    static const char *const keys[] = {"cpu_model", "architecture", "topology", "virtual_machine",
                                       "sanitizers"};
    struct store_environment environment = {0};
    struct text text = {0};
    bool fine = store_load_environment(store, run_id, &environment, error);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *value = store_environment_find(&environment, keys[i]);
        text_format(&text, "%s%s", i == 0 ? "" : ", ", value != NULL ? value : "unknown");
    }
    *machine = fine ? memory_copy_text(text_chars(&text)) : NULL;
    text_free(&text);
    store_environment_free(&environment);
    return fine;
}

/* One file may have many names. */
static bool is_same_file(const char *a, const char *b)
{
    struct stat of_a, of_b;
    if (stat(a, &of_a) != 0 || stat(b, &of_b) != 0)
        return strcmp(a, b) == 0;
    return of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
}

bool compare_is_run(const struct compare_run *run, const char *file, int64_t id)
{
    return run->id == id && is_same_file(run->file, file);
}

void compare_add_run(struct compare_side *side, struct compare_run run)
{
    side->runs = memory_resize(side->runs, (side->count + 1) * sizeof *side->runs);
    side->trials = memory_resize(side->trials, (side->count + 1) * sizeof *side->trials);
    side->runs[side->count] = run;
    side->trials[side->count++] = (struct versus_run){run.trials.trials, run.trials.count};
}

struct versus_runs compare_runs(const struct compare_side *side)
{
    return (struct versus_runs){side->trials, side->count};
}

/* A run that stands twice would say that runs do not differ. */
static bool add_run(struct compare_side *side, struct store *store, const struct store_run *run,
                    const char *file, struct error *error)
{
    struct compare_run added = {.id = run->id};
    for (size_t i = 0; i < side->count; i++)
        if (compare_is_run(&side->runs[i], file, run->id))
            return error_user(error, "run %" PRId64 " of '%s' is named twice on one side", run->id,
                              file);
    if (!compare_machine(store, run->id, &added.machine, error))
        return false;
    added.file = memory_copy_text(file);
    bool fine = store_load_figures(store, run->id, &added.trials, error);
    compare_add_run(side, added);
    describe(side, run, file);
    return fine;
}

/* All runs of the label, or the one that is meant in another way. */
static bool add_runs(struct compare_side *side, struct store *store,
                     const struct store_run_list *runs, const struct meant *meant,
                     struct error *error)
{
    const struct store_run *run;
    bool labelled = false;
    for (size_t i = 0; i < runs->count; i++) {
        if (!is_labelled(&runs->runs[i], meant->run))
            continue;
        labelled = true;
        if (!add_run(side, store, &runs->runs[i], meant->file, error))
            return false;
    }
    return labelled || (find_run(store, runs, meant->run, &run, error) &&
                        add_run(side, store, run, meant->file, error));
}

/* One name, which holds no comma or is a label or a file that does. */
static bool load_one(struct compare_side *side, const char *name, const char *database,
                     struct error *error)
{
    struct meant meant = take_apart(name, database);
    struct store_run_list runs = {0};
    struct store *store = store_open(meant.file, STORE_READ, error);
    bool fine = store != NULL && store_list_runs(store, &runs, error) &&
                add_runs(side, store, &runs, &meant, error);
    store_run_list_free(&runs);
    if (store != NULL)
        store_close(store);
    free(meant.file);
    return fine;
}

/* Is this whole name, comma and all, a file or a label? */
static bool is_one(const char *name, const char *database)
{
    struct meant meant = take_apart(name, database);
    struct store_run_list runs = {0};
    struct error ignored = {0};
    struct store *store = store_open(meant.file, STORE_READ, &ignored);
    bool one = strcmp(meant.run, name) != 0 && strchr(meant.run, ',') == NULL;
    if (store != NULL && store_list_runs(store, &runs, &ignored))
        for (size_t i = 0; i < runs.count; i++)
            one = one || is_labelled(&runs.runs[i], meant.run);
    store_run_list_free(&runs);
    if (store != NULL)
        store_close(store);
    free(meant.file);
    return one;
}

bool compare_load(struct compare_side *side, const char *name, const char *database,
                  struct error *error)
{
    if (strchr(name, ',') == NULL || is_one(name, database))
        return load_one(side, name, database, error);
    bool fine = true;
    for (const char *at = name; fine && at != NULL;) {
        const char *comma = strchr(at, ',');
        struct text piece = {0};
        text_append_bytes(&piece, at, comma != NULL ? (size_t)(comma - at) : strlen(at));
        fine = load_one(side, text_chars(&piece), database, error);
        text_free(&piece);
        at = comma != NULL ? comma + 1 : NULL;
    }
    return fine;
}

void compare_free(struct compare_side *side)
{
    for (size_t i = 0; i < side->count; i++) {
        free(side->runs[i].file);
        free(side->runs[i].machine);
        store_trial_list_free(&side->runs[i].trials);
    }
    free(side->runs);
    free(side->trials);
    free(side->name);
    *side = (struct compare_side){0};
}
