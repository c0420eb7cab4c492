/* SPDX-License-Identifier: MIT
 *
 * What `strict` keeps: objects with exact owners, cells (a shadow of every name and spare), and
 * tokens. See strict.c for the algorithm.
 *
 * A token, which is what a reference's bits are here, says through which cell the borrow came
 * and when:
 *
 *     8 bits mutator index | 22 bits cell | 34 bits serial, never 0
 *
 * Serials count up in each mutator: one for each write of a cell, one for each safepoint. A token
 * is good as long as its cell still has its serial.
 *
 * Lock: heap.lock guards everything here but the mutators' list, which is the world's. It is
 * taken by every operation, and held neither over a wait nor over a landing.
 */
#ifndef HEAPMARK_STRICT_HEAP_H
#define HEAPMARK_STRICT_HEAP_H

#include <kit/world.h>

enum {
    STRICT_SERIAL_BITS = 34,
    STRICT_CELL_BITS = 22,
    STRICT_MOST_MUTATORS = 256,
    STRICT_MOST_CELLS = 1 << STRICT_CELL_BITS,
};

/* hm_new and hm_new_n share a slow path: which of them it was. Beside HM_MAY_FAIL. */
enum { STRICT_WITH_N = 1 << 8 };

/* For reports: every operation, and those of the heap side. */
enum strict_operation {
#define STRICT_ENUM_VALUE(result, name, parameters, arguments) STRICT_OP_##name,
#define STRICT_ENUM_VOID(name, parameters, arguments) STRICT_OP_##name,
    HM_REQUIRED_OPERATIONS(STRICT_ENUM_VALUE, STRICT_ENUM_VOID)
        HM_WEAK_OPERATIONS(STRICT_ENUM_VALUE, STRICT_ENUM_VOID)
            HM_EPHEMERON_OPERATIONS(STRICT_ENUM_VALUE, STRICT_ENUM_VOID)
                HM_FINALIZER_OPERATIONS(STRICT_ENUM_VALUE, STRICT_ENUM_VOID)
#undef STRICT_ENUM_VALUE
#undef STRICT_ENUM_VOID
                    STRICT_OP_attach,
    STRICT_OP_detach,
    STRICT_OP_collect,
    STRICT_OP_count,
};

/* Who did something last, and when on the heap's clock of operations: see race.c. */
struct strict_stamp {
    uint64_t time; /* 0: never */
    uint32_t mutator;
    bool shared; /* by a …_shared operation */
};

struct strict_slot {
    struct strict_object *value;
    struct strict_stamp write;
    struct strict_stamp read;
    bool stored; /* init is over for this slot */
};

enum strict_kind { STRICT_ORDINARY, STRICT_WEAK, STRICT_EPHEMERON };

/* Invariant: `owners` counts the names and slots that refer to it, the ephemerons whose value it
 * is, and the queue while it waits there; at 0 it is dead, its slots are empty, nothing refers to
 * it, and it is freed when the last cell that remembers it (`holders`) forgets it. */
struct strict_object {
    /* What every trace looks at is in front, in a line of the cache. */
    struct strict_object *next, *previous; /* all that are not dead */
    struct strict_object *work;            /* in the list of a trace, a release or a publication */
    size_t slots;
    /* Weak objects and ephemerons: what they refer to (the key), null once that was found dead. An
     * object knows all that refer to it, so that clearing them is a visit for each. */
    struct strict_object *target, *referrers;
    uint32_t mark; /* the trace that reached it last */
    bool dead;
    bool visible; /* has been reachable from the globals: other threads may see it */
    bool watched;
    bool waiting; /* in the queue, which owns it; it may be watched anew meanwhile */
    struct strict_object *value;
    struct strict_object *next_referrer, *previous_referrer; /* of its target */
    struct strict_object *next_waiting;
    enum strict_kind kind;
    const struct hm_shape *shape;
    size_t n; /* as given to hm_new_n */
    size_t bytes;
    uint64_t number; /* the how-manieth object, for reports */
    uint64_t made;   /* the maker's serial */
    uint64_t owners;
    uint64_t by_ephemerons; /* how many of the owners are ephemerons */
    uint32_t holders;       /* spares and kept borrows */
    uint32_t maker;
    char *payload;
    struct strict_slot slot[];
};

/* The shadow of a name or spare. Names own their object, spares hold it. */
struct strict_cell {
    struct strict_object *object;
    uint64_t serial;        /* of the borrow that is good; 0: none */
    uint64_t written;       /* serial of the last write or pop, and … */
    uint64_t written_epoch; /* … the epoch in which it fell */
    uint64_t written_number;
    enum strict_operation written_by;
    bool unspecified; /* a name after hm_poll_keep: nobody can say what it owns */
    /* Spares: where the borrow was peeked from, and when. Held. */
    struct strict_object *source;
    size_t source_slot;
    uint64_t time;
};

struct strict_frames {
    uint32_t *start; /* cell index of each frame's first cell */
    size_t count, capacity;
};

struct strict_mutator {
    struct kit_mutator kit;
    pthread_t owner;
    struct strict_cell *cells; /* names, then spares, then the kept borrow, then the globals */
    uint32_t name_cells, spare_cells;
    struct strict_frames frames, spare_frames;
    uint64_t serial;
    uint64_t epoch; /* the serial of the last safepoint, and … */
    uint64_t epoch_number;
    enum strict_operation epoch_by; /* … which operation it was */
    uint64_t synced;                /* the heap's time at the last synchronisation */
    bool blocked;
    struct strict_object *kept; /* over the safepoint of hm_poll_keep: a root */
    uint32_t kept_name;         /* the cell that the kept borrow leans on, and its serial */
    uint64_t kept_name_serial;
    uint64_t operations;
    enum strict_operation operation; /* the one that runs */
};

struct strict_heap {
    struct hm_heap head;
    struct kit_world world;
    const struct hm_open *request;
    pthread_mutex_t lock;
    struct strict_object *globals;
    struct strict_object *first;                        /* of all objects that are not dead */
    struct strict_object *first_waiting, *last_waiting; /* the finalizer queue */
    uint64_t time;                                      /* counts operations */
    uint32_t trace;                                     /* number of the last one */
    uint64_t trace_at_objects;                          /* trace again when so many are live */
    uint64_t serials[STRICT_MOST_MUTATORS]; /* where the next mutator of that index goes on */
    struct hm_statistics statistics;
};

HM_INLINE struct strict_heap *strict_heap(const struct strict_mutator *self)
{
    return (struct strict_heap *)self->kit.head.heap;
}

/* ---- report.c ---- */

extern const char *const strict_operation_names[];

/* A demand of operations.h, by its label, was broken by the running operation. Unlocks, and ends
 * the trial with the sentence. */
_Noreturn void strict_broken(struct strict_mutator *self, const char *label, const char *format,
                             ...) __attribute__((format(printf, 3, 4)));

/* "'node' (object 17)", in a buffer of the caller. */
enum { STRICT_WORDS_BYTES = 160 };
const char *strict_say_object(char *words, const struct strict_object *object);
/* "name 1 of frame 3", "spare 0 of frame 0", … */
const char *strict_say_cell(char *words, const struct strict_mutator *self, uint32_t cell);

/* ---- check.c: each returns only if the demand is met ---- */

/* Take the lock for an operation of this mutator; release it. */
struct strict_mutator *strict_enter(hm_mutator *m, enum strict_operation operation);
void strict_leave(struct strict_mutator *self);

uint32_t strict_check_name(struct strict_mutator *self, const hm_name *name);
/* The same for a name whose content the operation uses: that must be known. */
uint32_t strict_check_source(struct strict_mutator *self, const hm_name *name);
uint32_t strict_check_spare(struct strict_mutator *self, const hm_spare *spare);
/* BORROW.a; null for null. */
struct strict_object *strict_check_value(struct strict_mutator *self, hm_ref ref);
/* The same, and NULL.a. */
struct strict_object *strict_check_object(struct strict_mutator *self, hm_ref ref);
void strict_check_slots(struct strict_mutator *self, const struct strict_object *object, size_t i,
                        size_t n);
void strict_check_payload(struct strict_mutator *self, const struct strict_object *object,
                          size_t offset, size_t bytes);
void strict_check_fresh(struct strict_mutator *self, const struct strict_object *object,
                        size_t slot);
/* weak.b: it has slots, payload and a shape. */
void strict_check_ordinary(struct strict_mutator *self, const struct strict_object *object);
void strict_check_shape(struct strict_mutator *self, const struct hm_shape *shape, bool with_n);
void strict_check_shared(struct strict_mutator *self, hm_ref ref);

/* ---- race.c: PLAIN.a ---- */

void strict_race_read(struct strict_mutator *self, struct strict_object *object, size_t slot,
                      bool shared);
void strict_race_write(struct strict_mutator *self, struct strict_object *object, size_t slot,
                       bool shared);
/* The mutator has synchronised with all that happened before. */
void strict_race_sync(struct strict_mutator *self);

/* ---- cells.c: tokens, cells, epochs ---- */

hm_ref strict_token(const struct strict_mutator *self, uint32_t cell);
/* Write a name: it owns `object` (whose count the caller has seen to). Returns what it owned. */
struct strict_object *strict_put_name(struct strict_mutator *self, uint32_t cell,
                                      struct strict_object *object);
/* Let a spare (or the kept borrow's cell) hold `object`, peeked from there (or null). */
void strict_put_spare(struct strict_mutator *self, uint32_t cell, struct strict_object *object,
                      struct strict_object *source, size_t slot);
/* A safepoint: every borrow ends, and every name's bits become a new token. */
void strict_begin_epoch(struct strict_mutator *self);
bool strict_frame_push(struct strict_frames *frames, size_t start);
/* Forget the frames from `start` on; false when none begins there. */
bool strict_frame_pop(struct strict_frames *frames, size_t start);

HM_INLINE uint32_t strict_kept_cell(const struct strict_mutator *self)
{
    return self->name_cells + self->spare_cells;
}

HM_INLINE uint32_t strict_globals_cell(const struct strict_mutator *self)
{
    return self->name_cells + self->spare_cells + 1;
}

/* ---- objects.c: making, owning, releasing, tracing ---- */

struct strict_object *strict_object_new(struct strict_heap *heap, const struct hm_shape *shape,
                                        size_t n);
/* The contract's nominal bytes. */
uint64_t strict_object_bytes(const struct strict_object *object);
void strict_own(struct strict_heap *heap, struct strict_object *object);
/* Drop an owner, and release what dies of it. Null is fine. */
void strict_disown(struct strict_heap *heap, struct strict_object *object);
/* Other threads may see it from now on, and all that it leads to. */
void strict_publish(struct strict_object *object);
void strict_hold(struct strict_object *object);
void strict_unhold(struct strict_object *object);
/* Store into a slot; the count is the caller's. Returns the old value. */
struct strict_object *strict_store(struct strict_object *object, size_t slot,
                                   struct strict_object *value);

/* A new weak object or ephemeron refers to its target and owns its value. */
void strict_refer(struct strict_heap *heap, struct strict_object *object,
                  struct strict_object *target, struct strict_object *value);
/* The first of the queue, whose owner is the caller from now on; null when none waits. */
struct strict_object *strict_leave_queue(struct strict_heap *heap);

/* Mark what names, globals and the queue reach. World stopped, lock held. */
void strict_trace(struct strict_heap *heap);
/* The same, then clear what refers to the rest weakly, queue what is watched of it, and free what
 * that does not reach: cycles, by ephemerons too. */
void strict_trace_and_free(struct strict_heap *heap);
/* Stop the world, free cycles, resume. `self` may be null. No lock held. */
void strict_collect(struct strict_heap *heap, struct strict_mutator *self, enum hm_collection kind);
/* The same for an allocation that failed, tried again before others go on. */
struct strict_object *strict_collect_for(struct strict_heap *heap, struct strict_mutator *self,
                                         const struct hm_shape *shape, size_t n);
void strict_object_free_all(struct strict_heap *heap);

/* ---- frames.c ---- */

/* A safepoint of which the name comes back with a new object as its owner, or null, which the log
 * is told. Lock held on entry and on return, not between. */
struct strict_object *strict_allocate(struct strict_mutator *self, uint32_t cell,
                                      const struct hm_shape *shape, size_t n);

/* ---- the operations that mutator.h calls ---- */

hm_ref strict_clone(hm_mutator *m, hm_name *to, hm_name *from);
void strict_get(hm_mutator *m, hm_name *name, hm_ref obj, size_t slot);
hm_ref strict_peek(hm_mutator *m, hm_spare *spare, hm_ref obj, size_t slot);
void strict_init(hm_mutator *m, hm_ref obj, size_t slot, hm_ref ref);
void strict_init_give(hm_mutator *m, hm_ref obj, size_t slot, hm_name *name);
void strict_set(hm_mutator *m, hm_ref obj, size_t slot, hm_ref ref);
void strict_give(hm_mutator *m, hm_ref obj, size_t slot, hm_name *name);
void strict_take(hm_mutator *m, hm_name *name, hm_ref obj, size_t slot);
void strict_move(hm_mutator *m, hm_name *to, hm_name *from);
void strict_bind(hm_mutator *m, hm_name *name, hm_ref ref);
void strict_clear(hm_mutator *m, hm_name *name);
bool strict_same(hm_mutator *m, hm_ref a, hm_ref b);
hm_name *strict_push(hm_mutator *m, size_t n);
void strict_pop(hm_mutator *m, hm_name *frame);
hm_spare *strict_push_spare(hm_mutator *m, size_t n);
void strict_pop_spare(hm_mutator *m, hm_spare *frame);
void strict_copy_slots(hm_mutator *m, hm_ref to, size_t i, hm_ref from, size_t j, size_t n);
void strict_clear_slots(hm_mutator *m, hm_ref obj, size_t i, size_t n);
void strict_fill_slots(hm_mutator *m, hm_ref obj, size_t i, size_t n, hm_ref ref);
void strict_get_shared(hm_mutator *m, hm_name *name, hm_ref obj, size_t slot);
void strict_set_shared(hm_mutator *m, hm_ref obj, size_t slot, hm_ref ref);
void strict_swap_shared(hm_mutator *m, hm_ref obj, size_t slot, hm_name *name);
hm_ref strict_globals(hm_mutator *m);
uint64_t strict_word(hm_mutator *m, hm_ref obj, size_t word);
void strict_put_word(hm_mutator *m, hm_ref obj, size_t word, uint64_t value);
void strict_read(hm_mutator *m, hm_ref obj, size_t offset, void *to, size_t bytes);
void strict_write(hm_mutator *m, hm_ref obj, size_t offset, const void *from, size_t bytes);
size_t strict_length(hm_mutator *m, hm_ref obj);
hm_ref strict_poll_keep(hm_mutator *m, hm_name *name, hm_ref ref);
hm_ref strict_new_weak(hm_mutator *m, hm_name *name, hm_name *target);
void strict_weak_get(hm_mutator *m, hm_name *name, hm_ref weak);
hm_ref strict_new_ephemeron(hm_mutator *m, hm_name *name, hm_name *key, hm_name *value);
void strict_ephemeron_get(hm_mutator *m, hm_name *name, hm_ref ephemeron);
void strict_watch(hm_mutator *m, hm_name *name);
void strict_next_dead(hm_mutator *m, hm_name *name);

extern const struct hm_slow strict_slow;

#endif
