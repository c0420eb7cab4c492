/* SPDX-License-Identifier: MIT
 *
 * Records of watched and of queued objects; see watch.h.
 */
#include <kit/watch.h>

enum { LOW = KIT_WATCH_FEW / 2 };
enum {
    CHUNK_RECORDS =
        (KIT_WATCH_CHUNK_BYTES - sizeof(struct kit_watch_chunk)) / sizeof(struct kit_watch_record)
};

/* ---- records ---- */

static void enter_open(struct kit_watch *watch, struct kit_watch_chunk *chunk)
{
    chunk->previous = NULL;
    chunk->next = watch->open;
    if (chunk->next != NULL)
        chunk->next->previous = chunk;
    watch->open = chunk;
}

static void leave_open(struct kit_watch *watch, struct kit_watch_chunk *chunk)
{
    if (chunk->previous == NULL)
        watch->open = chunk->next;
    else
        chunk->previous->next = chunk->next;
    if (chunk->next != NULL)
        chunk->next->previous = chunk->previous;
}

static void carve(struct kit_watch *watch, struct kit_watch_chunk *chunk,
                  struct kit_watch_record *records, uint32_t count)
{
    chunk->used = 0;
    chunk->count = count;
    chunk->free = NULL;
    for (uint32_t i = count; i-- > 0;) {
        records[i].next = chunk->free;
        chunk->free = &records[i];
    }
    watch->free += count;
    enter_open(watch, chunk);
}

/* Lock held. */
static bool grow(struct kit_watch *watch)
{
    struct kit_watch_chunk *chunk = watch->memory.take(watch->memory.user);
    if (chunk == NULL)
        return false;
    carve(watch, chunk, (struct kit_watch_record *)(chunk + 1), CHUNK_RECORDS);
    return true;
}

static struct kit_watch_chunk *chunk_of(struct kit_watch *watch, struct kit_watch_record *record)
{
    if (record >= watch->few_records && record < watch->few_records + KIT_WATCH_FEW)
        return &watch->few;
    return kit_block_of(record);
}

/* Lock held; there is a free one. */
static struct kit_watch_record *take(struct kit_watch *watch)
{
    struct kit_watch_chunk *chunk = watch->open;
    struct kit_watch_record *record = chunk->free;
    chunk->free = record->next;
    chunk->used++;
    watch->free--;
    if (chunk->free == NULL)
        leave_open(watch, chunk);
    return record;
}

/* Lock held. A chunk that is empty goes back where enough others are free. */
static void give(struct kit_watch *watch, struct kit_watch_record *record)
{
    struct kit_watch_chunk *chunk = chunk_of(watch, record);
    if (chunk->free == NULL)
        enter_open(watch, chunk);
    record->next = chunk->free;
    chunk->free = record;
    chunk->used--;
    watch->free++;
    if (chunk->used > 0 || chunk == &watch->few || watch->free - chunk->count < LOW)
        return;
    leave_open(watch, chunk);
    watch->free -= chunk->count;
    watch->memory.give(watch->memory.user, chunk);
}

void kit_watch_open(struct kit_watch *watch, struct kit_watch_memory memory)
{
    pthread_mutex_init(&watch->lock, NULL);
    watch->memory = memory;
    watch->open = NULL;
    watch->free = 0;
    watch->watched = watch->last = NULL;
    atomic_store_explicit(&watch->first, NULL, memory_order_relaxed);
    atomic_store_explicit(&watch->low, false, memory_order_relaxed);
    carve(watch, &watch->few, watch->few_records, KIT_WATCH_FEW);
}

/* ---- the two lists ---- */

static struct kit_watch_record *first_of(struct kit_watch *watch)
{
    return atomic_load_explicit(&watch->first, memory_order_relaxed);
}

static void give_all(struct kit_watch *watch, struct kit_watch_record *list)
{
    struct kit_watch_record *next;
    for (; list != NULL; list = next) {
        next = list->next;
        give(watch, list);
    }
}

void kit_watch_close(struct kit_watch *watch)
{
    give_all(watch, watch->watched);
    give_all(watch, first_of(watch));
    /* What is left in chunks is free: those that were kept. */
    for (struct kit_watch_chunk *next, *chunk = watch->open; chunk != NULL; chunk = next) {
        next = chunk->next;
        if (chunk != &watch->few)
            watch->memory.give(watch->memory.user, chunk);
    }
    pthread_mutex_destroy(&watch->lock);
}

bool kit_watch_add(struct kit_watch *watch, hm_ref object)
{
    pthread_mutex_lock(&watch->lock);
    bool room = watch->open != NULL || grow(watch);
    if (room) {
        struct kit_watch_record *record = take(watch);
        record->object.bits = object.bits;
        record->next = watch->watched;
        watch->watched = record;
        if (watch->free < LOW)
            atomic_store_explicit(&watch->low, true, memory_order_relaxed);
    }
    pthread_mutex_unlock(&watch->lock);
    return room;
}

hm_ref kit_watch_next(struct kit_watch *watch)
{
    hm_ref object = hm_null;
    if (first_of(watch) == NULL)
        return object;
    pthread_mutex_lock(&watch->lock);
    struct kit_watch_record *record = first_of(watch);
    if (record != NULL) {
        object = hm_at(&record->object);
        atomic_store_explicit(&watch->first, record->next, memory_order_relaxed);
        give(watch, record);
    }
    pthread_mutex_unlock(&watch->lock);
    return object;
}

bool kit_watch_make_room(struct kit_watch *watch)
{
    pthread_mutex_lock(&watch->lock);
    bool room = watch->free >= LOW || grow(watch);
    atomic_store_explicit(&watch->low, false, memory_order_relaxed);
    pthread_mutex_unlock(&watch->lock);
    return room;
}

/* ---- while the world is stopped ---- */

static void each(struct kit_watch_record *list, void (*visit)(void *user, hm_name *name),
                 void *user)
{
    for (; list != NULL; list = list->next)
        visit(user, &list->object);
}

void kit_watch_each_queued(struct kit_watch *watch, void (*visit)(void *user, hm_name *name),
                           void *user)
{
    each(first_of(watch), visit, user);
}

void kit_watch_each_watched(struct kit_watch *watch, void (*visit)(void *user, hm_name *name),
                            void *user)
{
    each(watch->watched, visit, user);
}

static void append(struct kit_watch *watch, struct kit_watch_record *record)
{
    record->next = NULL;
    if (first_of(watch) == NULL)
        atomic_store_explicit(&watch->first, record, memory_order_relaxed);
    else
        watch->last->next = record;
    watch->last = record;
}

struct kit_watch_record *kit_watch_queue_dead(struct kit_watch *watch,
                                              bool (*lives)(void *user, hm_ref object), void *user,
                                              uint64_t *count)
{
    struct kit_watch_record *latest = NULL;
    struct kit_watch_record **link = &watch->watched;
    for (*count = 0; *link != NULL;) {
        struct kit_watch_record *record = *link;
        if (lives(user, hm_at(&record->object))) {
            link = &record->next;
            continue;
        }
        *link = record->next;
        append(watch, record);
        latest = latest == NULL ? record : latest;
        ++*count;
    }
    return latest;
}

void kit_watch_each_from(struct kit_watch_record *record, void (*visit)(void *user, hm_name *name),
                         void *user)
{
    each(record, visit, user);
}
