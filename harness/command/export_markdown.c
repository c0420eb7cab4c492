/* SPDX-License-Identifier: MIT
 *
 * A run as a table in Markdown; see export_run.h.
 */
#include "command/export_run.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/units.h"
#include "command/export_run_load.h"

static void append_time(struct text *text, double time_ns)
{
    char time[UNITS_TEXT_BYTES];
    units_format_ns(time_ns, time);
    text_append(text, time);
}

static const char *verdict_word(enum summary_verdict verdict)
{
    switch (verdict) {
    case VERDICT_FASTER:
        return ", faster";
    case VERDICT_SLOWER:
        return ", slower";
    case VERDICT_ALIKE:
        return ", not told apart";
    case VERDICT_TOO_FEW:
    case VERDICT_NONE:
        break;
    }
    return "";
}

/* What became of trials of which none completed. */
static void append_ending(struct text *text, const struct summary_cell *cell)
{
    const char *outcome =
        cell->failed_count == 0 ? "-" : record_text(cell->failed[0], TRIAL_OUTCOME, "no outcome");
    text_append_markdown(text, outcome);
}

/* The figure of the point's kind. */
static void append_figure(struct text *text, const struct summary_point *point,
                          const struct summary_cell *cell)
{
    if (point->load == LOAD_OFFERS) {
        text_format(text, "deficit %.2f%%", 100 * cell->figures[FIGURE_DEFICIT_SHARE].median);
    } else if (point->load == LOAD_REQUESTS) {
        text_append(text, "p99 ");
        append_time(text, cell->figures[FIGURE_LATENCY_P99_NS].median);
    } else {
        append_time(text, cell->figures[FIGURE_TIME_NS].median);
    }
    if (point->micro)
        text_append(text, "/op");
}

static void append_cell(struct text *text, const struct summary *summary, size_t point,
                        size_t collector)
{
    const struct summary_cell *cell = summary_cell(summary, point, collector);
    text_append(text, " ");
    if (cell->completed_count == 0) {
        append_ending(text, cell);
    } else {
        append_figure(text, &summary->points[point], cell);
        if (collector != summary->baseline && isfinite(cell->ratio.ratio))
            text_format(text, " (%.3g%s)", cell->ratio.ratio, verdict_word(cell->ratio.verdict));
        if (cell->failed_count > 0)
            text_format(text, "; %zu of %zu failed", cell->failed_count, cell->tried);
    }
    text_append(text, " |");
}

static void append_header(struct text *text, const struct summary *summary)
{
    text_append(text, "| point |");
    for (size_t i = 0; i < summary->collector_count; i++) {
        text_append(text, " ");
        text_append_markdown(text, summary->collectors[i]);
        text_append(text, i == summary->baseline ? " (baseline) |" : " |");
    }
    text_append(text, "\n| --- |");
    for (size_t i = 0; i < summary->collector_count; i++)
        text_append(text, " ---: |");
    text_append(text, "\n");
}

static void append_points(struct text *text, const struct summary *summary)
{
    for (size_t point = 0; point < summary->point_count; point++) {
        struct text name = {0};
        summary_point_name(summary, point, 0, &name);
        text_append(text, "| ");
        text_append_markdown(text, text_chars(&name));
        text_append(text, " |");
        for (size_t i = 0; i < summary->collector_count; i++)
            append_cell(text, summary, point, i);
        text_append(text, "\n");
        text_free(&name);
    }
}

static void append_failures(struct text *text, const struct summary *summary)
{
    if (summary->failures == 0)
        return;
    text_append(text, "\n**What failed**\n\n");
    for (size_t point = 0; point < summary->point_count; point++)
        for (size_t i = 0; i < summary->collector_count; i++) {
            const struct summary_cell *cell = summary_cell(summary, point, i);
            if (cell->failed_count == 0)
                continue;
            struct text name = {0};
            summary_point_name(summary, point, 0, &name);
            text_append(text, "* ");
            text_append_markdown(text, summary->collectors[i]);
            text_append(text, " on ");
            text_append_markdown(text, text_chars(&name));
            text_format(text, ", %zu of %zu: ", cell->failed_count, cell->tried);
            append_ending(text, cell);
            text_append(text, ": ");
            text_append_markdown(text,
                                 record_text(cell->failed[0], TRIAL_CAUSE, "no cause is known"));
            text_append(text, "\n");
            text_free(&name);
        }
}

static void append_legend(struct text *text, const struct export_run *run)
{
    const struct summary *summary = &run->summary;
    const struct store_run *row = &run->runs.runs[0];
    const char *cpu = store_environment_find(&run->environment, "cpu_model");
    text_format(text,
                "\nMedian times; in brackets the ratio to the baseline, below 1 is faster; "
                "of open-loop workloads the 99th percentile of requests, or what was offered in "
                "vain. Up to %zu trials a point.",
                summary->most_blocks);
    if (isfinite(summary->noise.repeat_median))
        text_format(text, " Repeats of one point differ by %.1f%% (median).",
                    100 * summary->noise.repeat_median);
    if (isfinite(summary->noise.twin))
        text_format(text, " Twins differ by up to %.1f%%.", 100 * summary->noise.twin);
    text_append(text, " Heapmark ");
    text_append_markdown(text, row->heapmark_version != NULL ? row->heapmark_version : "");
    if (cpu != NULL) {
        text_append(text, ", ");
        text_append_markdown(text, cpu);
    }
    text_append(text, ".\n");
}

bool export_markdown(struct store *store, int64_t run_id, FILE *file, struct error *error)
{
    struct export_run run;
    struct text text = {0};
    if (!export_load(store, run_id, &run, error))
        return false;
    append_header(&text, &run.summary);
    append_points(&text, &run.summary);
    append_failures(&text, &run.summary);
    append_legend(&text, &run);
    bool fine = export_put(file, text_chars(&text), error);
    text_free(&text);
    export_free(&run);
    return fine;
}
