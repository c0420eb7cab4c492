/* SPDX-License-Identifier: MIT
 *
 * How a play can end: well, with a landing, refused, by a crash, by a time limit. In each case what
 * was seen before is there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <heapmark/table.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "learn/stage.h"

static const struct hm_shape box = {.id = 0, .bytes = 64, .name = "box"};
static const struct hm_shape *const shapes[] = {&box, NULL};

struct seen {
    _Atomic uint32_t steps;
};

static struct suite_entries entries;
static struct seen *seen;

static int begin(void **state)
{
    (void)state;
    struct error error = {0};
    seen = stage_share(sizeof *seen, &error);
    return seen == NULL;
}

static int end(void **state)
{
    (void)state;
    stage_unshare(seen, sizeof *seen);
    suite_entries_free(&entries);
    memset(&entries, 0, sizeof entries);
    return 0;
}

static struct stage_end play(const char *collector, uint64_t time_ns,
                             void (*function)(struct stage_heap *on, void *shared))
{
    struct error error = {0};
    struct stage_end result;
    if (!suite_add_collectors(&entries, collector, &error))
        fail_msg("%s", error.text);
    struct stage stage = {
        .collector = &entries.collectors[0],
        .heap_bytes = UINT64_C(8) << 20,
        .name_depth = 8,
        .names = 2,
        .shapes = shapes,
        .time_ns = time_ns,
        .play = function,
        .shared = seen,
    };
    if (!stage_run(&stage, &result, &error))
        fail_msg("%s", error.text);
    return result;
}

static const uint64_t MINUTE_NS = UINT64_C(60000000000);

static void make_one(struct stage_heap *on, void *shared)
{
    struct seen *told = shared;
    struct hm_census census;
    hm_new(on->m, &on->names[1], &box);
    if (stage_census(on, &census))
        atomic_store(&told->steps, (uint32_t)census.objects);
}

static void a_play_ends_well(void **state)
{
    (void)state;
    struct stage_end result = play(NONE, MINUTE_NS, make_one);
    assert_int_equal(result.ending, STAGE_ENDED);
    assert_string_equal(result.sentence, "");
    assert_int_equal(atomic_load(&seen->steps), 1);
}

static void make_without_end(struct stage_heap *on, void *shared)
{
    struct seen *told = shared;
    for (;;) {
        hm_new(on->m, &on->names[0], &box);
        atomic_fetch_add(&told->steps, 1);
    }
}

static void out_of_memory_is_a_landing(void **state)
{
    (void)state;
    struct stage_end result = play(NONE ":limit=1MiB", MINUTE_NS, make_without_end);
    assert_int_equal(result.ending, STAGE_LANDED);
    assert_string_equal(result.sentence, "the heap limit does not suffice");
    assert_true(atomic_load(&seen->steps) > 1000);
}

static void a_refusal_is_in_the_collectors_words(void **state)
{
    (void)state;
    struct stage_end result = play(FAULTY ":fault=refuse", MINUTE_NS, make_one);
    assert_int_equal(result.ending, STAGE_REFUSED);
    assert_true(strlen(result.sentence) > 0);
    assert_int_equal(atomic_load(&seen->steps), 0);
}

static void crash(struct stage_heap *on, void *shared)
{
    make_one(on, shared);
    stage_collect_all(on);
}

static void a_crash_leaves_what_was_seen(void **state)
{
    (void)state;
    struct stage_end result = play(FAULTY ":fault=crash-after", MINUTE_NS, crash);
    assert_int_equal(result.ending, STAGE_BROKEN);
    assert_non_null(strstr(result.sentence, "crashed (signal 11"));
    assert_int_equal(atomic_load(&seen->steps), 1);
}

static void what_the_collector_finds_wrong_ends_it(void **state)
{
    (void)state;
    struct stage_end result = play(FAULTY ":fault=fail", MINUTE_NS, crash);
    assert_int_equal(result.ending, STAGE_BROKEN);
    assert_string_equal(result.sentence, "BORROW.a: broken");
}

static void wait_without_end(struct stage_heap *on, void *shared)
{
    make_one(on, shared);
    for (;;)
        pause();
}

static void a_play_that_does_not_end_is_ended(void **state)
{
    (void)state;
    struct stage_end result = play(NONE, UINT64_C(1000000000), wait_without_end);
    assert_int_equal(result.ending, STAGE_BROKEN);
    assert_string_equal(result.sentence, "it was not done within 1 s");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_play_ends_well, begin, end),
        cmocka_unit_test_setup_teardown(out_of_memory_is_a_landing, begin, end),
        cmocka_unit_test_setup_teardown(a_refusal_is_in_the_collectors_words, begin, end),
        cmocka_unit_test_setup_teardown(a_crash_leaves_what_was_seen, begin, end),
        cmocka_unit_test_setup_teardown(what_the_collector_finds_wrong_ends_it, begin, end),
        cmocka_unit_test_setup_teardown(a_play_that_does_not_end_is_ended, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
