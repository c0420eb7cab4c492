/* SPDX-License-Identifier: MIT
 *
 * Slow paths of a collector that tells of nothing: something is made to happen inside operations.
 *
 *     slow_paths_test HASTY.so
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <heapmark/phases.h>

#include "check/check.h"

enum { RECORD = 10, LIST = 12, BOARD = 11 }; /* as in workloads/program.c */
enum { TIMES = 40, MOST_RUNS = 200 };

static const char *path;
static struct plugin_info info;
static const struct check_limits limits = {.time_ns = UINT64_C(20000000000)};

static struct check_verdict run(const char *variant, bool bare, const struct program *program)
{
    struct check_target target = {.path = path, .variant = variant, .table = true, .bare = bare};
    struct check_verdict verdict;
    struct error error = {0};
    for (size_t i = 0; i < info.variant_count; i++)
        if (strcmp(info.variants[i].name, variant) == 0)
            target.capabilities = &info.variants[i].capabilities;
    assert_true(check_run(&target, program, &limits, &verdict, &error));
    return verdict;
}

static void add(struct program *program, uint32_t thread, struct program_op op)
{
    program_add(program, thread, op);
}

static struct program keeping(uint32_t collect_every, uint32_t collect_at)
{
    struct program program = {.thread_count = 1,
                              .places = 1,
                              .seed = 1,
                              .heap_bytes = UINT64_C(64) << 20,
                              .collect_every = collect_every,
                              .collect_at = collect_at};
    add(&program, 0, (struct program_op){.kind = PROGRAM_NEW, .a = 1, .c = RECORD});
    for (int i = 0; i < TIMES; i++)
        add(&program, 0, (struct program_op){.kind = PROGRAM_POLL_KEEP, .a = 2, .b = 1});
    return program;
}

static void assert_broken_at(const struct check_verdict *verdict, size_t op)
{
    assert_int_equal(verdict->outcome, CHECK_BROKEN);
    assert_int_equal(verdict->property, HM_PROPERTY_SAFETY);
    assert_non_null(strstr(verdict->sentence, "poll_keep.1"));
    assert_int_equal(verdict->op, op);
}

static void a_collection_is_asked_for_inside_an_operation(void **state)
{
    (void)state;
    struct program every = keeping(1, 0), never = keeping(0, 0);
    struct check_verdict verdict = run("kept", false, &every);
    assert_broken_at(&verdict, 1);
    assert_int_equal(run("kept", true, &every).outcome, CHECK_SOUND);
    assert_int_equal(run("kept", false, &never).outcome, CHECK_SOUND);
    assert_int_equal(run("cleared", false, &every).outcome, CHECK_SOUND);
    program_free(&every);
    program_free(&never);
}

/* The same one each time, or as many later as the program says. */
static void the_program_says_where(void **state)
{
    (void)state;
    struct program first = keeping(0, 8), later = keeping(0, 18), every = keeping(8, 0);
    struct check_verdict verdict = run("kept", false, &first), again = run("kept", false, &later);
    assert_int_equal(verdict.outcome, CHECK_BROKEN);
    assert_broken_at(&again, verdict.op + 10);
    again = run("kept", false, &every);
    assert_broken_at(&again, verdict.op);
    program_free(&first);
    program_free(&later);
    program_free(&every);
}

/* Thread 0 makes what is cleared; thread 1 collects when another one has become safe. */
static struct program clearing(void)
{
    struct program program = {
        .thread_count = 2, .places = 1, .seed = 1, .heap_bytes = UINT64_C(64) << 20};
    for (uint32_t i = 0; i < TIMES; i++) {
        add(&program, 0,
            (struct program_op){.kind = PROGRAM_NEW, .a = (uint16_t)(i % 16), .c = LIST, .x = 4});
        add(&program, 0, (struct program_op){.kind = PROGRAM_VERIFY});
        add(&program, 1, (struct program_op){.kind = PROGRAM_AWAIT_BLOCKED, .x = HM_PHASE_BLOCKED});
        add(&program, 1, (struct program_op){.kind = PROGRAM_COLLECT});
    }
    return program;
}

static void another_thread_does_something_inside_an_operation(void **state)
{
    (void)state;
    struct program program = clearing();
    struct check_verdict verdict = {.outcome = CHECK_SOUND};
    for (int i = 0; i < MOST_RUNS && verdict.outcome == CHECK_SOUND; i++)
        verdict = run("cleared", false, &program);
    assert_int_equal(verdict.outcome, CHECK_BROKEN);
    program_free(&program);
}

/* What a program file says of it comes back. */
static void it_is_written_and_read(void **state)
{
    (void)state;
    struct program written = keeping(5, 7), read;
    struct text text = {0};
    struct error error = {0};
    program_append(&text, &written, NULL);
    assert_true(program_parse(&read, "it", text_chars(&text), &error));
    assert_int_equal(read.collect_every, 5);
    assert_int_equal(read.collect_at, 7);
    text_free(&text);
    program_free(&written);
    program_free(&read);
}

int main(int argc, char **argv)
{
    struct error error = {0};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_collection_is_asked_for_inside_an_operation),
        cmocka_unit_test(the_program_says_where),
        cmocka_unit_test(another_thread_does_something_inside_an_operation),
        cmocka_unit_test(it_is_written_and_read),
    };
    path = argc > 1 ? argv[1] : "";
    if (!plugin_probe(path, &info, &error)) {
        print_error("%s\n", error.text);
        return 2;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    plugin_info_free(&info);
    return failed;
}
