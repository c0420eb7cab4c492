/* SPDX-License-Identifier: MIT
 *
 * Figures of the cells of a summary, and their ratios to the baseline; see summary.h.
 */
#include "report/summary.h"

#include <math.h>
#include <stdlib.h>

static const enum trial_field figure_fields[FIGURE_COUNT] = {
#define SUMMARY_FIGURE_ROW(name, field) [name] = field,
    SUMMARY_FIGURES(SUMMARY_FIGURE_ROW)
#undef SUMMARY_FIGURE_ROW
};

/* Those that collectors are compared by; of the others the range shows more. */
static bool has_interval(enum summary_figure_name name)
{
    return name == FIGURE_TIME_NS ||
           (name >= FIGURE_LATENCY_P50_NS && name <= FIGURE_LATENCY_MAX_NS);
}

static double figure_of(const struct trial_record *record, bool micro,
                        enum summary_figure_name name)
{
    if (name == FIGURE_TIME_NS)
        return summary_time_ns(record, micro);
    if (summary_is_instrument(record) && name != FIGURE_REACHABLE_MEAN_BYTES)
        return NAN;
    return record_real(record, figure_fields[name], NAN);
}

static void work_out_figure(struct summary_cell *cell, bool micro, enum summary_figure_name name)
{
    struct summary_figure *figure = &cell->figures[name];
    *figure = (struct summary_figure){0, NAN, NAN, 0, {NAN, NAN, STATS_NONE}};
    double *samples = memory_new((cell->completed_count + 1) * sizeof *samples);
    for (size_t i = 0; i < cell->completed_count; i++) {
        double sample = figure_of(cell->completed[i], micro, name);
        if (isfinite(sample))
            samples[figure->count++] = sample;
    }
    if (figure->count > 0) {
        figure->median = stats_median(samples, figure->count);
        figure->mean = stats_mean(samples, figure->count);
        if (!stats_outliers(samples, figure->count, &figure->outliers))
            figure->outliers = 0;
        figure->interval =
            has_interval(name)
                ? stats_median_interval(samples, figure->count, SUMMARY_SEED)
                : (struct stats_interval){stats_min(samples, figure->count),
                                          stats_max(samples, figure->count), STATS_RANGE};
    }
    free(samples);
}

/* The figure in the blocks in which both completed. */
static size_t pair_up(enum summary_figure_name name, bool micro, const struct summary_cell *base,
                      const struct summary_cell *other, double *base_values, double *other_values)
{
    size_t pairs = 0, b = 0, o = 0;
    while (b < base->completed_count && o < other->completed_count) {
        int64_t base_block = record_integer(base->completed[b], TRIAL_BLOCK, 0);
        int64_t other_block = record_integer(other->completed[o], TRIAL_BLOCK, 0);
        double base_value = figure_of(base->completed[b], micro, name);
        double other_value = figure_of(other->completed[o], micro, name);
        if (base_block == other_block && isfinite(base_value) && isfinite(other_value)) {
            base_values[pairs] = base_value;
            other_values[pairs++] = other_value;
        }
        b += base_block <= other_block;
        o += other_block <= base_block;
    }
    return pairs;
}

size_t summary_pair_times(bool micro, const struct summary_cell *base,
                          const struct summary_cell *other, double *base_ns, double *other_ns)
{
    return pair_up(FIGURE_TIME_NS, micro, base, other, base_ns, other_ns);
}

static void work_out_ratio(struct summary_ratio *ratio, enum summary_figure_name name, bool micro,
                           const struct summary_cell *cell, const struct summary_cell *base)
{
    *ratio = (struct summary_ratio){0, NAN, {NAN, NAN, STATS_NONE}, NAN, NAN, VERDICT_NONE};
    double *base_ns = memory_new((cell->completed_count + 1) * sizeof *base_ns);
    double *other_ns = memory_new((cell->completed_count + 1) * sizeof *other_ns);
    ratio->blocks = pair_up(name, micro, base, cell, base_ns, other_ns);
    struct stats_pairs pairs = {base_ns, other_ns, ratio->blocks};
    if (ratio->blocks > 0) {
        ratio->ratio = stats_ratio(pairs);
        ratio->interval = stats_ratio_interval(pairs, SUMMARY_SEED);
    }
    if (isfinite(ratio->ratio) && ratio->blocks < STATS_BOOTSTRAP_LEAST)
        ratio->verdict = VERDICT_TOO_FEW;
    else if (isfinite(ratio->ratio)) {
        ratio->verdict = VERDICT_ALIKE;
        ratio->ranks = stats_rank_test(base_ns, ratio->blocks, other_ns, ratio->blocks).p;
        ratio->p = stats_pairs_p(pairs);
    }
    free(base_ns);
    free(other_ns);
}

/* Correct all p of one kind of ratio at once; only then can any be judged. */
static void judge_ratios(struct summary_ratio **ratios, size_t count)
{
    double *p = memory_new(2 * (count + 1) * sizeof *p), *ranks = p + count + 1;
    for (size_t i = 0; i < count; i++) {
        p[i] = ratios[i]->p;
        ranks[i] = ratios[i]->ranks;
    }
    stats_judge(ranks, p, p, count);
    for (size_t i = 0; i < count; i++) {
        struct stats_interval interval = ratios[i]->interval;
        ratios[i]->p = p[i];
        bool apart = p[i] < 0.05 && (interval.high < 1 || interval.low > 1);
        ratios[i]->verdict = !apart              ? VERDICT_ALIKE
                             : interval.high < 1 ? VERDICT_FASTER
                                                 : VERDICT_SLOWER;
    }
    free(p);
}

/* Times are judged apart from latencies: nobody asks both of one point. */
static void judge_cells(struct summary *summary, bool latencies)
{
    size_t cells = summary->point_count * summary->collector_count, count = 0;
    struct summary_ratio **judged = memory_new((cells + 1) * sizeof *judged);
    for (size_t i = 0; i < cells; i++) {
        struct summary_cell *cell = &summary->cells[i];
        struct summary_ratio *ratio = latencies ? &cell->latency : &cell->ratio;
        if (i % summary->collector_count != summary->baseline && isfinite(ratio->p))
            judged[count++] = ratio;
    }
    judge_ratios(judged, count);
    free(judged);
}

void summary_work_out(struct summary *summary)
{
    for (size_t point = 0; point < summary->point_count; point++) {
        struct summary_cell *row = &summary->cells[point * summary->collector_count];
        bool micro = summary->points[point].micro;
        for (size_t c = 0; c < summary->collector_count; c++) {
            for (int name = 0; name < FIGURE_COUNT; name++)
                work_out_figure(&row[c], micro, (enum summary_figure_name)name);
            const struct summary_cell *base = &row[summary->baseline];
            work_out_ratio(&row[c].ratio, FIGURE_TIME_NS, micro, &row[c], base);
            work_out_ratio(&row[c].latency, FIGURE_LATENCY_P99_NS, micro, &row[c], base);
        }
    }
    judge_cells(summary, false);
    judge_cells(summary, true);
}
