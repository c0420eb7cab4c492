/* SPDX-License-Identifier: MIT
 *
 * Charts as a model, from records made by hand: which marks there are, where, and what is said.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "report/charts.h"

enum { MOST_TRIALS = 64, TRIALS = 2, MIB = 1 << 20 };

static struct store_trial trials[MOST_TRIALS];
static size_t trial_count;
static struct summary summary;

static struct trial_record *add(const char *collector, const char *workload, int64_t heap_bytes,
                                int64_t wall_ns)
{
    struct trial_record *record = &trials[trial_count++].record;
    record_set_text(record, TRIAL_COLLECTOR_LABEL, collector);
    record_set_text(record, TRIAL_COLLECTOR, collector);
    record_set_text(record, TRIAL_WORKLOAD, workload);
    record_set_text(record, TRIAL_WORKLOAD_PARAMETERS, "");
    record_set_text(record, TRIAL_DISPATCH, "inline");
    record_set_integer(record, TRIAL_THREADS, 1);
    record_set_integer(record, TRIAL_BLOCK, (int64_t)(trial_count % TRIALS));
    record_set_integer(record, TRIAL_MICRO, 0);
    record_set_integer(record, TRIAL_WALL_NS, wall_ns);
    if (heap_bytes > 0)
        record_set_integer(record, TRIAL_HEAP_BYTES, heap_bytes);
    record_set_outcome(record, OUTCOME_OK);
    return record;
}

static void summarise(void)
{
    struct error error = {0};
    assert_true(summary_make(&summary, trials, trial_count, NULL, &error));
}

static int begin(void **state)
{
    (void)state;
    memset(trials, 0, sizeof trials);
    trial_count = 0;
    summary = (struct summary){0};
    return 0;
}

static int end(void **state)
{
    (void)state;
    summary_free(&summary);
    for (size_t i = 0; i < trial_count; i++)
        record_free(&trials[i].record);
    return 0;
}

static const struct chart_mark *mark_of(const struct chart *chart, const char *series,
                                        size_t category)
{
    for (size_t s = 0; s < chart->series_count; s++)
        if (strcmp(chart->series[s].name, series) == 0)
            return &chart->series[s].marks[category];
    fail_msg("no series '%s' in '%s'", series, chart->title);
    return NULL;
}

static void assert_says(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("'%s' does not say '%s'", text, part);
}

/* ---- time against memory ---- */

static void add_sized(const char *collector, int64_t heap_mib, int64_t wall_ns, int64_t grown_mib)
{
    for (int i = 0; i < TRIALS; i++)
        record_set_integer(add(collector, "churn", heap_mib * MIB, wall_ns),
                           TRIAL_FOOTPRINT_PEAK_BYTES, grown_mib * MIB);
}

/* a is small and slow in 4 MiB, large and quick in 8; b is worse than one of them in both; c has no
 * limit, and is the quickest and largest. */
static void a_front_has_what_nothing_beats(void **state)
{
    (void)state;
    add_sized("a", 4, 900, 3);
    add_sized("a", 8, 500, 7);
    add_sized("b", 4, 950, 4);
    add_sized("b", 8, 500, 8);
    add_sized("c", 0, 400, 20);
    record_set_outcome(add("d", "churn", 4 * MIB, 0), OUTCOME_OUT_OF_MEMORY);
    summarise();
    struct chart chart = charts_space(&summary, 0);
    assert_int_equal(chart.form, CHART_SCATTER);
    assert_int_equal(chart.category_count, 3); /* no limit first */
    assert_int_equal(chart.series_count, 3);   /* nothing to show of d */
    assert_true(mark_of(&chart, "a", 1)->accent);
    assert_true(mark_of(&chart, "a", 2)->accent);
    assert_true(mark_of(&chart, "c", 0)->accent);
    assert_false(mark_of(&chart, "b", 1)->accent);
    assert_false(mark_of(&chart, "b", 2)->accent);
    assert_true(mark_of(&chart, "a", 2)->across == 7.0 * MIB);
    assert_true(mark_of(&chart, "a", 2)->value == 500);
    assert_string_equal(chart.verdict, "Nothing is both faster and smaller than a (in 2 heaps), c "
                                       "(in 1 heap).");
    chart_free(&chart);
}

/* Equals do not beat each other; where memory is not known there is no place for a mark. */
static void equals_share_a_front(void **state)
{
    (void)state;
    add_sized("a", 4, 900, 3);
    add_sized("b", 4, 900, 3);
    add("c", "churn", 4 * MIB, 100);
    summarise();
    struct chart chart = charts_space(&summary, 0);
    assert_true(mark_of(&chart, "a", 0)->accent);
    assert_true(mark_of(&chart, "b", 0)->accent);
    assert_false(chart_is_drawn(&chart, mark_of(&chart, "c", 0)));
    chart_free(&chart);
}

static void one_mark_is_no_choice(void **state)
{
    (void)state;
    add_sized("a", 4, 900, 3);
    summarise();
    struct chart chart = charts_space(&summary, 0);
    assert_false(chart_has_marks(&chart));
    chart_free(&chart);
}

/* ---- where CPU time goes ---- */

static void add_costing(const char *collector, int64_t mutators_ns, int64_t collecting_ns,
                        int64_t own_ns)
{
    struct trial_record *record = add(collector, "churn", 4 * MIB, 1000);
    record_set_integer(record, TRIAL_MUTATOR_CPU_NS, mutators_ns);
    record_set_integer(record, TRIAL_COLLECTOR_CPU_NS, collecting_ns);
    if (own_ns >= 0)
        record_set_integer(record, TRIAL_COLLECTOR_THREADS_CPU_NS, own_ns);
}

static void costs_are_taken_apart(void **state)
{
    (void)state;
    add_costing("cheap", 600, 200, 150);
    add_costing("dear", 900, 100, -1); /* of before these were stored */
    add("untold", "churn", 4 * MIB, 1000);
    record_set_outcome(add("failed", "churn", 4 * MIB, 0), OUTCOME_CRASH);
    summarise();
    struct chart chart = charts_cost(&summary, 0);
    static const double cheap[] = {600, 0, 50, 150}, dear[] = {600, 300, 100};
    for (size_t part = 0; part < 4; part++)
        assert_true(mark_of(&chart, "cheap", part)->value == cheap[part]);
    for (size_t part = 0; part < 3; part++)
        assert_true(mark_of(&chart, "dear", part)->value == dear[part]);
    assert_string_equal(mark_of(&chart, "dear", 3)->note, "not told apart");
    assert_string_equal(mark_of(&chart, "untold", 0)->note, "unknown");
    assert_false(mark_of(&chart, "untold", 0)->failed);
    assert_string_equal(mark_of(&chart, "failed", 0)->note, "crash");
    assert_true(mark_of(&chart, "failed", 0)->failed);
    assert_says(chart.verdict, "25 % with cheap, 10 % with dear.");
    struct chart_axis axis = chart_axis(&chart, 5);
    assert_true(axis.low == 0 && axis.high >= 1000); /* of whole bars */
    chart_free(&chart);
}

/* ---- operations beyond none's ---- */

static void add_operation(const char *collector, const char *workload, double ns)
{
    for (int i = 0; i < TRIALS; i++) {
        struct trial_record *record = add(collector, workload, 4 * MIB, 1000);
        record_set_integer(record, TRIAL_MICRO, 1);
        record_set_real(record, TRIAL_NS_PER_OPERATION, ns + i);
    }
}

static struct group micro_group(struct group_list *list)
{
    *list = group_list_make(&summary, true);
    assert_int_equal(list->count, 1);
    return list->groups[0];
}

static void operations_are_told_beyond_those_of_none(void **state)
{
    (void)state;
    struct group_list list;
    add_operation("none", "get", 2);
    add_operation("none", "new", 30);
    add_operation("counting", "get", 9);
    add_operation("counting", "new", 25);
    summarise();
    struct group group = micro_group(&list);
    struct chart chart = charts_barriers(&summary, &group);
    assert_int_equal(chart.series_count, 1); /* none is the zero */
    assert_true(chart.reference == 0);
    assert_true(mark_of(&chart, "counting", 0)->value == 7);
    assert_true(mark_of(&chart, "counting", 0)->low == 7); /* each block against its own */
    assert_true(mark_of(&chart, "counting", 1)->value == -5);
    assert_true(chart_is_drawn(&chart, mark_of(&chart, "counting", 1)));
    assert_true(chart_axis(&chart, 5).low < -5);
    assert_says(chart.verdict, "counting adds the most to get (7 ns)");
    chart_free(&chart);
    group_list_free(&list);
}

static void instructions_are_told_beyond_those_of_none(void **state)
{
    (void)state;
    struct group_list list;
    add_operation("none", "get", 2);
    add_operation("counting", "get", 9);
    record_set_real(&trials[0].record, TRIAL_INSTRUCTIONS_PER_OPERATION, 4); /* once a point */
    summarise();
    struct group group = micro_group(&list);
    struct chart chart = charts_barriers_instructions(&summary, &group);
    assert_false(chart_has_marks(&chart)); /* of one of the two only */
    chart_free(&chart);
    group_list_free(&list);
    summary_free(&summary);
    record_set_real(&trials[TRIALS].record, TRIAL_INSTRUCTIONS_PER_OPERATION, 1004.5);
    summarise();
    group = micro_group(&list);
    chart = charts_barriers_instructions(&summary, &group);
    assert_true(mark_of(&chart, "counting", 0)->value == 1000.5);
    assert_says(chart.verdict, "counting adds the most to get (100");
    chart_free(&chart);
    group_list_free(&list);
}

static void without_none_there_is_no_zero(void **state)
{
    (void)state;
    struct group_list list;
    add_operation("counting", "get", 9);
    summarise();
    struct group group = micro_group(&list);
    struct chart chart = charts_barriers(&summary, &group);
    assert_false(chart_has_marks(&chart));
    chart_free(&chart);
    group_list_free(&list);
}

/* ---- pauses ---- */

/* Of 40 pauses the 24 longest, in the order in which they came. */
static void the_longest_pauses_stand_where_they_began(void **state)
{
    (void)state;
    enum { PAUSES = 40, SHOWN = 24 };
    struct trial_record *record = add("a", "churn", 4 * MIB, 100000);
    for (int64_t i = 0; i < PAUSES; i++)
        record_add_pause(record, i * 1000, 10 + (i * 17) % PAUSES); /* each length once */
    summarise();
    struct chart chart = charts_timeline(&summary, 0);
    assert_int_equal(chart.category_count, SHOWN);
    double before = -1;
    for (size_t i = 0; i < SHOWN; i++) {
        const struct chart_mark *mark = mark_of(&chart, "a", i);
        int64_t pause = (int64_t)(mark->across / 1000);
        assert_true(mark->across > before);
        assert_true(mark->value == (double)(10 + (pause * 17) % PAUSES));
        assert_true(mark->value >= 10 + PAUSES - SHOWN);
        before = mark->across;
    }
    assert_string_equal(chart.verdict, "a: 40 pauses in 100 \u00b5s");
    chart_free(&chart);
}

/* A pause half-way through 48 steps of 1000 ns marks one place of the line, and not the dotted one.
 */
static void pauses_are_marked_on_the_line_of_memory(void **state)
{
    (void)state;
    struct trial_record *record = add("a", "churn", 4 * MIB, 48000);
    record_add_point(record, CURVE_HELD, 0, 1000);
    record_add_point(record, CURVE_LIVE, 0, 500);
    record_add_pause(record, 24500, 10);
    summarise();
    struct chart chart = charts_memory(&summary, 0);
    for (size_t i = 0; i < chart.category_count; i++) {
        assert_true(mark_of(&chart, "a", i)->accent == (i == 24));
        assert_false(mark_of(&chart, "a: live", i)->accent);
    }
    chart_free(&chart);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_front_has_what_nothing_beats),
        TEST(equals_share_a_front),
        TEST(one_mark_is_no_choice),
        TEST(costs_are_taken_apart),
        TEST(operations_are_told_beyond_those_of_none),
        TEST(instructions_are_told_beyond_those_of_none),
        TEST(without_none_there_is_no_zero),
        TEST(the_longest_pauses_stand_where_they_began),
        TEST(pauses_are_marked_on_the_line_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
