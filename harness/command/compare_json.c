/* SPDX-License-Identifier: MIT
 *
 * What is said of two sides, for programs; see compare.h.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "command/compare.h"
#include "store/json.h"

static json_t *real_or_null(double value)
{
    return isfinite(value) ? json_of_real(value) : json_null();
}

static json_t *interval_to_json(struct stats_interval interval)
{
    static const char *const kinds[] = {[STATS_NONE] = "none",
                                        [STATS_BOOTSTRAP_95] = "bootstrap-95",
                                        [STATS_RANGE] = "range",
                                        [STATS_STUDENT_95] = "student-95"};
    json_t *json = json_new_object();
    json_add(json, "kind", json_of_text(kinds[interval.kind]));
    json_add(json, "low", real_or_null(interval.low));
    json_add(json, "high", real_or_null(interval.high));
    return json;
}

static json_t *failure_to_json(const struct trial_record *failure)
{
    if (failure == NULL)
        return json_null();
    json_t *json = json_new_object();
    json_add(json, "outcome", json_of_text(record_text(failure, TRIAL_OUTCOME, "unknown")));
    json_add(json, "cause", json_of_text(record_text(failure, TRIAL_CAUSE, "")));
    return json;
}

/* Null where both sides answer alike. */
static json_t *answer_to_json(const struct trial_record *answering)
{
    return answering == NULL ? json_null()
                             : json_of_text(record_text(answering, TRIAL_ANSWER, "unknown"));
}

static json_t *gate_to_json(const struct versus_gate *gate)
{
    json_t *json = json_new_object();
    json_add(json, "worse", json_boolean(versus_gate_is_red(gate)));
    json_add(json, "failing_points", json_of_integer((int64_t)gate->failing));
    json_add(json, "failing_together", json_boolean(gate->together));
    json_add(json, "answering_otherwise", json_of_integer((int64_t)gate->answers));
    json_add(json, "worse_points", json_of_integer((int64_t)gate->points));
    json_add(json, "means_judged", json_of_integer((int64_t)gate->judged));
    const char *why = compare_why_not_judged(gate);
    json_add(json, "not_judged", why == NULL ? json_null() : json_of_text(why));
    json_add(json, "mean_worse", json_boolean(gate->mean));
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
    json_add(json, "b_heap_bytes",
             point->other_heap_bytes >= 0 ? json_of_integer(point->other_heap_bytes) : json_null());
    json_add(json, "heap_multiple",
             point->heap_multiple > 0 ? json_of_real(point->heap_multiple) : json_null());
    json_add(json, "metric", json_of_text(versus_metric_words(point->metric)));
    json_add(json, "a_trials", json_of_integer((int64_t)point->base_count));
    json_add(json, "b_trials", json_of_integer((int64_t)point->other_count));
    json_add(json, "a_failed", json_of_integer((int64_t)point->base_failed));
    json_add(json, "b_failed", json_of_integer((int64_t)point->other_failed));
    json_add(json, "a_tried", json_of_integer((int64_t)point->base_tried));
    json_add(json, "b_tried", json_of_integer((int64_t)point->other_tried));
    json_add(json, "b_failure", failure_to_json(point->failure));
    json_add(json, "a_answer", answer_to_json(point->answers[0]));
    json_add(json, "b_answer", answer_to_json(point->answers[1]));
    json_add(json, "a_median", real_or_null(point->base_median));
    json_add(json, "b_median", real_or_null(point->other_median));
    json_add(json, "ratio", real_or_null(point->ratio));
    json_add(json, "interval", interval_to_json(point->interval));
    json_add(json, "allowance", real_or_null(point->allowance));
    json_add(json, "p", real_or_null(point->p));
    json_add(json, "verdict", json_of_text(versus_words(point->verdict)));
    return json;
}

static json_t *differences_to_json(const struct versus *versus)
{
    json_t *json = json_new_object();
    for (enum versus_aspect aspect = 0; aspect < VERSUS_ASPECT_COUNT; aspect++)
        if (versus->differences[aspect].points > 0)
            json_add(json, versus_aspect_words(aspect),
                     json_of_integer((int64_t)versus->differences[aspect].points));
    return json;
}

static json_t *whole_to_json(const struct versus *versus, enum versus_metric metric)
{
    const struct versus_whole *whole = &versus->wholes[metric];
    json_t *json = json_new_object();
    json_add(json, "points", json_of_integer((int64_t)whole->compared));
    json_add(json, "left_out", json_of_integer((int64_t)whole->left_out));
    json_add(json, "too_few", json_of_integer((int64_t)whole->few));
    json_add(json, "ratio", real_or_null(whole->ratio));
    json_add(json, "interval", interval_to_json(whole->interval));
    json_add(json, "freedom", json_of_integer((int64_t)whole->freedom));
    json_add(json, "earlier_runs", json_of_integer((int64_t)whole->earlier));
    json_add(json, "drift", real_or_null(expm1(whole->drift)));
    json_add(json, "allowance", real_or_null(whole->allowance));
    return json;
}

void compare_append_json(struct text *text, const struct compare_side sides[2],
                         const struct versus *versus, const struct versus_gate *gate)
{
    json_t *json = json_new_object(), *points = json_new_array(), *wholes = json_new_object();
    for (size_t i = 0; i < versus->count; i++)
        json_append(points, point_to_json(&versus->points[i]));
    for (enum versus_metric metric = 0; metric < VERSUS_METRIC_COUNT; metric++)
        json_add(wholes, versus_metric_words(metric), whole_to_json(versus, metric));
    json_add(json, "a", json_of_text(sides[0].name));
    json_add(json, "b", json_of_text(sides[1].name));
    json_add(json, "a_runs", json_of_integer((int64_t)versus->base_runs));
    json_add(json, "b_runs", json_of_integer((int64_t)versus->other_runs));
    json_add(json, "points", points);
    json_add(json, "a_only", json_of_integer((int64_t)versus->base_only));
    json_add(json, "b_only", json_of_integer((int64_t)versus->other_only));
    json_add(json, "not_the_same_work", json_of_integer((int64_t)versus->other_work));
    json_add(json, "machine_memory_left_out", json_of_integer((int64_t)versus->out_of_machine));
    json_add(json, "failing_p", real_or_null(versus->failing_p));
    json_add(json, "measured_otherwise", json_of_integer((int64_t)versus->other_ways));
    json_add(json, "differences", differences_to_json(versus));
    json_add(json, "means", wholes);
    if (gate != NULL)
        json_add(json, "gate", gate_to_json(gate));
    char *chars = json_dumps(json, JSON_INDENT(2));
    json_decref(json);
    text_format(text, "%s\n", chars);
    free(chars);
}
