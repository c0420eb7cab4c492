/* SPDX-License-Identifier: MIT
 *
 * Benchmarks that go wrong: an error of one thread is a result, never a hang or an abort,
 * and our own misuse ends the process with its name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "child.h"

static void expect_error(const struct gbench_request *request, const char *error)
{
    const struct gbench_result *result = child_run(request);
    assert_false(result->ok);
    assert_string_equal(result->error, error);
    assert_int_equal(result->runs, 1);
}

/* How one thread of a benchmark goes wrong, while the other does what it should. */
struct fault {
    unsigned thread;
    bool before_loop;
    bool inside_loop;
    bool silent; /* leaves without a word */
    bool stays;  /* goes on with its loop afterwards */
    bool jumps;  /* leaves the loop by longjmp */
    bool after_loop;
    const char *message;
};

static void go_wrong_inside(struct gbench_state *state, const struct fault *fault, jmp_buf landing)
{
    if (!fault->silent)
        gbench_skip_with_error(state, fault->message);
    if (fault->jumps)
        longjmp(landing, 1);
}

static void faulty_loop(struct gbench_state *state, const struct fault *fault)
{
    jmp_buf landing;
    if (setjmp(landing) != 0)
        return;
    while (gbench_keep_running_batch(state, 1)) {
        shared->loops[gbench_thread_index(state)]++;
        if (!fault->inside_loop)
            continue;
        go_wrong_inside(state, fault, landing);
        if (!fault->stays)
            return;
    }
}

static void faulty(struct gbench_state *state, void *user)
{
    static const struct fault good = {0};
    const struct fault *fault = user;
    if (gbench_thread_index(state) != fault->thread)
        fault = &good;
    if (fault->before_loop) {
        if (!fault->silent)
            gbench_skip_with_error(state, fault->message);
        if (!fault->stays)
            return;
    }
    faulty_loop(state, fault);
    if (fault->after_loop)
        gbench_skip_with_error(state, fault->message);
    gbench_set_iteration_time_s(state, 0.001);
}

/* Each fault in either thread, in both modes; `loops` is how often the faulty thread's loop went
 * on. */
static void expect_fault(struct fault fault, const char *error, unsigned loops)
{
    struct gbench_request request = {
        .name = "fault", .threads = 2, .min_time_s = 1e-4, .body = faulty, .user = &fault};
    for (fault.thread = 0; fault.thread < 2; fault.thread++) {
        for (unsigned mode = 0; mode < 2; mode++) {
            memset(shared, 0, sizeof(*shared));
            request.mode = mode == 0 ? GBENCH_FIXED : GBENCH_SEARCH;
            expect_error(&request, error);
            assert_int_equal(shared->loops[fault.thread], loops);
            assert_int_equal(shared->loops[1 - fault.thread], 1);
        }
    }
}

static void error_before_the_loop(void **state)
{
    (void)state;
    expect_fault((struct fault){.before_loop = true, .message = "no heap"}, "no heap", 0);
    expect_fault((struct fault){.before_loop = true, .stays = true, .message = "no heap"},
                 "no heap", 0);
}

static void error_inside_the_loop(void **state)
{
    (void)state;
    expect_fault((struct fault){.inside_loop = true, .message = "lost"}, "lost", 1);
    expect_fault((struct fault){.inside_loop = true, .stays = true, .message = "lost"}, "lost", 1);
    expect_fault((struct fault){.inside_loop = true, .jumps = true, .message = "lost"}, "lost", 1);
}

static void error_after_the_loop(void **state)
{
    (void)state;
    expect_fault((struct fault){.after_loop = true, .message = "wrong answer"}, "wrong answer", 1);
}

static void body_that_leaves_without_a_word(void **state)
{
    (void)state;
    const char *error = "the benchmark's body left its loop before the end";
    expect_fault((struct fault){.before_loop = true, .silent = true}, error, 0);
    expect_fault((struct fault){.inside_loop = true, .silent = true}, error, 1);
    expect_fault((struct fault){.inside_loop = true, .silent = true, .jumps = true}, error, 1);
}

/* libstdc++'s own thrower, by the name that the linker knows: so that a C file can throw. */
void throw_bad_alloc(void) __asm__("_ZSt17__throw_bad_allocv");

static void throwing(struct gbench_state *state, void *user)
{
    (void)user;
    while (gbench_keep_running_batch(state, 1)) {
        if (gbench_thread_index(state) == 1)
            throw_bad_alloc();
    }
}

static void exception_becomes_an_error(void **state)
{
    (void)state;
    const struct gbench_request request = {
        .name = "throw", .threads = 2, .mode = GBENCH_FIXED, .body = throwing};
    expect_error(&request, "std::bad_alloc");
}

static void long_error_is_cut(void **state)
{
    (void)state;
    char message[2 * GBENCH_ERROR_BYTES];
    char cut[GBENCH_ERROR_BYTES];
    memset(message, 'x', sizeof(message) - 1);
    message[sizeof(message) - 1] = '\0';
    memset(cut, 'x', sizeof(cut) - 1);
    cut[sizeof(cut) - 1] = '\0';
    expect_fault((struct fault){.before_loop = true, .message = message}, cut, 0);
}

static void count_once(struct gbench_state *state, void *user)
{
    (void)user;
    shared->calls[gbench_thread_index(state)]++;
    while (gbench_keep_running_batch(state, 1))
        ;
}

static void second_benchmark_is_a_bug(void **state)
{
    (void)state;
    const struct gbench_request request = {
        .name = "twice", .threads = 1, .mode = GBENCH_FIXED, .body = count_once};
    child_expect_bug(&request, 2, "a second benchmark in one process: twice");
    assert_int_equal(shared->calls[0], 1);
}

static void set_own_index_as_time(struct gbench_state *state, void *user)
{
    (void)user;
    while (gbench_keep_running_batch(state, 1))
        gbench_set_iteration_time_s(state, 1.0 + gbench_thread_index(state));
}

static void set_time_in_one_thread(struct gbench_state *state, void *user)
{
    (void)user;
    while (gbench_keep_running_batch(state, 1)) {
        if (gbench_thread_index(state) == 0)
            gbench_set_iteration_time_s(state, 1.0);
    }
}

static void threads_that_disagree_on_the_time_are_a_bug(void **state)
{
    (void)state;
    struct gbench_request request = {
        .name = "differ", .threads = 2, .mode = GBENCH_FIXED, .body = set_own_index_as_time};
    child_expect_bug(&request, 1, "set the times 1 and 2");
    request.body = set_time_in_one_thread;
    child_expect_bug(&request, 1, "set the times 1 and 0");
}

static void search_without_a_time_is_a_bug(void **state)
{
    (void)state;
    const struct gbench_request request = {
        .name = "endless", .threads = 1, .mode = GBENCH_SEARCH, .body = count_once};
    child_expect_bug(&request, 1, "benchmark endless: a search over 0 s");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CHILD_TEST(error_before_the_loop),
        CHILD_TEST(error_inside_the_loop),
        CHILD_TEST(error_after_the_loop),
        CHILD_TEST(body_that_leaves_without_a_word),
        CHILD_TEST(exception_becomes_an_error),
        CHILD_TEST(long_error_is_cut),
        CHILD_TEST(second_benchmark_is_a_bug),
        CHILD_TEST(threads_that_disagree_on_the_time_are_a_bug),
        CHILD_TEST(search_without_a_time_is_a_bug),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
