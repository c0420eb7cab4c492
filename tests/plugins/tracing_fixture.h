/* SPDX-License-Identifier: MIT
 *
 * What tests of tracing collectors share: a plugin given on the command line, heaps of it, and
 * mutators in threads. Operations go through the table.
 */
#ifndef HEAPMARK_TESTS_TRACING_FIXTURE_H
#define HEAPMARK_TESTS_TRACING_FIXTURE_H

#include "drive.h"

/* NODE has two slots and a stamp; the others vary in length. */
enum { NODE_SLOTS = 2, NODE_STAMP = NODE_SLOTS };
extern const struct hm_shape tracing_node, tracing_list, tracing_string, tracing_link;

enum { TRACING_NAME_DEPTH = 256, TRACING_GLOBALS = 16 };

/* Read the command line: PLUGIN SCALE [option=value ...]; sizes of tests are divided by SCALE,
 * which is for collectors set to collect at every allocation. Exits with a sentence. */
void tracing_arguments(int argc, char **argv);

/* `full` divided by the scale, and by ten more under a sanitizer; at least `least`. */
size_t tracing_scaled(size_t full, size_t least);
bool tracing_is_scaled(void);

/* Open a heap with this limit (0: none) for so many mutators. */
struct drive_heap *tracing_open(uint64_t heap_bytes, uint32_t mutators);
/* Verify, close, free. */
void tracing_close(struct drive_heap *opened);

hm_mutator *tracing_attach(struct drive_heap *opened, uint32_t index, struct hm_log *log);
void tracing_detach(hm_mutator *m);

struct hm_statistics tracing_statistics(const struct drive_heap *opened);
struct hm_census tracing_census(const struct drive_heap *opened, hm_mutator *m);
void tracing_collect(const struct drive_heap *opened, hm_mutator *m);

/* Run `body` in `count` threads, each with a mutator of its own, and wait for them. */
struct tracing_thread {
    struct drive_heap *opened;
    hm_mutator *m;
    uint32_t index;
    void *user;
    const char *wrong; /* set by the body: what went wrong; checked by tracing_threads */
};
void tracing_threads(struct drive_heap *opened, uint32_t count,
                     void (*body)(struct tracing_thread *), void *user);

/* Bind a new list of `count` links to `name`. False: out of memory, and the name is null. */
bool tracing_chain(hm_mutator *m, hm_name *name, size_t count);
/* Its length, by a borrowed walk that polls. */
size_t tracing_chain_length(hm_mutator *m, hm_name *name);

#endif
