/* SPDX-License-Identifier: MIT
 *
 * Pauses on a time line.
 */
#include <math.h>
#include <stdlib.h>

#include "report/charts.h"

enum { NOT_NAMED = PART_DISPATCH | PART_THREADS, MOST_PAUSES = 24 };

/* The longest pauses of a trial, in the order in which they came. */
struct longest {
    size_t pauses[MOST_PAUSES]; /* indices */
    size_t count;
};

static size_t find_shortest(const struct longest *longest, const struct pause_list *pauses)
{
    size_t shortest = 0;
    for (size_t i = 1; i < longest->count; i++)
        if (pauses->duration_ns[longest->pauses[i]] <
            pauses->duration_ns[longest->pauses[shortest]])
            shortest = i;
    return shortest;
}

static struct longest find_longest(const struct pause_list *pauses)
{
    struct longest longest = {.count = 0};
    for (size_t i = 0; i < pauses->count; i++) {
        if (longest.count == MOST_PAUSES) {
            size_t out = find_shortest(&longest, pauses);
            if (pauses->duration_ns[i] <= pauses->duration_ns[longest.pauses[out]])
                continue;
            longest.count--;
            for (; out < longest.count; out++)
                longest.pauses[out] = longest.pauses[out + 1];
        }
        longest.pauses[longest.count++] = i;
    }
    return longest;
}

static void add_collector(struct chart *chart, const struct summary *summary, size_t collector,
                          const struct trial_record *record)
{
    const struct pause_list *pauses = &record->pauses;
    struct longest longest = find_longest(pauses);
    struct chart_series *series =
        chart_add_series(chart, summary->collectors[collector], collector);
    for (size_t i = 0; i < longest.count; i++) {
        series->marks[i].value = (double)pauses->duration_ns[longest.pauses[i]];
        series->marks[i].across = fmax((double)pauses->start_ns[longest.pauses[i]], 0);
    }
}

static const struct trial_record *paused_trial(const struct summary *summary, size_t point,
                                               size_t collector)
{
    const struct trial_record *record =
        charts_middle_trial(summary_cell(summary, point, collector));
    return record != NULL && record->pauses.count > 0 ? record : NULL;
}

static size_t most_shown(const struct summary *summary, size_t point)
{
    size_t most = 0;
    for (size_t c = 0; c < summary->collector_count; c++) {
        const struct trial_record *record = paused_trial(summary, point, c);
        size_t count = record == NULL ? 0 : record->pauses.count;
        most = count > most ? count : most;
    }
    return most < MOST_PAUSES ? most : MOST_PAUSES;
}

/* "a 12 pauses in 340 ms, b 3 pauses in 220 ms" */
static void append_verdict(struct text *verdict, const struct summary *summary, size_t point)
{
    for (size_t c = 0; c < summary->collector_count; c++) {
        const struct trial_record *record = paused_trial(summary, point, c);
        char wall[CHART_LABEL_BYTES];
        if (record == NULL)
            continue;
        chart_format(CHART_NS, record_real(record, TRIAL_WALL_NS, NAN), wall);
        text_format(verdict, "%s%s: %zu pause%s in %s", verdict->length > 0 ? ", " : "",
                    summary->collectors[c], record->pauses.count,
                    record->pauses.count == 1 ? "" : "s", wall);
    }
}

struct chart charts_timeline(const struct summary *summary, size_t point)
{
    struct text name = {0}, verdict = {0}, across = {0}, explanation = {0};
    summary_point_name(summary, point, NOT_NAMED, &name);
    struct chart chart =
        chart_new(CHART_SCATTER, CHART_NS, text_chars(&name), "length of the pause (log axis)");
    text_free(&name);
    chart.log_axis = true;
    chart.across_unit = CHART_NS;
    text_append(&across, "from the start of the timed part");
    chart_set_text(&chart.across, &across);
    size_t most = most_shown(summary, point);
    for (size_t i = 0; i < most; i++) {
        char category[32];
        snprintf(category, sizeof category, "pause %zu", i + 1);
        chart_add_category(&chart, category);
    }
    for (size_t c = 0; c < summary->collector_count; c++) {
        const struct trial_record *record = paused_trial(summary, point, c);
        if (record != NULL)
            add_collector(&chart, summary, c, record);
    }
    append_verdict(&verdict, summary, point);
    chart_set_text(&chart.verdict, &verdict);
    text_append(&explanation,
                "Each mark is a pause, where it began; of the trial whose time is the "
                "middle one, and of each collector the 24 longest at the most.");
    chart_set_text(&chart.explanation, &explanation);
    return chart;
}
