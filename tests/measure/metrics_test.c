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

/* What a book tells of a window; the trial was far longer. */
static struct told read(const struct log_book *book, uint64_t start_ns, uint64_t end_ns)
{
    struct told told;
    told_read(&told, book, (struct interval){0, UINT64_MAX}, (struct interval){start_ns, end_ns});
    return told;
}

/* A slow path as stamps mark it, in which the thread waited for a processor. */
static void mark_slow(struct hm_log *log, uint64_t start_ns, uint64_t end_ns, uint64_t waited_ns)
{
    if (waited_ns > 0)
        log_mark(log, LOG_MARK_WAITED, end_ns, waited_ns);
    log_mark(log, LOG_MARK_SLOW_ALLOCATE, end_ns, end_ns - start_ns);
}

static void pauses_of_two_threads(void **state)
{
    (void)state;
    struct log_book book;
    log_book_open(&book, NULL, NULL);
    struct hm_log *a = log_begin(&book, LOG_MUTATOR);
    struct hm_log *b = log_begin(&book, LOG_MUTATOR);
    /* Before the window, then 100 long (waited 40), then one of which 10 lie in the window. */
    WRITE(a, {HM_EVENT_STOP_REQUESTED, 10}, {HM_EVENT_RESUMED, 90}, {HM_EVENT_STOP_REQUESTED, 1000},
          {HM_EVENT_STOPPED, 1040}, {HM_EVENT_COLLECTION_BEGIN, 1041},
          {HM_EVENT_COLLECTION_END, 1080}, {HM_EVENT_RESUMED, 1100},
          {HM_EVENT_STOP_REQUESTED, 4990}, {HM_EVENT_STOPPED, 4995}, {HM_EVENT_RESUMED, 5010});
    WRITE(b, {HM_EVENT_STOP_REQUESTED, 500}, {HM_EVENT_STOPPED, 510}, {HM_EVENT_RESUMED, 530});
    struct trial_record record = {0};
    struct told told = read(&book, 100, 5000);
    metrics_from_events(&record, &told);
    assert_int_equal(record_integer(&record, TRIAL_PAUSE_COUNT, -1), 3);
    assert_int_equal(record_integer(&record, TRIAL_PAUSE_TOTAL_NS, -1), 140);
    assert_int_equal(record_integer(&record, TRIAL_PAUSE_MAX_NS, -1), 100);
    assert_int_equal(record_integer(&record, TRIAL_TIME_TO_SAFEPOINT_MAX_NS, -1), 40);
    assert_true(record_real(&record, TRIAL_TIME_TO_SAFEPOINT_P50_NS, -1) == 10.0);
    assert_true(record_real(&record, TRIAL_TIME_TO_SAFEPOINT_P90_NS, -1) == 40.0);
    assert_int_equal(record_integer(&record, TRIAL_COLLECTIONS, -1), 1);
    assert_true(record_real(&record, TRIAL_PAUSE_P50_NS, -1) == 30.0);
    assert_true(record_real(&record, TRIAL_PAUSE_P99_NS, -1) == 100.0);
    assert_int_equal(record.pauses.count, 3);
    assert_int_equal(record.pauses.start_ns[0], 400);
    assert_int_equal(record.pauses.duration_ns[0], 30);
    assert_int_equal(record.pauses.start_ns[1], 900);
    assert_int_equal(record.pauses.start_ns[2], 4890);
    assert_int_equal(record.pauses.duration_ns[2], 10);
    told_free(&told);
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
    struct told told = read(&book, 0, 100);
    metrics_from_events(&record, &told);
    assert_int_equal(record_integer(&record, TRIAL_PAUSE_COUNT, -1), 0);
    assert_int_equal(record_integer(&record, TRIAL_PAUSE_TOTAL_NS, -1), 0);
    assert_false(record_is_known(&record, TRIAL_PAUSE_P50_NS));
    told_free(&told);
    record_free(&record);
    log_book_close(&book);
}

/* 100 stops that take 1 to 100 to come about, in no order; one was asked for before the window, one
 * ends after it; then a log in which nobody says when the world stood. */
static void times_to_safepoint_are_exact(void **state)
{
    (void)state;
    struct log_book book;
    log_book_open(&book, NULL, NULL);
    struct hm_log *log = log_begin(&book, LOG_MUTATOR);
    WRITE(log, {HM_EVENT_STOP_REQUESTED, 900}, {HM_EVENT_STOPPED, 1900}, {HM_EVENT_RESUMED, 1950});
    for (uint64_t i = 0; i < 100; i++) {
        uint64_t at = 2000 + 1000 * i;
        WRITE(log, {HM_EVENT_STOP_REQUESTED, at}, {HM_EVENT_STOPPED, at + 1 + i * 37 % 100},
              {HM_EVENT_RESUMED, at + 500});
    }
    struct trial_record record = {0};
    struct told told = read(&book, 1000, 101010); /* 99 * 37 % 100 is 63: at 101000 for 64 */
    metrics_from_events(&record, &told);
    assert_true(record_real(&record, TRIAL_TIME_TO_SAFEPOINT_P50_NS, -1) == 50.0);
    assert_true(record_real(&record, TRIAL_TIME_TO_SAFEPOINT_P90_NS, -1) == 90.0);
    assert_true(record_real(&record, TRIAL_TIME_TO_SAFEPOINT_P99_NS, -1) == 99.0);
    assert_true(record_real(&record, TRIAL_TIME_TO_SAFEPOINT_P999_NS, -1) == 100.0);
    assert_int_equal(record_integer(&record, TRIAL_TIME_TO_SAFEPOINT_MAX_NS, -1), 100);
    told_free(&told);
    record_free(&record);
    log_book_close(&book);
    log_book_open(&book, NULL, NULL);
    WRITE(log_begin(&book, LOG_MUTATOR), {HM_EVENT_STOP_REQUESTED, 10}, {HM_EVENT_RESUMED, 20});
    told = read(&book, 0, 100);
    metrics_from_events(&record, &told);
    assert_int_equal(record_integer(&record, TRIAL_PAUSE_COUNT, -1), 1);
    assert_false(record_is_known(&record, TRIAL_TIME_TO_SAFEPOINT_MAX_NS));
    assert_false(record_is_known(&record, TRIAL_TIME_TO_SAFEPOINT_P50_NS));
    told_free(&told);
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
          {HM_EVENT_RELEASE_BEGIN, 950}, {HM_EVENT_RELEASE_END, 1100});
    WRITE(worker, {HM_EVENT_SWEEP_BEGIN, 100}, {HM_EVENT_SWEEP_END, 900});
    log_end(worker);
    struct trial_record record = {0};
    struct told told = read(&book, 0, 1000);
    metrics_from_events(&record, &told);
    assert_int_equal(record_integer(&record, TRIAL_RELEASE_COUNT, -1), 3);
    assert_int_equal(record_integer(&record, TRIAL_RELEASE_TOTAL_NS, -1), 170);
    assert_int_equal(record_integer(&record, TRIAL_RELEASE_MAX_NS, -1), 70);
    told_free(&told);
    record_free(&record);
    log_book_close(&book);
}

/* Two pauses, from 2000 to 52000 and from 101000 to 111000, by another thread. */
static void write_two_pauses(struct log_book *book)
{
    struct hm_log *other = log_begin(book, LOG_MUTATOR);
    WRITE(other, {HM_EVENT_STOP_REQUESTED, 2000}, {HM_EVENT_RESUMED, 52000},
          {HM_EVENT_STOP_REQUESTED, 101000}, {HM_EVENT_RESUMED, 111000});
}

static void stalls_are_slow_paths_less_pauses(void **state)
{
    (void)state;
    struct trial_record record = {0};
    struct log_book book;
    log_book_open(&book, NULL, NULL);
    write_two_pauses(&book);
    struct hm_log *log = log_begin(&book, LOG_MUTATOR);
    log->stamped = true;
    mark_slow(log, 1500, 53000, 0);     /* 50000 of it pause: 1500 remain, under the threshold */
    mark_slow(log, 60000, 95000, 0);    /* 35000, none of it pause */
    mark_slow(log, 100000, 140000, 0);  /* 40000, 10000 of it pause: 30000 */
    mark_slow(log, 938000, 990000, 0);  /* 12000 of it in the window */
    mark_slow(log, 945000, 1990000, 0); /* 5000 */
    struct told told = read(&book, 1000, 950000);
    metrics_from_stamps(&record, &told);
    assert_int_equal(record_integer(&record, TRIAL_STALL_COUNT, -1), 3);
    assert_int_equal(record_integer(&record, TRIAL_STALL_TOTAL_NS, -1), 77000);
    assert_int_equal(record_integer(&record, TRIAL_STALL_MAX_NS, -1), 35000);
    /* Nobody knows what the threads waited for processors. */
    assert_false(record_is_known(&record, TRIAL_UNREPORTED_STALL_COUNT));
    told_free(&told);
    record_free(&record);
    log_book_close(&book);
}

static void stalls_without_an_event_are_unreported(void **state)
{
    (void)state;
    struct trial_record record = {0};
    struct log_book book;
    log_book_open(&book, NULL, NULL);
    write_two_pauses(&book);
    struct hm_log *log = log_begin(&book, LOG_MUTATOR);
    log->stamped = log->controlled = true;
    mark_slow(log, 1500, 53000, 0); /* 1500 that no pause explains */
    WRITE(log, {HM_EVENT_SWEEP_BEGIN, 61000}, {HM_EVENT_SWEEP_END, 90000});
    mark_slow(log, 60000, 95000, 0);       /* 6000 without the sweep */
    mark_slow(log, 100000, 140000, 11000); /* 40000, 10000 of it pause, 11000 waited: 19000 */
    mark_slow(log, 200000, 230000, 0);     /* all of 30000 */
    mark_slow(log, 300000, 330000, 25000); /* 5000 */
    mark_slow(log, 400000, 420000, 90000); /* it may all have been the wait */
    struct told told = read(&book, 1000, 950000);
    metrics_from_stamps(&record, &told);
    assert_int_equal(record_integer(&record, TRIAL_UNREPORTED_STALL_COUNT, -1), 2);
    assert_int_equal(record_integer(&record, TRIAL_UNREPORTED_STALL_TOTAL_NS, -1), 49000);
    assert_int_equal(record_integer(&record, TRIAL_UNREPORTED_STALL_MAX_NS, -1), 30000);
    told_free(&told);
    record_free(&record);
    log_book_close(&book);
}

static void what_was_reclaimed_is_added_up(void **state)
{
    (void)state;
    struct trial_record record = {0};
    struct log_book book;
    log_book_open(&book, NULL, NULL);
    struct hm_log *log = log_begin(&book, LOG_MUTATOR);
    for (uint64_t i = 0; i < 4; i++) {
        log_event(log, HM_EVENT_COLLECTION_BEGIN, 100 * i, 0);
        log_event(log, HM_EVENT_COLLECTION_END, 100 * i + 50, 1000 + i);
    }
    struct told told = read(&book, 100, 300);
    metrics_from_events(&record, &told);
    assert_int_equal(record_integer(&record, TRIAL_COLLECTIONS, -1), 2);
    assert_int_equal(record_integer(&record, TRIAL_RECLAIMED_BYTES, -1), 2003);
    told_free(&told);
    log_event(log, HM_EVENT_COLLECTION_BEGIN, 500, 0);
    log_event(log, HM_EVENT_COLLECTION_END, 550, HM_UNKNOWN);
    record_free(&record);
    told = read(&book, 100, 600);
    metrics_from_events(&record, &told);
    assert_int_equal(record_integer(&record, TRIAL_COLLECTIONS, -1), 4);
    assert_false(record_is_known(&record, TRIAL_RECLAIMED_BYTES));
    told_free(&told);
    record_free(&record);
    log_book_close(&book);
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

/* A pause of 50 us; one mutator has two sweeps of 80 us with 40 us between: in 200 us it loses 160,
 * which none of its windows of 100 us shows. Then another one has a release of 100 us right behind
 * the pause, too. */
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
    struct told told = read(&book, 1000000, 1600000);
    metrics_utilization(&record, &told);
    told_free(&told);
    assert_int_equal(record.curves[CURVE_MMU].count, 3); /* 100, 200 and 500 us of 600 */
    assert_true(fabs(value_at(&record, CURVE_MMU, 100000) - 0.2) < 1e-12);
    assert_true(fabs(value_at(&record, CURVE_MMU, 200000) - 0.2) < 1e-12);
    assert_true(fabs(value_at(&record, CURVE_MMU, 500000) - (1 - 210.0 / 500)) < 1e-12);
    assert_true(fabs(value_at(&record, CURVE_BMU, 100000) - 0.2) < 1e-12);
    record_free(&record);
    struct hm_log *third = log_begin(&book, LOG_MUTATOR);
    WRITE(third, {HM_EVENT_RELEASE_BEGIN, 1060000}, {HM_EVENT_RELEASE_END, 1160000},
          {HM_EVENT_SWEEP_BEGIN, 1300000}, {HM_EVENT_SWEEP_END, 1380000},
          {HM_EVENT_SWEEP_BEGIN, 1420000}, {HM_EVENT_SWEEP_END, 1500000});
    told = read(&book, 1000000, 1600000);
    metrics_utilization(&record, &told);
    told_free(&told);
    assert_true(fabs(value_at(&record, CURVE_MMU, 100000)) < 1e-12);
    assert_true(fabs(value_at(&record, CURVE_MMU, 200000) - 0.2) < 1e-12);
    assert_true(fabs(value_at(&record, CURVE_MMU, 500000) - (1 - 310.0 / 500)) < 1e-12);
    record_free(&record);
    log_book_close(&book);
}

/* Each has a point at x. */
static double value_of_mutator(const struct trial_record *record, enum trial_curve name,
                               size_t mutator, double x)
{
    const struct curve *curve = &record->curves[name];
    for (size_t i = 0; i < curve->count; i++)
        if (curve->points[i].x == x && mutator-- == 0)
            return curve->points[i].y;
    fail_msg("%s has no such point at %g", record_curve_word(name), x);
    return 0;
}

/* In 600 us: both are stopped for 50; the first has a sweep of 100 us, and from the middle of that
 * on the second one a release of 150 us. */
static void utilization_is_told_of_each_mutator_and_of_all(void **state)
{
    (void)state;
    struct log_book book;
    log_book_open(&book, NULL, NULL);
    struct hm_log *first = log_begin(&book, LOG_MUTATOR);
    log_begin(&book, LOG_COLLECTOR);
    struct hm_log *second = log_begin(&book, LOG_MUTATOR);
    WRITE(first, {HM_EVENT_STOP_REQUESTED, 1010000}, {HM_EVENT_RESUMED, 1060000},
          {HM_EVENT_SWEEP_BEGIN, 1300000}, {HM_EVENT_SWEEP_END, 1400000});
    WRITE(second, {HM_EVENT_RELEASE_BEGIN, 1350000}, {HM_EVENT_RELEASE_END, 1500000});
    struct trial_record record = {0};
    struct told told = read(&book, 1000000, 1600000);
    metrics_utilization(&record, &told);
    told_free(&told);
    assert_int_equal(record.curves[CURVE_MMU_EACH].count, 6);
    assert_int_equal(record.curves[CURVE_BMU_ALL].count, 3);
    assert_true(fabs(value_of_mutator(&record, CURVE_MMU_EACH, 0, 100000)) < 1e-12);
    assert_true(fabs(value_of_mutator(&record, CURVE_MMU_EACH, 0, 200000) - 0.5) < 1e-12);
    assert_true(fabs(value_of_mutator(&record, CURVE_MMU_EACH, 1, 200000) - 0.25) < 1e-12);
    assert_true(fabs(value_of_mutator(&record, CURVE_BMU_EACH, 1, 500000) - 0.6) < 1e-12);
    assert_true(fabs(value_at(&record, CURVE_MMU, 200000) - 0.25) < 1e-12);
    /* 1300 to 1400: 150 of 200; 1300 to 1500: 250 of 400; 1010 to 1510: 150 and 200 of 1000. */
    assert_true(fabs(value_at(&record, CURVE_MMU_ALL, 100000) - 0.25) < 1e-12);
    assert_true(fabs(value_at(&record, CURVE_MMU_ALL, 200000) - 0.375) < 1e-12);
    assert_true(fabs(value_at(&record, CURVE_BMU_ALL, 500000) - 0.65) < 1e-12);
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
    struct told told = read(&book, 0, 1500000);
    metrics_utilization(&record, &told);
    told_free(&told);
    assert_int_equal(record.curves[CURVE_BMU].count, 4);
    assert_true(value_at(&record, CURVE_BMU, 1000000) == 1);
    record_free(&record);
    told = read(&book, 0, 99999);
    metrics_utilization(&record, &told);
    told_free(&told);
    assert_int_equal(record.curves[CURVE_MMU].count, 0);
    log_book_close(&book);
}

/* In 1000 us: a pause of which 100 us lie behind the beginning, one of which 200 lie before the
 * end, and between, a slow path of 300 us, of which the thread waited 100 for a processor. */
static void utilization_counts_what_is_cut_and_what_is_not_reported(void **state)
{
    (void)state;
    struct log_book book;
    struct trial_record record = {0};
    log_book_open(&book, NULL, NULL);
    struct hm_log *log = log_begin(&book, LOG_MUTATOR);
    WRITE(log, {HM_EVENT_STOP_REQUESTED, 1600000}, {HM_EVENT_RESUMED, 2100000});
    mark_slow(log, 2400000, 2700000, 100000);
    WRITE(log, {HM_EVENT_STOP_REQUESTED, 2800000}, {HM_EVENT_RESUMED, 3600000});
    struct told told = read(&book, 2000000, 3000000);
    metrics_utilization(&record, &told);
    assert_true(fabs(value_at(&record, CURVE_MMU, 100000)) < 1e-12);
    assert_true(fabs(value_at(&record, CURVE_MMU, 200000)) < 1e-12);
    /* From 2400 to 2900 it is stopped from 2400 to 2600 and from 2800: 300 of 500. */
    assert_true(fabs(value_at(&record, CURVE_MMU, 500000) - 0.4) < 1e-12);
    /* 100, 200 and 200 of 1000. */
    assert_true(fabs(value_at(&record, CURVE_MMU, 1000000) - 0.5) < 1e-12);
    told_free(&told);
    record_free(&record);
    log_book_close(&book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pauses_of_two_threads),
        cmocka_unit_test(times_to_safepoint_are_exact),
        cmocka_unit_test(no_pause_is_none_and_has_no_percentile),
        cmocka_unit_test(releases_count_outside_stops_and_on_mutators_only),
        cmocka_unit_test(stalls_are_slow_paths_less_pauses),
        cmocka_unit_test(stalls_without_an_event_are_unreported),
        cmocka_unit_test(what_was_reclaimed_is_added_up),
        cmocka_unit_test(utilization_counts_what_is_cut_and_what_is_not_reported),
        cmocka_unit_test(utilization_is_that_of_the_worst_mutator),
        cmocka_unit_test(utilization_is_told_of_each_mutator_and_of_all),
        cmocka_unit_test(utilization_without_stops_is_whole),
    };
    return cmocka_run_group_tests_name("measure/metrics", tests, NULL, NULL);
}
