/* SPDX-License-Identifier: MIT
 *
 * heapmark run: carrying the plan out, and what is said of it.
 */
#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/units.h"
#include "command/command.h"
#include "command/run.h"
#include "command/table.h"
#include "suite/answers.h"
#include "suite/environment.h"
#include "suite/run.h"

/* The run as it stands in the database and here. */
struct live_run {
    const struct run_options *given;
    const struct suite_plan *plan;
    struct store *store;
    int64_t id;
    struct trial_record *results;
    size_t done;
};

/* ---- before ---- */

/* The folder of the standard database is Heapmark's own, and made at need; any other is the
 * user's to make. */
static bool make_standard_folder(const char *database, struct error *error)
{
    if (strcmp(database, COMMAND_STANDARD_DATABASE) != 0)
        return true;
    char folder[] = COMMAND_STANDARD_DATABASE;
    if (mkdir(dirname(folder), 0777) == 0 || errno == EEXIST)
        return true;
    return error_user(error,
                      "cannot make the folder '%s' for the results: %s; name a file "
                      "elsewhere with --db",
                      dirname(folder), strerror(errno));
}

static bool begin(struct live_run *run, struct error *error)
{
    const struct run_options *given = run->given;
    struct store_run_start start = {
        .label = given->label,
        .command = given->command,
        .baseline = given->baseline,
        .heapmark_version = environment_heapmark_version(),
        .seed = (int64_t)given->request.common.seed,
        .invocations = given->request.invocations,
        .trials_planned = (int64_t)run->plan->trial_count,
    };
    struct store_environment environment = {0};
    if (!make_standard_folder(given->database, error))
        return false;
    run->store = store_open(given->database, STORE_WRITE, error);
    if (run->store == NULL || !store_begin_run(run->store, &start, &run->id, error))
        return false;
    environment_capture(&environment, "");
    store_environment_add(&environment, "command", given->command);
    bool fine = store_add_environment(run->store, run->id, &environment, error);
    store_environment_free(&environment);
    return fine;
}

/* More threads than processors, or than a quota lets run, is allowed, and said. */
static void say_crowded(const struct topology *topology, uint32_t threads)
{
    unsigned allowed = topology_allowed_count(topology);
    if (threads > allowed)
        command_say("%" PRIu32 " threads are more than the %u processor%s that this process may "
                    "use: some will take turns, and their figures show it",
                    threads, allowed, allowed == 1 ? "" : "s");
    if (topology_exceeds_quota(topology, threads))
        command_say("%" PRIu32 " threads are more than the %.4g CPUs whose time the control group "
                    "grants: they are stopped for a part of each period, and their figures show it",
                    threads, topology_quota_cpus(topology));
}

/* A NUMA node that is not there is a mistake to be told before anything is stored. */
static bool look_at_machine(const struct suite_plan *plan, struct error *error)
{
    struct topology *topology = topology_load(error);
    if (topology == NULL)
        return false;
    uint32_t most = 0;
    for (size_t i = 0; i < plan->row_count; i++)
        most = plan->rows[i].threads > most ? plan->rows[i].threads : most;
    bool fine = topology_memory_check(topology, &plan->request->common.memory, error);
    if (fine)
        say_crowded(topology, most);
    topology_free(topology);
    return fine;
}

static void say_beginning(const struct live_run *run)
{
    const struct suite_request *request = &run->given->request;
    command_say("run %" PRId64 " in %s: %zu trial%s, %u of each point, in an order from the seed "
                "%" PRIu64 "; the baseline is %s",
                run->id, run->given->database, run->plan->trial_count,
                run->plan->trial_count == 1 ? "" : "s", request->invocations, request->common.seed,
                run->given->baseline);
}

/* A collector that checks the workload is no fair comparison for the others, and is said to be. */
static void say_checkers(const struct suite_entries *entries)
{
    for (size_t i = 0; i < entries->collector_count; i++)
        if (entries->collectors[i].can->capabilities.checks_workload)
            command_say("%s checks the workload: its answers count, its times mean nothing",
                        entries->collectors[i].label);
}

/* ---- while it runs ---- */

static void append_result(struct text *text, const struct trial_record *record)
{
    char time[UNITS_TEXT_BYTES];
    if (record_outcome(record, OUTCOME_COUNT) != OUTCOME_OK) {
        text_format(text, "%s: %s", record_text(record, TRIAL_OUTCOME, "without an outcome"),
                    record_text(record, TRIAL_CAUSE, "no cause is known"));
        return;
    }
    bool micro = record_integer(record, TRIAL_MICRO, 0) != 0;
    units_format_ns(record_real(record, micro ? TRIAL_NS_PER_OPERATION : TRIAL_WALL_NS, 0), time);
    text_format(text, "%s%s", time, micro ? " an operation" : "");
}

static void show_progress(void *user, const struct suite_plan *plan, size_t trial,
                          const struct trial_record *record)
{
    (void)user;
    const struct suite_point *point = &plan->points[plan->trials[trial].point];
    struct text text = {0}, shown = {0};
    int width = snprintf(NULL, 0, "%zu", plan->trial_count);
    text_format(&text, "[%*zu/%zu] %s, ", width, trial + 1, plan->trial_count, point->spec.label);
    suite_append_row(&text, plan->request, &plan->rows[point->row]);
    text_append(&text, ": ");
    append_result(&text, record);
    text_append_terminal(&shown, text_chars(&text));
    fprintf(stderr, "%s\n", text_chars(&shown));
    text_free(&text);
    text_free(&shown);
}

/* ---- after ---- */

/* The results in the form that the summary takes, sharing their texts. */
static struct store_trial *as_stored(const struct live_run *run)
{
    struct store_trial *trials = memory_new((run->done + 1) * sizeof *trials);
    for (size_t i = 0; i < run->done; i++)
        trials[i] = (struct store_trial){.run_id = run->id, .record = run->results[i]};
    return trials;
}

/* A baseline of which no trial was reached is no baseline. */
static bool was_tried(const struct live_run *run, const char *label)
{
    for (size_t i = 0; i < run->done; i++)
        if (strcmp(record_text(&run->results[i], TRIAL_COLLECTOR_LABEL, ""), label) == 0)
            return true;
    return false;
}

static bool print_table(const struct live_run *run, struct error *error)
{
    struct summary summary;
    struct text text = {0};
    struct store_trial *trials = as_stored(run);
    const char *baseline = was_tried(run, run->given->baseline) ? run->given->baseline : NULL;
    bool fine = summary_make(&summary, trials, run->done, baseline, error);
    if (fine) {
        table_append(&text, &summary);
        fine = command_print(&text, error);
        summary_free(&summary);
    }
    text_free(&text);
    free(trials);
    return fine;
}

/* Crashes, hangs and wrong answers. */
static size_t count_failed(const struct live_run *run)
{
    size_t count = 0;
    for (size_t i = 0; i < run->done; i++) {
        enum trial_outcome outcome = record_outcome(&run->results[i], OUTCOME_CRASH);
        count +=
            outcome == OUTCOME_CRASH || outcome == OUTCOME_HANG || outcome == OUTCOME_WRONG_ANSWER;
    }
    return count;
}

static int conclude(struct live_run *run, enum suite_end end, struct error *error)
{
    struct error of_table = {0};
    size_t condemned = suite_compare_answers(run->plan, run->results, run->done);
    if (condemned > 0)
        command_say("%zu trial%s gave another answer than the rest: wrong in this table, while the "
                    "database keeps what each trial said for itself",
                    condemned, condemned == 1 ? "" : "s");
    bool shown = run->done == 0 || print_table(run, &of_table);
    if (end == SUITE_FAILED)
        return command_fail(error);
    if (!shown)
        return command_fail(&of_table);
    if (end == SUITE_INTERRUPTED) {
        command_say("interrupted: %zu of %zu trials are in %s", run->done, run->plan->trial_count,
                    run->given->database);
        return COMMAND_INTERRUPTED;
    }
    size_t failed = count_failed(run);
    if (failed == 0)
        return COMMAND_COMPLETED;
    command_say("%zu of %zu trials crashed, hung or answered wrongly", failed, run->done);
    return COMMAND_TRIAL_FAILED;
}

static int carry_out(struct live_run *run, struct error *error)
{
    struct suite_conduct conduct = {
        .plan = run->plan,
        .limits = run->given->limits,
        .store = run->store,
        .run_id = run->id,
        .progress = run->given->quiet ? NULL : show_progress,
    };
    say_beginning(run);
    say_checkers(&run->given->request.entries);
    run->results = memory_new(run->plan->trial_count * sizeof *run->results);
    enum suite_end end = suite_run(&conduct, run->results, &run->done, error);
    int status = conclude(run, end, error);
    for (size_t i = 0; i < run->plan->trial_count; i++)
        record_free(&run->results[i]);
    free(run->results);
    return status;
}

int run_carry_out(const struct run_options *given, const struct suite_plan *plan)
{
    struct error error = {0};
    struct live_run run = {.given = given, .plan = plan};
    bool begun = look_at_machine(plan, &error) && begin(&run, &error);
    int status = begun ? carry_out(&run, &error) : command_fail(&error);
    store_close(run.store);
    return status;
}
