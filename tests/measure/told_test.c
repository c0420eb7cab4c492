/* SPDX-License-Identifier: MIT
 *
 * Events that cannot be true: each is said in a sentence, and no figure is made of any.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "measure/metrics.h"

struct row {
    enum hm_event_kind kind;
    uint64_t time_ns, value;
};

/* Up to two logs, each ended by a row of kind 0, of a trial from 1000 to 9000 whose timed part is
 * from 2000 to 8000. */
struct fixture {
    struct log_book book;
    struct told told;
    struct text faults;
};

static void read_rows(struct fixture *fixture, const struct row *one, const struct row *two)
{
    const struct row *const lists[] = {one, two};
    *fixture = (struct fixture){0};
    log_book_open(&fixture->book, NULL, NULL);
    for (size_t i = 0; i < 2; i++) {
        struct hm_log *log = log_begin(&fixture->book, LOG_MUTATOR);
        log->stamped = log->controlled = true;
        for (const struct row *row = lists[i]; row != NULL && row->kind != 0; row++)
            log_event(log, row->kind, row->time_ns, row->value);
    }
    told_read(&fixture->told, &fixture->book, (struct interval){1000, 9000},
              (struct interval){2000, 8000});
    told_append_faults(&fixture->told, &fixture->faults);
}

static void end(struct fixture *fixture)
{
    told_free(&fixture->told);
    text_free(&fixture->faults);
    log_book_close(&fixture->book);
}

static const enum trial_field made_of_events[] = {
    TRIAL_PAUSE_COUNT,     TRIAL_PAUSE_TOTAL_NS, TRIAL_PAUSE_P50_NS,
    TRIAL_PAUSE_MAX_NS,    TRIAL_COLLECTIONS,    TRIAL_TIME_TO_SAFEPOINT_MAX_NS,
    TRIAL_RELEASE_COUNT,   TRIAL_STALL_COUNT,    TRIAL_UNREPORTED_STALL_COUNT,
    TRIAL_RECLAIMED_BYTES,
};

static void make_figures(struct trial_record *record, const struct told *told)
{
    metrics_from_events(record, told);
    metrics_from_stamps(record, told);
    metrics_utilization(record, told);
}

/* There is this one kind of fault, said so, and nothing is computed. */
static void assert_bad(const struct row *one, const struct row *two, enum told_fault fault,
                       const char *said)
{
    struct fixture fixture;
    struct trial_record record = {0};
    read_rows(&fixture, one, two);
    assert_false(told_is_sound(&fixture.told));
    for (int i = 0; i < TOLD_FAULT_COUNT; i++)
        if ((fixture.told.faults[i].count > 0) != (i == (int)fault))
            fail_msg("fault %d: %s", i, text_chars(&fixture.faults));
    if (strstr(text_chars(&fixture.faults), said) == NULL)
        fail_msg("no '%s' in: %s", said, text_chars(&fixture.faults));
    make_figures(&record, &fixture.told);
    for (size_t i = 0; i < sizeof made_of_events / sizeof *made_of_events; i++)
        assert_false(record_is_known(&record, made_of_events[i]));
    assert_int_equal(record.pauses.count, 0);
    assert_int_equal(record.curves[CURVE_MMU].count, 0);
    record_free(&record);
    end(&fixture);
}

#define ROWS(...) ((const struct row[]){__VA_ARGS__, {0}})

/* What every other test of this file is held against. */
static void sound_events_are_not_blamed(void **state)
{
    (void)state;
    struct fixture fixture;
    struct trial_record record = {0};
    read_rows(&fixture,
              ROWS({HM_EVENT_STOP_REQUESTED, 3000, 1}, {HM_EVENT_STOPPED, 3001, 0},
                   {HM_EVENT_COLLECTION_BEGIN, 3001, 0}, {HM_EVENT_MARK_BEGIN, 3002, 0},
                   {HM_EVENT_MARK_END, 3003, 7}, {HM_EVENT_COLLECTION_END, 3004, 99},
                   {HM_EVENT_RESUMED, 3004, 0}),
              ROWS({HM_EVENT_STOP_REQUESTED, 3004, 1}, {HM_EVENT_RESUMED, 3005, 0}));
    assert_true(told_is_sound(&fixture.told));
    assert_int_equal(fixture.faults.length, 0);
    make_figures(&record, &fixture.told);
    for (size_t i = 0; i < sizeof made_of_events / sizeof *made_of_events; i++)
        assert_true(record_is_known(&record, made_of_events[i]));
    record_free(&record);
    end(&fixture);
}

static void events_out_of_order(void **state)
{
    (void)state;
    assert_bad(ROWS({HM_EVENT_STOP_REQUESTED, 3000, 1}, {HM_EVENT_RESUMED, 2900, 0}), NULL,
               TOLD_OUT_OF_ORDER,
               "thread 0 tells \"resumed\" after \"stop requested\", and says that it was 100 ns "
               "earlier: no figures are made of the events");
}

static void stops_that_overlap(void **state)
{
    (void)state;
    assert_bad(ROWS({HM_EVENT_STOP_REQUESTED, 3000, 1}, {HM_EVENT_RESUMED, 3500, 0}),
               ROWS({HM_EVENT_STOP_REQUESTED, 3499, 1}, {HM_EVENT_RESUMED, 3600, 0}), TOLD_OVERLAPS,
               "two threads have the world stopped at once, 1499 ns after the timed part began");
    assert_bad(ROWS({HM_EVENT_STOP_REQUESTED, 3000, 1}, {HM_EVENT_STOP_REQUESTED, 3100, 1},
                    {HM_EVENT_RESUMED, 3200, 0}),
               NULL, TOLD_OVERLAPS, "thread 0 asks the world to stop twice");
}

static void pairs_that_overlap(void **state)
{
    (void)state;
    assert_bad(ROWS({HM_EVENT_MARK_BEGIN, 3000, 0}, {HM_EVENT_SWEEP_BEGIN, 3100, 0},
                    {HM_EVENT_MARK_END, 3200, 0}, {HM_EVENT_SWEEP_END, 3300, 0},
                    {HM_EVENT_MARK_END, 3400, 0}),
               NULL, TOLD_OVERLAPS,
               "thread 0 tells \"mark ends\" before what it began later has ended");
}

static void events_without_an_end(void **state)
{
    (void)state;
    assert_bad(ROWS({HM_EVENT_STOP_REQUESTED, 3000, 1}, {HM_EVENT_STOPPED, 3100, 0}), NULL,
               TOLD_WITHOUT_END, "thread 0 asked the world to stop, and never let it go on");
    assert_bad(NULL, ROWS({HM_EVENT_RELEASE_BEGIN, 3000, 0}), TOLD_WITHOUT_END,
               "thread 1 tells \"release begins\", and never that it ends");
}

static void events_without_a_beginning(void **state)
{
    (void)state;
    assert_bad(ROWS({HM_EVENT_RESUMED, 3000, 0}, {HM_EVENT_RESUMED, 3001, 0}), NULL,
               TOLD_WITHOUT_BEGINNING,
               "thread 0 tells \"resumed\" of a stop that it never asked for (2 such)");
    assert_bad(ROWS({HM_EVENT_SWEEP_END, 3000, 0}), NULL, TOLD_WITHOUT_BEGINNING,
               "thread 0 tells \"sweep ends\", and nothing had begun");
}

static void a_clock_that_jumps(void **state)
{
    (void)state;
    assert_bad(ROWS({HM_EVENT_HEAP_GROWN, 9500, 1}), NULL, TOLD_OUTSIDE,
               "the clock jumps: thread 0 tells \"heap grown\" 500 ns after the trial has ended");
    assert_bad(ROWS({HM_EVENT_HEAP_GROWN, 990, 1}), NULL, TOLD_OUTSIDE,
               "\"heap grown\" 10 ns before the trial began");
}

/* It cannot be longer without an event outside of the trial. */
static void a_pause_longer_than_the_trial(void **state)
{
    (void)state;
    struct fixture fixture;
    struct trial_record record = {0};
    read_rows(&fixture, ROWS({HM_EVENT_STOP_REQUESTED, 1500, 1}, {HM_EVENT_RESUMED, 19500, 0}),
              NULL);
    assert_non_null(strstr(text_chars(&fixture.faults),
                           "a pause of thread 0 is 18000 ns long, and the trial only 8000"));
    make_figures(&record, &fixture.told);
    assert_false(record_is_known(&record, TRIAL_PAUSE_MAX_NS));
    record_free(&record);
    end(&fixture);
}

/* Pauses do not depend on a size; what was reclaimed does. */
static void a_negative_size(void **state)
{
    (void)state;
    struct fixture fixture;
    struct trial_record record = {0};
    read_rows(&fixture,
              ROWS({HM_EVENT_COLLECTION_BEGIN, 3000, 0},
                   {HM_EVENT_COLLECTION_END, 3100, (uint64_t)-4096},
                   {HM_EVENT_STOP_REQUESTED, 3200, 1}, {HM_EVENT_RESUMED, 3300, 0}),
              NULL);
    assert_string_equal(text_chars(&fixture.faults),
                        "thread 0 tells \"collection ends\" with the negative value -4096: what "
                        "was reclaimed is not to be had");
    make_figures(&record, &fixture.told);
    assert_false(record_is_known(&record, TRIAL_RECLAIMED_BYTES));
    assert_int_equal(record_integer(&record, TRIAL_PAUSE_TOTAL_NS, -1), 100);
    record_free(&record);
    end(&fixture);
}

static void *tell_on(void *log)
{
    log_event(log, HM_EVENT_HEAP_GROWN, 3500, 0);
    return NULL;
}

static void assert_nothing_known(struct log_book *book, const char *said)
{
    struct told told;
    struct text faults = {0};
    struct trial_record record = {0};
    told_read(&told, book, (struct interval){1000, 9000}, (struct interval){2000, 8000});
    told_append_faults(&told, &faults);
    assert_string_equal(text_chars(&faults), said);
    make_figures(&record, &told);
    assert_false(record_is_known(&record, TRIAL_PAUSE_COUNT));
    record_free(&record);
    told_free(&told);
    text_free(&faults);
}

static void a_thread_that_never_attached(void **state)
{
    (void)state;
    struct log_book book;
    log_book_open(&book, NULL, NULL);
    book.minds_threads = true;
    struct hm_log *log = log_begin(&book, LOG_MUTATOR);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, tell_on, log), 0);
    pthread_join(thread, NULL);
    assert_nothing_known(&book, "events came from a thread that the log is not of: one that is not "
                                "attached: no figures are made of the events");
    log_book_close(&book);
}

static void events_that_were_lost(void **state)
{
    (void)state;
    struct log_book book;
    log_book_open(&book, NULL, NULL);
    struct hm_log *log = log_begin(&book, LOG_MUTATOR);
    log->chunk_count = LOG_MOST_CHUNKS;
    log_event(log, HM_EVENT_HEAP_GROWN, 3000, 0);
    log_event(log, HM_EVENT_HEAP_GROWN, 3001, 0);
    assert_nothing_known(&book, "events were lost for want of room (2 such): no figures are made "
                                "of the events");
    log_book_close(&book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_events_are_not_blamed),
        cmocka_unit_test(events_out_of_order),
        cmocka_unit_test(stops_that_overlap),
        cmocka_unit_test(pairs_that_overlap),
        cmocka_unit_test(events_without_an_end),
        cmocka_unit_test(events_without_a_beginning),
        cmocka_unit_test(a_clock_that_jumps),
        cmocka_unit_test(a_pause_longer_than_the_trial),
        cmocka_unit_test(a_negative_size),
        cmocka_unit_test(a_thread_that_never_attached),
        cmocka_unit_test(events_that_were_lost),
    };
    return cmocka_run_group_tests_name("measure/told", tests, NULL, NULL);
}
