/* SPDX-License-Identifier: MIT
 *
 * Phases: the places of a collector where something else had better not happen at the same time.
 * A collector that is built for stress testing says when it comes to one (hm_host.phase), and the
 * harness lets other threads run just there. Unlike events they carry no time and no value.
 */
#ifndef HEAPMARK_PHASES_H
#define HEAPMARK_PHASES_H

/* X(code, NAME, "name", "where"). Codes are never reused. */
#define HM_PHASES(X)                                                                               \
    X(1, STOP_ASKED, "stop-asked", "mutators are asked to stop, and may still run")                \
    X(2, STOPPED, "stopped", "every mutator is at a safepoint")                                    \
    X(3, ROOTS_SCANNED, "roots-scanned", "names and globals were looked at, and nothing else")     \
    X(4, MARK_DRAINED, "mark-drained", "everything reachable is marked")                           \
    X(5, SWEEP_BEGUN, "sweep-begun", "what is dead may be reclaimed from now on")                  \
    X(6, BLOCK_HANDED_OUT, "block-handed-out", "a mutator got cells or a buffer to allocate from") \
    X(7, CANDIDATES_WALKED, "candidates-walked", "all that candidates reach was looked at")        \
    X(8, CYCLE_FREED, "cycle-freed", "dead cycles were reclaimed")                                 \
    X(9, RELEASE_BEGUN, "release-begun", "an object lost its last reference; it is still there")   \
    X(10, FINALIZERS_QUEUED, "finalizers-queued", "the dead that are watched are in the queue")    \
    X(11, WEAK_CLEARED, "weak-cleared", "weak references to the dead are null")                    \
    X(12, EVACUATED, "evacuated", "everything reachable was copied")                               \
    X(13, EXCHANGE, "exchange", "inside a loop of atomic exchanges, or while a lock bit is held")  \
    X(14, ABOUT_TO_RESUME, "about-to-resume", "the last moment of a stop")                         \
    X(15, ATTACH, "attach", "a thread is about to become a mutator")                               \
    X(16, DETACH, "detach", "a mutator is about to end")                                           \
    X(17, BLOCKED, "blocked", "a mutator has become safe before a wait")                           \
    X(18, UNBLOCKING, "unblocking", "a mutator comes back from a wait, and is still safe")         \
    X(19, BLOCK_SWEPT, "block-swept", "a block is being swept, and in no list meanwhile")          \
    X(20, BLOCK_CHOSEN, "block-chosen", "a mutator is about to take a block off a list of its own")

enum hm_phase {
    HM_PHASE_NONE = 0,
#define HM_PHASE_ENUM(code, NAME, name, where) HM_PHASE_##NAME = (code),
    HM_PHASES(HM_PHASE_ENUM)
#undef HM_PHASE_ENUM
        HM_PHASE_COUNT
};

#endif
