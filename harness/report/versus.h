/* SPDX-License-Identifier: MIT
 *
 * One run against another, or several against several: each collector at each point that both sides
 * have.
 *
 * The runs were made at different times, maybe on different commits or machines, so nothing is
 * paired. Collectors within one run are compared by summary.h, which is the sharper tool: what
 * changes between two runs is noise here, and none of it is seen there. Trials of one run share
 * whatever the machine did meanwhile, so runs are the samples wherever several of one build are
 * there to tell how far runs drift (docs/decisions/0120).
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
    VERSUS_BETTER,  /* less: the interval is below 1, and p under 0.05 */
    VERSUS_WORSE,
    VERSUS_FAILS,      /* completed in the first run, and not in the second */
    VERSUS_FAILS_MORE, /* completed in both; more of the second's trials failed than chance does, or
                          one answered wrongly and none of the first's */
    VERSUS_ANSWERS,    /* the same work was answered in another way: one of the sides is wrong */
    VERSUS_MENDED,     /* completed in the second run, and not in the first */
    VERSUS_NEITHER     /* completed in none */
};

/* What a point is judged by; less is better. */
enum versus_metric {
    VERSUS_TIME,         /* of fixed work */
    VERSUS_LATENCY,      /* 99th percentile of the requests of an open-loop workload */
    VERSUS_INSTRUCTIONS, /* of fixed work, as callgrind counted them, once a run */
    VERSUS_METRIC_COUNT  /* by nothing but failures */
};

/* What must be the same at a point beside what names it. Where the work differs it is not compared;
 * where the work is the same and was measured in another way it is, and that is said. */
enum versus_aspect {
    VERSUS_REVISION,
    VERSUS_SEED,
    VERSUS_WARM_UP, /* leaves the workload's random numbers elsewhere */
    VERSUS_ANSWER,
    VERSUS_LAST_OF_WORK = VERSUS_ANSWER,
    VERSUS_STAMPS,
    VERSUS_PIN,
    VERSUS_MEMORY_POLICY,
    VERSUS_MACHINE_MEMORY,
    VERSUS_OUTER_LOAD,
    VERSUS_ASPECT_COUNT
};

/* Points that differ in one aspect, and two trials that show how. */
struct versus_difference {
    size_t points; /* of which one may differ in several */
    const struct trial_record *base, *other;
};

/* How far runs of one build may lie apart where nothing tells: what a machine was seen to do. */
#define VERSUS_STANDARD_DRIFT 0.3
/* Two counts of the same instructions lie closer together than this: those of one mutator, and of
 * several, which wait for each other in another order each time. */
#define VERSUS_COUNTED_DRIFT 0.001
#define VERSUS_COUNTED_DRIFT_OF_SEVERAL 0.01

struct versus_run {
    const struct store_trial *trials; /* in one place until versus_free */
    size_t count;
};

struct versus_runs {
    const struct versus_run *runs;
    size_t count;
};

struct versus_input {
    struct versus_runs base, other; /* one run each, or more */
    /* Further runs of the same machine. Where one's builds are those of a side, it tells how far
     * runs drift, and nothing else. */
    struct versus_runs earlier;
    bool instructions; /* judge by these, in the place of times and latencies */
    double drift;      /* allowed where it is unknown: 0.3 is 30 % */
};

struct versus_point {
    const char *collector, *workload, *parameters, *dispatch; /* borrowed from the trials */
    int64_t threads, heap_bytes;                              /* -1: no limit */
    double heap_multiple;     /* of the smallest heap, where both sides were asked so; else 0 */
    int64_t other_heap_bytes; /* what that came to on the second side; else heap_bytes */
    bool micro;
    enum versus_metric metric;
    size_t base_count, other_count;   /* completed trials that tell it */
    double base_median, other_median; /* over all runs of the side; NAN without trials */
    double ratio; /* other over base: 0.5 is half the time. Of several runs, of their mean */
    struct stats_interval interval; /* Student's where the drift is known, else the bootstrap's */
    size_t freedom;                 /* of what is known of the drift at this point; 0: nothing */
    double allowance; /* how far it may lie from 1 and not be told apart; 0: the interval knows */
    double ranks;     /* Mann and Whitney's p, where trials are compared and not runs; else NAN */
    double p; /* Student's, of runs or else of trials, corrected for all points, and not below that
                 of ranks (stats_judge); NAN: none */
    enum versus_verdict verdict;
    size_t base_tried, other_tried;        /* trials, without interrupted ones */
    size_t base_failed, other_failed;      /* how many of these did not complete */
    size_t base_wrong, other_wrong;        /* how many of those answered wrongly */
    const struct trial_record *failure;    /* a trial of the second side that failed, with a wrong
                                              answer if one had; NULL */
    const struct trial_record *answers[2]; /* of each side, where these differ; else NULL */
    const double *samples;                 /* base_count, then other_count */
    double *runs; /* the logarithm of the median of each run: base, other, earlier; NAN: none */
    const struct trial_record **builds; /* a trial of each of these runs, or NULL */
};

/* All points of one metric that each run of both sides has completed, and often enough; where none
 * is, those of fewer trials. */
struct versus_whole {
    size_t compared; /* points; 0: the rest is void */
    size_t left_out; /* points that some run of a side lacks */
    size_t few;      /* points with too few trials beside such as have enough */
    size_t least_trials;
    double ratio; /* their geometric mean */
    struct stats_interval interval;
    size_t freedom;   /* of what is known of the drift; 0: nothing */
    double allowance; /* as of a point */
    double drift;     /* standard deviation between runs of one build, of the mean's logarithm */
    size_t earlier;   /* runs on neither side that told of it */
};

struct versus {
    struct versus_point *points; /* workload by workload, collector by collector */
    size_t count;
    size_t base_only, other_only; /* points of one side that the other has not tried */
    size_t left_out;       /* trials whose figure is set by their schedule, or points not counted */
    size_t out_of_machine; /* trials left out, as the machine's memory ran out: of either side */
    double failing_p;  /* that the second side fails so often by chance, over all points; corrected
                          with the points', and NAN for none */
    size_t other_work; /* points that both sides have, but of another work: not compared */
    size_t other_ways; /* points that were measured in another way, and are compared */
    struct versus_difference differences[VERSUS_ASPECT_COUNT];
    size_t base_runs, other_runs, earlier_runs;
    double allowed; /* drift that is allowed for where it is unknown */
    struct versus_whole wholes[VERSUS_METRIC_COUNT];
    double *samples, *runs; /* owned, as the next is */
    const struct trial_record **builds;
};

/* "seed", "pinning", … */
const char *versus_aspect_words(enum versus_aspect aspect);
/* Append "2 in seed (1 in A, 2 in B)": each aspect of the work, or else of how it was measured, in
 * which points differ. */
void versus_append_differences(const struct versus *versus, bool of_work, struct text *text);

/* Compare two sides. The user's mistake where they have no point in common. Borrows all texts from
 * the trials. */
bool versus_make(struct versus *versus, const struct versus_input *input, struct error *error);
void versus_free(struct versus *versus);

/* "better", "not told apart", … */
const char *versus_words(enum versus_verdict verdict);
/* Is it one that no figure decides, and that is worse? */
bool versus_is_failure(enum versus_verdict verdict);
/* Do trials fail more often over all points together? */
bool versus_fails_together(const struct versus *versus);
size_t versus_count(const struct versus *versus, enum versus_verdict verdict);
/* Append "3 better, 1 worse": each verdict that there is. */
void versus_append_counts(const struct versus *versus, struct text *text);
/* "time", "p99 latency", … */
const char *versus_metric_words(enum versus_metric metric);

/* What a gate says to a share (0.05: 5 %). */
struct versus_gate {
    size_t failing;    /* points that fail now, or more often */
    bool together;     /* no single one need, but all points together fail more often */
    size_t answers;    /* points that are answered in another way */
    size_t judged;     /* metrics whose mean can be judged */
    size_t few;        /* others that have one, but of too few trials */
    size_t partial;    /* points that some run of a side lacks, so that they are in no mean */
    bool mean;         /* one of these is greater by more: its interval lies above 1, and above what
                          drift is allowed */
    size_t points;     /* points that are worse by more, if single ones count */
    size_t other_work; /* points of which it says nothing */
};

struct versus_gate versus_gate(const struct versus *versus, double share, bool any);
/* Is any of what it forbids so? */
bool versus_gate_is_red(const struct versus_gate *gate);
bool versus_is_worse(const struct versus *versus, double share, bool any);

#endif
