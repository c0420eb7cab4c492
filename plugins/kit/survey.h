/* SPDX-License-Identifier: MIT
 *
 * The survey: a census of a quiet heap, and a check of it, by a plain trace that uses none of
 * the collector's own machinery (no mark, no mark stack, no header bit), so that a collector's
 * mistake does not hide itself. Its memory comes from malloc and does not count as the heap's:
 * the survey belongs to the tests, not to the collector.
 *
 *     open; each object that the collector says is there; each root; read the census; close
 *
 * Ephemerons (traced_objects.h) own their values here as they should: from the time that they and
 * their keys are reached.
 */
#ifndef HEAPMARK_KIT_SURVEY_H
#define HEAPMARK_KIT_SURVEY_H

#include <kit/traced_objects.h>
#include <kit/world.h>

struct kit_survey {
    uintptr_t base; /* objects lie in [base, base + bytes) */
    size_t bytes;
    uint64_t *starts;  /* a bit for each granule: an object begins here */
    uint64_t *reached; /* likewise: and was reached */
    const struct kit_object **stack;
    size_t depth, room;
    const struct kit_ephemeron **ephemerons; /* all, sorted by key at the first root */
    size_t ephemeron_count, ephemeron_room;
    bool sorted;
    /* What an object occupies, which may be more than its layout says. */
    size_t (*occupied)(const void *heap, const struct kit_object *object);
    const void *heap;
    struct hm_census census;
    bool out_of_memory; /* of malloc's: the survey says nothing of the heap */
    bool broken;        /* a reference led to no object; see sentence */
    char sentence[256];
};

/* A survey that gets no memory goes on and answers "unknown"; close it in any case. */
void kit_survey_open(struct kit_survey *survey, const void *base, size_t bytes, const void *heap,
                     size_t (*occupied)(const void *heap, const struct kit_object *object));
void kit_survey_close(struct kit_survey *survey);

/* An object that is in the heap and not reclaimed. All of them before the first root. */
void kit_survey_object(struct kit_survey *survey, const struct kit_object *object);

/* Trace from what these own: every name of the world, the slots of the globals, the finalizer queue
 * (once for each object that waits), and one name (for `user` of a function that visits names). */
void kit_survey_names(struct kit_survey *survey, struct kit_world *world);
void kit_survey_name(void *survey, hm_name *name);
void kit_survey_globals(struct kit_survey *survey, const struct kit_object *globals);
void kit_survey_waiting(struct kit_survey *survey, hm_ref waiting);

/* Was the object reached? Of all of them once the roots are done; true where memory was out. */
bool kit_survey_reached(const struct kit_survey *survey, const struct kit_object *object);

/* Answer the harness; every figure is HM_UNKNOWN when memory was out. */
void kit_survey_census(const struct kit_survey *survey, struct hm_census *census);

/* The verdict for struct hm_heap_ops.verify: false with a sentence when something is broken, or
 * could not be looked at. */
bool kit_survey_verdict(const struct kit_survey *survey, struct hm_refusal *broken);

#endif
