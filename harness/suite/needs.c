/* SPDX-License-Identifier: MIT
 *
 * What a workload needs against what a collector can do, and how much memory it is given;
 * see plan.h.
 */
#include "suite/plan.h"

#include <inttypes.h>

static const uint64_t KIB = 1024;
static const uint64_t MIB = 1024 * 1024;

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t least_of(const struct hm_capabilities *can, uint32_t threads)
{
    return can->least_heap_bytes + threads * can->least_mutator_bytes;
}

uint64_t suite_standard_heap(const struct suite_entries *entries,
                             const struct hm_workload *workload, const struct hm_plan *plan)
{
    uint64_t live = workload->live_bytes != NULL ? workload->live_bytes(plan) : 0;
    uint64_t bytes;
    if (__builtin_mul_overflow(live, (uint64_t)SUITE_HEAP_MULTIPLE, &bytes) || bytes > INT64_MAX)
        return INT64_MAX / (SUITE_HEAP_ROUNDING_KIB * KIB) * (SUITE_HEAP_ROUNDING_KIB * KIB);
    bytes = larger(bytes, SUITE_HEAP_LEAST_MIB * MIB +
                              plan->threads * (SUITE_HEAP_LEAST_PER_THREAD_MIB * MIB));
    for (size_t i = 0; i < entries->collector_count; i++)
        bytes = larger(bytes, least_of(&entries->collectors[i].can->capabilities, plan->threads));
    uint64_t rounding = SUITE_HEAP_ROUNDING_KIB * KIB;
    return (bytes + rounding - 1) / rounding * rounding;
}

/* Each need with the sentence's end, "it …". */
static const char *missing(const struct hm_capabilities *can, uint32_t needs, uint32_t threads)
{
    if ((needs & HM_NEEDS_SHARING) && threads > 1 && !can->shares)
        return "shares objects between threads, which the collector cannot";
    if ((needs & HM_NEEDS_FREEING) && !can->frees)
        return "needs garbage to be reclaimed, which the collector never does";
    if ((needs & HM_NEEDS_CYCLES) && !can->cycles)
        return "needs cycles to be reclaimed, which the collector does not do";
    if ((needs & HM_NEEDS_WEAK) && !can->weak)
        return "needs weak references, which the collector does not have";
    if ((needs & HM_NEEDS_EPHEMERONS) && !can->ephemerons)
        return "needs ephemerons, which the collector does not have";
    if ((needs & HM_NEEDS_FINALIZERS) && !can->finalizers)
        return "needs a finalizer queue, which the collector does not have";
    if ((needs & HM_NEEDS_PINS) && !can->pins)
        return "needs objects that can be pinned, which the collector cannot do";
    return NULL;
}

/* Why no recording can be made of it. The iterations of a micro workload are searched for, and what
 * threads share dies when their race says. */
static const char *unrecordable(const struct hm_workload *workload, uint32_t threads)
{
    if (workload->micro)
        return "does other work in each run, which no recording can be of";
    if (workload->schedule != NULL)
        return "does what is due at set times, as far as time allows, which no recording can be of";
    if (threads > 1 && (workload->needs & HM_NEEDS_SHARING))
        return "shares objects between threads, so that they die otherwise in each run, which no "
               "recording can be of";
    if (threads > 1 && workload->sharing == HM_SHARED)
        return "shares its work out among threads, which do otherwise in each run, which no "
               "recording can be of";
    return NULL;
}

bool suite_is_unsupported(const struct plugin_info *info, const struct plugin_variant_info *can,
                          const struct hm_workload *workload, uint32_t threads, struct text *cause)
{
    uint32_t most = can->capabilities.most_mutators;
    if (most != 0 && threads > most) {
        text_format(cause, "the collector %s/%s runs at most %" PRIu32 " mutator%s, not %" PRIu32,
                    info->name, can->name, most, most == 1 ? "" : "s", threads);
        return true;
    }
    const char *lack = missing(&can->capabilities, workload->needs, threads);
    if (can->capabilities.records || can->capabilities.replays) {
        const char *other = unrecordable(workload, threads);
        lack = other != NULL ? other : lack;
    }
    if (lack == NULL)
        return false;
    text_format(cause, "the workload %s %s (%s/%s)", workload->name, lack, info->name, can->name);
    return true;
}
