/* SPDX-License-Identifier: MIT
 *
 * What is said of two runs; see compare.h.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "command/columns.h"
#include "command/compare.h"
#include "store/json.h"

/* ---- as text ---- */

static void add_time(struct columns *columns, double time_ns)
{
    char text[UNITS_TEXT_BYTES] = "-";
    if (isfinite(time_ns))
        units_format_ns(time_ns, text);
    columns_add(columns, text);
}

static void append_interval(struct text *text, struct stats_interval interval)
{
    if (interval.kind == STATS_BOOTSTRAP_95)
        text_format(text, "[%.3f, %.3f]", interval.low, interval.high);
    else if (interval.kind == STATS_RANGE)
        text_format(text, "%.3f to %.3f", interval.low, interval.high);
    else
        text_append(text, "-");
}

static void add_ratio(struct columns *columns, const struct versus_point *point)
{
    struct text interval = {0};
    if (isfinite(point->ratio))
        columns_format(columns, "%.3f", point->ratio);
    else
        columns_add(columns, "-");
    append_interval(&interval, point->interval);
    columns_add(columns, text_chars(&interval));
    text_free(&interval);
}

static void add_verdict(struct columns *columns, const struct versus_point *point)
{
    const char *cause =
        point->failure == NULL ? "" : record_text(point->failure, TRIAL_CAUSE, "cause unknown");
    columns_add(columns, versus_words(point->verdict));
    columns_add(columns, point->verdict == VERSUS_FAILS ? cause : "");
}

static void append_heading(struct text *text, const struct versus_point *point)
{
    char heap[UNITS_TEXT_BYTES] = "without a limit";
    if (point->heap_bytes >= 0)
        units_format_bytes((uint64_t)point->heap_bytes, heap);
    text_append_terminal(text, point->workload);
    text_format(text, ": %" PRId64 " thread%s, %s, heap %s", point->threads,
                point->threads == 1 ? "" : "s", point->dispatch, heap);
    if (*point->parameters != '\0') {
        text_append(text, " (");
        text_append_terminal(text, point->parameters);
        text_append(text, ")");
    }
    text_append(text, "\n");
}

/* Do they differ in nothing but the collector? */
static bool is_same_row(const struct versus_point *a, const struct versus_point *b)
{
    return strcmp(a->workload, b->workload) == 0 && strcmp(a->parameters, b->parameters) == 0 &&
           strcmp(a->dispatch, b->dispatch) == 0 && a->threads == b->threads &&
           a->heap_bytes == b->heap_bytes;
}

static size_t append_rows(struct text *text, const struct versus *versus, size_t from)
{
    static const char *const headings[] = {"collector", "A",       "B", "B / A",
                                           "interval",  "verdict", ""};
    struct columns columns = {.layout = "lrrrlll"};
    size_t at = from;
    for (size_t i = 0; i < sizeof headings / sizeof *headings; i++)
        columns_add(&columns, headings[i]);
    for (; at < versus->count && is_same_row(&versus->points[from], &versus->points[at]); at++) {
        const struct versus_point *point = &versus->points[at];
        columns_add(&columns, point->collector);
        add_time(&columns, point->base_ns);
        add_time(&columns, point->other_ns);
        add_ratio(&columns, point);
        add_verdict(&columns, point);
    }
    append_heading(text, &versus->points[from]);
    columns_append(text, &columns, 2);
    text_append(text, "\n");
    columns_free(&columns);
    return at;
}

static void append_whole(struct text *text, const struct versus *versus)
{
    text_format(text, "Of %zu point%s in both: ", versus->count, versus->count == 1 ? "" : "s");
    versus_append_counts(versus, text);
    text_append(text, ".\n");
    if (versus->compared > 0) {
        text_format(text, "B takes %.3f times the time of A ", versus->ratio);
        append_interval(text, versus->interval);
        text_format(text, ", by the geometric mean over %zu point%s.\n", versus->compared,
                    versus->compared == 1 ? "" : "s");
    }
    if (versus->compared > 0 && versus->least_trials < STATS_BOOTSTRAP_LEAST)
        text_format(text,
                    "%zu trial%s of a point are too few to tell: it takes %d "
                    "(--invocations %d); what is given instead of intervals is the range.\n",
                    versus->least_trials, versus->least_trials == 1 ? "" : "s",
                    STATS_BOOTSTRAP_LEAST, STATS_BOOTSTRAP_LEAST);
    if (versus->base_only + versus->other_only > 0)
        text_format(text, "%zu tried in A only, %zu in B only: not compared.\n", versus->base_only,
                    versus->other_only);
    if (versus->open_loop > 0)
        text_format(text,
                    "%zu open-loop trial%s left out: their schedule sets their time, and "
                    "latencies are not compared here.\n",
                    versus->open_loop, versus->open_loop == 1 ? " is" : "s are");
    text_append(text, "The runs were made apart: what else changed on the machine between them is "
                      "in the ratios and not in the intervals. Two builds in one run, as "
                      "`heapmark run -c old=...,new=...`, are told apart more sharply.\n");
}

void compare_append_text(struct text *text, const struct compare_side sides[2],
                         const struct versus *versus)
{
    text_append(text, "A: ");
    text_append_terminal(text, sides[0].name);
    text_append(text, "\nB: ");
    text_append_terminal(text, sides[1].name);
    text_append(text, "\n\n");
    for (size_t at = 0; at < versus->count;)
        at = append_rows(text, versus, at);
    append_whole(text, versus);
}

/* ---- as JSON ---- */

static json_t *real_or_null(double value)
{
    return isfinite(value) ? json_of_real(value) : json_null();
}

static json_t *interval_to_json(struct stats_interval interval)
{
    static const char *const kinds[] = {
        [STATS_NONE] = "none", [STATS_BOOTSTRAP_95] = "bootstrap-95", [STATS_RANGE] = "range"};
    json_t *json = json_new_object();
    json_add(json, "kind", json_of_text(kinds[interval.kind]));
    json_add(json, "low", real_or_null(interval.low));
    json_add(json, "high", real_or_null(interval.high));
    return json;
}

static json_t *point_to_json(const struct versus_point *point)
{
    json_t *json = json_new_object();
    json_add(json, "collector", json_of_text(point->collector));
    json_add(json, "workload", json_of_text(point->workload));
    json_add(json, "parameters", json_of_text(point->parameters));
    json_add(json, "dispatch", json_of_text(point->dispatch));
    json_add(json, "threads", json_of_integer(point->threads));
    json_add(json, "heap_bytes",
             point->heap_bytes >= 0 ? json_of_integer(point->heap_bytes) : json_null());
    json_add(json, "a_trials", json_of_integer((int64_t)point->base_count));
    json_add(json, "b_trials", json_of_integer((int64_t)point->other_count));
    json_add(json, "a_ns", real_or_null(point->base_ns));
    json_add(json, "b_ns", real_or_null(point->other_ns));
    json_add(json, "ratio", real_or_null(point->ratio));
    json_add(json, "interval", interval_to_json(point->interval));
    json_add(json, "p", real_or_null(point->p));
    json_add(json, "verdict", json_of_text(versus_words(point->verdict)));
    return json;
}

void compare_append_json(struct text *text, const struct compare_side sides[2],
                         const struct versus *versus)
{
    json_t *json = json_new_object(), *points = json_new_array();
    for (size_t i = 0; i < versus->count; i++)
        json_append(points, point_to_json(&versus->points[i]));
    json_add(json, "a", json_of_text(sides[0].name));
    json_add(json, "b", json_of_text(sides[1].name));
    json_add(json, "points", points);
    json_add(json, "a_only", json_of_integer((int64_t)versus->base_only));
    json_add(json, "b_only", json_of_integer((int64_t)versus->other_only));
    json_add(json, "ratio", real_or_null(versus->ratio));
    json_add(json, "interval", interval_to_json(versus->interval));
    char *chars = json_dumps(json, JSON_INDENT(2));
    json_decref(json);
    text_format(text, "%s\n", chars);
    free(chars);
}
