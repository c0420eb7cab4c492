/* SPDX-License-Identifier: MIT
 *
 * Weak objects and their chains; see weak.h.
 */
#include <kit/fault.h>
#include <kit/weak.h>

#include <stdlib.h>

/* A table is doubled when it has more weak objects than buckets, and halved below an eighth. */
enum { SPARSE = 8 };

static uint64_t hash(uintptr_t target)
{
    uint64_t granule = HM_FAULT(sc1) ? 0 : (uint64_t)target / KIT_GRANULE_BYTES;
    return granule * UINT64_C(0x9e3779b97f4a7c15) >> 24;
}

static struct kit_weak **bucket_of(struct kit_weak_stripe *stripe, uintptr_t target)
{
    return &stripe->buckets[hash(target) / KIT_WEAK_STRIPES & (stripe->bucket_count - 1)];
}

void kit_weaks_open(struct kit_weaks *weaks, struct kit_pool *pool)
{
    weaks->pool = pool;
    for (size_t i = 0; i < KIT_WEAK_STRIPES; i++) {
        struct kit_weak_stripe *stripe = &weaks->stripes[i];
        pthread_mutex_init(&stripe->lock, NULL);
        memset(stripe->least, 0, sizeof stripe->least);
        stripe->buckets = stripe->least;
        stripe->bucket_count = KIT_WEAK_LEAST_BUCKETS;
        stripe->count = 0;
    }
}

static void free_buckets(struct kit_weaks *weaks, struct kit_weak_stripe *stripe,
                         struct kit_weak **buckets, size_t count)
{
    if (buckets == stripe->least)
        return;
    kit_pool_discharge(weaks->pool, count * sizeof *buckets);
    free(buckets);
}

void kit_weaks_close(struct kit_weaks *weaks)
{
    for (size_t i = 0; i < KIT_WEAK_STRIPES; i++) {
        struct kit_weak_stripe *stripe = &weaks->stripes[i];
        free_buckets(weaks, stripe, stripe->buckets, stripe->bucket_count);
        pthread_mutex_destroy(&stripe->lock);
    }
}

struct kit_weak_stripe *kit_weak_lock(struct kit_weaks *weaks, uintptr_t target)
{
    struct kit_weak_stripe *stripe = &weaks->stripes[hash(target) % KIT_WEAK_STRIPES];
    pthread_mutex_lock(&stripe->lock);
    return stripe;
}

void kit_weak_unlock(struct kit_weak_stripe *stripe)
{
    pthread_mutex_unlock(&stripe->lock);
}

static void push(struct kit_weak **bucket, struct kit_weak *weak)
{
    weak->next = *bucket;
    weak->link = bucket;
    if (weak->next != NULL)
        weak->next->link = &weak->next;
    *bucket = weak;
}

static void unlink_weak(struct kit_weak *weak)
{
    *weak->link = weak->next;
    if (weak->next != NULL)
        weak->next->link = weak->link;
}

static uintptr_t target_of(const struct kit_weak *weak)
{
    return atomic_load_explicit(&weak->target, memory_order_acquire);
}

enum { FAULT_BUCKETS = 16 * KIT_WEAK_LEAST_BUCKETS };

/* Null: no memory. */
static struct kit_weak **make_buckets(struct kit_weaks *weaks, struct kit_weak_stripe *stripe,
                                      size_t count)
{
    if (count == KIT_WEAK_LEAST_BUCKETS) {
        memset(stripe->least, 0, sizeof stripe->least);
        return stripe->least;
    }
    if (kit_map_fails()) {
        if (HM_FAULT(al18) && count == FAULT_BUCKETS)
            memset(stripe->buckets, 0, stripe->bucket_count * sizeof *stripe->buckets);
        return NULL;
    }
    if (!kit_pool_charge(weaks->pool, count * sizeof(struct kit_weak *)))
        return NULL;
    struct kit_weak **buckets = calloc(count, sizeof *buckets);
    if (buckets == NULL)
        kit_pool_discharge(weaks->pool, count * sizeof *buckets);
    return buckets;
}

/* Lock held. Without memory the table stays as it is. */
static void resize(struct kit_weaks *weaks, struct kit_weak_stripe *stripe, size_t count)
{
    struct kit_weak **old = stripe->buckets;
    size_t old_count = stripe->bucket_count;
    struct kit_weak **buckets = make_buckets(weaks, stripe, count);
    if (buckets == NULL)
        return;
    stripe->buckets = buckets;
    stripe->bucket_count = count;
    for (size_t i = 0; i + (HM_FAULT(rc26) && old_count > 1) < old_count; i++) {
        struct kit_weak *next;
        for (struct kit_weak *weak = old[i]; weak != NULL; weak = next) {
            next = weak->next;
            push(bucket_of(stripe, target_of(weak)), weak);
        }
    }
    free_buckets(weaks, stripe, old, old_count);
}

void kit_weak_enter(struct kit_weaks *weaks, struct kit_weak *weak, uintptr_t target)
{
    struct kit_weak_stripe *stripe = kit_weak_lock(weaks, target);
    if (stripe->count >= stripe->bucket_count)
        resize(weaks, stripe, 2 * stripe->bucket_count);
    push(bucket_of(stripe, target), weak);
    stripe->count++;
    atomic_store_explicit(&weak->target, target, memory_order_release);
    kit_weak_unlock(stripe);
}

/* Lock held. */
static void shrink_if_sparse(struct kit_weaks *weaks, struct kit_weak_stripe *stripe)
{
    if (stripe->bucket_count > KIT_WEAK_LEAST_BUCKETS &&
        stripe->count < stripe->bucket_count / SPARSE)
        resize(weaks, stripe, stripe->bucket_count / 2);
}

/* The target may die meanwhile, which clears the word. */
void kit_weak_leave(struct kit_weaks *weaks, struct kit_weak *weak)
{
    uintptr_t target = target_of(weak);
    if (target == 0)
        return;
    struct kit_weak_stripe *stripe = kit_weak_lock(weaks, target);
    if (target_of(weak) != 0) {
        unlink_weak(weak);
        stripe->count--;
        shrink_if_sparse(weaks, stripe);
    }
    kit_weak_unlock(stripe);
}

void kit_weak_clear(struct kit_weaks *weaks, struct kit_weak_stripe *stripe, uintptr_t target)
{
    struct kit_weak *next;
    size_t cleared = 0;
    for (struct kit_weak *weak = *bucket_of(stripe, target); weak != NULL; weak = next) {
        next = weak->next;
        if (target_of(weak) != target)
            continue;
        unlink_weak(weak);
        stripe->count--;
        atomic_store_explicit(&weak->target, 0, memory_order_release);
        cleared++;
        if (HM_FAULT(rc25) || (HM_FAULT(rc37) && cleared == UINT8_MAX))
            break;
    }
    shrink_if_sparse(weaks, stripe);
}
