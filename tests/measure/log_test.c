/* SPDX-License-Identifier: MIT
 *
 * Logs: nothing lost in silence, the latest event shown, collector threads' CPU counted; stamps.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "measure/account.h"
#include "measure/counting.h"
#include "measure/log.h"
#include "measure/stamps.h"

static void keeps_order_over_chunks(void **state)
{
    (void)state;
    struct log_book book;
    log_book_open(&book, NULL, NULL);
    struct hm_log *log = log_begin(&book, LOG_MUTATOR);
    enum { MANY = 3 * LOG_CHUNK_EVENTS + 5 };
    for (uint64_t i = 0; i < MANY; i++)
        log_event(log, HM_EVENT_HEAP_GROWN, i, i * i);
    uint64_t at = 0;
    for (struct log_chunk *chunk = log->first; chunk != NULL; chunk = chunk->next)
        for (size_t i = 0; i < chunk->count; i++, at++) {
            assert_true(chunk->events[i].time_ns == at);
            assert_true(chunk->events[i].value == at * at);
        }
    assert_true(at == MANY);
    assert_true(log_book_recorded(&book) == MANY);
    assert_true(log_book_dropped(&book) == 0);
    log_book_close(&book);
}

static void counts_what_it_drops(void **state)
{
    (void)state;
    struct log_book book;
    log_book_open(&book, NULL, NULL);
    struct hm_log *log = log_begin(&book, LOG_MUTATOR);
    log->chunk_count = LOG_MOST_CHUNKS - 1;
    for (unsigned i = 0; i < LOG_CHUNK_EVENTS + 3; i++)
        log_event(log, HM_EVENT_HEAP_GROWN, i, 0);
    assert_true(log_book_recorded(&book) == LOG_CHUNK_EVENTS);
    assert_true(log_book_dropped(&book) == 3);
    log_book_close(&book);
}

static void shows_the_latest_event(void **state)
{
    (void)state;
    _Atomic uint32_t event = 0, thread = 99;
    struct log_book book;
    log_book_open(&book, &event, &thread);
    log_begin(&book, LOG_MUTATOR);
    struct hm_log *second = log_begin(&book, LOG_MUTATOR);
    log_event(second, HM_EVENT_MARK_BEGIN, 1, 0);
    assert_int_equal(event, HM_EVENT_MARK_BEGIN);
    assert_int_equal(thread, 1);
    assert_string_equal(log_event_name(event), "mark begins");
    assert_null(log_event_name(12345));
    log_event(NULL, HM_EVENT_MARK_END, 1, 0);
    assert_int_equal(event, HM_EVENT_MARK_BEGIN);
    log_book_close(&book);
}

/* Use CPU until the thread's own clock says so. */
static void burn(uint64_t ns)
{
    uint64_t end_ns = clock_thread_cpu_ns() + ns;
    while (clock_thread_cpu_ns() < end_ns)
        continue;
}

static void *work(void *book)
{
    struct hm_log *log = log_begin(book, LOG_COLLECTOR);
    burn(5000000);
    log_end(log);
    return NULL;
}

static void counts_cpu_of_collector_threads(void **state)
{
    (void)state;
    struct log_book book;
    log_book_open(&book, NULL, NULL);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, work, &book), 0);
    pthread_join(thread, NULL);
    assert_true(log_book_collector_cpu_ns(&book) >= 5000000);
    log_book_close(&book);
}

static void takes_a_stop_on_a_mutator_from_its_cpu(void **state)
{
    (void)state;
    struct log_book book;
    log_book_open(&book, NULL, NULL);
    struct hm_log *log = log_begin(&book, LOG_MUTATOR);
    burn(1000000);
    log_event(log, HM_EVENT_STOP_REQUESTED, 1, 0);
    uint64_t before_ns = clock_thread_cpu_ns();
    burn(3000000);
    uint64_t burnt_ns = clock_thread_cpu_ns() - before_ns;
    log_event(log, HM_EVENT_RESUMED, 2, 0);
    uint64_t all_ns = clock_thread_cpu_ns();
    assert_true(log->account.cpu_ns >= burnt_ns);
    assert_true(log->account.cpu_ns <= all_ns - 1000000);
    log_book_close(&book);
}

static void knows_stops_that_were_told_late(void **state)
{
    (void)state;
    struct log_book book;
    log_book_open(&book, NULL, NULL);
    struct hm_log *log = log_begin(&book, LOG_MUTATOR);
    uint64_t start_ns = clock_now_ns();
    burn(1000000);
    uint64_t late_ns = clock_now_ns() - start_ns;
    log_event(log, HM_EVENT_STOP_REQUESTED, start_ns, 0);
    log_event(log, HM_EVENT_RESUMED, start_ns + late_ns, 0);
    assert_true(log->account.stopped_ns == late_ns);
    assert_true(log->account.late_ns == late_ns);
    start_ns = clock_now_ns();
    log_event(log, HM_EVENT_STOP_REQUESTED, start_ns, 0);
    uint64_t begun_ns = clock_now_ns();
    burn(1000000);
    uint64_t end_ns = clock_now_ns();
    log_event(log, HM_EVENT_RESUMED, end_ns, 0);
    assert_true(log->account.stopped_ns == late_ns + end_ns - start_ns);
    assert_true(log->account.late_ns - late_ns <= begun_ns - start_ns);
    log_book_close(&book);
}

/* ---- releases and sweeps ---- */

/* Work of so much CPU in which the thread lies still as well, told when it is over. */
static void work_with_a_wait(struct hm_log *log, bool said)
{
    enum { WAIT_US = 20000, WORK_NS = 3000000 };
    uint64_t start_ns = said ? account_work_begins(log) : clock_now_ns();
    usleep(WAIT_US);
    burn(WORK_NS);
    uint64_t end_ns = clock_now_ns();
    log_event(log, HM_EVENT_RELEASE_BEGIN, start_ns, 0);
    log_event(log, HM_EVENT_RELEASE_END, end_ns, 1);
    assert_true(end_ns - start_ns >= WAIT_US * 1000 + WORK_NS);
}

static void a_wait_is_no_cpu_of_a_release(void **state)
{
    (void)state;
    struct log_book book;
    log_book_open(&book, NULL, NULL);
    struct hm_log *log = log_begin(&book, LOG_MUTATOR);
    /* The last reading is older than the release by less than a millisecond, so that much less. */
    uint64_t before_ns = clock_thread_cpu_ns();
    work_with_a_wait(log, true);
    assert_true(log->account.cpu_ns <= clock_thread_cpu_ns() - before_ns);
    assert_true(log->account.cpu_ns >= 3000000 - ACCOUNT_READING_NS);
    log_book_close(&book);
}

/* The last reading is long ago: the thread had 13 to 26 ms of CPU since, and waited 20. */
static void work_that_nobody_said_has_a_share(void **state)
{
    (void)state;
    struct log_book book;
    log_book_open(&book, NULL, NULL);
    struct hm_log *log = log_begin(&book, LOG_MUTATOR);
    uint64_t begun_ns = clock_now_ns(), begun_cpu_ns = clock_thread_cpu_ns();
    burn(10000000);
    uint64_t start_ns = clock_now_ns();
    work_with_a_wait(log, false);
    uint64_t cpu_ns = clock_thread_cpu_ns() - begun_cpu_ns, ns = clock_now_ns();
    double share = (double)cpu_ns / (double)(ns - begun_ns);
    assert_true((double)log->account.cpu_ns <= 1.01 * share * (double)(ns - start_ns));
    assert_true(log->account.cpu_ns < ns - start_ns - 1000000);
    assert_true(log->account.cpu_ns > 0);
    log_book_close(&book);
}

/* Where the readings do not fit the work: a share of what lay between them, and never more than all
 * of it; without time between them there is no share to take. */
static void work_has_no_more_cpu_than_time(void **state)
{
    (void)state;
    const struct log_reading before = {1000000000, 5000000}, half = {1020000000, 15000000},
                             more = {1020000000, 5000000 + (UINT64_C(1) << 63)};
    assert_int_equal(account_cpu_of_work(&before, &half, 1010000000, 10000000), 5000000);
    assert_int_equal(account_cpu_of_work(&before, &more, 1010000000, 10000000), 10000000);
    assert_int_equal(account_cpu_of_work(&before, &before, 900000000, 10000000), 10000000);
    struct log_reading late = {before.ns, before.cpu_ns + 1};
    assert_int_equal(account_cpu_of_work(&before, &late, 900000000, 10000000), 10000000);
    assert_int_equal(account_cpu_of_work(&before, &half, 1000100000, 19900000), 9900000);
}

static void work_counts_once(void **state)
{
    (void)state;
    struct log_book book;
    log_book_open(&book, NULL, NULL);
    struct hm_log *log = log_begin(&book, LOG_MUTATOR);
    uint64_t now_ns = clock_now_ns();
    /* Short work counts as it took; what lies in it does not count again; nor does a stop's. */
    log_event(log, HM_EVENT_RELEASE_BEGIN, now_ns, 0);
    log_event(log, HM_EVENT_SWEEP_BEGIN, now_ns + 10, 0);
    log_event(log, HM_EVENT_SWEEP_END, now_ns + 40, 0);
    log_event(log, HM_EVENT_RELEASE_END, now_ns + 50, 0);
    assert_true(log->account.cpu_ns == 50);
    log_event(log, HM_EVENT_RELEASE_END, now_ns + 60, 0); /* of nothing */
    assert_true(log->account.cpu_ns == 50);
    log_event(log, HM_EVENT_STOP_REQUESTED, clock_now_ns(), 0);
    log_event(log, HM_EVENT_SWEEP_BEGIN, now_ns, 0);
    log_event(log, HM_EVENT_SWEEP_END, now_ns + 40, 0);
    assert_true(log->account.cpu_ns == 50);
    log_event(log, HM_EVENT_RESUMED, clock_now_ns(), 0);
    log_book_close(&book);
}

/* ---- under callgrind ---- */

static void counts_stop_where_collecting_begins(void **state)
{
    (void)state;
    struct log_book book;
    log_book_open(&book, NULL, NULL);
    book.counted = book.counts_mutators = true;
    struct hm_log *log = log_begin(&book, LOG_MUTATOR);
    /* Said when it begins, and told when it is over: long enough, whatever the clock says. */
    assert_true(clock_now_ns() - counting_work_begins(log) > 1000000);
    assert_int_equal(log->left_out, 1);
    log_event(log, HM_EVENT_STOP_REQUESTED, 2, 0); /* in it */
    assert_int_equal(log->left_out, 2);
    log_event(log, HM_EVENT_RESUMED, 3, 0);
    assert_true(counting_is_torn(log));
    log_event(log, HM_EVENT_RELEASE_BEGIN, 1, 0);
    assert_int_equal(log->left_out, 1);
    log_event(log, HM_EVENT_RELEASE_END, 4, 1);
    assert_int_equal(log->left_out, 0);
    assert_false(counting_is_torn(log));
    /* Told at once. */
    log_event(log, HM_EVENT_SWEEP_BEGIN, 5, 0);
    assert_int_equal(log->left_out, 1);
    log_event(log, HM_EVENT_SWEEP_END, 6, 1);
    assert_int_equal(log->left_out, 0);
    log_event(log, HM_EVENT_SWEEP_END, 7, 1); /* of nothing */
    log_event(log, HM_EVENT_RESUMED, 8, 0);
    assert_int_equal(log->left_out, 0);
    assert_true(log->account.cpu_ns == 0);
    assert_int_equal(log_begin(&book, LOG_COLLECTOR)->left_out, 1);
    /* Never told. */
    counting_work_begins(log);
    log_event(log, HM_EVENT_HEAP_GROWN, 9, 0);
    assert_true(counting_is_torn(log));
    log_book_close(&book);
}

static void all_counts_but_the_telling(void **state)
{
    (void)state;
    struct log_book book;
    log_book_open(&book, NULL, NULL);
    book.counted = true;
    struct hm_log *log = log_begin(&book, LOG_MUTATOR);
    uint64_t before_ns = clock_now_ns();
    assert_true(counting_work_begins(log) >= before_ns);
    assert_false(counting_is_torn(log));
    log_event(log, HM_EVENT_STOP_REQUESTED, 2, 0);
    log_event(log, HM_EVENT_RELEASE_BEGIN, 3, 0);
    assert_int_equal(log->left_out, 0);
    assert_int_equal(log_begin(&book, LOG_COLLECTOR)->left_out, 0);
    log_book_close(&book);
}

/* ---- stamps ---- */

static uint64_t slow_ns;

static hm_ref slow_allocate(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n,
                            uint32_t flags)
{
    (void)m;
    (void)shape;
    burn(slow_ns);
    name->bits = n + flags;
    return hm_at(name);
}

static const struct hm_event *event_at(const struct hm_log *log, size_t place)
{
    assert_non_null(log->first);
    assert_true(place < log->first->count);
    return &log->first->events[place];
}

static void stamps_mark_what_is_slow(void **state)
{
    (void)state;
    static const struct hm_slow slow = {.size = sizeof slow, .allocate = slow_allocate};
    struct log_book book;
    log_book_open(&book, NULL, NULL);
    struct hm_log *log = log_begin(&book, LOG_MUTATOR);
    struct hm_mutator m = {.slow = &slow};
    struct stamps stamps = {0};
    stamps_wrap(&stamps, &m, log);
    assert_true(log->stamped);
    assert_ptr_not_equal(m.slow, &slow);
    assert_null(m.slow->poll);
    hm_name name = {0};
    uint64_t before_ns = clock_now_ns();
    slow_ns = 3 * STAMP_THRESHOLD_NS;
    assert_true(m.slow->allocate(&m, &name, NULL, 40, 2).bits == 42);
    uint64_t after_ns = clock_now_ns();
    /* Before it, there may be how long the thread waited for a processor. */
    const struct hm_event *mark = event_at(log, log->first->count - 1);
    assert_int_equal(mark->kind, LOG_MARK_SLOW_ALLOCATE);
    assert_true(mark->time_ns <= after_ns);
    assert_true(mark->time_ns - mark->value >= before_ns);
    assert_true(mark->value >= slow_ns);
    assert_true(log_book_recorded(&book) == 0); /* no event of the collector */
    stamps_unwrap(&stamps, &m);
    assert_ptr_equal(m.slow, &slow);
    log_book_close(&book);
}

static void *tell_on(void *log)
{
    log_event(log, HM_EVENT_HEAP_GROWN, 5, 0);
    return NULL;
}

static void strangers_are_refused(void **state)
{
    (void)state;
    struct log_book book;
    log_book_open(&book, NULL, NULL);
    book.minds_threads = true;
    struct hm_log *log = log_begin(&book, LOG_MUTATOR);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, tell_on, log), 0);
    pthread_join(thread, NULL);
    assert_int_equal(book.refused, 1);
    log_event(log, (enum hm_event_kind)LOG_MARK_STEP_END, 6, 0);
    assert_int_equal(book.refused, 2);
    log_event(log, HM_EVENT_HEAP_GROWN, 7, 0);
    log_close(log);
    log_event(log, HM_EVENT_HEAP_GROWN, 8, 0);
    assert_int_equal(book.refused, 3);
    assert_true(log_book_recorded(&book) == 1);
    assert_int_equal(event_at(log, 0)->time_ns, 7);
    assert_int_equal(event_at(log, 1)->kind, LOG_MARK_DETACHED);
    assert_string_equal(log_entry_name(LOG_MARK_DETACHED), "detached");
    log_book_close(&book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_order_over_chunks),
        cmocka_unit_test(counts_what_it_drops),
        cmocka_unit_test(shows_the_latest_event),
        cmocka_unit_test(counts_cpu_of_collector_threads),
        cmocka_unit_test(takes_a_stop_on_a_mutator_from_its_cpu),
        cmocka_unit_test(knows_stops_that_were_told_late),
        cmocka_unit_test(a_wait_is_no_cpu_of_a_release),
        cmocka_unit_test(work_has_no_more_cpu_than_time),
        cmocka_unit_test(work_that_nobody_said_has_a_share),
        cmocka_unit_test(work_counts_once),
        cmocka_unit_test(counts_stop_where_collecting_begins),
        cmocka_unit_test(all_counts_but_the_telling),
        cmocka_unit_test(stamps_mark_what_is_slow),
        cmocka_unit_test(strangers_are_refused),
    };
    return cmocka_run_group_tests_name("measure/log", tests, NULL, NULL);
}
