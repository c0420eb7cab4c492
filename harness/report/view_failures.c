/* SPDX-License-Identifier: MIT
 *
 * What did not complete: why, what was printed, and the command that repeats it.
 */
#include <string.h>

#include "report/html.h"
#include "report/view.h"

enum { MOST_FAILURES = 60, MOST_OUTPUT_BYTES = 1500 };

static bool fail_alike(const struct trial_record *a, const struct trial_record *b)
{
    return strcmp(record_text(a, TRIAL_OUTCOME, ""), record_text(b, TRIAL_OUTCOME, "")) == 0 &&
           strcmp(record_text(a, TRIAL_CAUSE, ""), record_text(b, TRIAL_CAUSE, "")) == 0;
}

/* How many of the cell failed like failed[first], or 0 if one before it did. */
static size_t count_alike(const struct summary_cell *cell, size_t first)
{
    size_t count = 0;
    for (size_t i = 0; i < cell->failed_count; i++) {
        if (!fail_alike(cell->failed[i], cell->failed[first]))
            continue;
        if (i < first)
            return 0;
        count++;
    }
    return count;
}

/* The end of it, from the beginning of a line on. */
static void append_output(const char *output, struct text *page)
{
    size_t length = strlen(output);
    if (length == 0)
        return;
    const char *start = length > MOST_OUTPUT_BYTES ? output + length - MOST_OUTPUT_BYTES : output;
    const char *line = start > output ? strchr(start, '\n') : NULL;
    text_append(page, "<details><summary>What it printed");
    text_append(page, start > output ? " (the end)" : "");
    text_append(page, "</summary><pre tabindex=\"0\">");
    html_lines(page, line != NULL && line[1] != '\0' ? line + 1 : start);
    text_append(page, "</pre></details>\n");
}

static void append_detail(const struct trial_record *record, enum trial_field field,
                          const char *name, struct text *page)
{
    const char *value = record_text(record, field, "");
    if (value[0] == '\0')
        return;
    text_format(page, "<p>%s: <code>", name);
    html_text(page, value);
    text_append(page, "</code></p>\n");
}

static void append_failure(const struct view *view, size_t point, size_t collector,
                           const struct trial_record *record, size_t count, struct text *page)
{
    const struct summary_cell *cell = summary_cell(&view->summary, point, collector);
    struct text name = {0};
    summary_point_name(&view->summary, point, 0, &name);
    text_append(page, "<div class=\"failure\"><h4>");
    figure_append_marker(collector, page);
    text_append(page, " ");
    html_text(page, view->summary.collectors[collector]);
    text_append(page, " on ");
    html_text(page, text_chars(&name));
    text_append(page, ": <span class=\"bad\">");
    html_text(page, record_text(record, TRIAL_OUTCOME, "unknown"));
    text_format(page, "</span> in %zu of %zu trial%s</h4>\n", count, cell->tried,
                cell->tried == 1 ? "" : "s");
    text_free(&name);
    html_element(page, "p", record_text(record, TRIAL_CAUSE, "Its cause is unknown."));
    append_detail(record, TRIAL_PHASE, "Phase", page);
    append_detail(record, TRIAL_LAST_EVENT, "Last event", page);
    append_detail(record, TRIAL_COMMAND, "To repeat it", page);
    append_output(record_text(record, TRIAL_OUTPUT, ""), page);
    text_append(page, "</div>\n");
}

static void append_failures_of(const struct view *view, size_t point, size_t collector,
                               size_t *shown, struct text *page)
{
    const struct summary_cell *cell = summary_cell(&view->summary, point, collector);
    for (size_t i = 0; i < cell->failed_count; i++) {
        size_t count = count_alike(cell, i);
        if (count > 0 && (*shown)++ < MOST_FAILURES)
            append_failure(view, point, collector, cell->failed[i], count, page);
    }
}

void view_failures(struct view *view, struct text *page)
{
    size_t shown = 0;
    text_append(page, "<section><h3 id=\"failures\">Failures</h3>\n");
    if (view->summary.failures == 0) {
        text_format(page, "<p>None: all %zu trials completed, and their answers are right.</p>\n",
                    view->summary.trials);
    } else {
        text_format(page,
                    "<p>%zu of %zu trials did not complete. They have no figures, and stay in "
                    "every chart and table as failures.</p>\n",
                    view->summary.failures, view->summary.trials);
    }
    for (size_t point = 0; point < view->summary.point_count; point++) {
        for (size_t c = 0; c < view->summary.collector_count; c++)
            append_failures_of(view, point, c, &shown, page);
    }
    if (shown > MOST_FAILURES)
        text_format(page,
                    "<p class=\"alert\">%zu more are left out here, to keep the page small; "
                    "<code>heapmark export</code> gives all of them.</p>\n",
                    shown - MOST_FAILURES);
    text_append(page, "</section>\n");
}
