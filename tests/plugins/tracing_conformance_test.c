/* SPDX-License-Identifier: MIT
 *
 * What every tracing collector owes, whatever its options: fresh objects are empty, reachable
 * ones stay what they are, unreachable ones go, and reports agree with that.
 */
#include "tracing_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

enum { MIB = 1 << 20 };

/* ---- one thread ---- */

static void fresh_objects_are_empty_and_memory_is_used_again(void **state)
{
    (void)state;
    struct drive_heap *opened = tracing_open(8 * MIB, 1);
    hm_mutator *m = tracing_attach(opened, 0, NULL);
    hm_name *name = hm_push(m, 2);
    size_t rounds = tracing_scaled(400000, 300);
    unsigned char text[64];
    for (size_t i = 0; i < rounds; i++) {
        size_t n = i % 61;
        hm_ref string = hm_new_n(m, &name[0], &tracing_string, n);
        assert_int_equal(hm_length(m, string), n);
        hm_read(m, string, 0, text, n);
        for (size_t k = 0; k < n; k++)
            assert_int_equal(text[k], 0);
        memset(text, 0xee, sizeof text);
        hm_write(m, string, 0, text, n);
        hm_ref list = hm_new_n(m, &name[1], &tracing_list, n);
        for (size_t k = 0; k < n; k++)
            assert_true(hm_is_null(hm_peek(m, NULL, list, k)));
        hm_fill_slots(m, list, 0, n, list);
    }
    struct hm_statistics s = tracing_statistics(opened);
    assert_true(s.held_peak_bytes <= 8 * MIB);
    assert_true(s.collections > 0);
    tracing_detach(m);
    tracing_close(opened);
}

/* A ring of nodes in which each stamp is the node's number, and each node also refers to a
 * string of its number's length; one node has two names. */
static void build_ring(hm_mutator *m, hm_name *first, size_t count)
{
    hm_name *work = hm_push(m, 2);
    hm_new(m, first, &tracing_node);
    hm_bind(m, &work[0], hm_at(first));
    for (size_t i = 1; i < count; i++) {
        hm_ref node = hm_new(m, &work[1], &tracing_node);
        hm_put_word(m, node, NODE_STAMP, i);
        hm_set(m, hm_at(&work[0]), 0, node);
        hm_move(m, &work[0], &work[1]);
        hm_new_n(m, &work[1], &tracing_string, i % 100);
        hm_give(m, hm_at(&work[0]), 1, &work[1]);
    }
    hm_set(m, hm_at(&work[0]), 0, hm_at(first));
    hm_pop(m, work);
}

static void check_ring(hm_mutator *m, hm_name *first, size_t count)
{
    hm_name *at = hm_push(m, 2);
    hm_bind(m, &at[0], hm_at(first));
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(hm_word(m, hm_at(&at[0]), NODE_STAMP), i);
        hm_get(m, &at[1], hm_at(&at[0]), 1);
        if (i > 0)
            assert_int_equal(hm_length(m, hm_at(&at[1])), i % 100);
        hm_get(m, &at[0], hm_at(&at[0]), 0);
        hm_poll(m);
    }
    assert_true(hm_same(m, hm_at(&at[0]), hm_at(first)));
    hm_pop(m, at);
}

static void identity_and_content_survive_collections(void **state)
{
    (void)state;
    struct drive_heap *opened = tracing_open(64 * MIB, 1);
    hm_mutator *m = tracing_attach(opened, 0, NULL);
    hm_name *name = hm_push(m, 3);
    size_t count = tracing_scaled(50000, 50);
    build_ring(m, &name[0], count);
    hm_get(m, &name[1], hm_at(&name[0]), 0);
    hm_get(m, &name[2], hm_at(&name[0]), 0);
    hm_set(m, hm_globals(m), 3, hm_at(&name[1]));
    for (int i = 0; i < 3; i++) {
        tracing_collect(opened, m);
        assert_true(hm_same(m, hm_at(&name[1]), hm_at(&name[2])));
        assert_true(hm_same(m, hm_at(&name[1]), hm_peek(m, NULL, hm_globals(m), 3)));
        assert_false(hm_same(m, hm_at(&name[0]), hm_at(&name[1])));
        check_ring(m, &name[0], count);
    }
    struct hm_census census = tracing_census(opened, m);
    assert_int_equal(census.objects, 2 * count - 1);
    assert_int_equal(census.unreachable_objects, 0);
    tracing_detach(m);
    tracing_close(opened);
}

static void a_dead_ring_is_gone_after_one_collection(void **state)
{
    (void)state;
    struct drive_heap *opened = tracing_open(64 * MIB, 1);
    hm_mutator *m = tracing_attach(opened, 0, NULL);
    hm_name *name = hm_push(m, 1);
    size_t count = tracing_scaled(20000, 20);
    build_ring(m, name, count);
    hm_clear(m, name);
    if (!tracing_is_scaled())
        assert_int_equal(tracing_census(opened, m).unreachable_objects, 2 * count - 1);
    tracing_collect(opened, m);
    struct hm_census census = tracing_census(opened, m);
    assert_int_equal(census.objects, 0);
    assert_int_equal(census.bytes, 0);
    assert_int_equal(tracing_statistics(opened).live_bytes, 0);
    tracing_detach(m);
    tracing_close(opened);
}

static void a_deep_list_needs_no_stack(void **state)
{
    (void)state;
    struct drive_heap *opened = tracing_open(0, 1);
    hm_mutator *m = tracing_attach(opened, 0, NULL);
    hm_name *name = hm_push(m, 1);
    size_t count = tracing_scaled(10000000, 1000);
    assert_true(tracing_chain(m, name, count));
    tracing_collect(opened, m);
    assert_int_equal(tracing_chain_length(m, name), count);
    hm_clear(m, name);
    tracing_collect(opened, m);
    assert_int_equal(tracing_statistics(opened).live_bytes, 0);
    tracing_detach(m);
    tracing_close(opened);
}

static void a_wide_object_is_traced_to_its_last_slot(void **state)
{
    (void)state;
    struct drive_heap *opened = tracing_open(256 * MIB, 1);
    hm_mutator *m = tracing_attach(opened, 0, NULL);
    hm_name *name = hm_push(m, 2);
    size_t count = tracing_scaled(1000000, 700);
    hm_new_n(m, &name[0], &tracing_list, count);
    for (size_t i = 0; i < count; i++) {
        hm_ref node = hm_new(m, &name[1], &tracing_node);
        hm_put_word(m, node, NODE_STAMP, i);
        hm_give(m, hm_at(&name[0]), i, &name[1]);
    }
    tracing_collect(opened, m);
    assert_int_equal(hm_length(m, hm_at(&name[0])), count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(hm_word(m, hm_peek(m, NULL, hm_at(&name[0]), i), NODE_STAMP), i);
    struct hm_census census = tracing_census(opened, m);
    assert_int_equal(census.objects, count + 1);
    assert_int_equal(census.unreachable_objects, 0);
    tracing_detach(m);
    tracing_close(opened);
}

/* Sizes around every border from a few bytes to megabytes, each filled with its own number. */
static void objects_of_every_size_keep_their_bytes(void **state)
{
    (void)state;
    struct drive_heap *opened = tracing_open(256 * MIB, 1);
    hm_mutator *m = tracing_attach(opened, 0, NULL);
    hm_name *name = hm_push(m, 2);
    static unsigned char bytes[3 * MIB];
    size_t sizes[400], count = 0;
    size_t most = tracing_scaled(sizeof bytes - 2, 200000);
    for (size_t size = 1; size <= most; size += size / 6 + 1)
        for (size_t k = 0; k < 3; k++)
            sizes[count++] = size + k - 1;
    assert_true(count <= sizeof sizes / sizeof *sizes);
    hm_new_n(m, &name[0], &tracing_list, count);
    for (size_t i = 0; i < count; i++) {
        hm_ref string = hm_new_n(m, &name[1], &tracing_string, sizes[i]);
        memset(bytes, (int)(i + 1), sizes[i]);
        hm_write(m, string, 0, bytes, sizes[i]);
        hm_give(m, hm_at(&name[0]), i, &name[1]);
    }
    tracing_collect(opened, m);
    tracing_collect(opened, m);
    for (size_t i = 0; i < count; i++) {
        hm_ref string = hm_peek(m, NULL, hm_at(&name[0]), i);
        assert_int_equal(hm_length(m, string), sizes[i]);
        hm_read(m, string, 0, bytes, sizes[i]);
        for (size_t k = 0; k < sizes[i]; k++)
            if (bytes[k] != (unsigned char)(i + 1))
                fail_msg("byte %zu of %zu is %u", k, sizes[i], bytes[k]);
    }
    tracing_detach(m);
    tracing_close(opened);
}

static void a_clone_is_equal_and_apart(void **state)
{
    (void)state;
    struct drive_heap *opened = tracing_open(16 * MIB, 1);
    hm_mutator *m = tracing_attach(opened, 0, NULL);
    hm_name *name = hm_push(m, 3);
    hm_new(m, &name[0], &tracing_node);
    hm_new(m, &name[1], &tracing_node);
    hm_put_word(m, hm_at(&name[0]), NODE_STAMP, 7);
    hm_set(m, hm_at(&name[0]), 1, hm_at(&name[1]));
    for (size_t i = 0; i < tracing_scaled(100000, 100); i++) {
        hm_ref clone = hm_clone(m, &name[2], &name[0]);
        assert_false(hm_same(m, clone, hm_at(&name[0])));
        assert_int_equal(hm_word(m, clone, NODE_STAMP), 7);
        assert_true(hm_is_null(hm_peek(m, NULL, clone, 0)));
        assert_true(hm_same(m, hm_peek(m, NULL, clone, 1), hm_at(&name[1])));
        hm_clone(m, &name[0], &name[0]);
    }
    hm_new_n(m, &name[0], &tracing_list, 30000);
    hm_set(m, hm_at(&name[0]), 29999, hm_at(&name[1]));
    hm_ref large = hm_clone(m, &name[0], &name[0]);
    assert_int_equal(hm_length(m, large), 30000);
    assert_true(hm_same(m, hm_peek(m, NULL, large, 29999), hm_at(&name[1])));
    tracing_detach(m);
    tracing_close(opened);
}

#ifdef __SANITIZE_ADDRESS__
/* A stale borrow is found where it is followed, not where it makes trouble. */
static void what_died_or_moved_away_is_poisoned(void **state)
{
    (void)state;
    struct drive_heap *opened = tracing_open(16 * MIB, 1);
    hm_mutator *m = tracing_attach(opened, 0, NULL);
    hm_name *name = hm_push(m, 3);
    hm_ref lives = hm_new(m, &name[0], &tracing_node);
    hm_ref dies = hm_new(m, &name[1], &tracing_node);
    hm_ref large = hm_new_n(m, &name[2], &tracing_string, MIB);
    uintptr_t addresses[] = {lives.bits, dies.bits, large.bits};
    hm_clear(m, &name[1]);
    hm_clear(m, &name[2]);
    tracing_collect(opened, m);
    bool moved = hm_at(&name[0]).bits != addresses[0];
    assert_int_equal(__asan_address_is_poisoned((void *)addresses[0]), moved);
    assert_true(__asan_address_is_poisoned((void *)addresses[1]));
    assert_true(__asan_address_is_poisoned((void *)addresses[2]));
    assert_false(__asan_address_is_poisoned((void *)hm_at(&name[0]).bits));
    tracing_detach(m);
    tracing_close(opened);
}
#endif

struct walk {
    uintptr_t end;
    uint64_t live, dead, live_bytes;
};

static void visit(void *user, const struct hm_walked *piece)
{
    struct walk *walk = user;
    assert_true(piece->address >= walk->end);
    assert_true(piece->bytes > 0);
    walk->end = piece->address + piece->bytes;
    walk->live += piece->state == HM_WALKED_LIVE;
    walk->dead += piece->state == HM_WALKED_DEAD;
    walk->live_bytes += piece->state == HM_WALKED_LIVE ? piece->bytes : 0;
}

static void the_walk_sees_what_the_census_counts(void **state)
{
    (void)state;
    struct drive_heap *opened = tracing_open(64 * MIB, 1);
    hm_mutator *m = tracing_attach(opened, 0, NULL);
    hm_name *name = hm_push(m, 2);
    build_ring(m, &name[0], tracing_scaled(10000, 10));
    build_ring(m, &name[1], tracing_scaled(10000, 10));
    hm_clear(m, &name[1]);
    tracing_collect(opened, m);
    hm_new_n(m, &name[1], &tracing_list, 100000);
    struct hm_census census = tracing_census(opened, m);
    struct walk walk = {0, 0, 0, 0};
    opened->heap->ops->walk(opened->heap, m, visit, &walk);
    assert_int_equal(walk.live, census.objects);
    assert_int_equal(walk.live_bytes, census.bytes);
    assert_int_equal(census.unreachable_objects, 0);
    tracing_detach(m);
    tracing_close(opened);
}

/* ---- reports ---- */

static void events_come_in_brackets_and_figures_never_fall(void **state)
{
    (void)state;
    struct drive_heap *opened = tracing_open(16 * MIB, 1);
    struct hm_log log = {.last_ns = 0};
    hm_mutator *m = tracing_attach(opened, 0, &log);
    hm_name *name = hm_push(m, 1);
    struct hm_statistics before = tracing_statistics(opened);
    for (size_t i = 0; i < tracing_scaled(10000000, 500); i++) {
        hm_new(m, name, &tracing_node);
        if (i % 1024 == 0) {
            struct hm_statistics now = tracing_statistics(opened);
            assert_true(now.allocated_bytes >= before.allocated_bytes);
            assert_true(now.collections >= before.collections);
            assert_true(now.held_bytes <= now.held_peak_bytes);
            assert_true(now.held_peak_bytes <= 16 * MIB);
            before = now;
        }
    }
    tracing_collect(opened, m);
    uint64_t collections = tracing_statistics(opened).collections;
    assert_true(collections > 1);
    assert_int_equal(log.counts[HM_EVENT_COLLECTION_BEGIN], collections);
    assert_int_equal(log.counts[HM_EVENT_COLLECTION_END], collections);
    assert_int_equal(log.counts[HM_EVENT_STOPPED], collections);
    assert_int_equal(log.disorders, 0);
    tracing_detach(m);
    tracing_close(opened);
}

/* Allocated bytes are exact when the thread is blocked, and stay what they were at detach. */
static void allocated_bytes_are_exact_when_quiet(void **state)
{
    (void)state;
    enum { NODE_BYTES = 32, COUNT = 1000 };
    struct drive_heap *opened = tracing_open(16 * MIB, 1);
    for (uint64_t round = 1; round <= 3; round++) {
        hm_mutator *m = tracing_attach(opened, 0, NULL);
        hm_name *name = hm_push(m, 1);
        for (size_t i = 0; i < COUNT; i++)
            hm_new(m, name, &tracing_node);
        hm_block(m);
        assert_int_equal(tracing_statistics(opened).allocated_bytes, round * COUNT * NODE_BYTES);
        hm_unblock(m);
        tracing_detach(m);
        assert_int_equal(tracing_statistics(opened).allocated_bytes, round * COUNT * NODE_BYTES);
    }
    tracing_close(opened);
}

static size_t lines_of_maps(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    assert_non_null(maps);
    size_t lines = 0;
    for (int c = getc(maps); c != EOF; c = getc(maps))
        lines += c == '\n';
    fclose(maps);
    return lines;
}

static void a_heap_can_be_opened_again_and_leaves_nothing(void **state)
{
    (void)state;
    size_t lines[8];
    for (size_t i = 0; i < 8; i++) {
        struct drive_heap *opened = tracing_open(i % 2 == 0 ? 0 : 32 * MIB, 1);
        hm_mutator *m = tracing_attach(opened, 0, NULL);
        hm_name *name = hm_push(m, 1);
        assert_true(tracing_chain(m, name, tracing_scaled(100000, 100)));
        tracing_detach(m);
        tracing_close(opened);
        lines[i] = lines_of_maps();
    }
    /* The first rounds may leave the C library's own arenas and thread stacks behind. */
    assert_true(lines[7] <= lines[3]);
}

int main(int argc, char **argv)
{
    tracing_arguments(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fresh_objects_are_empty_and_memory_is_used_again),
        cmocka_unit_test(identity_and_content_survive_collections),
        cmocka_unit_test(a_dead_ring_is_gone_after_one_collection),
        cmocka_unit_test(a_deep_list_needs_no_stack),
        cmocka_unit_test(a_wide_object_is_traced_to_its_last_slot),
        cmocka_unit_test(objects_of_every_size_keep_their_bytes),
        cmocka_unit_test(a_clone_is_equal_and_apart),
#ifdef __SANITIZE_ADDRESS__
        cmocka_unit_test(what_died_or_moved_away_is_poisoned),
#endif
        cmocka_unit_test(the_walk_sees_what_the_census_counts),
        cmocka_unit_test(events_come_in_brackets_and_figures_never_fall),
        cmocka_unit_test(allocated_bytes_are_exact_when_quiet),
        cmocka_unit_test(a_heap_can_be_opened_again_and_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
