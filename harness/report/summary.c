/* SPDX-License-Identifier: MIT
 *
 * Records sorted by point, collector and block; points, cells and figures are read off that order.
 */
#include "report/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A record on its way into a cell, with what it is sorted by. */
struct entry {
    const struct trial_record *record;
    const char *workload, *parameters, *dispatch, *collector;
    int64_t threads, heap_bytes, block, sequence;
    bool micro;
};

/* ---- Order ---- */

static struct entry entry_of(const struct trial_record *record)
{
    return (struct entry){
        .record = record,
        .workload = record_text(record, TRIAL_WORKLOAD, "unknown"),
        .parameters = record_text(record, TRIAL_WORKLOAD_PARAMETERS, ""),
        .dispatch = record_text(record, TRIAL_DISPATCH, "unknown"),
        .collector = record_text(record, TRIAL_COLLECTOR_LABEL, "unknown"),
        .threads = record_integer(record, TRIAL_THREADS, 0),
        .heap_bytes = record_integer(record, TRIAL_HEAP_BYTES, -1),
        .block = record_integer(record, TRIAL_BLOCK, 0),
        .sequence = record_integer(record, TRIAL_SEQUENCE, 0),
        .micro = record_integer(record, TRIAL_MICRO, 0) != 0,
    };
}

static int compare_integers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_points(const struct entry *a, const struct entry *b)
{
    int order = (int)a->micro - (int)b->micro;
    if (order == 0)
        order = strcmp(a->workload, b->workload);
    if (order == 0)
        order = strverscmp(a->parameters, b->parameters); /* rate=1000 is before rate=20000 */
    if (order == 0)
        order = strcmp(a->dispatch, b->dispatch); /* "inline" is before "table" */
    if (order == 0)
        order = compare_integers(a->threads, b->threads);
    return order != 0 ? order : compare_integers(a->heap_bytes, b->heap_bytes);
}

static int compare_entries(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    int order = compare_points(a, b);
    if (order == 0)
        order = strcmp(a->collector, b->collector);
    if (order == 0)
        order = compare_integers(a->block, b->block);
    if (order == 0)
        order = compare_integers(a->sequence, b->sequence);
    return order != 0 ? order : (a->record > b->record) - (a->record < b->record);
}

/* A trial that crashed early does not know whether its workload is a micro one; others do.
 * The entries are sorted with micro unset, so that a workload's lie together. */
static void spread_micro(struct entry *entries, size_t count)
{
    for (size_t start = 0, end; start < count; start = end) {
        bool micro = false;
        for (end = start;
             end < count && strcmp(entries[end].workload, entries[start].workload) == 0; end++)
            micro = micro || record_integer(entries[end].record, TRIAL_MICRO, 0) != 0;
        for (size_t i = start; i < end; i++)
            entries[i].micro = micro;
    }
}

static struct entry *sorted_entries(const struct store_trial *trials, size_t count, size_t *kept)
{
    struct entry *entries = memory_new((count + 1) * sizeof *entries);
    *kept = 0;
    for (size_t i = 0; i < count; i++) {
        CHECK(trials[i].run_id == trials[0].run_id, "runs %lld and %lld in one summary",
              (long long)trials[0].run_id, (long long)trials[i].run_id);
        if (record_outcome(&trials[i].record, OUTCOME_COUNT) == OUTCOME_INTERRUPTED)
            continue;
        entries[*kept] = entry_of(&trials[i].record);
        entries[(*kept)++].micro = false;
    }
    qsort(entries, *kept, sizeof *entries, compare_entries);
    spread_micro(entries, *kept);
    qsort(entries, *kept, sizeof *entries, compare_entries);
    return entries;
}

/* ---- Points and collectors ---- */

static int compare_labels(const void *left, const void *right)
{
    const char *const *a = left, *const *b = right;
    return strcmp(*a, *b);
}

static void find_collectors(struct summary *summary, const struct entry *entries, size_t count)
{
    const char **labels = memory_new(count * sizeof *labels);
    for (size_t i = 0; i < count; i++)
        labels[i] = entries[i].collector;
    qsort(labels, count, sizeof *labels, compare_labels);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(labels[i], labels[i - 1]) != 0)
            labels[summary->collector_count++] = labels[i];
    }
    summary->collectors = labels;
}

static size_t find_collector(const struct summary *summary, const char *label)
{
    size_t i = 0;
    while (i < summary->collector_count && strcmp(summary->collectors[i], label) != 0)
        i++;
    return i;
}

/* A trial that crashed early does not know. */
static enum summary_load load_of(const struct trial_record *record, enum summary_load otherwise)
{
    static const char *const words[] = {
        [LOAD_WORK] = "work", [LOAD_REQUESTS] = "requests", [LOAD_OFFERS] = "offers"};
    const char *word = record_text(record, TRIAL_SCHEDULE, "");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i], word) == 0)
            return (enum summary_load)i;
    return otherwise;
}

static struct summary_point point_of(const struct entry *entry)
{
    return (struct summary_point){
        .workload = entry->workload,
        .parameters = entry->parameters,
        .dispatch = entry->dispatch,
        .work_sharing = "",
        .threads = entry->threads,
        .heap_bytes = entry->heap_bytes,
        .live_bytes_nominal = -1,
        .micro = entry->micro,
        .rate = NAN,
    };
}

/* What the point learns from any of its trials. */
static void add_to_point(struct summary_point *point, const struct trial_record *record)
{
    point->work_sharing = record_text(record, TRIAL_WORK_SHARING, point->work_sharing);
    point->live_bytes_nominal =
        record_integer(record, TRIAL_LIVE_BYTES_NOMINAL, point->live_bytes_nominal);
    point->heap_multiple = record_real(record, TRIAL_HEAP_MULTIPLE, point->heap_multiple);
    point->load = load_of(record, point->load);
    point->rate = record_real(record, TRIAL_REQUEST_RATE, point->rate);
}

static void find_points(struct summary *summary, const struct entry *entries, size_t count)
{
    summary->points = memory_new(count * sizeof *summary->points);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || compare_points(&entries[i], &entries[i - 1]) != 0)
            summary->points[summary->point_count++] = point_of(&entries[i]);
        add_to_point(&summary->points[summary->point_count - 1], entries[i].record);
    }
}

/* ---- Cells ---- */

/* Rows from before version 16 of the schema do not say it: those that Heapmark had then are known
 * by name, and whatever told what is reachable. */
bool summary_is_instrument(const struct trial_record *record)
{
    const char *name = record_text(record, TRIAL_COLLECTOR, "");
    if (record_is_known(record, TRIAL_INSTRUMENT))
        return record_integer(record, TRIAL_INSTRUMENT, 0) != 0;
    return strcmp(name, "oracle") == 0 || strcmp(name, "strict") == 0 ||
           record_is_known(record, TRIAL_REACHABLE_MEAN_BYTES);
}

double summary_time_ns(const struct trial_record *record, bool micro)
{
    if (summary_is_instrument(record) || load_of(record, LOAD_WORK) != LOAD_WORK)
        return NAN;
    return record_real(record, micro ? TRIAL_NS_PER_OPERATION : TRIAL_WALL_NS, NAN);
}

static void append(const struct trial_record ***list, size_t *count,
                   const struct trial_record *record)
{
    *list = memory_resize(*list, (*count + 1) * sizeof **list);
    (*list)[(*count)++] = record;
}

/* A trial that ended well but tells no time is kept with the completed ones: its other figures
 * stand, and its missing time shows as unknown. */
static void add_to_cell(struct summary_cell *cell, const struct trial_record *record)
{
    cell->tried++;
    if (record_outcome(record, OUTCOME_REFUSED) != OUTCOME_OK) {
        append(&cell->failed, &cell->failed_count, record);
        return;
    }
    append(&cell->completed, &cell->completed_count, record);
    if (record_text(record, TRIAL_WARNING, "")[0] == '\0')
        return;
    cell->warned_count++;
    if (cell->warned == NULL)
        cell->warned = record;
}

static void fill_cells(struct summary *summary, const struct entry *entries, size_t count)
{
    summary->cells =
        memory_new(summary->point_count * summary->collector_count * sizeof *summary->cells);
    size_t point = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && compare_points(&entries[i], &entries[i - 1]) != 0)
            point++;
        size_t collector = find_collector(summary, entries[i].collector);
        add_to_cell(&summary->cells[point * summary->collector_count + collector],
                    entries[i].record);
    }
}

/* A trial that ended before its plugin was loaded does not know; others of the collector do. */
static bool has_instrument(const struct trial_record *const *records, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (summary_is_instrument(records[i]))
            return true;
    return false;
}

static void find_instruments(struct summary *summary)
{
    summary->instruments = memory_new(summary->collector_count * sizeof *summary->instruments);
    for (size_t point = 0; point < summary->point_count; point++)
        for (size_t c = 0; c < summary->collector_count; c++) {
            const struct summary_cell *cell = summary_cell(summary, point, c);
            summary->instruments[c] = summary->instruments[c] ||
                                      has_instrument(cell->completed, cell->completed_count) ||
                                      has_instrument(cell->failed, cell->failed_count);
        }
}

/* ---- The whole ---- */

static size_t completed_by(const struct summary *summary, size_t collector)
{
    size_t completed = 0;
    for (size_t point = 0; point < summary->point_count; point++)
        completed += summary_cell(summary, point, collector)->completed_count;
    return completed;
}

/* The one that completed the most; an instrument only where there is nothing else. */
static size_t standard_baseline(const struct summary *summary)
{
    size_t best = 0;
    for (size_t c = 1; c < summary->collector_count; c++) {
        bool fairer = summary->instruments[best] && !summary->instruments[c];
        bool alike = summary->instruments[best] == summary->instruments[c];
        if (fairer || (alike && completed_by(summary, c) > completed_by(summary, best)))
            best = c;
    }
    return best;
}

static bool choose_baseline(struct summary *summary, const char *label, struct error *error)
{
    size_t named = label == NULL ? SIZE_MAX : find_collector(summary, label);
    summary->baseline = standard_baseline(summary);
    if (named < summary->collector_count && !summary->instruments[named])
        summary->baseline = named;
    if (label == NULL || named < summary->collector_count)
        return true;
    const char *near = text_nearest(label, summary->collectors, summary->collector_count);
    if (near != NULL)
        return error_user(error,
                          "no collector '%s' in this run to be the baseline; did you mean "
                          "'%s'?",
                          label, near);
    return error_user(error, "no collector '%s' in this run to be the baseline; it has '%s'%s",
                      label, summary->collectors[0],
                      summary->collector_count > 1 ? " and others" : "");
}

static void count_trials(struct summary *summary)
{
    summary->least_blocks = SIZE_MAX;
    for (size_t i = 0; i < summary->point_count * summary->collector_count; i++) {
        const struct summary_cell *cell = &summary->cells[i];
        summary->trials += cell->tried;
        summary->failures += cell->failed_count;
        if (cell->completed_count > 0 && cell->completed_count < summary->least_blocks)
            summary->least_blocks = cell->completed_count;
        if (cell->completed_count > summary->most_blocks)
            summary->most_blocks = cell->completed_count;
    }
    if (summary->most_blocks == 0)
        summary->least_blocks = 0;
}

bool summary_make(struct summary *summary, const struct store_trial *trials, size_t count,
                  const char *baseline, struct error *error)
{
    *summary = (struct summary){0};
    size_t kept;
    struct entry *entries = sorted_entries(trials, count, &kept);
    if (kept == 0) {
        free(entries);
        return error_user(error, count == 0 ? "the run has no trials yet; `heapmark run` makes some"
                                            : "all trials of the run were interrupted; run it "
                                              "again to complete it");
    }
    find_collectors(summary, entries, kept);
    find_points(summary, entries, kept);
    fill_cells(summary, entries, kept);
    find_instruments(summary);
    free(entries);
    if (!choose_baseline(summary, baseline, error)) {
        summary_free(summary);
        return false;
    }
    summary_work_out(summary);
    count_trials(summary);
    summary_measure_noise(summary);
    return true;
}

void summary_free(struct summary *summary)
{
    for (size_t i = 0;
         summary->cells != NULL && i < summary->point_count * summary->collector_count; i++) {
        free(summary->cells[i].completed);
        free(summary->cells[i].failed);
    }
    free(summary->cells);
    free(summary->points);
    free(summary->collectors);
    free(summary->instruments);
    *summary = (struct summary){0};
}

const struct summary_cell *summary_cell(const struct summary *summary, size_t point,
                                        size_t collector)
{
    CHECK(point < summary->point_count && collector < summary->collector_count,
          "cell %zu, %zu of %zu, %zu", point, collector, summary->point_count,
          summary->collector_count);
    return &summary->cells[point * summary->collector_count + collector];
}
