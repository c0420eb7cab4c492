/* SPDX-License-Identifier: MIT
 *
 * Runs against runs: what is worked out of their points; see versus.h.
 */
#include "report/versus.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/versus_failures.h"
#include "report/versus_points.h"

enum { BOOTSTRAP_SEED = 1 };

static struct stats_sides sides_of(const struct versus_point *point)
{
    return (struct stats_sides){point->samples, point->base_count,
                                point->samples + point->base_count, point->other_count};
}

/* ---- what earlier runs tell ---- */

/* The first run of the side that has the point. */
static const struct trial_record *build_of(const struct versus_point *point, size_t from,
                                           size_t end)
{
    for (size_t i = from; i < end; i++)
        if (point->builds[i] != NULL)
            return point->builds[i];
    return NULL;
}

/* Which side's build this earlier run has at the point: 0 or 1; 2 for none. */
static size_t side_of_earlier(const struct versus *versus, const struct versus_point *point,
                              size_t run)
{
    size_t base = versus->base_runs, other = base + versus->other_runs;
    if (isnan(point->runs[run]))
        return 2;
    if (versus_same_build(point->builds[run], build_of(point, 0, base)))
        return 0;
    return versus_same_build(point->builds[run], build_of(point, base, other)) ? 1 : 2;
}

/* The numbers of a row that are there, close together in `kept`. */
static size_t keep_known(const double *row, size_t count, double *kept)
{
    size_t known = 0;
    for (size_t i = 0; i < count; i++)
        if (!isnan(row[i]))
            kept[known++] = row[i];
    return known;
}

/* Both sides' runs, and the spread of earlier ones: `row` has a logarithm for each run, and
 * `earlier_side` which side's build each earlier run has. */
static struct stats_runs_answer compare_runs(const struct versus *versus, const double *row,
                                             const size_t *earlier_side, double *scratch)
{
    size_t bases = versus->base_runs, others = versus->other_runs;
    struct stats_runs runs = {0};
    for (size_t side = 0; side < 2; side++) {
        size_t count = 0;
        for (size_t i = 0; i < versus->earlier_runs; i++)
            if (earlier_side[i] == side)
                scratch[count++] = row[bases + others + i];
        stats_spread_add(&runs.earlier, scratch, count);
    }
    runs.base = scratch;
    runs.base_count = keep_known(row, bases, scratch);
    runs.other = scratch + runs.base_count;
    runs.other_count = keep_known(row + bases, others, scratch + runs.base_count);
    return stats_runs_compare(runs);
}

/* ---- one point ---- */

static double allowance_of(const struct versus *versus, enum versus_metric metric, int64_t threads,
                           size_t freedom)
{
    if (metric == VERSUS_INSTRUCTIONS)
        return threads > 1 ? VERSUS_COUNTED_DRIFT_OF_SEVERAL : VERSUS_COUNTED_DRIFT;
    return freedom > 0 ? 0 : versus->allowed;
}

/* Student's t where runs tell of their drift; else what the trials of two runs say. */
static void work_out(const struct versus *versus, struct versus_point *point, size_t *earlier_side,
                     double *scratch)
{
    struct stats_sides sides = sides_of(point);
    size_t first = versus->base_runs + versus->other_runs;
    point->base_median = stats_median(sides.base, sides.base_count);
    point->other_median = stats_median(sides.other, sides.other_count);
    for (size_t i = 0; i < versus->earlier_runs; i++)
        earlier_side[i] = side_of_earlier(versus, point, first + i);
    struct stats_runs_answer answer = compare_runs(versus, point->runs, earlier_side, scratch);
    point->freedom = answer.spread.freedom;
    point->allowance = allowance_of(versus, point->metric, point->threads, point->freedom);
    point->ratio = answer.ratio;
    point->interval = answer.interval;
    point->p = answer.p;
    point->ranks = NAN;
    if (point->freedom > 0 || point->base_count == 0 || point->other_count == 0)
        return;
    point->interval = stats_apart_ratio_interval(sides, BOOTSTRAP_SEED);
    if (point->interval.kind != STATS_BOOTSTRAP_95)
        return;
    point->ranks = stats_rank_test(sides.base, sides.base_count, sides.other, sides.other_count).p;
    point->p = stats_apart_p(sides);
}

static bool are_enough(enum versus_metric metric, size_t trials)
{
    return metric == VERSUS_INSTRUCTIONS || trials >= STATS_BOOTSTRAP_LEAST;
}

static size_t least_trials(const struct versus_point *point)
{
    return point->base_count < point->other_count ? point->base_count : point->other_count;
}

static enum versus_verdict judge_point(const struct versus_point *point)
{
    double most = 1 + point->allowance;
    if (!are_enough(point->metric, least_trials(point)))
        return VERSUS_TOO_FEW;
    if (point->p >= 0.05)
        return VERSUS_ALIKE;
    return point->interval.high < 1 / most ? VERSUS_BETTER
           : point->interval.low > most    ? VERSUS_WORSE
                                           : VERSUS_ALIKE;
}

/* Correct all p at once; only then can a point be judged. A count of instructions may have none, as
 * it is one number. */
static void judge(struct versus *versus)
{
    double *p = memory_new(2 * (versus->count + 1) * sizeof *p), *ranks = p + versus->count + 1;
    size_t count = 0, next = 0;
    for (size_t i = 0; i < versus->count; i++)
        if (isfinite(versus->points[i].p)) {
            ranks[count] = versus->points[i].ranks;
            p[count++] = versus->points[i].p;
        }
    stats_judge(ranks, p, p, count);
    for (size_t i = 0; i < versus->count; i++) {
        struct versus_point *point = &versus->points[i];
        if (isfinite(point->p))
            point->p = p[next++];
        if (point->base_count > 0 && point->other_count > 0 && point->verdict != VERSUS_FAILS_MORE)
            point->verdict = judge_point(point);
    }
    free(p);
}

/* ---- all ---- */

static bool is_compared(const struct versus_point *point, enum versus_metric metric)
{
    return point->metric == metric && point->base_count > 0 && point->other_count > 0;
}

static bool has_all_runs(const struct versus *versus, const struct versus_point *point)
{
    for (size_t i = 0; i < versus->base_runs + versus->other_runs; i++)
        if (isnan(point->runs[i]))
            return false;
    return true;
}

/* What is needed to work out a whole. Owns all. */
struct gathered {
    struct stats_sides *sides;
    double *row;          /* a sum of logarithms for each run, then their mean */
    size_t *earlier_side; /* the side whose builds an earlier run has at all points; else 2 */
    double *scratch;
};

/* Of several points the one of the most threads sets what is allowed. */
static void gather_point(const struct versus *versus, const struct versus_point *point,
                         struct gathered *gathered, struct versus_whole *whole)
{
    size_t sided = versus->base_runs + versus->other_runs;
    size_t least = least_trials(point);
    for (size_t i = 0; i < sided + versus->earlier_runs; i++)
        gathered->row[i] += point->runs[i];
    for (size_t i = 0; i < versus->earlier_runs; i++) {
        size_t side = side_of_earlier(versus, point, sided + i);
        if (whole->compared == 0)
            gathered->earlier_side[i] = side;
        else if (gathered->earlier_side[i] != side)
            gathered->earlier_side[i] = 2;
    }
    whole->least_trials =
        whole->compared == 0 || least < whole->least_trials ? least : whole->least_trials;
    whole->allowance = fmax(whole->allowance, point->allowance);
    gathered->sides[whole->compared++] = sides_of(point);
}

/* Does any point have enough trials to judge a mean? Then one that failed too often must not keep
 * all others from being judged. */
static bool has_enough(const struct versus *versus, enum versus_metric metric)
{
    for (size_t i = 0; i < versus->count; i++) {
        const struct versus_point *point = &versus->points[i];
        if (is_compared(point, metric) && has_all_runs(versus, point) &&
            are_enough(metric, least_trials(point)))
            return true;
    }
    return false;
}

static void gather(const struct versus *versus, enum versus_metric metric,
                   struct gathered *gathered, struct versus_whole *whole)
{
    bool enough = has_enough(versus, metric);
    for (size_t i = 0; i < versus->count; i++) {
        const struct versus_point *point = &versus->points[i];
        if (!is_compared(point, metric))
            continue;
        if (!has_all_runs(versus, point))
            whole->left_out++;
        else if (enough && !are_enough(metric, least_trials(point)))
            whole->few++;
        else
            gather_point(versus, point, gathered, whole);
    }
    for (size_t i = 0; i < versus->base_runs + versus->other_runs + versus->earlier_runs; i++)
        gathered->row[i] /= (double)whole->compared;
}

static void tell_whole(const struct versus *versus, const struct gathered *gathered,
                       enum versus_metric metric, struct versus_whole *whole)
{
    struct stats_runs_answer answer =
        compare_runs(versus, gathered->row, gathered->earlier_side, gathered->scratch);
    whole->ratio = answer.ratio;
    whole->interval = answer.interval;
    whole->freedom = answer.spread.freedom;
    if (metric != VERSUS_INSTRUCTIONS)
        whole->allowance = whole->freedom > 0 ? 0 : versus->allowed;
    whole->drift = stats_spread_deviation(answer.spread);
    size_t of_side[3] = {0};
    for (size_t i = 0; i < versus->earlier_runs; i++)
        of_side[gathered->earlier_side[i]]++;
    for (size_t side = 0; side < 2; side++)
        whole->earlier += of_side[side] > 1 ? of_side[side] : 0;
    if (whole->freedom == 0)
        whole->interval =
            stats_apart_mean_ratio_interval(gathered->sides, whole->compared, BOOTSTRAP_SEED);
}

static void work_out_whole(struct versus *versus, enum versus_metric metric)
{
    struct versus_whole *whole = &versus->wholes[metric];
    size_t runs = versus->base_runs + versus->other_runs + versus->earlier_runs;
    struct gathered gathered = {
        memory_new((versus->count + 1) * sizeof *gathered.sides),
        memory_new(runs * sizeof *gathered.row),
        memory_new((versus->earlier_runs + 1) * sizeof *gathered.earlier_side),
        memory_new(runs * sizeof *gathered.scratch),
    };
    whole->ratio = whole->drift = NAN;
    whole->interval = (struct stats_interval){NAN, NAN, STATS_NONE};
    gather(versus, metric, &gathered, whole);
    if (whole->compared > 0)
        tell_whole(versus, &gathered, metric, whole);
    free(gathered.sides);
    free(gathered.row);
    free(gathered.earlier_side);
    free(gathered.scratch);
}

static bool nothing_to_compare(const struct versus *versus, const struct versus_input *input,
                               struct error *error)
{
    if (versus->other_work > 0) {
        struct text text = {0};
        versus_append_differences(versus, true, &text);
        error_user(error,
                   "the two runs have no point in common with the same work: of %zu, %s; make "
                   "one of them anew, as the other was made",
                   versus->other_work, text_chars(&text));
        text_free(&text);
        return false;
    }
    if (input->instructions && versus->left_out > 0)
        return error_user(error, "no point has its instructions counted on both sides: add "
                                 "--instructions to both runs");
    if (versus->left_out > 0)
        return error_user(error, "the two runs have no point in common that tells a time or a "
                                 "latency: what is offered by a schedule is not compared, nor are "
                                 "collectors that check or record the workload");
    return error_user(error, "the two runs have no point in common: no collector was tried in "
                             "both on the same workload, parameters, threads, dispatch and "
                             "heap");
}

bool versus_make(struct versus *versus, const struct versus_input *input, struct error *error)
{
    *versus = (struct versus){.allowed = input->drift};
    versus_find_points(versus, input);
    versus_judge_failures(versus);
    if (versus->count == 0) {
        nothing_to_compare(versus, input, error);
        versus_free(versus);
        return false;
    }
    size_t runs = versus->base_runs + versus->other_runs + versus->earlier_runs;
    size_t *earlier_side = memory_new((versus->earlier_runs + 1) * sizeof *earlier_side);
    double *scratch = memory_new(runs * sizeof *scratch);
    for (size_t i = 0; i < versus->count; i++)
        work_out(versus, &versus->points[i], earlier_side, scratch);
    free(earlier_side);
    free(scratch);
    judge(versus);
    for (enum versus_metric metric = 0; metric < VERSUS_METRIC_COUNT; metric++)
        work_out_whole(versus, metric);
    return true;
}

void versus_free(struct versus *versus)
{
    free(versus->points);
    free(versus->samples);
    free(versus->runs);
    free(versus->builds);
    *versus = (struct versus){0};
}

/* ---- in words ---- */

const char *versus_words(enum versus_verdict verdict)
{
    static const char *const words[] = {[VERSUS_TOO_FEW] = "too few to tell",
                                        [VERSUS_ALIKE] = "not told apart",
                                        [VERSUS_BETTER] = "better",
                                        [VERSUS_WORSE] = "worse",
                                        [VERSUS_FAILS] = "fails now",
                                        [VERSUS_FAILS_MORE] = "fails more often",
                                        [VERSUS_ANSWERS] = "answers otherwise",
                                        [VERSUS_MENDED] = "completes now",
                                        [VERSUS_NEITHER] = "fails in both"};
    return words[verdict];
}

const char *versus_metric_words(enum versus_metric metric)
{
    static const char *const words[] = {[VERSUS_TIME] = "time",
                                        [VERSUS_LATENCY] = "p99 latency",
                                        [VERSUS_INSTRUCTIONS] = "instructions",
                                        [VERSUS_METRIC_COUNT] = "failures"};
    return words[metric];
}

bool versus_is_failure(enum versus_verdict verdict)
{
    return verdict == VERSUS_FAILS || verdict == VERSUS_FAILS_MORE || verdict == VERSUS_ANSWERS;
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

static bool is_judged(const struct versus_whole *whole, enum versus_metric metric)
{
    return whole->compared > 0 && are_enough(metric, whole->least_trials) &&
           whole->interval.kind != STATS_NONE;
}

struct versus_gate versus_gate(const struct versus *versus, double share, bool any)
{
    struct versus_gate gate = {.failing = versus_count(versus, VERSUS_FAILS) +
                                          versus_count(versus, VERSUS_FAILS_MORE),
                               .together = versus_fails_together(versus),
                               .answers = versus_count(versus, VERSUS_ANSWERS),
                               .other_work = versus->other_work};
    for (enum versus_metric metric = 0; metric < VERSUS_METRIC_COUNT; metric++) {
        const struct versus_whole *whole = &versus->wholes[metric];
        bool judged = is_judged(whole, metric);
        gate.judged += judged;
        gate.few += whole->compared > 0 && !are_enough(metric, whole->least_trials);
        gate.partial += whole->left_out;
        gate.mean = gate.mean || (judged && whole->ratio > 1 + share &&
                                  whole->interval.low > 1 + whole->allowance);
    }
    for (size_t i = 0; any && i < versus->count; i++)
        gate.points +=
            versus->points[i].verdict == VERSUS_WORSE && versus->points[i].ratio > 1 + share;
    return gate;
}

bool versus_gate_is_red(const struct versus_gate *gate)
{
    return gate->failing > 0 || gate->together || gate->answers > 0 || gate->mean ||
           gate->points > 0;
}

bool versus_is_worse(const struct versus *versus, double share, bool any)
{
    struct versus_gate gate = versus_gate(versus, share, any);
    return versus_gate_is_red(&gate);
}
