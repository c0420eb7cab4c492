/* SPDX-License-Identifier: MIT
 *
 * outside: the smallest collector over the installed kit. It never frees, and gives each mutator
 * one block after another.
 */
#ifndef OUTSIDE_HEAP_H
#define OUTSIDE_HEAP_H

#include <kit/globals.h>
#include <kit/heap_side.h>
#include <kit/pool.h>

struct outside_heap {
    struct hm_heap head;
    struct kit_world world;
    struct kit_pool pool;
    struct kit_object *globals;
    const struct hm_open *request;
};

struct outside_mutator {
    struct kit_mutator kit;
    char *free, *limit;
};

#endif
