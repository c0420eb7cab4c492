/* SPDX-License-Identifier: MIT
 *
 * What the kit does for stress testing, in a build with KIT_HOOKS; nothing of it is left without.
 *
 * Phases: KIT_PHASE(NAME) tells the host that the collector has come to HM_PHASE_NAME.
 * Filling: free memory is filled with a pattern, which is looked at when it is used again, so that
 *     a store into what was freed is found, and a read of it gives a word that is no reference, no
 *     stamp and no sensible header. Memory that was given back cannot be touched at all.
 * Redzones: each object is a word longer, which stays zero.
 * Failures: the k-th time that the kit asks the system for memory, or for a thread, it is refused
 *     (HEAPMARK_FAIL_MAP=k, HEAPMARK_FAIL_THREAD=k in the environment; "k+": and each time after),
 *     and the host is told.
 */
#ifndef HEAPMARK_KIT_HOOKS_H
#define HEAPMARK_KIT_HOOKS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include <heapmark/plugin.h>

#ifdef KIT_HOOKS

enum { KIT_REDZONE_BYTES = 8 };

/* Called first, by whoever opens a heap: where phases and faults are told. */
void kit_hooks_open(const struct hm_host *host);
void kit_phase(enum hm_phase phase);
/* With `lock` held by the caller, and not while the phase lasts. */
void kit_phase_unlocked(enum hm_phase phase, pthread_mutex_t *lock);

/* Fill memory that is free now. */
void kit_fill(void *memory, size_t bytes);
/* Each word is filled, or zero, as fresh memory is; ends the trial otherwise. */
void kit_check_filled(const void *memory, size_t bytes);
/* An object of so many bytes, redzone included, is about to be freed or moved: it was not freed
 * before (its `layout` is not 0), and nobody wrote beyond its end. */
void kit_check_object(const void *object, uint32_t layout, size_t bytes);
/* Memory that went back to the system cannot be read or written until it is shown again. */
void kit_hide(void *memory, size_t bytes);
void kit_show(void *memory, size_t bytes);

/* Is it this request for memory, or for a thread, that is to fail? */
bool kit_map_fails(void);
bool kit_thread_fails(void);

#define KIT_PHASE(NAME) kit_phase(HM_PHASE_##NAME)
#define KIT_PHASE_UNLOCKED(NAME, lock) kit_phase_unlocked(HM_PHASE_##NAME, lock)

#else

enum { KIT_REDZONE_BYTES = 0 };

#define KIT_PHASE(NAME) ((void)0)
#define KIT_PHASE_UNLOCKED(NAME, lock) ((void)0)

HM_INLINE void kit_hooks_open(const struct hm_host *host)
{
    (void)host;
}

HM_INLINE void kit_fill(void *memory, size_t bytes)
{
    (void)memory;
    (void)bytes;
}

HM_INLINE void kit_check_filled(const void *memory, size_t bytes)
{
    (void)memory;
    (void)bytes;
}

HM_INLINE void kit_check_object(const void *object, uint32_t layout, size_t bytes)
{
    (void)object;
    (void)layout;
    (void)bytes;
}

HM_INLINE void kit_hide(void *memory, size_t bytes)
{
    (void)memory;
    (void)bytes;
}

HM_INLINE void kit_show(void *memory, size_t bytes)
{
    (void)memory;
    (void)bytes;
}

HM_INLINE bool kit_map_fails(void)
{
    return false;
}

HM_INLINE bool kit_thread_fails(void)
{
    return false;
}

#endif

#endif
