/* SPDX-License-Identifier: MIT
 *
 * Figures, and what is shown where gnuplot does not deliver.
 */
#include "report/figure.h"

#include <math.h>

#include "report/data.h"
#include "report/gnuplot.h"
#include "report/html.h"
#include "report/look.h"
#include "report/script.h"
#include "report/svg.h"

enum {
    WIDE = 880,
    NARROW = 380,
    PANEL = 400,
    /* A gnuplot that fails like that again and again is not asked any more. */
    MOST_FAILURES = 2,
};

#define DRAWING_LIMIT_NS UINT64_C(20000000000)

/* ---- Pictures ---- */

static bool may_draw(struct figures *figures)
{
    size_t most = script_is_there() ? FIGURES_MOST_BYTES_BESIDE_SCRIPT : FIGURES_MOST_BYTES;
    if (figures->picture_bytes > most)
        figures->page_is_full = true;
    return !figures->gnuplot_is_missing && !figures->page_is_full &&
           figures->failures < MOST_FAILURES;
}

static void note_failure(struct figures *figures, bool missing, const struct error *error)
{
    figures->gnuplot_is_missing = missing;
    figures->failures += !missing;
    if (figures->why.length == 0)
        text_append(&figures->why, error->text);
}

/* What stands for the picture where it is not seen. */
static void append_label(const struct chart *chart, struct text *label)
{
    struct text plain = {0};
    text_format(&plain, "%s. %s", chart->title, chart->verdict);
    text_append_terminal(label, text_chars(&plain));
    text_free(&plain);
}

static bool append_picture(struct figures *figures, const struct chart *chart, unsigned width,
                           const char *class_name, struct text *page)
{
    if (!may_draw(figures))
        return false;
    struct text script = {0}, svg = {0}, label = {0};
    struct error error = {0};
    char prefix[32];
    bool missing = false;
    size_t before = page->length;
    snprintf(prefix, sizeof prefix, "p%zu-", ++figures->pictures);
    gnuplot_script(chart, &(struct gnuplot_picture){GNUPLOT_SVG, width, false}, &script);
    append_label(chart, &label);
    bool drawn = gnuplot_run(text_chars(&script), DRAWING_LIMIT_NS, &svg, &missing, &error) &&
                 svg_inline(text_chars(&svg), prefix, class_name, text_chars(&label), page, &error);
    if (!drawn)
        note_failure(figures, missing, &error);
    figures->picture_bytes += page->length - before;
    text_free(&script);
    text_free(&svg);
    text_free(&label);
    return drawn;
}

/* ---- Legends ---- */

void figure_append_symbols(size_t looks, struct text *page)
{
    text_append(page, "<svg hidden>");
    for (size_t look = 0; look < looks && look < LOOK_SERIES_COLOURS * LOOK_MARKERS; look++) {
        const char *variable = look_colours[look_colour(look)].variable;
        text_format(page,
                    "<symbol id=\"m%zu\" viewBox=\"-1.5 -1.5 3 3\"><path d=\"%s\" "
                    "fill=\"var(%s)\"/></symbol>",
                    look, look_marker(look)->path, variable);
    }
    text_append(page, "</svg>\n");
}

void figure_append_marker(size_t look, struct text *page)
{
    text_format(page, "<svg class=\"marker\" aria-hidden=\"true\"><use href=\"#m%zu\"/></svg>",
                look % (LOOK_SERIES_COLOURS * LOOK_MARKERS));
}

void figure_append_legend(const struct chart *chart, struct text *page)
{
    text_append(page, "<ul class=\"legend\">");
    for (size_t s = 0; s < chart->series_count; s++) {
        if (chart->series[s].follows != s)
            continue;
        text_format(page, "<li data-collector=\"%zu\">", chart->series[s].look);
        figure_append_marker(chart->series[s].look, page);
        html_text(page, chart->series[s].name);
        text_append(page, "</li>");
    }
    text_append(page, "</ul>\n");
}

void figure_append_parts(const struct chart *chart, struct text *page)
{
    text_append(page, "<ul class=\"legend\">");
    for (size_t c = 0; c < chart->category_count; c++) {
        text_format(page, "<li><span class=\"swatch\" style=\"opacity:%.2f\"></span>",
                    chart_part_opacity(chart, c));
        html_text(page, chart->categories[c]);
        text_append(page, "</li>");
    }
    text_append(page, "</ul>\n");
}

/* ---- Tables of values ---- */

static void append_mark(const struct chart *chart, const struct chart_mark *mark, struct text *page)
{
    char value[CHART_LABEL_BYTES], low[CHART_LABEL_BYTES], high[CHART_LABEL_BYTES];
    if (!isfinite(mark->value)) {
        text_append(page, mark->failed ? "<td class=\"bad\">" : "<td>");
        html_text(page, mark->note != NULL ? mark->note : "");
        text_append(page, "</td>");
        return;
    }
    chart_format(chart->unit, mark->value, value);
    text_format(page, "<td>%s", value);
    if (chart->form == CHART_SCATTER) {
        chart_format(chart->across_unit, mark->across, low);
        text_format(page, " at %s", low);
    }
    if (isfinite(mark->low) && isfinite(mark->high) && mark->low < mark->high) {
        chart_format(chart->unit, mark->low, low);
        chart_format(chart->unit, mark->high, high);
        text_format(page, " <small>%s to %s</small>", low, high);
    }
    text_append(page, "</td>");
}

static void append_row_name(const struct chart_series *series, struct text *page)
{
    text_format(page, "<tr data-collector=\"%zu\"><th scope=\"row\">", series->look);
    html_text(page, series->name);
    text_append(page, "</th>");
}

/* Of a dense line a table has every n-th place. */
static size_t table_step(const struct chart *chart)
{
    enum { DENSE = 24, SHOWN = 12 };
    return chart->category_count > DENSE ? (chart->category_count + SHOWN - 1) / SHOWN : 1;
}

/* Subjects down, categories across: a chart has more subjects than it has room for beside. Marks
 * whose categories say nothing are no table: their number stands in the verdict. */
static void append_values(const struct chart *chart, struct text *page)
{
    size_t step = table_step(chart);
    if (chart->form == CHART_SCATTER && !chart->joined)
        return;
    struct text caption = {0};
    text_format(&caption, "%s: %s", chart->title, chart->axis);
    html_begin_table(page, text_chars(&caption), "values");
    text_free(&caption);
    text_append(page, "<thead><tr><td></td>");
    for (size_t c = 0; c < chart->category_count; c += step) {
        text_append(page, "<th scope=\"col\">");
        html_text(page, chart->categories[c]);
        text_append(page, "</th>");
    }
    text_append(page, "</tr></thead><tbody>\n");
    for (size_t s = 0; s < chart->series_count; s++) {
        append_row_name(&chart->series[s], page);
        for (size_t c = 0; c < chart->category_count; c += step)
            append_mark(chart, &chart->series[s].marks[c], page);
        text_append(page, "</tr>\n");
    }
    text_append(page, "</tbody>");
    html_end_table(page);
}

/* ---- Figures ---- */

static void append_words(const struct chart *chart, struct text *page)
{
    if (chart->explanation[0] == '\0' && chart->noise[0] == '\0')
        return;
    text_append(page, "<p class=\"note\">");
    html_text(page, chart->explanation);
    text_append(page, chart->explanation[0] != '\0' && chart->noise[0] != '\0' ? " " : "");
    html_text(page, chart->noise);
    text_append(page, "</p>\n");
}

/* <figure class="…">, which the script finds its chart by. */
static void begin_figure(struct figures *figures, const struct chart *chart, const char *class_name,
                         struct text *page)
{
    text_format(page, "<figure class=\"%s\"", class_name);
    if (script_is_there()) {
        if (figures->charts == NULL)
            figures->charts = json_array();
        text_format(page, " data-chart=\"%zu\"", json_array_size(figures->charts));
        json_array_append_new(figures->charts, data_of_chart(chart));
    }
    text_append(page, ">");
}

static bool hand_over(struct figures *figures, const struct chart *chart, bool is_panel)
{
    if (figures->take != NULL && chart_has_marks(chart))
        figures->take(figures->taker, chart, is_panel);
    return figures->take != NULL;
}

void figure_append(struct figures *figures, const struct chart *chart, struct text *page)
{
    if (!chart_has_marks(chart) || hand_over(figures, chart, false))
        return;
    begin_figure(figures, chart, "wide", page);
    text_append(page, "<figcaption>");
    html_element(page, "h5", chart->title);
    if (chart->verdict[0] != '\0')
        html_element(page, "p class=\"verdict\"", chart->verdict);
    text_append(page, "</figcaption>\n");
    struct text pictures = {0};
    bool drawn = append_picture(figures, chart, WIDE, "plot for-wide", &pictures) &&
                 append_picture(figures, chart, NARROW, "plot for-narrow", &pictures);
    if (drawn || script_is_there())
        figure_append_legend(chart, page);
    if (drawn) {
        text_append(page, text_chars(&pictures));
        append_words(chart, page);
        text_append(page, "<details><summary>These values as a table</summary>\n");
        append_values(chart, page);
        text_append(page, "</details>");
    } else {
        append_values(chart, page);
        append_words(chart, page);
    }
    text_append(page, "</figure>\n");
    text_free(&pictures);
}

void figure_append_panel(struct figures *figures, const struct chart *chart, struct text *page)
{
    if ((!chart_has_marks(chart) && !chart_has_failures(chart)) || hand_over(figures, chart, true))
        return;
    begin_figure(figures, chart, "panel", page);
    html_element(page, "figcaption", chart->title);
    if (!append_picture(figures, chart, PANEL, "plot", page))
        append_values(chart, page);
    if (chart->verdict[0] != '\0')
        html_element(page, "p class=\"note\"", chart->verdict);
    text_append(page, "</figure>\n");
}

void figures_free(struct figures *figures)
{
    json_decref(figures->charts);
    text_free(&figures->why);
}
