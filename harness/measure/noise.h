/* SPDX-License-Identifier: MIT
 *
 * What the machine did to a trial beside its work.
 */
#ifndef HEAPMARK_MEASURE_NOISE_H
#define HEAPMARK_MEASURE_NOISE_H

#include "base/text.h"
#include "store/record.h"

/* From these shares of the mutators' time on a trial is disturbed. docs/calibration.md has what
 * they were chosen by. Stolen time counts from two ticks of the kernel's on, as it is kept in such;
 * a clock that is a tenth off is another clock. */
#define NOISE_WAITED_SHARE 0.02
#define NOISE_STOLEN_SHARE 0.02
#define NOISE_CLOCK_SHARE 0.1
enum { NOISE_STOLEN_LEAST_NS = 20000000 };

/* Is the trial disturbed, by its record's own figures? Then say by what, if `text` is not null:
 * sentences with semicolons between them. What the kernel does not tell disturbs nothing; where it
 * does not tell how long threads waited, forced switches and time without a processor stand in for
 * it, of fixed work only: TRIAL_SCHEDULE must say so, and TRIAL_LOAD_BEFORE be known, which trials
 * of a schema before 17 lack as they lack all that is asked here. */
bool noise_tell(const struct trial_record *record, struct text *text);

#endif
