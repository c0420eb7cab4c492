/* SPDX-License-Identifier: MIT
 *
 * Conformance: reading and writing slots, one and many (get.1 … fill_slots.1).
 */
#include "rig.h"

enum { HEAP_BYTES = 8 << 20, MODEL_SLOTS = 24, MODEL_BOXES = 5 };

/* A pair of boxes 1 and 2. */
static void make_pair(struct rig *rig, hm_name *name)
{
    hm_mutator *m = rig->m;
    hm_name *box = hm_push(m, 2);
    rig_box_of(m, &box[LEFT], 1);
    rig_box_of(m, &box[RIGHT], 2);
    hm_ref pair = hm_new(m, name, &rig_pair);
    hm_init_give(m, pair, LEFT, &box[LEFT]);
    hm_init(m, pair, RIGHT, hm_at(&box[RIGHT]));
    assert_true(hm_is_null(hm_at(&box[LEFT])));
    assert_false(hm_is_null(hm_at(&box[RIGHT])));
    hm_pop(m, box);
}

static uint64_t number(struct rig *rig, hm_name *name)
{
    hm_ref box = hm_at(name);
    return hm_is_null(box) ? UINT64_MAX : hm_word(rig->m, box, 0);
}

static void get_owns_what_the_slot_holds(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    make_pair(rig, &rig->names[A]);
    hm_get(m, &rig->names[B], hm_at(&rig->names[A]), RIGHT);
    hm_set(m, hm_at(&rig->names[A]), RIGHT, hm_null);
    hm_get(m, &rig->names[C], hm_at(&rig->names[A]), RIGHT);
    rig_collect(rig);
    assert_int_equal(number(rig, &rig->names[B]), 2);
    assert_true(hm_is_null(hm_at(&rig->names[C])));
    hm_get(m, &rig->names[A], hm_at(&rig->names[A]), LEFT);
    rig_collect(rig);
    assert_int_equal(number(rig, &rig->names[A]), 1);
    rig_close(rig);
}

static void peek_borrows(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    make_pair(rig, &rig->names[A]);
    hm_ref left = hm_peek(m, &rig->spares[A], hm_at(&rig->names[A]), LEFT);
    hm_ref right = hm_peek(m, &rig->spares[B], hm_at(&rig->names[A]), RIGHT);
    assert_int_equal(hm_word(m, left, 0), 1);
    assert_int_equal(hm_word(m, right, 0), 2);
    hm_set(m, hm_at(&rig->names[A]), LEFT, right);
    assert_int_equal(rig_number_in(m, &rig->names[A], LEFT), 2);
    assert_int_equal(hm_word(m, right, 0), 2);
    rig_close(rig);
}

static void set_may_store_what_is_there(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    make_pair(rig, &rig->names[A]);
    hm_ref left = hm_peek(m, &rig->spares[A], hm_at(&rig->names[A]), LEFT);
    hm_set(m, hm_at(&rig->names[A]), LEFT, left);
    assert_int_equal(hm_word(m, left, 0), 1);
    hm_set(m, hm_at(&rig->names[A]), RIGHT, hm_at(&rig->names[A]));
    rig_collect(rig);
    assert_int_equal(rig_number_in(m, &rig->names[A], LEFT), 1);
    hm_get(m, &rig->names[B], hm_at(&rig->names[A]), RIGHT);
    assert_true(hm_same(m, hm_at(&rig->names[A]), hm_at(&rig->names[B])));
    hm_set(m, hm_at(&rig->names[A]), RIGHT, hm_null);
    rig_close(rig);
}

/* What a slot drops may be all that owned a chain. */
static void set_drops_a_chain(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    for (size_t i = 0; i < 20000; i++) {
        hm_ref link = hm_new(m, &rig->names[B], &rig_pair);
        hm_init_give(m, link, LEFT, &rig->names[A]);
        hm_move(m, &rig->names[A], &rig->names[B]);
    }
    hm_new(m, &rig->names[B], &rig_pair);
    hm_give(m, hm_at(&rig->names[B]), LEFT, &rig->names[A]);
    hm_set(m, hm_at(&rig->names[B]), LEFT, hm_null);
    assert_int_equal(rig_number_in(m, &rig->names[B], LEFT), UINT64_MAX);
    rig_close(rig);
}

static void give_moves(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    make_pair(rig, &rig->names[A]);
    rig_box_of(m, &rig->names[B], 3);
    hm_give(m, hm_at(&rig->names[A]), LEFT, &rig->names[B]);
    assert_true(hm_is_null(hm_at(&rig->names[B])));
    hm_give(m, hm_at(&rig->names[A]), RIGHT, &rig->names[C]);
    rig_collect(rig);
    assert_int_equal(rig_number_in(m, &rig->names[A], LEFT), 3);
    assert_int_equal(rig_number_in(m, &rig->names[A], RIGHT), UINT64_MAX);
    rig_close(rig);
}

static void take_moves_back(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    make_pair(rig, &rig->names[A]);
    rig_box_of(m, &rig->names[B], 3);
    hm_take(m, &rig->names[B], hm_at(&rig->names[A]), LEFT);
    assert_int_equal(number(rig, &rig->names[B]), 1);
    assert_int_equal(rig_number_in(m, &rig->names[A], LEFT), UINT64_MAX);
    hm_take(m, &rig->names[C], hm_at(&rig->names[A]), LEFT);
    assert_true(hm_is_null(hm_at(&rig->names[C])));
    hm_take(m, &rig->names[A], hm_at(&rig->names[A]), RIGHT);
    rig_collect(rig);
    assert_int_equal(number(rig, &rig->names[A]), 2);
    assert_int_equal(number(rig, &rig->names[B]), 1);
    rig_close(rig);
}

/* ---- bulk, against a model ---- */

/* Two lists of MODEL_SLOTS slots with boxes 0 … MODEL_BOXES-1 or null in them, and what they
 * should hold: the number, or MODEL_BOXES for null. */
struct model {
    size_t lists[2][MODEL_SLOTS];
    uint64_t state;
};

enum { BOXES = C };

static size_t draw(struct model *model, size_t below)
{
    model->state = model->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)(model->state >> 33) % below;
}

static hm_ref box_of(struct rig *rig, size_t box)
{
    if (box == MODEL_BOXES)
        return hm_null;
    return hm_peek(rig->m, &rig->spares[A], hm_at(&rig->names[BOXES]), box);
}

static void open_model(struct rig *rig, struct model *model)
{
    hm_mutator *m = rig->m;
    hm_new_n(m, &rig->names[BOXES], &rig_list, MODEL_BOXES);
    for (size_t i = 0; i < MODEL_BOXES; i++) {
        rig_box_of(m, &rig->names[D], i);
        hm_give(m, hm_at(&rig->names[BOXES]), i, &rig->names[D]);
    }
    for (size_t list = 0; list < 2; list++) {
        hm_new_n(m, &rig->names[list], &rig_list, MODEL_SLOTS);
        for (size_t i = 0; i < MODEL_SLOTS; i++) {
            model->lists[list][i] = draw(model, MODEL_BOXES + 1);
            hm_set(m, hm_at(&rig->names[list]), i, box_of(rig, model->lists[list][i]));
        }
    }
}

static void assert_model(struct rig *rig, const struct model *model)
{
    for (size_t list = 0; list < 2; list++)
        for (size_t i = 0; i < MODEL_SLOTS; i++) {
            uint64_t found = rig_number_in(rig->m, &rig->names[list], i);
            uint64_t should = model->lists[list][i];
            assert_int_equal(found, should == MODEL_BOXES ? UINT64_MAX : should);
        }
}

static void copy_at_random(struct rig *rig, struct model *model)
{
    size_t to = draw(model, 2), from = draw(model, 2);
    size_t n = draw(model, MODEL_SLOTS + 1);
    size_t i = draw(model, MODEL_SLOTS - n + 1), j = draw(model, MODEL_SLOTS - n + 1);
    hm_copy_slots(rig->m, hm_at(&rig->names[to]), i, hm_at(&rig->names[from]), j, n);
    memmove(&model->lists[to][i], &model->lists[from][j], n * sizeof(size_t));
}

static void fill_at_random(struct rig *rig, struct model *model)
{
    size_t list = draw(model, 2), box = draw(model, MODEL_BOXES + 1);
    size_t n = draw(model, 6);
    size_t i = draw(model, MODEL_SLOTS - n + 1);
    if (box == MODEL_BOXES && draw(model, 2) == 0)
        hm_clear_slots(rig->m, hm_at(&rig->names[list]), i, n);
    else
        hm_fill_slots(rig->m, hm_at(&rig->names[list]), i, n, box_of(rig, box));
    for (size_t k = i; k < i + n; k++)
        model->lists[list][k] = box;
}

static void bulk_is_as_the_model_says(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    struct model model = {.state = 1};
    open_model(rig, &model);
    for (size_t i = 0; i < 2000; i++) {
        if (i % 3 == 0)
            fill_at_random(rig, &model);
        else
            copy_at_random(rig, &model);
        assert_model(rig, &model);
        if (i % 100 == 0)
            rig_collect(rig);
    }
    rig_close(rig);
}

/* Slots that were the only owners go on owning when they are moved by overlap. */
static void an_overlapping_copy_keeps_what_it_moves(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    hm_new_n(m, &rig->names[A], &rig_list, 10);
    for (uint64_t i = 0; i < 10; i++) {
        rig_box_of(m, &rig->names[B], i);
        hm_give(m, hm_at(&rig->names[A]), i, &rig->names[B]);
    }
    hm_copy_slots(m, hm_at(&rig->names[A]), 0, hm_at(&rig->names[A]), 3, 7);
    rig_collect(rig);
    for (uint64_t i = 0; i < 10; i++)
        assert_int_equal(rig_number_in(m, &rig->names[A], i), i < 7 ? i + 3 : i);
    hm_copy_slots(m, hm_at(&rig->names[A]), 2, hm_at(&rig->names[A]), 0, 8);
    rig_collect(rig);
    for (uint64_t i = 2; i < 10; i++)
        assert_int_equal(rig_number_in(m, &rig->names[A], i), i - 2 < 7 ? i + 1 : i - 2);
    rig_close(rig);
}

/* The value that fills may be owned by nothing but the slots that it fills. */
static void a_fill_with_what_the_slots_own(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    make_pair(rig, &rig->names[A]);
    hm_ref left = hm_peek(m, &rig->spares[A], hm_at(&rig->names[A]), LEFT);
    hm_fill_slots(m, hm_at(&rig->names[A]), 0, 2, left);
    rig_collect(rig);
    assert_int_equal(rig_number_in(m, &rig->names[A], LEFT), 1);
    assert_int_equal(rig_number_in(m, &rig->names[A], RIGHT), 1);
    rig_close(rig);
}

/* One thread, but the operations that would hold with several. */
static void shared_operations_are_get_set_and_swap(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 2);
    hm_mutator *m = rig->m;
    rig_box_of(m, &rig->names[A], 1);
    hm_set_shared(m, hm_globals(m), 0, hm_at(&rig->names[A]));
    rig_box_of(m, &rig->names[A], 2);
    hm_swap_shared(m, hm_globals(m), 0, &rig->names[A]);
    assert_int_equal(number(rig, &rig->names[A]), 1);
    hm_get_shared(m, &rig->names[B], hm_globals(m), 0);
    assert_int_equal(number(rig, &rig->names[B]), 2);
    hm_swap_shared(m, hm_globals(m), 1, &rig->names[B]);
    assert_true(hm_is_null(hm_at(&rig->names[B])));
    hm_swap_shared(m, hm_globals(m), 0, &rig->names[C]);
    hm_get_shared(m, &rig->names[D], hm_globals(m), 0);
    assert_true(hm_is_null(hm_at(&rig->names[D])));
    assert_true(hm_same(m, hm_at(&rig->names[C]), hm_peek(m, &rig->spares[A], hm_globals(m), 1)));
    hm_set_shared(m, hm_globals(m), 1, hm_null);
    rig_collect(rig);
    assert_int_equal(number(rig, &rig->names[C]), 2);
    rig_close(rig);
}

const struct rig_test rig_slots[] = {
    {"get owns what the slot holds", get_owns_what_the_slot_holds, NULL},
    {"peek borrows", peek_borrows, NULL},
    {"set may store what is there", set_may_store_what_is_there, NULL},
    {"set drops a chain", set_drops_a_chain, NULL},
    {"give moves", give_moves, NULL},
    {"take moves back", take_moves_back, NULL},
    {"bulk is as the model says", bulk_is_as_the_model_says, NULL},
    {"an overlapping copy keeps what it moves", an_overlapping_copy_keeps_what_it_moves, NULL},
    {"a fill with what the slots own", a_fill_with_what_the_slots_own, NULL},
    {"shared operations are get, set and swap", shared_operations_are_get_set_and_swap, NULL},
    {.name = NULL},
};
