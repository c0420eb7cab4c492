/* SPDX-License-Identifier: MIT
 *
 * What is said of two sides, for people; see compare.h.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "command/columns.h"
#include "command/compare.h"

static void add_median(struct columns *columns, enum versus_metric metric, double median)
{
    char text[UNITS_TEXT_BYTES] = "-";
    if (isfinite(median) && metric == VERSUS_INSTRUCTIONS)
        columns_format(columns, "%.4g", median);
    else {
        if (isfinite(median))
            units_format_ns(median, text);
        columns_add(columns, text);
    }
}

static void append_interval(struct text *text, struct stats_interval interval)
{
    if (interval.kind == STATS_BOOTSTRAP_95 || interval.kind == STATS_STUDENT_95)
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

/* "in 5 of 6 trials, in 0 of 6 before: crash: signal 11"; nothing where none failed. */
static void add_failures(struct columns *columns, const struct versus_point *point)
{
    struct text note = {0};
    if (point->answers[0] != NULL) {
        text_append_terminal(&note, record_text(point->answers[0], TRIAL_ANSWER, "?"));
        text_append(&note, " in A, ");
        text_append_terminal(&note, record_text(point->answers[1], TRIAL_ANSWER, "?"));
        text_format(&note, " in B%s", point->base_failed + point->other_failed > 0 ? "; " : "");
    }
    if (point->base_failed + point->other_failed > 0)
        text_format(&note, "%sin %zu of %zu trial%s, in %zu of %zu before",
                    (versus_is_failure(point->verdict) && point->answers[0] == NULL) ||
                            point->verdict == VERSUS_NEITHER
                        ? ""
                        : "fails ",
                    point->other_failed, point->other_tried, point->other_tried == 1 ? "" : "s",
                    point->base_failed, point->base_tried);
    if (point->failure != NULL) {
        text_format(&note, ": %s: ", record_text(point->failure, TRIAL_OUTCOME, "unknown"));
        text_append_terminal(&note, record_text(point->failure, TRIAL_CAUSE, "cause unknown"));
    }
    columns_add(columns, text_chars(&note));
    text_free(&note);
}

static void add_verdict(struct columns *columns, const struct versus_point *point)
{
    columns_add(columns, versus_words(point->verdict));
    if (point->verdict == VERSUS_WORSE || versus_is_failure(point->verdict))
        columns_set_tone(columns, COLUMNS_BAD);
    else if (point->verdict == VERSUS_BETTER)
        columns_set_tone(columns, COLUMNS_GOOD);
    add_failures(columns, point);
}

static void append_heading(struct text *text, const struct versus_point *point)
{
    char heap[UNITS_TEXT_BYTES] = "without a limit", other_heap[UNITS_TEXT_BYTES] = "none";
    if (point->heap_bytes >= 0)
        units_format_bytes((uint64_t)point->heap_bytes, heap);
    if (point->other_heap_bytes >= 0)
        units_format_bytes((uint64_t)point->other_heap_bytes, other_heap);
    text_append_terminal(text, point->workload);
    text_format(text, ": %" PRId64 " thread%s, %s, heap %s", point->threads,
                point->threads == 1 ? "" : "s", point->dispatch, heap);
    if (point->heap_multiple > 0)
        text_format(text, " (%.4gx", point->heap_multiple);
    if (point->heap_multiple > 0 && point->other_heap_bytes != point->heap_bytes)
        text_format(text, "; in B %s", other_heap);
    if (point->heap_multiple > 0)
        text_append(text, ")");
    if (*point->parameters != '\0') {
        text_append(text, " (");
        text_append_terminal(text, point->parameters);
        text_append(text, ")");
    }
    if (point->metric != VERSUS_TIME)
        text_format(text, ": %s", versus_metric_words(point->metric));
    text_append(text, "\n");
}

/* Do they differ in nothing but the collector? */
static bool is_same_row(const struct versus_point *a, const struct versus_point *b)
{
    return strcmp(a->workload, b->workload) == 0 && strcmp(a->parameters, b->parameters) == 0 &&
           strcmp(a->dispatch, b->dispatch) == 0 && a->threads == b->threads &&
           a->heap_bytes == b->heap_bytes && a->other_heap_bytes == b->other_heap_bytes;
}

enum { INDENT = 2, PICTURE_PLACES = 15 };

/* One scale for all points, so that they can be compared down the page. */
static struct paint_scale scale_of(const struct versus *versus)
{
    struct paint_scale scale = {.limit = 1.1, .places = PICTURE_PLACES};
    for (size_t i = 0; i < versus->count; i++)
        scale.limit = paint_limit(scale.limit, versus->points[i].ratio);
    return scale;
}

static void add_picture(struct columns *columns, const struct versus_point *point,
                        struct paint_scale scale, bool pictures)
{
    struct text picture = {0};
    if (pictures)
        paint_append_ratio(&picture, point->ratio, point->interval, scale);
    columns_add(columns, text_chars(&picture));
    text_free(&picture);
}

static struct columns columns_of_rows(const struct versus *versus, size_t from,
                                      struct paint_scale scale, bool pictures)
{
    static const char *const headings[] = {"collector", "A", "B",       "B / A",
                                           "interval",  "",  "verdict", ""};
    struct columns columns = {.layout = "lrrrllll"};
    for (size_t i = 0; i < sizeof headings / sizeof *headings; i++)
        columns_add(&columns, headings[i]);
    for (size_t at = from;
         at < versus->count && is_same_row(&versus->points[from], &versus->points[at]); at++) {
        const struct versus_point *point = &versus->points[at];
        columns_add(&columns, point->collector);
        add_median(&columns, point->metric, point->base_median);
        add_median(&columns, point->metric, point->other_median);
        add_ratio(&columns, point);
        add_picture(&columns, point, scale, pictures);
        add_verdict(&columns, point);
    }
    return columns;
}

/* With pictures where they are wanted and fit; are there any? */
static bool append_rows(struct text *text, const struct versus *versus, size_t from,
                        struct paint_scale scale, const struct paint *paint)
{
    bool pictures = paint->pictures;
    struct columns columns = columns_of_rows(versus, from, scale, pictures);
    if (pictures && columns_width_of_rows(&columns) + INDENT > paint->columns) {
        columns_free(&columns);
        columns = columns_of_rows(versus, from, scale, false);
        pictures = false;
    }
    columns.colour = paint->colour;
    append_heading(text, &versus->points[from]);
    columns_append(text, &columns, INDENT);
    text_append(text, "\n");
    columns_free(&columns);
    return pictures;
}

static void append_points(struct text *text, const struct versus *versus, const struct paint *paint)
{
    const struct paint_scale scale = scale_of(versus);
    bool pictures = false;
    for (size_t from = 0, at = 0; at < versus->count; from = at) {
        while (at < versus->count && is_same_row(&versus->points[from], &versus->points[at]))
            at++;
        pictures = append_rows(text, versus, from, scale, paint) || pictures;
    }
    if (pictures)
        text_format(text,
                    "Pictures: the dot is B / A and the line its interval, from %.3g over 1 (the "
                    "stroke) to %.3g.\n\n",
                    1 / scale.limit, scale.limit);
}

/* How far runs of one build lie apart, if anything tells, and what that means for the interval. */
static void append_drift(struct text *text, const struct versus *versus, enum versus_metric metric)
{
    const struct versus_whole *whole = &versus->wholes[metric];
    if (metric == VERSUS_INSTRUCTIONS)
        text_format(text,
                    "  Counts of the same work lie within %.1f %%, whatever the machine does: only "
                    "what is further apart is told apart.\n",
                    100 * whole->allowance);
    else if (whole->freedom > 0)
        text_format(text,
                    "  The interval is of runs (Student's, %zu degrees of freedom): %zu against "
                    "%zu, and %zu more of the same builds. Runs of one build differ by %.1f %% "
                    "(standard deviation).\n",
                    whole->freedom, versus->base_runs, versus->other_runs, whole->earlier,
                    100 * expm1(whole->drift));
    else
        text_format(
            text,
            "  The interval is of repeats within the two runs. How far two runs of one build "
            "lie apart is not known here, so nothing within %.0f %% of 1 is told apart "
            "(--drift). Further runs of these builds on this machine would tell, in the same "
            "database or as a side: `heapmark compare 1,2,3 4,5,6`.\n",
            100 * versus->allowed);
}

static void append_whole(struct text *text, const struct versus *versus, enum versus_metric metric)
{
    const struct versus_whole *whole = &versus->wholes[metric];
    if (whole->left_out > 0)
        text_format(text,
                    "%zu point%s in no mean of %s, as a run of one side has not completed %s.\n",
                    whole->left_out, whole->left_out == 1 ? " is" : "s are",
                    versus_metric_words(metric), whole->left_out == 1 ? "it" : "them");
    if (whole->few > 0)
        text_format(text,
                    "%zu point%s in no mean of %s, as fewer than %d trials completed there.\n",
                    whole->few, whole->few == 1 ? " is" : "s are", versus_metric_words(metric),
                    STATS_BOOTSTRAP_LEAST);
    if (whole->compared == 0)
        return;
    text_format(text, "B takes %.3f times the %s of A ", whole->ratio, versus_metric_words(metric));
    append_interval(text, whole->interval);
    text_format(text, ", by the geometric mean over %zu point%s.\n", whole->compared,
                whole->compared == 1 ? "" : "s");
    if (metric != VERSUS_INSTRUCTIONS && whole->least_trials < STATS_BOOTSTRAP_LEAST)
        text_format(text,
                    "%zu completed trial%s of a point %s too few to tell: it takes %d "
                    "(--invocations %d); what is given instead of intervals is the range.\n",
                    whole->least_trials, whole->least_trials == 1 ? "" : "s",
                    whole->least_trials == 1 ? "is" : "are", STATS_BOOTSTRAP_LEAST,
                    STATS_BOOTSTRAP_LEAST);
    else
        append_drift(text, versus, metric);
}

static bool are_alike(const struct compare_side *a, const struct compare_side *b)
{
    for (size_t i = 0; i < a->count; i++)
        for (size_t j = 0; j < b->count; j++)
            if (strcmp(a->runs[i].machine, b->runs[j].machine) != 0)
                return false;
    return true;
}

/* What a program chose or a database holds is data. */
static void append_differences(struct text *text, const struct versus *versus, bool of_work)
{
    struct text differences = {0};
    versus_append_differences(versus, of_work, &differences);
    text_append_terminal(text, text_chars(&differences));
    text_free(&differences);
}

static void append_unlike(struct text *text, const struct versus *versus)
{
    if (versus->other_work > 0) {
        text_format(text, "%zu not compared, as the work is not the same: ", versus->other_work);
        append_differences(text, versus, true);
        text_append(text, ".\n");
    }
    if (versus->other_ways > 0) {
        text_format(text,
                    "%zu of the points compared %s measured in another way, which is in %s "
                    "ratio%s too: ",
                    versus->other_ways, versus->other_ways == 1 ? "was" : "were",
                    versus->other_ways == 1 ? "its" : "their", versus->other_ways == 1 ? "" : "s");
        append_differences(text, versus, false);
        text_append(text, ".\n");
    }
}

static void append_failing(struct text *text, const struct versus *versus)
{
    size_t counts[4] = {0};
    for (size_t i = 0; i < versus->count; i++) {
        const struct versus_point *point = &versus->points[i];
        counts[0] += point->other_failed;
        counts[1] += point->other_tried;
        counts[2] += point->base_failed;
        counts[3] += point->base_tried;
    }
    if (versus_fails_together(versus))
        text_format(text,
                    "B fails more often over all points together: in %zu of %zu trials, in %zu of "
                    "%zu before (p = %.2g).\n",
                    counts[0], counts[1], counts[2], counts[3], versus->failing_p);
    if (versus->out_of_machine > 0)
        text_format(
            text, "%zu trial%s left out, as the machine's memory ran out, which others use too.\n",
            versus->out_of_machine, versus->out_of_machine == 1 ? "" : "s");
}

static void append_summary(struct text *text, const struct compare_side sides[2],
                           const struct versus *versus)
{
    text_format(text, "Of %zu point%s in both: ", versus->count, versus->count == 1 ? "" : "s");
    versus_append_counts(versus, text);
    text_append(text, ".\n");
    for (enum versus_metric metric = 0; metric < VERSUS_METRIC_COUNT; metric++)
        append_whole(text, versus, metric);
    if (versus->base_only + versus->other_only > 0)
        text_format(text, "%zu tried in A only, %zu in B only: not compared.\n", versus->base_only,
                    versus->other_only);
    append_unlike(text, versus);
    append_failing(text, versus);
    if (versus->left_out > 0)
        text_format(text,
                    "%zu trial%s or points left out, as they do not tell what is compared here.\n",
                    versus->left_out, versus->left_out == 1 ? "" : "s");
    if (!are_alike(&sides[0], &sides[1]) || !are_alike(&sides[0], &sides[0]) ||
        !are_alike(&sides[1], &sides[1]))
        text_append(text, "The runs were made on different machines, or in different parts of one: "
                          "what that changes is in the ratios and not in the intervals.\n");
    text_append(text, "The runs were made apart. Two builds in one run, as `heapmark run "
                      "-c old=...,new=...`, are told apart more sharply.\n");
}

void compare_append_text(struct text *text, const struct compare_side sides[2],
                         const struct versus *versus, const struct paint *paint)
{
    text_append(text, "A: ");
    text_append_terminal(text, sides[0].name);
    text_append(text, "\nB: ");
    text_append_terminal(text, sides[1].name);
    text_append(text, "\n\n");
    append_points(text, versus, paint);
    append_summary(text, sides, versus);
}

static void append_red(struct text *text, const struct versus_gate *gate)
{
    const char *before = " as ";
    if (gate->failing > 0) {
        text_format(text, "%s%zu point%s now or more often", before, gate->failing,
                    gate->failing == 1 ? " fails" : "s fail");
        before = ", and ";
    }
    if (gate->together && gate->failing == 0) {
        text_format(text, "%strials fail more often over all points together", before);
        before = ", and ";
    }
    if (gate->answers > 0) {
        text_format(text, "%s%zu point%s otherwise", before, gate->answers,
                    gate->answers == 1 ? " answers" : "s answer");
        before = ", and ";
    }
    if (gate->mean) {
        text_format(text, "%sa mean is worse by more", before);
        before = ", and ";
    }
    if (gate->points > 0)
        text_format(text, "%s%zu point%s worse by more", before, gate->points,
                    gate->points == 1 ? " is" : "s are");
}

const char *compare_why_not_judged(const struct versus_gate *gate)
{
    return gate->judged > 0    ? NULL
           : gate->few > 0     ? "too few trials completed"
           : gate->partial > 0 ? "no point was completed by each run of both sides"
                               : "no point has a figure on both sides";
}

void compare_append_gate(struct text *text, const struct versus_gate *gate, double share)
{
    bool red = versus_gate_is_red(gate);
    text_format(text, "The gate of %.4g %% is %s", 100 * share, red ? "red," : "green");
    append_red(text, gate);
    if (gate->other_work > 0)
        text_format(text, "%s it says nothing of %zu point%s whose work is not the same",
                    red ? ";" : ", but", gate->other_work, gate->other_work == 1 ? "" : "s");
    if (gate->judged == 0)
        text_format(text, "%s it could not judge by any mean, as %s",
                    red || gate->other_work > 0 ? ";" : ", but", compare_why_not_judged(gate));
    if (gate->judged == 0 && gate->few > 0)
        text_format(text, ": it takes %d of a point on each side (--invocations %d)",
                    STATS_BOOTSTRAP_LEAST, STATS_BOOTSTRAP_LEAST);
    text_append(text, ".\n");
}
