/* SPDX-License-Identifier: MIT
 *
 * Lower-bound overhead from small event logs whose answers were worked out by hand, on the way that
 * trials go: events, metrics, summary. Then how often its interval holds a truth that is known.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "drawn.h"
#include "measure/metrics.h"
#include "report/overhead.h"

enum { MOST_TRIALS = 128, MOST_ROWS = 12, BEGIN_NS = 1000 };

static struct store_trial trials[MOST_TRIALS];
static size_t trial_count;

struct row {
    enum hm_event_kind kind;
    uint64_t time_ns;
};

/* A trial: its events, ended by a row of time 0, and the length of its timed part, which begins at
 * BEGIN_NS. */
struct story {
    const char *collector, *workload;
    int64_t threads, heap_bytes;
    uint64_t wall_ns;
    struct row rows[MOST_ROWS];
};

#define STOP(from, to)                                                                             \
    {HM_EVENT_STOP_REQUESTED, (from)},                                                             \
    {                                                                                              \
        HM_EVENT_RESUMED, (to)                                                                     \
    }
#define SWEEP(from, to)                                                                            \
    {HM_EVENT_SWEEP_BEGIN, (from)},                                                                \
    {                                                                                              \
        HM_EVENT_SWEEP_END, (to)                                                                   \
    }
#define RELEASE(from, to)                                                                          \
    {HM_EVENT_RELEASE_BEGIN, (from)},                                                              \
    {                                                                                              \
        HM_EVENT_RELEASE_END, (to)                                                                 \
    }

/* Its events go through what reads those of a trial. `more_ns` lengthens the timed part. */
static struct trial_record *live(const struct story *story, int64_t block, uint64_t more_ns)
{
    struct trial_record *record = &trials[trial_count++].record;
    struct interval window = {BEGIN_NS, BEGIN_NS + story->wall_ns + more_ns};
    struct log_book book;
    struct told told;
    log_book_open(&book, NULL, NULL);
    struct hm_log *log = log_begin(&book, LOG_MUTATOR);
    for (const struct row *row = story->rows; row->time_ns != 0; row++)
        log_event(log, row->kind, row->time_ns, 0);
    told_read(&told, &book, (struct interval){0, UINT64_MAX}, window);
    metrics_from_events(record, &told);
    told_free(&told);
    log_book_close(&book);
    record_set_text(record, TRIAL_COLLECTOR_LABEL, story->collector);
    record_set_text(record, TRIAL_COLLECTOR, story->collector);
    record_set_text(record, TRIAL_WORKLOAD, story->workload);
    record_set_text(record, TRIAL_WORKLOAD_PARAMETERS, "");
    record_set_text(record, TRIAL_DISPATCH, "inline");
    record_set_integer(record, TRIAL_THREADS, story->threads);
    record_set_integer(record, TRIAL_HEAP_BYTES, story->heap_bytes);
    record_set_integer(record, TRIAL_BLOCK, block);
    record_set_integer(record, TRIAL_MICRO, 0);
    record_set_count(record, TRIAL_WALL_NS, window.end_ns - window.start_ns);
    record_set_outcome(record, OUTCOME_OK);
    return record;
}

static void live_blocks(const struct story *story, int64_t blocks)
{
    for (int64_t block = 0; block < blocks; block++)
        live(story, block, 0);
}

static int begin(void **state)
{
    (void)state;
    memset(trials, 0, sizeof trials);
    trial_count = 0;
    return 0;
}

static int end(void **state)
{
    (void)state;
    for (size_t i = 0; i < trial_count; i++)
        record_free(&trials[i].record);
    return 0;
}

static struct summary summarize(void)
{
    struct error error = {0};
    struct summary summary;
    assert_true(summary_make(&summary, trials, trial_count, NULL, &error));
    return summary;
}

static size_t collector_of(const struct summary *summary, const char *label)
{
    for (size_t c = 0; c < summary->collector_count; c++)
        if (strcmp(summary->collectors[c], label) == 0)
            return c;
    fail_msg("no collector '%s'", label);
    return 0;
}

static double overhead(const struct summary *summary, size_t point, const char *label,
                       enum overhead_cost cost, struct stats_interval *interval)
{
    struct overhead_floor floor = overhead_floor(summary, point, cost);
    return overhead_of(summary_cell(summary, point, collector_of(summary, label)), &floor, cost,
                       interval);
}

static void assert_near(double told, double truth)
{
    if (!(fabs(told - truth) <= 1e-12 * fabs(truth)))
        fail_msg("%.17g, and should be %.17g", told, truth);
}

/* ---- by hand ---- */

/* One mutator. "tracer": stops of 1000 and 500, and one of which 100 lie in the timed part, and a
 * sweep of 400, beside one that lies in a stop: 10000 - 1600 - 400 = 8000 are left. "counter": its
 * releases of 250 and 350 leave 9000 - 600 = 8400. "opaque" tells no events, so that what it spent
 * cannot be taken off its 7600; "liar" resumes twice; both would be the floor. "fails" left 100. */
static const struct story tracer = {"tracer",
                                    "churn",
                                    1,
                                    1 << 20,
                                    10000,
                                    {STOP(2000, 2500),
                                     SWEEP(2600, 3000),
                                     {HM_EVENT_STOP_REQUESTED, 4000},
                                     SWEEP(4100, 4200),
                                     {HM_EVENT_RESUMED, 5000},
                                     STOP(10900, 11300),
                                     {0, 0}}};
static const struct story counter = {
    "counter", "churn", 1, 1 << 20, 9000, {RELEASE(1500, 1750), RELEASE(3000, 3350), {0, 0}}};
static const struct story opaque = {"opaque", "churn", 1, 1 << 20, 7600, {{0, 0}}};
static const struct story liar = {
    "liar", "churn", 1, 1 << 20, 4000, {STOP(2000, 2100), {HM_EVENT_RESUMED, 2200}, {0, 0}}};
static const struct story fails = {"fails", "churn", 1, 1 << 20, 600, {STOP(1000, 1500), {0, 0}}};

static void live_all(void)
{
    for (int64_t block = 0; block < 3; block++) {
        live(&tracer, block, 0);
        live(&counter, block, 0);
        struct trial_record *record = live(&opaque, block, 0);
        record_set_unknown(record, TRIAL_PAUSE_TOTAL_NS); /* as of one that reports no pauses */
        live(&liar, block, 0);
        record_set_outcome(live(&fails, block, 0), OUTCOME_OUT_OF_MEMORY);
    }
}

static void wall_time_of_several_collectors(void **state)
{
    (void)state;
    live_all();
    struct summary summary = summarize();
    struct overhead_floor floor = overhead_floor(&summary, 0, OVERHEAD_WALL);
    assert_true(floor.cost == 8000);
    assert_string_equal(summary.collectors[floor.collector], "tracer");
    assert_near(overhead(&summary, 0, "tracer", OVERHEAD_WALL, NULL), 1.25);
    assert_near(overhead(&summary, 0, "counter", OVERHEAD_WALL, NULL), 1.125);
    assert_near(overhead(&summary, 0, "opaque", OVERHEAD_WALL, NULL), 0.95);
    assert_near(overhead(&summary, 0, "liar", OVERHEAD_WALL, NULL), 0.5);
    assert_true(isnan(overhead(&summary, 0, "fails", OVERHEAD_WALL, NULL)));
    summary_free(&summary);
}

/* In a larger heap "tracer" stops once: 9200 - 600 = 8600, which is no lower. With one stop of 2200
 * and no more work it leaves 7000, and that is the floor in both heaps. */
static void the_floor_is_over_all_heaps(void **state)
{
    (void)state;
    struct story large = {"tracer", "churn", 1, 1 << 21, 9200, {STOP(2000, 2600), {0, 0}}};
    live_all();
    live_blocks(&large, 3);
    struct summary summary = summarize();
    assert_true(overhead_floor(&summary, 0, OVERHEAD_WALL).cost == 8000);
    assert_true(overhead_floor(&summary, 1, OVERHEAD_WALL).cost == 8000);
    assert_near(overhead(&summary, 1, "tracer", OVERHEAD_WALL, NULL), 1.15);
    summary_free(&summary);
    large.rows[1].time_ns = 4200;
    live_blocks(&large, 3);
    for (size_t i = trial_count - 6; i < trial_count - 3; i++)
        record_set_outcome(&trials[i].record, OUTCOME_CRASH); /* those of before */
    summary = summarize();
    assert_true(overhead_floor(&summary, 0, OVERHEAD_WALL).cost == 7000);
    assert_near(overhead(&summary, 0, "tracer", OVERHEAD_WALL, NULL), 10000.0 / 7000);
    assert_near(overhead(&summary, 1, "tracer", OVERHEAD_WALL, NULL), 9200.0 / 7000);
    summary_free(&summary);
}

/* Of two mutators one sweeps while the other works: only stops are no program's time. */
static void sweeps_beside_other_mutators_stay_in_the_wall_time(void **state)
{
    (void)state;
    struct story two = tracer;
    two.threads = 2;
    live_blocks(&two, 3);
    struct summary summary = summarize();
    assert_true(overhead_floor(&summary, 0, OVERHEAD_WALL).cost == 8400);
    summary_free(&summary);
}

/* "tracer": 8200 by mutators, 2600 by the collector, on whatever threads, and 200 of threads that
 * nobody told of: 8400 are left of 11000. "counter": 7500 and 500, and no others known.
 * Instructions: 900 less 150, and 1000 less 200. Counted of one trial only. */
static void cpu_and_instructions(void **state)
{
    (void)state;
    live_all();
    for (size_t i = 0; i < trial_count; i++) {
        struct trial_record *record = &trials[i].record;
        bool traces = strcmp(record_text(record, TRIAL_COLLECTOR, ""), "tracer") == 0;
        if (!traces && strcmp(record_text(record, TRIAL_COLLECTOR, ""), "counter") != 0)
            continue;
        record_set_integer(record, TRIAL_MUTATOR_CPU_NS, traces ? 8200 : 7500);
        record_set_integer(record, TRIAL_COLLECTOR_CPU_NS, traces ? 2600 : 500);
        if (traces)
            record_set_integer(record, TRIAL_OTHER_THREADS_CPU_NS, 200);
        if (record_integer(record, TRIAL_BLOCK, 0) != 0)
            continue;
        record_set_integer(record, TRIAL_COUNTED_INSTRUCTIONS, traces ? 900 : 1000);
        record_set_integer(record, TRIAL_COUNTED_COLLECTOR_INSTRUCTIONS, traces ? 150 : 200);
    }
    struct summary summary = summarize();
    struct stats_interval interval;
    assert_true(overhead_floor(&summary, 0, OVERHEAD_CPU).cost == 7500);
    assert_near(overhead(&summary, 0, "tracer", OVERHEAD_CPU, NULL), 11000.0 / 7500);
    assert_near(overhead(&summary, 0, "counter", OVERHEAD_CPU, NULL), 8000.0 / 7500);
    assert_true(isnan(overhead(&summary, 0, "opaque", OVERHEAD_CPU, &interval)));
    assert_int_equal(interval.kind, STATS_NONE);
    assert_true(overhead_floor(&summary, 0, OVERHEAD_INSTRUCTIONS).cost == 750);
    assert_near(overhead(&summary, 0, "tracer", OVERHEAD_INSTRUCTIONS, NULL), 1.2);
    assert_near(overhead(&summary, 0, "counter", OVERHEAD_INSTRUCTIONS, &interval), 1000.0 / 750);
    assert_near(interval.low, interval.high);
    summary_free(&summary);
}

/* 1.25 on "churn", where "tracer" leaves 8000, and 2 on "lru", where it leaves 4500 of 9000. */
static void the_mean_is_geometric(void **state)
{
    (void)state;
    struct story lru = {"tracer", "lru", 1, 1 << 20, 9000, {STOP(2000, 6500), {0, 0}}};
    live_all();
    live_blocks(&lru, 3);
    struct summary summary = summarize();
    struct overhead_floor floors[2] = {overhead_floor(&summary, 0, OVERHEAD_WALL),
                                       overhead_floor(&summary, 1, OVERHEAD_WALL)};
    static const size_t points[2] = {0, 1};
    struct stats_interval interval;
    size_t over;
    double mean = overhead_mean(&summary, points, floors, 2, collector_of(&summary, "tracer"),
                                OVERHEAD_WALL, &over, &interval);
    assert_near(mean, sqrt(2.5));
    assert_int_equal(over, 2);
    assert_near(interval.low, sqrt(2.5));
    mean = overhead_mean(&summary, points, floors, 2, collector_of(&summary, "fails"),
                         OVERHEAD_WALL, &over, &interval);
    assert_true(isnan(mean) && over == 0 && interval.kind == STATS_NONE);
    summary_free(&summary);
}

/* ---- intervals by hand ---- */

/* "even" takes 15000 in each block and tells no cost. The floor is "tracer"'s, 5000 and 10000 by
 * turns, so 7500 in the middle; three blocks of six or more are of one kind in far more than one
 * draw of 40. So the ratio is 2, between 1.5 and 3, though no total differs from another. */
static void the_floor_is_an_estimate_too(void **state)
{
    (void)state;
    static const struct story plain = {"tracer", "churn", 1, 1 << 20, 5000, {{0, 0}}};
    static const struct story even = {"even", "churn", 1, 1 << 20, 15000, {{0, 0}}};
    for (int64_t block = 0; block < 6; block++) {
        live(&plain, block, block % 2 == 0 ? 0 : 5000);
        record_set_unknown(live(&even, block, 0), TRIAL_PAUSE_TOTAL_NS);
    }
    struct summary summary = summarize();
    struct stats_interval interval;
    assert_near(overhead(&summary, 0, "even", OVERHEAD_WALL, &interval), 2);
    assert_int_equal(interval.kind, STATS_BOOTSTRAP_95);
    assert_near(interval.low, 1.5);
    assert_near(interval.high, 3);
    /* Over its own floor it is 1 in every draw. */
    assert_near(overhead(&summary, 0, "tracer", OVERHEAD_WALL, &interval), 1);
    assert_near(interval.low, 1);
    assert_near(interval.high, 1);
    summary_free(&summary);
}

/* What slows a block slows both: total and floor are 2 to 1 in each. Without one block of one side
 * nothing says which belong together. With five the range stands for the interval. */
static void blocks_are_drawn_whole(void **state)
{
    (void)state;
    for (int64_t block = 0; block < 7; block++) {
        struct story fast = {"fast", "churn", 1, 1 << 20, 5000, {{0, 0}}};
        struct story slow = {"slow", "churn", 1, 1 << 20, 10000, {{0, 0}}};
        live(&fast, block, (uint64_t)(1000 * block));
        record_set_unknown(live(&slow, block, (uint64_t)(2000 * block)), TRIAL_PAUSE_TOTAL_NS);
    }
    struct summary summary = summarize();
    struct stats_interval interval;
    assert_near(overhead(&summary, 0, "slow", OVERHEAD_WALL, &interval), 2);
    assert_int_equal(interval.kind, STATS_BOOTSTRAP_95);
    assert_near(interval.low, 2);
    assert_near(interval.high, 2);
    summary_free(&summary);
    record_set_outcome(&trials[13].record, OUTCOME_CRASH); /* the last of "slow" */
    summary = summarize();
    overhead(&summary, 0, "slow", OVERHEAD_WALL, &interval);
    assert_int_equal(interval.kind, STATS_BOOTSTRAP_95);
    assert_true(interval.low < 1.7 && interval.high > 2.1);
    summary_free(&summary);
    for (size_t i = 10; i < 14; i++)
        record_set_outcome(&trials[i].record, OUTCOME_CRASH);
    record_set_integer(&trials[1].record, TRIAL_WALL_NS, 12500); /* of 5000 */
    summary = summarize();
    overhead(&summary, 0, "slow", OVERHEAD_WALL, &interval);
    assert_int_equal(interval.kind, STATS_RANGE);
    assert_near(interval.low, 2);
    assert_near(interval.high, 2.5);
    summary_free(&summary);
}

/* ---- how often it holds the truth ---- */

/* The last collector spends half of what the others leave: its total is 1.5 over a floor of 1. The
 * block slows all of it by 5 %, each trial by 3 %. */
static void draw_block(struct random *random, int64_t block, size_t collectors, double apart)
{
    double slow = drawn_normal(random, 0.05);
    for (size_t c = 0; c < collectors; c++) {
        struct trial_record *record = &trials[trial_count++].record;
        double cost = 1e9 * (1 + apart * (double)c) * exp(slow + drawn_normal(random, 0.03));
        record_set_integer(record, TRIAL_BLOCK, block);
        record_set_integer(record, TRIAL_THREADS, 1);
        record_set_count(record, TRIAL_WALL_NS,
                         (uint64_t)(1.5e9 * exp(slow + drawn_normal(random, 0.03))));
        if (c + 1 == collectors)
            continue;
        record_set_count(record, TRIAL_WALL_NS, (uint64_t)cost);
        record_set_integer(record, TRIAL_PAUSE_TOTAL_NS, 0);
    }
}

static bool holds(struct random *random, size_t collectors, double apart, size_t blocks)
{
    enum { MOST_COLLECTORS = 6, MOST_BLOCKS = 10 };
    const struct trial_record *completed[MOST_COLLECTORS][MOST_BLOCKS];
    struct summary_cell cells[MOST_COLLECTORS] = {0};
    struct summary_point point = {.workload = "churn", .parameters = "", .dispatch = "inline"};
    struct summary summary = {
        .points = &point, .point_count = 1, .cells = cells, .collector_count = collectors};
    begin(NULL);
    for (size_t block = 0; block < blocks; block++)
        draw_block(random, (int64_t)block, collectors, apart);
    for (size_t c = 0; c < collectors; c++) {
        for (size_t block = 0; block < blocks; block++)
            completed[c][block] = &trials[block * collectors + c].record;
        cells[c] = (struct summary_cell){.completed = completed[c], .completed_count = blocks};
    }
    struct overhead_floor floor = overhead_floor(&summary, 0, OVERHEAD_WALL);
    struct stats_interval interval;
    overhead_of(&cells[collectors - 1], &floor, OVERHEAD_WALL, &interval);
    end(NULL);
    return interval.low <= 1.5 && 1.5 <= interval.high;
}

/* One floor, five of which one is the least, and five that are alike, of which the luckiest is
 * taken. */
static void the_interval_holds_the_truth(void **state)
{
    (void)state;
    enum { TRIES = 200 };
    static const struct {
        size_t collectors;
        double apart;
        size_t blocks;
        double least;
    } cases[] = {
        {2, 0, 6, 0.90}, {2, 0, 10, 0.93}, {6, 0.1, 10, 0.93}, {6, 0, 6, 0.85}, {6, 0, 10, 0.88}};
    struct random random = {20};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t held = 0;
        for (size_t try = 0; try < TRIES; try++)
            held += holds(&random, cases[i].collectors, cases[i].apart, cases[i].blocks);
        print_message("%zu collectors, %g apart, %zu blocks: %.1f %%\n", cases[i].collectors,
                      cases[i].apart, cases[i].blocks, 100.0 * (double)held / TRIES);
        assert_true((double)held / TRIES >= cases[i].least);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(wall_time_of_several_collectors, begin, end),
        cmocka_unit_test_setup_teardown(the_floor_is_over_all_heaps, begin, end),
        cmocka_unit_test_setup_teardown(sweeps_beside_other_mutators_stay_in_the_wall_time, begin,
                                        end),
        cmocka_unit_test_setup_teardown(cpu_and_instructions, begin, end),
        cmocka_unit_test_setup_teardown(the_mean_is_geometric, begin, end),
        cmocka_unit_test_setup_teardown(the_floor_is_an_estimate_too, begin, end),
        cmocka_unit_test_setup_teardown(blocks_are_drawn_whole, begin, end),
        cmocka_unit_test(the_interval_holds_the_truth),
    };
    return cmocka_run_group_tests_name("report/overhead", tests, NULL, NULL);
}
