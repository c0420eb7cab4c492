/* SPDX-License-Identifier: MIT
 *
 * The limits of a program's process: what they say of a collector, and when they say nothing. Times
 * are shorter here than the command allows, as these programs have nothing to do but sleep.
 *
 *     limits_test BROKEN.so
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "check/check.h"

enum { CARRIER = 5 }; /* as in workloads/program.c */
#define MIB (UINT64_C(1) << 20)

static struct plugin_info info;

/* One object, and stores into it. */
static struct program stores(size_t count)
{
    struct program program = {.thread_count = 1, .places = 1, .heap_bytes = 64 * MIB, .seed = 2};
    program_add(&program, 0, (struct program_op){.kind = PROGRAM_NEW, .a = 1, .c = CARRIER});
    for (size_t i = 0; i < count; i++)
        program_add(&program, 0, (struct program_op){.kind = PROGRAM_SET, .a = 1, .c = 1});
    return program;
}

static struct check_verdict run_variant(const char *name, const char *fault, size_t count,
                                        struct check_limits limits)
{
    const char *const options[] = {fault};
    size_t i = 0;
    while (strcmp(info.variants[i].name, name) != 0)
        i++;
    struct check_target target = {.path = info.path,
                                  .variant = name,
                                  .capabilities = &info.variants[i].capabilities,
                                  .option_pairs = options,
                                  .option_count = 1};
    struct program program = stores(count);
    struct check_verdict verdict;
    struct error error = {0};
    assert_true(check_run(&target, &program, &limits, &verdict, &error));
    program_free(&program);
    return verdict;
}

static struct check_verdict run(const char *fault, size_t count, struct check_limits limits)
{
    return run_variant("default", fault, count, limits);
}

static void what_does_not_go_on_hangs(void **state)
{
    (void)state;
    struct check_verdict verdict =
        run("fault=hang", 60, (struct check_limits){.time_ns = 300000000});
    assert_int_equal(verdict.outcome, CHECK_BROKEN);
    assert_int_equal(verdict.property, HM_PROPERTY_PROGRESS);
    assert_non_null(strstr(verdict.sentence, "it was not done within its time limit: thread 0 was "
                                             "at operation "));
}

/* Sixty times 30 ms, of which none is a second: it goes on. Where the machine makes one longer than
 * that, the same is tried with five times as many and five times the second. */
static void what_goes_on_does_not_hang(void **state)
{
    enum { TRIES = 3 };
    (void)state;
    struct check_limits limits = {.time_ns = 1000000000};
    struct check_verdict verdict = run("fault=dawdle", 60, limits);
    for (size_t try = 1, stores = 60; try < TRIES && verdict.outcome != CHECK_SOUND; try++) {
        limits.time_ns *= 5;
        verdict = run("fault=dawdle", stores *= 5, limits);
    }
    assert_int_equal(verdict.outcome, CHECK_SOUND);
}

static void who_takes_more_than_all_that_is_needed_is_broken(void **state)
{
    (void)state;
    struct check_limits limits = {.time_ns = UINT64_C(20000000000), .memory_bytes = 512 * MIB};
    struct check_verdict verdict = run("fault=eat", 60, limits);
    assert_int_equal(verdict.outcome, CHECK_BROKEN);
    assert_int_equal(verdict.property, HM_PROPERTY_PACING);
    assert_non_null(strstr(verdict.sentence, "it took more than the 512 MiB of memory that a "
                                             "program may take: thread 0 was at operation "));
    verdict = run_variant("limits", "fault=eat", 60, limits);
    assert_int_equal(verdict.outcome, CHECK_BROKEN);
    assert_int_equal(verdict.property, HM_PROPERTY_LIMIT);
}

static void a_limit_that_leaves_less_is_no_verdict(void **state)
{
    (void)state;
    struct check_limits limits = {.time_ns = UINT64_C(20000000000), .memory_bytes = 128 * MIB};
    struct check_verdict verdict = run("fault=eat", 60, limits);
    assert_int_equal(verdict.outcome, CHECK_REFUSED);
    assert_non_null(strstr(verdict.sentence, "it took more than the 128 MiB of memory"));
    assert_non_null(strstr(verdict.sentence, "a program may need 448 MiB besides; allow more"));
    /* It has 600 MiB as soon as it is open, and takes more. */
    limits.memory_bytes = 700 * MIB;
    verdict = run("fault=stout", 60, limits);
    assert_int_equal(verdict.outcome, CHECK_REFUSED);
    limits.memory_bytes = 500 * MIB;
    verdict = run("fault=stout", 60, limits);
    assert_int_equal(verdict.outcome, CHECK_REFUSED);
    assert_non_null(strstr(verdict.sentence, " before its heap was open; allow more"));
    limits.memory_bytes = 1200 * MIB;
    verdict = run("fault=stout", 60, limits);
    assert_int_equal(verdict.outcome, CHECK_BROKEN);
}

int main(int argc, char **argv)
{
    struct error error = {0};
    if (argc != 2 || !plugin_probe(argv[1], &info, &error)) {
        puts(argc != 2 ? "limits_test BROKEN.so" : error.text);
        return 2;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_does_not_go_on_hangs),
        cmocka_unit_test(what_goes_on_does_not_hang),
        cmocka_unit_test(who_takes_more_than_all_that_is_needed_is_broken),
        cmocka_unit_test(a_limit_that_leaves_less_is_no_verdict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
