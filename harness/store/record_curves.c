/* SPDX-License-Identifier: MIT
 *
 * The curves of a trial: in memory, and as JSON.
 */
#include "store/record_curves.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/json.h"

static const char *const words[CURVE_COUNT] = {
#define TRIAL_CURVE_ROW(name, word, x_unit, y_unit, sentence) [name] = word,
    TRIAL_CURVES(TRIAL_CURVE_ROW)
#undef TRIAL_CURVE_ROW
};

const char *record_curve_word(enum trial_curve curve)
{
    CHECK((unsigned)curve < CURVE_COUNT, "curve %d of %d", (int)curve, CURVE_COUNT);
    return words[curve];
}

enum trial_curve record_find_curve(const char *word)
{
    for (int curve = 0; curve < CURVE_COUNT; curve++) {
        if (strcmp(words[curve], word) == 0)
            return (enum trial_curve)curve;
    }
    return CURVE_COUNT;
}

void record_add_point(struct trial_record *record, enum trial_curve name, double x, double y)
{
    CHECK((unsigned)name < CURVE_COUNT, "curve %d of %d", (int)name, CURVE_COUNT);
    struct curve *curve = &record->curves[name];
    if (!isfinite(x) || !isfinite(y))
        return;
    if (curve->count == curve->capacity) {
        curve->capacity = curve->capacity == 0 ? 32 : curve->capacity * 2;
        curve->points = memory_resize(curve->points, curve->capacity * sizeof *curve->points);
    }
    curve->points[curve->count++] = (struct curve_point){x, y};
}

void record_merge_curves(struct trial_record *to, const struct trial_record *from)
{
    for (int name = 0; name < CURVE_COUNT; name++) {
        const struct curve *curve = &from->curves[name];
        if (curve->count > 0)
            to->curves[name].count = 0;
        for (size_t i = 0; i < curve->count; i++)
            record_add_point(to, (enum trial_curve)name, curve->points[i].x, curve->points[i].y);
    }
}

void record_free_curves(struct trial_record *record)
{
    for (int name = 0; name < CURVE_COUNT; name++) {
        free(record->curves[name].points);
        record->curves[name] = (struct curve){0};
    }
}

/* ---- JSON ---- */

static json_t *points_to_json(const struct curve *curve)
{
    json_t *list = json_new_array();
    for (size_t i = 0; i < curve->count; i++) {
        json_t *pair = json_new_array();
        json_append(pair, json_of_real(curve->points[i].x));
        json_append(pair, json_of_real(curve->points[i].y));
        json_append(list, pair);
    }
    return list;
}

json_t *record_curves_to_json(const struct trial_record *record)
{
    json_t *json = json_new_object();
    for (int name = 0; name < CURVE_COUNT; name++) {
        if (record->curves[name].count > 0)
            json_add(json, words[name], points_to_json(&record->curves[name]));
    }
    return json;
}

static bool points_from_json(struct trial_record *record, enum trial_curve name, const json_t *list,
                             struct error *error)
{
    if (!json_is_array(list))
        return error_system(error, "the curve '%s' of the trial's result is no array of pairs",
                            words[name]);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *pair = json_array_get(list, i);
        const json_t *x = json_array_get(pair, 0), *y = json_array_get(pair, 1);
        if (json_array_size(pair) != 2 || !json_is_number(x) || !json_is_number(y))
            return error_system(error, "point %zu of the curve '%s' is no pair [x, y]", i,
                                words[name]);
        record_add_point(record, name, json_number_value(x), json_number_value(y));
    }
    return true;
}

bool record_curves_from_json(struct trial_record *record, const json_t *json, struct error *error)
{
    if (!json_is_object(json))
        return error_system(error, "the curves of the trial's result are no JSON object");
    const char *word;
    json_t *list;
    json_object_foreach((json_t *)(uintptr_t)json, word, list)
    {
        enum trial_curve name = record_find_curve(word);
        if (name == CURVE_COUNT)
            return error_system(error, "the trial's result holds '%.80s', which is no curve", word);
        if (!points_from_json(record, name, list, error))
            return false;
    }
    return true;
}
