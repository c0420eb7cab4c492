/* SPDX-License-Identifier: MIT
 *
 * Figures of a collector's own that cannot be true: below zero, or bytes of more than there are
 * addresses for. They become HM_UNKNOWN before anything is made of them, and are said in a
 * sentence.
 */
#ifndef HEAPMARK_MEASURE_ABSURD_H
#define HEAPMARK_MEASURE_ABSURD_H

#include <heapmark/plugin.h>

/* X(NAME, member, SIZE or COUNT): of hm_statistics. What was allocated is a count: more of it goes
 * by than is there at once. Bytes times bytes may be anything. */
#define ABSURD_STATISTICS(X)                                                                       \
    X(HELD_BYTES, held_bytes, SIZE)                                                                \
    X(HELD_PEAK_BYTES, held_peak_bytes, SIZE)                                                      \
    X(LIVE_OBJECTS, live_objects, COUNT)                                                           \
    X(LIVE_BYTES, live_bytes, SIZE)                                                                \
    X(ALLOCATED_OBJECTS, allocated_objects, COUNT)                                                 \
    X(ALLOCATED_BYTES, allocated_bytes, COUNT)                                                     \
    X(COLLECTIONS, collections, COUNT)                                                             \
    X(INCREMENTS, increments, COUNT)                                                               \
    X(DECREMENTS, decrements, COUNT)                                                               \
    X(ATOMIC_OPERATIONS, atomic_operations, COUNT)                                                 \
    X(LONGEST_CASCADE, longest_cascade, COUNT)                                                     \
    X(CYCLE_CANDIDATES, cycle_candidates, COUNT)                                                   \
    X(CYCLE_FREED, cycle_freed, COUNT)                                                             \
    X(BESIDE_BYTES, beside_bytes, SIZE)

/* Likewise of hm_census. */
#define ABSURD_CENSUS(X)                                                                           \
    X(CENSUS_OBJECTS, objects, COUNT)                                                              \
    X(CENSUS_BYTES, bytes, SIZE)                                                                   \
    X(CENSUS_UNREACHABLE_OBJECTS, unreachable_objects, COUNT)                                      \
    X(CENSUS_UNREACHABLE_BYTES, unreachable_bytes, SIZE)

enum absurd_figure {
#define ABSURD_ENUM(NAME, member, KIND) ABSURD_##NAME,
    ABSURD_STATISTICS(ABSURD_ENUM) ABSURD_CENSUS(ABSURD_ENUM)
#undef ABSURD_ENUM
        ABSURD_COUNT
};

/* The first absurd value of each figure. Zeroed: none. */
struct absurd {
    bool is[ABSURD_COUNT];
    uint64_t first[ABSURD_COUNT];
};

/* Take what is absurd out of them. */
void absurd_clear_statistics(struct absurd *absurd, struct hm_statistics *statistics);
void absurd_clear_census(struct absurd *absurd, struct hm_census *census);

/* What another saw, too. */
void absurd_join(struct absurd *absurd, const struct absurd *other);

/* A sentence for each figure. */
void absurd_tell(const struct absurd *absurd, void (*doubt)(void *user, const char *sentence),
                 void *user);

#endif
