/* SPDX-License-Identifier: MIT
 *
 * Which points fail more often, beyond chance; see versus_failures.h.
 */
#include "report/versus_failures.h"

#include <math.h>
#include <stdlib.h>

#include "statistics/statistics.h"

/* A collector that fails in one trial of ten does so on both sides, and by chance on the second
 * alone: what is red must not be that. */
static const double LEVEL = 0.05;

/* Two tests of each point, and one of all. */
enum { FAILED, WRONG, KINDS };

static struct stats_counts counts_of(const struct versus_point *point, int kind)
{
    size_t base = kind == WRONG ? point->base_wrong : point->base_failed;
    size_t other = kind == WRONG ? point->other_wrong : point->other_failed;
    return (struct stats_counts){base, point->base_tried, other, point->other_tried};
}

/* Where a side completed nothing that is the verdict, and other answers are, too. */
static bool is_open(const struct versus_point *point)
{
    return point->base_failed < point->base_tried && point->other_failed < point->other_tried &&
           point->verdict != VERSUS_ANSWERS;
}

static bool can_be_told(const struct versus_point *point, int kind)
{
    return is_open(point) && stats_counts_least_p(counts_of(point, kind)) < LEVEL;
}

/* The p of all points together first, then that of each test that can find anything. */
static size_t work_out(const struct versus *versus, struct stats_counts *all, double *p)
{
    size_t count = 1;
    for (size_t i = 0; i < versus->count; i++) {
        const struct versus_point *point = &versus->points[i];
        all[i] = counts_of(point, FAILED);
        for (int kind = 0; kind < KINDS; kind++)
            if (can_be_told(point, kind)) {
                struct stats_counts counts = counts_of(point, kind);
                p[count++] = stats_counts_p(&counts, 1);
            }
    }
    p[0] = stats_counts_p(all, versus->count);
    return count;
}

/* One wrong answer where there was none is no matter of how often: it proves that the second side
 * answers wrongly. */
static bool answers_wrongly_now(const struct versus_point *point)
{
    return is_open(point) && point->base_wrong == 0 && point->other_wrong > 0;
}

void versus_judge_failures(struct versus *versus)
{
    struct stats_counts *all = memory_new((versus->count + 1) * sizeof *all);
    double *p = memory_new((KINDS * versus->count + 1) * sizeof *p);
    size_t count = work_out(versus, all, p), next = 1;
    stats_adjust(p, p, count);
    versus->failing_p = p[0];
    for (size_t i = 0; i < versus->count; i++) {
        struct versus_point *point = &versus->points[i];
        bool more = answers_wrongly_now(point);
        for (int kind = 0; kind < KINDS; kind++)
            if (can_be_told(point, kind))
                more = p[next++] < LEVEL || more;
        if (more)
            point->verdict = VERSUS_FAILS_MORE;
    }
    free(all);
    free(p);
}

bool versus_fails_together(const struct versus *versus)
{
    return versus->failing_p < LEVEL;
}
