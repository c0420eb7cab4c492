/* SPDX-License-Identifier: MIT
 *
 * The workload interface: a small program over simple and container objects, driven from many
 * threads. One source is compiled once for the table, and once more against the inline
 * operations of each collector, so a kernel has no static data that changes, and works with
 * nothing but the operations, the C library and what is in this header.
 *
 * The life of a trial, for each thread:
 *     attach; a frame of `names` names is pushed;
 *     setup (untimed); barrier; step (timed) …; barrier; check (untimed); teardown;
 *     the frame is popped; detach.
 * Each call has a landing: when an operation cannot be done (out of memory), the thread goes
 * there, the step is cancelled for all threads, and the trial's result is "out of memory". So
 * a kernel owns nothing but names over an operation that can fail. Memory outside the heap it
 * gets from the harness (`state`).
 */
#ifndef HEAPMARK_WORKLOAD_H
#define HEAPMARK_WORKLOAD_H

#include <heapmark/mutator.h>
#include <heapmark/plugin.h>

struct hm_thread;
struct hm_script;

/* Does each thread do the work, or do they share it out? Scaling charts depend on it. */
enum hm_sharing {
    HM_EACH,   /* T threads do T times the work */
    HM_SHARED, /* T threads do the work once, together */
};

/* What a workload cannot do without; a collector that lacks it gives "unsupported". */
enum hm_needs {
    HM_NEEDS_SHARING = 1 << 0, /* objects reached by several threads, when there are several */
    HM_NEEDS_CYCLES = 1 << 1,  /* its cycles must be reclaimed for it to end within its heap */
    HM_NEEDS_FREEING = 1 << 2, /* likewise for all garbage */
    HM_NEEDS_WEAK = 1 << 3,
    HM_NEEDS_EPHEMERONS = 1 << 4,
    HM_NEEDS_FINALIZERS = 1 << 5,
    HM_NEEDS_PINS = 1 << 6,
};

/* What is known before the trial: everything that a workload's sizes may depend on. */
struct hm_plan {
    const union hm_value *parameters; /* one for each row, in the order of the rows */
    uint32_t threads;
    uint64_t seed;
};

/* When the requests of an open-loop workload are due. */
enum hm_arrivals {
    HM_POISSON, /* at random, independent of each other */
    HM_EVEN,    /* at equal distances */
};

/* The schedule of a workload whose requests are due at set times, whatever becomes of those before
 * them. The harness draws the times from the seed, and shares the requests out evenly. */
struct hm_schedule {
    uint64_t requests; /* of all threads together; at most HM_MOST_REQUESTS */
    double rate;       /* of these so many a second are due, over all threads */
    enum hm_arrivals arrivals;
    /* A request that was not begun before the next of its thread is due is never begun, but counted
     * as missed. For load that is offered, and not made up for after a stall. */
    bool lapses;
    uint64_t offered_bytes; /* where requests lapse: nominal bytes that each one makes */
};

enum { HM_MOST_REQUESTS = 1000000 };

/* How many of the requests are those of one thread. */
HM_INLINE uint64_t hm_requests_of(const struct hm_schedule *schedule, uint32_t threads,
                                  uint32_t index)
{
    return schedule->requests / threads + (index < schedule->requests % threads);
}

/* Waiting and meeting, by the harness. Workloads use the inline functions below instead, which
 * put hm_block and hm_unblock around them. All return false when the step was cancelled. */
struct hm_services {
    uint32_t size;
    uint32_t locks;  /* how many locks there are: 64 */
    uint32_t queues; /* and queues: one for each thread */
    bool (*barrier)(struct hm_thread *t);
    bool (*lock)(struct hm_thread *t, uint32_t lock);
    void (*unlock)(struct hm_thread *t, uint32_t lock);
    bool (*sleep_ns)(struct hm_thread *t, uint64_t ns);
    /* A bounded queue of words, many writers and one reader, first in, first out: for telling
     * another thread where to look. It holds HM_QUEUE_WORDS words before put waits. References
     * never travel in it; objects are handed over by shared slots. */
    bool (*put)(struct hm_thread *t, uint32_t queue, uint64_t word);
    bool (*take)(struct hm_thread *t, uint32_t queue, uint64_t *word);
    /* For the workload `program`: what stress testing makes it do (program.h); else null. */
    const struct hm_script *script;
    /* Open loop: see hm_next_request. *more is false when the schedule is over. */
    bool (*next_request)(struct hm_thread *t, uint64_t *number, bool *more);
    void (*end_request)(struct hm_thread *t);
};

/* What fits in a queue at the least: a workload that bounds what is under way by it cannot
 * deadlock in put. */
enum { HM_QUEUE_WORDS = 1024 };

/* What the check may look at: the collector from outside. Filled in by the harness. */
struct hm_inspection {
    uint32_t size;
    const struct hm_capabilities *capabilities;
    /* References to the object from names and slots; HM_UNKNOWN without the capability. */
    uint64_t (*count)(const struct hm_inspection *inspection, hm_mutator *m, hm_ref ref);
    /* A full collection, as often as the collector needs to be complete; a safepoint. */
    void (*collect)(const struct hm_inspection *inspection, hm_mutator *m);
    /* The census, with all other threads blocked in hm_barrier; false without the capability. */
    bool (*census)(const struct hm_inspection *inspection, hm_mutator *m, struct hm_census *census);
    /* The answer is wrong: one sentence with the values. The first one is kept. */
    void (*wrong)(const struct hm_inspection *inspection, const char *format, ...)
        __attribute__((format(printf, 2, 3)));
};

/* One thread of the workload. Owned by the harness; a new one for each attach. */
struct hm_thread {
    const struct hm_plan *plan;
    const struct hm_services *services;
    void *harness;
    uint32_t index;      /* 0 … plan->threads-1 */
    uint32_t reserved;   /* zero */
    uint64_t seed;       /* this thread's own: hm_thread_seed of plan and index */
    uint64_t iterations; /* micro workloads: operations to do in this call of step */
    hm_name *names;      /* the frame of `names` names */
    void *state;         /* `state_bytes` bytes, zeroed, from setup to teardown */

    /* Filled in by the workload: each call of step sets both anew. */
    uint64_t answer;     /* summed over the threads (wrapping), so order does not matter */
    uint64_t operations; /* what throughput counts; likewise summed */
};

/* The seed of one thread: known to `expected`, `live_bytes` and the like before there is a
 * thread. (The finalizer of splitmix64, over a step of its own for each thread.) */
HM_INLINE uint64_t hm_thread_seed(const struct hm_plan *plan, uint32_t index)
{
    uint64_t z = plan->seed + ((uint64_t)index + 1) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

struct hm_workload {
    uint32_t size;
    uint32_t abi;
    const char *name;     /* lower-case words joined by '-' */
    const char *revision; /* HM_REVISION: a digest of the sources of the workload */
    const char *summary;  /* one sentence: what it does */
    const char *stresses; /* one sentence: which part of a collector it loads */
    const char *warning;  /* one sentence: what must not be concluded from it */
    const char *source;   /* the paper or program that it comes from, or null */

    enum hm_sharing sharing;
    uint32_t needs;        /* enum hm_needs */
    bool micro;            /* step does t->iterations operations under an iteration search */
    uint32_t most_threads; /* 0: any number */
    uint32_t names;        /* names in the frame that the harness pushes */

    const struct hm_setting *const *parameters; /* null-terminated */
    const struct hm_shape *const *shapes;       /* null-terminated; shapes[i]->id == i */

    /* Null where 0 is meant. live_bytes: nominal bytes (hm_nominal_bytes) that are live at the
     * most, over all threads: the heap size is a multiple of it. garbage_bytes: nominal bytes
     * allocated by all threads (whole: setup and one step; micro: for one iteration of one
     * thread), which bounds what a collector that never frees needs. */
    uint64_t (*live_bytes)(const struct hm_plan *plan);
    uint64_t (*garbage_bytes)(const struct hm_plan *plan);
    uint32_t (*globals)(const struct hm_plan *plan);    /* slots of the globals */
    uint32_t (*name_depth)(const struct hm_plan *plan); /* names used at the most; 0: 1024 */
    size_t (*state_bytes)(const struct hm_plan *plan);
    /* Do the parameters fit together? Null: always. False with a sentence. */
    bool (*accepts)(const struct hm_plan *plan, struct hm_refusal *refusal);
    /* The answer, computed without a heap. Null only where it cannot be; then answers are
     * compared between collectors. */
    uint64_t (*expected)(const struct hm_plan *plan);

    void (*setup)(hm_mutator *m, struct hm_thread *t); /* may be null */
    void (*step)(hm_mutator *m, struct hm_thread *t);
    void (*check)(hm_mutator *m, struct hm_thread *t,
                  const struct hm_inspection *inspection); /* may be null */
    void (*teardown)(hm_mutator *m, struct hm_thread *t);  /* may be null */

    /* The machine's stack that each thread gets for all that it does, in bytes; null or 0: as the
     * system gives it. For workloads that would overflow it where a collector recurs. */
    uint64_t (*stack_bytes)(const struct hm_plan *plan);
    /* Open loop: when requests are due; null: the work is fixed, and done as fast as it goes. Such
     * a trial tells latencies, and its time says nothing. `schedule` is zeroed. */
    void (*schedule)(const struct hm_plan *plan, struct hm_schedule *schedule);
};

/* ---- registration: one macro a workload ----
 *     HM_WORKLOAD(binary_trees) = { HM_WORKLOAD_HEAD, .name = "binary-trees", … };
 * The symbol carries the kernel set, as every kernel exists once for each. */
#ifndef HM_KERNEL_SET
#define HM_KERNEL_SET table
#endif
#define HM_KERNEL_SYMBOL3(set, name) hm_kernel_##set##_##name
#define HM_KERNEL_SYMBOL2(set, name) HM_KERNEL_SYMBOL3(set, name)
#define HM_KERNEL_SYMBOL(name) HM_KERNEL_SYMBOL2(HM_KERNEL_SET, name)
#define HM_WORKLOAD(name)                                                                          \
    extern const struct hm_workload HM_KERNEL_SYMBOL(name);                                        \
    const struct hm_workload HM_KERNEL_SYMBOL(name)
#ifndef HM_REVISION
#define HM_REVISION "unknown"
#endif
#define HM_WORKLOAD_HEAD .size = sizeof(struct hm_workload), .abi = HM_ABI, .revision = HM_REVISION

/* The table kernels of the program: null-terminated, sorted by name. */
extern const struct hm_workload *const hm_workloads[];
/* And that of `program` (program.h), which is not among them: it does nothing by itself. */
extern const struct hm_workload *const hm_program;

/* ---- waiting: the only ways in which a workload may wait. Each is two safepoints. ---- */

HM_INLINE void hm_resume(hm_mutator *m, bool goes_on)
{
    hm_unblock(m);
    if (HM_UNLIKELY(!goes_on))
        hm_land(m, HM_CANCELLED);
}

/* All threads of the workload meet. */
HM_INLINE void hm_barrier(hm_mutator *m, struct hm_thread *t)
{
    hm_block(m);
    hm_resume(m, t->services->barrier(t));
}

/* Take, release one of the harness's locks. A thread that lands has its locks released. */
HM_INLINE void hm_lock(hm_mutator *m, struct hm_thread *t, uint32_t lock)
{
    hm_block(m);
    hm_resume(m, t->services->lock(t, lock));
}

HM_INLINE void hm_unlock(struct hm_thread *t, uint32_t lock)
{
    t->services->unlock(t, lock);
}

HM_INLINE void hm_sleep_ns(hm_mutator *m, struct hm_thread *t, uint64_t ns)
{
    hm_block(m);
    hm_resume(m, t->services->sleep_ns(t, ns));
}

/* Put a word into a thread's queue (waits while it is full); take one from one's own (waits
 * while it is empty). */
HM_INLINE void hm_put(hm_mutator *m, struct hm_thread *t, uint32_t queue, uint64_t word)
{
    hm_block(m);
    hm_resume(m, t->services->put(t, queue, word));
}

HM_INLINE uint64_t hm_take_word(hm_mutator *m, struct hm_thread *t)
{
    uint64_t word = 0;
    hm_block(m);
    hm_resume(m, t->services->take(t, t->index, &word));
    return word;
}

/* Wait until the next request of this thread's schedule is due, and begin it. Its number counts
 * from 0 in each thread, and skips those that lapsed; false when the schedule is over. The
 * request's time runs from when it was due, however late it begins, to hm_end_request. In the
 * warm-up all requests are due at once, and none lapses. */
HM_INLINE bool hm_next_request(hm_mutator *m, struct hm_thread *t, uint64_t *number)
{
    bool more = false;
    hm_block(m);
    hm_resume(m, t->services->next_request(t, number, &more));
    return more;
}

HM_INLINE void hm_end_request(struct hm_thread *t)
{
    t->services->end_request(t);
}

#endif
