/* SPDX-License-Identifier: MIT
 *
 * sweep_test REFCOUNT: a program is run again with less heap each time, down to less than
 * what lives; what only one limit shows is found, and the program is left with that limit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "check/sweep.h"

enum { SWEPT_SEED = 6, SEEDS_APART = 16, SEEDS = 40, LEAST_LIMITS = 8 };

static const struct check_limits patience = {.time_ns = UINT64_C(30000000000)};
static struct check_target target;

static void limits_go_down_to_the_least(void **state)
{
    (void)state;
    const struct hm_capabilities *can = target.capabilities;
    for (uint64_t seed = SWEPT_SEED; seed < SEEDS * SEEDS_APART; seed += SEEDS_APART) {
        uint64_t limits[CHECK_MOST_LIMITS];
        struct program program;
        assert_true(check_is_swept(CHECK_PROFILE_FULL, seed, can, 0));
        check_generate(&program, CHECK_PROFILE_FULL, seed, can, 0);
        size_t count = check_swept_limits(&program, can, limits);
        assert_true(program.thread_count > 1);
        assert_true(count >= LEAST_LIMITS && count <= CHECK_MOST_LIMITS);
        assert_int_equal(limits[0], program.heap_bytes);
        for (size_t i = 1; i < count; i++)
            assert_true(limits[i] < limits[i - 1]);
        assert_int_equal(limits[count - 1],
                         can->least_heap_bytes + program.thread_count * can->least_mutator_bytes);
        program_free(&program);
    }
}

static void one_thread_and_no_limit_are_not_swept(void **state)
{
    (void)state;
    struct hm_capabilities can = *target.capabilities;
    assert_false(check_is_swept(CHECK_PROFILE_FULL, SWEPT_SEED, &can, 1));
    assert_false(check_is_swept(CHECK_PROFILE_MIX, SWEPT_SEED, &can, 0));
    assert_false(check_is_swept(CHECK_PROFILE_FULL, SWEPT_SEED + 1, &can, 0));
    can.heap_limit = false;
    assert_false(check_is_swept(CHECK_PROFILE_FULL, SWEPT_SEED, &can, 0));
}

static void generate(struct program *program)
{
    check_generate(program, CHECK_PROFILE_FULL, SWEPT_SEED + 2 * SEEDS_APART, target.capabilities,
                   0);
}

static struct check_sweep sweep_limits(struct program *program)
{
    struct error error = {0};
    struct check_sweep sweep = {.target = &target, .limits = &patience, .program = program};
    assert_true(check_sweep_limits(&sweep, &error));
    return sweep;
}

static void a_sound_collector_takes_every_limit(void **state)
{
    (void)state;
    uint64_t limits[CHECK_MOST_LIMITS];
    struct program program;
    generate(&program);
    size_t count = check_swept_limits(&program, target.capabilities, limits);
    struct check_sweep sweep = sweep_limits(&program);
    assert_int_equal(sweep.verdict.outcome, CHECK_SOUND);
    assert_int_equal(sweep.runs, count);
    assert_int_equal(program.heap_bytes, limits[count - 1]);
    program_free(&program);
}

/* A process that ends with a status of its own breaks a property; it is a fork of this one. */
static const struct program *swept;
static uint64_t breaks_at;

static void end_badly_at_one_limit(void)
{
    if (swept->heap_bytes == breaks_at)
        _exit(9);
}

static void what_one_limit_shows_is_found_and_kept(void **state)
{
    (void)state;
    enum { THE_ONE = 5 };
    struct error error = {0};
    struct check_verdict verdict;
    struct program program;
    uint64_t limits[CHECK_MOST_LIMITS];
    generate(&program);
    check_swept_limits(&program, target.capabilities, limits);
    swept = &program;
    breaks_at = limits[THE_ONE];
    target.ended = end_badly_at_one_limit;
    struct check_sweep sweep = sweep_limits(&program);
    assert_int_equal(sweep.verdict.outcome, CHECK_BROKEN);
    assert_int_equal(sweep.runs, THE_ONE + 1);
    assert_int_equal(program.heap_bytes, limits[THE_ONE]);
    assert_true(sweep.verdict.operations > program_length(&program));
    assert_true(check_run(&target, &program, &patience, &verdict, &error));
    assert_int_equal(verdict.outcome, CHECK_BROKEN);
    target.ended = NULL;
    program_free(&program);
}

int main(int argc, char **argv)
{
    static struct plugin_info info;
    struct error error = {0};
    if (argc != 2 || !plugin_probe(argv[1], &info, &error)) {
        puts(argc != 2 ? "sweep_test REFCOUNT" : error.text);
        return 2;
    }
    for (size_t i = 0; i < info.variant_count; i++)
        if (info.variants[i].capabilities.shares)
            target = (struct check_target){.path = argv[1],
                                           .variant = info.variants[i].name,
                                           .capabilities = &info.variants[i].capabilities};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_go_down_to_the_least),
        cmocka_unit_test(one_thread_and_no_limit_are_not_swept),
        cmocka_unit_test(a_sound_collector_takes_every_limit),
        cmocka_unit_test(what_one_limit_shows_is_found_and_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
