/* SPDX-License-Identifier: MIT
 *
 * Metrics from small logs whose answers were worked out by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "measure/metrics.h"

struct row {
    enum hm_event_kind kind;
    uint64_t time_ns;
};

static void write_rows(struct hm_log *log, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        log_event(log, rows[i].kind, rows[i].time_ns, 0);
}

#define WRITE(log, ...)                                                                            \
    do {                                                                                           \
        const struct row rows_[] = {__VA_ARGS__};                                                  \
        write_rows(log, rows_, sizeof rows_ / sizeof *rows_);                                      \
    } while (0)

static void pauses_of_two_threads(void **state)
{
    (void)state;
    struct log_book book;
    log_book_open(&book, NULL, NULL);
    struct hm_log *a = log_begin(&book, LOG_MUTATOR);
    struct hm_log *b = log_begin(&book, LOG_MUTATOR);
    /* Before the window, then 100 long (waited 40), then one that ends after the window. */
    WRITE(a, {HM_EVENT_STOP_REQUESTED, 10}, {HM_EVENT_RESUMED, 90}, {HM_EVENT_STOP_REQUESTED, 1000},
          {HM_EVENT_STOPPED, 1040}, {HM_EVENT_COLLECTION_BEGIN, 1041},
          {HM_EVENT_COLLECTION_END, 1080}, {HM_EVENT_RESUMED, 1100},
          {HM_EVENT_STOP_REQUESTED, 4990}, {HM_EVENT_STOPPED, 4995}, {HM_EVENT_RESUMED, 5010});
    WRITE(b, {HM_EVENT_STOP_REQUESTED, 500}, {HM_EVENT_STOPPED, 510}, {HM_EVENT_RESUMED, 530});
    struct trial_record record = {0};
    metrics_from_events(&record, &book, (struct metrics_window){100, 5000});
    assert_int_equal(record_integer(&record, TRIAL_PAUSE_COUNT, -1), 2);
    assert_int_equal(record_integer(&record, TRIAL_PAUSE_TOTAL_NS, -1), 130);
    assert_int_equal(record_integer(&record, TRIAL_PAUSE_MAX_NS, -1), 100);
    assert_int_equal(record_integer(&record, TRIAL_TIME_TO_SAFEPOINT_MAX_NS, -1), 40);
    assert_int_equal(record_integer(&record, TRIAL_COLLECTIONS, -1), 1);
    assert_true(record_real(&record, TRIAL_PAUSE_P50_NS, -1) == 30.0);
    assert_true(record_real(&record, TRIAL_PAUSE_P99_NS, -1) == 100.0);
    assert_int_equal(record.pauses.count, 2);
    assert_int_equal(record.pauses.start_ns[0], 400);
    assert_int_equal(record.pauses.duration_ns[0], 30);
    assert_int_equal(record.pauses.start_ns[1], 900);
    record_free(&record);
    log_book_close(&book);
}

static void no_pause_is_none_and_has_no_percentile(void **state)
{
    (void)state;
    struct log_book book;
    log_book_open(&book, NULL, NULL);
    log_begin(&book, LOG_MUTATOR);
    struct trial_record record = {0};
    metrics_from_events(&record, &book, (struct metrics_window){0, 100});
    assert_int_equal(record_integer(&record, TRIAL_PAUSE_COUNT, -1), 0);
    assert_int_equal(record_integer(&record, TRIAL_PAUSE_TOTAL_NS, -1), 0);
    assert_false(record_is_known(&record, TRIAL_PAUSE_P50_NS));
    record_free(&record);
    log_book_close(&book);
}

static void releases_count_outside_stops_and_on_mutators_only(void **state)
{
    (void)state;
    struct log_book book;
    log_book_open(&book, NULL, NULL);
    struct hm_log *mutator = log_begin(&book, LOG_MUTATOR);
    struct hm_log *worker = log_begin(&book, LOG_COLLECTOR);
    WRITE(mutator, {HM_EVENT_RELEASE_BEGIN, 100}, {HM_EVENT_RELEASE_END, 150},
          {HM_EVENT_SWEEP_BEGIN, 200}, {HM_EVENT_SWEEP_END, 270}, {HM_EVENT_STOP_REQUESTED, 300},
          {HM_EVENT_SWEEP_BEGIN, 310}, {HM_EVENT_SWEEP_END, 390}, {HM_EVENT_RESUMED, 400},
          {HM_EVENT_RELEASE_END, 500});
    WRITE(worker, {HM_EVENT_SWEEP_BEGIN, 100}, {HM_EVENT_SWEEP_END, 900});
    log_end(worker);
    struct metrics_window window = {0, 1000};
    struct trial_record record = {0};
    metrics_from_events(&record, &book, window);
    assert_int_equal(record_integer(&record, TRIAL_RELEASE_COUNT, -1), 2);
    assert_int_equal(record_integer(&record, TRIAL_RELEASE_TOTAL_NS, -1), 120);
    assert_int_equal(record_integer(&record, TRIAL_RELEASE_MAX_NS, -1), 70);
    assert_true(metrics_bracketed_ns(&book, window) == 120);
    record_free(&record);
    log_book_close(&book);
}

static void stalls_are_slow_paths_less_pauses(void **state)
{
    (void)state;
    struct trial_record record = {0};
    record_add_pause(&record, 1000, 50000);   /* 2000 to 52000 */
    record_add_pause(&record, 100000, 10000); /* 101000 to 111000 */
    struct stamp_interval felt[] = {
        {1500, 53000},    /* 51500 long, 50000 of it pause: 1500 remain, under the threshold */
        {60000, 95000},   /* 35000, none of it pause */
        {100000, 140000}, /* 40000, 10000 of it pause: 30000 */
        {500, 100},       /* backwards: ignored */
        {900000, 990000}, /* ends after the window */
    };
    struct stamps stamps = {.intervals = felt, .count = sizeof felt / sizeof *felt};
    const struct stamps *all[] = {&stamps};
    metrics_from_stamps(&record, all, 1, (struct metrics_window){1000, 950000});
    assert_int_equal(record_integer(&record, TRIAL_STALL_COUNT, -1), 2);
    assert_int_equal(record_integer(&record, TRIAL_STALL_TOTAL_NS, -1), 65000);
    assert_int_equal(record_integer(&record, TRIAL_STALL_MAX_NS, -1), 35000);
    record_free(&record);
}

static double value_at(const struct trial_record *record, enum trial_curve name, double x)
{
    const struct curve *curve = &record->curves[name];
    for (size_t i = 0; i < curve->count; i++)
        if (curve->points[i].x == x)
            return curve->points[i].y;
    fail_msg("%s has no point at %g", record_curve_word(name), x);
    return 0;
}

/* A pause of 50 us; one mutator has a release of 100 us right behind it, and two sweeps of 80 us
 * with 40 us between: in 200 us it loses 160, which none of its windows of 100 us shows. */
static void utilization_is_that_of_the_worst_mutator(void **state)
{
    (void)state;
    struct log_book book;
    log_book_open(&book, NULL, NULL);
    struct hm_log *worse = log_begin(&book, LOG_MUTATOR);
    struct hm_log *better = log_begin(&book, LOG_MUTATOR);
    WRITE(better, {HM_EVENT_STOP_REQUESTED, 1010000}, {HM_EVENT_RESUMED, 1060000});
    WRITE(worse, {HM_EVENT_SWEEP_BEGIN, 1300000}, {HM_EVENT_SWEEP_END, 1380000},
          {HM_EVENT_SWEEP_BEGIN, 1420000}, {HM_EVENT_SWEEP_END, 1500000});
    struct trial_record record = {0};
    struct metrics_window window = {1000000, 1600000};
    metrics_utilization(&record, &book, window);
    assert_int_equal(record.curves[CURVE_MMU].count, 3); /* 100, 200 and 500 us of 600 */
    assert_true(fabs(value_at(&record, CURVE_MMU, 100000) - 0.2) < 1e-12);
    assert_true(fabs(value_at(&record, CURVE_MMU, 200000) - 0.2) < 1e-12);
    assert_true(fabs(value_at(&record, CURVE_MMU, 500000) - (1 - 210.0 / 500)) < 1e-12);
    assert_true(fabs(value_at(&record, CURVE_BMU, 100000) - 0.2) < 1e-12);
    record_free(&record);
    WRITE(worse, {HM_EVENT_RELEASE_BEGIN, 1060000}, {HM_EVENT_RELEASE_END, 1160000});
    metrics_utilization(&record, &book, window);
    assert_true(fabs(value_at(&record, CURVE_MMU, 100000)) < 1e-12);
    assert_true(fabs(value_at(&record, CURVE_MMU, 200000) - 0.2) < 1e-12);
    assert_true(fabs(value_at(&record, CURVE_MMU, 500000) - (1 - 310.0 / 500)) < 1e-12);
    record_free(&record);
    log_book_close(&book);
}

/* Nothing was stopped, and nothing is longer than the whole. */
static void utilization_without_stops_is_whole(void **state)
{
    (void)state;
    struct log_book book;
    log_book_open(&book, NULL, NULL);
    struct trial_record record = {0};
    metrics_utilization(&record, &book, (struct metrics_window){0, 1500000});
    assert_int_equal(record.curves[CURVE_BMU].count, 4);
    assert_true(value_at(&record, CURVE_BMU, 1000000) == 1);
    record_free(&record);
    metrics_utilization(&record, &book, (struct metrics_window){0, 99999});
    assert_int_equal(record.curves[CURVE_MMU].count, 0);
    log_book_close(&book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pauses_of_two_threads),
        cmocka_unit_test(no_pause_is_none_and_has_no_percentile),
        cmocka_unit_test(releases_count_outside_stops_and_on_mutators_only),
        cmocka_unit_test(stalls_are_slow_paths_less_pauses),
        cmocka_unit_test(utilization_is_that_of_the_worst_mutator),
        cmocka_unit_test(utilization_without_stops_is_whole),
    };
    return cmocka_run_group_tests_name("measure/metrics", tests, NULL, NULL);
}
