/* SPDX-License-Identifier: MIT
 *
 * Does simulator do what was asked of it? Shares from outside, by what `none` counts; sizes,
 * survival, requests and phases by its draws, which the answer and the bytes tie to the kernel.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../workloads/simulator.h"
#include "drive.h"

enum { SMALL_BYTES = 1000, LARGE_BYTES = 100000, DRAWS = 1000000, THREADS = 4 };

static struct drive_plugin none;
static union hm_value values[DRIVE_MOST_OPTIONS];

static struct hm_plan plan_of(const char *const *parameters)
{
    char why[DRIVE_SENTENCE_BYTES];
    const struct hm_workload *workload = drive_workload("simulator");
    if (!drive_settings(workload->parameters, parameters, values, "parameter", why))
        fail_msg("%s", why);
    return (struct hm_plan){.parameters = values, .threads = THREADS, .seed = 11};
}

static void assert_about(double is, double should_be, double tolerance)
{
    if (is < should_be * (1 - tolerance) || is > should_be * (1 + tolerance))
        fail_msg("%g instead of %g", is, should_be);
}

static void fail_here(const struct drive_result *result)
{
    fail_msg("%s", result->sentence);
}

/* ---- the share of large objects ---- */

/* All objects have one of two sizes, so their number and their bytes tell how many of each. */
static void assert_large_share(double share, const char *parameter)
{
    const char *parameters[] = {"small_least_bytes=1000",
                                "small_most_bytes=1000",
                                "large_least_bytes=100000",
                                "large_most_bytes=100000",
                                "small_survival_interval=0",
                                "large_survival_interval=0",
                                "live_bytes=0",
                                "request_allocations=0",
                                "total_bytes=64MiB",
                                parameter,
                                NULL};
    struct drive_result result;
    struct drive_request request = {
        .plugin = &none,
        .workload = drive_workload("simulator"),
        .parameters = parameters,
        .threads = 1,
        .seed = 3,
        .kernel = true,
    };
    drive_run(&request, &result, fail_here);
    assert_int_equal(result.verdict, DRIVE_OK);
    uint64_t bytes = result.statistics.allocated_bytes - 3 * hm_nominal_bytes(&table_shape, 0);
    uint64_t more_bytes = bytes - result.operations * SMALL_BYTES;
    assert_int_equal(more_bytes % (LARGE_BYTES - SMALL_BYTES), 0);
    uint64_t large = more_bytes / (LARGE_BYTES - SMALL_BYTES);
    assert_about((double)(large * LARGE_BYTES) / (double)bytes, share, 0.01);
}

static void the_large_share_is_as_asked(void **state)
{
    (void)state;
    assert_large_share(0, "large_share=0");
    assert_large_share(0.1, "large_share=0.1");
    assert_large_share(0.5, "large_share=0.5");
    assert_large_share(0.9, "large_share=0.9");
    assert_large_share(1, "large_share=1");
}

/* ---- sizes ---- */

static void uniform_sizes_are_alike(void **state)
{
    (void)state;
    const char *const parameters[] = {"sizes=uniform", "small_least_bytes=100",
                                      "small_most_bytes=499", NULL};
    struct hm_plan plan = plan_of(parameters);
    struct size_kind kind = size_kind_of(&plan, SMALL);
    struct random random = random_from(1);
    uint64_t quarters[4] = {0};
    for (int i = 0; i < DRAWS; i++) {
        uint64_t bytes = draw_bytes(&random, &kind);
        assert_in_range(bytes, 100, 499);
        quarters[(bytes - 100) / 100]++;
    }
    for (int i = 0; i < 4; i++)
        assert_about((double)quarters[i], DRAWS / 4.0, 0.01);
}

static void skewed_sizes_halve_with_each_doubling(void **state)
{
    (void)state;
    const char *const parameters[] = {"sizes=skewed", "small_least_bytes=32",
                                      "small_most_bytes=511", NULL};
    struct hm_plan plan = plan_of(parameters);
    struct size_kind kind = size_kind_of(&plan, SMALL);
    struct random random = random_from(2);
    uint64_t doublings[4] = {0};
    for (int i = 0; i < DRAWS; i++) {
        uint64_t bytes = draw_bytes(&random, &kind);
        assert_in_range(bytes, 32, 511);
        doublings[63 - __builtin_clzll(bytes) - 5]++;
    }
    assert_about((double)doublings[1], (double)doublings[2] * 2, 0.02);
    assert_about((double)doublings[2], (double)doublings[3] * 2, 0.02);
    assert_in_range(doublings[0], doublings[1] * 2, doublings[1] * 3);
}

/* ---- survival and requests ---- */

/* An object that survives lives until chance finds its place: for places times interval
 * allocations in the mean. */
static void one_of_every_interval_survives(void **state)
{
    (void)state;
    enum { PLACES = 100, INTERVAL = 20 };
    const char *const parameters[] = {"large_share=0", "small_survival_interval=20", NULL};
    struct hm_plan plan = plan_of(parameters);
    struct choices choices = choices_of(&plan, 1);
    uint64_t born[PLACES] = {0};
    uint64_t survivors = 0;
    uint64_t lifetimes = 0;
    choices.places[SMALL] = PLACES;
    for (uint64_t now = 0; now < DRAWS; now++) {
        struct turn turn = next_turn(&choices);
        if (!turn.survives)
            continue;
        assert_in_range(turn.place, 0, PLACES - 1);
        lifetimes += now - born[turn.place];
        born[turn.place] = now;
        survivors++;
    }
    assert_int_equal(survivors, DRAWS / INTERVAL);
    assert_about((double)lifetimes / (double)survivors, PLACES * INTERVAL, 0.02);
}

static void each_kind_has_its_own_interval(void **state)
{
    (void)state;
    const char *const parameters[] = {"large_share=0.9", "small_survival_interval=7",
                                      "large_survival_interval=3", NULL};
    struct hm_plan plan = plan_of(parameters);
    struct choices choices = choices_of(&plan, 0);
    uint64_t survivors[SIZE_KINDS] = {0};
    choices.places[SMALL] = choices.places[LARGE] = 10;
    for (int i = 0; i < DRAWS / 10; i++) {
        struct turn turn = next_turn(&choices);
        survivors[turn.which] += turn.survives;
    }
    assert_true(choices.made[LARGE] > 300);
    assert_int_equal(survivors[SMALL], choices.made[SMALL] / 7);
    assert_int_equal(survivors[LARGE], choices.made[LARGE] / 3);
}

/* Of each request's allocations every third is held, but for those that survive anyway. */
static void a_request_holds_and_ends(void **state)
{
    (void)state;
    const char *const parameters[] = {"large_share=0", "small_survival_interval=1000000",
                                      "request_allocations=50", "request_interval=3", NULL};
    struct hm_plan plan = plan_of(parameters);
    struct choices choices = choices_of(&plan, 0);
    assert_int_equal(most_held(&plan), 17);
    for (uint64_t i = 0; i < 500; i++) {
        struct turn turn = next_turn(&choices);
        assert_int_equal(turn.ends_request, i != 0 && i % 50 == 0);
        assert_int_equal(turn.held, i % 50 % 3 == 0);
        if (turn.held)
            assert_int_equal(turn.place, i % 50 / 3);
    }
}

/* ---- phases ---- */

static uint64_t bytes_in(const struct hm_plan *plan, uint32_t thread, uint64_t phase)
{
    uint64_t before = phase == 0 ? 0 : bytes_until(plan, thread, phase - 1);
    return bytes_until(plan, thread, phase) - before;
}

/* With a quarter of four threads, every second phase is done by the first, for all. */
static void phases_change_who_allocates(void **state)
{
    (void)state;
    const char *const parameters[] = {"total_bytes=4MiB", "phases=4", "phase_threads=0.25", NULL};
    struct hm_plan plan = plan_of(parameters);
    for (uint32_t thread = 0; thread < THREADS; thread++) {
        assert_int_equal(bytes_in(&plan, thread, 0), 1 << 20);
        assert_int_equal(bytes_in(&plan, thread, 1), thread == 0 ? 4 << 20 : 0);
        assert_int_equal(bytes_in(&plan, thread, 2), 1 << 20);
        assert_int_equal(bytes_in(&plan, thread, 3), thread == 0 ? 4 << 20 : 0);
    }
}

static void one_thread_is_busy_at_the_least(void **state)
{
    (void)state;
    const char *const parameters[] = {"phase_threads=0", NULL};
    struct hm_plan plan = plan_of(parameters);
    assert_int_equal(busy_threads(&plan), 1);
}

static int load(void **state)
{
    (void)state;
    return drive_load(&none, NONE_PLUGIN, NULL) ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    drive_unload(&none);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_large_share_is_as_asked),
        cmocka_unit_test(uniform_sizes_are_alike),
        cmocka_unit_test(skewed_sizes_halve_with_each_doubling),
        cmocka_unit_test(one_of_every_interval_survives),
        cmocka_unit_test(each_kind_has_its_own_interval),
        cmocka_unit_test(a_request_holds_and_ends),
        cmocka_unit_test(phases_change_who_allocates),
        cmocka_unit_test(one_thread_is_busy_at_the_least),
    };
    return cmocka_run_group_tests_name("workloads/simulator", tests, load, unload);
}
