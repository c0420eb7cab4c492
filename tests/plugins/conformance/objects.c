/* SPDX-License-Identifier: MIT
 *
 * Conformance: allocation (new.1, new.2, clone.1), payload and length, globals, identity.
 */
#include "rig.h"

enum { HEAP_BYTES = 8 << 20 };

/* ---- new ---- */

static void assert_slots_null(struct rig *rig, hm_ref obj, size_t slots)
{
    for (size_t i = 0; i < slots; i++)
        assert_true(hm_is_null(hm_peek(rig->m, &rig->spares[A], obj, i)));
}

static void assert_bytes_zero(struct rig *rig, hm_ref obj, size_t offset, size_t bytes)
{
    unsigned char byte;
    for (size_t i = 0; i < bytes; i++) {
        hm_read(rig->m, obj, offset + i, &byte, 1);
        assert_int_equal(byte, 0);
    }
}

/* Fill what comes to lie where the next objects will. */
static void write_all(struct rig *rig, hm_ref obj, size_t slots, size_t bytes)
{
    static const char ones[256] = {[0 ... 255] = '\xff'};
    hm_fill_slots(rig->m, obj, 0, slots, obj);
    for (size_t i = 0; i < bytes; i += sizeof ones) {
        size_t n = bytes - i < sizeof ones ? bytes - i : sizeof ones;
        hm_write(rig->m, obj, HM_OFFSET(slots) + i, ones, n);
    }
    hm_clear_slots(rig->m, obj, 0, slots);
}

static void make_and_check(struct rig *rig, const struct hm_shape *shape, size_t n)
{
    bool varies = shape->vary != HM_FIXED;
    size_t slots = shape->vary == HM_VARY_SLOTS ? n : shape->slots;
    size_t bytes = shape->vary == HM_VARY_BYTES ? n : shape->bytes;
    hm_name *name = &rig->names[A];
    hm_ref obj = varies ? hm_new_n(rig->m, name, shape, n) : hm_new(rig->m, name, shape);
    assert_false(hm_is_null(obj));
    assert_true(hm_same(rig->m, obj, hm_at(name)));
    if (varies)
        assert_int_equal(hm_length(rig->m, obj), n);
    assert_slots_null(rig, obj, slots);
    assert_bytes_zero(rig, obj, HM_OFFSET(slots), bytes);
    write_all(rig, obj, slots, bytes);
}

static void new_objects_are_empty(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    for (size_t i = 0; i < 1500; i++) {
        make_and_check(rig, &rig_pair, 0);
        make_and_check(rig, &rig_box, 0);
        make_and_check(rig, &rig_record, 0);
        make_and_check(rig, &rig_list, i % 97);
        make_and_check(rig, &rig_text, i % 263);
        make_and_check(rig, &rig_tagged, i % 131);
        if (i % 256 == 0)
            rig_collect(rig);
    }
    rig_close(rig);
}

/* Large ones, of sizes around the powers of two at which collectors change their ways. */
static void large_objects_are_empty(void)
{
    struct rig *rig = rig_open(4 * HEAP_BYTES, 1, 0);
    for (size_t bits = 8; bits <= 17; bits++)
        for (size_t off = 0; off < 3; off++) {
            make_and_check(rig, &rig_list, ((size_t)1 << bits) / 8 + off - 1);
            make_and_check(rig, &rig_text, ((size_t)1 << bits) + 8 * off - 9);
        }
    rig_close(rig);
}

static void try_new_is_new(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_ref pair = hm_try_new(rig->m, &rig->names[A], &rig_pair);
    assert_true(hm_same(rig->m, pair, hm_at(&rig->names[A])));
    assert_slots_null(rig, pair, 2);
    hm_ref text = hm_try_new_n(rig->m, &rig->names[B], &rig_text, 100);
    assert_int_equal(hm_length(rig->m, text), 100);
    assert_bytes_zero(rig, text, 0, 100);
    rig_close(rig);
}

/* ---- clone ---- */

/* A record whose slots own boxes 10, 11 and nothing, with payload of its own. */
static void make_record(struct rig *rig, hm_name *name)
{
    hm_mutator *m = rig->m;
    hm_name *box = hm_push(m, 2);
    rig_box_of(m, &box[0], 10);
    rig_box_of(m, &box[1], 11);
    hm_ref record = hm_new(m, name, &rig_record);
    hm_init_give(m, record, 0, &box[0]);
    hm_init(m, record, 1, hm_at(&box[1]));
    for (uint64_t word = 0; word < RECORD_BYTES / 8; word++)
        hm_put_word(m, record, RECORD_SLOTS + word, 77 + word);
    hm_pop(m, box);
}

static void assert_record(struct rig *rig, hm_name *name)
{
    assert_int_equal(rig_number_in(rig->m, name, 0), 10);
    assert_int_equal(rig_number_in(rig->m, name, 1), 11);
    assert_int_equal(rig_number_in(rig->m, name, 2), UINT64_MAX);
    for (uint64_t word = 0; word < RECORD_BYTES / 8; word++)
        assert_int_equal(hm_word(rig->m, hm_at(name), RECORD_SLOTS + word), 77 + word);
}

static void a_clone_is_equal_and_apart(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    make_record(rig, &rig->names[A]);
    hm_ref copy = hm_clone(m, &rig->names[B], &rig->names[A]);
    assert_true(hm_same(m, copy, hm_at(&rig->names[B])));
    assert_false(hm_same(m, copy, hm_at(&rig->names[A])));
    assert_true(hm_same(m, hm_peek(m, &rig->spares[A], hm_at(&rig->names[A]), 0),
                        hm_peek(m, &rig->spares[B], hm_at(&rig->names[B]), 0)));
    hm_set(m, hm_at(&rig->names[A]), 0, hm_null);
    hm_put_word(m, hm_at(&rig->names[A]), RECORD_SLOTS, 1);
    rig_collect(rig);
    assert_record(rig, &rig->names[B]);
    rig_close(rig);
}

static void a_clone_over_its_original(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    make_record(rig, &rig->names[A]);
    hm_bind(m, &rig->names[B], hm_at(&rig->names[A]));
    hm_clone(m, &rig->names[A], &rig->names[A]);
    assert_false(hm_same(m, hm_at(&rig->names[A]), hm_at(&rig->names[B])));
    hm_clear(m, &rig->names[B]);
    rig_collect(rig);
    assert_record(rig, &rig->names[A]);
    rig_close(rig);
}

static void clones_of_varying_shapes(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    for (size_t n = 0; n < 300; n += 7) {
        hm_new_n(m, &rig->names[A], &rig_tagged, n);
        for (size_t i = 0; i < n; i++)
            hm_write(m, hm_at(&rig->names[A]), 8 + i, &(char){(char)i}, 1);
        hm_clone(m, &rig->names[B], &rig->names[A]);
        hm_clear(m, &rig->names[A]);
        assert_int_equal(hm_length(m, hm_at(&rig->names[B])), n);
        for (size_t i = 0; i < n; i++) {
            char byte;
            hm_read(m, hm_at(&rig->names[B]), 8 + i, &byte, 1);
            assert_int_equal(byte, (char)i);
        }
        hm_new_n(m, &rig->names[A], &rig_list, n);
        hm_fill_slots(m, hm_at(&rig->names[A]), 0, n, hm_at(&rig->names[B]));
        hm_clone(m, &rig->names[A], &rig->names[A]);
        assert_int_equal(hm_length(m, hm_at(&rig->names[A])), n);
        for (size_t i = 0; i < n; i++)
            assert_true(hm_same(m, hm_at(&rig->names[B]),
                                hm_peek(m, &rig->spares[A], hm_at(&rig->names[A]), i)));
    }
    rig_close(rig);
}

/* ---- payload ---- */

static void payload_is_words_and_bytes(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    unsigned char bytes[RECORD_BYTES];
    hm_ref record = hm_new(m, &rig->names[A], &rig_record);
    for (size_t i = 0; i < RECORD_BYTES; i++)
        bytes[i] = (unsigned char)(i + 1);
    hm_write(m, record, HM_OFFSET(RECORD_SLOTS), bytes, sizeof bytes);
    uint64_t word;
    memcpy(&word, &bytes[8], sizeof word);
    assert_int_equal(hm_word(m, record, RECORD_SLOTS + 1), word);
    hm_put_word(m, record, RECORD_SLOTS + 1, ~word);
    hm_read(m, record, HM_OFFSET(RECORD_SLOTS) + 5, bytes, 13);
    assert_int_equal(bytes[0], 6);
    assert_int_equal(bytes[3], (unsigned char)~9);
    assert_int_equal(bytes[11], 17);
    assert_slots_null(rig, record, RECORD_SLOTS);
    rig_close(rig);
}

static void payload_survives(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    enum { BYTES = 5000 };
    hm_new_n(m, &rig->names[A], &rig_text, BYTES);
    for (size_t i = 0; i < BYTES; i++)
        hm_write(m, hm_at(&rig->names[A]), i, &(char){(char)(i * 7)}, 1);
    hm_write(m, hm_at(&rig->names[A]), BYTES, "", 0);
    for (size_t i = 0; i < 1000; i++)
        hm_new_n(m, &rig->names[B], &rig_text, i);
    rig_collect_kind(rig, HM_COLLECT_MOVING);
    for (size_t i = 0; i < BYTES; i++) {
        char byte;
        hm_read(m, hm_at(&rig->names[A]), i, &byte, 1);
        assert_int_equal(byte, (char)(i * 7));
    }
    rig_close(rig);
}

/* ---- globals and identity ---- */

static void globals_live_as_long_as_the_heap(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 100);
    hm_mutator *m = rig->m;
    assert_slots_null(rig, hm_globals(m), 100);
    for (uint64_t i = 0; i < 100; i++) {
        rig_box_of(m, &rig->names[A], i);
        hm_give(m, hm_globals(m), i, &rig->names[A]);
    }
    assert_true(hm_same(m, hm_globals(m), hm_globals(m)));
    rig_collect(rig);
    for (uint64_t i = 0; i < 100; i++) {
        hm_get(m, &rig->names[A], hm_globals(m), i);
        assert_int_equal(hm_word(m, hm_at(&rig->names[A]), 0), i);
    }
    hm_bind(m, &rig->names[B], hm_globals(m));
    assert_true(hm_same(m, hm_at(&rig->names[B]), hm_globals(m)));
    hm_clear(m, &rig->names[B]);
    hm_clear_slots(m, hm_globals(m), 0, 100);
    assert_slots_null(rig, hm_globals(m), 100);
    rig_close(rig);
}

static void same_is_identity(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    hm_new(m, &rig->names[A], &rig_pair);
    hm_new(m, &rig->names[B], &rig_pair);
    hm_bind(m, &rig->names[C], hm_at(&rig->names[A]));
    hm_set(m, hm_at(&rig->names[B]), LEFT, hm_at(&rig->names[A]));
    hm_ref left = hm_peek(m, &rig->spares[A], hm_at(&rig->names[B]), LEFT);
    assert_true(hm_same(m, hm_null, hm_null));
    assert_false(hm_same(m, hm_null, left));
    assert_false(hm_same(m, left, hm_at(&rig->names[B])));
    assert_true(hm_same(m, left, hm_at(&rig->names[A])));
    assert_true(hm_same(m, left, hm_at(&rig->names[C])));
    rig_collect_kind(rig, HM_COLLECT_MOVING);
    left = hm_peek(m, &rig->spares[A], hm_at(&rig->names[B]), LEFT);
    assert_true(hm_same(m, left, hm_at(&rig->names[C])));
    rig_close(rig);
}

const struct rig_test rig_objects[] = {
    {"new objects are empty", new_objects_are_empty, NULL},
    {"large objects are empty", large_objects_are_empty, NULL},
    {"try_new is new", try_new_is_new, NULL},
    {"a clone is equal and apart", a_clone_is_equal_and_apart, NULL},
    {"a clone over its original", a_clone_over_its_original, NULL},
    {"clones of varying shapes", clones_of_varying_shapes, NULL},
    {"payload is words and bytes", payload_is_words_and_bytes, NULL},
    {"payload survives", payload_survives, NULL},
    {"globals live as long as the heap", globals_live_as_long_as_the_heap, NULL},
    {"same is identity", same_is_identity, NULL},
    {.name = NULL},
};
