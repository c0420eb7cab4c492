/* SPDX-License-Identifier: MIT
 *
 * One run against another, from records made by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "report/versus.h"

enum { MOST = 128 };

static struct store_trial base[MOST], other[MOST];
static size_t base_count, other_count;
static struct versus versus;
static struct error error;

static struct trial_record *add(struct store_trial *trials, size_t *count, const char *collector,
                                const char *workload, int64_t wall_ns)
{
    struct trial_record *record = &trials[(*count)++].record;
    record_set_text(record, TRIAL_COLLECTOR_LABEL, collector);
    record_set_text(record, TRIAL_WORKLOAD, workload);
    record_set_text(record, TRIAL_DISPATCH, "inline");
    record_set_integer(record, TRIAL_THREADS, 1);
    record_set_integer(record, TRIAL_WALL_NS, wall_ns);
    record_set_outcome(record, OUTCOME_OK);
    return record;
}

/* `trials` on each side, about 1000 ns and about `other_ns`. */
static void add_pair(const char *collector, const char *workload, int trials, int64_t other_ns)
{
    for (int i = 0; i < trials; i++) {
        add(base, &base_count, collector, workload, 1000 + i % 5);
        add(other, &other_count, collector, workload, other_ns + i % 5);
    }
}

static int begin(void **state)
{
    (void)state;
    memset(&versus, 0, sizeof versus);
    memset(&error, 0, sizeof error);
    base_count = other_count = 0;
    return 0;
}

static int end(void **state)
{
    (void)state;
    versus_free(&versus);
    for (size_t i = 0; i < MOST; i++) {
        record_free(&base[i].record);
        record_free(&other[i].record);
    }
    return 0;
}

static bool make(void)
{
    const struct versus_run one = {base, base_count}, two = {other, other_count};
    const struct versus_input input = {{&one, 1}, {&two, 1}, {NULL, 0}, false, 0};
    return versus_make(&versus, &input, &error);
}

static const struct versus_point *find(const char *collector, const char *workload)
{
    for (size_t i = 0; i < versus.count; i++)
        if (strcmp(versus.points[i].collector, collector) == 0 &&
            strcmp(versus.points[i].workload, workload) == 0)
            return &versus.points[i];
    fail_msg("no point of %s on %s", collector, workload);
    return NULL;
}

static void points_are_told_apart(void **state)
{
    (void)state;
    add_pair("a", "churn", 10, 1000);
    add_pair("a", "lru", 10, 2000);
    add_pair("b", "churn", 10, 500);
    assert_true(make());
    assert_int_equal(versus.count, 3);
    assert_int_equal(find("a", "churn")->verdict, VERSUS_ALIKE);
    assert_int_equal(find("a", "lru")->verdict, VERSUS_WORSE);
    assert_int_equal(find("b", "churn")->verdict, VERSUS_BETTER);
    assert_true(fabs(find("a", "lru")->ratio - 2002.0 / 1002) < 1e-12);
    assert_true(fabs(versus.wholes[VERSUS_TIME].ratio - cbrt(2002.0 / 1002 * (502.0 / 1002))) <
                1e-12);
    assert_int_equal(versus.wholes[VERSUS_TIME].compared, 3);
    assert_int_equal(versus.wholes[VERSUS_TIME].least_trials, 10);
    assert_false(versus_is_worse(&versus, 0.05, false));
    assert_true(versus_is_worse(&versus, 0.05, true));
    assert_false(versus_is_worse(&versus, 1.5, true));
}

/* The same on every point: worse by the mean, and by no point alone for a limit above it. */
static void the_mean_is_judged(void **state)
{
    (void)state;
    add_pair("a", "churn", 6, 1100);
    add_pair("a", "lru", 6, 1100);
    assert_true(make());
    assert_true(versus.wholes[VERSUS_TIME].interval.low > 1.05 &&
                versus.wholes[VERSUS_TIME].interval.high < 1.15);
    assert_true(versus_is_worse(&versus, 0.05, false));
    assert_false(versus_is_worse(&versus, 0.2, false));
}

static void few_trials_tell_nothing(void **state)
{
    (void)state;
    add_pair("a", "churn", 5, 9000);
    assert_true(make());
    assert_int_equal(versus.points[0].verdict, VERSUS_TOO_FEW);
    assert_int_equal(versus.points[0].interval.kind, STATS_RANGE);
    assert_int_equal(versus.wholes[VERSUS_TIME].interval.kind, STATS_RANGE);
    assert_false(versus_is_worse(&versus, 0.05, true));
}

static void failures_are_worse(void **state)
{
    (void)state;
    add_pair("a", "churn", 6, 1000);
    add(base, &base_count, "a", "grow", 10);
    struct trial_record *failed = add(other, &other_count, "a", "grow", 10);
    record_set_outcome(failed, OUTCOME_CRASH);
    record_set_outcome(add(base, &base_count, "a", "set", 10), OUTCOME_HANG);
    add(other, &other_count, "a", "set", 10);
    assert_true(make());
    assert_int_equal(find("a", "grow")->verdict, VERSUS_FAILS);
    assert_ptr_equal(find("a", "grow")->failure, failed);
    assert_int_equal(find("a", "set")->verdict, VERSUS_MENDED);
    assert_int_equal(versus.wholes[VERSUS_TIME].compared, 1);
    assert_true(versus_is_worse(&versus, 10, false));
}

static void fail_some(struct store_trial *trials, size_t from, size_t count,
                      enum trial_outcome outcome)
{
    for (size_t i = from; i < from + count; i++) {
        record_set_outcome(&trials[i].record, outcome);
        record_set_unknown(&trials[i].record, TRIAL_WALL_NS);
    }
}

/* Of the six trials of each point: none and all but one (1 in 132 by chance), none and one, one and
 * two (no more than chance does), five and none. */
static void failing_more_often_is_worse(void **state)
{
    (void)state;
    static const char *const workloads[] = {"now", "one", "two", "mended"};
    static const size_t failing[][2] = {{0, 5}, {0, 1}, {1, 2}, {5, 0}};
    for (size_t i = 0; i < 4; i++) {
        add_pair("a", workloads[i], 6, 1000);
        fail_some(base, base_count - 6, failing[i][0], OUTCOME_CRASH);
        fail_some(other, other_count - 6, failing[i][1], OUTCOME_CRASH);
    }
    assert_true(make());
    assert_int_equal(find("a", "now")->verdict, VERSUS_FAILS_MORE);
    assert_int_equal(find("a", "now")->base_failed, 0);
    assert_int_equal(find("a", "now")->other_failed, 5);
    assert_int_equal(find("a", "now")->other_tried, 6);
    assert_int_equal(find("a", "now")->other_count, 1);
    assert_non_null(find("a", "now")->failure);
    assert_int_equal(find("a", "one")->verdict, VERSUS_TOO_FEW);
    assert_int_equal(find("a", "two")->verdict, VERSUS_TOO_FEW);
    assert_int_equal(find("a", "mended")->verdict, VERSUS_TOO_FEW);
    assert_int_equal(versus_gate(&versus, 10, false).failing, 1);
    assert_true(versus_is_worse(&versus, 10, false));
}

/* The p of the one point, 6 of 792, would be 6 of 99 among eight others that fail as well. */
static void a_failure_among_many_is_corrected(void **state)
{
    static const char *const workloads[] = {"c", "d", "e", "f", "g", "h", "i", "j"};
    (void)state;
    add_pair("a", "b", 6, 1000);
    fail_some(other, 0, 5, OUTCOME_CRASH);
    for (size_t i = 0; i < sizeof workloads / sizeof *workloads; i++) {
        add_pair("a", workloads[i], 6, 1000);
        fail_some(base, base_count - 6, 5, OUTCOME_CRASH);
    }
    assert_true(make());
    assert_int_equal(find("a", "b")->verdict, VERSUS_TOO_FEW);
    assert_int_equal(find("a", "c")->verdict, VERSUS_TOO_FEW);
    assert_false(versus_is_worse(&versus, 10, false));
}

/* One of six in each of eight points: 1 in 256 by chance, and 1 in 2 at each. */
static void what_fails_everywhere_is_told_together(void **state)
{
    static const char *const workloads[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    (void)state;
    for (size_t i = 0; i < sizeof workloads / sizeof *workloads; i++) {
        add_pair("a", workloads[i], 6, 1000);
        fail_some(other, other_count - 6, 1, OUTCOME_CRASH);
    }
    assert_true(make());
    assert_int_equal(versus_count(&versus, VERSUS_FAILS_MORE), 0);
    assert_true(fabs(versus.failing_p - 1.0 / 256) < 1e-12);
    struct versus_gate gate = versus_gate(&versus, 10, false);
    assert_true(gate.together && gate.failing == 0);
    assert_true(versus_gate_is_red(&gate));
}

/* Memory that others use up is nobody's failure; a share that was set for the trial is. */
static void memory_of_the_machine_is_no_failure(void **state)
{
    (void)state;
    add_pair("a", "churn", 6, 1000);
    fail_some(other, 0, 5, OUTCOME_MACHINE_MEMORY);
    assert_true(make());
    assert_int_equal(versus.points[0].other_tried, 1);
    assert_int_equal(versus.out_of_machine, 5);
    assert_false(versus_is_worse(&versus, 10, false));
    versus_free(&versus);
    for (size_t i = 0; i < 6; i++) {
        record_set_integer(&base[i].record, TRIAL_MACHINE_MEMORY_BYTES, 1 << 28);
        record_set_integer(&other[i].record, TRIAL_MACHINE_MEMORY_BYTES, 1 << 28);
    }
    assert_true(make());
    assert_int_equal(versus.points[0].verdict, VERSUS_FAILS_MORE);
    assert_int_equal(versus.out_of_machine, 0);
}

/* As many failures, but one is a wrong answer, which proves something where a hang does not; a
 * third of both sides' proves nothing of the second. */
static void wrong_answers_count_by_themselves(void **state)
{
    (void)state;
    add_pair("a", "churn", 6, 1000);
    fail_some(base, 0, 2, OUTCOME_HANG);
    fail_some(other, 0, 1, OUTCOME_HANG);
    fail_some(other, 1, 1, OUTCOME_WRONG_ANSWER);
    assert_true(make());
    assert_int_equal(versus.points[0].verdict, VERSUS_FAILS_MORE);
    assert_ptr_equal(versus.points[0].failure, &other[1].record);
    assert_true(versus_is_worse(&versus, 10, false));
    versus_free(&versus);
    fail_some(base, 0, 1, OUTCOME_WRONG_ANSWER);
    fail_some(other, 2, 1, OUTCOME_WRONG_ANSWER);
    assert_true(make());
    assert_int_equal(versus.points[0].other_wrong, 2);
    assert_int_equal(versus.points[0].verdict, VERSUS_TOO_FEW);
    assert_false(versus_is_worse(&versus, 10, false));
}

/* The mean is over the points that have enough trials left. */
static void a_point_that_fails_does_not_keep_others_from_being_judged(void **state)
{
    (void)state;
    add_pair("a", "churn", 6, 2000);
    add_pair("a", "lru", 6, 1000);
    fail_some(base, 6, 1, OUTCOME_CRASH);
    fail_some(other, 6, 1, OUTCOME_CRASH);
    assert_true(make());
    const struct versus_whole *whole = &versus.wholes[VERSUS_TIME];
    assert_int_equal(whole->compared, 1);
    assert_int_equal(whole->few, 1);
    assert_int_equal(whole->least_trials, 6);
    struct versus_gate gate = versus_gate(&versus, 0.05, false);
    assert_int_equal(gate.failing, 0);
    assert_int_equal(gate.judged, 1);
    assert_true(gate.mean);
}

/* What a schedule offers has no figure to compare, and can fail. */
static void what_has_no_figure_can_fail(void **state)
{
    (void)state;
    add_pair("a", "churn", 6, 1000);
    add_pair("a", "offered", 6, 1000);
    for (size_t i = 6; i < 12; i++) {
        record_set_text(&base[i].record, TRIAL_SCHEDULE, "offers");
        record_set_text(&other[i].record, TRIAL_SCHEDULE, "offers");
    }
    assert_true(make());
    assert_int_equal(versus.count, 1);
    versus_free(&versus);
    record_set_unknown(&other[6].record, TRIAL_SCHEDULE);
    fail_some(other, 6, 1, OUTCOME_CRASH);
    assert_true(make());
    assert_int_equal(find("a", "offered")->verdict, VERSUS_ALIKE);
    assert_false(versus_is_worse(&versus, 10, false));
    versus_free(&versus);
    fail_some(other, 7, 4, OUTCOME_CRASH);
    assert_true(make());
    assert_int_equal(find("a", "offered")->verdict, VERSUS_FAILS_MORE);
    assert_true(versus_is_worse(&versus, 10, false));
}

/* What only one run has is counted and left out, an interrupted trial too. */
static void only_what_both_have_is_compared(void **state)
{
    (void)state;
    add_pair("a", "churn", 6, 1000);
    add(base, &base_count, "b", "churn", 10);
    add(other, &other_count, "a", "lru", 10);
    record_set_integer(add(other, &other_count, "a", "churn", 10), TRIAL_HEAP_BYTES, 4096);
    record_set_outcome(add(other, &other_count, "a", "churn", 1), OUTCOME_INTERRUPTED);
    assert_true(make());
    assert_int_equal(versus.count, 1);
    assert_int_equal(versus.points[0].other_count, 6);
    assert_int_equal(versus.base_only, 1);
    assert_int_equal(versus.other_only, 2);
}

static void nothing_in_common_is_the_users_mistake(void **state)
{
    (void)state;
    add(base, &base_count, "a", "churn", 10);
    add(other, &other_count, "b", "churn", 10);
    assert_false(make());
    assert_int_equal(error.kind, ERROR_USER);
    assert_non_null(strstr(error.text, "no point in common"));
}

/* ---- the same work ---- */

static void set_all(enum trial_field field, size_t from, const char *of_base, const char *of_other)
{
    for (size_t i = from; i < base_count; i++) {
        record_set_text(&base[i].record, field, of_base);
        record_set_text(&other[i].record, field, of_other);
    }
}

/* Of three points one keeps its revision, one has another, and one another answer. */
static void another_work_is_not_compared(void **state)
{
    (void)state;
    add_pair("a", "churn", 6, 1000);
    set_all(TRIAL_WORKLOAD_REVISION, 0, "1", "1");
    set_all(TRIAL_ANSWER, 0, "0x7", "0x7");
    add_pair("a", "lru", 6, 9000);
    set_all(TRIAL_WORKLOAD_REVISION, 6, "1", "2");
    add_pair("a", "rings", 6, 9000);
    set_all(TRIAL_WORKLOAD_REVISION, 12, "1", "1");
    set_all(TRIAL_ANSWER, 12, "0x8", "0x9");
    assert_true(make());
    assert_int_equal(versus.count, 1);
    assert_string_equal(versus.points[0].workload, "churn");
    assert_int_equal(versus.other_work, 2);
    assert_int_equal(versus.base_only + versus.other_only, 0);
    assert_int_equal(versus.differences[VERSUS_REVISION].points, 1);
    assert_int_equal(versus.differences[VERSUS_ANSWER].points, 1);
    assert_int_equal(versus_gate(&versus, 0.05, true).other_work, 2);
    struct text text = {0};
    versus_append_differences(&versus, true, &text);
    assert_string_equal(text_chars(&text), "1 in the workload's revision (1 in A, 2 in B), 1 in "
                                           "answer (0x8 in A, 0x9 in B)");
    text_free(&text);
}

static void set_seeds(int64_t of_base, int64_t of_other)
{
    for (size_t i = 0; i < base_count; i++)
        record_set_integer(&base[i].record, TRIAL_SEED, of_base);
    for (size_t i = 0; i < other_count; i++)
        record_set_integer(&other[i].record, TRIAL_SEED, of_other);
}

/* Another answer to the same work is a failure of one of the sides. Where a side does not tell its
 * seed, it may have been other work. */
static void another_answer_is_a_failure(void **state)
{
    (void)state;
    add_pair("a", "churn", 6, 1000);
    add_pair("a", "lru", 6, 1000);
    set_all(TRIAL_WORKLOAD_REVISION, 0, "1", "1");
    set_all(TRIAL_ANSWER, 0, "0x7", "0x7");
    set_seeds(1, 1);
    record_set_text(&other[9].record, TRIAL_ANSWER, "0x8");
    assert_true(make());
    const struct versus_point *point = find("a", "lru");
    assert_int_equal(point->verdict, VERSUS_ANSWERS);
    assert_ptr_equal(point->answers[1], &other[9].record);
    assert_true(isnan(point->ratio));
    assert_int_equal(versus.wholes[VERSUS_TIME].compared, 1);
    assert_int_equal(versus.other_work, 0);
    assert_int_equal(find("a", "churn")->verdict, VERSUS_ALIKE);
    struct versus_gate gate = versus_gate(&versus, 10, false);
    assert_int_equal(gate.answers, 1);
    assert_true(versus_gate_is_red(&gate));
    versus_free(&versus);
    for (size_t i = 6; i < 12; i++)
        record_set_unknown(&base[i].record, TRIAL_SEED);
    assert_true(make());
    assert_int_equal(versus.other_work, 1);
    assert_false(versus_is_worse(&versus, 10, false));
    versus_free(&versus);
    set_seeds(1, 2);
    assert_false(make());
}

/* What checks or records has times and latencies, and they mean nothing. */
static void instruments_are_not_compared(void **state)
{
    (void)state;
    add_pair("a", "churn", 6, 1000);
    add_pair("oracle", "churn", 6, 3000);
    for (size_t i = 6; i < 12; i++) {
        record_set_integer(&base[i].record, TRIAL_INSTRUMENT, 1);
        record_set_integer(&other[i].record, TRIAL_INSTRUMENT, 1);
    }
    assert_true(make());
    assert_int_equal(versus.count, 1);
    assert_int_equal(versus.left_out, 1);
    versus_free(&versus);
    for (size_t i = 6; i < 12; i++) {
        record_set_text(&base[i].record, TRIAL_SCHEDULE, "requests");
        record_set_text(&other[i].record, TRIAL_SCHEDULE, "requests");
        record_set_real(&base[i].record, TRIAL_LATENCY_P99_NS, 1e6);
        record_set_real(&other[i].record, TRIAL_LATENCY_P99_NS, 1e6);
    }
    assert_true(make());
    assert_int_equal(versus.count, 1);
    assert_int_equal(versus.left_out, 1);
    assert_string_equal(versus.points[0].collector, "a");
}

static void where_all_is_another_work_that_is_said(void **state)
{
    (void)state;
    add_pair("a", "churn", 6, 1000);
    set_seeds(1, 2);
    assert_false(make());
    assert_int_equal(error.kind, ERROR_USER);
    assert_non_null(strstr(error.text, "1 in seed (1 in A, 2 in B)"));
    set_seeds(1, 1);
    set_all(TRIAL_COMMAND, 0, "heapmark trial --seed 1", "heapmark trial --seed 1 --no-warm-up");
    assert_false(make());
    assert_non_null(strstr(error.text, "warm-up (one life in A, none in B)"));
}

/* One trial is enough, even of the first side; a trial that failed tells no load. */
static void another_way_of_measuring_is_said(void **state)
{
    (void)state;
    add_pair("a", "churn", 6, 1000);
    set_all(TRIAL_PIN_POLICY, 0, "compact", "compact");
    record_set_text(&base[3].record, TRIAL_PIN_POLICY, "none");
    for (size_t i = 0; i < 6; i++)
        record_set_integer(&base[i].record, TRIAL_OUTER_LOAD_BYTES, 1 << 20);
    assert_true(make());
    assert_int_equal(versus.count, 1);
    assert_int_equal(versus.other_ways, 1);
    assert_int_equal(versus.other_work, 0);
    struct text text = {0};
    versus_append_differences(&versus, false, &text);
    assert_string_equal(text_chars(&text), "1 in pinning (none in A, compact in B), 1 in outer "
                                           "load (1 MiB in A, none in B)");
    text_free(&text);
    versus_free(&versus);
    fail_some(other, 0, 6, OUTCOME_CRASH);
    assert_true(make());
    assert_int_equal(versus.differences[VERSUS_OUTER_LOAD].points, 0);
}

/* Heaps of 1.5 times the smallest, which was another one in the second run. */
static void multiples_are_the_same_point(void **state)
{
    (void)state;
    add_pair("a", "churn", 6, 1000);
    for (size_t i = 0; i < 6; i++) {
        record_set_integer(&base[i].record, TRIAL_HEAP_BYTES, 6000);
        record_set_integer(&other[i].record, TRIAL_HEAP_BYTES, 6144);
        record_set_real(&base[i].record, TRIAL_HEAP_MULTIPLE, 1.5);
    }
    assert_false(make()); /* a size that was given in bytes is another point */
    for (size_t i = 0; i < 6; i++)
        record_set_real(&other[i].record, TRIAL_HEAP_MULTIPLE, 1.5);
    assert_true(make());
    assert_int_equal(versus.count, 1);
    assert_int_equal(versus.points[0].heap_bytes, 6000);
    assert_int_equal(versus.points[0].other_heap_bytes, 6144);
    assert_true(versus.points[0].heap_multiple == 1.5);
    versus_free(&versus);
    for (size_t i = 0; i < 6; i++)
        record_set_real(&other[i].record, TRIAL_HEAP_MULTIPLE, 2);
    assert_false(make());
}

/* ---- several runs ---- */

enum { RUNS = 6 };

static struct versus_run several[RUNS];

/* `runs` runs of 6 trials, in `base`: of run r about times[r]. Each trial has this build. */
static void add_runs(const int64_t *times, size_t runs, const char *const *builds)
{
    for (size_t run = 0; run < runs; run++) {
        several[run] = (struct versus_run){base + base_count, 6};
        for (int i = 0; i < 6; i++) {
            struct trial_record *record =
                add(base, &base_count, "a", "churn", times[run] + (i < 3 ? -1 : 1));
            record_set_text(record, TRIAL_PLUGIN_SHA256, builds[run]);
        }
    }
}

static bool make_several(size_t bases, size_t others, size_t earlier, double drift)
{
    const struct versus_input input = {{several, bases},
                                       {several + bases, others},
                                       {several + bases + others, earlier},
                                       false,
                                       drift};
    return versus_make(&versus, &input, &error);
}

/* Medians are the times themselves. log 900, 1000, 1100 against 1800, 2000, 2200: the mean is
 * twice, squares are the same on both sides. */
static void runs_are_the_samples(void **state)
{
    (void)state;
    static const int64_t times[] = {900, 1000, 1100, 1800, 2000, 2200};
    static const char *const builds[] = {"1", "1", "1", "2", "2", "2"};
    add_runs(times, 6, builds);
    assert_true(make_several(3, 3, 0, 0));
    double mean = (log(900) + log(1000) + log(1100)) / 3, squares = 0;
    for (int i = 0; i < 3; i++)
        squares += 2 * pow(log((double)times[i]) - mean, 2);
    double reach = 2.7764451051977987 * sqrt(squares / 4 * 2 / 3);
    const struct versus_whole *whole = &versus.wholes[VERSUS_TIME];
    assert_true(fabs(whole->ratio - 2) < 1e-9);
    assert_int_equal(whole->interval.kind, STATS_STUDENT_95);
    assert_true(fabs(whole->interval.low - 2 * exp(-reach)) < 1e-9);
    assert_true(fabs(whole->interval.high - 2 * exp(reach)) < 1e-9);
    assert_int_equal(whole->freedom, 4);
    assert_true(fabs(whole->drift - sqrt(squares / 4)) < 1e-9);
    assert_int_equal(versus.points[0].verdict, VERSUS_WORSE);
    assert_true(fabs(versus.points[0].interval.low - whole->interval.low) < 1e-9);
    assert_true(versus_is_worse(&versus, 0.05, false));
}

/* Two runs a side that are as far apart within a side as between them. */
static void runs_that_drift_are_not_told_apart(void **state)
{
    (void)state;
    static const int64_t times[] = {1000, 1300, 1200, 1500};
    static const char *const builds[] = {"1", "1", "2", "2"};
    add_runs(times, 4, builds);
    assert_true(make_several(2, 2, 0, 0));
    assert_int_equal(versus.points[0].verdict, VERSUS_ALIKE);
    assert_false(versus_is_worse(&versus, 0.05, true));
    versus_free(&versus);
    assert_true(make_several(1, 1, 0, 0)); /* what only repeats say */
    assert_int_equal(versus.points[0].verdict, VERSUS_WORSE);
}

/* Of three earlier runs two have the build of a side; the third is another collector. */
static void earlier_runs_of_a_build_tell_its_drift(void **state)
{
    (void)state;
    static const int64_t times[] = {1000, 1200, 1000, 1300, 5000};
    static const char *const builds[] = {"1", "2", "2", "2", "3"};
    add_runs(times, 5, builds);
    assert_true(make_several(1, 1, 3, 0));
    const struct versus_whole *whole = &versus.wholes[VERSUS_TIME];
    double drift = log(1.3) / sqrt(2);
    assert_int_equal(whole->freedom, 1);
    assert_int_equal(whole->earlier, 2);
    assert_true(fabs(whole->drift - drift) < 1e-9);
    assert_true(fabs(whole->interval.high - 1.2 * exp(12.706204736174698 * drift * sqrt(2))) <
                1e-6);
    assert_int_equal(versus.points[0].verdict, VERSUS_ALIKE);
    assert_false(versus_is_worse(&versus, 0.05, true));
    versus_free(&versus);
    several[3] = several[4]; /* one of the build, and one of another: nothing is known */
    assert_true(make_several(1, 1, 2, 0.3));
    assert_int_equal(versus.wholes[VERSUS_TIME].freedom, 0);
    assert_int_equal(versus.points[0].verdict, VERSUS_ALIKE);
}

static void earlier_runs_of_another_work_tell_nothing(void **state)
{
    (void)state;
    static const int64_t times[] = {1000, 1200, 1000, 1300};
    static const char *const builds[] = {"1", "2", "2", "2"};
    add_runs(times, 4, builds);
    for (size_t i = 0; i < base_count; i++)
        record_set_integer(&base[i].record, TRIAL_SEED, i < 12 ? 1 : 2);
    assert_true(make_several(1, 1, 2, 0.3));
    assert_int_equal(versus.wholes[VERSUS_TIME].freedom, 0);
    assert_int_equal(versus.points[0].freedom, 0);
}

/* Where nothing tells of the drift, so much is allowed, and not more. */
static void an_unknown_drift_is_allowed_for(void **state)
{
    (void)state;
    static const int64_t times[] = {1000, 1250, 1400};
    static const char *const builds[] = {"1", "2", "2"};
    add_runs(times, 3, builds);
    assert_true(make_several(1, 1, 0, 0.3));
    assert_int_equal(versus.points[0].verdict, VERSUS_ALIKE);
    assert_false(versus_is_worse(&versus, 0.05, true));
    versus_free(&versus);
    several[1] = several[2];
    assert_true(make_several(1, 1, 0, 0.3));
    assert_int_equal(versus.points[0].verdict, VERSUS_WORSE);
    assert_true(versus_is_worse(&versus, 0.05, false));
    versus_free(&versus);
    const struct versus_run swap = several[0];
    several[0] = several[1];
    several[1] = swap;
    assert_true(make_several(1, 1, 0, 0.3));
    assert_int_equal(versus.points[0].verdict, VERSUS_BETTER);
}

/* A point that a run of one side lacks is judged alone, and is in no mean. */
static void a_mean_is_of_what_all_runs_have(void **state)
{
    (void)state;
    static const int64_t times[] = {1000, 1001, 3000, 3001};
    static const char *const builds[] = {"1", "1", "2", "2"};
    add_runs(times, 4, builds);
    for (size_t i = 0; i < 3; i++) { /* runs 0, 1 and 3 */
        struct versus_run *run = &several[i < 2 ? i : 3];
        record_set_text(&((struct store_trial *)run->trials)[0].record, TRIAL_WORKLOAD, "lru");
    }
    assert_true(make_several(2, 2, 0, 0));
    assert_int_equal(versus.count, 2);
    assert_int_equal(versus.wholes[VERSUS_TIME].compared, 1);
    assert_int_equal(versus.wholes[VERSUS_TIME].left_out, 1);
    assert_int_equal(find("a", "lru")->verdict, VERSUS_TOO_FEW);
    assert_int_equal(find("a", "churn")->verdict, VERSUS_WORSE);
}

/* ---- other figures than times ---- */

static void latencies_have_a_mean_of_their_own(void **state)
{
    (void)state;
    add_pair("a", "churn", 6, 1000);
    for (size_t i = 0; i < 12; i++) {
        bool is_other = i >= 6;
        struct trial_record *record =
            add(is_other ? other : base, is_other ? &other_count : &base_count, "a", "server", 77);
        record_set_text(record, TRIAL_SCHEDULE, "requests");
        record_set_real(record, TRIAL_LATENCY_P99_NS, (is_other ? 4000 : 2000) + (double)(i % 6));
    }
    record_set_text(add(base, &base_count, "a", "offered", 5), TRIAL_SCHEDULE, "offers");
    assert_true(make());
    const struct versus_point *point = find("a", "server");
    assert_int_equal(point->metric, VERSUS_LATENCY);
    assert_true(fabs(point->ratio - 4002.5 / 2002.5) < 1e-9);
    assert_int_equal(point->verdict, VERSUS_WORSE);
    assert_true(fabs(versus.wholes[VERSUS_LATENCY].ratio - 4002.5 / 2002.5) < 1e-9);
    assert_int_equal(versus.wholes[VERSUS_LATENCY].compared, 1);
    assert_int_equal(versus.wholes[VERSUS_TIME].compared, 1);
    assert_true(fabs(versus.wholes[VERSUS_TIME].ratio - 1) < 1e-9);
    assert_int_equal(versus.left_out, 1);
    assert_true(versus_is_worse(&versus, 0.05, false));
}

static bool make_counted(void)
{
    const struct versus_run one = {base, base_count}, two = {other, other_count};
    const struct versus_input input = {{&one, 1}, {&two, 1}, {NULL, 0}, true, 0.3};
    return versus_make(&versus, &input, &error);
}

/* One trial of each run is counted; times that are three times as long are of no concern. */
static void instructions_are_counts(void **state)
{
    (void)state;
    add_pair("a", "churn", 3, 3000);
    record_set_integer(&base[0].record, TRIAL_COUNTED_INSTRUCTIONS, 1000000);
    record_set_integer(&other[0].record, TRIAL_COUNTED_INSTRUCTIONS, 1000900);
    assert_true(make_counted());
    assert_int_equal(versus.points[0].verdict, VERSUS_ALIKE);
    assert_false(versus_is_worse(&versus, 0, true));
    versus_free(&versus);
    record_set_integer(&other[0].record, TRIAL_COUNTED_INSTRUCTIONS, 1060000);
    assert_true(make_counted());
    assert_int_equal(versus.points[0].verdict, VERSUS_WORSE);
    assert_true(versus_is_worse(&versus, 0.05, false));
    assert_false(versus_is_worse(&versus, 0.07, true));
    versus_free(&versus);
    record_set_integer(&other[0].record, TRIAL_COUNTED_INSTRUCTIONS, 1009000);
    for (size_t i = 0; i < 3; i++) {
        record_set_integer(&base[i].record, TRIAL_THREADS, 2);
        record_set_integer(&other[i].record, TRIAL_THREADS, 2);
    }
    assert_true(make_counted());
    assert_int_equal(versus.points[0].verdict, VERSUS_ALIKE);
}

static void what_is_not_counted_is_said(void **state)
{
    (void)state;
    add_pair("a", "churn", 3, 1000);
    record_set_integer(&base[0].record, TRIAL_COUNTED_INSTRUCTIONS, 1000000);
    assert_false(make_counted());
    assert_int_equal(error.kind, ERROR_USER);
    assert_non_null(strstr(error.text, "--instructions"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(points_are_told_apart),
        TEST(the_mean_is_judged),
        TEST(few_trials_tell_nothing),
        TEST(failures_are_worse),
        TEST(failing_more_often_is_worse),
        TEST(a_failure_among_many_is_corrected),
        TEST(what_fails_everywhere_is_told_together),
        TEST(memory_of_the_machine_is_no_failure),
        TEST(wrong_answers_count_by_themselves),
        TEST(a_point_that_fails_does_not_keep_others_from_being_judged),
        TEST(what_has_no_figure_can_fail),
        TEST(only_what_both_have_is_compared),
        TEST(nothing_in_common_is_the_users_mistake),
        TEST(another_work_is_not_compared),
        TEST(another_answer_is_a_failure),
        TEST(instruments_are_not_compared),
        TEST(where_all_is_another_work_that_is_said),
        TEST(another_way_of_measuring_is_said),
        TEST(multiples_are_the_same_point),
        TEST(earlier_runs_of_another_work_tell_nothing),
        TEST(runs_are_the_samples),
        TEST(runs_that_drift_are_not_told_apart),
        TEST(earlier_runs_of_a_build_tell_its_drift),
        TEST(an_unknown_drift_is_allowed_for),
        TEST(a_mean_is_of_what_all_runs_have),
        TEST(latencies_have_a_mean_of_their_own),
        TEST(instructions_are_counts),
        TEST(what_is_not_counted_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
