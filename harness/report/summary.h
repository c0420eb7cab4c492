/* SPDX-License-Identifier: MIT
 *
 * The trials of one run as a table: points down, collectors across, a cell for each pair.
 *
 * A point is what collectors are compared on: workload, its parameters, threads, dispatch, heap.
 * Inline and table are two points, so no figure here mixes them. Figures are of completed trials
 * only; a trial with a wrong answer has none. Interrupted trials count nowhere: they are to be
 * done again.
 */
#ifndef HEAPMARK_REPORT_SUMMARY_H
#define HEAPMARK_REPORT_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "statistics/statistics.h"
#include "store/store.h"

/* Figures of a cell: X(enumerator, field of the record). FIGURE_TIME_NS is the wall time of the
 * timed part, and the time of one operation in a micro workload; an open-loop trial has none, as
 * its schedule sets it. */
/* clang-format off */
#define SUMMARY_FIGURES(X)                                                                         \
    X(FIGURE_TIME_NS, TRIAL_WALL_NS)                                                               \
    X(FIGURE_PAUSE_COUNT, TRIAL_PAUSE_COUNT)                                                       \
    X(FIGURE_PAUSE_TOTAL_NS, TRIAL_PAUSE_TOTAL_NS)                                                 \
    X(FIGURE_PAUSE_P50_NS, TRIAL_PAUSE_P50_NS)                                                     \
    X(FIGURE_PAUSE_P90_NS, TRIAL_PAUSE_P90_NS)                                                     \
    X(FIGURE_PAUSE_P99_NS, TRIAL_PAUSE_P99_NS)                                                     \
    X(FIGURE_PAUSE_P999_NS, TRIAL_PAUSE_P999_NS)                                                   \
    X(FIGURE_PAUSE_MAX_NS, TRIAL_PAUSE_MAX_NS)                                                     \
    X(FIGURE_SAFEPOINT_P50_NS, TRIAL_TIME_TO_SAFEPOINT_P50_NS)                                     \
    X(FIGURE_SAFEPOINT_P90_NS, TRIAL_TIME_TO_SAFEPOINT_P90_NS)                                     \
    X(FIGURE_SAFEPOINT_P99_NS, TRIAL_TIME_TO_SAFEPOINT_P99_NS)                                     \
    X(FIGURE_SAFEPOINT_P999_NS, TRIAL_TIME_TO_SAFEPOINT_P999_NS)                                   \
    X(FIGURE_SAFEPOINT_MAX_NS, TRIAL_TIME_TO_SAFEPOINT_MAX_NS)                                     \
    X(FIGURE_RELEASE_MAX_NS, TRIAL_RELEASE_MAX_NS)                                                 \
    X(FIGURE_STALL_MAX_NS, TRIAL_STALL_MAX_NS)                                                     \
    X(FIGURE_UNREPORTED_COUNT, TRIAL_UNREPORTED_STALL_COUNT)                                       \
    X(FIGURE_UNREPORTED_TOTAL_NS, TRIAL_UNREPORTED_STALL_TOTAL_NS)                                 \
    X(FIGURE_UNREPORTED_MAX_NS, TRIAL_UNREPORTED_STALL_MAX_NS)                                     \
    X(FIGURE_COLLECTIONS, TRIAL_COLLECTIONS)                                                       \
    X(FIGURE_OPERATIONS, TRIAL_OPERATIONS)                                                         \
    X(FIGURE_MUTATOR_CPU_NS, TRIAL_MUTATOR_CPU_NS)                                                 \
    X(FIGURE_COLLECTOR_CPU_NS, TRIAL_COLLECTOR_CPU_NS)                                             \
    X(FIGURE_COLLECTOR_THREADS_CPU_NS, TRIAL_COLLECTOR_THREADS_CPU_NS)                             \
    X(FIGURE_OTHER_THREADS_CPU_NS, TRIAL_OTHER_THREADS_CPU_NS)                                     \
    X(FIGURE_FINAL_COLLECT_NS, TRIAL_FINAL_COLLECT_NS)                                             \
    X(FIGURE_HELD_MEAN_ALLOC_BYTES, TRIAL_HELD_MEAN_ALLOC_BYTES)                                   \
    X(FIGURE_UNRECLAIMED_MEAN_BYTES, TRIAL_UNRECLAIMED_MEAN_BYTES)                                 \
    X(FIGURE_REACHABLE_MEAN_BYTES, TRIAL_REACHABLE_MEAN_BYTES)                                     \
    X(FIGURE_BYTES_ALLOCATED, TRIAL_BYTES_ALLOCATED)                                               \
    X(FIGURE_HELD_PEAK_BYTES, TRIAL_HELD_PEAK_BYTES)                                               \
    X(FIGURE_FOOTPRINT_PEAK_BYTES, TRIAL_FOOTPRINT_PEAK_BYTES)                                     \
    X(FIGURE_LEAKED_BYTES, TRIAL_CENSUS_UNREACHABLE_BYTES)                                         \
    X(FIGURE_LATENCY_P50_NS, TRIAL_LATENCY_P50_NS)                                                 \
    X(FIGURE_LATENCY_P90_NS, TRIAL_LATENCY_P90_NS)                                                 \
    X(FIGURE_LATENCY_P99_NS, TRIAL_LATENCY_P99_NS)                                                 \
    X(FIGURE_LATENCY_P999_NS, TRIAL_LATENCY_P999_NS)                                               \
    X(FIGURE_LATENCY_MAX_NS, TRIAL_LATENCY_MAX_NS)                                                 \
    X(FIGURE_OFFERED_BYTES, TRIAL_OFFERED_BYTES)                                                   \
    X(FIGURE_DEFICIT_BYTES, TRIAL_DEFICIT_BYTES)                                                   \
    X(FIGURE_DEFICIT_SHARE, TRIAL_DEFICIT_SHARE)                                                   \
    X(FIGURE_BOUND_LATENCY_NS, TRIAL_BOUND_LATENCY_NS)                                             \
    X(FIGURE_COUNTED_INSTRUCTIONS, TRIAL_COUNTED_INSTRUCTIONS)                                     \
    X(FIGURE_INSTRUCTIONS_PER_OPERATION, TRIAL_INSTRUCTIONS_PER_OPERATION)
/* clang-format on */

enum summary_figure_name {
#define SUMMARY_FIGURE_ENUMERATOR(name, field) name,
    SUMMARY_FIGURES(SUMMARY_FIGURE_ENUMERATOR)
#undef SUMMARY_FIGURE_ENUMERATOR
        FIGURE_COUNT
};

/* Of all bootstraps: the same, so that equally many blocks are drawn alike. */
enum { SUMMARY_SEED = 1 };

/* Over the completed trials that tell this figure. The interval of FIGURE_TIME_NS and of
 * latencies is that of stats_median_interval; of the others it is the range. */
struct summary_figure {
    size_t count;    /* 0: unknown, and the rest is NAN */
    double median;   /* of count values, one a trial: of maxima, the median maximum */
    double mean;     /* of the same; far from the median where few trials took much longer */
    size_t outliers; /* of these values, as stats_outliers counts; none is left out of anything */
    struct stats_interval interval;
};

enum summary_verdict {
    VERDICT_NONE,    /* no ratio: one of the two has no completed trial */
    VERDICT_TOO_FEW, /* under STATS_BOOTSTRAP_LEAST blocks: no statistics can tell */
    VERDICT_ALIKE,   /* not told apart */
    VERDICT_FASTER,  /* than the baseline: the interval is below 1, and p under 0.05 */
    VERDICT_SLOWER,
};

/* Time over the baseline's time in the blocks where both completed: 0.5 is half the time. Of a p99
 * latency, likewise. */
struct summary_ratio {
    size_t blocks;
    double ratio; /* NAN without blocks */
    struct stats_interval interval;
    double ranks; /* p of a rank test alone; or NAN */
    double p;     /* of both tests, corrected for all ratios of the summary (stats_judge); or NAN */
    enum summary_verdict verdict;
};

struct summary_cell {
    size_t tried; /* 0: the pair is not in the run */
    const struct trial_record **completed;
    size_t completed_count; /* in order of block */
    const struct trial_record **failed;
    size_t failed_count;
    const struct trial_record *warned; /* a completed trial with TRIAL_WARNING, or NULL */
    size_t warned_count;
    struct summary_figure figures[FIGURE_COUNT];
    struct summary_ratio ratio;   /* to the baseline at the same point */
    struct summary_ratio latency; /* the same of the p99 of requests; none where work is fixed */
};

/* What the timed part goes by. Points of the last two are open-loop: they have no time. */
enum summary_load { LOAD_WORK, LOAD_REQUESTS, LOAD_OFFERS };

struct summary_point {
    const char *workload;
    const char *parameters;
    const char *dispatch;
    const char *work_sharing;   /* "each", "shared", or "" */
    int64_t threads;            /* 0: unknown */
    int64_t heap_bytes;         /* -1: no limit, or unknown */
    double heap_multiple;       /* of the smallest heap, if it was asked for so; else 0 */
    int64_t live_bytes_nominal; /* -1: unknown */
    bool micro;
    enum summary_load load;
    double rate; /* requests a second; NAN where the work is fixed, or unknown */
};

/* How much figures of one and the same thing differ. */
struct summary_noise {
    /* Widest and middle (greatest - least) / median of time over cells with at least two trials;
     * NAN where there is none. */
    double repeat_worst, repeat_median;
    /* A collector entered twice (same file, variant and options): the greatest distance of the
     * twins' time ratio from 1, as a share (0.03 is 3 %). NAN where there are no twins. */
    double twin;
    const char *twin_a, *twin_b;
};

/* Borrows all text and the records from the trials, which must outlive it and stay in place. */
struct summary {
    const char **collectors; /* labels, by name */
    bool *
        instruments; /* by collector: are its times without a meaning? Such a one is never ranked */
    size_t collector_count;
    struct summary_point *points; /* whole workloads first; by workload, parameters, dispatch
                                     (inline first), threads, heap */
    size_t point_count;
    struct summary_cell *cells; /* of point p and collector c: see summary_cell */
    size_t baseline;            /* index of a collector */
    size_t trials;              /* interrupted ones left out */
    size_t failures;
    size_t least_blocks, most_blocks; /* completed trials of a cell, over cells that have any */
    struct summary_noise noise;
};

/* Group `count` trials of one run and work out all figures. `baseline` is a label; NULL takes the
 * collector that completed the most trials (the first by name of equals), and so does the label of
 * an instrument, unless there are only such. The user's mistake: no
 * trial that counts, or a label that is not in the run (the nearest is proposed).
 * On failure there is nothing to free. */
bool summary_make(struct summary *summary, const struct store_trial *trials, size_t count,
                  const char *baseline, struct error *error);

void summary_free(struct summary *summary);

const struct summary_cell *summary_cell(const struct summary *summary, size_t point,
                                        size_t collector);

/* Were heaps asked for as multiples? What takes no limit is then at a point of its own. */
bool summary_has_multiples(const struct summary *summary);

/* The point that is like this one in workload and parameters, and has that dispatch and that many
 * threads; where heaps differ, the first. SIZE_MAX: none. */
size_t summary_sibling(const struct summary *summary, size_t point, const char *dispatch,
                       int64_t threads);

/* Fill in the figures and ratios of all cells; summary_make does. */
void summary_work_out(struct summary *summary);

/* Fill in summary->noise; summary_make does. */
void summary_measure_noise(struct summary *summary);

/* The least that tells this point from the others of the summary: the workload, and what varies
 * among its points of parameters, heap, dispatch and threads ("lru size=5, 2 threads, table").
 * Where it is the rate of the parameters, that is all that is named of them ("server at 5000/s").
 * Fields of `leave_out` are not named even if they vary. */
enum summary_part { PART_DISPATCH = 1, PART_THREADS = 2, PART_HEAP = 4 };
void summary_point_name(const struct summary *summary, size_t point, unsigned leave_out,
                        struct text *name);
/* Likewise of all points of a group that are the same but for the rate of their requests, which is
 * left out. */
void summary_rates_name(const struct summary *summary, size_t point, struct text *name);

/* The times of the blocks in which both completed, in order of block, at a point of this kind;
 * each array has room for the lesser completed_count. Returns how many blocks. */
size_t summary_pair_times(bool micro, const struct summary_cell *base,
                          const struct summary_cell *other, double *base_ns, double *other_ns);

/* Do both have requests, and are they the same but for the rate of these? */
bool summary_same_but_rate(const struct summary_point *a, const struct summary_point *b);

/* The points that differ from `like` in their rate at the most, slow ones first, into an array with
 * room for all. Returns how many there are. */
size_t summary_by_rate(const struct summary *summary, size_t like, size_t *points);

/* How one collector does against another over some points. If one of them is the baseline, points
 * count as faster and slower by the verdicts of their cells, so that nothing which is said of many
 * points says other than their rows. Any other pair was chosen among all: it is corrected for all
 * pairs of collectors at all points (Bonferroni). */
struct summary_comparison {
    size_t points; /* where both completed: the ratios below are over these */
    size_t faster; /* told apart by the statistics, or, under STATS_BOOTSTRAP_LEAST blocks, */
    size_t slower; /* less (more) time in every single block */
    size_t failed; /* points where `other` has no completed trial and `base` has */
    size_t blocks; /* least blocks of a point */
    double ratio;  /* geometric mean of time ratios, each point once; NAN without points */
    struct stats_interval interval; /* of it, see stats_mean_ratio_interval */
    double least, greatest;         /* of the points' ratios */
};

struct summary_comparison summary_compare(const struct summary *summary, size_t base, size_t other,
                                          const size_t *points, size_t point_count);

/* A trial of a collector that checks or records the workload: nothing of it is a figure but what
 * it found out of what is reachable. */
bool summary_is_instrument(const struct trial_record *record);
/* The time of a trial that figures are of; NAN where it tells none, or was open-loop. */
double summary_time_ns(const struct trial_record *record, bool micro);

/* The points of one kind (micro, or whole with fixed work), dispatch and thread count (0: any), in
 * their order; `points` has room for point_count. Returns how many. */
size_t summary_select(const struct summary *summary, bool micro, const char *dispatch,
                      int64_t threads, size_t *points);

#endif
