/* SPDX-License-Identifier: MIT
 *
 * What there is to run: collectors and workloads, for people and as JSON.
 */
#ifndef HEAPMARK_COMMAND_CATALOGUE_H
#define HEAPMARK_COMMAND_CATALOGUE_H

#include <heapmark/workload.h>

#include "plugin/plugin.h"

/* A plugin that was found, and what its probe said; or one that the build left out. */
struct catalogue_plugin {
    const char *name;
    bool usable;
    struct plugin_info info; /* where usable */
    struct error error;      /* where not */
    struct text absent;      /* why the build left it out; empty where it did not */
};

void catalogue_append_collectors(struct text *text, const struct catalogue_plugin *plugins,
                                 size_t count);
void catalogue_append_workloads(struct text *text, const struct hm_workload *const *workloads);

/* Options or parameters with their ranges, under this heading; nothing where there are none. */
void catalogue_append_settings(struct text *text, const char *heading,
                               const struct hm_setting *const *rows);

/* Arrays of objects, which the caller owns. */
json_t *catalogue_collectors_json(const struct catalogue_plugin *plugins, size_t count);
json_t *catalogue_workloads_json(const struct hm_workload *const *workloads);

/* The capabilities that are yes or no, as X(field, words when it has it). */
#define CATALOGUE_CAPABILITIES(X)                                                                  \
    X(frees, "frees")                                                                              \
    X(cycles, "reclaims cycles")                                                                   \
    X(prompt, "prompt")                                                                            \
    X(moves, "moves objects")                                                                      \
    X(shares, "shares objects between threads")                                                    \
    X(counts, "exact counts")                                                                      \
    X(heap_limit, "keeps a heap limit")                                                            \
    X(reports_pauses, "reports pauses")                                                            \
    X(census, "census")                                                                            \
    X(walk, "heap walk")                                                                           \
    X(weak, "weak references")                                                                     \
    X(ephemerons, "ephemerons")                                                                    \
    X(finalizers, "finalizers")                                                                    \
    X(pins, "pinning")                                                                             \
    X(reopenable, "reopenable")                                                                    \
    X(concurrent, "concurrent")                                                                    \
    X(conservative, "conservative")                                                                \
    X(checks_workload, "checks the workload (its times mean nothing)")                             \
    X(records, "records when objects die (its times mean nothing)")                                \
    X(replays, "frees by a recording")                                                             \
    X(hidden_threads, "collects on threads that cannot be told apart")                             \
    X(generations, "minor collections")

/* What a workload needs, as X(enum hm_needs, "word"). */
#define CATALOGUE_NEEDS(X)                                                                         \
    X(HM_NEEDS_SHARING, "sharing")                                                                 \
    X(HM_NEEDS_CYCLES, "cycles")                                                                   \
    X(HM_NEEDS_FREEING, "freeing")                                                                 \
    X(HM_NEEDS_WEAK, "weak")                                                                       \
    X(HM_NEEDS_EPHEMERONS, "ephemerons")                                                           \
    X(HM_NEEDS_FINALIZERS, "finalizers")                                                           \
    X(HM_NEEDS_PINS, "pins")

#endif
