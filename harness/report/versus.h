/* SPDX-License-Identifier: MIT
 *
 * One run against another: each collector at each point that both have.
 *
 * The runs were made at different times, maybe on different commits or machines, so nothing is
 * paired. Collectors within one run are compared by summary.h, which is the sharper tool: what
 * changes between two runs is noise here, and none of it is seen there.
 */
#ifndef HEAPMARK_REPORT_VERSUS_H
#define HEAPMARK_REPORT_VERSUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "statistics/statistics.h"
#include "store/store.h"

enum versus_verdict {
    VERSUS_TOO_FEW, /* under STATS_BOOTSTRAP_LEAST trials on a side: no statistics can tell */
    VERSUS_ALIKE,   /* not told apart */
    VERSUS_BETTER,  /* less time: the interval is below 1, and the adjusted p under 0.05 */
    VERSUS_WORSE,
    VERSUS_FAILS,  /* completed in the first run, and not in the second */
    VERSUS_MENDED, /* the other way round */
    VERSUS_NEITHER /* completed in none */
};

struct versus_point {
    const char *collector, *workload, *parameters, *dispatch; /* borrowed from the trials */
    int64_t threads, heap_bytes;                              /* -1: no limit */
    bool micro;
    size_t base_count, other_count; /* completed trials that tell their time */
    double base_ns, other_ns;       /* medians; NAN without trials */
    double ratio;                   /* other over base: 0.5 is half the time */
    struct stats_interval interval;
    double p; /* Mann and Whitney's, corrected (Holm) for all points; NAN: none */
    enum versus_verdict verdict;
    const struct trial_record *failure; /* a trial of the second run that failed; NULL */
};

struct versus {
    struct versus_point *points; /* workload by workload, collector by collector */
    size_t count;
    size_t base_only, other_only; /* points of one run that the other has not tried */
    size_t open_loop;             /* trials of both that are left out, as their times are set */
    size_t compared;              /* points that both completed */
    size_t least_trials;          /* of a side of those */
    double ratio;                 /* their geometric mean; NAN without any */
    struct stats_interval interval;
    double *samples; /* owned: the times, side by side */
};

/* Compare the trials of two runs. The user's mistake where they have no point in common. Borrows
 * all texts from the trials. */
bool versus_make(struct versus *versus, const struct store_trial *base, size_t base_count,
                 const struct store_trial *other, size_t other_count, struct error *error);
void versus_free(struct versus *versus);

/* "better", "not told apart", … */
const char *versus_words(enum versus_verdict verdict);
size_t versus_count(const struct versus *versus, enum versus_verdict verdict);
/* Append "3 better, 1 worse": each verdict that there is. */
void versus_append_counts(const struct versus *versus, struct text *text);

/* Is the second run worse by more than this share (0.05: 5 %)? By the geometric mean, if its
 * interval lies above 1; with `any`, also by a single point that is told apart; and by any that
 * fails now. */
bool versus_is_worse(const struct versus *versus, double share, bool any);

#endif
