/* SPDX-License-Identifier: MIT
 *
 * Stamps around slow paths; see stamps.h.
 */
#include "measure/stamps.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum { MOST_INTERVALS = 1 << 20 };

static struct stamps *stamps_of(hm_mutator *m)
{
    return (struct stamps *)(uintptr_t)m->slow;
}

static bool grow(struct stamps *stamps)
{
    size_t capacity = stamps->capacity == 0 ? 256 : 2 * stamps->capacity;
    if (capacity > MOST_INTERVALS)
        return false;
    struct stamp_interval *intervals =
        realloc(stamps->intervals, capacity * sizeof *stamps->intervals);
    if (intervals == NULL)
        return false;
    stamps->intervals = intervals;
    stamps->capacity = capacity;
    return true;
}

static void keep(struct stamps *stamps, uint64_t start_ns, uint64_t end_ns)
{
    if (end_ns - start_ns < STAMP_THRESHOLD_NS)
        return;
    if (stamps->count == stamps->capacity && !grow(stamps)) {
        stamps->dropped++;
        return;
    }
    stamps->intervals[stamps->count++] = (struct stamp_interval){start_ns, end_ns};
}

/* A landing leaves by longjmp and is not kept: the trial ends there. */
static hm_ref allocate(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n,
                       uint32_t flags)
{
    struct stamps *stamps = stamps_of(m);
    uint64_t start_ns = clock_now_ns();
    hm_ref ref = stamps->original->allocate(m, name, shape, n, flags);
    keep(stamps, start_ns, clock_now_ns());
    return ref;
}

static void poll(hm_mutator *m)
{
    struct stamps *stamps = stamps_of(m);
    uint64_t start_ns = clock_now_ns();
    stamps->original->poll(m);
    keep(stamps, start_ns, clock_now_ns());
}

void stamps_wrap(struct stamps *stamps, hm_mutator *m)
{
    stamps->original = m->slow;
    size_t bytes = m->slow->size < sizeof stamps->wrapped ? m->slow->size : sizeof stamps->wrapped;
    memset(&stamps->wrapped, 0, sizeof stamps->wrapped);
    memcpy(&stamps->wrapped, m->slow, bytes);
    if (stamps->wrapped.allocate != NULL)
        stamps->wrapped.allocate = allocate;
    if (stamps->wrapped.poll != NULL)
        stamps->wrapped.poll = poll;
    m->slow = &stamps->wrapped;
}

void stamps_unwrap(struct stamps *stamps, hm_mutator *m)
{
    m->slow = stamps->original;
}

void stamps_free(struct stamps *stamps)
{
    free(stamps->intervals);
    memset(stamps, 0, sizeof *stamps);
}
