/* SPDX-License-Identifier: MIT
 *
 * simulator: what can be set, row by row, with ranges and standard values.
 */
#ifndef HEAPMARK_WORKLOADS_SIMULATOR_SETTINGS_H
#define HEAPMARK_WORKLOADS_SIMULATOR_SETTINGS_H

#include <stddef.h>

#include <heapmark/plugin.h>

#include "simulator.h"

/* What rows have in common. The least size has room for a header word, a slot and a payload word.
 */
#define SIZE_BOUNDS .type = HM_BYTES, .least.integer = 24
#define INTERVAL_BOUNDS .type = HM_INTEGER, .most.integer = 1000000000
#define COMPUTE_BOUNDS .type = HM_INTEGER, .most.integer = 100000000

static const struct hm_setting total_bytes = {
    .name = "total_bytes",
    .help = "what each thread allocates once its live tables are full",
    .type = HM_BYTES,
    .least.integer = 1,
    .most.integer = (int64_t)1 << 44,
    .standard.integer = 512 << 20,
};

static const struct hm_setting live_setting = {
    .name = "live_bytes",
    .help = "what each thread's live tables hold, without the tables; large in the same share as "
            "what is allocated",
    .type = HM_BYTES,
    .most.integer = (int64_t)1 << 38,
    .standard.integer = 16 << 20,
};

static const struct hm_setting sizes = {
    .name = "sizes",
    .help = "how sizes are spread between least and most: all alike, or each doubling of the least "
            "half as often as the one before",
    .type = HM_CHOICE,
    .standard.integer = SKEWED,
    .choices = (const char *const[]){"uniform", "skewed", NULL},
};

static const struct hm_setting small_least_bytes = {
    .name = "small_least_bytes",
    .help = "the smallest small object, in nominal bytes with its header word and one slot",
    SIZE_BOUNDS,
    .most.integer = 1 << 20,
    .standard.integer = 32,
};

static const struct hm_setting small_most_bytes = {
    .name = "small_most_bytes",
    .help = "the largest small object, in nominal bytes",
    SIZE_BOUNDS,
    .most.integer = 1 << 20,
    .standard.integer = 2048,
};

static const struct hm_setting large_least_bytes = {
    .name = "large_least_bytes",
    .help = "the smallest large object, in nominal bytes with its header word",
    SIZE_BOUNDS,
    .most.integer = 1 << 29,
    .standard.integer = 100 << 10,
};

static const struct hm_setting large_most_bytes = {
    .name = "large_most_bytes",
    .help = "the largest large object, in nominal bytes",
    SIZE_BOUNDS,
    .most.integer = 1 << 29,
    .standard.integer = 200 << 10,
};

static const struct hm_setting large_share = {
    .name = "large_share",
    .help = "share of large objects in the bytes allocated",
    .type = HM_DECIMAL,
    .most.decimal = 1,
    .standard.decimal = 0.05,
};

static const struct hm_setting small_survival_interval = {
    .name = "small_survival_interval",
    .help = "one of every so many small objects survives, in the place of one at random; 0: none",
    INTERVAL_BOUNDS,
    .standard.integer = 50,
};

static const struct hm_setting large_survival_interval = {
    .name = "large_survival_interval",
    .help = "one of every so many large objects survives, in the place of one at random; 0: none",
    INTERVAL_BOUNDS,
    .standard.integer = 50,
};

static const struct hm_setting chain = {
    .name = "chain",
    .help = "small objects that hang on one place of the live table, each linked to the next; the "
            "first of them makes room and the new one comes last",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = 64,
    .standard.integer = 1,
};

static const struct hm_setting request_allocations = {
    .name = "request_allocations",
    .help = "allocations of a request, after which it lets go of all that it holds; 0: no requests",
    .type = HM_INTEGER,
    .most.integer = 100000000,
    .standard.integer = 10000,
};

static const struct hm_setting request_interval = {
    .name = "request_interval",
    .help = "one of every so many objects is held until the request ends",
    INTERVAL_BOUNDS,
    .least.integer = 1,
    .standard.integer = 10,
};

static const struct hm_setting touch = {
    .name = "touch",
    .help = "what is written and read of each object: its two ends, or the whole of it",
    .type = HM_CHOICE,
    .choices = (const char *const[]){"ends", "whole", NULL},
};

static const struct hm_setting compute_setting = {
    .name = "compute",
    .help = "units of computation between two allocations, each of a few nanoseconds",
    COMPUTE_BOUNDS,
};

static const struct hm_setting phases_setting = {
    .name = "phases",
    .help = "phases of the run, between which all threads meet",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = 10000,
    .standard.integer = 1,
};

static const struct hm_setting phase_threads = {
    .name = "phase_threads",
    .help = "share of the threads, but one at least, that allocate in every second phase, for the "
            "others too",
    .type = HM_DECIMAL,
    .most.decimal = 1,
    .standard.decimal = 1,
};

static const struct hm_setting phase_compute = {
    .name = "phase_compute",
    .help = "units of computation between two allocations in every second phase",
    COMPUTE_BOUNDS,
};

static const struct hm_setting *const simulator_settings[] = {&total_bytes,
                                                              &live_setting,
                                                              &sizes,
                                                              &small_least_bytes,
                                                              &small_most_bytes,
                                                              &large_least_bytes,
                                                              &large_most_bytes,
                                                              &large_share,
                                                              &small_survival_interval,
                                                              &large_survival_interval,
                                                              &chain,
                                                              &request_allocations,
                                                              &request_interval,
                                                              &touch,
                                                              &compute_setting,
                                                              &phases_setting,
                                                              &phase_threads,
                                                              &phase_compute,
                                                              NULL};

#endif
