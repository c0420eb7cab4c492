/* SPDX-License-Identifier: MIT
 *
 * Shrinking: of a program that a collector breaks, what does not matter is left out: threads,
 * operations, sizes. The collector forgets each fifth store of a thread.
 *
 *     shrink_test BROKEN.so
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "check/check.h"

enum { CARRIER = 5, LIST = 12 }; /* as in workloads/program.c */
enum { SLOTS = 40, SIZE = 1000 };

static const char *const forgets[] = {"fault=forget"};
static struct plugin_info info;
static struct check_target target;
static const struct check_limits limits = {.time_ns = UINT64_C(20000000000)};

static void add(struct program *program, uint32_t thread, struct program_op op)
{
    program_add(program, thread, op);
}

/* Thread 0 fills a list; the other one, and most of what this one does, has nothing to do with it.
 */
static struct program long_program(void)
{
    struct program program = {
        .thread_count = 2, .places = 1, .heap_bytes = UINT64_C(64) << 20, .seed = 1};
    for (uint32_t i = 0; i < 30; i++)
        add(&program, 1, (struct program_op){.kind = PROGRAM_NEW, .a = 3, .c = LIST, .x = SIZE});
    add(&program, 0, (struct program_op){.kind = PROGRAM_NEW, .a = 1, .c = LIST, .x = SLOTS});
    for (uint32_t i = 0; i < SLOTS; i++) {
        add(&program, 0, (struct program_op){.kind = PROGRAM_POLL});
        add(&program, 0, (struct program_op){.kind = PROGRAM_NEW, .a = 2, .c = CARRIER});
        add(&program, 0, (struct program_op){.kind = PROGRAM_SET, .a = 1, .b = 2, .x = i});
    }
    add(&program, 0, (struct program_op){.kind = PROGRAM_VERIFY});
    return program;
}

static struct check_verdict run(const struct program *program)
{
    struct check_verdict verdict;
    struct error error = {0};
    assert_true(check_run(&target, program, &limits, &verdict, &error));
    return verdict;
}

static struct check_shrink shrink_of(size_t most_runs)
{
    return (struct check_shrink){.target = &target,
                                 .limits = &limits,
                                 .most_runs = most_runs,
                                 .most_ns = UINT64_C(100000000000),
                                 .repeats = 1};
}

static void only_what_matters_is_left(void **state)
{
    (void)state;
    struct error error = {0};
    struct program program = long_program();
    struct check_verdict verdict = run(&program);
    struct check_shrink shrink = shrink_of(SIZE_MAX);
    assert_int_equal(verdict.outcome, CHECK_BROKEN);
    assert_int_equal(verdict.property, HM_PROPERTY_SAFETY);
    assert_true(check_shrink(&shrink, &program, &verdict, &error));
    assert_true(shrink.always);
    assert_int_equal(program.thread_count, 1);
    /* A list, a carrier, five stores, a look, and maybe something to be null before. */
    assert_in_range(program_length(&program), 7, 9);
    for (size_t i = 0; i < program.threads[0].count; i++)
        assert_true(program.threads[0].ops[i].x < SLOTS / 4);
    assert_int_equal(verdict.property, HM_PROPERTY_SAFETY);
    assert_int_equal(run(&program).outcome, CHECK_BROKEN);
    program_free(&program);
}

static void without_runs_the_program_stays(void **state)
{
    (void)state;
    struct error error = {0};
    struct program program = long_program();
    size_t length = program_length(&program);
    struct check_verdict verdict = run(&program);
    struct check_shrink shrink = shrink_of(0);
    assert_true(check_shrink(&shrink, &program, &verdict, &error));
    assert_int_equal(shrink.runs, 0);
    assert_int_equal(program_length(&program), length);
    assert_true(shrink.always);
    program_free(&program);
}

static void a_stop_leaves_what_there_is(void **state)
{
    (void)state;
    static const _Atomic uint32_t stop = 1;
    const struct check_limits stopped = {.time_ns = limits.time_ns, .stop = &stop};
    struct error error = {0};
    struct program program = long_program();
    size_t length = program_length(&program);
    struct check_verdict verdict = run(&program);
    struct check_shrink shrink = shrink_of(SIZE_MAX);
    shrink.limits = &stopped;
    assert_true(check_shrink(&shrink, &program, &verdict, &error));
    assert_int_equal(program_length(&program), length);
    assert_int_equal(verdict.outcome, CHECK_BROKEN);
    program_free(&program);
}

int main(int argc, char **argv)
{
    struct error error = {0};
    if (argc != 2 || !plugin_probe(argv[1], &info, &error))
        return fprintf(stderr, "shrink_test BROKEN.so: %s\n", error.text), 2;
    target = (struct check_target){.path = info.path,
                                   .variant = info.variants[0].name,
                                   .capabilities = &info.variants[0].capabilities,
                                   .option_pairs = forgets,
                                   .option_count = 1,
                                   .table = true};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_matters_is_left),
        cmocka_unit_test(without_runs_the_program_stays),
        cmocka_unit_test(a_stop_leaves_what_there_is),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    plugin_info_free(&info);
    return failed;
}
