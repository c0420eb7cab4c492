/* SPDX-License-Identifier: MIT
 *
 * Verdicts in tables of as many comparisons as the default suite has: they must be possible, agree
 * with each other, and not come of noise. All from fixed seeds; no trial is made.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "drawn.h"
#include "report/group.h"
#include "report/summary.h"
#include "report/verdict.h"
#include "report/versus.h"

enum { POINTS = 26, COLLECTORS = 6, BLOCKS = 6, TRIALS = POINTS * COLLECTORS * BLOCKS };

static const char *const labels[COLLECTORS] = {"a", "b", "c", "d", "e", "f"};
static struct store_trial trials[TRIALS], later[TRIALS];
static struct random source;
static struct summary summary;
static struct versus versus;
static struct error error;

/* Of the one cell (SIZE_MAX: all), or of each collector by its place. */
struct world {
    double spread;
    double factor_a_place;
    size_t slow_point, slow_collector;
    double slow_factor;
};

static double factor_of(const struct world *world, size_t point, size_t collector)
{
    double factor = pow(world->factor_a_place, (double)collector);
    return point == world->slow_point && collector == world->slow_collector
               ? factor * world->slow_factor
               : factor;
}

static void fill(struct store_trial *out, const struct world *world)
{
    for (size_t i = 0; i < TRIALS; i++) {
        struct trial_record *record = &out[i].record;
        size_t point = i / (COLLECTORS * BLOCKS), collector = i / BLOCKS % COLLECTORS;
        char workload[16];
        snprintf(workload, sizeof workload, "w%02zu", point);
        record_set_text(record, TRIAL_COLLECTOR_LABEL, labels[collector]);
        record_set_text(record, TRIAL_WORKLOAD, workload);
        record_set_text(record, TRIAL_DISPATCH, "inline");
        record_set_integer(record, TRIAL_THREADS, 1);
        record_set_integer(record, TRIAL_BLOCK, (int64_t)(i % BLOCKS));
        record_set_integer(record, TRIAL_WALL_NS,
                           (int64_t)(1e9 * factor_of(world, point, collector) *
                                     exp(drawn_normal(&source, world->spread))));
        record_set_outcome(record, OUTCOME_OK);
    }
}

static int begin(void **state)
{
    (void)state;
    memset(&summary, 0, sizeof summary);
    memset(&versus, 0, sizeof versus);
    source.state = 1;
    return 0;
}

static int end(void **state)
{
    (void)state;
    summary_free(&summary);
    versus_free(&versus);
    for (size_t i = 0; i < TRIALS; i++) {
        record_free(&trials[i].record);
        record_free(&later[i].record);
    }
    return 0;
}

static size_t count_cells(enum summary_verdict verdict)
{
    size_t count = 0;
    for (size_t i = 0; i < summary.point_count * summary.collector_count; i++)
        count += summary.cells[i].ratio.verdict == verdict &&
                 i % summary.collector_count != summary.baseline;
    return count;
}

static void make_summary(const struct world *world, const char *baseline)
{
    fill(trials, world);
    assert_true(summary_make(&summary, trials, TRIALS, baseline, &error));
}

static const struct world apart = {.spread = 0.005, .factor_a_place = 1.2, .slow_factor = 1};
static const struct world noise = {.spread = 0.05, .factor_a_place = 1, .slow_factor = 1};
static const struct world one_slow = {
    .spread = 0.03, .factor_a_place = 1, .slow_point = 7, .slow_collector = 3, .slow_factor = 2};

static void all_of_many_can_be_told(void **state)
{
    (void)state;
    make_summary(&apart, "a");
    assert_int_equal(count_cells(VERDICT_SLOWER), POINTS * (COLLECTORS - 1));
}

static void noise_is_told_nowhere(void **state)
{
    (void)state;
    make_summary(&noise, "a");
    assert_int_equal(count_cells(VERDICT_ALIKE), POINTS * (COLLECTORS - 1));
}

static void one_of_many_is_told(void **state)
{
    (void)state;
    make_summary(&one_slow, "a");
    assert_int_equal(count_cells(VERDICT_SLOWER), 1);
    assert_int_equal(summary_cell(&summary, 7, 3)->ratio.verdict, VERDICT_SLOWER);
    assert_int_equal(count_cells(VERDICT_ALIKE), POINTS * (COLLECTORS - 1) - 1);
}

/* What is said of two collectors counts the rows' verdicts, whichever of the two is the baseline;
 * a pair without it is judged by no less. */
static void what_is_said_of_many_points_is_what_rows_say(void **state)
{
    (void)state;
    make_summary(&one_slow, "a");
    size_t points[POINTS];
    size_t count = summary_select(&summary, false, "inline", 1, points);
    assert_int_equal(count, POINTS);
    struct summary_comparison forth = summary_compare(&summary, 0, 3, points, count);
    struct summary_comparison back = summary_compare(&summary, 3, 0, points, count);
    struct summary_comparison beside = summary_compare(&summary, 2, 3, points, count);
    assert_int_equal(forth.slower, 1);
    assert_int_equal(forth.faster, 0);
    assert_int_equal(back.faster, 1);
    assert_int_equal(back.slower, 0);
    assert_int_equal(beside.slower, 1);
    assert_int_equal(beside.faster, 0);
}

/* In one group of few points a p may pass that does not in the table: the lead must not say it. */
static void the_lead_says_no_more_than_the_rows(void **state)
{
    (void)state;
    struct world world = apart;
    world.spread = 0.03;
    world.factor_a_place = 1.1;
    make_summary(&world, "b");
    struct group_list groups = group_list_make(&summary, false);
    struct text lead = {0};
    char expected[32];
    assert_int_equal(groups.count, 1);
    verdict_lead(&summary, &groups.groups[0], &lead);
    size_t faster = 0;
    for (size_t i = 0; i < POINTS; i++)
        faster += summary_cell(&summary, i, 0)->ratio.verdict == VERDICT_FASTER;
    snprintf(expected, sizeof expected, "less on %zu of %d", faster, POINTS);
    if (strstr(text_chars(&lead), "a is the fastest") == NULL ||
        strstr(text_chars(&lead), expected) == NULL)
        fail_msg("'%s' does not say '%s'", text_chars(&lead), expected);
    assert_true(faster < POINTS); /* else this told nothing */
    text_free(&lead);
    group_list_free(&groups);
}

static void make_versus(const struct world *world)
{
    fill(trials, &noise);
    fill(later, world);
    const struct versus_run one = {trials, TRIALS}, two = {later, TRIALS};
    const struct versus_input input = {
        {&one, 1}, {&two, 1}, {NULL, 0}, false, VERSUS_STANDARD_DRIFT};
    assert_true(versus_make(&versus, &input, &error));
    assert_int_equal(versus.count, POINTS * COLLECTORS);
}

static void one_of_many_is_told_between_runs(void **state)
{
    (void)state;
    make_versus(&one_slow);
    assert_int_equal(versus_count(&versus, VERSUS_WORSE), 1);
    assert_int_equal(versus_count(&versus, VERSUS_ALIKE), POINTS * COLLECTORS - 1);
    assert_false(versus_is_worse(&versus, 0.1, false));
    assert_true(versus_is_worse(&versus, 0.1, true));
}

static void noise_between_runs_is_told_nowhere(void **state)
{
    (void)state;
    fill(trials, &noise);
    fill(later, &noise);
    const struct versus_run one = {trials, TRIALS}, two = {later, TRIALS};
    const struct versus_input input = {{&one, 1}, {&two, 1}, {NULL, 0}, false, 0};
    assert_true(versus_make(&versus, &input, &error));
    assert_int_equal(versus_count(&versus, VERSUS_ALIKE), POINTS * COLLECTORS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_of_many_can_be_told, begin, end),
        cmocka_unit_test_setup_teardown(noise_is_told_nowhere, begin, end),
        cmocka_unit_test_setup_teardown(one_of_many_is_told, begin, end),
        cmocka_unit_test_setup_teardown(what_is_said_of_many_points_is_what_rows_say, begin, end),
        cmocka_unit_test_setup_teardown(the_lead_says_no_more_than_the_rows, begin, end),
        cmocka_unit_test_setup_teardown(one_of_many_is_told_between_runs, begin, end),
        cmocka_unit_test_setup_teardown(noise_between_runs_is_told_nowhere, begin, end),
    };
    return cmocka_run_group_tests_name("report/verdicts", tests, NULL, NULL);
}
