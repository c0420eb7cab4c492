/* SPDX-License-Identifier: MIT
 *
 * Questions asked of a summary: two collectors over some points, noise, names.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "report/summary.h"

/* ---- Two collectors ---- */

/* The paired times of one point. Owns both arrays. */
struct paired {
    double *base, *other;
    size_t count, point;
};

static struct stats_pairs pairs_of(const struct paired *paired)
{
    return (struct stats_pairs){paired->base, paired->other, paired->count};
}

static struct paired pair_cells(bool micro, const struct summary_cell *base,
                                const struct summary_cell *other)
{
    size_t room = base->completed_count + 1;
    struct paired paired = {memory_new(room * sizeof(double)), memory_new(room * sizeof(double)), 0,
                            0};
    paired.count = summary_pair_times(micro, base, other, paired.base, paired.other);
    return paired;
}

static void free_paired(struct paired *paired, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(paired[i].base);
        free(paired[i].other);
    }
    free(paired);
}

/* Pairs of the points where both completed; the rest is counted. */
static struct paired *pair_points(const struct summary *summary, size_t base, size_t other,
                                  const size_t *points, size_t point_count,
                                  struct summary_comparison *comparison)
{
    struct paired *paired = memory_new((point_count + 1) * sizeof *paired);
    for (size_t i = 0; i < point_count; i++) {
        const struct summary_cell *base_cell = summary_cell(summary, points[i], base);
        const struct summary_cell *other_cell = summary_cell(summary, points[i], other);
        bool micro = summary->points[points[i]].micro;
        struct paired *one = &paired[comparison->points];
        *one = pair_cells(micro, base_cell, other_cell);
        one->point = points[i];
        if (isfinite(stats_ratio(pairs_of(one)))) {
            comparison->points++;
        } else {
            free(one->base);
            free(one->other);
            comparison->failed += base_cell->completed_count > 0 && other_cell->failed_count > 0 &&
                                  other_cell->completed_count == 0;
        }
    }
    return paired;
}

static int way_of_cell(const struct summary *summary, size_t point, size_t collector)
{
    enum summary_verdict verdict = summary_cell(summary, point, collector)->ratio.verdict;
    return (verdict == VERDICT_SLOWER) - (verdict == VERDICT_FASTER);
}

/* A pair that stands in no row of the table. */
static int way_of_pair(const struct summary *summary, const struct paired *paired)
{
    struct stats_pairs pairs = pairs_of(paired);
    struct stats_interval interval = stats_ratio_interval(pairs, 1);
    double all = (double)(summary->point_count * summary->collector_count *
                          (summary->collector_count - 1) / 2);
    double ranks = stats_rank_test(pairs.base, pairs.count, pairs.other, pairs.count).p;
    if (paired->count >= STATS_BOOTSTRAP_LEAST && !(fmax(ranks, all * stats_pairs_p(pairs)) < 0.05))
        return 0;
    return (interval.low > 1) - (interval.high < 1);
}

/* -1: other took less time, 1: more, 0: not told. */
static int direction(const struct summary *summary, size_t base, size_t other,
                     const struct paired *paired)
{
    if (paired->count < STATS_BOOTSTRAP_LEAST || base == other)
        return way_of_pair(summary, paired);
    if (base == summary->baseline)
        return way_of_cell(summary, paired->point, other);
    if (other == summary->baseline)
        return -way_of_cell(summary, paired->point, base);
    return way_of_pair(summary, paired);
}

static void count_directions(const struct summary *summary, size_t base, size_t other,
                             struct summary_comparison *comparison, const struct paired *paired)
{
    for (size_t i = 0; i < comparison->points; i++) {
        int way = direction(summary, base, other, &paired[i]);
        comparison->faster += way < 0;
        comparison->slower += way > 0;
    }
}

static void average(struct summary_comparison *comparison, const struct paired *paired)
{
    struct stats_pairs *pairs = memory_new((comparison->points + 1) * sizeof *pairs);
    comparison->blocks = paired[0].count;
    comparison->least = INFINITY;
    comparison->greatest = 0;
    for (size_t i = 0; i < comparison->points; i++) {
        pairs[i] = pairs_of(&paired[i]);
        double ratio = stats_ratio(pairs[i]);
        comparison->least = fmin(comparison->least, ratio);
        comparison->greatest = fmax(comparison->greatest, ratio);
        if (paired[i].count < comparison->blocks)
            comparison->blocks = paired[i].count;
    }
    comparison->ratio = stats_mean_ratio(pairs, comparison->points);
    comparison->interval = stats_mean_ratio_interval(pairs, comparison->points, 1);
    free(pairs);
}

struct summary_comparison summary_compare(const struct summary *summary, size_t base, size_t other,
                                          const size_t *points, size_t point_count)
{
    struct summary_comparison comparison = {
        .ratio = NAN, .interval = {NAN, NAN, STATS_NONE}, .least = NAN, .greatest = NAN};
    struct paired *paired = pair_points(summary, base, other, points, point_count, &comparison);
    if (comparison.points > 0) {
        count_directions(summary, base, other, &comparison, paired);
        average(&comparison, paired);
    }
    free_paired(paired, comparison.points);
    return comparison;
}

size_t summary_select(const struct summary *summary, bool micro, const char *dispatch,
                      int64_t threads, size_t *points)
{
    size_t count = 0;
    for (size_t i = 0; i < summary->point_count; i++) {
        const struct summary_point *point = &summary->points[i];
        if (point->micro == micro && point->load == LOAD_WORK &&
            strcmp(point->dispatch, dispatch) == 0 && (threads == 0 || point->threads == threads))
            points[count++] = i;
    }
    return count;
}

size_t summary_sibling(const struct summary *summary, size_t like, const char *dispatch,
                       int64_t threads)
{
    const struct summary_point *point = &summary->points[like];
    for (size_t i = 0; i < summary->point_count; i++) {
        const struct summary_point *other = &summary->points[i];
        if (other->threads == threads && strcmp(other->dispatch, dispatch) == 0 &&
            strcmp(other->workload, point->workload) == 0 &&
            strcmp(other->parameters, point->parameters) == 0)
            return i;
    }
    return SIZE_MAX;
}

/* ---- Noise ---- */

static double spread_of(const struct summary_cell *cell, bool micro)
{
    double least = INFINITY, greatest = -INFINITY;
    for (size_t i = 0; i < cell->completed_count; i++) {
        double time = summary_time_ns(cell->completed[i], micro);
        least = fmin(least, time);
        greatest = fmax(greatest, time);
    }
    return (greatest - least) / cell->figures[FIGURE_TIME_NS].median;
}

static void measure_repeats(struct summary *summary)
{
    size_t cells = summary->point_count * summary->collector_count, count = 0;
    double *spreads = memory_new((cells + 1) * sizeof *spreads);
    for (size_t i = 0; i < cells; i++) {
        const struct summary_cell *cell = &summary->cells[i];
        bool micro = summary->points[i / summary->collector_count].micro;
        double spread = cell->figures[FIGURE_TIME_NS].count < 2 ? NAN : spread_of(cell, micro);
        if (isfinite(spread))
            spreads[count++] = spread;
    }
    summary->noise.repeat_worst = count > 0 ? stats_max(spreads, count) : NAN;
    summary->noise.repeat_median = count > 0 ? stats_median(spreads, count) : NAN;
    free(spreads);
}

static const struct trial_record *any_trial(const struct summary *summary, size_t collector)
{
    for (size_t point = 0; point < summary->point_count; point++) {
        const struct summary_cell *cell = summary_cell(summary, point, collector);
        if (cell->completed_count > 0)
            return cell->completed[0];
    }
    return NULL;
}

static bool same_text(const struct trial_record *a, const struct trial_record *b,
                      enum trial_field field)
{
    return strcmp(record_text(a, field, ""), record_text(b, field, "")) == 0;
}

static bool are_twins(const struct summary *summary, size_t a, size_t b)
{
    const struct trial_record *of_a = any_trial(summary, a), *of_b = any_trial(summary, b);
    return of_a != NULL && of_b != NULL && record_is_known(of_a, TRIAL_PLUGIN_SHA256) &&
           same_text(of_a, of_b, TRIAL_PLUGIN_SHA256) && same_text(of_a, of_b, TRIAL_VARIANT) &&
           same_text(of_a, of_b, TRIAL_COLLECTOR) && same_text(of_a, of_b, TRIAL_COLLECTOR_OPTIONS);
}

/* The greatest distance from 1 of the twins' ratios over all points; NAN for none. */
static double twin_distance(const struct summary *summary, size_t a, size_t b)
{
    double worst = NAN;
    for (size_t point = 0; point < summary->point_count; point++) {
        struct paired paired =
            pair_cells(summary->points[point].micro, summary_cell(summary, point, a),
                       summary_cell(summary, point, b));
        worst = fmax(worst, fabs(stats_ratio(pairs_of(&paired)) - 1));
        free(paired.base);
        free(paired.other);
    }
    return worst;
}

static void measure_twins(struct summary *summary)
{
    summary->noise.twin = NAN;
    for (size_t a = 0; a < summary->collector_count; a++) {
        for (size_t b = a + 1; b < summary->collector_count; b++) {
            double distance = are_twins(summary, a, b) ? twin_distance(summary, a, b) : (double)NAN;
            if (!isfinite(distance) || distance <= summary->noise.twin)
                continue;
            summary->noise.twin = distance;
            summary->noise.twin_a = summary->collectors[a];
            summary->noise.twin_b = summary->collectors[b];
        }
    }
}

void summary_measure_noise(struct summary *summary)
{
    measure_repeats(summary);
    measure_twins(summary);
}

/* ---- Names ---- */

/* The parameters without that of the rate, which says what the point's rate is. */
static void append_other_parameters(const struct summary_point *point, struct text *text)
{
    struct text_list pieces = {0};
    text_split(&pieces, point->parameters, ',');
    for (size_t i = 0; i < pieces.count; i++)
        if (strncmp(pieces.items[i], "rate=", 5) != 0)
            text_format(text, ",%s", pieces.items[i]);
    text_list_free(&pieces);
}

static bool same_parameters_but_rate(const struct summary_point *a, const struct summary_point *b)
{
    struct text of_a = {0}, of_b = {0};
    append_other_parameters(a, &of_a);
    append_other_parameters(b, &of_b);
    bool same = strcmp(text_chars(&of_a), text_chars(&of_b)) == 0;
    text_free(&of_a);
    text_free(&of_b);
    return same;
}

/* Whether the workload comes with more than one value of each part. */
struct varied {
    bool parameters, dispatch, threads, heap;
};

/* The same but for the heap; and of requests but for the rate, since a search tries other rates in
 * each heap. The parameters are split last, as that costs most. */
static bool differs_in_heap(const struct summary_point *a, const struct summary_point *b)
{
    bool requests = a->load == LOAD_REQUESTS && b->load == LOAD_REQUESTS;
    return a->heap_bytes != b->heap_bytes && a->threads == b->threads &&
           strcmp(a->dispatch, b->dispatch) == 0 &&
           (strcmp(a->parameters, b->parameters) == 0 ||
            (requests && same_parameters_but_rate(a, b)));
}

/* The heap follows from workload and threads by default: it varies only if two points are the same
 * in all else. The dispatch varies if the summary holds two: then every point says which. */
static struct varied what_varies(const struct summary *summary, const struct summary_point *point)
{
    struct varied varied = {0};
    for (size_t i = 0; i < summary->point_count; i++) {
        const struct summary_point *other = &summary->points[i];
        varied.threads = varied.threads || other->threads != point->threads;
        varied.dispatch = varied.dispatch || strcmp(other->dispatch, point->dispatch) != 0;
        if (strcmp(other->workload, point->workload) != 0)
            continue;
        varied.parameters = varied.parameters || strcmp(other->parameters, point->parameters) != 0;
        varied.heap = varied.heap || differs_in_heap(point, other);
    }
    return varied;
}

static void name_heap(const struct summary_point *point, struct text *name)
{
    char bytes[UNITS_TEXT_BYTES];
    if (point->heap_bytes < 0) {
        text_append(name, ", no heap limit");
        return;
    }
    units_format_bytes((uint64_t)point->heap_bytes, bytes);
    text_format(name, ", heap %s", bytes);
    if (point->heap_multiple > 0)
        text_format(name, " (%.4gx)", point->heap_multiple);
}

bool summary_has_multiples(const struct summary *summary)
{
    for (size_t i = 0; i < summary->point_count; i++)
        if (summary->points[i].heap_multiple > 0)
            return true;
    return false;
}

bool summary_same_but_rate(const struct summary_point *a, const struct summary_point *b)
{
    return a->load == LOAD_REQUESTS && b->load == LOAD_REQUESTS && a->threads == b->threads &&
           a->heap_bytes == b->heap_bytes && strcmp(a->workload, b->workload) == 0 &&
           strcmp(a->dispatch, b->dispatch) == 0 && same_parameters_but_rate(a, b);
}

size_t summary_by_rate(const struct summary *summary, size_t like, size_t *points)
{
    size_t count = 0;
    for (size_t i = 0; i < summary->point_count; i++) {
        if (!summary_same_but_rate(&summary->points[like], &summary->points[i]))
            continue;
        size_t at = count++;
        for (; at > 0 && summary->points[points[at - 1]].rate > summary->points[i].rate; at--)
            points[at] = points[at - 1];
        points[at] = i;
    }
    return count;
}

/* Does the rate tell the parameters of this workload apart? */
static bool varies_in_rate_only(const struct summary *summary, const struct summary_point *point)
{
    for (size_t i = 0; i < summary->point_count; i++)
        if (strcmp(summary->points[i].workload, point->workload) == 0 &&
            !same_parameters_but_rate(&summary->points[i], point))
            return false;
    return point->load == LOAD_REQUESTS;
}

static void name_parameters(const struct summary *summary, const struct summary_point *point,
                            struct text *name)
{
    if (varies_in_rate_only(summary, point))
        text_format(name, " at %.6g/s", point->rate);
    else
        text_format(name, " %s", point->parameters);
}

void summary_rates_name(const struct summary *summary, size_t point_index, struct text *name)
{
    const struct summary_point *point = &summary->points[point_index];
    text_append(name, point->workload);
    if (!varies_in_rate_only(summary, point)) {
        struct text others = {0};
        append_other_parameters(point, &others);
        /* Each parameter has a comma before it. */
        text_format(name, " %s", others.length > 0 ? text_chars(&others) + 1 : "");
        text_free(&others);
    }
    if (what_varies(summary, point).heap)
        name_heap(point, name);
}

void summary_point_name(const struct summary *summary, size_t point_index, unsigned leave_out,
                        struct text *name)
{
    const struct summary_point *point = &summary->points[point_index];
    struct varied varied = what_varies(summary, point);
    text_append(name, point->workload);
    if (varied.parameters && point->parameters[0] != '\0')
        name_parameters(summary, point, name);
    if (varied.heap && !(leave_out & PART_HEAP))
        name_heap(point, name);
    if (varied.threads && !(leave_out & PART_THREADS))
        text_format(name, ", %lld thread%s", (long long)point->threads,
                    point->threads == 1 ? "" : "s");
    if (varied.dispatch && !(leave_out & PART_DISPATCH))
        text_format(name, ", %s", point->dispatch);
}
