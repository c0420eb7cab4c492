/* SPDX-License-Identifier: MIT
 *
 * generations_test programs MARK-SWEEP STRICT, or generations_test collectors GENERATIONAL, or
 * generations_test faults GENERATIONAL: stories of planned minor collections. Programs of
 * collectors without generations are what they are without them; what is in them is correct by the
 * contract; a sound collector takes them, and each fault is found.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "check/check.h"

enum { SEEDS = 12, SOUND_SEEDS = 6, FAULT_BUDGET = 60 };

static const struct check_limits patience = {.time_ns = UINT64_C(30000000000)};
static struct plugin_info infos[2];
static char **paths;
static size_t path_count;

/* ---- programs ---- */

static bool has_kind(const struct program_thread *list, enum program_kind kind)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->ops[i].kind == kind)
            return true;
    return false;
}

/* Threads that await phases do so at places that their lists' lengths decide. */
static bool awaits(const struct program *program)
{
    bool found = false;
    for (uint32_t i = 0; i < program->thread_count; i++)
        found = found || has_kind(&program->threads[i], PROGRAM_AWAIT) ||
                has_kind(&program->threads[i], PROGRAM_AWAIT_BLOCKED);
    return found;
}

/* How many threads were compared. */
static uint32_t compare(const struct program *with, const struct program *without)
{
    assert_int_equal(with->thread_count, without->thread_count);
    assert_int_equal(with->heap_bytes, without->heap_bytes);
    assert_int_equal(with->places, without->places);
    for (uint32_t i = 0; i < with->thread_count && !awaits(without); i++) {
        const struct program_thread *told = &with->threads[i], *plain = &without->threads[i];
        assert_true(told->count > plain->count);
        assert_memory_equal(told->ops + told->count - plain->count, plain->ops,
                            plain->count * sizeof *plain->ops);
    }
    return awaits(without) ? 0 : with->thread_count;
}

static void stories_take_no_draw_of_others(void **state)
{
    (void)state;
    uint32_t compared = 0;
    struct hm_capabilities can = infos[0].variants[0].capabilities;
    for (int profile = 0; profile < CHECK_PROFILE_COUNT; profile++)
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            struct program with, without;
            if (check_is_swept((enum check_profile)profile, seed, &can, 0))
                continue;
            can.generations = false;
            check_generate(&without, (enum check_profile)profile, seed, &can, 0);
            can.generations = true;
            check_generate(&with, (enum check_profile)profile, seed, &can, 0);
            compared += compare(&with, &without);
            program_free(&with);
            program_free(&without);
        }
    assert_true(compared > SEEDS);
}

/* ---- runs ---- */

static struct check_verdict run(const struct check_target *target, enum check_profile profile,
                                uint64_t seed)
{
    struct error error = {0};
    struct check_verdict verdict;
    struct program program;
    check_generate(&program, profile, seed, target->capabilities, 0);
    if (!check_run(target, &program, &patience, &verdict, &error))
        fail_msg("%s", error.text);
    program_free(&program);
    return verdict;
}

/* Whatever a minor collection is to them. */
static void others_take_them_too(void **state)
{
    (void)state;
    for (size_t i = 0; i < path_count; i++) {
        struct hm_capabilities can = infos[i].variants[0].capabilities;
        can.generations = true;
        struct check_target target = {
            .path = paths[i], .variant = infos[i].variants[0].name, .capabilities = &can};
        for (uint64_t seed = 1; seed <= SOUND_SEEDS; seed++) {
            enum check_profile profile = seed % 2 == 0 ? CHECK_PROFILE_THREADS : CHECK_PROFILE_MIX;
            struct check_verdict verdict = run(&target, profile, seed);
            if (verdict.outcome != CHECK_SOUND)
                fail_msg("%s, seed %u: %s", paths[i], (unsigned)seed, verdict.sentence);
        }
    }
}

static struct check_target variant(size_t i)
{
    return (struct check_target){.path = paths[0],
                                 .variant = infos[0].variants[i].name,
                                 .capabilities = &infos[0].variants[i].capabilities};
}

static void the_sound_one_is_sound(void **state)
{
    (void)state;
    struct check_target target = variant(0);
    for (int profile = 0; profile < CHECK_PROFILE_COUNT; profile++)
        for (uint64_t seed = 1; seed <= 2; seed++) {
            struct check_verdict verdict = run(&target, (enum check_profile)profile, seed);
            if (verdict.outcome != CHECK_SOUND)
                fail_msg("%s %u: %s", check_profile_name((enum check_profile)profile),
                         (unsigned)seed, verdict.sentence);
        }
}

static void each_fault_is_found(void **state)
{
    (void)state;
    assert_true(infos[0].variant_count > 1);
    for (size_t i = 1; i < infos[0].variant_count; i++) {
        struct check_target target = variant(i);
        struct check_verdict verdict = {.outcome = CHECK_SOUND};
        uint64_t seed = 0;
        while (verdict.outcome == CHECK_SOUND && seed < FAULT_BUDGET)
            verdict = run(&target, CHECK_PROFILE_MIX, ++seed);
        if (verdict.outcome != CHECK_BROKEN ||
            (verdict.property != HM_PROPERTY_SAFETY && verdict.property != HM_PROPERTY_IDENTITY))
            fail_msg("%s, seed %u: %s", target.variant, (unsigned)seed, verdict.sentence);
        print_message("%s: program %u\n", target.variant, (unsigned)seed);
    }
}

int main(int argc, char **argv)
{
    struct error error = {0};
    if (argc < 3 || argc > 4) {
        puts("generations_test programs|collectors|faults PLUGIN...");
        return 2;
    }
    paths = argv + 2;
    path_count = (size_t)argc - 2;
    for (size_t i = 0; i < path_count; i++)
        if (!plugin_probe(paths[i], &infos[i], &error)) {
            puts(error.text);
            return 2;
        }
    const struct CMUnitTest programs[] = {
        cmocka_unit_test(stories_take_no_draw_of_others),
        cmocka_unit_test(others_take_them_too),
    };
    const struct CMUnitTest collectors[] = {cmocka_unit_test(the_sound_one_is_sound)};
    const struct CMUnitTest faults[] = {cmocka_unit_test(each_fault_is_found)};
    return strcmp(argv[1], "programs") == 0 ? cmocka_run_group_tests(programs, NULL, NULL)
           : strcmp(argv[1], "faults") == 0 ? cmocka_run_group_tests(faults, NULL, NULL)
                                            : cmocka_run_group_tests(collectors, NULL, NULL);
}
