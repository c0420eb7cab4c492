/* SPDX-License-Identifier: MIT
 *
 * From events and stamps to figures: pauses, time to safepoint, releases, stalls, utilization.
 *
 * All are of the timed part: what crosses its borders counts as far as it lies within.
 * docs/events.md says how each is computed, so that anyone can do it again from the stored events.
 * Of events that are not sound nothing is computed: the fields stay unknown.
 */
#ifndef HEAPMARK_MEASURE_METRICS_H
#define HEAPMARK_MEASURE_METRICS_H

#include "measure/told.h"
#include "store/record.h"

/* Fill in the pause, release and collection fields of the record. */
void metrics_from_events(struct trial_record *record, const struct told *told);

/* Fill in the stall fields, where slow paths were stamped: of each slow path what lies in no pause
 * (allocation stalls), and what no event of its thread explains, less what the thread waited for a
 * processor (unreported stalls); where more than the stamps' threshold remains. */
void metrics_from_stamps(struct trial_record *record, const struct told *told);

/* Add the curves of mutator utilization (CURVE_MMU, CURVE_BMU; of several mutators also of each,
 * and of all together) over windows of 1, 2, 5, 10 ...
 * times 100 microseconds, as far as the timed part is that long. A mutator is kept from its work by
 * every pause, by releases, sweeps and stalls of its own, and by slow paths, reported or not; the
 * first two are of the one that fared worst. */
void metrics_utilization(struct trial_record *record, const struct told *told);

/* The raw events and marks of all logs, as store/event_blob.h packs them, into the record, with
 * how many are stored and how many are missing. */
void metrics_pack_events(struct trial_record *record, const struct log_book *book,
                         struct interval window);

#endif
