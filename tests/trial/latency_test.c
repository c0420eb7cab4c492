/* SPDX-License-Identifier: MIT
 *
 * Does a stall of the thread that makes the load itself count from when requests were due? Against
 * a collector that stalls now and then, and logs when by its own reading of the clock.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "served.h"

static struct trial_record run(const char *options, const char *workload, const char *parameters,
                               uint32_t threads)
{
    static const struct trial_limits generous = {.time_ns = 120000000000};
    struct trial_spec spec;
    struct trial_record record = {0};
    struct error error = {0};
    trial_spec_initialise(&spec);
    served_replace(&spec.plugin_path, FAULTY);
    served_replace(&spec.options, options);
    served_replace(&spec.workload, workload);
    served_replace(&spec.parameters, parameters);
    spec.threads = threads;
    assert_true(trial_supervise(&spec, &generous, NULL, &record, &error));
    if (record_outcome(&record, OUTCOME_COUNT) != OUTCOME_OK)
        fail_msg("%s: %s", record_text(&record, TRIAL_OUTCOME, "no outcome"),
                 record_text(&record, TRIAL_CAUSE, "no cause"));
    trial_spec_free(&spec);
    return record;
}

/* How many requests were due within the stall. None of them ended before it did. */
static size_t count_within(const struct request_list *requests, int64_t start_ns, int64_t end_ns)
{
    size_t count = 0;
    for (size_t i = 0; i < requests->count; i++) {
        int64_t due_ns = requests->due_ns[i];
        if (due_ns < start_ns || due_ns >= end_ns)
            continue;
        count++;
        if (due_ns + requests->latency_ns[i] < end_ns)
            fail_msg("the request that was due %lld ns into a stall of %lld ns took %lld ns",
                     (long long)(due_ns - start_ns), (long long)(end_ns - start_ns),
                     (long long)requests->latency_ns[i]);
    }
    return count;
}

/* At 2000 a second a stall of 50 ms has about a hundred requests due in it, all of which are one
 * thread's, which is stalled itself. */
static void a_stall_of_the_generator_counts_from_due_times(void **state)
{
    (void)state;
    struct trial_record record =
        run("fault=stall", "server", "rate=2000,duration_ms=1500,live=256KiB,parts=40", 1);
    const struct pause_list *stalls = &record.pauses;
    size_t late = 0, met = 0;
    assert_string_equal(record_text(&record, TRIAL_SCHEDULE, ""), "requests");
    assert_int_equal(record_integer(&record, TRIAL_REQUEST_COUNT, -1), 3000);
    assert_int_equal(record.requests.count, 3000);
    assert_true(stalls->count > 0);
    /* What still goes on when all have been due has none due in it. */
    for (size_t i = 0; i < stalls->count; i++) {
        if (stalls->start_ns[i] > record.requests.due_ns[record.requests.count - 1])
            break;
        late += count_within(&record.requests, stalls->start_ns[i],
                             stalls->start_ns[i] + stalls->duration_ns[i]);
        met++;
    }
    assert_true(met > 0);
    assert_true(late > 10 * met);
    record_free(&record);
}

/* With several threads each has its own part of the requests, and all are done. */
static void all_threads_serve_their_own_requests(void **state)
{
    (void)state;
    struct trial_record record =
        run("fault=sound", "server", "rate=1000,duration_ms=500,live=256KiB,arrivals=even", 3);
    assert_int_equal(record.requests.count, 500);
    for (size_t i = 1; i < record.requests.count; i++)
        assert_true(record.requests.due_ns[i] - record.requests.due_ns[i - 1] >= 999999);
    record_free(&record);
}

/* How much of a stall lies before the end of so many ticks, in whole ticks that it must have lost:
 * those that are due wholly within it, so all but two for its ends. */
static int64_t ticks_lost(int64_t start_ns, int64_t duration_ns, int64_t tick_ns, int64_t ticks)
{
    int64_t last_ns = tick_ns * (ticks - 1), end_ns = start_ns + duration_ns;
    int64_t lost = ((end_ns < last_ns ? end_ns : last_ns) - start_ns) / tick_ns - 2;
    return lost > 0 ? lost : 0;
}

/* What else was lost, the machine's other work took. */
static void a_stall_loses_what_was_offered_meanwhile(void **state)
{
    (void)state;
    enum { TICK_NS = 1000000, OFFERED = 1500, TICK_BYTES = 20000 };
    struct trial_record record = run("fault=stall", "offered",
                                     "offer=20000000,duration_ms=1500,tick_us=1000,live=256KiB", 1);
    const struct pause_list *stalls = &record.pauses;
    int64_t least = 0;
    assert_string_equal(record_text(&record, TRIAL_SCHEDULE, ""), "offers");
    assert_true(stalls->count > 0);
    for (size_t i = 0; i < stalls->count; i++)
        least += ticks_lost(stalls->start_ns[i], stalls->duration_ns[i], TICK_NS, OFFERED);
    int64_t deficit_bytes = record_integer(&record, TRIAL_DEFICIT_BYTES, -1);
    assert_int_equal(record_integer(&record, TRIAL_OFFERED_BYTES, -1), OFFERED * TICK_BYTES);
    assert_true(least > 0);
    assert_true(deficit_bytes >= least * TICK_BYTES);
    assert_true(deficit_bytes < OFFERED * TICK_BYTES);
    /* What was lost was not made: nothing is made up for. `none` counts in runs of blocks. */
    assert_true(record_integer(&record, TRIAL_BYTES_ALLOCATED, INT64_MAX) <
                OFFERED * TICK_BYTES - deficit_bytes + (1 << 20));
    record_free(&record);
}

/* Fixed work knows no schedule. */
static void fixed_work_has_no_latencies(void **state)
{
    (void)state;
    struct trial_record record = run("fault=sound", "binary-trees", "depth=6,iterations=2", 1);
    assert_string_equal(record_text(&record, TRIAL_SCHEDULE, ""), "work");
    assert_false(record_is_known(&record, TRIAL_REQUEST_RATE));
    assert_false(record_is_known(&record, TRIAL_REQUEST_COUNT));
    assert_int_equal(record.requests.count, 0);
    record_free(&record);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "trial") == 0)
        return served_trial(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stall_of_the_generator_counts_from_due_times),
        cmocka_unit_test(all_threads_serve_their_own_requests),
        cmocka_unit_test(a_stall_loses_what_was_offered_meanwhile),
        cmocka_unit_test(fixed_work_has_no_latencies),
    };
    return cmocka_run_group_tests_name("trial/latency", tests, NULL, NULL);
}
