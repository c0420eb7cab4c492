/* SPDX-License-Identifier: MIT
 *
 * A run in the form of Google Benchmark's JSON; see export_run.h.
 *
 * The form is that of its JSON reporter, version 1.7.1: docs/user_guide.md and the entries that
 * tools/gbench/report.py reads.
 */
#include "command/export_run.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "command/export_run_load.h"
#include "statistics/statistics.h"
#include "store/json.h"

/* One benchmark: a collector at a point. */
struct benchmark {
    const struct summary *summary;
    size_t point, collector;
    const struct summary_cell *cell;
    char *name;
};

/* "lru:size=5/mark-sweep/inline/heap:1024/threads:2": the same in every run of the same thing. */
static char *name_of(const struct summary *summary, size_t point, size_t collector)
{
    const struct summary_point *row = &summary->points[point];
    struct text name = {0};
    text_append(&name, row->workload);
    if (*row->parameters != '\0')
        text_format(&name, ":%s", row->parameters);
    text_format(&name, "/%s/%s", summary->collectors[collector], row->dispatch);
    if (row->heap_bytes >= 0)
        text_format(&name, "/heap:%lld", (long long)row->heap_bytes);
    text_format(&name, "/threads:%lld", (long long)row->threads);
    return name.chars;
}

/* ---- times ---- */

static bool is_micro(const struct benchmark *benchmark)
{
    return benchmark->summary->points[benchmark->point].micro;
}

/* Nanoseconds of one iteration: an operation of a micro workload, the timed part of another. */
static double real_ns(const struct benchmark *benchmark, const struct trial_record *record)
{
    return record_real(record, is_micro(benchmark) ? TRIAL_NS_PER_OPERATION : TRIAL_WALL_NS, 0);
}

/* Of all threads of the process, as Google Benchmark's process CPU time is. */
static double cpu_ns(const struct benchmark *benchmark, const struct trial_record *record)
{
    double all =
        record_real(record, TRIAL_CPU_USER_NS, 0) + record_real(record, TRIAL_CPU_SYSTEM_NS, 0);
    double operations = record_real(record, TRIAL_OPERATIONS, 0);
    if (!is_micro(benchmark))
        return all;
    return operations > 0 ? all / operations : 0;
}

/* ---- entries ---- */

static json_t *begin_entry(const struct benchmark *benchmark, const char *run_type)
{
    const struct summary *summary = benchmark->summary;
    json_t *entry = json_new_object();
    json_add(entry, "name", json_of_text(benchmark->name));
    json_add(entry, "family_index", json_of_integer((int64_t)benchmark->point));
    json_add(entry, "per_family_instance_index", json_of_integer((int64_t)benchmark->collector));
    json_add(entry, "run_name", json_of_text(benchmark->name));
    json_add(entry, "run_type", json_of_text(run_type));
    json_add(entry, "repetitions", json_of_integer((int64_t)benchmark->cell->tried));
    json_add(entry, "threads", json_of_integer(summary->points[benchmark->point].threads));
    return entry;
}

static void add_times(json_t *entry, double iterations, double real, double cpu)
{
    json_add(entry, "iterations", json_of_integer((int64_t)iterations));
    json_add(entry, "real_time", json_of_real(real));
    json_add(entry, "cpu_time", json_of_real(cpu));
    json_add(entry, "time_unit", json_of_text("ns"));
}

/* What Google Benchmark calls counters: flat, by the names of docs/database.md. */
static void add_counters(json_t *entry, const struct trial_record *record)
{
    static const enum trial_field counters[] = {
        TRIAL_OPERATIONS,   TRIAL_COLLECTIONS,          TRIAL_PAUSE_COUNT,  TRIAL_PAUSE_P99_NS,
        TRIAL_PAUSE_MAX_NS, TRIAL_FOOTPRINT_PEAK_BYTES, TRIAL_STALL_MAX_NS, TRIAL_HELD_PEAK_BYTES,
    };
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
        if (record_is_known(record, counters[i]))
            json_add(entry, record_fields[counters[i]].column,
                     json_of_real(record_real(record, counters[i], 0)));
}

static void put_completed(json_t *entries, const struct benchmark *benchmark, size_t index)
{
    const struct trial_record *record = benchmark->cell->completed[index];
    json_t *entry = begin_entry(benchmark, "iteration");
    json_add(entry, "repetition_index", json_of_integer((int64_t)index));
    double iterations = is_micro(benchmark) ? record_real(record, TRIAL_OPERATIONS, 1) : 1;
    add_times(entry, iterations, real_ns(benchmark, record), cpu_ns(benchmark, record));
    add_counters(entry, record);
    json_append(entries, entry);
}

/* As Google Benchmark reports one that was skipped with an error: with times of 0. */
static void put_failed(json_t *entries, const struct benchmark *benchmark, size_t index)
{
    const struct trial_record *record = benchmark->cell->failed[index];
    struct text message = {0};
    json_t *entry = begin_entry(benchmark, "iteration");
    text_format(&message, "%s: %s", record_text(record, TRIAL_OUTCOME, "no outcome"),
                record_text(record, TRIAL_CAUSE, "no cause is known"));
    json_add(entry, "repetition_index",
             json_of_integer((int64_t)(benchmark->cell->completed_count + index)));
    json_add(entry, "error_occurred", json_boolean(true));
    json_add(entry, "error_message", json_of_text(text_chars(&message)));
    add_times(entry, 0, 0, 0);
    json_append(entries, entry);
    text_free(&message);
}

/* ---- aggregates ---- */

struct aggregates {
    double mean, median, deviation;
};

static struct aggregates aggregate(double *values, size_t count)
{
    struct aggregates of = {.median = stats_median(values, count)};
    for (size_t i = 0; i < count; i++)
        of.mean += values[i] / (double)count;
    for (size_t i = 0; i < count; i++)
        of.deviation += (values[i] - of.mean) * (values[i] - of.mean);
    of.deviation = sqrt(of.deviation / (double)(count - 1));
    return of;
}

static void put_aggregate(json_t *entries, const struct benchmark *benchmark, const char *which,
                          const char *unit, double real, double cpu)
{
    struct text name = {0};
    json_t *entry = begin_entry(benchmark, "aggregate");
    text_format(&name, "%s_%s", benchmark->name, which);
    json_add(entry, "name", json_of_text(text_chars(&name)));
    json_add(entry, "aggregate_name", json_of_text(which));
    json_add(entry, "aggregate_unit", json_of_text(unit));
    add_times(entry, (double)benchmark->cell->completed_count, real, cpu);
    json_append(entries, entry);
    text_free(&name);
}

static double share(double part, double whole)
{
    return whole > 0 ? part / whole : 0;
}

static void put_aggregates(json_t *entries, const struct benchmark *benchmark)
{
    size_t count = benchmark->cell->completed_count;
    if (count < 2)
        return;
    double *real = memory_new(count * sizeof *real), *cpu = memory_new(count * sizeof *cpu);
    for (size_t i = 0; i < count; i++) {
        real[i] = real_ns(benchmark, benchmark->cell->completed[i]);
        cpu[i] = cpu_ns(benchmark, benchmark->cell->completed[i]);
    }
    struct aggregates r = aggregate(real, count), c = aggregate(cpu, count);
    put_aggregate(entries, benchmark, "mean", "time", r.mean, c.mean);
    put_aggregate(entries, benchmark, "median", "time", r.median, c.median);
    put_aggregate(entries, benchmark, "stddev", "time", r.deviation, c.deviation);
    put_aggregate(entries, benchmark, "cv", "percentage", share(r.deviation, r.mean),
                  share(c.deviation, c.mean));
    free(real);
    free(cpu);
}

static void put_benchmark(json_t *entries, const struct summary *summary, size_t point,
                          size_t collector)
{
    const struct summary_cell *cell = summary_cell(summary, point, collector);
    struct benchmark benchmark = {summary, point, collector, cell, NULL};
    if (cell->tried == 0)
        return;
    benchmark.name = name_of(summary, point, collector);
    for (size_t i = 0; i < cell->completed_count; i++)
        put_completed(entries, &benchmark, i);
    for (size_t i = 0; i < cell->failed_count; i++)
        put_failed(entries, &benchmark, i);
    put_aggregates(entries, &benchmark);
    free(benchmark.name);
}

/* ---- the whole ---- */

static json_t *context_of(const struct export_run *run)
{
    const struct store_run *row = &run->runs.runs[0];
    const char *processors = store_environment_find(&run->environment, "processors_online");
    const char *governor = store_environment_find(&run->environment, "governor");
    json_t *context = json_new_object();
    json_add(context, "date", json_of_text(row->started_utc));
    json_add(context, "executable", json_of_text("heapmark"));
    json_add(context, "num_cpus",
             json_of_integer(processors != NULL ? strtoll(processors, NULL, 10) : 0));
    json_add(context, "cpu_scaling_enabled",
             json_boolean(governor != NULL && strcmp(governor, "unknown") != 0 &&
                          strcmp(governor, "performance") != 0));
    const char *build = store_environment_find(&run->environment, "build_type");
    json_add(context, "library_build_type",
             json_of_text(build != NULL && strcmp(build, "Release") == 0 ? "release" : "debug"));
    json_add(context, "heapmark_version", json_of_text(row->heapmark_version));
    json_add(context, "heapmark_run", json_of_integer(row->id));
    json_add(context, "heapmark_label", json_of_text(row->label));
    return context;
}

bool export_gbench(struct store *store, int64_t run_id, FILE *file, struct error *error)
{
    struct export_run run;
    if (!export_load(store, run_id, &run, error))
        return false;
    json_t *entries = json_new_array(), *whole = json_new_object();
    for (size_t point = 0; point < run.summary.point_count; point++)
        for (size_t i = 0; i < run.summary.collector_count; i++)
            put_benchmark(entries, &run.summary, point, i);
    json_add(whole, "context", context_of(&run));
    json_add(whole, "benchmarks", entries);
    char *chars = json_dumps(whole, JSON_INDENT(2));
    CHECK(chars != NULL, "an export that cannot be written as JSON");
    bool fine = export_put(file, chars, error) && export_put(file, "\n", error);
    free(chars);
    json_decref(whole);
    export_free(&run);
    return fine;
}
