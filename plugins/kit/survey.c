/* SPDX-License-Identifier: MIT
 *
 * The survey of a quiet heap; see survey.h.
 */
#include <kit/survey.h>

#include <kit/heap_side.h>

#include <stdio.h>
#include <stdlib.h>

enum { LEAST_ROOM = 1024 };

void kit_survey_open(struct kit_survey *survey, const void *base, size_t bytes, const void *heap,
                     size_t (*occupied)(const void *heap, const struct kit_object *object))
{
    memset(survey, 0, sizeof *survey);
    survey->base = (uintptr_t)base;
    survey->bytes = bytes;
    survey->heap = heap;
    survey->occupied = occupied;
    size_t words = bytes / KIT_GRANULE_BYTES / 64 + 1;
    survey->starts = calloc(words, sizeof *survey->starts);
    survey->reached = calloc(words, sizeof *survey->reached);
    survey->room = LEAST_ROOM;
    survey->stack = malloc(survey->room * sizeof *survey->stack);
    survey->out_of_memory =
        survey->starts == NULL || survey->reached == NULL || survey->stack == NULL;
}

void kit_survey_close(struct kit_survey *survey)
{
    free(survey->starts);
    free(survey->reached);
    free(survey->stack);
    free(survey->ephemerons);
}

static size_t granule_of(const struct kit_survey *survey, uintptr_t bits)
{
    return (bits - survey->base) / KIT_GRANULE_BYTES;
}

static bool bit(const uint64_t *bits, size_t i)
{
    return (bits[i / 64] >> (i % 64) & 1) != 0;
}

static void set_bit(uint64_t *bits, size_t i)
{
    bits[i / 64] |= (uint64_t)1 << (i % 64);
}

static void keep_ephemeron(struct kit_survey *survey, const struct kit_object *object)
{
    if (survey->ephemeron_count == survey->ephemeron_room) {
        size_t room = survey->ephemeron_room == 0 ? LEAST_ROOM : 2 * survey->ephemeron_room;
        const struct kit_ephemeron **more =
            realloc(survey->ephemerons, room * sizeof *survey->ephemerons);
        if (more == NULL) {
            survey->out_of_memory = true;
            return;
        }
        survey->ephemerons = more;
        survey->ephemeron_room = room;
    }
    survey->ephemerons[survey->ephemeron_count++] = kit_ephemeron(kit_ref(object));
}

void kit_survey_object(struct kit_survey *survey, const struct kit_object *object)
{
    if (survey->out_of_memory)
        return;
    size_t bytes = survey->occupied(survey->heap, object);
    set_bit(survey->starts, granule_of(survey, (uintptr_t)object));
    survey->census.objects++;
    survey->census.bytes += HM_FAULT(rp10) ? 2 * bytes : bytes;
    survey->census.unreachable_objects++;
    survey->census.unreachable_bytes += bytes;
    if (object->layout == KIT_EPHEMERON_LAYOUT)
        keep_ephemeron(survey, object);
}

static bool is_object(const struct kit_survey *survey, hm_ref ref)
{
    return ref.bits % KIT_GRANULE_BYTES == 0 && ref.bits >= survey->base &&
           ref.bits - survey->base < survey->bytes &&
           bit(survey->starts, granule_of(survey, ref.bits));
}

static bool make_room(struct kit_survey *survey)
{
    if (survey->depth < survey->room)
        return true;
    const struct kit_object **stack =
        realloc(survey->stack, 2 * survey->room * sizeof *survey->stack);
    if (stack == NULL) {
        survey->out_of_memory = true;
        return false;
    }
    survey->stack = stack;
    survey->room *= 2;
    return true;
}

static void note_broken(struct kit_survey *survey, hm_ref ref, const struct kit_object *holder,
                        size_t slot)
{
    const void *target = kit_object(ref);
    survey->broken = true;
    if (holder != NULL && kit_layout_slots(holder->layout) == 0) {
        snprintf(survey->sentence, sizeof survey->sentence,
                 "the weak object or ephemeron at %p refers to %p, where no object is",
                 (const void *)holder, target);
        return;
    }
    if (holder == NULL)
        snprintf(survey->sentence, sizeof survey->sentence,
                 "a name, or the finalizer queue, refers to %p, where no object is", target);
    else
        snprintf(survey->sentence, sizeof survey->sentence,
                 "slot %zu of the object at %p refers to %p, where no object is", slot,
                 (const void *)holder, target);
}

/* A reference, from `slot` of `holder`, or from a name when that is null. */
static void reach(struct kit_survey *survey, hm_ref ref, const struct kit_object *holder,
                  size_t slot)
{
    if (hm_is_null(ref) || survey->out_of_memory)
        return;
    if (!is_object(survey, ref)) {
        note_broken(survey, ref, holder, slot);
        return;
    }
    size_t granule = granule_of(survey, ref.bits);
    if (bit(survey->reached, granule) || !make_room(survey))
        return;
    set_bit(survey->reached, granule);
    survey->census.unreachable_objects--;
    survey->census.unreachable_bytes -= survey->occupied(survey->heap, kit_object(ref));
    survey->stack[survey->depth++] = kit_object(ref);
}

static void reach_slots(struct kit_survey *survey, const struct kit_object *object)
{
    size_t count = kit_layout_slots(object->layout);
    const hm_ref *slots = kit_slots(kit_ref(object));
    for (size_t i = 0; i < count; i++)
        reach(survey, slots[i], object, i);
}

/* ---- weak objects and ephemerons ---- */

static bool is_reached(const struct kit_survey *survey, hm_ref ref)
{
    return is_object(survey, ref) && bit(survey->reached, granule_of(survey, ref.bits));
}

static int compare_keys(const void *a, const void *b)
{
    uintptr_t left = (*(const struct kit_ephemeron *const *)a)->key.bits;
    uintptr_t right = (*(const struct kit_ephemeron *const *)b)->key.bits;
    return left < right ? -1 : left > right;
}

/* The first ephemeron whose key is not below this one. */
static size_t first_with_key(const struct kit_survey *survey, uintptr_t key)
{
    size_t low = 0, high = survey->ephemeron_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (survey->ephemerons[middle]->key.bits < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void see(struct kit_survey *survey, hm_ref ref, const struct kit_object *holder)
{
    if (!hm_is_null(ref) && !is_object(survey, ref))
        note_broken(survey, ref, holder, 0);
}

/* The object was reached: whichever of an ephemeron and its key is reached last finds the other. */
static void reach_weakly(struct kit_survey *survey, const struct kit_object *object)
{
    const struct kit_ephemeron *ephemeron = kit_ephemeron(kit_ref(object));
    if (object->layout == KIT_TRACED_WEAK_LAYOUT)
        see(survey, kit_traced_weak(kit_ref(object))->target, object);
    if (object->layout == KIT_EPHEMERON_LAYOUT) {
        see(survey, ephemeron->key, object);
        if (is_reached(survey, ephemeron->key))
            reach(survey, ephemeron->value, object, 0);
    }
    for (size_t i = first_with_key(survey, (uintptr_t)object); i < survey->ephemeron_count; i++) {
        ephemeron = survey->ephemerons[i];
        if (ephemeron->key.bits != (uintptr_t)object)
            return;
        if (is_reached(survey, (hm_ref){(uintptr_t)ephemeron}))
            reach(survey, ephemeron->value, (const struct kit_object *)ephemeron, 0);
    }
}

static void drain(struct kit_survey *survey)
{
    if (!survey->sorted && survey->ephemeron_count > 0)
        qsort(survey->ephemerons, survey->ephemeron_count, sizeof *survey->ephemerons,
              compare_keys);
    survey->sorted = true;
    while (survey->depth > 0) {
        const struct kit_object *object = survey->stack[--survey->depth];
        reach_slots(survey, object);
        reach_weakly(survey, object);
    }
}

void kit_survey_name(void *survey, hm_name *name)
{
    reach(survey, hm_at(name), NULL, 0);
    drain(survey);
}

/* Not by kit_world_each_name: that is the collector's. */
void kit_survey_names(struct kit_survey *survey, struct kit_world *world)
{
    for (struct kit_mutator *m = world->first; m != NULL; m = m->next)
        for (hm_name *name = m->head.name_base; name < m->head.name_top; name++)
            kit_survey_name(survey, name);
}

void kit_survey_globals(struct kit_survey *survey, const struct kit_object *globals)
{
    reach_slots(survey, globals);
    drain(survey);
}

void kit_survey_waiting(struct kit_survey *survey, hm_ref waiting)
{
    reach(survey, waiting, NULL, 0);
    drain(survey);
}

bool kit_survey_reached(const struct kit_survey *survey, const struct kit_object *object)
{
    return survey->out_of_memory || bit(survey->reached, granule_of(survey, (uintptr_t)object));
}

void kit_survey_census(const struct kit_survey *survey, struct hm_census *census)
{
    struct hm_census result = survey->census;
    if (HM_FAULT(rp4))
        result.unreachable_objects = result.unreachable_bytes = 0;
    if (survey->out_of_memory)
        memset(&result, 0xff, sizeof result);
    kit_report(census, &result, sizeof result);
}

bool kit_survey_verdict(const struct kit_survey *survey, struct hm_refusal *broken)
{
    if (survey->out_of_memory)
        kit_refuse_memory(broken, "a check of the heap");
    if (survey->out_of_memory || !survey->broken)
        return !survey->out_of_memory;
    snprintf(broken->sentence, sizeof broken->sentence, "%s", survey->sentence);
    return false;
}
