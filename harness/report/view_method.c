/* SPDX-License-Identifier: MIT
 *
 * What was compared, how it was measured, and where: a figure is believed only with these.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/units.h"
#include "report/html.h"
#include "report/verdict.h"
#include "report/view.h"

/* ---- What was compared ---- */

/* Any trial of the collector, a completed one if there is one: it has loaded the plugin. */
static const struct trial_record *find_trial(const struct summary *summary, size_t collector)
{
    const struct trial_record *failed = NULL;
    for (size_t point = 0; point < summary->point_count; point++) {
        const struct summary_cell *cell = summary_cell(summary, point, collector);
        if (cell->completed_count > 0)
            return cell->completed[0];
        if (cell->failed_count > 0 && failed == NULL)
            failed = cell->failed[0];
    }
    return failed;
}

static void append_compared_row(const struct summary *summary, size_t collector, struct text *page)
{
    static const enum trial_field fields[] = {
        TRIAL_COLLECTOR,  TRIAL_VARIANT,       TRIAL_COLLECTOR_OPTIONS, TRIAL_PLUGIN_VERSION,
        TRIAL_KERNEL_SET, TRIAL_DISPATCH_NOTE, TRIAL_PLUGIN_BUILD_ID,   TRIAL_PLUGIN_PATH};
    const struct trial_record *record = find_trial(summary, collector);
    text_append(page, "<tr><th scope=\"row\">");
    figure_append_marker(collector, page);
    text_append(page, " ");
    html_text(page, summary->collectors[collector]);
    text_append(page, "</th>");
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        text_append(page, "<td>");
        html_text(page, record != NULL ? record_text(record, fields[i], "") : "");
        text_append(page, "</td>");
    }
    text_append(page, "</tr>\n");
}

void view_compared(struct view *view, struct text *page)
{
    static const char *const headings[] = {"Label",   "Collector", "Variant",       "Options",
                                           "Version", "Kernels",   "Dispatch note", "Build id",
                                           "File",    NULL};
    text_append(page, "<section><h3 id=\"compared\">What was compared</h3>\n");
    html_begin_table(page, "The collectors, as their own descriptors name them", "compared");
    html_headings(page, headings);
    text_append(page, "<tbody>\n");
    for (size_t c = 0; c < view->summary.collector_count; c++)
        append_compared_row(&view->summary, c, page);
    text_append(page, "</tbody>");
    html_end_table(page);
    text_append(page, "</section>\n");
}

/* ---- How it was measured ---- */

/* The least and the greatest over all completed trials; false where none tells. */
static bool find_range(const struct summary *summary, enum trial_field field, double *least,
                       double *greatest)
{
    *least = INFINITY;
    *greatest = -INFINITY;
    for (size_t i = 0; i < summary->point_count * summary->collector_count; i++)
        for (size_t t = 0; t < summary->cells[i].completed_count; t++) {
            double value = record_real(summary->cells[i].completed[t], field, NAN);
            *least = fmin(*least, value);
            *greatest = fmax(*greatest, value);
        }
    return *least <= *greatest;
}

/* Of rows from before version 17 of the schema nothing is known. */
static void append_machine(const struct summary *summary, struct text *page)
{
    double least, greatest, end_least, end_greatest;
    struct text text = {0};
    if (find_range(summary, TRIAL_LOAD_BEFORE, &least, &greatest))
        text_format(&text, "The machine's load before trials was %.1f to %.1f", least, greatest);
    if (text.length > 0 && find_range(summary, TRIAL_PRESSURE_BEFORE, &least, &greatest))
        text_format(&text, ", and some task waited for a processor %.0f to %.0f %% of the time",
                    least, greatest);
    if (text.length > 0 && find_range(summary, TRIAL_FREQUENCY_START_HZ, &least, &greatest) &&
        find_range(summary, TRIAL_FREQUENCY_END_HZ, &end_least, &end_greatest))
        text_format(&text, "; processors' clocks were at %.2f to %.2f GHz",
                    fmin(least, end_least) / 1e9, fmax(greatest, end_greatest) / 1e9);
    else if (text.length > 0)
        text_append(&text, "; processors' clocks are unknown");
    text_append(&text, text.length > 0 ? "." : "");
    if (text.length > 0)
        html_element(page, "p", text_chars(&text));
    text_free(&text);
}

static void append_protocol(const struct view *view, struct text *page)
{
    const struct summary *summary = &view->summary;
    text_append(
        page, "<ul><li>Each trial is a process of its own. The work is fixed, not the time: every "
              "collector does the same operations from the same seed, and a trial whose answer "
              "is wrong has no figures.</li>\n<li>A warm-up and a full collection come before "
              "the timed part and are not counted.</li>\n");
    text_format(page, "<li>Completed trials of each point: %zu", summary->least_blocks);
    if (summary->most_blocks != summary->least_blocks)
        text_format(page, " to %zu", summary->most_blocks);
    text_append(page, ", in blocks: each block tries every point once, in random order, so that a "
                      "slow spell of the machine hits all collectors alike.</li>\n");
    text_format(page,
                "<li>Figures are medians. From %d trials on, intervals are 95&nbsp;%% bootstrap "
                "intervals over blocks and ratios are paired by block. A verdict takes an interval "
                "without 1, ranks that are apart (Mann and Whitney), and a difference beyond the "
                "spread of the blocks' ratios (Student's t), corrected for all comparisons of the "
                "table (Holm). With fewer trials the range is shown and no verdict is given."
                "</li>\n",
                STATS_BOOTSTRAP_LEAST);
    text_append(page, "<li>The heap limit is the same for all collectors at a point; it stands in "
                      "the table of all points.</li></ul>\n");
    struct text noise = {0};
    verdict_noise(summary, &noise);
    html_element(page, "p", text_chars(&noise));
    text_free(&noise);
    append_machine(summary, page);
}

enum { MOST_WARNINGS = 40 };

static void append_warning(const struct view *view, size_t cell_index, struct text *page)
{
    const struct summary *summary = &view->summary;
    const struct summary_cell *cell = &summary->cells[cell_index];
    struct text name = {0};
    summary_point_name(summary, cell_index / summary->collector_count, 0, &name);
    text_append(page, "<li>");
    html_text(page, summary->collectors[cell_index % summary->collector_count]);
    text_append(page, " on ");
    html_text(page, text_chars(&name));
    text_format(page, " (%zu of %zu trials): ", cell->warned_count, cell->tried);
    html_text(page, record_text(cell->warned, TRIAL_WARNING, ""));
    text_append(page, "</li>\n");
    text_free(&name);
}

static void append_warnings(const struct view *view, struct text *page)
{
    size_t count = 0;
    for (size_t i = 0; i < view->summary.point_count * view->summary.collector_count; i++) {
        if (view->summary.cells[i].warned == NULL)
            continue;
        if (count++ == 0)
            text_append(page, "<h4>Warnings</h4>\n<p>These figures are shown, and in doubt.</p>"
                              "<ul>\n");
        if (count <= MOST_WARNINGS)
            append_warning(view, i, page);
    }
    if (count > MOST_WARNINGS)
        text_format(page, "<li>and %zu more, which <code>heapmark export</code> shows</li>\n",
                    count - MOST_WARNINGS);
    if (count > 0)
        text_append(page, "</ul>\n");
}

void view_method(struct view *view, struct text *page)
{
    text_append(page, "<section><h3 id=\"method\">How it was measured</h3>\n");
    append_protocol(view, page);
    append_warnings(view, page);
    text_append(page, "</section>\n");
}

/* ---- Environment ---- */

static void append_pair(const char *key, const char *value, struct text *page)
{
    text_append(page, "<tr><th scope=\"row\">");
    html_text(page, key);
    text_append(page, "</th><td>");
    html_text(page, value != NULL ? value : "unknown");
    text_append(page, "</td></tr>\n");
}

static void append_integer_pair(const char *key, int64_t value, struct text *page)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRId64, value);
    append_pair(key, value >= 0 ? digits : NULL, page);
}

static void append_run(const struct store_run *run, struct text *page)
{
    html_begin_table(page, "The run", "pairs");
    text_append(page, "<tbody>\n");
    append_integer_pair("number", run->id, page);
    append_pair("label", run->label != NULL ? run->label : "none", page);
    append_pair("command", run->command, page);
    append_integer_pair("seed of the order", run->seed, page);
    append_integer_pair("invocations asked for", run->invocations, page);
    append_integer_pair("trials planned", run->trials_planned, page);
    append_integer_pair("trials stored", run->trials, page);
    append_pair("status", run->status, page);
    append_pair("started", run->started_utc, page);
    append_pair("finished", run->finished_utc, page);
    append_pair("Heapmark", run->heapmark_version, page);
    text_append(page, "</tbody>");
    html_end_table(page);
}

void view_environment(struct view *view, struct text *page)
{
    const struct store_environment *environment = view->request->environment;
    text_append(page, "<section><h3 id=\"environment\">Environment</h3>\n");
    if (view->request->run != NULL)
        append_run(view->request->run, page);
    if (environment != NULL && environment->count > 0) {
        html_begin_table(page, "The machine and the build; what it does not tell is unknown",
                         "pairs");
        text_append(page, "<tbody>\n");
        for (size_t i = 0; i < environment->count; i++)
            append_pair(environment->entries[i].key, environment->entries[i].value, page);
        text_append(page, "</tbody>");
        html_end_table(page);
    } else {
        text_append(page, "<p>Nothing is stored of the machine.</p>\n");
    }
    text_append(page, "</section>\n");
}
