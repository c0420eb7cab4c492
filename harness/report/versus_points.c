/* SPDX-License-Identifier: MIT
 *
 * Trials of all runs sorted by point and run; points are read off that order. See versus_points.h.
 */
#include "report/versus_points.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/summary.h"

/* ---- order ---- */

/* A trial, and the place of its run: those of the base first, then the other's, then earlier. */
struct entry {
    const struct trial_record *record;
    struct versus_point key; /* the names and numbers only */
    size_t run;
};

static struct versus_point key_of(const struct trial_record *record)
{
    return (struct versus_point){
        .collector = record_text(record, TRIAL_COLLECTOR_LABEL, "unknown"),
        .workload = record_text(record, TRIAL_WORKLOAD, "unknown"),
        .parameters = record_text(record, TRIAL_WORKLOAD_PARAMETERS, ""),
        .dispatch = record_text(record, TRIAL_DISPATCH, "unknown"),
        .threads = record_integer(record, TRIAL_THREADS, 0),
        .heap_bytes = record_integer(record, TRIAL_HEAP_BYTES, -1),
    };
}

static int compare_integers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_keys(const struct versus_point *a, const struct versus_point *b)
{
    int order = strcmp(a->workload, b->workload);
    if (order == 0)
        order = strcmp(a->parameters, b->parameters);
    if (order == 0)
        order = strcmp(a->dispatch, b->dispatch);
    if (order == 0)
        order = compare_integers(a->threads, b->threads);
    if (order == 0)
        order = compare_integers(a->heap_bytes, b->heap_bytes);
    return order != 0 ? order : strcmp(a->collector, b->collector);
}

static int compare_entries(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    int order = compare_keys(&a->key, &b->key);
    if (order == 0)
        order = (a->run > b->run) - (a->run < b->run);
    return order != 0 ? order : (a->record > b->record) - (a->record < b->record);
}

/* What a trial is judged by; VERSUS_METRIC_COUNT: by nothing, as its schedule sets its figure. */
static enum versus_metric metric_of(const struct trial_record *record, bool instructions)
{
    const char *schedule = record_text(record, TRIAL_SCHEDULE, "work");
    if (strcmp(schedule, "work") == 0)
        return instructions ? VERSUS_INSTRUCTIONS : VERSUS_TIME;
    return strcmp(schedule, "requests") == 0 && !instructions ? VERSUS_LATENCY
                                                              : VERSUS_METRIC_COUNT;
}

static size_t add_run(struct versus *versus, struct entry *entries, struct versus_run run,
                      size_t place, bool instructions)
{
    size_t added = 0;
    for (size_t i = 0; i < run.count; i++) {
        const struct trial_record *record = &run.trials[i].record;
        if (record_outcome(record, OUTCOME_COUNT) == OUTCOME_INTERRUPTED)
            continue;
        entries[added++] = (struct entry){record, key_of(record), place};
        if (metric_of(record, instructions) == VERSUS_METRIC_COUNT &&
            place < versus->base_runs + versus->other_runs)
            versus->left_out++;
    }
    return added;
}

static size_t count_trials(struct versus_runs runs)
{
    size_t count = 0;
    for (size_t i = 0; i < runs.count; i++)
        count += runs.runs[i].count;
    return count;
}

static struct entry *sorted_entries(struct versus *versus, const struct versus_input *input,
                                    size_t *count)
{
    const struct versus_runs *const sides[] = {&input->base, &input->other, &input->earlier};
    size_t most =
        count_trials(input->base) + count_trials(input->other) + count_trials(input->earlier);
    struct entry *entries = memory_new((most + 1) * sizeof *entries);
    size_t place = 0;
    *count = 0;
    for (size_t side = 0; side < sizeof sides / sizeof *sides; side++)
        for (size_t i = 0; i < sides[side]->count; i++)
            *count += add_run(versus, entries + *count, sides[side]->runs[i], place++,
                              input->instructions);
    qsort(entries, *count, sizeof *entries, compare_entries);
    return entries;
}

/* ---- one point ---- */

/* NAN where it is not told. */
static double value_of(const struct trial_record *record, enum versus_metric metric)
{
    bool micro = record_integer(record, TRIAL_MICRO, 0) != 0;
    double value = metric == VERSUS_TIME      ? summary_time_ns(record, micro)
                   : metric == VERSUS_LATENCY ? record_real(record, TRIAL_LATENCY_P99_NS, NAN)
                   : metric == VERSUS_INSTRUCTIONS
                       ? record_real(record, TRIAL_COUNTED_INSTRUCTIONS, NAN)
                       : (double)NAN;
    return value > 0 && isfinite(value) ? value : NAN;
}

struct tried {
    size_t tried, completed, wrong;
};

/* The trials of one run at the point: their values go to `samples`. Returns how many there are. */
static size_t take_run(struct versus_point *point, const struct entry *entries, size_t count,
                       double *samples, struct tried *tried)
{
    size_t told = 0;
    for (size_t i = 0; i < count; i++) {
        const struct trial_record *record = entries[i].record;
        bool completed = record_outcome(record, OUTCOME_REFUSED) == OUTCOME_OK;
        double value = completed ? value_of(record, point->metric) : NAN;
        tried->tried++;
        tried->completed += completed;
        tried->wrong += record_outcome(record, OUTCOME_REFUSED) == OUTCOME_WRONG_ANSWER;
        point->micro = point->micro || record_integer(record, TRIAL_MICRO, 0) != 0;
        if (!isnan(value))
            samples[told++] = value;
    }
    point->builds[entries[0].run] = entries[0].record;
    point->runs[entries[0].run] = told > 0 ? log(stats_median(samples, told)) : NAN;
    return told;
}

static const struct trial_record *find_failure(const struct entry *entries, size_t count,
                                               const struct versus *versus)
{
    const struct trial_record *failure = NULL;
    for (size_t i = 0; i < count; i++) {
        enum trial_outcome outcome = record_outcome(entries[i].record, OUTCOME_REFUSED);
        if (entries[i].run < versus->base_runs ||
            entries[i].run >= versus->base_runs + versus->other_runs || outcome == OUTCOME_OK)
            continue;
        if (failure == NULL || outcome == OUTCOME_WRONG_ANSWER)
            failure = entries[i].record;
    }
    return failure;
}

/* A greater share: of 3 trials one is as many as of 6 two. */
static bool is_more(size_t other, size_t of_other, size_t base, size_t of_base)
{
    return other * of_base > base * of_other;
}

static bool fails_more(struct tried base, struct tried other)
{
    return is_more(other.tried - other.completed, other.tried, base.tried - base.completed,
                   base.tried) ||
           is_more(other.wrong, other.tried, base.wrong, base.tried);
}

/* Where a side completed nothing, or the second less often, that is the verdict. False for a point
 * that is not to be kept, as one side has it only, or has no figures of it. */
static bool keep(struct versus *versus, struct versus_point *point, struct tried base,
                 struct tried other)
{
    bool unknown = (base.completed > 0 && point->base_count == 0) ||
                   (other.completed > 0 && point->other_count == 0);
    point->base_tried = base.tried;
    point->other_tried = other.tried;
    point->base_failed = base.tried - base.completed;
    point->other_failed = other.tried - other.completed;
    point->verdict = base.completed == 0 && other.completed == 0 ? VERSUS_NEITHER
                     : base.completed == 0                       ? VERSUS_MENDED
                     : other.completed == 0                      ? VERSUS_FAILS
                     : fails_more(base, other)                   ? VERSUS_FAILS_MORE
                                                                 : VERSUS_TOO_FEW;
    versus->base_only += base.tried > 0 && other.tried == 0;
    versus->other_only += other.tried > 0 && base.tried == 0;
    bool both = base.tried > 0 && other.tried > 0;
    bool fails = point->verdict == VERSUS_FAILS || point->verdict == VERSUS_FAILS_MORE;
    versus->left_out += both && unknown && point->metric != VERSUS_METRIC_COUNT;
    return both && (!unknown || fails);
}

/* A trial that failed early knows of no schedule, so those that do decide: each of them comes after
 * the metric of fixed work. */
static enum versus_metric metric_of_all(const struct entry *entries, size_t count,
                                        bool instructions)
{
    enum versus_metric metric = metric_of(entries[0].record, instructions);
    for (size_t i = 1; i < count; i++) {
        enum versus_metric one = metric_of(entries[i].record, instructions);
        metric = one > metric ? one : metric;
    }
    return metric;
}

/* Take in all trials of a point; true where both sides have it. */
static bool take_in(struct versus *versus, struct versus_point *point, const struct entry *entries,
                    size_t count, bool instructions)
{
    struct tried tried[3] = {0};
    double *samples = (double *)point->samples;
    size_t told[3] = {0}, used = 0;
    point->metric = metric_of_all(entries, count, instructions);
    for (size_t start = 0, end; start < count; start = end) {
        size_t run = entries[start].run;
        size_t side =
            run < versus->base_runs ? 0 : (run < versus->base_runs + versus->other_runs ? 1 : 2);
        for (end = start + 1; end < count && entries[end].run == run;)
            end++;
        size_t taken = take_run(point, entries + start, end - start, samples + used, &tried[side]);
        told[side] += taken;
        used += taken;
    }
    point->base_count = told[0];
    point->other_count = told[1];
    point->failure = find_failure(entries, count, versus);
    return keep(versus, point, tried[0], tried[1]);
}

static void clear_runs(struct versus_point *point, size_t runs)
{
    for (size_t i = 0; i < runs; i++) {
        point->runs[i] = NAN;
        point->builds[i] = NULL;
    }
}

void versus_find_points(struct versus *versus, const struct versus_input *input)
{
    size_t count, used = 0;
    versus->base_runs = input->base.count;
    versus->other_runs = input->other.count;
    versus->earlier_runs = input->earlier.count;
    size_t runs = versus->base_runs + versus->other_runs + versus->earlier_runs;
    struct entry *entries = sorted_entries(versus, input, &count);
    versus->points = memory_new((count + 1) * sizeof *versus->points);
    versus->samples = memory_new((count + 1) * sizeof *versus->samples);
    versus->runs = memory_new((count + 1) * runs * sizeof *versus->runs);
    versus->builds = memory_new((count + 1) * runs * sizeof *versus->builds);
    for (size_t start = 0, end; start < count; start = end) {
        struct versus_point *point = &versus->points[versus->count];
        for (end = start + 1;
             end < count && compare_keys(&entries[start].key, &entries[end].key) == 0;)
            end++;
        *point = entries[start].key;
        point->samples = versus->samples + used;
        point->runs = versus->runs + versus->count * runs;
        point->builds = versus->builds + versus->count * runs;
        clear_runs(point, runs);
        if (!take_in(versus, point, entries + start, end - start, input->instructions))
            continue;
        used += end - start;
        versus->count++;
    }
    free(entries);
}

static bool same_text(const struct trial_record *a, const struct trial_record *b,
                      enum trial_field field)
{
    return strcmp(record_text(a, field, ""), record_text(b, field, "")) == 0;
}

bool versus_same_build(const struct trial_record *a, const struct trial_record *b)
{
    return a != NULL && b != NULL && record_is_known(a, TRIAL_PLUGIN_SHA256) &&
           same_text(a, b, TRIAL_PLUGIN_SHA256) && same_text(a, b, TRIAL_VARIANT) &&
           same_text(a, b, TRIAL_COLLECTOR_OPTIONS);
}
