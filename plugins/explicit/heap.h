/* SPDX-License-Identifier: MIT
 *
 * What `explicit` keeps: the layout that mutator.h and the sources share.
 *
 * A thread follows its orders, a list of words made from the recording: each is a place in the
 * thread's table of addresses, to free what stands there or to put the next object there. Places
 * are used again, the latest first, so that the table is no larger than what lived at once. Both
 * lie outside the heap that is measured.
 */
#ifndef HEAPMARK_EXPLICIT_HEAP_H
#define HEAPMARK_EXPLICIT_HEAP_H

#include <kit/common.h>
#include <kit/globals.h>
#include <kit/recording.h>
#include <kit/world.h>

/* An order: a place, with this bit where what stands there is to be freed. */
#define EXPLICIT_FREE UINT32_C(0x80000000)
/* The last order, which nothing passes. */
#define EXPLICIT_END UINT32_C(0xffffffff)

/* One thread's, from open to close. */
struct explicit_orders {
    uint32_t *words;
    uint64_t word_count; /* the end among them */
    uint32_t places;     /* of the table */
    uint64_t bytes;      /* that the thread allocates in all */
    void **table;        /* from the thread's attach on */
    const uint32_t *end; /* what was not obeyed any more when it detached */
};

struct explicit_allocator {
    const char *name;
    /* Make it ready; false with a sentence. May be null. */
    bool (*prepare)(struct hm_refusal *refusal);
    void *(*allocate)(size_t bytes); /* null when memory is out */
    void (*release)(void *object);
    uint64_t (*held_bytes)(void); /* from the operating system, by all of the process; or null */
};

extern const struct explicit_allocator explicit_glibc, explicit_mimalloc, explicit_jemalloc;

struct explicit_heap {
    struct hm_heap head;
    struct kit_world world;
    struct kit_object *globals;
    const struct hm_open *request;
    const struct explicit_allocator *allocator;
    struct explicit_orders *orders; /* one for each mutator */
    uint64_t beside_bytes;          /* of orders and tables */
    uint64_t held_before_bytes;
    /* Asking the allocator may take long: it is asked again after many times as long (held_lock).
     */
    pthread_mutex_t held_lock;
    uint64_t held_bytes, held_peak_bytes, ask_again_ns;
    uint64_t detached_bytes; /* allocated by mutators that have detached; world.lock */
};

struct explicit_mutator {
    struct kit_mutator kit;
    const uint32_t *next; /* order */
    void **table;
    void *(*allocate)(size_t bytes);
    void (*release)(void *object);
    _Atomic uint64_t bytes; /* allocated; written by the mutator alone, read by anybody */
};

HM_INLINE struct explicit_heap *explicit_heap_of(hm_mutator *m)
{
    return (struct explicit_heap *)m->heap;
}

HM_INLINE void explicit_account(struct explicit_mutator *mutator, size_t bytes)
{
    atomic_store_explicit(&mutator->bytes,
                          atomic_load_explicit(&mutator->bytes, memory_order_relaxed) + bytes,
                          memory_order_relaxed);
}

hm_ref explicit_clone(hm_mutator *m, hm_name *to, hm_name *from);

/* Read the recording and make the orders (orders.c); false with a refusal. */
bool explicit_read_orders(struct explicit_heap *heap, struct hm_refusal *refusal);
/* Give back what lives to the end, and all that open and attach have mapped. */
void explicit_free_orders(struct explicit_heap *heap);

HM_INLINE size_t explicit_table_bytes(const struct explicit_orders *orders)
{
    return (orders->places + (size_t)1) * sizeof(void *);
}

/* Zeroed pages of the operating system: no allocator's, so that they are in no figure of one. */
void *explicit_map(size_t bytes);
void explicit_unmap(void *pages, size_t bytes);

#endif
