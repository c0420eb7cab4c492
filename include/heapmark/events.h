/* SPDX-License-Identifier: MIT
 *
 * What a collector tells while it works. Each event is a moment on the host's clock, of one
 * thread, with a value. The metrics (pauses, time to safepoint, collector share) are computed
 * from them by the harness, and checked against what the mutators felt.
 */
#ifndef HEAPMARK_EVENTS_H
#define HEAPMARK_EVENTS_H

#include <stdint.h>

/* X(code, NAME, "name", "meaning; value"). Codes are never reused. Events that come in pairs
 * are BEGIN followed by END on the same thread, nested like brackets.
 *
 * A collector that says reports_pauses owes STOP_REQUESTED, STOPPED and RESUMED for each stop, and
 * one pair of COLLECTION events for each unit of statistics.collections, inside the stop or around
 * it. Who waits for another's stop tells nothing. collect without a mutator has no log: it uses one
 * of begin_thread, or its pause is lost.
 *
 * STOP_REQUESTED and RESUMED are told at once, by the thread that collects: when they are told its
 * CPU clock is read, and what it uses between them is the collector's. Of a stop that is told when
 * it is over the pause is known and the CPU is not. What comes between (STOPPED, marking) may be
 * told with RESUMED, where nothing can be told while the world is stopped: telling may take memory.
 *
 * A pause runs from STOP_REQUESTED to RESUMED: the thread that requests is stopped from then
 * on. Time to safepoint runs from STOP_REQUESTED to STOPPED. A collector that stops a single
 * mutator for its own work (a long release, a sweep inside an allocation) brackets that work
 * with RELEASE or SWEEP instead; such work counts when it is longer than 10 microseconds, and
 * need not be told when shorter. The end is told at once; the begin may be told with it, if
 * hm_host.work_begins was called when it was. */
#define HM_EVENTS(X)                                                                               \
    X(1, STOP_REQUESTED, "stop requested", "the world is asked to stop; mutators attached")        \
    X(2, STOPPED, "stopped", "every mutator is at a safepoint; how many had to be waited for")     \
    X(3, RESUMED, "resumed", "mutators go on; none")                                               \
    X(4, COLLECTION_BEGIN, "collection begins", "enum hm_collection")                              \
    X(5, COLLECTION_END, "collection ends", "bytes reclaimed so far by it")                        \
    X(6, MARK_BEGIN, "mark begins", "roots")                                                       \
    X(7, MARK_END, "mark ends", "objects marked")                                                  \
    X(8, SWEEP_BEGIN, "sweep begins", "none")                                                      \
    X(9, SWEEP_END, "sweep ends", "bytes reclaimed")                                               \
    X(10, COPY_BEGIN, "copy begins", "roots")                                                      \
    X(11, COPY_END, "copy ends", "bytes copied")                                                   \
    X(12, CYCLES_BEGIN, "cycle detection begins", "candidates")                                    \
    X(13, CYCLES_END, "cycle detection ends", "objects freed")                                     \
    X(14, RELEASE_BEGIN, "release begins", "none")                                                 \
    X(15, RELEASE_END, "release ends", "objects freed")                                            \
    X(16, CONCURRENT_BEGIN, "concurrent phase begins", "none")                                     \
    X(17, CONCURRENT_END, "concurrent phase ends", "objects or bytes handled")                     \
    X(18, HEAP_GROWN, "heap grown", "bytes held from the operating system")                        \
    X(19, HEAP_SHRUNK, "heap shrunk", "bytes held from the operating system")                      \
    X(20, OUT_OF_MEMORY, "out of memory", "bytes asked for")                                       \
    X(21, STALL_BEGIN, "allocation stall begins", "bytes asked for")                               \
    X(22, STALL_END, "allocation stall ends", "none")                                              \
    X(23, FINALIZERS_QUEUED, "finalizers queued", "objects")                                       \
    X(24, WORKER_BEGIN, "worker begins", "a collector thread's share of a phase; worker index")    \
    X(25, WORKER_END, "worker ends", "objects or bytes handled")

enum hm_event_kind {
    HM_EVENT_NONE = 0,
#define HM_EVENT_ENUM(code, NAME, name, meaning) HM_EVENT_##NAME = (code),
    HM_EVENTS(HM_EVENT_ENUM)
#undef HM_EVENT_ENUM
};

/* One event as the harness keeps it. */
struct hm_event {
    uint64_t time_ns; /* CLOCK_MONOTONIC */
    uint64_t value;
    uint32_t kind;
    uint32_t thread; /* the log's number: mutators by index, then collector threads */
};

#endif
