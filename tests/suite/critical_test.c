/* SPDX-License-Identifier: MIT
 *
 * The bisection for the critical rate, with collectors that are made up: each knows what it keeps.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "suite/critical.h"

struct made_up {
    uint64_t keeps;    /* every rate up to here */
    uint64_t stops_at; /* crashes from here on */
    unsigned probes;
    uint64_t most_probed;
};

static enum critical_answer probe(void *user, uint64_t rate)
{
    struct made_up *made = user;
    made->probes++;
    assert_true(rate >= 1);
    made->most_probed = rate > made->most_probed ? rate : made->most_probed;
    return made->stops_at != 0 && rate >= made->stops_at ? CRITICAL_STOP
           : rate <= made->keeps                         ? CRITICAL_KEPT
                                                         : CRITICAL_BROKEN;
}

static const struct critical_range range = {
    .start = 5000, .least = 1, .most = 250000, .precision = 0.05};

static void whatever_is_kept_is_found(void **state)
{
    (void)state;
    for (uint64_t keeps = 1; keeps < 250000; keeps += keeps / 6 + 1) {
        struct made_up made = {.keeps = keeps};
        struct critical_found found = critical_search(&range, probe, &made);
        assert_false(found.stopped);
        assert_true(found.kept <= keeps && found.broken > keeps);
        assert_true((double)found.broken <= 1.05 * (double)found.kept ||
                    found.broken - found.kept == 1);
        assert_true(made.probes <= 20);
    }
}

static void what_keeps_all_has_no_critical_rate(void **state)
{
    (void)state;
    struct made_up made = {.keeps = UINT64_MAX};
    struct critical_found found = critical_search(&range, probe, &made);
    assert_int_equal(found.kept, 250000);
    assert_int_equal(found.broken, 0);
    assert_int_equal(made.most_probed, 250000);
}

static void what_keeps_nothing_has_none(void **state)
{
    (void)state;
    struct made_up made = {0};
    struct critical_found found = critical_search(&range, probe, &made);
    assert_int_equal(found.kept, 0);
    assert_int_equal(found.broken, 1);
}

static void what_no_rate_mends_ends_it(void **state)
{
    (void)state;
    struct made_up made = {.keeps = UINT64_MAX, .stops_at = 20000};
    struct critical_found found = critical_search(&range, probe, &made);
    assert_true(found.stopped);
    assert_int_equal(found.kept, 10000);
    assert_int_equal(made.probes, 3);
}

/* Requests of 1 to 100 ms: p90 is 90 ms, p99 is 99 ms. */
static void a_trial_is_judged_by_the_percentile(void **state)
{
    (void)state;
    struct trial_record record = {0};
    for (int64_t ms = 1; ms <= 100; ms++)
        record_add_request(&record, ms, ms * 1000000);
    record_set_outcome(&record, OUTCOME_OK);
    assert_int_equal(critical_judge(&record, 99, 99000000), CRITICAL_KEPT);
    assert_int_equal(critical_judge(&record, 99, 98999999), CRITICAL_BROKEN);
    assert_int_equal(critical_judge(&record, 90, 90000000), CRITICAL_KEPT);
    assert_int_equal(critical_judge(&record, 100, 99000000), CRITICAL_BROKEN);
    critical_tell(&record, 90, 80000000);
    assert_int_equal(record_integer(&record, TRIAL_BOUND_NS, 0), 80000000);
    assert_true(record_real(&record, TRIAL_BOUND_LATENCY_NS, 0) == 90000000);
    record_set_outcome(&record, OUTCOME_OUT_OF_MEMORY);
    assert_int_equal(critical_judge(&record, 99, 99000000), CRITICAL_BROKEN);
    record_set_outcome(&record, OUTCOME_CRASH);
    assert_int_equal(critical_judge(&record, 99, 99000000), CRITICAL_STOP);
    record_free(&record);
}

/* One request at the least, a million at the most: in 400 ms, 3 and 2,500,002 a second. */
static void the_most_is_what_the_workload_takes(void **state)
{
    (void)state;
    struct trial_spec spec;
    trial_spec_initialise(&spec);
    free(spec.workload);
    free(spec.parameters);
    spec.workload = memory_copy_text("server");
    spec.parameters = memory_copy_text("rate=700,duration_ms=400");
    struct critical_range found = critical_range_of(&spec, 0.1);
    assert_int_equal(found.start, 700);
    assert_int_equal(found.least, 3);
    assert_int_equal(found.most, 2500002);
    trial_spec_free(&spec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_is_kept_is_found),
        cmocka_unit_test(what_keeps_all_has_no_critical_rate),
        cmocka_unit_test(what_keeps_nothing_has_none),
        cmocka_unit_test(what_no_rate_mends_ends_it),
        cmocka_unit_test(a_trial_is_judged_by_the_percentile),
        cmocka_unit_test(the_most_is_what_the_workload_takes),
    };
    return cmocka_run_group_tests_name("suite/critical", tests, NULL, NULL);
}
