/* SPDX-License-Identifier: MIT
 *
 * Charts of a fixed model, drawn, against pictures that somebody has looked at.
 *
 * After a wanted change: report_golden_test --write, then look at what git shows as changed in
 * tests/report/golden/ (a browser opens them).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/gnuplot.h"

#define LIMIT_NS UINT64_C(60000000000)

static bool writes;

/* ---- the model ---- */

static const char *const names[] = {"counting", "a collector with a long name", "%d'`x`{^_}<&>"};
enum { NAMES = sizeof names / sizeof *names };

static void set_words(struct chart *chart)
{
    struct text verdict = {0}, noise = {0}, about = {0};
    text_append(&verdict,
                "The first one takes least in all rows, by 12 to 40 %, and what is told of "
                "it here goes on for more than one line of a picture.");
    text_append(&noise, "Noise: repeats of the same point differ by 1.2 % (median).");
    text_append(&about, "Time (inline, 1 thread)");
    chart_set_text(&chart->verdict, &verdict);
    chart_set_text(&chart->noise, &noise);
    chart_set_text(&chart->about, &about);
}

/* Like a figure, and far from any other: no two marks are at one place. */
static double value_of(size_t series, size_t category)
{
    return 1e6 * (double)(1 + series) * (1 + 0.37 * (double)category);
}

static void add_series(struct chart *chart, size_t which)
{
    struct chart_series *series = chart_add_series(chart, names[which], which);
    for (size_t c = 0; c < chart->category_count; c++) {
        struct chart_mark *mark = &series->marks[c];
        mark->value = value_of(which, c);
        mark->low = mark->value * 0.9;
        mark->high = mark->value * 1.2;
        mark->across = 1048576 * (double)(4u << c % 3) * (1.3 - 0.2 * (double)which);
    }
}

static struct chart make(enum chart_form form, const char *const *categories, size_t count)
{
    struct chart chart = chart_new(form, CHART_NS, "churn", "time");
    struct text across = {0};
    text_append(&across, "memory");
    set_words(&chart);
    chart_set_text(&chart.across, &across);
    chart.across_unit = CHART_BYTES;
    for (size_t i = 0; i < count; i++)
        chart_add_category(&chart, categories[i]);
    for (size_t s = 0; s < NAMES; s++)
        add_series(&chart, s);
    return chart;
}

static void fail_mark(struct chart *chart, size_t series, size_t category)
{
    struct chart_mark *mark = &chart->series[series].marks[category];
    mark->value = mark->low = mark->high = mark->across = NAN;
    mark->failed = true;
    mark->note = memory_copy_text("out-of-memory");
}

/* ---- the pictures ---- */

/* Without the line in which gnuplot tells its version. */
static void normalise(struct text *svg)
{
    struct text kept = {0};
    const char *begin = strstr(text_chars(svg), "<desc>"),
               *end = strstr(text_chars(svg), "</desc>");
    assert_non_null(begin);
    assert_non_null(end);
    text_append_bytes(&kept, svg->chars, (size_t)(begin - svg->chars));
    text_append(&kept, end + strlen("</desc>\n"));
    text_free(svg);
    *svg = kept;
}

static void draw(const struct chart *chart, unsigned width, bool alone, struct text *svg)
{
    const struct gnuplot_picture picture = {GNUPLOT_SVG, width, alone};
    struct text script = {0};
    struct error error = {0};
    bool missing;
    gnuplot_script(chart, &picture, &script);
    if (!gnuplot_run(text_chars(&script), LIMIT_NS, svg, &missing, &error))
        fail_msg("%s", error.text);
    text_free(&script);
    normalise(svg);
}

static void read_file(const char *path, struct text *text)
{
    char bytes[4096];
    FILE *file = fopen(path, "r");
    if (file == NULL)
        fail_msg("%s is not there; report_golden_test --write makes it", path);
    for (size_t got; (got = fread(bytes, 1, sizeof bytes, file)) > 0;)
        text_append_bytes(text, bytes, got);
    fclose(file);
}

static void write_file(const char *path, const struct text *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text_chars(text), 1, text->length, file), text->length);
    assert_int_equal(fclose(file), 0);
}

/* What is not as it was lies in the folder of the test, to be compared. */
static void assert_golden(struct chart *chart, const char *name, unsigned width, bool alone)
{
    struct text drawn = {0}, golden = {0};
    char path[512], beside[64];
    snprintf(path, sizeof path, "%s/%s.svg", HEAPMARK_GOLDEN_FOLDER, name);
    snprintf(beside, sizeof beside, "%s.drawn.svg", name);
    draw(chart, width, alone, &drawn);
    if (writes)
        write_file(path, &drawn);
    read_file(path, &golden);
    if (strcmp(text_chars(&drawn), text_chars(&golden)) != 0) {
        write_file(beside, &drawn);
        fail_msg("%s is drawn in another way: see %s, in the folder that the test ran in", path,
                 beside);
    }
    text_free(&drawn);
    text_free(&golden);
    chart_free(chart);
}

/* ---- the forms ---- */

static const char *const rows[] = {"binary-trees", "a workload with parameters=5,and=6 more"};

static void dots(void **state)
{
    (void)state;
    for (int alone = 0; alone < 2; alone++) {
        struct chart chart = make(CHART_DOTS, rows, 2);
        chart.log_axis = true;
        chart.reference = 1e6;
        chart.series[1].follows = 0;
        chart.series[1].hollow = true;
        fail_mark(&chart, 2, 1);
        assert_golden(&chart, alone ? "dots" : "dots-narrow", alone ? 880 : 380, alone == 1);
    }
}

/* A difference may be on either side of nothing. */
static void dots_below_zero(void **state)
{
    (void)state;
    struct chart chart = make(CHART_DOTS, rows, 2);
    chart.reference = 0;
    for (size_t s = 0; s < NAMES; s++) {
        chart.series[s].marks[0].value -= 2e6;
        chart.series[s].marks[0].low = chart.series[s].marks[0].high = NAN;
    }
    assert_golden(&chart, "dots-below-zero", 880, false);
}

static void bars(void **state)
{
    (void)state;
    struct chart chart = make(CHART_BARS, rows, 1);
    fail_mark(&chart, 1, 0);
    assert_golden(&chart, "bars", 440, true);
}

static void lines(void **state)
{
    (void)state;
    static const char *const places[] = {"p50", "p90", "p99", "max"};
    struct chart chart = make(CHART_LINES, places, 4);
    chart.log_axis = true;
    fail_mark(&chart, 1, 0);
    assert_golden(&chart, "lines", 440, true);
    struct chart banded = make(CHART_LINES, places, 4);
    banded.bands = true;
    fail_mark(&banded, 1, 0);
    for (size_t c = 1; c < 4; c++) /* an area needs two places */
        fail_mark(&banded, 2, c);
    assert_golden(&banded, "lines-bands", 440, true);
}

/* Too many places for marks, and for a name at each. */
static void dense_lines(void **state)
{
    (void)state;
    enum { PLACES = 30 };
    char words[PLACES][8];
    const char *places[PLACES];
    for (size_t i = 0; i < PLACES; i++) {
        snprintf(words[i], sizeof words[i], "%zu ms", i);
        places[i] = words[i];
    }
    struct chart chart = make(CHART_LINES, places, PLACES);
    for (size_t s = 0; s < NAMES; s++)
        for (size_t c = 0; c < PLACES; c++)
            chart.series[s].marks[c].low = chart.series[s].marks[c].high = NAN;
    chart.series[1].follows = 0;
    chart.series[1].hollow = true;
    chart.series[2].marks[7].accent = chart.series[2].marks[19].accent = true;
    assert_golden(&chart, "lines-dense", 400, false);
}

static void scatter(void **state)
{
    (void)state;
    static const char *const heaps[] = {"1x", "2x", "4x"};
    struct chart chart = make(CHART_SCATTER, heaps, 3);
    chart.log_axis = chart.log_across = chart.joined = true;
    for (size_t s = 0; s < NAMES; s++) {
        for (size_t c = 0; c < 3; c++) {
            struct chart_mark *mark = &chart.series[s].marks[c];
            mark->value = value_of(s, 2 - c);
            mark->low = mark->value * 0.9;
            mark->high = mark->value * 1.2;
        }
    }
    fail_mark(&chart, 1, 0);
    chart_find_front(&chart);
    assert_golden(&chart, "scatter", 440, true);
}

static void stack(void **state)
{
    (void)state;
    static const char *const parts[] = {"the program", "more in the program", "collecting"};
    struct chart chart = make(CHART_STACK, parts, 3);
    for (size_t c = 0; c < 3; c++) {
        struct chart_mark *mark = &chart.series[1].marks[c];
        mark->value = NAN;
    }
    chart.series[1].marks[0].note = memory_copy_text("crash");
    assert_golden(&chart, "stack", 440, true);
}

static void heat(void **state)
{
    (void)state;
    struct chart chart = make(CHART_HEAT, rows, 2);
    for (size_t s = 0; s < NAMES; s++)
        for (size_t c = 0; c < 2; c++)
            chart.series[s].marks[c].value = 1 + 0.8 * (double)s * (1 - 0.5 * (double)c);
    fail_mark(&chart, 2, 0);
    assert_golden(&chart, "heat", 880, true);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dots),        cmocka_unit_test(dots_below_zero),
        cmocka_unit_test(bars),        cmocka_unit_test(lines),
        cmocka_unit_test(dense_lines), cmocka_unit_test(scatter),
        cmocka_unit_test(stack),       cmocka_unit_test(heat),
    };
    writes = argc > 1 && strcmp(argv[1], "--write") == 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
