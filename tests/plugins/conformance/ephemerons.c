/* SPDX-License-Identifier: MIT
 *
 * Conformance: ephemerons. A value lives by its ephemeron and its key together, however the two are
 * reached: through other ephemerons in any order, never through the value itself.
 */
#include "rig.h"

enum { HEAP_BYTES = 8 << 20 };

static bool has_ephemerons(const struct hm_capabilities *can)
{
    return can->ephemerons;
}

static bool has_ephemerons_and_limit(const struct hm_capabilities *can)
{
    return can->ephemerons && can->heap_limit;
}

static bool has_ephemerons_and_threads(const struct hm_capabilities *can)
{
    return can->ephemerons && can->shares && can->most_mutators != 1;
}

static bool has_ephemerons_and_finalizers(const struct hm_capabilities *can)
{
    return can->ephemerons && can->finalizers;
}

/* The number in the box that is the value; UINT64_MAX when it reads null. */
static uint64_t value_number(struct rig *rig, hm_name *ephemeron)
{
    hm_mutator *m = rig->m;
    hm_name *name = hm_push(m, 1);
    hm_ephemeron_get(m, name, hm_at(ephemeron));
    uint64_t number = hm_is_null(hm_at(name)) ? UINT64_MAX : hm_word(m, hm_at(name), 0);
    hm_pop(m, name);
    return number;
}

static void assert_objects(struct rig *rig, uint64_t count)
{
    struct hm_census census = {.size = sizeof census};
    if (rig->heap.heap->ops->census == NULL)
        return;
    rig->heap.heap->ops->census(rig->heap.heap, rig->m, &census);
    assert_int_equal(census.objects, count);
    assert_int_equal(census.unreachable_objects, 0);
}

/* names[A] owns a new pair as key, names[B] an ephemeron from it to a box with this number. */
static void make_one(struct rig *rig, uint64_t number)
{
    hm_mutator *m = rig->m;
    hm_new(m, &rig->names[A], &rig_pair);
    rig_box_of(m, &rig->names[C], number);
    hm_ref ephemeron = hm_new_ephemeron(m, &rig->names[B], &rig->names[A], &rig->names[C]);
    assert_true(hm_same(m, ephemeron, hm_at(&rig->names[B])));
    hm_clear(m, &rig->names[C]);
}

static void a_value_lives_by_its_key(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    make_one(rig, 5);
    for (size_t i = 0; i < 3; i++) {
        rig_collect(rig);
        assert_int_equal(value_number(rig, &rig->names[B]), 5);
        assert_objects(rig, 3);
    }
    hm_clear(rig->m, &rig->names[A]);
    rig_collect(rig);
    assert_int_equal(value_number(rig, &rig->names[B]), UINT64_MAX);
    assert_objects(rig, 1);
    rig_close(rig);
}

static void a_value_lives_by_its_ephemeron(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    make_one(rig, 5);
    hm_clear(rig->m, &rig->names[B]);
    rig_collect(rig);
    assert_objects(rig, 1);
    rig_close(rig);
}

/* What was got is owned, whatever becomes of the key. */
static void a_value_that_was_got_is_owned(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    make_one(rig, 5);
    hm_ephemeron_get(rig->m, &rig->names[D], hm_at(&rig->names[B]));
    hm_clear(rig->m, &rig->names[A]);
    rig_collect(rig);
    assert_int_equal(value_number(rig, &rig->names[B]), UINT64_MAX);
    assert_int_equal(hm_word(rig->m, hm_at(&rig->names[D]), 0), 5);
    rig_close(rig);
}

/* From the value to its key, directly and by way of another object: no reason to keep either. */
static void a_value_does_not_keep_its_key(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    for (size_t between = 0; between < 3; between++) {
        hm_new(m, &rig->names[A], &rig_pair);
        hm_bind(m, &rig->names[C], hm_at(&rig->names[A]));
        for (size_t i = 0; i < between + 1; i++) {
            hm_ref holder = hm_new(m, &rig->names[D], &rig_pair);
            hm_init_give(m, holder, LEFT, &rig->names[C]);
            hm_move(m, &rig->names[C], &rig->names[D]);
        }
        hm_new_ephemeron(m, &rig->names[B], &rig->names[A], &rig->names[C]);
        hm_clear(m, &rig->names[C]);
        rig_collect(rig);
        assert_objects(rig, 3 + between);
        hm_clear(m, &rig->names[A]);
        rig_collect(rig);
        hm_ephemeron_get(m, &rig->names[D], hm_at(&rig->names[B]));
        assert_true(hm_is_null(hm_at(&rig->names[D])));
        assert_objects(rig, 1);
    }
    rig_close(rig);
}

/* The key itself as value, a null value, and several ephemerons with one key. */
static void values_of_every_kind(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    rig_box_of(m, &rig->names[A], 9);
    hm_new_ephemeron(m, &rig->names[B], &rig->names[A], &rig->names[A]);
    hm_new_ephemeron(m, &rig->names[C], &rig->names[A], &rig->names[F]);
    hm_new_ephemeron(m, &rig->names[D], &rig->names[A], &rig->names[B]);
    rig_collect(rig);
    assert_int_equal(value_number(rig, &rig->names[B]), 9);
    hm_ephemeron_get(m, &rig->names[E], hm_at(&rig->names[C]));
    assert_true(hm_is_null(hm_at(&rig->names[E])));
    hm_ephemeron_get(m, &rig->names[E], hm_at(&rig->names[D]));
    assert_true(hm_same(m, hm_at(&rig->names[E]), hm_at(&rig->names[B])));
    hm_clear(m, &rig->names[E]);
    hm_clear(m, &rig->names[A]);
    rig_collect(rig);
    for (size_t i = B; i <= D; i++) {
        hm_ephemeron_get(m, &rig->names[E], hm_at(&rig->names[i]));
        assert_true(hm_is_null(hm_at(&rig->names[E])));
    }
    assert_objects(rig, 3);
    rig_close(rig);
}

/* An ephemeron that only another's value reaches, with a key that only it reaches. */
static void ephemerons_as_keys_and_values(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    make_one(rig, 5);
    hm_new(m, &rig->names[C], &rig_pair);
    hm_new_ephemeron(m, &rig->names[D], &rig->names[C], &rig->names[B]); /* value: an ephemeron */
    rig_box_of(m, &rig->names[E], 6);
    hm_new_ephemeron(m, &rig->names[F], &rig->names[B], &rig->names[E]); /* key: an ephemeron */
    hm_clear(m, &rig->names[B]);
    hm_clear(m, &rig->names[E]);
    for (size_t i = 0; i < 2; i++) {
        rig_collect(rig);
        hm_ephemeron_get(m, &rig->names[B], hm_at(&rig->names[D]));
        assert_int_equal(value_number(rig, &rig->names[B]), 5);
        assert_int_equal(value_number(rig, &rig->names[F]), 6);
        hm_clear(m, &rig->names[B]);
    }
    hm_clear(m, &rig->names[C]);
    rig_collect(rig);
    assert_int_equal(value_number(rig, &rig->names[F]), UINT64_MAX);
    assert_objects(rig, 3);
    rig_close(rig);
}

/* ---- chains ---- */

enum { CHAIN = 3000 / RIG_SCALE };
enum order { FORWARD, BACKWARD, MIXED };

static size_t place(enum order order, size_t i)
{
    return order == FORWARD ? i : order == BACKWARD ? CHAIN - 1 - i : i * 7 % CHAIN;
}

/* names[A] owns the first of CHAIN + 1 keys, names[B] a list of CHAIN ephemerons in this order of
 * making: each has one key, and the next key as its value. Nothing else reaches the other keys. */
static void make_chain(struct rig *rig, enum order order)
{
    hm_mutator *m = rig->m;
    hm_new_n(m, &rig->names[C], &rig_list, CHAIN + 1);
    hm_new_n(m, &rig->names[B], &rig_list, CHAIN);
    for (size_t i = 0; i <= CHAIN; i++) {
        rig_box_of(m, &rig->names[D], i);
        hm_give(m, hm_at(&rig->names[C]), i, &rig->names[D]);
    }
    for (size_t i = 0; i < CHAIN; i++) {
        size_t at = place(order, i);
        hm_get(m, &rig->names[D], hm_at(&rig->names[C]), at);
        hm_get(m, &rig->names[E], hm_at(&rig->names[C]), at + 1);
        hm_new_ephemeron(m, &rig->names[F], &rig->names[D], &rig->names[E]);
        hm_give(m, hm_at(&rig->names[B]), at, &rig->names[F]);
    }
    hm_get(m, &rig->names[A], hm_at(&rig->names[C]), 0);
    for (size_t i = C; i <= E; i++)
        hm_clear(m, &rig->names[i]);
}

static void a_chain_lives_by_its_first_key(void)
{
    for (enum order order = FORWARD; order <= MIXED; order++) {
        struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
        make_chain(rig, order);
        for (size_t round = 0; round < 2; round++) {
            rig_collect(rig);
            for (size_t i = 0; i < CHAIN; i++) {
                hm_get(rig->m, &rig->names[C], hm_at(&rig->names[B]), i);
                assert_int_equal(value_number(rig, &rig->names[C]), i + 1);
            }
            hm_clear(rig->m, &rig->names[C]);
            assert_objects(rig, 2 * CHAIN + 2);
        }
        /* Cut in the middle: what is behind it goes. */
        hm_clear_slots(rig->m, hm_at(&rig->names[B]), CHAIN / 2, 1);
        rig_collect(rig);
        for (size_t i = 0; i < CHAIN; i++) {
            hm_get(rig->m, &rig->names[C], hm_at(&rig->names[B]), i);
            if (i != CHAIN / 2)
                assert_int_equal(value_number(rig, &rig->names[C]),
                                 i < CHAIN / 2 ? i + 1 : UINT64_MAX);
        }
        hm_clear(rig->m, &rig->names[C]);
        hm_clear(rig->m, &rig->names[A]);
        rig_collect(rig);
        assert_objects(rig, CHAIN);
        rig_close(rig);
    }
}

/* ---- with finalizers ---- */

/* A key that waits in the queue is gone for its ephemerons, and so is their value. */
static void a_key_in_the_queue_is_gone(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    make_one(rig, 5);
    hm_watch(m, &rig->names[A]);
    rig_collect(rig);
    assert_int_equal(value_number(rig, &rig->names[B]), 5);
    hm_clear(m, &rig->names[A]);
    rig_collect(rig);
    assert_int_equal(value_number(rig, &rig->names[B]), UINT64_MAX);
    hm_next_dead(m, &rig->names[A]);
    assert_false(hm_is_null(hm_at(&rig->names[A])));
    rig_collect(rig);
    assert_int_equal(value_number(rig, &rig->names[B]), UINT64_MAX);
    assert_objects(rig, 2);
    rig_close(rig);
}

/* Ephemerons that only the queue reaches own what they should, one through the value of another. */
static void the_queue_reaches_ephemerons(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    make_one(rig, 5); /* A: key, B: ephemeron */
    hm_new_ephemeron(m, &rig->names[C], &rig->names[A], &rig->names[B]);
    hm_ref watched = hm_new(m, &rig->names[D], &rig_pair);
    hm_init_give(m, watched, LEFT, &rig->names[C]);
    hm_clear(m, &rig->names[B]);
    hm_watch(m, &rig->names[D]);
    hm_clear(m, &rig->names[D]);
    for (size_t i = 0; i < 3; i++)
        rig_collect(rig);
    assert_objects(rig, 5);
    hm_next_dead(m, &rig->names[D]);
    hm_get(m, &rig->names[C], hm_at(&rig->names[D]), LEFT);
    hm_ephemeron_get(m, &rig->names[B], hm_at(&rig->names[C]));
    assert_int_equal(value_number(rig, &rig->names[B]), 5);
    rig_close(rig);
}

/* ---- no memory ---- */

static void make_for_ever(hm_mutator *m, hm_name *names, void *user)
{
    size_t *made = user;
    for (;; (*made)++) {
        hm_new_ephemeron(m, &names[B], &names[A], &names[D]);
        hm_move(m, &names[D], &names[B]);
    }
}

static void ephemerons_end_with_memory_and_come_again(void)
{
    struct rig *rig = rig_open(RIG_SMALL_HEAP_BYTES, 1, 0);
    size_t first = 0;
    for (size_t round = 0; round < 3; round++) {
        size_t made = 0;
        rig_box_of(rig->m, &rig->names[A], round);
        assert_int_equal(rig_land(rig->m, rig->names, make_for_ever, &made), HM_OUT_OF_MEMORY);
        assert_true(made > 1000 && (round == 0 || made > first / 2));
        first = round == 0 ? made : first;
        hm_move(rig->m, &rig->names[B], &rig->names[D]);
        for (size_t i = 1; i < made; i++)
            hm_ephemeron_get(rig->m, &rig->names[B], hm_at(&rig->names[B]));
        hm_ephemeron_get(rig->m, &rig->names[C], hm_at(&rig->names[B]));
        assert_false(hm_is_null(hm_at(&rig->names[B])));
        assert_true(hm_is_null(hm_at(&rig->names[C])));
        hm_clear(rig->m, &rig->names[A]);
        hm_clear(rig->m, &rig->names[B]);
        rig_collect(rig);
        assert_objects(rig, 0);
    }
    rig_close(rig);
}

/* ---- threads ---- */

enum { ROUNDS = 8000 / RIG_SCALE, KEYS = 32 };

/* Each thread has keys of its own in a list; their ephemerons hang in the globals for all to read.
 * Now and then it drops a key, and now and then it collects. */
static void make_and_get(struct rig_thread *thread, hm_mutator *m, hm_name *names)
{
    uint64_t base = thread->index * (uint64_t)ROUNDS;
    hm_new_n(m, &names[A], &rig_list, KEYS);
    for (uint64_t i = 0; i < ROUNDS; i++) {
        size_t slot = thread->index * KEYS + i % KEYS;
        rig_box_of(m, &names[B], base + i);
        rig_box_of(m, &names[C], base + i);
        hm_new_ephemeron(m, &names[D], &names[B], &names[C]);
        hm_set_shared(m, hm_globals(m), slot, hm_at(&names[D]));
        hm_give(m, hm_at(&names[A]), i % KEYS, &names[B]);
        hm_clear(m, &names[C]);
        if (i % 1000 == 999)
            thread->rig->heap.heap->ops->collect(thread->rig->heap.heap, m, HM_COLLECT_FULL);
        hm_ephemeron_get(m, &names[C], hm_at(&names[D]));
        thread->wrong +=
            hm_is_null(hm_at(&names[C])) || hm_word(m, hm_at(&names[C]), 0) != base + i;
        /* Another's, whose key may be gone. */
        size_t other = (slot + 7 * KEYS + i) % (KEYS * RIG_MOST_THREADS);
        hm_get_shared(m, &names[E], hm_globals(m), other);
        if (hm_is_null(hm_at(&names[E])))
            continue;
        hm_ephemeron_get(m, &names[E], hm_at(&names[E]));
        thread->wrong += !hm_is_null(hm_at(&names[E])) &&
                         hm_word(m, hm_at(&names[E]), 0) / ROUNDS != other / KEYS;
    }
}

static void threads_make_and_read_ephemerons(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, RIG_MOST_THREADS, KEYS * RIG_MOST_THREADS);
    rig_run(rig, RIG_MOST_THREADS - 1, make_and_get, NULL);
    rig_collect(rig);
    for (size_t i = KEYS; i < KEYS * RIG_MOST_THREADS; i++) {
        hm_get(rig->m, &rig->names[A], hm_globals(rig->m), i);
        assert_int_equal(value_number(rig, &rig->names[A]), UINT64_MAX);
    }
    hm_clear(rig->m, &rig->names[A]);
    assert_objects(rig, (uint64_t)KEYS * (RIG_MOST_THREADS - 1));
    rig_close(rig);
}

const struct rig_test rig_ephemerons[] = {
    {"a value lives by its key", a_value_lives_by_its_key, has_ephemerons},
    {"a value lives by its ephemeron", a_value_lives_by_its_ephemeron, has_ephemerons},
    {"a value that was got is owned", a_value_that_was_got_is_owned, has_ephemerons},
    {"a value does not keep its key", a_value_does_not_keep_its_key, has_ephemerons},
    {"values of every kind", values_of_every_kind, has_ephemerons},
    {"ephemerons as keys and values", ephemerons_as_keys_and_values, has_ephemerons},
    {"a chain lives by its first key", a_chain_lives_by_its_first_key, has_ephemerons},
    {"a key in the queue is gone", a_key_in_the_queue_is_gone, has_ephemerons_and_finalizers},
    {"the queue reaches ephemerons", the_queue_reaches_ephemerons, has_ephemerons_and_finalizers},
    {"ephemerons end with memory and come again", ephemerons_end_with_memory_and_come_again,
     has_ephemerons_and_limit},
    {"threads make and read ephemerons", threads_make_and_read_ephemerons,
     has_ephemerons_and_threads},
    {.name = NULL},
};
