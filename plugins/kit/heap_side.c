/* SPDX-License-Identifier: MIT
 *
 * The common parts of the heap side; see heap_side.h.
 */
#include <kit/heap_side.h>

#include <kit/hooks.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CACHE_LINE_BYTES = 64 };

void kit_refuse_memory(struct hm_refusal *refusal, const char *what)
{
    snprintf(refusal->sentence, sizeof refusal->sentence, "no memory for %s", what);
    refusal->out_of_memory = true;
}

struct kit_mutator *kit_mutator_new(struct kit_world *world, size_t bytes, hm_heap *heap,
                                    const struct hm_slow *slow, const struct hm_open *request,
                                    uint32_t index, struct hm_log *log, struct hm_refusal *refusal)
{
    size_t rounded = (bytes + CACHE_LINE_BYTES - 1) & ~(size_t)(CACHE_LINE_BYTES - 1);
    struct kit_mutator *mutator = kit_map_fails() ? NULL : aligned_alloc(CACHE_LINE_BYTES, rounded);
    if (mutator == NULL) {
        kit_refuse_memory(refusal, "a mutator");
        return NULL;
    }
    memset(mutator, 0, rounded);
    mutator->head.ops = heap->set->ops;
    mutator->head.slow = slow;
    mutator->head.lends = 1;
    if (kit_world_attach(world, mutator, heap, request, index, log, refusal))
        return mutator;
    free(mutator);
    return NULL;
}

void kit_mutator_free(struct kit_world *world, struct kit_mutator *mutator)
{
    kit_world_detach(world, mutator);
    free(mutator);
}

struct hm_statistics kit_statistics_unknown(void)
{
    struct hm_statistics statistics;
    memset(&statistics, 0xff, sizeof statistics);
    statistics.size = sizeof statistics;
    statistics.reserved = 0;
    return statistics;
}

void kit_report(void *to, const void *from, size_t bytes)
{
    uint32_t known;
    memcpy(&known, to, sizeof known);
    if (known < bytes)
        bytes = known;
    if (bytes > sizeof known)
        memcpy((char *)to + sizeof known, (const char *)from + sizeof known, bytes - sizeof known);
}

uint64_t kit_world_names(const struct kit_world *world)
{
    uint64_t names = 0;
    for (const struct kit_mutator *m = world->first; m != NULL; m = m->next)
        names += (uint64_t)(m->head.name_top - m->head.name_base);
    return names;
}
