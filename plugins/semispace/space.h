/* SPDX-License-Identifier: MIT
 *
 * One of the two spaces: a contiguous range of addresses, filled from below.
 *
 * Invariants: [base, free) holds objects and, between them, words of zero that nobody used;
 * everything from `touched` on is zero and costs no memory; free <= touched.
 */
#ifndef HEAPMARK_SEMISPACE_SPACE_H
#define HEAPMARK_SEMISPACE_SPACE_H

#include <stdbool.h>
#include <stddef.h>

struct semispace_space {
    char *base;
    char *free;
    char *touched; /* at a page's border: the memory up to here is held */
};

/* Reserve address space for two spaces of *bytes each; where `may_shrink`, halve *bytes until the
 * system agrees. False when it gives none. */
bool semispace_reserve(struct semispace_space spaces[2], size_t *bytes, bool may_shrink);
void semispace_release(struct semispace_space spaces[2], size_t bytes);

/* The next `bytes` bytes, of which the first *dirty hold old data for the caller to clear: apart,
 * so that no lock is held over it. The caller has made sure that they fit. */
char *semispace_carve(struct semispace_space *space, size_t bytes, size_t *dirty);

/* Say that memory up to free was written without semispace_carve. */
void semispace_touch(struct semispace_space *space);

/* Return to the operating system what lies beyond `bytes` bytes; free is below that. */
void semispace_trim(struct semispace_space *space, size_t bytes);

static inline size_t semispace_used(const struct semispace_space *space)
{
    return (size_t)(space->free - space->base);
}

static inline size_t semispace_held(const struct semispace_space *space)
{
    return (size_t)(space->touched - space->base);
}

#endif
