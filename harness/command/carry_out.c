/* SPDX-License-Identifier: MIT
 *
 * heapmark run: carrying the plan out, and what is said of it.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "command/command.h"
#include "command/progress.h"
#include "command/resume.h"
#include "command/run.h"
#include "command/table.h"
#include "measure/noise.h"
#include "statistics/statistics.h"
#include "suite/answers.h"
#include "suite/environment.h"
#include "suite/expect.h"
#include "suite/run.h"

/* The run as it stands in the database and here. */
struct live_run {
    const struct run_options *given;
    const struct suite_plan *plan;
    struct store *store;
    int64_t id;
    struct trial_record *results;
    size_t done;
    struct progress progress;
    struct error output_error;    /* of stdout */
    double *before_ns, *after_ns; /* with --verbose: what trials cost beside their work */
    size_t overheads;
};

/* ---- before ---- */

static bool begin_anew(struct live_run *run, struct error *error)
{
    const struct run_options *given = run->given;
    struct store_run_start start = {
        .label = given->request.label,
        .suite = given->request.suite,
        .command = given->command,
        .baseline = given->request.baseline,
        .heapmark_version = environment_heapmark_version(),
        .seed = (int64_t)given->request.common.seed,
        .invocations = given->request.invocations,
        .trials_planned = (int64_t)run->plan->trial_count,
        .definition = given->definition,
    };
    struct store_environment environment = {0};
    if (!store_begin_run(run->store, &start, &run->id, error))
        return false;
    environment_capture(&environment, "");
    store_environment_add(&environment, "command", given->command);
    bool fine = store_add_environment(run->store, run->id, &environment, error);
    store_environment_free(&environment);
    return fine;
}

/* What an earlier part of the run has tried stands in the results as if it had been tried now. */
static bool go_on(struct live_run *run, struct error *error)
{
    run->id = run->given->run_id;
    return resume_take_over(run->store, run->given, run->plan, run->results, error);
}

static bool begin(struct live_run *run, struct error *error)
{
    const struct run_options *given = run->given;
    if (!command_make_standard_folder(given->database, error))
        return false;
    run->store = store_open(given->database, STORE_WRITE, error);
    return run->store != NULL && (given->resume ? go_on(run, error) : begin_anew(run, error));
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

static size_t count_tried(const struct live_run *run)
{
    size_t count = 0;
    for (size_t i = 0; i < run->plan->trial_count; i++)
        count += record_is_known(&run->results[i], TRIAL_OUTCOME);
    return count;
}

static void say_beginning(const struct live_run *run)
{
    const struct suite_request *request = &run->given->request;
    if (run->given->resume) {
        command_say("run %" PRId64
                    " in %s goes on: %zu of %zu trials are there; the baseline is %s",
                    run->id, run->given->database, count_tried(run), run->plan->trial_count,
                    request->baseline);
        return;
    }
    command_say("run %" PRId64 " in %s: %zu trial%s, %u of each point, in an order from the seed "
                "%" PRIu64 "; the baseline is %s",
                run->id, run->given->database, run->plan->trial_count,
                run->plan->trial_count == 1 ? "" : "s", request->invocations, request->common.seed,
                run->given->request.baseline);
}

/* A collector that checks or records the workload is no fair comparison for the others, and is said
 * to be. */
static void say_instruments(const struct suite_entries *entries)
{
    for (size_t i = 0; i < entries->collector_count; i++) {
        const struct hm_capabilities *can = &entries->collectors[i].can->capabilities;
        if (can->checks_workload)
            command_say("%s checks the workload: its answers count, its times mean nothing",
                        entries->collectors[i].label);
        if (can->records)
            command_say(
                "%s tells what is reachable, where one thread allocates for long enough: its "
                "times mean nothing",
                entries->collectors[i].label);
    }
}

/* ---- while it runs ---- */

static void begins(void *user, size_t trial)
{
    progress_begins(&((struct live_run *)user)->progress, trial);
}

static void tick(void *user)
{
    progress_tick(&((struct live_run *)user)->progress);
}

static void clear(void *user)
{
    progress_clear(&((struct live_run *)user)->progress);
}

/* One object a trial, as in an export. A reader that has gone away does not end a run whose
 * results are stored: it is told once, at the end. */
static void print_json(struct live_run *run, const struct trial_record *record)
{
    struct text line = {0};
    json_t *json = json_pack("{s:I}", "run_id", (json_int_t)run->id);
    json_t *fields = record_to_json(record);
    json_object_update(json, fields);
    char *chars = json_dumps(json, JSON_COMPACT);
    CHECK(chars != NULL, "a record that cannot be written as JSON");
    text_format(&line, "%s\n", chars);
    progress_clear(&run->progress);
    if (run->output_error.kind == ERROR_NONE)
        command_print(&line, &run->output_error);
    free(chars);
    json_decref(fields);
    json_decref(json);
    text_free(&line);
}

/* What happened to the machine's clocks concerns more than this trial. */
static void say_clocks(size_t trial, const struct trial_record *record)
{
    struct text_list notes = {0};
    progress_note_clocks(&notes, trial, record);
    for (size_t i = 0; i < notes.count; i++)
        command_say("%s", notes.items[i]);
    text_list_free(&notes);
}

/* One that did not come so far has no first time; one that had no process has none at all. */
static void say_overhead(struct live_run *run, size_t trial, const struct trial_record *record)
{
    char before[UNITS_TEXT_BYTES] = "unknown", after[UNITS_TEXT_BYTES];
    double stored_ns = record_real(record, TRIAL_END_TO_STORED_NS, 0);
    if (!record_is_known(record, TRIAL_END_TO_STORED_NS))
        return;
    if (record_is_known(record, TRIAL_SPAWN_TO_CALL_NS)) {
        double before_ns = record_real(record, TRIAL_SPAWN_TO_CALL_NS, 0);
        units_format_ns(before_ns, before);
        run->before_ns[run->overheads] = before_ns;
        run->after_ns[run->overheads++] = stored_ns;
    }
    units_format_ns(stored_ns, after);
    command_say("trial %zu: %s from the start of its process to the first call of the workload, %s "
                "from its end to the database",
                trial + 1, before, after);
}

static void say_overheads(const struct live_run *run)
{
    char before[UNITS_TEXT_BYTES], after[UNITS_TEXT_BYTES];
    if (!run->given->verbose || run->overheads == 0)
        return;
    units_format_ns(stats_median(run->before_ns, run->overheads), before);
    units_format_ns(stats_median(run->after_ns, run->overheads), after);
    command_say("Heapmark itself took, in the median of %zu trials: %s from the start of a process "
                "to the first call of the workload, %s from its end to the database",
                run->overheads, before, after);
}

static void ended(void *user, size_t trial, const struct trial_record *record)
{
    struct live_run *run = user;
    progress_ended(&run->progress, trial, record);
    if (run->given->verbose)
        say_overhead(run, trial, record);
    say_clocks(trial, record);
    if (run->given->json)
        print_json(run, record);
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
    const char *baseline =
        was_tried(run, run->given->request.baseline) ? run->given->request.baseline : NULL;
    bool fine = summary_make(&summary, trials, run->done, baseline, error);
    if (fine) {
        const struct paint paint = paint_for(stdout);
        table_append(&text, &summary, &paint);
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

/* A table of disturbed trials looks like any other. */
static void say_disturbed(const struct live_run *run)
{
    size_t disturbed = 0;
    for (size_t i = 0; i < run->done; i++)
        disturbed += noise_tell(&run->results[i], NULL);
    if (disturbed > 0)
        command_say("%zu of %zu trials %s disturbed: %s say%s how, and `heapmark doctor` what on "
                    "this machine can be mended",
                    disturbed, run->done, disturbed == 1 ? "was" : "were",
                    disturbed == 1 ? "its warning" : "their warnings", disturbed == 1 ? "s" : "");
}

static int conclude(struct live_run *run, enum suite_end end, struct error *error)
{
    size_t condemned = suite_compare_answers(run->plan, run->results, run->done);
    if (condemned > 0)
        command_say("%zu trial%s gave another answer than the rest: wrong in this table, while the "
                    "database keeps what each trial said for itself",
                    condemned, condemned == 1 ? "" : "s");
    if (run->done > 0 && !run->given->json)
        print_table(run, &run->output_error);
    say_disturbed(run);
    if (end == SUITE_FAILED)
        return command_fail(error);
    if (run->output_error.kind != ERROR_NONE)
        return command_fail(&run->output_error);
    if (end == SUITE_INTERRUPTED) {
        command_say("interrupted: %zu of %zu trials are in %s; `heapmark run --resume` goes on",
                    run->done, run->plan->trial_count, run->given->database);
        return COMMAND_INTERRUPTED;
    }
    size_t failed = count_failed(run);
    if (failed == 0)
        return COMMAND_COMPLETED;
    command_say("%zu of %zu trials crashed, hung or answered wrongly", failed, run->done);
    return COMMAND_TRIAL_FAILED;
}

/* What earlier runs took tells what may be left of this one. A database that cannot be read now
 * fails at the first trial that is stored, and it is said then. */
static void recall(struct live_run *run)
{
    struct suite_expectation expectation = {0};
    if (suite_expect(run->plan, run->store, &expectation, NULL))
        estimate_remember(&run->progress.estimate, expectation.point_ns);
    suite_expectation_free(&expectation);
}

static int carry_out(struct live_run *run, struct error *error)
{
    struct suite_conduct conduct = {
        .plan = run->plan,
        .store = run->store,
        .run_id = run->id,
        .begins = begins,
        .tick = tick,
        .ended = ended,
        .user = run,
    };
    enum progress_form form = run->given->quiet ? PROGRESS_SILENT : progress_form_for(stderr);
    say_beginning(run);
    say_instruments(&run->given->request.entries);
    progress_open(&run->progress, stderr, form, run->plan);
    if (form == PROGRESS_DRAWN)
        recall(run);
    for (size_t i = 0; i < run->plan->trial_count; i++)
        if (record_is_known(&run->results[i], TRIAL_OUTCOME))
            progress_skip(&run->progress, i, &run->results[i]);
    command_before_saying(clear, run);
    enum suite_end end = suite_run(&conduct, run->results, &run->done, error);
    command_before_saying(NULL, NULL);
    progress_close(&run->progress);
    say_overheads(run);
    return conclude(run, end, error);
}

int run_carry_out(const struct run_options *given, const struct suite_plan *plan)
{
    struct error error = {0};
    struct live_run run = {.given = given, .plan = plan};
    run.results = memory_new(plan->trial_count * sizeof *run.results);
    run.before_ns = memory_new(plan->trial_count * sizeof *run.before_ns);
    run.after_ns = memory_new(plan->trial_count * sizeof *run.after_ns);
    bool begun = look_at_machine(plan, &error) && begin(&run, &error);
    int status = begun ? carry_out(&run, &error) : command_fail(&error);
    store_close(run.store);
    for (size_t i = 0; i < plan->trial_count; i++)
        record_free(&run.results[i]);
    free(run.results);
    free(run.before_ns);
    free(run.after_ns);
    return status;
}
