/* SPDX-License-Identifier: MIT
 *
 * One run against another; see versus.h.
 */
#include "report/versus.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/summary.h"

/* ---- order ---- */

/* A trial, and which run it is of. */
struct entry {
    const struct trial_record *record;
    struct versus_point key; /* the names and numbers only */
    bool is_other;
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
        order = (int)a->is_other - (int)b->is_other;
    return order != 0 ? order : (a->record > b->record) - (a->record < b->record);
}

/* The times of open-loop trials are set, so there is nothing to compare: they are counted. */
static bool is_open(const struct trial_record *record)
{
    return strcmp(record_text(record, TRIAL_SCHEDULE, "work"), "work") != 0;
}

static size_t add_entries(struct entry *entries, const struct store_trial *trials, size_t count,
                          bool is_other)
{
    size_t added = 0;
    for (size_t i = 0; i < count; i++) {
        const struct trial_record *record = &trials[i].record;
        if (record_outcome(record, OUTCOME_COUNT) != OUTCOME_INTERRUPTED && !is_open(record))
            entries[added++] = (struct entry){record, key_of(record), is_other};
    }
    return added;
}

/* ---- one point ---- */

/* Wall time, or the time of one operation of a micro workload; none of an open-loop one. */
static double time_of(const struct trial_record *record)
{
    return summary_time_ns(record, record_integer(record, TRIAL_MICRO, 0) != 0);
}

struct tried {
    size_t base, other;
};

/* Take in the trials of one point; their times go to `samples`, those of the first run first. */
static struct tried take_in(struct versus_point *point, const struct entry *entries, size_t count,
                            double *samples)
{
    struct tried tried = {0};
    *point = entries[0].key;
    for (size_t i = 0; i < count; i++) {
        const struct trial_record *record = entries[i].record;
        bool completed = record_outcome(record, OUTCOME_REFUSED) == OUTCOME_OK;
        double time_ns = time_of(record);
        *(entries[i].is_other ? &tried.other : &tried.base) += 1;
        point->micro = point->micro || record_integer(record, TRIAL_MICRO, 0) != 0;
        if (completed && isfinite(time_ns) && time_ns > 0) {
            samples[point->base_count + point->other_count] = time_ns;
            *(entries[i].is_other ? &point->other_count : &point->base_count) += 1;
        } else if (!completed && entries[i].is_other && point->failure == NULL) {
            point->failure = record;
        }
    }
    return tried;
}

static struct stats_sides sides_of(const struct versus_point *point, const double *samples)
{
    return (struct stats_sides){samples, point->base_count, samples + point->base_count,
                                point->other_count};
}

enum { BOOTSTRAP_SEED = 1 };

static void work_out(struct versus_point *point, const double *samples)
{
    struct stats_sides sides = sides_of(point, samples);
    point->base_ns = stats_median(sides.base, sides.base_count);
    point->other_ns = stats_median(sides.other, sides.other_count);
    point->ratio = stats_apart_ratio(sides);
    point->interval = stats_apart_ratio_interval(sides, BOOTSTRAP_SEED);
    point->p = NAN;
    if (point->base_count == 0 || point->other_count == 0)
        point->verdict = point->base_count > 0    ? VERSUS_FAILS
                         : point->other_count > 0 ? VERSUS_MENDED
                                                  : VERSUS_NEITHER;
    else if (point->interval.kind != STATS_BOOTSTRAP_95)
        point->verdict = VERSUS_TOO_FEW;
    else
        point->p = stats_rank_test(sides.base, sides.base_count, sides.other, sides.other_count).p;
}

/* ---- all ---- */

/* Correct all p at once; only then can a point be judged. */
static void judge(struct versus *versus)
{
    double *p = memory_new((versus->count + 1) * sizeof *p);
    size_t count = 0, next = 0;
    for (size_t i = 0; i < versus->count; i++)
        if (isfinite(versus->points[i].p))
            p[count++] = versus->points[i].p;
    stats_adjust(p, p, count);
    for (size_t i = 0; i < versus->count; i++) {
        struct versus_point *point = &versus->points[i];
        if (!isfinite(point->p))
            continue;
        point->p = p[next++];
        bool apart = point->p < 0.05 && (point->interval.high < 1 || point->interval.low > 1);
        point->verdict = !apart                     ? VERSUS_ALIKE
                         : point->interval.high < 1 ? VERSUS_BETTER
                                                    : VERSUS_WORSE;
    }
    free(p);
}

/* The points where both completed, together. */
static void work_out_mean(struct versus *versus)
{
    struct stats_sides *sides = memory_new((versus->count + 1) * sizeof *sides);
    const double *samples = versus->samples;
    versus->least_trials = SIZE_MAX;
    for (size_t i = 0; i < versus->count; i++) {
        const struct versus_point *point = &versus->points[i];
        if (point->base_count > 0 && point->other_count > 0) {
            size_t least =
                point->base_count < point->other_count ? point->base_count : point->other_count;
            sides[versus->compared++] = sides_of(point, samples);
            versus->least_trials = least < versus->least_trials ? least : versus->least_trials;
        }
        samples += point->base_count + point->other_count;
    }
    if (versus->compared == 0)
        versus->least_trials = 0;
    versus->ratio = stats_apart_mean_ratio(sides, versus->compared);
    versus->interval = stats_apart_mean_ratio_interval(sides, versus->compared, BOOTSTRAP_SEED);
    free(sides);
}

static size_t count_open(const struct store_trial *trials, size_t count)
{
    size_t open = 0;
    for (size_t i = 0; i < count; i++)
        open += is_open(&trials[i].record);
    return open;
}

static void find_points(struct versus *versus, const struct entry *entries, size_t count)
{
    size_t used = 0;
    for (size_t start = 0, end; start < count; start = end) {
        struct versus_point *point = &versus->points[versus->count];
        for (end = start + 1;
             end < count && compare_keys(&entries[start].key, &entries[end].key) == 0;)
            end++;
        struct tried tried = take_in(point, &entries[start], end - start, versus->samples + used);
        versus->base_only += tried.other == 0;
        versus->other_only += tried.base == 0;
        if (tried.base == 0 || tried.other == 0)
            continue;
        work_out(point, versus->samples + used);
        used += point->base_count + point->other_count;
        versus->count++;
    }
}

bool versus_make(struct versus *versus, const struct store_trial *base, size_t base_count,
                 const struct store_trial *other, size_t other_count, struct error *error)
{
    size_t most = base_count + other_count + 1;
    struct entry *entries = memory_new(most * sizeof *entries);
    *versus = (struct versus){.points = memory_new(most * sizeof *versus->points),
                              .samples = memory_new(most * sizeof *versus->samples)};
    size_t count = add_entries(entries, base, base_count, false);
    count += add_entries(entries + count, other, other_count, true);
    qsort(entries, count, sizeof *entries, compare_entries);
    find_points(versus, entries, count);
    free(entries);
    versus->open_loop = count_open(base, base_count) + count_open(other, other_count);
    if (versus->count == 0 && versus->open_loop > 0) {
        versus_free(versus);
        return error_user(error, "the two runs have no point in common whose work is fixed: times "
                                 "are compared, and those of open-loop workloads are set by their "
                                 "schedule");
    }
    if (versus->count == 0) {
        versus_free(versus);
        return error_user(error, "the two runs have no point in common: no collector was tried in "
                                 "both on the same workload, parameters, threads, dispatch and "
                                 "heap");
    }
    judge(versus);
    work_out_mean(versus);
    return true;
}

void versus_free(struct versus *versus)
{
    free(versus->points);
    free(versus->samples);
    *versus = (struct versus){0};
}

const char *versus_words(enum versus_verdict verdict)
{
    static const char *const words[] = {
        [VERSUS_TOO_FEW] = "too few to tell", [VERSUS_ALIKE] = "not told apart",
        [VERSUS_BETTER] = "better",           [VERSUS_WORSE] = "worse",
        [VERSUS_FAILS] = "fails now",         [VERSUS_MENDED] = "completes now",
        [VERSUS_NEITHER] = "fails in both"};
    return words[verdict];
}

size_t versus_count(const struct versus *versus, enum versus_verdict verdict)
{
    size_t count = 0;
    for (size_t i = 0; i < versus->count; i++)
        count += versus->points[i].verdict == verdict;
    return count;
}

void versus_append_counts(const struct versus *versus, struct text *text)
{
    bool any = false;
    for (enum versus_verdict verdict = VERSUS_TOO_FEW; verdict <= VERSUS_NEITHER; verdict++) {
        size_t count = versus_count(versus, verdict);
        if (count > 0)
            text_format(text, "%s%zu %s", any ? ", " : "", count, versus_words(verdict));
        any = any || count > 0;
    }
}

bool versus_is_worse(const struct versus *versus, double share, bool any)
{
    if (versus_count(versus, VERSUS_FAILS) > 0)
        return true;
    if (versus->interval.kind == STATS_BOOTSTRAP_95 && versus->ratio > 1 + share &&
        versus->interval.low > 1)
        return true;
    for (size_t i = 0; any && i < versus->count; i++)
        if (versus->points[i].verdict == VERSUS_WORSE && versus->points[i].ratio > 1 + share)
            return true;
    return false;
}
