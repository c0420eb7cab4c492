/* SPDX-License-Identifier: MIT
 *
 * A heap over time, as a book: each row a stretch of addresses, each page the whole of it at one
 * moment. A workload is played on a collector; at moments its walk shows each piece.
 *
 * The moments are those of the collections: a first play counts them, and a second looks right
 * before and right after the operation in which each came. One mutator, so that both plays are
 * alike.
 */
#ifndef HEAPMARK_LEARN_HEAP_MAP_H
#define HEAPMARK_LEARN_HEAP_MAP_H

#include "learn/stage.h"

enum { HEAP_MAP_MOST_COLLECTIONS = 12, HEAP_MAP_MOST_PAGES = 2 * HEAP_MAP_MOST_COLLECTIONS + 2 };

/* A piece of the heap that the walk showed. */
struct heap_map_piece {
    uint64_t address, bytes;
    uint64_t age, thread; /* HM_UNKNOWN */
    enum hm_walked_state state;
};

enum heap_map_when {
    HEAP_MAP_MIDWAY, /* at a moment of no meaning */
    HEAP_MAP_BEFORE, /* a collection that the collector began */
    HEAP_MAP_AFTER,
    HEAP_MAP_END_BEFORE, /* a full collection that was asked for when the work was done */
    HEAP_MAP_END_AFTER,
};

struct heap_map_page {
    enum heap_map_when when;
    uint64_t collection; /* its number, from 1, for BEFORE and AFTER */
    uint64_t made;       /* objects made so far */
    size_t first, count; /* pieces */
    uint64_t live_objects, live_bytes, dead_objects, dead_bytes; /* by the walk */
    uint64_t held_bytes;                                         /* HM_UNKNOWN */
    char wrong[160]; /* where walk and census disagree; "" */
};

/* When to look: before the object is made of which there were so many before. */
struct heap_map_moment {
    uint64_t made;
    uint64_t collection; /* that is seen there, from 1; 0: none */
};

enum { HEAP_MAP_MOST_SEEN = 1 << 16 };

/* What the plays find out, in shared memory. */
struct heap_map {
    uint64_t made, collections; /* in all; HM_UNKNOWN collections where they are not counted */
    struct heap_map_moment seen[HEAP_MAP_MOST_SEEN]; /* by the first play; none after that many */
    size_t seen_count;
    struct heap_map_moment moments[HEAP_MAP_MOST_COLLECTIONS]; /* for the second */
    size_t moment_count;
    size_t page_count;
    struct heap_map_page pages[HEAP_MAP_MOST_PAGES];
    size_t piece_count;
    bool is_cut; /* there were more pieces than room for them */
    struct heap_map_piece pieces[];
};

struct heap_map_request {
    const struct suite_collector *collector;
    const struct hm_workload *workload; /* by the table */
    const struct hm_plan *plan;         /* of one thread */
    uint64_t heap_bytes;
    uint32_t collections; /* to look at, at the most */
};

/* Play twice. The map is the caller's, for heap_map_free. False when the system does not start the
 * process, or gives no memory. `end` says how the plays ended: there may be pages all the same. */
bool heap_map_run(const struct heap_map_request *request, struct heap_map **map,
                  struct stage_end *end, struct error *error);
void heap_map_free(struct heap_map *map);

/* What must be said of the pages, in sentences: what stays dead. */
void heap_map_append_remark(struct text *text, const struct heap_map *map);

/* "before collection 3 of 17" */
void heap_map_append_moment(struct text *text, const struct heap_map *map,
                            const struct heap_map_page *page);

/* ---- the picture ---- */

/* What the colour of a live piece tells. */
enum heap_map_by { HEAP_MAP_BY_SIZE, HEAP_MAP_BY_AGE, HEAP_MAP_BY_THREAD };

/* Does any piece tell that? */
bool heap_map_tells(const struct heap_map *map, enum heap_map_by by);

/* `what` is what was played: "lru on mark-sweep, heap 8 MiB". */
void heap_map_append_svg(struct text *text, const struct heap_map *map, enum heap_map_by by,
                         const char *what);

#endif
