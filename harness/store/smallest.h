/* SPDX-License-Identifier: MIT
 *
 * Smallest heaps that were found, kept so that nobody searches for them again.
 *
 * What is known of one is what decides it: the plugin's file by its digest, variant, options,
 * workload, its size and revision, threads, dispatch, seed, and how it was searched for.
 */
#ifndef HEAPMARK_STORE_SMALLEST_H
#define HEAPMARK_STORE_SMALLEST_H

#include "store/store.h"

/* What a smallest heap is of. All texts are borrowed, and none is NULL. */
struct store_smallest_key {
    const char *plugin_sha256, *collector, *variant, *options;
    const char *workload, *parameters, *revision;
    const char *dispatch;
    int64_t threads;
    int64_t seed;
    int64_t time_limit_ns; /* of a trial: a heap in which one takes longer is too small */
    int64_t tries;         /* that had to complete in a heap */
    double precision;      /* 0.02: at most 2 % above what is enough */
};

struct store_smallest {
    int64_t heap_bytes; /* -1: none was enough. Of a collector without a limit what it held */
    int64_t live_bytes; /* that the workload keeps alive; -1: it does not say */
    bool takes_limit;
    int64_t trials; /* that the search took */
    char *cause;    /* why none was enough; owned; NULL where one was */
};

/* The one that was searched for at least as thoroughly, the most precise of several; *found is
 * whether there is one. A file of an older version has none. */
bool store_find_smallest(struct store *store, const struct store_smallest_key *key, bool *found,
                         struct store_smallest *smallest, struct error *error);

/* Keep it in the place of one with the same key. */
bool store_keep_smallest(struct store *store, const struct store_smallest_key *key,
                         const struct store_smallest *smallest, struct error *error);

#endif
