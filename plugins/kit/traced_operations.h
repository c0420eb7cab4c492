/* SPDX-License-Identifier: MIT
 *
 * Reading weak objects and ephemerons where nothing moves or dies but in a stopped world: a load. A
 * mutator.h that includes this has HM_HAS_WEAK, HM_HAS_EPHEMERON and HM_HAS_FINALIZER, and defines
 * hm_new_weak, hm_new_ephemeron, hm_watch and hm_next_dead.
 */
#ifndef HEAPMARK_KIT_TRACED_OPERATIONS_H
#define HEAPMARK_KIT_TRACED_OPERATIONS_H

#include <kit/traced_objects.h>

#define HM_HAS_WEAK
#define HM_HAS_EPHEMERON
#define HM_HAS_FINALIZER

HM_INLINE void hm_weak_get(hm_mutator *m, hm_name *name, hm_ref weak)
{
    (void)m;
    name->bits = kit_traced_weak(weak)->target.bits;
}

HM_INLINE void hm_ephemeron_get(hm_mutator *m, hm_name *name, hm_ref ephemeron)
{
    (void)m;
    name->bits = kit_ephemeron(ephemeron)->value.bits;
}

#endif
