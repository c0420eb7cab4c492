/* SPDX-License-Identifier: MIT
 *
 * Conformance: the heap's limit, running out of memory and coming back (new.1, new.3, try_new.1),
 * reclaiming, and the recursion that a collector must not have.
 *
 * A collector that ignores the heap's limit has one of its own, which the tests are given as an
 * option so that it is about as small.
 */
#include "rig.h"

enum { HEAP_BYTES = (8 << 20) / RIG_SCALE };

/* ---- filling a heap ---- */

struct filling {
    uint64_t boxes;  /* linked into the list that names[A] owns */
    size_t dropping; /* bytes that each box has beside it, as garbage */
};

/* Link one more box, with a number one higher, in front of the list. May land: the list is whole
 * then. */
static void link_one(hm_mutator *m, hm_name *names, struct filling *filling)
{
    if (filling->dropping > 0)
        hm_new_n(m, &names[D], &rig_text, filling->dropping);
    hm_put_word(m, hm_new(m, &names[B], &rig_box), 0, filling->boxes);
    hm_ref node = hm_new(m, &names[C], &rig_pair);
    hm_init_give(m, node, LEFT, &names[A]);
    hm_init_give(m, node, RIGHT, &names[B]);
    hm_move(m, &names[A], &names[C]);
    filling->boxes++;
}

static void fill_for_ever(hm_mutator *m, hm_name *names, void *user)
{
    for (;;)
        link_one(m, names, user);
}

/* How many nodes of the list, from the front, hold the numbers that they should? */
static uint64_t whole_nodes(hm_mutator *m, hm_name *names, uint64_t boxes)
{
    uint64_t whole = 0;
    hm_bind(m, &names[E], hm_at(&names[A]));
    while (!hm_is_null(hm_at(&names[E])) &&
           rig_number_in(m, &names[E], RIGHT) == boxes - 1 - whole) {
        whole++;
        hm_get(m, &names[E], hm_at(&names[E]), LEFT);
        hm_poll(m);
    }
    hm_clear(m, &names[E]);
    return whole;
}

static void drop_all(hm_mutator *m, hm_name *names)
{
    for (size_t i = 0; i < NAMES; i++)
        hm_clear(m, &names[i]);
}

/* Fill until the mutator lands, see that all is there, drop it. */
static uint64_t fill_up(struct rig *rig, size_t dropping)
{
    struct filling filling = {.dropping = dropping};
    assert_int_equal(rig_land(rig->m, rig->names, fill_for_ever, &filling), HM_OUT_OF_MEMORY);
    assert_int_equal(whole_nodes(rig->m, rig->names, filling.boxes), filling.boxes);
    drop_all(rig->m, rig->names);
    return filling.boxes;
}

static void running_out_lands_and_leaves_all_whole(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    uint64_t boxes = fill_up(rig, 0);
    assert_in_range(boxes, HEAP_BYTES / 512, 4 * rig->heap_bytes);
    rig_close(rig);
}

static bool can_free(const struct hm_capabilities *can)
{
    return can->frees;
}

static bool can_free_in_limit(const struct hm_capabilities *can)
{
    return can->frees && can->heap_limit;
}

static bool can_share_and_free(const struct hm_capabilities *can)
{
    return can->frees && can->most_mutators != 1;
}

/* As much fits again, the third time as the first, but for what fragmentation takes. */
/* Room for as much again. Of a conservative collector a forgotten word of the machine's stack may
 * hold all that filled the heap; the next try leaves other words there. */
static void assert_recovers(struct rig *rig, size_t dropping, uint64_t least, uint64_t most)
{
    enum { TRIES = 5 };
    uint64_t made = fill_up(rig, dropping);
    for (size_t i = 1; rig->can->conservative && made < least && i < TRIES; i++)
        made = fill_up(rig, dropping);
    assert_in_range(made, least, most);
}

static void a_heap_recovers_from_running_out(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    uint64_t first = fill_up(rig, 0);
    for (size_t round = 0; round < 2; round++)
        assert_recovers(rig, 0, first - first / 8, 2 * first);
    rig_close(rig);
}

static void a_heap_recovers_with_garbage_between(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    uint64_t first = fill_up(rig, 100);
    uint64_t second = fill_up(rig, 3000);
    assert_true(first > 0 && second > 0);
    assert_recovers(rig, 100, first - first / 4, 2 * first);
    rig_close(rig);
}

static void try_new_answers_null(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    uint64_t made = 0;
    hm_new(m, &rig->names[A], &rig_pair);
    while (!hm_is_null(hm_try_new(m, &rig->names[B], &rig_pair))) {
        hm_give(m, hm_at(&rig->names[B]), LEFT, &rig->names[A]);
        hm_move(m, &rig->names[A], &rig->names[B]);
        made++;
    }
    assert_true(hm_is_null(hm_at(&rig->names[B])));
    assert_in_range(made, HEAP_BYTES / 512, 4 * rig->heap_bytes);
    hm_clear(m, &rig->names[A]);
    if (rig->can->frees)
        assert_false(hm_is_null(hm_try_new(m, &rig->names[B], &rig_pair)));
    rig_close(rig);
}

/* ---- sizes ---- */

static size_t largest_text(struct rig *rig)
{
    size_t fits = 0, too_large = (size_t)4 * rig->heap_bytes;
    while (too_large - fits > 4096) {
        size_t middle = fits + (too_large - fits) / 2;
        bool is_made = !hm_is_null(hm_try_new_n(rig->m, &rig->names[A], &rig_text, middle));
        hm_clear(rig->m, &rig->names[A]);
        if (is_made)
            fits = middle;
        else
            too_large = middle;
    }
    return fits;
}

/* new.1: the largest object that fits leaves its name before the next is made for it. */
static void the_old_object_is_not_kept_alive(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    size_t bytes = largest_text(rig);
    assert_in_range(bytes, rig->heap_bytes / 8, rig->heap_bytes);
    for (size_t i = 0; i < 10; i++)
        assert_false(hm_is_null(hm_try_new_n(rig->m, &rig->names[A], &rig_text, bytes)));
    assert_true(hm_is_null(hm_try_new_n(rig->m, &rig->names[B], &rig_text, bytes)));
    rig_close(rig);
}

static void make_beyond(hm_mutator *m, hm_name *names, void *user)
{
    const size_t *n = user;
    hm_new_n(m, &names[A], *n >> 60 != 0 ? &rig_list : &rig_text, *n & (SIZE_MAX >> 4));
}

/* Sizes beyond the heap, beyond the collector, and beyond what 64 bits can add up. */
static void an_object_that_is_too_large_is_refused(void)
{
    static const size_t sizes[] = {(size_t)1 << 31, (size_t)1 << 40, SIZE_MAX >> 4,
                                   ((size_t)1 << 31) | (size_t)1 << 60, SIZE_MAX};
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t n = sizes[i];
        rig_box_of(rig->m, &rig->names[A], i);
        enum hm_cause cause = rig_land(rig->m, rig->names, make_beyond, &n);
        if (cause != HM_OUT_OF_MEMORY && cause != HM_TOO_LARGE)
            fail_msg("%zu: cause %d", n, (int)cause);
        assert_true(hm_is_null(hm_at(&rig->names[A])));
        assert_true(hm_is_null(hm_try_new_n(rig->m, &rig->names[B], &rig_tagged, n)));
        rig_box_of(rig->m, &rig->names[B], i);
    }
    rig_close(rig);
}

/* ---- churn ---- */

/* Many heaps' worth of garbage of mixed sizes, beside a list that changes and lives. */
static void garbage_is_reclaimed(void)
{
    enum { LIVE = 200, ROUNDS = 60000 / RIG_SCALE };
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    hm_new_n(m, &rig->names[A], &rig_list, LIVE);
    for (uint64_t i = 0; i < ROUNDS; i++) {
        hm_new_n(m, &rig->names[B], &rig_text, i * 7919 % 1500);
        hm_ref pair = hm_new(m, &rig->names[C], &rig_pair);
        hm_init_give(m, pair, RIGHT, &rig->names[B]);
        rig_box_of(m, &rig->names[D], i);
        hm_give(m, hm_at(&rig->names[C]), LEFT, &rig->names[D]);
        hm_give(m, hm_at(&rig->names[A]), i % LIVE, &rig->names[C]);
    }
    for (uint64_t i = ROUNDS - LIVE; i < ROUNDS; i++) {
        hm_get(m, &rig->names[B], hm_at(&rig->names[A]), i % LIVE);
        assert_int_equal(rig_number_in(m, &rig->names[B], LEFT), i);
    }
    rig_close(rig);
}

static void held_bytes_stay_below_the_limit(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    fill_up(rig, 0);
    fill_up(rig, 700);
    struct hm_statistics statistics = rig_statistics(rig);
    assert_true(statistics.held_peak_bytes <= rig->heap_bytes);
    assert_true(statistics.held_bytes <= statistics.held_peak_bytes);
    rig_close(rig);
}

/* Rings of three, which only a collector that reclaims cycles can have so many of. */
static void garbage_rings_are_reclaimed(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    for (uint64_t i = 0; i < HEAP_BYTES / 64; i++) {
        hm_new(m, &rig->names[A], &rig_pair);
        for (size_t k = B; k <= C; k++) {
            hm_new(m, &rig->names[k], &rig_pair);
            hm_set(m, hm_at(&rig->names[k]), LEFT, hm_at(&rig->names[k - 1]));
        }
        hm_set(m, hm_at(&rig->names[A]), LEFT, hm_at(&rig->names[C]));
    }
    rig_close(rig);
}

static bool can_reclaim_rings(const struct hm_capabilities *can)
{
    return can->cycles && can->heap_limit;
}

/* ---- depth ---- */

/* Dropped in a thread with a small stack: nothing may recurse along a chain. */
static void drop_a_chain(struct rig_thread *thread, hm_mutator *m, hm_name *names)
{
    struct filling filling = {.boxes = 0};
    while (filling.boxes < 50000 / RIG_SCALE)
        link_one(m, names, &filling);
    thread->rig->heap.heap->ops->collect(thread->rig->heap.heap, m, HM_COLLECT_FULL);
    thread->wrong += whole_nodes(m, names, filling.boxes) != filling.boxes;
    hm_clear(m, &names[A]);
}

static void a_deep_chain_needs_no_stack(void)
{
    struct rig *rig = rig_open(4 * HEAP_BYTES, 2, 0);
    rig_run(rig, 1, drop_a_chain, NULL);
    rig_close(rig);
}

static bool has_threads(const struct hm_capabilities *can)
{
    return can->most_mutators != 1;
}

/* ---- two threads at the limit ---- */

static void fill_and_recover(struct rig_thread *thread, hm_mutator *m, hm_name *names)
{
    for (size_t round = 0; round < 3; round++) {
        struct filling filling = {.dropping = 50};
        thread->wrong += rig_land(m, names, fill_for_ever, &filling) != HM_OUT_OF_MEMORY;
        thread->wrong += whole_nodes(m, names, filling.boxes) != filling.boxes;
        drop_all(m, names);
    }
}

/* Out of memory is a state of the heap: both run out together, and both come back. */
static void two_threads_run_out_and_recover(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 3, 0);
    rig_run(rig, 2, fill_and_recover, NULL);
    uint64_t boxes = fill_up(rig, 0);
    assert_true(boxes > HEAP_BYTES / 1024);
    rig_close(rig);
}

/* ---- threads that come to a full heap ---- */

enum { COMING = 8 };

struct coming {
    struct rig *rig;
    uint32_t index;
    pthread_barrier_t *all; /* so that none leaves before the last has asked */
    bool came, refused_without_a_reason;
    pthread_t id;
    struct hm_log log;
};

static void *come_and_go(void *user)
{
    struct coming *coming = user;
    hm_heap *heap = coming->rig->heap.heap;
    struct hm_refusal refusal = {.sentence = ""};
    hm_mutator *m = heap->ops->attach(heap, coming->index, &coming->log, &refusal);
    coming->came = m != NULL;
    coming->refused_without_a_reason =
        m == NULL && (!refusal.out_of_memory || refusal.sentence[0] == '\0');
    if (m != NULL)
        hm_block(m);
    pthread_barrier_wait(coming->all);
    if (m != NULL) {
        hm_unblock(m);
        heap->ops->detach(m);
    }
    return NULL;
}

/* How many of them were taken? */
static size_t let_threads_come(struct rig *rig)
{
    struct coming coming[COMING];
    pthread_barrier_t all;
    size_t came = 0;
    pthread_barrier_init(&all, NULL, COMING);
    for (uint32_t i = 0; i < COMING; i++) {
        coming[i] = (struct coming){.rig = rig, .index = i + 1, .all = &all};
        assert_int_equal(pthread_create(&coming[i].id, NULL, come_and_go, &coming[i]), 0);
    }
    hm_block(rig->m);
    for (size_t i = 0; i < COMING; i++)
        pthread_join(coming[i].id, NULL);
    hm_unblock(rig->m);
    for (size_t i = 0; i < COMING; i++) {
        assert_false(coming[i].refused_without_a_reason);
        came += coming[i].came;
    }
    pthread_barrier_destroy(&all);
    return came;
}

/* Taken or refused; once there is room all are taken, whatever the refusals took. */
static void threads_may_come_to_a_full_heap(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, COMING + 1, 0);
    for (size_t round = 0; round < 3; round++) {
        struct filling filling = {.boxes = 0};
        assert_int_equal(rig_land(rig->m, rig->names, fill_for_ever, &filling), HM_OUT_OF_MEMORY);
        let_threads_come(rig);
        assert_int_equal(whole_nodes(rig->m, rig->names, filling.boxes), filling.boxes);
        drop_all(rig->m, rig->names);
        rig_collect(rig);
        assert_true(!rig->can->frees || let_threads_come(rig) == COMING);
    }
    rig_close(rig);
}

static bool takes_many_threads(const struct hm_capabilities *can)
{
    return can->most_mutators == 0 || can->most_mutators > COMING;
}

const struct rig_test rig_memory[] = {
    {"running out lands and leaves all whole", running_out_lands_and_leaves_all_whole, NULL},
    {"a heap recovers from running out", a_heap_recovers_from_running_out, can_free},
    {"a heap recovers with garbage between", a_heap_recovers_with_garbage_between, can_free},
    {"try_new answers null", try_new_answers_null, NULL},
    {"the old object is not kept alive", the_old_object_is_not_kept_alive, can_free_in_limit},
    {"an object that is too large is refused", an_object_that_is_too_large_is_refused, NULL},
    {"garbage is reclaimed", garbage_is_reclaimed, can_free},
    {"held bytes stay below the limit", held_bytes_stay_below_the_limit, can_free_in_limit},
    {"garbage rings are reclaimed", garbage_rings_are_reclaimed, can_reclaim_rings},
    {"a deep chain needs no stack", a_deep_chain_needs_no_stack, has_threads},
    {"two threads run out and recover", two_threads_run_out_and_recover, can_share_and_free},
    {"threads may come to a full heap", threads_may_come_to_a_full_heap, takes_many_threads},
    {.name = NULL},
};
