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

void kit_survey_object(struct kit_survey *survey, const struct kit_object *object)
{
    if (survey->out_of_memory)
        return;
    size_t bytes = survey->occupied(survey->heap, object);
    set_bit(survey->starts, granule_of(survey, (uintptr_t)object));
    survey->census.objects++;
    survey->census.bytes += bytes;
    survey->census.unreachable_objects++;
    survey->census.unreachable_bytes += bytes;
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

static void drain(struct kit_survey *survey)
{
    while (survey->depth > 0)
        reach_slots(survey, survey->stack[--survey->depth]);
}

/* Not by kit_world_each_name: that is the collector's. */
void kit_survey_names(struct kit_survey *survey, struct kit_world *world)
{
    for (struct kit_mutator *m = world->first; m != NULL; m = m->next)
        for (hm_name *name = m->head.name_base; name < m->head.name_top; name++) {
            reach(survey, hm_at(name), NULL, 0);
            drain(survey);
        }
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
