/* SPDX-License-Identifier: MIT
 *
 * One benchmark under Google Benchmark's timing loop, from C.
 *
 * One benchmark, one repetition a process: repetitions, order, warm-up and
 * statistics belong to the harness, because the library aborts on an error in one
 * of several repetitions and keeps no sample of a single one.
 *
 * The library's own time of a run with several threads is a mean over the threads,
 * divided by the iterations of all of them. It is not used here: a run's time is wall
 * time, and the figure for an iteration is computed from it.
 *
 * Each BENCHMARK_* variable of the environment, and V, is overruled. (One that the
 * library cannot read makes it complain on stderr while it is loaded, before main.)
 */
#ifndef HEAPMARK_GBENCH_GBENCH_H
#define HEAPMARK_GBENCH_GBENCH_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum gbench_mode {
    GBENCH_FIXED,  /* one iteration, of whatever size the body gives it */
    GBENCH_SEARCH, /* more and more iterations until a run takes min_time_s */
};

/* What the body holds of the run it is in; one a thread, gone when the body returns. */
struct gbench_state;

/* The body runs once a run in each thread, and has this form:
 *
 *     attach, pin
 *     while (gbench_keep_running_batch(state, n)) {
 *         n iterations
 *     }
 *     unpin, detach
 *
 * GBENCH_FIXED has one run. GBENCH_SEARCH has several, and the last one counts.
 * In each of them thread 0 is the thread that called gbench_run and all others
 * are new: so the body itself attaches and detaches, and puts back the binding that
 * it found (what thread 0 leaves behind, the threads of the next run inherit).
 *
 * The body may leave its loop with longjmp, but not past itself. */
struct gbench_request {
    const char *name;
    unsigned threads; /* at least 1 */
    enum gbench_mode mode;
    double min_time_s; /* GBENCH_SEARCH: over 0. GBENCH_FIXED: not looked at */
    void (*body)(struct gbench_state *state, void *user);
    void *user; /* the same for all threads */
};

enum { GBENCH_ERROR_BYTES = 256 };

/* The run that counts. With `ok` false only error, threads, runs and library_version hold. */
struct gbench_result {
    bool ok;
    char error[GBENCH_ERROR_BYTES]; /* the first one of all threads; cut if too long */
    unsigned threads;
    unsigned runs;               /* how often the body was run, this run included */
    uint64_t iterations;         /* of all threads together */
    double wall_s;               /* of all iterations of a thread, see below */
    bool wall_from_body;         /* by gbench_set_iteration_time_s, not by the wrapper */
    double cpu_s;                /* of all threads together, while in the loop */
    double ns_per_iteration;     /* of one thread: wall_s * threads / iterations */
    double library_time_s;       /* what the library reports as this run's time: a witness only */
    const char *library_version; /* static */
};

/* Run the benchmark; false if it came to an error, which result->error then tells.
 * Prints nothing. The body's threads are joined when it returns.
 * Calling it a second time in a process is our bug and ends it (CHECK), and so is a
 * request that is not as said above. No C++ exception leaves: one that the body throws
 * is an error of the run. If a thread cannot be created the library ends the process. */
bool gbench_run(const struct gbench_request *request, struct gbench_result *result);

/* Which thread of the run this is, from 0, and how many there are. */
unsigned gbench_thread_index(const struct gbench_state *state);
unsigned gbench_threads(const struct gbench_state *state);

/* The iterations that the library wants of each thread in this run; at least 1. */
uint64_t gbench_max_iterations(const struct gbench_state *state);

/* True when the thread shall do `n` more iterations (n over 0, it may vary from call to
 * call, and overshoots the wanted number by less than n); false when it is through or has
 * had an error, and false for ever after. The first call waits until all threads have made
 * theirs; so does the call that is the first to return false. A thread that has left its body is
 * not waited for. A call costs about as much as a function call: put many iterations of a few
 * nanoseconds in a batch. */
bool gbench_keep_running_batch(struct gbench_state *state, uint64_t n);

/* Say what this run took, in seconds of wall time: once after the loop, or once a
 * batch, which adds up. All threads must come to the same sum, to the last bit: that
 * of a wall clock around the caller's own barrier (else it is our bug: CHECK).
 * Without it the wall time is taken by the wrapper, from the moment at which the first thread
 * entered the loop to that at which the last one was through. */
void gbench_set_iteration_time_s(struct gbench_state *state, double seconds);

/* End the run with an error: this thread's loop ends, before or at the next call of
 * gbench_keep_running_batch, or by returning at once. Other threads go on to the end of theirs;
 * whoever may wait for this one on a barrier of the caller's own is the caller's care. The library
 * runs nothing more after it. */
void gbench_skip_with_error(struct gbench_state *state, const char *message);

#ifdef __cplusplus
}
#endif

#endif
