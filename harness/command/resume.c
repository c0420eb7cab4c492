/* SPDX-License-Identifier: MIT
 *
 * Going on with a run; see resume.h.
 */
#include "command/resume.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "command/command.h"
#include "suite/definition.h"
#include "suite/environment.h"

bool resume_look_up(struct run_options *given, char **definition, struct error *error)
{
    if (given->dry_run)
        return error_user(error,
                          "--dry-run shows a run before it begins, and --resume goes on with "
                          "one: give one or the other");
    struct store *store = store_open(given->database, STORE_WRITE, error);
    bool fine = store != NULL &&
                (given->run_id != STORE_LATEST_RUN ||
                 store_find_unfinished(store, &given->run_id, error)) &&
                store_load_definition(store, given->run_id, definition, error);
    store_close(store);
    return fine;
}

bool resume_agrees(const struct run_options *given, const char *definition, struct error *error)
{
    struct error difference = {0};
    if (suite_definition_agrees(definition, given->definition, &difference))
        return true;
    return error_user(error, "run %" PRId64 " cannot be gone on with so: %s", given->run_id,
                      difference.text);
}

/* ---- what the run has ---- */

struct taking {
    const struct run_options *given;
    const struct suite_plan *plan;
    struct trial_record *results;
};

/* A visitor that takes each trial to its place in the plan. */
static bool take(void *context, struct store_trial *trial, struct error *error)
{
    const struct taking *taking = context;
    int64_t sequence = record_integer(&trial->record, TRIAL_SEQUENCE, -1);
    bool fits = sequence >= 0 && (uint64_t)sequence < taking->plan->trial_count;
    const char *label = record_text(&trial->record, TRIAL_COLLECTOR_LABEL, "");
    struct trial_record *place = fits ? &taking->results[sequence] : NULL;
    if (fits) {
        const struct suite_trial *planned = &taking->plan->trials[sequence];
        fits = !record_is_known(place, TRIAL_OUTCOME) &&
               strcmp(taking->plan->points[planned->point].spec.label, label) == 0;
    }
    if (!fits)
        return error_user(error,
                          "trial %" PRId64 " of run %" PRId64
                          " in the database '%s' is not the one "
                          "that was planned there: begin another run without --resume",
                          sequence, taking->given->run_id, taking->given->database);
    *place = trial->record;
    trial->record = (struct trial_record){0};
    return true;
}

/* ---- the machine ---- */

/* What figures depend on, and a machine keeps. */
static const char *const lasting[] = {
    "cpu_model",      "processors_allowed", "topology", "kernel", "memory_total",
    "smt_active",     "governor",           "turbo",    "libc",   "transparent_huge_pages",
    "cgroup_cpu_max",
};

/* Two halves of one run on two machines are a user's to judge, so this is said and no more. */
static void say_changes(const struct store_environment *before, const struct store_environment *now)
{
    for (size_t i = 0; i < sizeof lasting / sizeof *lasting; i++) {
        const char *was = store_environment_find(before, lasting[i]);
        const char *is = store_environment_find(now, lasting[i]);
        if (was != NULL && is != NULL && strcmp(was, is) != 0)
            command_say("the machine is not as it was when the run began: %s was '%s', and is '%s'",
                        lasting[i], was, is);
    }
}

/* One row more, as "resumed_1", for the first time that the run is gone on with. */
static void add_resumption(struct store_environment *added, const struct store_environment *before,
                           const struct store_environment *now, const char *command)
{
    struct text key = {0}, value = {0};
    char utc[21];
    unsigned count = 0;
    do {
        text_free(&key);
        text_format(&key, "resumed_%u", ++count);
    } while (store_environment_find(before, text_chars(&key)) != NULL);
    clock_utc_text(utc);
    text_format(&value, "%s, load %s: %s", utc, store_environment_find(now, "load"), command);
    store_environment_add(added, text_chars(&key), text_chars(&value));
    text_free(&key);
    text_free(&value);
}

static bool note_machine(struct store *store, const struct run_options *given, struct error *error)
{
    struct store_environment before = {0}, now = {0}, added = {0};
    environment_capture(&now, "");
    bool fine = store_load_environment(store, given->run_id, &before, error);
    if (fine) {
        say_changes(&before, &now);
        add_resumption(&added, &before, &now, given->command);
        fine = store_add_environment(store, given->run_id, &added, error);
    }
    store_environment_free(&before);
    store_environment_free(&now);
    store_environment_free(&added);
    return fine;
}

bool resume_take_over(struct store *store, const struct run_options *given,
                      const struct suite_plan *plan, struct trial_record *results,
                      struct error *error)
{
    struct taking taking = {given, plan, results};
    return store_resume_run(store, given->run_id, error) &&
           store_visit_trials(store, given->run_id, take, &taking, error) &&
           note_machine(store, given, error);
}
