/* SPDX-License-Identifier: MIT
 *
 * Trials under supervision: whatever a collector does is a result with a cause.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "served.h"

static const struct trial_limits generous = {.time_ns = 60000000000};

static void assert_contains(const char *text, const char *part)
{
    if (text == NULL || strstr(text, part) == NULL)
        fail_msg("'%s' does not contain '%s'", text == NULL ? "(null)" : text, part);
}

static const char *work = "depth=6,iterations=2";

static const char *variant = "default";

static struct trial_record run(const char *plugin, const char *options, uint32_t threads,
                               const struct trial_limits *limits, const _Atomic int *interrupted)
{
    struct trial_spec spec;
    struct trial_record record = {0};
    struct error error = {0};
    const struct trial_attention attention = {.interrupted = interrupted};
    trial_spec_initialise(&spec);
    served_replace(&spec.plugin_path, plugin);
    served_replace(&spec.variant, variant);
    served_replace(&spec.options, options);
    served_replace(&spec.workload, "binary-trees");
    served_replace(&spec.parameters, work);
    spec.threads = threads;
    assert_true(trial_supervise(&spec, limits, &attention, &record, &error));
    trial_spec_free(&spec);
    return record;
}

static void ends(const char *options, enum trial_outcome outcome, const char *cause,
                 const char *phase)
{
    struct trial_record record = run(FAULTY, options, 1, &generous, NULL);
    if (record_outcome(&record, OUTCOME_COUNT) != outcome)
        fail_msg("%s: outcome %s (%s)", options, record_text(&record, TRIAL_OUTCOME, "none"),
                 record_text(&record, TRIAL_CAUSE, "no cause"));
    assert_contains(record_text(&record, TRIAL_CAUSE, NULL), cause);
    assert_contains(record_text(&record, TRIAL_PHASE, NULL), phase);
    assert_contains(record_text(&record, TRIAL_COMMAND, NULL), options);
    record_free(&record);
}

static void a_sound_trial_is_told_whole(void **state)
{
    (void)state;
    struct trial_record record = run(NONE, "", 2, &generous, NULL);
    assert_int_equal(record_outcome(&record, OUTCOME_COUNT), OUTCOME_OK);
    assert_string_equal(record_text(&record, TRIAL_COLLECTOR, ""), "none");
    assert_string_equal(record_text(&record, TRIAL_DISPATCH, ""), "inline");
    assert_string_equal(record_text(&record, TRIAL_WORKLOAD_PARAMETERS, ""),
                        "depth=6,iterations=2");
    assert_string_equal(record_text(&record, TRIAL_ANSWER, ""),
                        record_text(&record, TRIAL_ANSWER_EXPECTED, "missing"));
    assert_true(record_integer(&record, TRIAL_WALL_NS, 0) > 0);
    assert_true(record_integer(&record, TRIAL_OPERATIONS, 0) > 0);
    assert_true(record_integer(&record, TRIAL_OPEN_NS, 0) > 0);
    assert_true(record_is_known(&record, TRIAL_HELD_PEAK_BYTES));
    assert_int_equal(record_integer(&record, TRIAL_EXIT_STATUS, -1), 0);
    assert_false(record_is_known(&record, TRIAL_SIGNAL));
    record_free(&record);
}

static void every_fault_is_a_result(void **state)
{
    (void)state;
    ends("fault=crash-at-open", OUTCOME_CRASH, "signal 11", "opening the heap");
    ends("fault=exit-at-open", OUTCOME_CRASH, "status 7", "opening the heap");
    ends("fault=refuse", OUTCOME_REFUSED, "it does not want to", "opening the heap");
    ends("fault=oom-at-open", OUTCOME_OUT_OF_MEMORY, "it does not want to", "opening the heap");
    ends("fault=crash-after", OUTCOME_CRASH, "signal 11", "warming up");
    ends("fault=crash-at-close", OUTCOME_CRASH, "signal 11", "closing the heap");
    ends("fault=fail", OUTCOME_WRONG_ANSWER, "BORROW.a: broken", "warming up");
    ends("fault=nonsense", OUTCOME_REFUSED, "and must be ", "loading");
}

static void the_last_event_is_kept(void **state)
{
    (void)state;
    struct trial_record record = run(FAULTY, "fault=crash-after", 1, &generous, NULL);
    assert_string_equal(record_text(&record, TRIAL_LAST_EVENT, ""), "mark begins (thread 0)");
    assert_int_equal(record_integer(&record, TRIAL_SIGNAL, -1), SIGSEGV);
    record_free(&record);
}

static void what_was_measured_survives_a_crash(void **state)
{
    (void)state;
    struct trial_record record = run(FAULTY, "fault=crash-at-close", 1, &generous, NULL);
    assert_true(record_integer(&record, TRIAL_WALL_NS, 0) > 0);
    assert_string_equal(record_text(&record, TRIAL_ANSWER, "a"),
                        record_text(&record, TRIAL_ANSWER_EXPECTED, "b"));
    record_free(&record);
}

static void a_hang_is_ended(void **state)
{
    (void)state;
    /* Long enough to get as far as the hang on a machine that is busy. */
    const struct trial_limits short_time = {.time_ns = 3000000000};
    struct trial_record record = run(FAULTY, "fault=hang-at-open", 1, &short_time, NULL);
    assert_int_equal(record_outcome(&record, OUTCOME_COUNT), OUTCOME_HANG);
    assert_contains(record_text(&record, TRIAL_CAUSE, ""), "time limit");
    assert_string_equal(record_text(&record, TRIAL_PHASE, ""), "opening the heap");
    record_free(&record);
}

static void memory_is_limited(void **state)
{
    (void)state;
    struct trial_limits small = generous;
    small.memory_bytes = (uint64_t)128 << 20;
    struct trial_record record = run(FAULTY, "fault=eat-memory", 1, &small, NULL);
    assert_int_equal(record_outcome(&record, OUTCOME_COUNT), OUTCOME_MEMORY_LIMIT);
    record_free(&record);
}

static void an_interrupt_ends_it(void **state)
{
    (void)state;
    _Atomic int interrupted = 1;
    struct trial_record record = run(FAULTY, "fault=hang-at-open", 1, &generous, &interrupted);
    assert_int_equal(record_outcome(&record, OUTCOME_COUNT), OUTCOME_INTERRUPTED);
    record_free(&record);
}

static void a_refused_thread_ends_all(void **state)
{
    (void)state;
    struct trial_record record = run(FAULTY, "fault=no-attach", 2, &generous, NULL);
    assert_int_equal(record_outcome(&record, OUTCOME_COUNT), OUTCOME_REFUSED);
    assert_string_equal(record_text(&record, TRIAL_CAUSE, ""), "one is enough");
    record_free(&record);
}

static void output_and_notes_are_kept(void **state)
{
    (void)state;
    struct trial_record record = run(FAULTY, "fault=print", 1, &generous, NULL);
    assert_int_equal(record_outcome(&record, OUTCOME_COUNT), OUTCOME_OK);
    assert_contains(record_text(&record, TRIAL_OUTPUT, ""), "line 0\nline 1\n");
    assert_true(strlen(record_text(&record, TRIAL_OUTPUT, "")) <= 64 << 10);
    record_free(&record);
    record = run(FAULTY, "fault=note", 1, &generous, NULL);
    assert_contains(record_text(&record, TRIAL_WARNING, ""), "a word of warning");
    record_free(&record);
}

static void a_claim_that_does_not_fit_is_doubted(void **state)
{
    (void)state;
    struct trial_record record = run(FAULTY, "fault=lie", 1, &generous, NULL);
    assert_int_equal(record_outcome(&record, OUTCOME_COUNT), OUTCOME_OK);
    assert_contains(record_text(&record, TRIAL_WARNING, ""), "in which it reported none");
    record_free(&record);
    record = run(FAULTY, "fault=sound", 1, &generous, NULL);
    assert_null(strstr(record_text(&record, TRIAL_WARNING, ""), "the collector"));
    record_free(&record);
}

static void cpu_of_stops_told_late_is_not_to_be_had(void **state)
{
    (void)state;
    work = "depth=12,iterations=60";
    struct trial_record record = run(FAULTY, "fault=late", 1, &generous, NULL);
    assert_int_equal(record_outcome(&record, OUTCOME_COUNT), OUTCOME_OK);
    assert_true(record_integer(&record, TRIAL_PAUSE_COUNT, 0) > 0);
    assert_contains(record_text(&record, TRIAL_WARNING, ""),
                    "the collector tells of stops when they are over");
    assert_false(record_is_known(&record, TRIAL_MUTATOR_CPU_NS));
    assert_false(record_is_known(&record, TRIAL_COLLECTOR_CPU_NS));
    record_free(&record);
    record = run(FAULTY, "fault=stall", 1, &generous, NULL);
    assert_null(strstr(record_text(&record, TRIAL_WARNING, ""), "tells of stops"));
    assert_true(record_is_known(&record, TRIAL_MUTATOR_CPU_NS));
    assert_true(record_is_known(&record, TRIAL_COLLECTOR_CPU_NS));
    record_free(&record);
    work = "depth=6,iterations=2";
}

/* What is in the collector's CPU is in nothing where that is not known: it is not 0 then. */
static void cpu_of_hidden_threads_is_as_known_as_the_collectors(void **state)
{
    (void)state;
    work = "depth=12,iterations=60";
    variant = "hidden";
    struct trial_record record = run(FAULTY, "fault=stall", 1, &generous, NULL);
    assert_true(record_is_known(&record, TRIAL_COLLECTOR_CPU_NS));
    assert_int_equal(record_integer(&record, TRIAL_OTHER_THREADS_CPU_NS, -1), 0);
    record_free(&record);
    record = run(FAULTY, "fault=late", 1, &generous, NULL);
    assert_false(record_is_known(&record, TRIAL_COLLECTOR_CPU_NS));
    assert_false(record_is_known(&record, TRIAL_OTHER_THREADS_CPU_NS));
    record_free(&record);
    variant = "default";
    record = run(FAULTY, "fault=late", 1, &generous, NULL);
    assert_true(record_is_known(&record, TRIAL_OTHER_THREADS_CPU_NS));
    record_free(&record);
    work = "depth=6,iterations=2";
}

static void absurd_figures_are_not_to_be_had(void **state)
{
    (void)state;
    work = "depth=14,iterations=100";
    struct trial_record record = run(FAULTY, "fault=absurd", 1, &generous, NULL);
    assert_int_equal(record_outcome(&record, OUTCOME_COUNT), OUTCOME_OK);
    assert_contains(record_text(&record, TRIAL_WARNING, ""),
                    "by the collector's statistics, held_bytes is -4096, which is negative: what "
                    "comes of it is not to be had");
    assert_contains(record_text(&record, TRIAL_WARNING, ""),
                    "live_bytes is 1152921504606846976, which is more than there are addresses");
    assert_false(record_is_known(&record, TRIAL_HELD_MEAN_BYTES));
    assert_false(record_is_known(&record, TRIAL_HELD_MEAN_ALLOC_BYTES));
    assert_false(record_is_known(&record, TRIAL_UNRECLAIMED_MEAN_BYTES));
    assert_false(record_is_known(&record, TRIAL_HELD_END_BYTES));
    assert_false(record_is_known(&record, TRIAL_LIVE_BYTES_END));
    assert_int_equal(record.curves[CURVE_HELD].count, 0);
    assert_int_equal(record.curves[CURVE_LIVE].count, 0);
    assert_true(record.curves[CURVE_RESIDENT].count > 0);
    assert_true(record_is_known(&record, TRIAL_HELD_PEAK_BYTES)); /* of which nothing was said */
    record_free(&record);
    work = "depth=6,iterations=2";
}

static void a_heap_that_does_not_suffice_is_a_result(void **state)
{
    (void)state;
    struct trial_record record = run(NONE, "limit=1MiB", 2, &generous, NULL);
    assert_int_equal(record_outcome(&record, OUTCOME_COUNT), OUTCOME_OK);
    record_free(&record);
    struct trial_spec spec;
    struct error error = {0};
    trial_spec_initialise(&spec);
    served_replace(&spec.plugin_path, NONE);
    served_replace(&spec.options, "limit=1MiB");
    served_replace(&spec.workload, "binary-trees");
    served_replace(&spec.parameters, "depth=16,iterations=2");
    spec.threads = 2;
    struct trial_record full = {0};
    assert_true(trial_supervise(&spec, &generous, NULL, &full, &error));
    assert_int_equal(record_outcome(&full, OUTCOME_COUNT), OUTCOME_OUT_OF_MEMORY);
    assert_contains(record_text(&full, TRIAL_CAUSE, ""), "heap limit");
    record_free(&full);
    trial_spec_free(&spec);
}

/* ---- clocks ---- */

/* A machine whose every second moment comes after a minute of sleep, an hour set back, and one
 * second of being awake. */
static struct clock_moment restless(void)
{
    static const uint64_t S = 1000000000;
    static bool later;
    const struct clock_moment first = {100 * S, 100 * S, 10000 * S};
    const struct clock_moment then = {101 * S, 161 * S, 6461 * S};
    later = !later;
    return later ? first : then;
}

static void a_machine_that_slept_is_doubted(void **state)
{
    (void)state;
    clock_moments_from(restless);
    struct trial_record record = run(NONE, "", 1, &generous, NULL);
    clock_moments_from(NULL);
    assert_int_equal(record_integer(&record, TRIAL_PROCESS_NS, -1), 1000000000);
    assert_int_equal(record_integer(&record, TRIAL_SLEPT_NS, -1), 60000000000);
    assert_int_equal(record_integer(&record, TRIAL_CLOCK_SET_NS, 0), -3600000000000);
    assert_contains(record_text(&record, TRIAL_WARNING, NULL), "the machine slept");
    assert_int_equal(record_outcome(&record, OUTCOME_COUNT), OUTCOME_OK);
    record_free(&record);
    record = run(FAULTY, "fault=note", 1, &generous, NULL);
    assert_int_equal(record_integer(&record, TRIAL_SLEPT_NS, -1), 0);
    assert_int_equal(record_integer(&record, TRIAL_CLOCK_SET_NS, -1), 0);
    assert_true(record_integer(&record, TRIAL_PROCESS_NS, -1) > 0);
    assert_contains(record_text(&record, TRIAL_WARNING, ""), "a word of warning");
    assert_null(strstr(record_text(&record, TRIAL_WARNING, ""), "the machine slept"));
    record_free(&record);
}

/* ---- what a trial leaves behind ---- */

/* Append the children of a process. */
static size_t children_of(pid_t process, pid_t *children, size_t room)
{
    char path[64];
    size_t count = 0;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)process, (int)process);
    FILE *file = fopen(path, "re");
    while (file != NULL && count < room && fscanf(file, "%d", &children[count]) == 1)
        count++;
    if (file != NULL)
        fclose(file);
    return count;
}

/* The first child that has children itself, or 0. */
static pid_t parent_among_children(pid_t process)
{
    pid_t children[8], one;
    size_t count = children_of(process, children, 8);
    for (size_t i = 0; i < count; i++)
        if (children_of(children[i], &one, 1) > 0)
            return children[i];
    return 0;
}

/* The number of processes that end, when this one is the parent of all that lost theirs. It
 * waits for ever for one that does not. */
static size_t reap_all(void)
{
    size_t count = 0;
    while (waitpid(-1, NULL, 0) > 0)
        count++;
    assert_int_equal(errno, ECHILD);
    return count;
}

static void what_a_plugin_forked_ends_with_the_trial(void **state)
{
    (void)state;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    struct trial_record record = run(FAULTY, "fault=fork", 1, &generous, NULL);
    assert_int_equal(record_outcome(&record, OUTCOME_COUNT), OUTCOME_OK);
    record_free(&record);
    assert_int_equal(reap_all(), 1);
}

/* Kill what `whom` gives of a supervisor whose trial has forked and hangs. */
static void leave_nothing_after_killing(pid_t (*whom)(pid_t supervisor), size_t processes)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    pid_t supervisor = fork();
    assert_true(supervisor >= 0);
    if (supervisor == 0) {
        struct trial_record record = run(FAULTY, "fault=fork-and-hang", 1, &generous, NULL);
        enum trial_outcome outcome = record_outcome(&record, OUTCOME_COUNT);
        _exit(outcome == OUTCOME_CRASH ? 0 : 1);
    }
    while (parent_among_children(supervisor) == 0)
        continue;
    pid_t victim = whom(supervisor);
    int status = 0;
    kill(victim, SIGKILL);
    assert_int_equal(waitpid(supervisor, &status, 0), supervisor);
    if (victim != supervisor)
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(reap_all(), processes);
}

static pid_t itself(pid_t supervisor)
{
    return supervisor;
}

/* A guard, a trial, and the trial's child. */
static void no_stray_outlives_the_supervisor(void **state)
{
    (void)state;
    leave_nothing_after_killing(itself, 3);
}

static void no_stray_outlives_the_trial(void **state)
{
    (void)state;
    leave_nothing_after_killing(parent_among_children, 1);
}

/* One whose supervisor was dead before it could ask to die with it. */
static void an_orphan_does_not_begin(void **state)
{
    (void)state;
    struct trial_state orphaned = {.supervisor = 1, .guard_fd = -1};
    int results[2], shared = memfd_create("state", 0);
    assert_int_equal(pipe(results), 0);
    assert_int_equal(write(shared, &orphaned, sizeof orphaned), sizeof orphaned);
    pid_t trial = fork();
    assert_true(trial >= 0);
    if (trial == 0) {
        struct trial_spec spec;
        trial_spec_initialise(&spec);
        served_replace(&spec.plugin_path, NONE);
        served_replace(&spec.workload, "binary-trees");
        _exit(trial_serve(&spec, results[1], shared));
    }
    close(results[1]);
    char byte;
    int status;
    assert_int_equal(read(results[0], &byte, 1), 0);
    assert_int_equal(waitpid(trial, &status, 0), trial);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 3);
    close(results[0]);
    close(shared);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "trial") == 0)
        return served_trial(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_trial_is_told_whole),
        cmocka_unit_test(every_fault_is_a_result),
        cmocka_unit_test(the_last_event_is_kept),
        cmocka_unit_test(what_was_measured_survives_a_crash),
        cmocka_unit_test(a_hang_is_ended),
        cmocka_unit_test(memory_is_limited),
        cmocka_unit_test(an_interrupt_ends_it),
        cmocka_unit_test(a_refused_thread_ends_all),
        cmocka_unit_test(output_and_notes_are_kept),
        cmocka_unit_test(a_claim_that_does_not_fit_is_doubted),
        cmocka_unit_test(cpu_of_stops_told_late_is_not_to_be_had),
        cmocka_unit_test(cpu_of_hidden_threads_is_as_known_as_the_collectors),
        cmocka_unit_test(absurd_figures_are_not_to_be_had),
        cmocka_unit_test(a_heap_that_does_not_suffice_is_a_result),
        cmocka_unit_test(a_machine_that_slept_is_doubted),
        cmocka_unit_test(what_a_plugin_forked_ends_with_the_trial),
        cmocka_unit_test(no_stray_outlives_the_supervisor),
        cmocka_unit_test(no_stray_outlives_the_trial),
        cmocka_unit_test(an_orphan_does_not_begin),
    };
    return cmocka_run_group_tests_name("trial/supervise", tests, NULL, NULL);
}
