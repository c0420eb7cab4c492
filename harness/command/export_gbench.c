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

/* Of all threads of the process but the harness's own, as Google Benchmark's process CPU time is.
 */
static double cpu_ns(const struct benchmark *benchmark, const struct trial_record *record)
{
    double all = record_real(record, TRIAL_CPU_USER_NS, 0) +
                 record_real(record, TRIAL_CPU_SYSTEM_NS, 0) -
                 record_real(record, TRIAL_HARNESS_CPU_NS, 0);
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
static const enum trial_field counters[] = {
    TRIAL_OPERATIONS,           TRIAL_COLLECTIONS,
    TRIAL_PAUSE_COUNT,          TRIAL_PAUSE_P99_NS,
    TRIAL_PAUSE_MAX_NS,         TRIAL_FOOTPRINT_PEAK_BYTES,
    TRIAL_STALL_MAX_NS,         TRIAL_HELD_PEAK_BYTES,
    TRIAL_COUNTED_INSTRUCTIONS, TRIAL_INSTRUCTIONS_PER_OPERATION,
};
enum { COUNTER_COUNT = sizeof counters / sizeof *counters };

static void add_counters(json_t *entry, const struct trial_record *record)
{
    for (size_t i = 0; i < COUNTER_COUNT; i++)
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

static double mean_of(const double *values, size_t count)
{
    double mean = 0;
    for (size_t i = 0; i < count; i++)
        mean += values[i] / (double)count;
    return mean;
}

/* Of a sample of two or more. */
static double deviation_of(const double *values, size_t count)
{
    double mean = mean_of(values, count), squares = 0;
    for (size_t i = 0; i < count; i++)
        squares += (values[i] - mean) * (values[i] - mean);
    return sqrt(squares / (double)(count - 1));
}

static double variation_of(const double *values, size_t count)
{
    double mean = mean_of(values, count);
    return mean > 0 ? deviation_of(values, count) / mean : 0;
}

/* In the order in which Google Benchmark reports them. */
static const struct aggregate {
    const char *name, *unit;
    double (*compute)(const double *values, size_t count);
} aggregates[] = {
    {"mean", "time", mean_of},
    {"median", "time", stats_median},
    {"stddev", "time", deviation_of},
    {"cv", "percentage", variation_of},
};

/* The same figure of each completed trial. */
struct sample {
    double *values;
    size_t count;
};

static double aggregate_times(const struct benchmark *benchmark, const struct aggregate *aggregate,
                              double (*time_ns)(const struct benchmark *benchmark,
                                                const struct trial_record *record),
                              struct sample *sample)
{
    for (size_t i = 0; i < sample->count; i++)
        sample->values[i] = time_ns(benchmark, benchmark->cell->completed[i]);
    return aggregate->compute(sample->values, sample->count);
}

/* Only what each trial knows: a mean of some is none of the benchmark. */
static void aggregate_counters(json_t *entry, const struct benchmark *benchmark,
                               const struct aggregate *aggregate, struct sample *sample)
{
    for (size_t field = 0; field < COUNTER_COUNT; field++) {
        size_t known = 0;
        for (size_t i = 0; i < sample->count; i++) {
            const struct trial_record *record = benchmark->cell->completed[i];
            known += record_is_known(record, counters[field]);
            sample->values[i] = record_real(record, counters[field], 0);
        }
        if (known == sample->count)
            json_add(entry, record_fields[counters[field]].column,
                     json_of_real(aggregate->compute(sample->values, sample->count)));
    }
}

static void put_aggregate(json_t *entries, const struct benchmark *benchmark,
                          const struct aggregate *aggregate, struct sample *sample)
{
    struct text name = {0};
    json_t *entry = begin_entry(benchmark, "aggregate");
    text_format(&name, "%s_%s", benchmark->name, aggregate->name);
    json_add(entry, "name", json_of_text(text_chars(&name)));
    json_add(entry, "aggregate_name", json_of_text(aggregate->name));
    json_add(entry, "aggregate_unit", json_of_text(aggregate->unit));
    add_times(entry, (double)sample->count, aggregate_times(benchmark, aggregate, real_ns, sample),
              aggregate_times(benchmark, aggregate, cpu_ns, sample));
    aggregate_counters(entry, benchmark, aggregate, sample);
    json_append(entries, entry);
    text_free(&name);
}

static void put_aggregates(json_t *entries, const struct benchmark *benchmark)
{
    struct sample sample = {.count = benchmark->cell->completed_count};
    if (sample.count < 2)
        return;
    sample.values = memory_new(sample.count * sizeof *sample.values);
    for (size_t i = 0; i < sizeof aggregates / sizeof *aggregates; i++)
        put_aggregate(entries, benchmark, &aggregates[i], &sample);
    free(sample.values);
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

/* The three averages that /proc/loadavg begins with. */
static json_t *load_of(const struct store_environment *environment)
{
    const char *rest = store_environment_find(environment, "load");
    json_t *load = json_new_array();
    for (int i = 0; rest != NULL && i < 3; i++) {
        char *end;
        double average = strtod(rest, &end);
        if (end == rest)
            break;
        json_append(load, json_of_real(average));
        rest = end;
    }
    return load;
}

/* With all keys that readers of the form declare, some of them as not optional. What Heapmark does
 * not store stands there as Google Benchmark writes it where it does not know: no host's name, a
 * frequency of 0, no caches. */
static json_t *context_of(const struct export_run *run)
{
    const struct store_run *row = &run->runs.runs[0];
    const char *processors = store_environment_find(&run->environment, "processors_online");
    const char *governor = store_environment_find(&run->environment, "governor");
    json_t *context = json_new_object();
    json_add(context, "date", json_of_text(row->started_utc));
    json_add(context, "host_name", json_of_text(""));
    json_add(context, "executable", json_of_text("heapmark"));
    json_add(context, "num_cpus",
             json_of_integer(processors != NULL ? strtoll(processors, NULL, 10) : 0));
    json_add(context, "mhz_per_cpu", json_of_integer(0));
    json_add(context, "cpu_scaling_enabled",
             json_boolean(governor != NULL && strcmp(governor, "unknown") != 0 &&
                          strcmp(governor, "performance") != 0));
    json_add(context, "caches", json_new_array());
    json_add(context, "load_avg", load_of(&run->environment));
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
    /* All that is in this form is a time, and open-loop points have none. */
    for (size_t point = 0; point < run.summary.point_count; point++)
        for (size_t i = 0; i < run.summary.collector_count; i++)
            if (run.summary.points[point].load == LOAD_WORK)
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
