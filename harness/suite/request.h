/* SPDX-License-Identifier: MIT
 *
 * What is asked of a run: collectors, workloads, and how they are tried. Suite files and the
 * command line both fill it in, by the same settings.
 */
#ifndef HEAPMARK_SUITE_REQUEST_H
#define HEAPMARK_SUITE_REQUEST_H

#include "suite/entries.h"
#include "trial/trial.h"

/* Macros, since the help texts spell them out.
 * The default heap: this many times the bytes that the workload keeps alive (which the workload
 * gives for all threads together) … */
#define SUITE_HEAP_MULTIPLE 4
/* … but no less than this, and this for each thread, since every mutator has memory of its own
 * in hand, and no less than the largest minimum that a collector of the comparison declares. */
#define SUITE_HEAP_LEAST_MIB 8
#define SUITE_HEAP_LEAST_PER_THREAD_MIB 1
/* All default heaps are whole multiples of this. */
#define SUITE_HEAP_ROUNDING_KIB 64

#define SUITE_INVOCATIONS_STANDARD 5
enum { SUITE_INVOCATIONS_MOST = 1000 };

/* A time limit for each trial unless the user sets one. */
#define SUITE_TIME_LIMIT_STANDARD_S 120

/* The memory limit for each trial unless the user sets one: this share of the RAM that the
 * process may use, since trials run one after another; 0 (none) where that is not known. */
#define SUITE_MEMORY_LIMIT_PERCENT 75
uint64_t suite_standard_memory_limit(void);

/* A heap that is asked for: bytes, or a multiple of the smallest heap in which any collector of the
 * comparison completes the workload. */
struct suite_heap {
    uint64_t bytes;  /* 0: no limit */
    double multiple; /* 0: it is in bytes */
};

/* suite_request_initialise it, free it with suite_request_free. */
struct suite_request {
    char *suite;            /* name of the suite that it comes from; NULL: none */
    char *label;            /* text to know the run by; NULL: none */
    char *baseline;         /* label of the collector that ratios refer to; see suite_settle */
    struct text_list twins; /* labels of collectors that are entered twice; "all": each */
    struct suite_entries entries;
    uint32_t *threads; /* [1] unless set */
    size_t thread_count;
    struct suite_heap *heaps; /* none: the default heap of each row */
    size_t heap_count;
    /* What multiples are of, for each workload and in it for each number of threads; 0: not known.
     * NULL until smallest_heap_settle has filled it in. */
    uint64_t *smallest_bytes;
    uint64_t *rates; /* requests a second of open-loop workloads; none: as their parameters say */
    size_t rate_count;
    bool dispatch_table;
    bool dispatch_inline;
    unsigned invocations;
    bool count_instructions;    /* of the first invocation of each point, by callgrind */
    struct trial_limits limits; /* of each trial */
    struct trial_spec common;   /* pin, memory, seed, micro_min_time_s, warm_up, stamps */
};

void suite_request_initialise(struct suite_request *request);
void suite_request_free(struct suite_request *request);

/* How many values a setting takes: one, or a list with commas between. */
enum suite_arity { SUITE_ONE, SUITE_LIST };

/* A setting of a request other than collectors and workloads: a long option of `heapmark run`,
 * and a key of a suite file. */
struct suite_setting_kind {
    const char *key;
    enum suite_arity arity;
    bool (*set)(struct suite_request *request, const char *value, struct error *error);
};

extern const struct suite_setting_kind suite_setting_kinds[];
extern const size_t suite_setting_kind_count;

/* Set one of them: suite_set(request, "threads", "1,2", error). What was set before under this
 * key is gone. A key that is none is our own bug. */
bool suite_set(struct suite_request *request, const char *key, const char *value,
               struct error *error);

/* Is any heap asked for as a multiple? */
bool suite_asks_multiples(const struct suite_request *request);

/* Has the workload requests that are due at a rate, which its parameter `rate` sets? */
bool suite_takes_rate(const struct hm_workload *workload);

/* Enter each collector that request->twins names once more, as LABEL-twin, and settle the
 * baseline: the first collector unless one is named. A label that is none is the user's mistake. */
bool suite_settle(struct suite_request *request, struct error *error);

#endif
