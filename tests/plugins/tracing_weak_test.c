/* SPDX-License-Identifier: MIT
 *
 * What tracing collectors do with weak objects and watched objects, where that is more than any
 * collector owes: all that died together is queued together, nothing is lost while the queue waits,
 * records of watched objects fit into the heap's limit, and threads race with collections.
 */
#include "tracing_fixture.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { MIB = 1 << 20 };

static void node_of(hm_mutator *m, hm_name *name, uint64_t stamp)
{
    hm_put_word(m, hm_new(m, name, &tracing_node), NODE_STAMP, stamp);
}

static uint64_t stamp_of(hm_mutator *m, const hm_name *name)
{
    return hm_is_null(hm_at(name)) ? UINT64_MAX : hm_word(m, hm_at(name), NODE_STAMP);
}

/* Count one of `most` numbers; how often it was seen before. */
static unsigned tick(unsigned char *seen, size_t most, uint64_t stamp)
{
    if (stamp < most)
        return seen[stamp]++;
    fail_msg("%llu is no number of ours", (unsigned long long)stamp);
    return 0;
}

/* Drain the queue; how many there were. Each one's stamp is counted in `seen`. */
static size_t drain(hm_mutator *m, unsigned char *seen, size_t most)
{
    hm_name *name = hm_push(m, 1);
    size_t count = 0;
    for (hm_next_dead(m, name); !hm_is_null(hm_at(name)); hm_next_dead(m, name)) {
        tick(seen, most, stamp_of(m, name));
        count++;
    }
    hm_pop(m, name);
    return count;
}

/* ---- one thread ---- */

/* A ring of watched nodes with a string each: all come at once, and each is whole, however late. */
static void what_waits_is_whole_and_comes_once(void **state)
{
    (void)state;
    struct drive_heap *opened = tracing_open(32 * MIB, 1);
    struct hm_log log = {.last_ns = 0};
    hm_mutator *m = tracing_attach(opened, 0, &log);
    hm_name *name = hm_push(m, 4);
    size_t count = tracing_scaled(20000, 20);
    unsigned char *seen = calloc(count, 1);
    node_of(m, &name[0], 0);
    hm_watch(m, &name[0]);
    hm_bind(m, &name[1], hm_at(&name[0]));
    for (size_t i = 1; i < count; i++) {
        node_of(m, &name[2], i);
        hm_set(m, hm_at(&name[2]), 0, hm_at(&name[1]));
        hm_new_n(m, &name[3], &tracing_string, i % 50);
        hm_give(m, hm_at(&name[2]), 1, &name[3]);
        hm_watch(m, &name[2]);
        hm_watch(m, &name[2]);
        hm_move(m, &name[1], &name[2]);
    }
    hm_set(m, hm_at(&name[0]), 0, hm_at(&name[1]));
    tracing_collect(opened, m);
    assert_int_equal(drain(m, seen, count), 0);
    hm_watch(m, &name[0]);
    hm_watch(m, &name[1]);
    hm_clear(m, &name[0]);
    hm_clear(m, &name[1]);
    for (size_t i = 0; i < 3; i++)
        tracing_collect(opened, m);
    struct hm_census census = tracing_census(opened, m);
    assert_int_equal(census.objects, 2 * count - 1);
    assert_int_equal(census.unreachable_objects, 0);
    /* Through half of the queue, then collections again. */
    for (size_t i = 0; i < count; i++) {
        hm_next_dead(m, &name[0]);
        uint64_t stamp = stamp_of(m, &name[0]);
        assert_int_equal(tick(seen, count, stamp), 0);
        hm_get(m, &name[1], hm_at(&name[0]), 1);
        if (stamp > 0)
            assert_int_equal(hm_length(m, hm_at(&name[1])), stamp % 50);
        hm_get(m, &name[1], hm_at(&name[0]), 0);
        assert_int_equal(stamp_of(m, &name[1]), stamp == 0 ? count - 1 : stamp - 1);
        if (i == count / 2)
            tracing_collect(opened, m);
    }
    hm_next_dead(m, &name[2]);
    assert_true(hm_is_null(hm_at(&name[2])));
    assert_int_equal(log.counts[HM_EVENT_FINALIZERS_QUEUED], 1);
    hm_clear(m, &name[0]);
    hm_clear(m, &name[1]);
    tracing_collect(opened, m);
    assert_int_equal(tracing_census(opened, m).objects, 0);
    assert_int_equal(drain(m, seen, count), 0);
    free(seen);
    tracing_detach(m);
    tracing_close(opened);
}

/* Kept, it lives; dropped, it dies simply; watched again, it comes again. */
static void a_revived_object_lives_and_dies(void **state)
{
    (void)state;
    struct drive_heap *opened = tracing_open(16 * MIB, 1);
    hm_mutator *m = tracing_attach(opened, 0, NULL);
    hm_name *name = hm_push(m, 3);
    node_of(m, &name[0], 7);
    hm_new_weak(m, &name[1], &name[0]);
    for (size_t round = 0; round < 3; round++) {
        hm_watch(m, &name[0]);
        hm_clear(m, &name[0]);
        tracing_collect(opened, m);
        hm_weak_get(m, &name[2], hm_at(&name[1]));
        assert_true(hm_is_null(hm_at(&name[2])));
        hm_next_dead(m, &name[0]);
        assert_int_equal(stamp_of(m, &name[0]), 7);
        hm_new_weak(m, &name[1], &name[0]);
        tracing_collect(opened, m);
        hm_weak_get(m, &name[2], hm_at(&name[1]));
        assert_true(hm_same(m, hm_at(&name[2]), hm_at(&name[0])));
        hm_clear(m, &name[2]);
    }
    hm_clear(m, &name[0]);
    tracing_collect(opened, m);
    hm_next_dead(m, &name[0]);
    assert_true(hm_is_null(hm_at(&name[0])));
    assert_int_equal(tracing_census(opened, m).objects, 1);
    tracing_detach(m);
    tracing_close(opened);
}

/* Watched again while it waits, reached by way of another that was taken. */
static void what_waits_can_be_watched_again(void **state)
{
    (void)state;
    struct drive_heap *opened = tracing_open(16 * MIB, 1);
    hm_mutator *m = tracing_attach(opened, 0, NULL);
    hm_name *name = hm_push(m, 3);
    unsigned char seen[2] = {0, 0};
    node_of(m, &name[0], 0);
    node_of(m, &name[1], 1);
    hm_set(m, hm_at(&name[0]), 0, hm_at(&name[1]));
    hm_set(m, hm_at(&name[1]), 0, hm_at(&name[0]));
    hm_watch(m, &name[0]);
    hm_watch(m, &name[1]);
    hm_clear(m, &name[0]);
    hm_clear(m, &name[1]);
    tracing_collect(opened, m);
    hm_next_dead(m, &name[0]);
    hm_get(m, &name[1], hm_at(&name[0]), 0);
    hm_watch(m, &name[1]);
    hm_clear(m, &name[0]);
    hm_clear(m, &name[1]);
    tracing_collect(opened, m);
    assert_int_equal(drain(m, seen, 2), 1);
    tracing_collect(opened, m);
    assert_int_equal(drain(m, seen, 2), 1);
    assert_true(seen[0] == 2 || seen[1] == 2);
    tracing_collect(opened, m);
    assert_int_equal(tracing_census(opened, m).objects, 0);
    tracing_detach(m);
    tracing_close(opened);
}

/* A weak reference to what only the queue keeps reads null for good; one made afterwards does not.
 */
static void weak_references_are_cleared_before_objects_are_revived(void **state)
{
    (void)state;
    struct drive_heap *opened = tracing_open(16 * MIB, 1);
    hm_mutator *m = tracing_attach(opened, 0, NULL);
    hm_name *name = hm_push(m, 4);
    node_of(m, &name[0], 1);
    node_of(m, &name[1], 2);
    hm_set(m, hm_at(&name[0]), 0, hm_at(&name[1]));
    hm_new_weak(m, &name[2], &name[1]);
    hm_set(m, hm_at(&name[0]), 1, hm_at(&name[2])); /* and one that dies and is revived with it */
    hm_watch(m, &name[0]);
    hm_clear(m, &name[0]);
    hm_clear(m, &name[1]);
    hm_clear(m, &name[2]);
    tracing_collect(opened, m);
    assert_int_equal(tracing_census(opened, m).objects, 3);
    hm_next_dead(m, &name[0]);
    hm_get(m, &name[2], hm_at(&name[0]), 1);
    hm_weak_get(m, &name[3], hm_at(&name[2]));
    assert_true(hm_is_null(hm_at(&name[3])));
    hm_get(m, &name[1], hm_at(&name[0]), 0);
    hm_new_weak(m, &name[2], &name[1]);
    hm_clear(m, &name[1]);
    tracing_collect(opened, m);
    hm_weak_get(m, &name[3], hm_at(&name[2]));
    assert_int_equal(stamp_of(m, &name[3]), 2);
    tracing_detach(m);
    tracing_close(opened);
}

/* Weak objects that live, that die, and whose targets do either, over and over at new places. */
static void weak_references_follow_their_targets(void **state)
{
    (void)state;
    struct drive_heap *opened = tracing_open(16 * MIB, 1);
    hm_mutator *m = tracing_attach(opened, 0, NULL);
    hm_name *name = hm_push(m, 4);
    size_t count = tracing_scaled(5000, 16);
    hm_new_n(m, &name[0], &tracing_list, count);
    hm_new_n(m, &name[1], &tracing_list, count);
    for (size_t round = 0; round < 5; round++) {
        for (size_t i = 0; i < count; i++) {
            hm_get(m, &name[2], hm_at(&name[1]), i);
            if (!hm_is_null(hm_at(&name[2]))) {
                hm_weak_get(m, &name[2], hm_at(&name[2]));
                assert_int_equal(stamp_of(m, &name[2]), (i + round - 1) % 3 == 0 ? UINT64_MAX : i);
            }
            node_of(m, &name[2], i);
            hm_new_weak(m, &name[3], &name[2]);
            hm_give(m, hm_at(&name[0]), i, &name[2]);
            hm_give(m, hm_at(&name[1]), i, &name[3]);
        }
        for (size_t i = 0; i < count; i++)
            if ((i + round) % 3 == 0)
                hm_clear_slots(m, hm_at(&name[0]), i, 1);
        tracing_collect(opened, m);
    }
    tracing_detach(m);
    tracing_close(opened);
}

/* ---- records and the limit ---- */

/* Records come back: what is held with the heap empty again is what was held before. */
static void records_are_given_back(void **state)
{
    (void)state;
    struct drive_heap *opened = tracing_open(64 * MIB, 1);
    hm_mutator *m = tracing_attach(opened, 0, NULL);
    hm_name *name = hm_push(m, 2);
    size_t count = tracing_scaled(100000, 600);
    unsigned char *seen = calloc(count, 1);
    uint64_t held[3];
    for (size_t round = 0; round < 3; round++) {
        memset(seen, 0, count);
        for (size_t i = 0; i < count; i++) {
            node_of(m, &name[0], i);
            hm_watch(m, &name[0]);
        }
        hm_clear(m, &name[0]);
        tracing_collect(opened, m);
        assert_int_equal(drain(m, seen, count), count);
        for (size_t i = 0; i < count; i++)
            assert_int_equal(seen[i], 1);
        tracing_collect(opened, m);
        assert_int_equal(tracing_census(opened, m).objects, 0);
        held[round] = tracing_statistics(opened).held_bytes;
    }
    assert_true(held[2] <= held[0]);
    free(seen);
    tracing_detach(m);
    tracing_close(opened);
}

/* The last of them begins a new round. */
static size_t strings_until_collection(hm_mutator *m, struct drive_heap *opened, hm_name *name)
{
    uint64_t collections = tracing_statistics(opened).collections;
    size_t strings = 0;
    for (; tracing_statistics(opened).collections == collections; strings++)
        hm_new_n(m, name, &tracing_string, 2000);
    return strings;
}

/* In a heap that holds nothing but garbage up to its limit, watching never runs out. */
static void watching_makes_room_at_polls(void **state)
{
    (void)state;
    struct drive_heap *opened = tracing_open(2 * MIB, 1);
    hm_mutator *m = tracing_attach(opened, 0, NULL);
    hm_name *name = hm_push(m, 2);
    size_t count = tracing_scaled(8000, 600);
    hm_new_n(m, &name[0], &tracing_list, count);
    for (size_t i = 0; i < count; i++) {
        node_of(m, &name[1], i);
        hm_give(m, hm_at(&name[0]), i, &name[1]);
    }
    /* As many strings as fit between two collections, less one. */
    strings_until_collection(m, opened, &name[1]);
    for (size_t strings = strings_until_collection(m, opened, &name[1]); strings > 2; strings--)
        hm_new_n(m, &name[1], &tracing_string, 2000);
    hm_clear(m, &name[1]);
    for (size_t i = 0; i < count; i++) {
        hm_get(m, &name[1], hm_at(&name[0]), i);
        hm_watch(m, &name[1]);
        hm_poll(m);
    }
    hm_clear(m, &name[1]);
    assert_true(tracing_statistics(opened).held_peak_bytes <= 2 * MIB);
    hm_clear(m, &name[0]);
    tracing_collect(opened, m);
    unsigned char *seen = calloc(count, 1);
    assert_int_equal(drain(m, seen, count), count);
    free(seen);
    tracing_detach(m);
    tracing_close(opened);
}

struct watching {
    struct drive_heap *opened;
    volatile size_t made; /* read after a landing only, which compilers take for never */
};

/* Watched nodes without end, in a list. */
static void watch_for_ever(hm_mutator *m, hm_name *name, void *user)
{
    struct watching *watching = user;
    for (;; watching->made++) {
        node_of(m, &name[1], watching->made);
        hm_watch(m, &name[1]);
        hm_set(m, hm_at(&name[1]), 0, hm_at(&name[0]));
        hm_move(m, &name[0], &name[1]);
        hm_poll(m);
    }
}

static enum hm_cause land(hm_mutator *m, hm_name *name,
                          void (*body)(hm_mutator *m, hm_name *name, void *user), void *user)
{
    struct hm_landing landing = {.name_top = m->name_top, .spare_top = m->spare_top};
    m->landing = &landing;
    if (setjmp(landing.buffer) == 0)
        body(m, name, user);
    else
        hm_pop(m, landing.name_top);
    m->landing = NULL;
    return landing.cause;
}

/* Memory ends with watched objects, which are let go, taken, and made again. */
static void watching_ends_with_memory_and_comes_again(void **state)
{
    (void)state;
    struct drive_heap *opened = tracing_open(1 * MIB, 1);
    hm_mutator *m = tracing_attach(opened, 0, NULL);
    hm_name *name = hm_push(m, 3);
    size_t first = 0;
    for (size_t round = 0; round < 3; round++) {
        struct watching watching = {opened, 0};
        assert_int_equal(land(m, name, watch_for_ever, &watching), HM_OUT_OF_MEMORY);
        assert_true(watching.made > 1000 && (round == 0 || watching.made > first / 2));
        first = round == 0 ? watching.made : first;
        assert_true(tracing_statistics(opened).held_peak_bytes <= 1 * MIB);
        hm_clear(m, &name[0]);
        hm_clear(m, &name[1]);
        tracing_collect(opened, m);
        unsigned char *seen = calloc(watching.made + 1, 1);
        size_t came = drain(m, seen, watching.made + 1);
        for (size_t i = 0; i < watching.made; i++)
            assert_int_equal(seen[i], 1);
        assert_true(came == watching.made || came == watching.made + 1);
        free(seen);
        tracing_collect(opened, m);
        assert_int_equal(tracing_census(opened, m).objects, 0);
    }
    tracing_detach(m);
    tracing_close(opened);
}

/* With records in chunks of all lists, and an object of each kind alive. */
static void closing_frees_what_waits(void **state)
{
    (void)state;
    struct drive_heap *opened = tracing_open(16 * MIB, 1);
    hm_mutator *m = tracing_attach(opened, 0, NULL);
    hm_name *name = hm_push(m, 3);
    size_t count = tracing_scaled(10000, 600);
    for (size_t i = 0; i < count; i++) {
        node_of(m, &name[0], i);
        hm_watch(m, &name[0]);
        if (i == count / 2) {
            hm_set(m, hm_globals(m), 0, hm_at(&name[0]));
            hm_new_weak(m, &name[1], &name[0]);
            hm_set(m, hm_globals(m), 1, hm_at(&name[1]));
            hm_new_ephemeron(m, &name[1], &name[0], &name[0]);
            hm_set(m, hm_globals(m), 2, hm_at(&name[1]));
            tracing_collect(opened, m);
        }
    }
    tracing_collect(opened, m);
    tracing_detach(m);
    tracing_close(opened);
}

/* ---- threads ---- */

enum { THREADS = 4 };

struct meeting {
    _Atomic size_t came;
    _Atomic size_t done;
    size_t rounds;
    unsigned char *seen; /* of each number, under `lock` */
    pthread_mutex_t lock;
};

static void note(struct tracing_thread *thread, uint64_t stamp)
{
    struct meeting *meeting = thread->user;
    pthread_mutex_lock(&meeting->lock);
    if (stamp >= THREADS * meeting->rounds || meeting->seen[stamp]++ != 0)
        thread->wrong = "an object came twice, or was none of ours";
    pthread_mutex_unlock(&meeting->lock);
    atomic_fetch_add(&meeting->came, 1);
}

static void take_one(struct tracing_thread *thread, hm_name *name)
{
    hm_next_dead(thread->m, &name[0]);
    if (hm_is_null(hm_at(&name[0])))
        return;
    hm_get(thread->m, &name[1], hm_at(&name[0]), 0);
    if (stamp_of(thread->m, &name[1]) != stamp_of(thread->m, &name[0]))
        thread->wrong = "what a queued object refers to is not what it was";
    note(thread, stamp_of(thread->m, &name[0]));
}

/* Watch, drop, collect now and then, and take whatever waits, whoever made it. */
static void watch_and_take(struct tracing_thread *thread)
{
    struct meeting *meeting = thread->user;
    hm_mutator *m = thread->m;
    hm_name *name = hm_push(m, 3);
    for (size_t i = 0; i < meeting->rounds; i++) {
        uint64_t stamp = thread->index * meeting->rounds + i;
        node_of(m, &name[0], stamp);
        node_of(m, &name[1], stamp);
        hm_set(m, hm_at(&name[0]), 0, hm_at(&name[1]));
        hm_watch(m, &name[0]);
        hm_clear(m, &name[1]);
        if (i % 500 == thread->index * 100)
            tracing_collect(thread->opened, m);
        take_one(thread, name);
        hm_poll(m);
    }
    hm_clear(m, &name[0]);
    atomic_fetch_add(&meeting->done, 1);
    while (atomic_load(&meeting->done) < THREADS) {
        sched_yield();
        hm_poll(m);
    }
    tracing_collect(thread->opened, m);
    while (atomic_load(&meeting->came) < THREADS * meeting->rounds && thread->wrong == NULL) {
        take_one(thread, name);
        if (hm_is_null(hm_at(&name[0])))
            tracing_collect(thread->opened, m);
        hm_poll(m);
    }
}

static void each_watched_object_comes_to_one_thread(void **state)
{
    (void)state;
    struct drive_heap *opened = tracing_open(16 * MIB, THREADS);
    struct meeting meeting = {.rounds = tracing_scaled(20000, 40)};
    meeting.seen = calloc(THREADS, meeting.rounds);
    pthread_mutex_init(&meeting.lock, NULL);
    tracing_threads(opened, THREADS, watch_and_take, &meeting);
    assert_int_equal(atomic_load(&meeting.came), THREADS * meeting.rounds);
    pthread_mutex_destroy(&meeting.lock);
    free(meeting.seen);
    tracing_close(opened);
}

/* All watch the same objects at once: each comes once. */
static void watch_together(struct tracing_thread *thread)
{
    struct meeting *meeting = thread->user;
    hm_mutator *m = thread->m;
    hm_name *name = hm_push(m, 1);
    for (size_t i = 0; i < meeting->rounds; i++) {
        hm_get(m, name, hm_peek(m, NULL, hm_globals(m), 0), i);
        hm_watch(m, name);
        hm_poll(m);
    }
}

static void watching_together_is_watching_once(void **state)
{
    (void)state;
    struct drive_heap *opened = tracing_open(16 * MIB, THREADS + 1);
    struct meeting meeting = {.rounds = tracing_scaled(20000, 300)};
    hm_mutator *m = tracing_attach(opened, THREADS, NULL);
    hm_name *name = hm_push(m, 1);
    meeting.seen = calloc(1, meeting.rounds);
    hm_set(m, hm_globals(m), 0, hm_new_n(m, name, &tracing_list, meeting.rounds));
    for (size_t i = 0; i < meeting.rounds; i++) {
        node_of(m, name, i);
        hm_set(m, hm_peek(m, NULL, hm_globals(m), 0), i, hm_at(name));
    }
    hm_block(m);
    tracing_threads(opened, THREADS, watch_together, &meeting);
    hm_unblock(m);
    hm_clear(m, name);
    hm_set(m, hm_globals(m), 0, hm_null);
    tracing_collect(opened, m);
    assert_int_equal(drain(m, meeting.seen, meeting.rounds), meeting.rounds);
    for (size_t i = 0; i < meeting.rounds; i++)
        assert_int_equal(meeting.seen[i], 1);
    free(meeting.seen);
    tracing_detach(m);
    tracing_close(opened);
}

/* One thread drops and collects; the others own what weak references lead to, and look at it while
 * memory is used again. A slot's number only grows, and what was got keeps its number. */
static void read_or_drop(struct tracing_thread *thread)
{
    struct meeting *meeting = thread->user;
    hm_mutator *m = thread->m;
    hm_name *name = hm_push(m, 3);
    uint64_t last = 0;
    for (size_t i = 1; thread->index == 0 && i <= meeting->rounds; i++) {
        node_of(m, &name[0], i);
        node_of(m, &name[1], i);
        hm_set(m, hm_at(&name[0]), 0, hm_at(&name[1]));
        hm_new_weak(m, &name[2], &name[0]);
        hm_set_shared(m, hm_globals(m), 0, hm_at(&name[2]));
        hm_clear(m, &name[1]);
        hm_clear(m, &name[0]);
        if (i % 50 == 0)
            tracing_collect(thread->opened, m);
        hm_poll(m);
    }
    if (thread->index == 0)
        atomic_store(&meeting->done, 1);
    while (atomic_load(&meeting->done) == 0) {
        hm_poll(m);
        hm_get_shared(m, &name[0], hm_globals(m), 0);
        if (hm_is_null(hm_at(&name[0])))
            continue;
        hm_weak_get(m, &name[0], hm_at(&name[0]));
        uint64_t stamp = stamp_of(m, &name[0]);
        if (stamp == UINT64_MAX)
            continue;
        hm_poll(m);
        hm_get(m, &name[1], hm_at(&name[0]), 0);
        if (stamp < last || stamp_of(m, &name[0]) != stamp || stamp_of(m, &name[1]) != stamp)
            thread->wrong = "a weak reference led to another object";
        last = stamp;
    }
}

static void weak_reads_race_with_collections(void **state)
{
    (void)state;
    struct drive_heap *opened = tracing_open(4 * MIB, THREADS);
    struct meeting meeting = {.rounds = tracing_scaled(20000, 200)};
    tracing_threads(opened, THREADS, read_or_drop, &meeting);
    tracing_close(opened);
}

int main(int argc, char **argv)
{
    tracing_arguments(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_waits_is_whole_and_comes_once),
        cmocka_unit_test(a_revived_object_lives_and_dies),
        cmocka_unit_test(what_waits_can_be_watched_again),
        cmocka_unit_test(weak_references_are_cleared_before_objects_are_revived),
        cmocka_unit_test(weak_references_follow_their_targets),
        cmocka_unit_test(records_are_given_back),
        cmocka_unit_test(watching_makes_room_at_polls),
        cmocka_unit_test(watching_ends_with_memory_and_comes_again),
        cmocka_unit_test(closing_frees_what_waits),
        cmocka_unit_test(each_watched_object_comes_to_one_thread),
        cmocka_unit_test(watching_together_is_watching_once),
        cmocka_unit_test(weak_reads_race_with_collections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
