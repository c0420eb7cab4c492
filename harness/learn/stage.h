/* SPDX-License-Identifier: MIT
 *
 * A collector on a stage: one heap and one mutator, in a process of its own, for a play that is
 * looked at rather than timed. Whatever the plugin does there, the caller goes on.
 *
 * What a play finds out it writes into memory that both processes share, as it goes: of a play that
 * ends early there is all that was seen before.
 */
#ifndef HEAPMARK_LEARN_STAGE_H
#define HEAPMARK_LEARN_STAGE_H

#include <heapmark/workload.h>

#include "base/error.h"
#include "suite/entries.h"

/* The stage as a play sees it, in the child. */
struct stage_heap {
    hm_heap *heap;
    hm_mutator *m;
    hm_name *names;             /* the frame of stage.names names */
    struct hm_capabilities can; /* whole, whatever the plugin's size */
    const struct stage *stage;
};

struct stage {
    const struct suite_collector *collector;
    uint64_t heap_bytes; /* 0: no limit */
    uint32_t globals, name_depth, names;
    const struct hm_shape *const *shapes; /* null-terminated */
    uint64_t time_ns;                     /* a play that is not done by then hangs */
    uint64_t stack_bytes;                 /* the machine's stack; 0: as the system gives it */
    /* Called in the child, with a landing: an operation that cannot be done ends the play. It needs
     * no tidying up. */
    void (*play)(struct stage_heap *on, void *shared);
    void *shared; /* of stage_share */
};

enum stage_ending {
    STAGE_ENDED,
    STAGE_REFUSED, /* no heap, no mutator: the sentence is the collector's */
    STAGE_LANDED,  /* an operation could not be done: the sentence is the cause */
    STAGE_BROKEN,  /* a crash, a hang, or what the collector says is wrong */
};

struct stage_end {
    enum stage_ending ending;
    char sentence[512]; /* why, without a full stop; "" for STAGE_ENDED. May be a plugin's words */
};

/* Memory for `shared`: zeroed, taken as it is touched. NULL with the system's error. */
void *stage_share(size_t bytes, struct error *error);
void stage_unshare(void *shared, size_t bytes);

/* Play, and say how it ended. False only when the system starts no process. Call it with one thread
 * only. */
bool stage_run(const struct stage *stage, struct stage_end *end, struct error *error);

/* ---- for plays ---- */

/* One full collection; stage_collect_all: as many as the collector needs to be complete. */
void stage_collect(struct stage_heap *on);
void stage_collect_all(struct stage_heap *on);

/* The census; false where the collector has none, or could not take it. */
bool stage_census(struct stage_heap *on, struct hm_census *census);

#endif
