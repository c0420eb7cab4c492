/* SPDX-License-Identifier: MIT
 *
 * The verdict on a run. It claims no more than the trials allow: under STATS_BOOTSTRAP_LEAST of
 * each point, or within the noise, it says what was seen and that it is too little.
 */
#include "report/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "measure/noise.h"
#include "report/stalls.h"

/* ---- Who is in the running ---- */

static bool completed_by_any(const struct summary *summary, size_t point)
{
    for (size_t c = 0; c < summary->collector_count; c++) {
        if (summary_cell(summary, point, c)->figures[FIGURE_TIME_NS].count > 0)
            return true;
    }
    return false;
}

/* How many points of the group some collector completed, and this one did not. */
static size_t count_missed(const struct summary *summary, const struct group *group,
                           size_t collector)
{
    size_t missed = 0;
    for (size_t i = 0; i < group->point_count; i++) {
        const struct summary_cell *cell = summary_cell(summary, group->points[i], collector);
        missed +=
            cell->figures[FIGURE_TIME_NS].count == 0 && completed_by_any(summary, group->points[i]);
    }
    return missed;
}

double verdict_leaked(const struct summary *summary, const struct group *group, size_t collector)
{
    double leaked = NAN;
    for (size_t i = 0; i < group->point_count; i++)
        leaked = fmax(leaked, summary_cell(summary, group->points[i], collector)
                                  ->figures[FIGURE_LEAKED_BYTES]
                                  .median);
    return leaked;
}

/* Collectors that completed all; those that left garbage only if none is left without them. */
static size_t find_contenders(const struct summary *summary, const struct group *group,
                              size_t *contenders)
{
    size_t count = 0;
    for (int leaks_allowed = 0; leaks_allowed < 2 && count == 0; leaks_allowed++) {
        for (size_t c = 0; c < summary->collector_count; c++) {
            bool leaks = verdict_leaked(summary, group, c) > 0;
            if (!summary->instruments[c] && group_has_completed(summary, group, c) &&
                count_missed(summary, group, c) == 0 && (!leaks || leaks_allowed))
                contenders[count++] = c;
        }
    }
    return count;
}

/* The contender with the least mean time, other than `but`; SIZE_MAX if there is none. All
 * completed the same points, so one of them serves to compare the others. */
static size_t find_best(const struct summary *summary, const struct group *group,
                        const size_t *contenders, size_t count, size_t but)
{
    size_t best = SIZE_MAX;
    double least = INFINITY;
    for (size_t i = 0; i < count; i++) {
        double ratio = summary_compare(summary, contenders[0], contenders[i], group->points,
                                       group->point_count)
                           .ratio;
        if (contenders[i] == but || !(ratio < least))
            continue;
        least = ratio;
        best = contenders[i];
    }
    return best;
}

/* ---- The lead ---- */

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

static void append_range(struct text *text, struct stats_interval interval)
{
    if (interval.kind == STATS_NONE)
        return;
    text_format(text, "%s %.2f to %.2f",
                interval.kind == STATS_RANGE ? ", range" : ", 95 % interval", interval.low,
                interval.high);
}

static double noise_of(const struct summary *summary)
{
    return isfinite(summary->noise.twin) ? summary->noise.twin : summary->noise.repeat_worst;
}

static void append_sureness(const struct summary *summary,
                            const struct summary_comparison *comparison, struct text *lead)
{
    if (comparison->ratio > 1 - noise_of(summary))
        text_append(lead, " That is within the noise.");
    else if (comparison->blocks < STATS_BOOTSTRAP_LEAST)
        text_format(lead,
                    " With %zu trial%s of each point that is what was seen, and too little for "
                    "statistics to confirm.",
                    comparison->blocks, plural(comparison->blocks));
}

static void append_duel(const struct summary *summary, const struct group *group, size_t first,
                        size_t second, struct text *lead)
{
    struct summary_comparison comparison =
        summary_compare(summary, second, first, group->points, group->point_count);
    bool told = comparison.blocks >= STATS_BOOTSTRAP_LEAST;
    bool apart = told && comparison.interval.high < 1;
    const char *name = summary->collectors[first], *other = summary->collectors[second];
    if (apart)
        text_format(lead, "%s is the fastest: it takes %.2f times the time of %s", name,
                    comparison.ratio, other);
    else if (told)
        text_format(lead, "%s and %s are not told apart at the top: %s takes %.2f times the time",
                    name, other, name, comparison.ratio);
    else
        text_format(lead, "%s took the least time: %.2f times that of %s", name, comparison.ratio,
                    other);
    text_format(lead, " (geometric mean over %zu point%s", comparison.points,
                plural(comparison.points));
    append_range(lead, comparison.interval);
    text_format(lead, "), less on %zu of %zu", comparison.faster, comparison.points);
    if (comparison.slower > 0)
        text_format(lead, " and more on %zu", comparison.slower);
    text_append(lead, ".");
    append_sureness(summary, &comparison, lead);
}

static bool has_open_completed(const struct summary *summary)
{
    for (size_t point = 0; point < summary->point_count; point++)
        for (size_t c = 0; c < summary->collector_count; c++)
            if (summary->points[point].load != LOAD_WORK &&
                summary_cell(summary, point, c)->completed_count > 0)
                return true;
    return false;
}

static size_t count_fair(const struct summary *summary)
{
    size_t count = 0;
    for (size_t c = 0; c < summary->collector_count; c++)
        count += !summary->instruments[c];
    return count;
}

void verdict_lead(const struct summary *summary, const struct group *group, struct text *lead)
{
    if (group == NULL && has_open_completed(summary)) {
        text_append(lead, "The load of every point is set by a schedule: latencies and losses are "
                          "compared here, and speed is not.");
        return;
    }
    if (count_fair(summary) == 0) {
        text_append(lead, "Only collectors that check or record the workload were run: their times "
                          "mean nothing, and nothing is compared.");
        return;
    }
    if (group == NULL || group->completed == 0) {
        text_append(lead, "No trial completed, so there is nothing to compare.");
        return;
    }
    size_t *contenders = memory_new((summary->collector_count + 1) * sizeof *contenders);
    size_t count = find_contenders(summary, group, contenders);
    size_t first = find_best(summary, group, contenders, count, SIZE_MAX);
    size_t second = find_best(summary, group, contenders, count, first);
    if (first == SIZE_MAX)
        text_append(lead, "No collector completed all that some collector completed: compare them "
                          "point by point.");
    else if (second == SIZE_MAX && count_fair(summary) == 1)
        text_format(lead,
                    "Only %s was run: these are its figures, with nothing to compare them with.",
                    summary->collectors[first]);
    else if (second == SIZE_MAX)
        text_format(lead, "Only %s completed everything%s; the others are compared point by point.",
                    summary->collectors[first],
                    verdict_leaked(summary, group, first) > 0 ? "" : " and left no garbage");
    else
        append_duel(summary, group, first, second, lead);
    free(contenders);
}

/* ---- Caveats ---- */

static void add_caveat(struct text_list *caveats, struct text *caveat)
{
    text_list_add(caveats, text_chars(caveat));
    text_free(caveat);
}

/* The outcome of the first failure at the points that the collector missed. */
static const char *why_missed(const struct summary *summary, const struct group *group,
                              size_t collector)
{
    for (size_t i = 0; i < group->point_count; i++) {
        const struct summary_cell *cell = summary_cell(summary, group->points[i], collector);
        if (cell->completed_count == 0 && cell->failed_count > 0)
            return record_text(cell->failed[0], TRIAL_OUTCOME, "unknown");
    }
    return "not tried";
}

static void add_collector_caveats(const struct summary *summary, const struct group *group,
                                  size_t collector, struct text_list *caveats)
{
    size_t missed = count_missed(summary, group, collector);
    double leaked = verdict_leaked(summary, group, collector);
    if (summary->instruments[collector]) {
        struct text caveat = {0};
        text_format(&caveat,
                    "%s checks or records the workload: its times mean nothing, and it is not "
                    "ranked.",
                    summary->collectors[collector]);
        add_caveat(caveats, &caveat);
        return;
    }
    if (missed > 0 && group_has_tried(summary, group, collector)) {
        struct text caveat = {0};
        text_format(&caveat, "%s has no figure at %zu of %zu point%s (%s).",
                    summary->collectors[collector], missed, group->point_count,
                    plural(group->point_count), why_missed(summary, group, collector));
        add_caveat(caveats, &caveat);
    }
    if (leaked > 0) {
        struct text caveat = {0};
        char bytes[UNITS_TEXT_BYTES];
        units_format_bytes((uint64_t)leaked, bytes);
        text_format(&caveat,
                    "%s left up to %s of garbage unreclaimed; its time leaves that work out.",
                    summary->collectors[collector], bytes);
        add_caveat(caveats, &caveat);
    }
}

/* One sentence of each collector, with the point at which it was kept longest. */
static void add_stall_caveat(const struct summary *summary, const struct group *group,
                             size_t collector, struct text_list *caveats)
{
    size_t worst = SIZE_MAX;
    double longest_ns = 0;
    struct text stalls = {0}, caveat = {0};
    for (size_t i = 0; i < group->point_count; i++) {
        double ns = summary_cell(summary, group->points[i], collector)
                        ->figures[FIGURE_UNREPORTED_MAX_NS]
                        .median;
        text_free(&stalls);
        if (ns > longest_ns && stalls_tell(summary, group->points[i], collector, &stalls)) {
            worst = group->points[i];
            longest_ns = ns;
        }
    }
    text_free(&stalls);
    if (worst == SIZE_MAX)
        return;
    text_format(&caveat, "Stalls on ");
    summary_point_name(summary, worst, 0, &caveat);
    text_format(&caveat, ": %s ", summary->collectors[collector]);
    stalls_tell(summary, worst, collector, &caveat);
    text_append(&caveat, ".");
    add_caveat(caveats, &caveat);
}

void verdict_noise(const struct summary *summary, struct text *noise)
{
    const struct summary_noise *measured = &summary->noise;
    if (isfinite(measured->twin))
        text_format(noise,
                    "Noise floor: %s and %s are the same collector entered twice, and differ by up "
                    "to %.1f %%; no smaller difference means anything.",
                    measured->twin_a, measured->twin_b, 100 * measured->twin);
    else if (isfinite(measured->repeat_worst))
        text_format(noise,
                    "Noise: repeats of the same point differ by %.1f %% (median) and by up to "
                    "%.1f %%; smaller differences than that mean little.",
                    100 * measured->repeat_median, 100 * measured->repeat_worst);
    else if (count_fair(summary) == 0)
        text_append(noise, "Noise is unknown: no time that was measured means anything.");
    else
        text_append(noise, "Noise is unknown: no point was completed more than once.");
    if (summary->most_blocks > 1 && summary->most_blocks < STATS_BOOTSTRAP_LEAST)
        text_format(noise, " Differences are judged from %d trials of each point on; here are %zu.",
                    STATS_BOOTSTRAP_LEAST, summary->most_blocks);
}

/* Completed trials that were disturbed, and such as carry a warning of anything else: each stands
 * among the one or the other, or among both where it has more than one warning. */
struct doubted {
    size_t disturbed, warned;
};

static struct doubted count_doubted(const struct summary *summary)
{
    struct doubted doubted = {0};
    for (size_t i = 0; i < summary->point_count * summary->collector_count; i++)
        for (size_t t = 0; t < summary->cells[i].completed_count; t++) {
            const struct trial_record *record = summary->cells[i].completed[t];
            struct text noise = {0};
            doubted.disturbed += noise_tell(record, &noise);
            doubted.warned +=
                strcmp(record_text(record, TRIAL_WARNING, ""), text_chars(&noise)) != 0;
            text_free(&noise);
        }
    return doubted;
}

static void add_doubts(const struct summary *summary, struct text_list *caveats)
{
    struct text caveat = {0};
    struct doubted doubted = count_doubted(summary);
    if (doubted.disturbed > 0) {
        text_format(&caveat, "%zu of %zu trials %s disturbed: see How it was measured.",
                    doubted.disturbed, summary->trials, doubted.disturbed == 1 ? "was" : "were");
        add_caveat(caveats, &caveat);
    }
    if (doubted.warned > 0) {
        text_format(&caveat, "%zu trial%s %s%s warning: see How it was measured.", doubted.warned,
                    doubted.warned == 1 ? " carries" : "s carry",
                    doubted.disturbed > 0 ? "an" : "a", doubted.disturbed > 0 ? "other" : "");
        add_caveat(caveats, &caveat);
    }
}

void verdict_caveats(const struct summary *summary, const struct group *group,
                     struct text_list *caveats)
{
    for (size_t c = 0; group != NULL && c < summary->collector_count; c++)
        add_collector_caveats(summary, group, c, caveats);
    for (size_t c = 0; group != NULL && c < summary->collector_count; c++)
        add_stall_caveat(summary, group, c, caveats);
    struct text caveat = {0};
    verdict_noise(summary, &caveat);
    add_caveat(caveats, &caveat);
    if (summary->failures > 0) {
        text_format(&caveat, "%zu of %zu trials did not complete: see Failures.", summary->failures,
                    summary->trials);
        add_caveat(caveats, &caveat);
    }
    add_doubts(summary, caveats);
}

/* ---- Charts ---- */

/* The collector with the least figure above `floor` at the point; SIZE_MAX for none. */
static size_t next_least(const struct summary *summary, size_t point,
                         enum summary_figure_name figure, const bool *taken)
{
    size_t least = SIZE_MAX;
    for (size_t c = 0; c < summary->collector_count; c++) {
        double value = summary_cell(summary, point, c)->figures[figure].median;
        if (!isfinite(value) || taken[c])
            continue;
        if (least == SIZE_MAX ||
            value < summary_cell(summary, point, least)->figures[figure].median)
            least = c;
    }
    return least;
}

/* Those of requests are begun by who asks for them. */
static const char *figure_words(enum summary_figure_name figure)
{
    return figure == FIGURE_PAUSE_MAX_NS ? "Longest pause: "
           : figure == FIGURE_TIME_NS    ? "Time: "
                                         : "";
}

void verdict_point(const struct summary *summary, size_t point, enum summary_figure_name figure,
                   struct text *verdict)
{
    bool *taken = memory_new((summary->collector_count + 1) * sizeof *taken);
    const char *separator = figure_words(figure);
    for (size_t c = next_least(summary, point, figure, taken); c != SIZE_MAX;
         c = next_least(summary, point, figure, taken)) {
        char value[CHART_LABEL_BYTES];
        chart_format(CHART_NS, summary_cell(summary, point, c)->figures[figure].median, value);
        text_format(verdict, "%s%s %s", separator, summary->collectors[c], value);
        separator = ", ";
        taken[c] = true;
    }
    for (size_t c = 0; c < summary->collector_count; c++) {
        const struct summary_cell *cell = summary_cell(summary, point, c);
        if (cell->completed_count > 0 || cell->failed_count == 0)
            continue;
        text_format(verdict, "%s%s %s", separator, summary->collectors[c],
                    record_text(cell->failed[0], TRIAL_OUTCOME, "failed"));
        separator = ", ";
    }
    free(taken);
}

/* Ends of the figure over the collectors that have one above 0; false if fewer than two do. */
static bool find_ends(const struct summary *summary, size_t point, enum summary_figure_name figure,
                      size_t *least, size_t *most)
{
    size_t count = 0;
    double low = INFINITY, high = 0;
    for (size_t c = 0; c < summary->collector_count; c++) {
        double value = summary_cell(summary, point, c)->figures[figure].median;
        if (!(value > 0))
            continue;
        count++;
        if (value < low) {
            low = value;
            *least = c;
        }
        if (value > high) {
            high = value;
            *most = c;
        }
    }
    return count > 1;
}

static size_t find_most_frequent(const size_t *counts, size_t count)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++)
        best = counts[i] > counts[best] ? i : best;
    return best;
}

void verdict_extremes(const struct summary *summary, const struct group *group,
                      enum summary_figure_name figure, const char *what, struct text *verdict)
{
    size_t collectors = summary->collector_count, rows = 0;
    size_t *leasts = memory_new(2 * collectors * sizeof *leasts), *mosts = leasts + collectors;
    for (size_t i = 0; i < group->point_count; i++) {
        size_t least = 0, most = 0;
        if (!find_ends(summary, group->points[i], figure, &least, &most))
            continue;
        rows++;
        leasts[least]++;
        mosts[most]++;
    }
    size_t least = find_most_frequent(leasts, collectors);
    size_t most = find_most_frequent(mosts, collectors);
    if (rows > 0)
        text_format(verdict,
                    "%s is least with %s on %zu of %zu row%s, and greatest with %s on %zu.", what,
                    summary->collectors[least], leasts[least], rows, plural(rows),
                    summary->collectors[most], mosts[most]);
    free(leasts);
}

void verdict_dispatch(const struct summary *summary, const struct group *inlined,
                      const struct group *table, struct text *verdict)
{
    size_t count = 0, room = inlined->point_count * summary->collector_count;
    double *ratios = memory_new((room + 1) * sizeof *ratios);
    for (size_t i = 0; i < inlined->point_count; i++) {
        size_t other =
            summary_sibling(summary, inlined->points[i], table->dispatch, table->threads);
        for (size_t c = 0; other != SIZE_MAX && c < summary->collector_count; c++) {
            double ratio =
                summary_cell(summary, other, c)->figures[FIGURE_TIME_NS].median /
                summary_cell(summary, inlined->points[i], c)->figures[FIGURE_TIME_NS].median;
            if (isfinite(ratio))
                ratios[count++] = ratio;
        }
    }
    if (count > 0)
        text_format(verdict,
                    "Through the table they take %.2f times as long as inline (median; from %.2f "
                    "to %.2f).",
                    stats_median(ratios, count), stats_min(ratios, count),
                    stats_max(ratios, count));
    free(ratios);
}

void verdict_scaling(const struct chart *chart, struct text *verdict)
{
    size_t last = chart->category_count - 1;
    for (size_t s = 0; chart->category_count > 1 && s < chart->series_count; s++) {
        const struct chart_mark *mark = &chart->series[s].marks[last];
        if (!chart_is_drawn(chart, mark))
            continue;
        if (verdict->length == 0)
            text_format(verdict,
                        "Work done in the same time by %s threads: ", chart->categories[last]);
        else
            text_append(verdict, ", ");
        text_format(verdict, "%s %.2f times", chart->series[s].name, mark->value);
    }
}
