/* SPDX-License-Identifier: MIT
 *
 * Carrying a plan out; see run.h.
 */
#include "suite/run.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "suite/environment.h"

/* The number of the signal that came, for the supervisor to look at. */
static volatile _Atomic int interrupted;

static void note_signal(int signal)
{
    atomic_store(&interrupted, signal);
}

/* The first three end the run. The others, which come when a reader has gone away or a file may
 * not grow, become an error of the write that they would have cut short. */
static const struct {
    int number;
    void (*handler)(int signal);
} signals[] = {
    {SIGINT, note_signal}, {SIGTERM, note_signal}, {SIGHUP, note_signal},
    {SIGPIPE, SIG_IGN},    {SIGXFSZ, SIG_IGN},
};
enum { SIGNAL_COUNT = sizeof signals / sizeof *signals };

/* What was ignored stays so: that is how nohup and a script's background jobs ask for it. */
static void catch_signals(struct sigaction before[SIGNAL_COUNT])
{
    atomic_store(&interrupted, 0);
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        struct sigaction ours = {.sa_handler = signals[i].handler};
        sigemptyset(&ours.sa_mask);
        sigaction(signals[i].number, NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN)
            sigaction(signals[i].number, &ours, NULL);
    }
}

static void release_signals(const struct sigaction before[SIGNAL_COUNT])
{
    for (size_t i = 0; i < SIGNAL_COUNT; i++)
        sigaction(signals[i].number, &before[i], NULL);
}

static const struct suite_collector *collector_of(const struct suite_plan *plan,
                                                  const struct suite_point *point)
{
    return &plan->request->entries.collectors[point->collector];
}

void suite_identify(const struct plugin_info *info, size_t sequence, uint32_t block,
                    struct trial_record *record)
{
    record_set_count(record, TRIAL_SEQUENCE, sequence);
    record_set_integer(record, TRIAL_BLOCK, block);
    record_set_text(record, TRIAL_PLUGIN_SHA256, info->sha256);
    if (*info->build_id != '\0')
        record_set_text(record, TRIAL_PLUGIN_BUILD_ID, info->build_id);
    if (!record_is_known(record, TRIAL_COLLECTOR))
        record_set_text(record, TRIAL_COLLECTOR, info->name);
    if (!record_is_known(record, TRIAL_PLUGIN_VERSION))
        record_set_text(record, TRIAL_PLUGIN_VERSION, info->version);
}

/* What the suite knows of a trial, and its process does not. */
static void add_identity(const struct suite_plan *plan, size_t trial, struct trial_record *record)
{
    const struct suite_point *point = &plan->points[plan->trials[trial].point];
    suite_identify(collector_of(plan, point)->info, trial, plan->trials[trial].block, record);
    if (plan->rows[point->row].heap_multiple > 0)
        record_set_real(record, TRIAL_HEAP_MULTIPLE, plan->rows[point->row].heap_multiple);
}

static void refuse_unsupported(const struct suite_plan *plan, const struct suite_point *point,
                               struct trial_record *record)
{
    char now[21];
    clock_utc_text(now);
    const struct suite_workload *workload =
        &plan->request->entries.workloads[plan->rows[point->row].workload];
    trial_spec_describe(&point->spec, record);
    record_set_text(record, TRIAL_WORKLOAD_REVISION, workload->kernel->revision);
    record_set_integer(record, TRIAL_MICRO, workload->kernel->micro ? 1 : 0);
    record_set_text(record, TRIAL_STARTED_UTC, now);
    record_set_outcome(record, OUTCOME_UNSUPPORTED);
    record_set_text(record, TRIAL_CAUSE, point->unsupported);
}

/* What passed since `begun_ns` outside of the trial's process, if it had one. */
static void note_stored(struct store *store, uint64_t begun_ns, struct trial_record *record)
{
    if (!record_is_known(record, TRIAL_PROCESS_NS))
        return;
    uint64_t passed_ns = clock_now_ns() - begun_ns;
    uint64_t process_ns = (uint64_t)record_integer(record, TRIAL_PROCESS_NS, 0);
    uint64_t stored_ns = passed_ns > process_ns ? passed_ns - process_ns : 0;
    record_set_count(record, TRIAL_END_TO_STORED_NS, stored_ns);
    store_note_stored(store, stored_ns);
}

/* Once a point is enough, as counts hardly vary. */
static bool is_counted(const struct suite_plan *plan, size_t trial,
                       const struct trial_record *record)
{
    return plan->request->count_instructions && plan->trials[trial].block == 0 &&
           record_outcome(record, OUTCOME_CRASH) == OUTCOME_OK;
}

/* One trial, from its start to the database. */
static bool try_one(const struct suite_conduct *conduct, size_t trial, struct trial_record *record,
                    struct error *error)
{
    const struct suite_plan *plan = conduct->plan;
    const struct suite_point *point = &plan->points[plan->trials[trial].point];
    const struct trial_attention attention = {&interrupted, conduct->tick, conduct->user};
    if (conduct->begins != NULL)
        conduct->begins(conduct->user, trial);
    uint64_t begun_ns = clock_now_ns();
    if (point->unsupported != NULL)
        refuse_unsupported(plan, point, record);
    else if (!trial_supervise(&point->spec, &plan->request->limits, &attention, record, error))
        return false;
    /* What was measured is stored whatever becomes of the count. */
    bool fine =
        !is_counted(plan, trial, record) ||
        trial_count_instructions(&point->spec, &plan->request->limits, &attention, record, error);
    add_identity(plan, trial, record);
    if (!store_add_trial(conduct->store, conduct->run_id, record, fine ? error : NULL) || !fine)
        return false;
    note_stored(conduct->store, begun_ns, record);
    return true;
}

static bool was_interrupted(const struct trial_record *record)
{
    return record_outcome(record, OUTCOME_COUNT) == OUTCOME_INTERRUPTED;
}

static enum suite_end try_all(const struct suite_conduct *conduct, struct trial_record *results,
                              size_t *done, struct error *error)
{
    for (*done = 0; *done < conduct->plan->trial_count; ++*done) {
        struct trial_record *record = &results[*done];
        if (record_is_known(record, TRIAL_OUTCOME))
            continue;
        if (atomic_load(&interrupted) != 0)
            return SUITE_INTERRUPTED;
        if (!try_one(conduct, *done, record, error))
            return SUITE_FAILED;
        if (was_interrupted(record))
            return SUITE_INTERRUPTED;
        if (conduct->ended != NULL)
            conduct->ended(conduct->user, *done, record);
    }
    return SUITE_COMPLETED;
}

enum suite_end suite_run(const struct suite_conduct *conduct, struct trial_record *results,
                         size_t *done, struct error *error)
{
    static const enum store_run_status statuses[] = {
        [SUITE_COMPLETED] = STORE_RUN_COMPLETED,
        [SUITE_INTERRUPTED] = STORE_RUN_INTERRUPTED,
        [SUITE_FAILED] = STORE_RUN_FAILED,
    };
    struct sigaction before[SIGNAL_COUNT];
    catch_signals(before);
    enum suite_end end = try_all(conduct, results, done, error);
    /* A failure is told once: what the store says on top of it would hide it. */
    bool failed = end == SUITE_FAILED;
    if (!store_finish_run(conduct->store, conduct->run_id, statuses[end], failed ? NULL : error) &&
        !failed)
        end = SUITE_FAILED;
    release_signals(before);
    return end;
}
