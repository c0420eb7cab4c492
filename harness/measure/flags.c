/* SPDX-License-Identifier: MIT
 *
 * Flags of a trial; see flags.h.
 */
#include "measure/flags.h"

static bool has_few_collections(const struct trial_record *record,
                                const struct hm_capabilities *capabilities)
{
    int64_t collections = record_integer(record, TRIAL_COLLECTIONS, FLAGS_FEW_COLLECTIONS);
    /* What frees by a recording has none to wait for. */
    return capabilities->frees && !capabilities->prompt && !capabilities->replays &&
           collections < FLAGS_FEW_COLLECTIONS;
}

static bool thrashes(const struct trial_record *record, uint64_t heap_bytes)
{
    double held_bytes = record_real(record, TRIAL_HELD_PEAK_BYTES, 0);
    double wall_ns = record_real(record, TRIAL_WALL_NS, 0);
    double paused_ns = record_real(record, TRIAL_PAUSE_TOTAL_NS, 0);
    double mutator_ns = record_real(record, TRIAL_MUTATOR_CPU_NS, 0);
    double collector_ns = record_real(record, TRIAL_COLLECTOR_CPU_NS, 0);
    bool is_full = heap_bytes != 0 && held_bytes >= 0.9 * (double)heap_bytes;
    return is_full && (2 * paused_ns > wall_ns || collector_ns > mutator_ns);
}

void flags_set(struct trial_record *record, const struct hm_capabilities *capabilities,
               uint64_t heap_bytes)
{
    bool few = has_few_collections(record, capabilities);
    bool full = thrashes(record, heap_bytes);
    if (few || full)
        record_set_text(record, TRIAL_FLAGS,
                        !full  ? FLAG_FEW_COLLECTIONS
                        : !few ? FLAG_THRASHING
                               : FLAG_FEW_COLLECTIONS "," FLAG_THRASHING);
}
