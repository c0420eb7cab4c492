/* SPDX-License-Identifier: MIT
 *
 * The matrix: its points, their heaps, what is unsupported, and the order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "made.h"

#define MIB ((uint64_t)1 << 20)
#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static void make(const struct suite_request *request, struct suite_plan *plan)
{
    struct error error = {0};
    if (!suite_make_plan(request, plan, &error))
        fail_msg("refused: %s", error.text);
}

static void assert_refused(const struct suite_request *request, const char *words)
{
    struct suite_plan plan;
    struct error error = {0};
    assert_false(suite_make_plan(request, &plan, &error));
    assert_int_equal(error.kind, ERROR_USER);
    if (strstr(error.text, words) == NULL)
        fail_msg("%s", error.text);
}

/* ---- points ---- */

static void every_combination_is_one_point(void **state)
{
    (void)state;
    struct suite_request request;
    struct suite_plan plan;
    made_request(&request, LIST("able", "plain"), LIST("tiny", "large"));
    assert_true(suite_set(&request, "threads", "1,2,4", NULL));
    assert_true(suite_set(&request, "heap", "64MiB,1GiB", NULL));
    assert_true(suite_set(&request, "dispatch", "both", NULL));
    request.invocations = 3;
    make(&request, &plan);
    assert_int_equal(plan.row_count, 2 * 3 * 2 * 2);
    assert_int_equal(plan.point_count, plan.row_count * 2);
    assert_int_equal(plan.trial_count, plan.point_count * 3);
    for (size_t i = 0; i < plan.point_count; i++) {
        const struct trial_spec *spec = &plan.points[i].spec;
        const struct suite_row *row = &plan.rows[plan.points[i].row];
        assert_int_equal(plan.points[i].row, i / 2);
        assert_int_equal(plan.points[i].collector, i % 2);
        assert_string_equal(spec->label, i % 2 == 0 ? "able" : "plain");
        assert_string_equal(spec->workload, row->workload == 0 ? "tiny" : "large");
        assert_string_equal(spec->variant, "default");
        assert_int_equal(spec->threads, row->threads);
        assert_int_equal(spec->heap_bytes, row->heap_bytes);
        assert_int_equal(spec->dispatch, row->dispatch);
    }
    suite_plan_free(&plan);
    suite_request_free(&request);
}

static void rows_are_named_in_words(void **state)
{
    (void)state;
    struct suite_request request;
    struct suite_plan plan;
    struct text text = {0};
    made_request(&request, LIST("able"), LIST("tiny"));
    assert_true(suite_set(&request, "threads", "2", NULL));
    make(&request, &plan);
    suite_append_row(&text, &request, &plan.rows[0]);
    assert_string_equal(text.chars, "tiny, 2 threads, inline, heap 10 MiB");
    text_free(&text);
    suite_plan_free(&plan);
    suite_request_free(&request);
}

static void assert_unsettled(struct suite_request *request, const char *words)
{
    struct error error = {0};
    assert_false(suite_settle(request, &error));
    assert_int_equal(error.kind, ERROR_USER);
    if (strstr(error.text, words) == NULL)
        fail_msg("\"%s\" is not in: %s", words, error.text);
}

static void missing_parts_are_refused(void **state)
{
    (void)state;
    struct suite_request request;
    made_request(&request, (const char *const[]){NULL}, LIST("tiny"));
    assert_unsettled(&request, "no collector is named");
    suite_request_free(&request);
    made_request(&request, LIST("able"), (const char *const[]){NULL});
    assert_unsettled(&request, "no workload is named");
    suite_request_free(&request);
    made_request(&request, LIST("able"), LIST("lonely"));
    assert_true(suite_set(&request, "threads", "1,2", NULL));
    assert_refused(&request, "at most 1 thread");
    suite_request_free(&request);
}

static void the_baseline_is_a_collector(void **state)
{
    (void)state;
    struct suite_request request;
    made_request(&request, LIST("able", "plain"), LIST("tiny"));
    assert_true(suite_settle(&request, NULL));
    assert_string_equal(request.baseline, "able");
    assert_true(suite_set(&request, "baseline", "abel", NULL));
    assert_unsettled(&request,
                     "the baseline 'abel' is no collector of this run; did you mean 'able'");
    suite_request_free(&request);
}

static void twins_are_entered_again(void **state)
{
    (void)state;
    struct suite_request request;
    made_request(&request, LIST("able", "plain"), LIST("tiny"));
    assert_true(suite_set(&request, "twins", "plain", NULL));
    assert_true(suite_settle(&request, NULL));
    assert_int_equal(request.entries.collector_count, 3);
    assert_string_equal(request.entries.collectors[2].label, "plain-twin");
    assert_ptr_equal(request.entries.collectors[2].info, request.entries.collectors[1].info);
    assert_string_equal(request.baseline, "able");
    suite_request_free(&request);

    made_request(&request, LIST("able", "plain"), LIST("tiny"));
    assert_true(suite_set(&request, "twins", "all", NULL));
    assert_true(suite_settle(&request, NULL));
    assert_int_equal(request.entries.collector_count, 4);
    assert_string_equal(request.entries.collectors[2].label, "able-twin");
    suite_request_free(&request);

    made_request(&request, LIST("able"), LIST("tiny"));
    assert_true(suite_set(&request, "twins", "able,able", NULL));
    assert_unsettled(&request, "able-twin");
    suite_request_free(&request);
    made_request(&request, LIST("able"), LIST("tiny"));
    assert_true(suite_set(&request, "twins", "other", NULL));
    assert_unsettled(&request,
                     "the twin 'other' is no collector of this run; should it be 'able'?");
    suite_request_free(&request);
}

static void too_many_trials_are_refused_before_they_are_laid_out(void **state)
{
    (void)state;
    struct suite_request request;
    struct text threads = {0};
    made_request(&request, LIST("able"), LIST("tiny"));
    for (int i = 1; i <= 1001; i++)
        text_format(&threads, "%s%d", i == 1 ? "" : ",", i);
    assert_true(suite_set(&request, "threads", text_chars(&threads), NULL));
    assert_true(suite_set(&request, "invocations", "1000", NULL));
    assert_refused(&request, "more than 1000000 trials");
    text_free(&threads);
    suite_request_free(&request);
}

/* ---- rates ---- */

/* Only what takes a rate is tried at each; the other parameters stay. */
static void each_rate_is_a_row_of_what_takes_one(void **state)
{
    (void)state;
    struct suite_request request;
    struct suite_plan plan;
    struct text text = {0};
    made_request(&request, LIST("able"), LIST("tiny", "paced"));
    assert_true(suite_set(&request, "rate", "20,500", NULL));
    assert_true(suite_settle(&request, NULL));
    make(&request, &plan);
    assert_int_equal(plan.row_count, 3);
    assert_string_equal(plan.points[0].spec.parameters, "");
    assert_string_equal(plan.points[1].spec.parameters, "rate=20,rest=3");
    assert_string_equal(plan.points[2].spec.parameters, "rate=500,rest=3");
    suite_append_row(&text, &request, &plan.rows[2]);
    assert_non_null(strstr(text_chars(&text), "paced at 500/s, 1 thread"));
    text_free(&text);
    suite_plan_free(&plan);
    suite_request_free(&request);
}

static void a_load_that_fills_the_machine_is_refused(void **state)
{
    (void)state;
    struct suite_request request;
    made_request(&request, LIST("able"), LIST("tiny"));
    assert_true(suite_set(&request, "outer-load", "64MiB", NULL));
    assert_true(suite_settle(&request, NULL));
    assert_true(suite_set(&request, "machine-memory", "64MiB", NULL));
    assert_unsettled(&request, "the outer load must be less than the machine's memory");
    suite_request_free(&request);
}

static void a_rate_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    struct suite_request request;
    made_request(&request, LIST("able"), LIST("tiny"));
    assert_true(suite_set(&request, "rate", "20", NULL));
    assert_unsettled(&request, "no workload of this run has requests");
    suite_request_free(&request);
    made_request(&request, LIST("able"), LIST("paced"));
    assert_true(suite_set(&request, "rate", "20,1001", NULL));
    assert_true(suite_settle(&request, NULL));
    assert_refused(&request, "rate");
    free(request.entries.workloads[0].label);
    request.entries.workloads[0].label = memory_copy_text("paced:rest=1,rate=7");
    assert_unsettled(&request, "the rate is given twice");
    suite_request_free(&request);
}

/* ---- lists of the command line ---- */

static void lists_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *key, *text, *words;
    } examples[] = {
        {"threads", "0", "1 to 4096"},
        {"threads", "", "not a whole number"},
        {"threads", "1,2,1", "twice"},
        {"threads", "4097", "1 to 4096"},
        {"threads", "1,two", "\"two\""},
        {"heap", "64XB", "unknown unit"},
        {"heap", "64M,", "not a number"},
        {"heap", "1k,1024", "twice"},
        {"heap", "-1", "negative"},
        {"heap", "9000000T", "8 EiB"},
        {"heap", "0.5x", "1 to 1000"},
        {"heap", "1.5x,2x,1.50x", "twice"},
        {"heap", "x", "not a number"},
        {"heap", "1.5.1x", "not a decimal number"},
        {"rate", "0", "rate of requests a second"},
        {"rate", "100,5k", "not a whole number"},
        {"rate", "100,200,100", "twice"},
        {"dispatch", "tabel", "table, inline or both"},
        {"invocations", "0", "1 to 1000"},
        {"time-limit", "0s", "above 0"},
        {"memory-limit", "lots", "not a number"},
        {"machine-memory", "some", "not a number"},
        {"outer-load", "1Q", "unknown unit"},
        {"warm-up", "yes", "true or false"},
        {"stamps", "", "true or false"},
        {"instructions", "some", "true or false"},
        {"pin", "everywhere", "compact"},
        {"bind-memory", "near", "interleave"},
        {"seed", "-1", "seed"},
        {"micro-min-time", "0", "least time"},
    };
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        struct suite_request request;
        struct error error = {0};
        suite_request_initialise(&request);
        if (suite_set(&request, examples[i].key, examples[i].text, &error))
            fail_msg("\"%s\" was taken", examples[i].text);
        assert_int_equal(error.kind, ERROR_USER);
        if (strstr(error.text, examples[i].words) == NULL)
            fail_msg("\"%s\": %s", examples[i].text, error.text);
        suite_request_free(&request);
    }
}

/* ---- heaps ---- */

/* The standard heap for these collectors, this workload and this many threads. */
static uint64_t standard_heap(const char *const *collectors, const char *workload,
                              const char *threads)
{
    struct suite_request request;
    struct suite_plan plan;
    made_request(&request, collectors, LIST(workload));
    assert_true(suite_set(&request, "threads", threads, NULL));
    make(&request, &plan);
    uint64_t bytes = plan.rows[0].heap_bytes;
    for (size_t i = 0; i < plan.point_count; i++)
        assert_int_equal(plan.points[i].spec.heap_bytes, bytes);
    suite_plan_free(&plan);
    suite_request_free(&request);
    return bytes;
}

static void the_standard_heap_is_a_multiple_of_what_lives(void **state)
{
    (void)state;
    /* 4 times 10 MiB and a byte for each thread, rounded up to 64 KiB. */
    assert_int_equal(standard_heap(LIST("able"), "large", "1"), 40 * MIB + (64 << 10));
    assert_int_equal(standard_heap(LIST("able"), "large", "3"), 120 * MIB + (64 << 10));
}

static void the_standard_heap_has_a_floor(void **state)
{
    (void)state;
    assert_int_equal(standard_heap(LIST("able"), "tiny", "1"), 9 * MIB);
    assert_int_equal(standard_heap(LIST("able"), "tiny", "16"), 24 * MIB);
    assert_int_equal(standard_heap(LIST("able", "single"), "tiny", "1"), 17 * MIB);
    assert_int_equal(standard_heap(LIST("able", "single"), "tiny", "16"), 32 * MIB);
}

static void a_standard_heap_beyond_all_numbers_is_still_one(void **state)
{
    (void)state;
    uint64_t bytes = standard_heap(LIST("able"), "huge", "1");
    assert_true(bytes <= INT64_MAX && bytes > INT64_MAX - (64 << 10) - 1);
    assert_int_equal(bytes % (64 << 10), 0);
}

static void a_heap_below_a_declared_minimum_is_refused(void **state)
{
    (void)state;
    struct suite_request request;
    struct suite_plan plan;
    made_request(&request, LIST("able", "single"), LIST("tiny"));
    assert_true(suite_set(&request, "heap", "16MiB", NULL));
    assert_refused(&request, "too small for single with 1 thread; it needs at least 17 MiB");
    assert_true(suite_set(&request, "heap", "17MiB", NULL));
    make(&request, &plan);
    suite_plan_free(&plan);
    assert_true(suite_set(&request, "heap", "0", NULL)); /* no limit is enough */
    make(&request, &plan);
    assert_int_equal(plan.points[1].spec.heap_bytes, 0);
    suite_plan_free(&plan);
    suite_request_free(&request);
}

/* Multiples are of the smallest heap of each workload and number of threads. What takes no limit
 * has a row of its own, and is in no other. */
static void heaps_are_multiples_of_the_smallest(void **state)
{
    (void)state;
    struct suite_request request;
    struct suite_plan plan;
    static const uint64_t smallest[] = {100000, 200000, MIB, 0};
    made_request(&request, LIST("able", "single", "plain"), LIST("tiny", "large"));
    assert_false(suite_asks_multiples(&request));
    assert_true(suite_set(&request, "threads", "1,2", NULL));
    assert_true(suite_set(&request, "heap", "1.5x,3x", NULL));
    assert_true(suite_asks_multiples(&request));
    request.smallest_bytes = memory_new(sizeof smallest);
    memcpy(request.smallest_bytes, smallest, sizeof smallest);
    make(&request, &plan);
    assert_int_equal(plan.row_count, 12);
    static const uint64_t bytes[] = {151552, 303104, 0, 303104, 602112, 0, 3 * MIB / 2, 3 * MIB, 0};
    for (size_t i = 0; i < sizeof bytes / sizeof *bytes; i++) {
        assert_int_equal(plan.rows[i].heap_bytes, bytes[i]);
        assert_int_equal(plan.rows[i].is_unlimited, bytes[i] == 0);
        assert_false(plan.rows[i].heap_is_pending);
    }
    assert_true(plan.rows[9].heap_is_pending && plan.rows[10].heap_is_pending);
    assert_int_equal(plan.point_count, 8 * 2 + 4);
    for (size_t i = 0; i < plan.point_count; i++)
        assert_int_equal(plan.points[i].collector == 1, plan.rows[plan.points[i].row].is_unlimited);
    struct text text = {0};
    suite_append_row(&text, &request, &plan.rows[1]);
    assert_string_equal(text.chars, "tiny, 1 thread, inline, heap 296 KiB (3x)");
    text_free(&text);
    suite_plan_free(&plan);
    suite_request_free(&request);
}

static void multiples_that_come_to_the_same_are_one_row(void **state)
{
    (void)state;
    struct suite_request request;
    struct suite_plan plan;
    made_request(&request, LIST("able"), LIST("tiny"));
    assert_true(suite_set(&request, "heap", "64KiB,1.1x,1.2x,2x", NULL));
    request.smallest_bytes = memory_new(sizeof(uint64_t));
    request.smallest_bytes[0] = 32 << 10;
    make(&request, &plan);
    assert_int_equal(plan.row_count, 3);
    assert_int_equal(plan.rows[1].heap_bytes, 36 << 10);
    assert_int_equal(plan.rows[2].heap_bytes, 40 << 10);
    suite_plan_free(&plan);
    suite_request_free(&request);
}

/* ---- what a collector cannot do ---- */

static void unsupported_points_stay_in_the_plan(void **state)
{
    (void)state;
    struct suite_request request;
    struct suite_plan plan;
    made_request(&request, LIST("able", "plain", "single"), LIST("shared"));
    assert_true(suite_set(&request, "threads", "1,2", NULL));
    request.invocations = 2;
    make(&request, &plan);
    assert_int_equal(plan.trial_count, 12);
    static const char *const causes[] = {
        NULL, /* able, 1 thread */
        "the workload shared needs garbage to be reclaimed, which the collector never does "
        "(plain/default)",
        NULL, /* single, 1 thread: nothing is shared by one */
        NULL, /* able, 2 threads */
        "the workload shared shares objects between threads, which the collector cannot "
        "(plain/default)",
        "the collector single/default runs at most 1 mutator, not 2",
    };
    for (size_t i = 0; i < plan.point_count; i++) {
        if (causes[i] == NULL)
            assert_null(plan.points[i].unsupported);
        else
            assert_string_equal(plan.points[i].unsupported, causes[i]);
    }
    suite_plan_free(&plan);
    suite_request_free(&request);
}

/* ---- the order ---- */

/* The points in the order of the trials; the caller frees it. */
static size_t *order_of(uint64_t seed, size_t *points, size_t *count)
{
    struct suite_request request;
    struct suite_plan plan;
    made_request(&request, LIST("able", "plain"), LIST("tiny", "large"));
    assert_true(suite_set(&request, "threads", "1,2,4", NULL));
    request.common.seed = seed;
    make(&request, &plan);
    size_t *order = memory_new(plan.trial_count * sizeof *order);
    for (size_t i = 0; i < plan.trial_count; i++) {
        assert_int_equal(plan.trials[i].block, i / plan.point_count);
        order[i] = plan.trials[i].point;
    }
    *points = plan.point_count;
    *count = plan.trial_count;
    suite_plan_free(&plan);
    suite_request_free(&request);
    return order;
}

static void each_block_holds_every_point_once(void **state)
{
    (void)state;
    size_t points, count;
    size_t *order = order_of(5, &points, &count);
    assert_int_equal(count, points * SUITE_INVOCATIONS_STANDARD);
    for (size_t block = 0; block < count / points; block++) {
        unsigned *seen = memory_new(points * sizeof *seen);
        for (size_t i = 0; i < points; i++)
            seen[order[block * points + i]]++;
        for (size_t i = 0; i < points; i++)
            assert_int_equal(seen[i], 1);
        free(seen);
    }
    assert_memory_not_equal(order, order + points, points * sizeof *order);
    free(order);
}

static void the_seed_decides_the_order(void **state)
{
    (void)state;
    size_t points, count;
    size_t *first = order_of(5, &points, &count);
    size_t *again = order_of(5, &points, &count);
    size_t *other = order_of(6, &points, &count);
    assert_memory_equal(first, again, count * sizeof *first);
    assert_memory_not_equal(first, other, count * sizeof *first);
    free(first);
    free(again);
    free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_combination_is_one_point),
        cmocka_unit_test(rows_are_named_in_words),
        cmocka_unit_test(missing_parts_are_refused),
        cmocka_unit_test(the_baseline_is_a_collector),
        cmocka_unit_test(twins_are_entered_again),
        cmocka_unit_test(too_many_trials_are_refused_before_they_are_laid_out),
        cmocka_unit_test(lists_are_refused),
        cmocka_unit_test(each_rate_is_a_row_of_what_takes_one),
        cmocka_unit_test(a_rate_that_does_not_fit_is_refused),
        cmocka_unit_test(a_load_that_fills_the_machine_is_refused),
        cmocka_unit_test(the_standard_heap_is_a_multiple_of_what_lives),
        cmocka_unit_test(the_standard_heap_has_a_floor),
        cmocka_unit_test(a_standard_heap_beyond_all_numbers_is_still_one),
        cmocka_unit_test(a_heap_below_a_declared_minimum_is_refused),
        cmocka_unit_test(heaps_are_multiples_of_the_smallest),
        cmocka_unit_test(multiples_that_come_to_the_same_are_one_row),
        cmocka_unit_test(unsupported_points_stay_in_the_plan),
        cmocka_unit_test(each_block_holds_every_point_once),
        cmocka_unit_test(the_seed_decides_the_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
