/* SPDX-License-Identifier: MIT
 *
 * Google Benchmark through its C header. One benchmark a process is the rule, so each
 * runs in a child, whose output is caught and whose result comes back in shared memory.
 */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "gbench/gbench.h"

enum { MOST_RUNS = 64, HANG_SECONDS = 120 };

/* What a child leaves to its parent. The bodies count here what happened to them. */
struct shared {
    struct gbench_result result;
    atomic_uint calls[2];        /* of the body, by thread */
    atomic_uint loops[2];        /* times that the loop went on, by thread */
    atomic_ulong inside_ns[2];   /* measured by the body in its last run */
    pid_t threads[2][MOST_RUNS]; /* kernel's ids, by thread and run */
    atomic_bool ended_for_good;
};

struct child {
    int status;
    char output[4096];
};

static struct shared *shared; /* in a child and its parent the same memory */

static int setup(void **state)
{
    (void)state;
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return shared == MAP_FAILED;
}

static int teardown(void **state)
{
    (void)state;
    return munmap(shared, sizeof(*shared));
}

static _Noreturn void be_child(int output, const struct gbench_request *request, unsigned times)
{
    alarm(HANG_SECONDS);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    for (unsigned i = 0; i < times; i++)
        gbench_run(request, &shared->result);
    exit(0); /* not _exit: a leak checker then looks at what the library left */
}

static void run_in_child(struct child *child, const struct gbench_request *request, unsigned times)
{
    *child = (struct child){0};
    int output = memfd_create("output", 0);
    assert_true(output >= 0);
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        be_child(output, request, times);
    assert_int_equal(waitpid(pid, &child->status, 0), pid);
    ssize_t length = pread(output, child->output, sizeof(child->output) - 1, 0);
    assert_true(length >= 0);
    close(output);
}

/* The result of a run that ends well and prints nothing. */
static const struct gbench_result *run(const struct gbench_request *request)
{
    struct child child;
    run_in_child(&child, request, 1);
    assert_string_equal(child.output, "");
    assert_int_equal(child.status, 0);
    assert_int_equal(shared->result.threads, request->threads);
    assert_in_range(shared->result.library_version[0], '1', '9');
    return &shared->result;
}

static const struct gbench_result *run_well(const struct gbench_request *request)
{
    const struct gbench_result *result = run(request);
    assert_string_equal(result->error, "");
    assert_true(result->ok);
    return result;
}

static void expect_error(const struct gbench_request *request, const char *error)
{
    const struct gbench_result *result = run(request);
    assert_false(result->ok);
    assert_string_equal(result->error, error);
    assert_int_equal(result->runs, 1);
}

static void expect_bug(const struct gbench_request *request, unsigned times, const char *named)
{
    struct child child;
    run_in_child(&child, request, times);
    assert_true(WIFSIGNALED(child.status));
    assert_int_equal(WTERMSIG(child.status), SIGABRT);
    assert_non_null(strstr(child.output, "heapmark: bug:"));
    assert_non_null(strstr(child.output, named));
}

static void expect_near(double value, double expected)
{
    double difference = value > expected ? value - expected : expected - value;
    if (difference > expected * 1e-9)
        fail_msg("%.17g is not %.17g", value, expected);
}

static void note_call(const struct gbench_state *state)
{
    unsigned thread = gbench_thread_index(state);
    unsigned call = shared->calls[thread]++;
    if (call < MOST_RUNS)
        shared->threads[thread][call] = gettid();
}

/* One iteration, timed by the wrapper; thread 1 works longer than thread 0. */
static void work_once(struct gbench_state *state, void *user)
{
    (void)user;
    unsigned thread = gbench_thread_index(state);
    note_call(state);
    while (gbench_keep_running_batch(state, 1)) {
        uint64_t start_ns = clock_now_ns();
        for (volatile unsigned i = 0; i < (thread + 1) * 100000; i++)
            ;
        shared->loops[thread]++;
        shared->inside_ns[thread] = clock_now_ns() - start_ns;
    }
    shared->ended_for_good = !gbench_keep_running_batch(state, 1);
}

static void one_iteration_in_one_thread(void **state)
{
    (void)state;
    const struct gbench_request request = {
        .name = "once", .threads = 1, .mode = GBENCH_FIXED, .body = work_once};
    const struct gbench_result *result = run_well(&request);
    assert_int_equal(result->iterations, 1);
    assert_int_equal(result->runs, 1);
    assert_int_equal(shared->calls[0], 1);
    assert_int_equal(shared->loops[0], 1);
    assert_true(shared->ended_for_good);
    assert_false(result->wall_from_body);
    assert_true(result->wall_s * 1e9 >= (double)shared->inside_ns[0]);
    assert_true(result->cpu_s > 0);
    expect_near(result->ns_per_iteration, result->wall_s * 1e9);
    expect_near(result->library_time_s, result->wall_s);
}

/* The wall time is that of the slowest thread, not a mean. */
static void one_iteration_in_two_threads(void **state)
{
    (void)state;
    const struct gbench_request request = {
        .name = "once", .threads = 2, .mode = GBENCH_FIXED, .body = work_once};
    const struct gbench_result *result = run_well(&request);
    assert_int_equal(result->iterations, 2);
    assert_int_equal(result->runs, 1);
    for (unsigned thread = 0; thread < 2; thread++) {
        assert_int_equal(shared->calls[thread], 1);
        assert_int_equal(shared->loops[thread], 1);
        assert_true(result->wall_s * 1e9 >= (double)shared->inside_ns[thread]);
    }
    assert_int_not_equal(shared->threads[0][0], shared->threads[1][0]);
    expect_near(result->ns_per_iteration, result->wall_s * 1e9);
    expect_near(result->library_time_s, result->wall_s);
}

/* Thread 0 says that its part and thread 1's took a quarter of a second by the caller's barrier. */
static void take_a_quarter_second(struct gbench_state *state, void *user)
{
    uint64_t batch = *(const uint64_t *)user;
    while (gbench_keep_running_batch(state, batch))
        gbench_set_iteration_time_s(state, 0.125);
    gbench_set_iteration_time_s(state, 0.125);
}

static void time_of_the_body_is_the_wall_time(void **state)
{
    (void)state;
    uint64_t batch = 1;
    const struct gbench_request request = {.name = "set",
                                           .threads = 2,
                                           .mode = GBENCH_FIXED,
                                           .body = take_a_quarter_second,
                                           .user = &batch};
    const struct gbench_result *result = run_well(&request);
    assert_true(result->wall_from_body);
    expect_near(result->wall_s, 0.25);
    expect_near(result->library_time_s, 0.25);
    assert_int_equal(result->iterations, 2);
    expect_near(result->ns_per_iteration, 0.25e9);
}

/* A batch may be larger than what the library wants: all of it counts. */
static void iterations_beyond_the_wanted_count(void **state)
{
    (void)state;
    uint64_t batch = 1000;
    const struct gbench_request request = {.name = "overshoot",
                                           .threads = 2,
                                           .mode = GBENCH_FIXED,
                                           .body = take_a_quarter_second,
                                           .user = &batch};
    const struct gbench_result *result = run_well(&request);
    assert_int_equal(result->iterations, 2000);
    expect_near(result->ns_per_iteration, 0.25e6);
}

/* Each iteration takes a microsecond, by its own account; batches of one, two, three and so on. */
static void microsecond_iterations(struct gbench_state *state, void *user)
{
    uint64_t done = 0;
    uint64_t batch = 1;
    (void)user;
    note_call(state);
    while (gbench_keep_running_batch(state, batch))
        done += batch++;
    if (done < gbench_max_iterations(state))
        gbench_skip_with_error(state, "fewer iterations than wanted");
    gbench_set_iteration_time_s(state, (double)done * 1e-6);
}

static void expect_search(unsigned threads)
{
    const struct gbench_request request = {.name = "search",
                                           .threads = threads,
                                           .mode = GBENCH_SEARCH,
                                           .min_time_s = 0.01,
                                           .body = microsecond_iterations};
    const struct gbench_result *result = run_well(&request);
    assert_true(result->runs > 1);
    assert_true(result->runs <= MOST_RUNS);
    assert_true(result->wall_s >= 0.01);
    assert_true(result->iterations >= threads * 10000UL);
    expect_near(result->ns_per_iteration, 1000);
    expect_near(result->ns_per_iteration,
                result->wall_s * 1e9 * threads / (double)result->iterations);
    for (unsigned thread = 0; thread < threads; thread++)
        assert_int_equal(shared->calls[thread], result->runs);
}

static void search_in_one_thread(void **state)
{
    (void)state;
    expect_search(1);
}

/* As the header warns: thread 0 is always the caller, all others are new in every run. */
static void search_in_two_threads_makes_new_ones(void **state)
{
    (void)state;
    expect_search(2);
    for (unsigned i = 1; i < shared->result.runs; i++) {
        assert_int_equal(shared->threads[0][i], shared->threads[0][0]);
        assert_int_not_equal(shared->threads[1][i], shared->threads[1][i - 1]);
    }
}

static void spin(struct gbench_state *state, void *user)
{
    (void)user;
    note_call(state);
    while (gbench_keep_running_batch(state, 100)) {
        for (volatile unsigned i = 0; i < 100; i++)
            ;
    }
}

static void search_by_the_wrappers_own_time(void **state)
{
    (void)state;
    const struct gbench_request request = {
        .name = "spin", .threads = 2, .mode = GBENCH_SEARCH, .min_time_s = 0.01, .body = spin};
    const struct gbench_result *result = run_well(&request);
    assert_true(result->runs > 1);
    assert_false(result->wall_from_body);
    assert_true(result->wall_s >= 0.01);
    expect_near(result->ns_per_iteration, result->wall_s * 2e9 / (double)result->iterations);
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

static void second_benchmark_is_a_bug(void **state)
{
    (void)state;
    const struct gbench_request request = {
        .name = "twice", .threads = 1, .mode = GBENCH_FIXED, .body = work_once};
    expect_bug(&request, 2, "a second benchmark in one process: twice");
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
    expect_bug(&request, 1, "set the times 1 and 2");
    request.body = set_time_in_one_thread;
    expect_bug(&request, 1, "set the times 1 and 0");
}

static void search_without_a_time_is_a_bug(void **state)
{
    (void)state;
    const struct gbench_request request = {
        .name = "endless", .threads = 1, .mode = GBENCH_SEARCH, .body = work_once};
    expect_bug(&request, 1, "benchmark endless: a search over 0 s");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_iteration_in_one_thread),
        TEST(one_iteration_in_two_threads),
        TEST(time_of_the_body_is_the_wall_time),
        TEST(iterations_beyond_the_wanted_count),
        TEST(search_in_one_thread),
        TEST(search_in_two_threads_makes_new_ones),
        TEST(search_by_the_wrappers_own_time),
        TEST(error_before_the_loop),
        TEST(error_inside_the_loop),
        TEST(error_after_the_loop),
        TEST(body_that_leaves_without_a_word),
        TEST(long_error_is_cut),
        TEST(second_benchmark_is_a_bug),
        TEST(threads_that_disagree_on_the_time_are_a_bug),
        TEST(search_without_a_time_is_a_bug),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
