/* SPDX-License-Identifier: MIT
 *
 * What a run comes to, as the report has it: a row for each collector at each point; see
 * export_run.h.
 *
 * A row is made once, as a JSON object without members that have members, whose keys are the
 * columns of CSV.
 */
#include "command/export_run.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "command/export_run_load.h"
#include "report/group.h"
#include "report/overhead.h"
#include "store/json.h"

static json_t *real_or_null(double value)
{
    return isfinite(value) ? json_of_real(value) : json_null();
}

static void add(json_t *row, const char *prefix, const char *name, json_t *value)
{
    struct text key = {0};
    text_format(&key, "%s%s", prefix, name);
    json_add(row, text_chars(&key), value);
    text_free(&key);
}

static void add_interval(json_t *row, const char *prefix, struct stats_interval interval)
{
    static const char *const kinds[] = {[STATS_NONE] = NULL,
                                        [STATS_BOOTSTRAP_95] = "bootstrap-95",
                                        [STATS_RANGE] = "range",
                                        [STATS_STUDENT_95] = "student-95"};
    add(row, prefix, "low", real_or_null(interval.low));
    add(row, prefix, "high", real_or_null(interval.high));
    add(row, prefix, "interval", json_of_text(kinds[interval.kind]));
}

/* ---- a row ---- */

static void add_point(json_t *row, const struct summary_point *point)
{
    json_add(row, "workload", json_of_text(point->workload));
    json_add(row, "workload_parameters", json_of_text(point->parameters));
    json_add(row, "dispatch", json_of_text(point->dispatch));
    json_add(row, "threads", json_of_integer(point->threads));
    json_add(row, "heap_bytes", json_of_count(point->heap_bytes));
    json_add(row, "heap_multiple",
             real_or_null(point->heap_multiple > 0 ? point->heap_multiple : NAN));
    json_add(row, "request_rate", real_or_null(point->rate));
}

static void add_trials(json_t *row, const struct summary_cell *cell)
{
    json_add(row, "tried", json_of_integer((int64_t)cell->tried));
    json_add(row, "completed", json_of_integer((int64_t)cell->completed_count));
    json_add(row, "warned", json_of_integer((int64_t)cell->warned_count));
    json_add(row, "failed_as",
             cell->failed_count == 0
                 ? json_null()
                 : json_of_text(record_text(cell->failed[0], TRIAL_OUTCOME, "unknown")));
}

/* What collectors are compared by at a point of its kind. */
static enum summary_figure_name metric_of(const struct summary_point *point, const char **name)
{
    *name = point->micro ? "ns_per_operation" : "wall_ns";
    if (point->load == LOAD_REQUESTS)
        *name = "latency_p99_ns";
    else if (point->load == LOAD_OFFERS)
        *name = "deficit_share";
    return point->load == LOAD_REQUESTS ? FIGURE_LATENCY_P99_NS
           : point->load == LOAD_OFFERS ? FIGURE_DEFICIT_SHARE
                                        : FIGURE_TIME_NS;
}

static void add_figure(json_t *row, const struct summary_point *point,
                       const struct summary_cell *cell)
{
    const char *name;
    const struct summary_figure *figure = &cell->figures[metric_of(point, &name)];
    json_add(row, "metric", json_of_text(name));
    json_add(row, "median", real_or_null(figure->median));
    json_add(row, "mean", real_or_null(figure->mean));
    add_interval(row, "", figure->interval);
    json_add(row, "outliers",
             figure->count > 0 ? json_of_integer((int64_t)figure->outliers) : json_null());
}

static void add_ratio(json_t *row, const struct summary_point *point,
                      const struct summary_cell *cell, bool is_baseline)
{
    static const char *const verdicts[] = {[VERDICT_NONE] = NULL,
                                           [VERDICT_TOO_FEW] = "too few to tell",
                                           [VERDICT_ALIKE] = "not told apart",
                                           [VERDICT_FASTER] = "faster",
                                           [VERDICT_SLOWER] = "slower"};
    const struct summary_ratio *ratio =
        point->load == LOAD_REQUESTS ? &cell->latency : &cell->ratio;
    json_add(row, "ratio", real_or_null(ratio->ratio));
    add_interval(row, "ratio_", ratio->interval);
    json_add(row, "ratio_p", real_or_null(is_baseline ? (double)NAN : ratio->p));
    json_add(row, "ratio_verdict",
             json_of_text(is_baseline ? "baseline" : verdicts[ratio->verdict]));
}

static const char *const cost_names[OVERHEAD_COUNT] = {
    [OVERHEAD_WALL] = "overhead_wall",
    [OVERHEAD_CPU] = "overhead_cpu",
    [OVERHEAD_INSTRUCTIONS] = "overhead_instructions",
};

static void add_overheads(json_t *row, const struct summary_cell *cell,
                          const struct overhead_floor floors[OVERHEAD_COUNT])
{
    for (enum overhead_cost cost = 0; cost < OVERHEAD_COUNT; cost++) {
        struct stats_interval interval;
        struct text prefix = {0};
        text_format(&prefix, "%s_", cost_names[cost]);
        double overhead = overhead_of(cell, &floors[cost], cost, &interval);
        json_add(row, cost_names[cost], real_or_null(overhead));
        add_interval(row, text_chars(&prefix), interval);
        text_free(&prefix);
    }
}

/* Of a point at which no work is fixed, or single operations are timed, there is none. */
static void find_floors(const struct summary *summary, size_t point,
                        struct overhead_floor floors[OVERHEAD_COUNT])
{
    bool has = !summary->points[point].micro && summary->points[point].load == LOAD_WORK;
    for (enum overhead_cost cost = 0; cost < OVERHEAD_COUNT; cost++)
        floors[cost] =
            has ? overhead_floor(summary, point, cost) : (struct overhead_floor){NAN, 0, NULL};
}

static json_t *rows_of(const struct summary *summary)
{
    json_t *rows = json_new_array();
    for (size_t p = 0; p < summary->point_count; p++) {
        const struct summary_point *point = &summary->points[p];
        struct overhead_floor floors[OVERHEAD_COUNT];
        find_floors(summary, p, floors);
        for (size_t c = 0; c < summary->collector_count; c++) {
            const struct summary_cell *cell = summary_cell(summary, p, c);
            if (cell->tried == 0)
                continue;
            json_t *row = json_new_object();
            json_add(row, "collector_label", json_of_text(summary->collectors[c]));
            add_point(row, point);
            add_trials(row, cell);
            add_figure(row, point, cell);
            add_ratio(row, point, cell, c == summary->baseline);
            add_overheads(row, cell, floors);
            json_append(rows, row);
        }
    }
    return rows;
}

/* ---- means over points ---- */

static void append_means(json_t *means, const struct summary *summary, const struct group *group,
                         enum overhead_cost cost)
{
    struct overhead_floor *floors = memory_new((group->point_count + 1) * sizeof *floors);
    for (size_t i = 0; i < group->point_count; i++)
        floors[i] = overhead_floor(summary, group->points[i], cost);
    struct overhead_common common =
        overhead_common(summary, group->points, group->point_count, cost, floors);
    for (size_t c = 0; c < summary->collector_count; c++) {
        struct stats_interval interval;
        size_t over;
        double mean = overhead_mean(summary, common.points, common.floors, common.count, c, cost,
                                    &over, &interval);
        if (over == 0)
            continue;
        json_t *row = json_new_object();
        json_add(row, "collector_label", json_of_text(summary->collectors[c]));
        json_add(row, "dispatch", json_of_text(group->dispatch));
        json_add(row, "threads", json_of_integer(group->threads));
        json_add(row, "metric", json_of_text(cost_names[cost]));
        json_add(row, "mean", real_or_null(mean));
        add_interval(row, "", interval);
        json_add(row, "points", json_of_integer((int64_t)over));
        json_append(means, row);
    }
    overhead_common_free(&common);
    free(floors);
}

static json_t *means_of(const struct summary *summary)
{
    json_t *means = json_new_array();
    struct group_list groups = group_list_make(summary, false);
    for (size_t i = 0; i < groups.count; i++)
        for (enum overhead_cost cost = 0; cost < OVERHEAD_COUNT; cost++)
            append_means(means, summary, &groups.groups[i], cost);
    group_list_free(&groups);
    return means;
}

/* ---- as text ---- */

static void append_json(struct text *text, const struct export_run *run)
{
    const struct summary *summary = &run->summary;
    json_t *json = json_new_object();
    json_add(json, "schema", json_of_integer(STORE_SCHEMA_VERSION));
    json_add(json, "run_id", json_of_integer(run->runs.runs[0].id));
    json_add(json, "baseline", json_of_text(summary->collectors[summary->baseline]));
    json_add(json, "summary", rows_of(summary));
    json_add(json, "overhead_means", means_of(summary));
    char *chars = json_dumps(json, JSON_INDENT(1));
    CHECK(chars != NULL, "a summary cannot be written as JSON");
    text_format(text, "%s\n", chars);
    free(chars);
    json_decref(json);
}

static void append_csv_cell(struct text *text, const json_t *value)
{
    if (json_is_integer(value))
        text_format(text, "%" PRId64, (int64_t)json_integer_value(value));
    else if (json_is_real(value))
        text_format(text, "%.17g", json_real_value(value));
    else if (json_is_string(value))
        text_append_csv(text, json_string_value(value));
}

/* Keys stay in the order in which they were added. */
static void append_csv(struct text *text, const struct export_run *run)
{
    json_t *rows = rows_of(&run->summary), *row, *value;
    const char *key;
    size_t index;
    json_array_foreach(rows, index, row)
    {
        const char *before = "";
        if (index == 0) {
            json_object_foreach(row, key, value)
            {
                text_format(text, "%s%s", before, key);
                before = ",";
            }
            text_append(text, "\n");
        }
        before = "";
        json_object_foreach(row, key, value)
        {
            text_append(text, before);
            append_csv_cell(text, value);
            before = ",";
        }
        text_append(text, "\n");
    }
    json_decref(rows);
}

static bool export_summary(struct store *store, int64_t run_id, FILE *file,
                           void (*append)(struct text *text, const struct export_run *run),
                           struct error *error)
{
    struct export_run run;
    struct text text = {0};
    if (!export_load(store, run_id, &run, error))
        return false;
    append(&text, &run);
    bool fine = export_put(file, text_chars(&text), error);
    text_free(&text);
    export_free(&run);
    return fine;
}

bool export_summary_json(struct store *store, int64_t run_id, FILE *file, struct error *error)
{
    return export_summary(store, run_id, file, append_json, error);
}

bool export_summary_csv(struct store *store, int64_t run_id, FILE *file, struct error *error)
{
    return export_summary(store, run_id, file, append_csv, error);
}
