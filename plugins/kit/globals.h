/* SPDX-License-Identifier: MIT
 *
 * The globals as an object outside the heap: one SLOTS object, never moved, never freed before
 * close. Collectors treat its slots as roots.
 */
#ifndef HEAPMARK_KIT_GLOBALS_H
#define HEAPMARK_KIT_GLOBALS_H

#include <kit/object.h>

/* A globals object with this many null slots, or null when memory is out. Its own word is 0. */
struct kit_object *kit_globals_new(uint32_t slots);
void kit_globals_free(struct kit_object *globals);

#endif
