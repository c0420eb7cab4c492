/* SPDX-License-Identifier: MIT
 *
 * Smallest heaps that were found come back to whoever asks for the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "scratch.h"
#include "store/smallest.h"

static const struct store_smallest_key KEY = {
    .plugin_sha256 = "abc",
    .collector = "mine",
    .variant = "default",
    .options = "workers=1",
    .workload = "churn",
    .parameters = "live=1",
    .revision = "r1",
    .dispatch = "inline",
    .threads = 2,
    .seed = 1,
    .time_limit_ns = 5,
    .tries = 2,
    .precision = 0.02,
};

static int64_t heap_of(struct store *store, const struct store_smallest_key *key)
{
    struct store_smallest found;
    struct error error = {0};
    bool is_there;
    assert_true(store_find_smallest(store, key, &is_there, &found, &error));
    if (is_there)
        free(found.cause);
    return is_there ? found.heap_bytes : 0;
}

static void keep(struct store *store, const struct store_smallest_key *key, int64_t heap_bytes)
{
    struct error error = {0};
    const struct store_smallest found = {
        .heap_bytes = heap_bytes, .live_bytes = 7, .takes_limit = true, .trials = 9};
    assert_true(store_keep_smallest(store, key, &found, &error));
}

static void only_the_same_is_found(void **state)
{
    (void)state;
    struct store *store = scratch_open(scratch_path("a.db"), STORE_WRITE);
    assert_int_equal(heap_of(store, &KEY), 0);
    keep(store, &KEY, 4096);
    assert_int_equal(heap_of(store, &KEY), 4096);
    struct store_smallest_key others[11];
    for (size_t i = 0; i < 11; i++)
        others[i] = KEY;
    others[0].plugin_sha256 = "abd";
    others[1].variant = "plain";
    others[2].options = "workers=2";
    others[3].workload = "lru";
    others[4].parameters = "live=2";
    others[5].revision = "r2";
    others[6].dispatch = "table";
    others[7].threads = 1;
    others[8].seed = 2;
    others[9].time_limit_ns = 6;
    others[10].tries = 3;
    for (size_t i = 0; i < 11; i++)
        assert_int_equal(heap_of(store, &others[i]), 0);
    store_close(store);
}

static void a_more_thorough_search_serves_too(void **state)
{
    (void)state;
    struct store *store = scratch_open(scratch_path("a.db"), STORE_WRITE);
    struct store_smallest_key exact = KEY, rough = KEY;
    exact.precision = 0.01;
    exact.tries = 3;
    rough.precision = 0.1;
    keep(store, &rough, 1000);
    assert_int_equal(heap_of(store, &KEY), 0);
    keep(store, &exact, 2000);
    assert_int_equal(heap_of(store, &KEY), 2000);
    assert_int_equal(heap_of(store, &rough), 2000);
    keep(store, &exact, 3000); /* in the place of the other */
    assert_int_equal(heap_of(store, &KEY), 3000);
    assert_int_equal(scratch_sql(scratch_path("a.db"), "SELECT count(*) FROM smallest_heaps"), 2);
    store_close(store);
}

static void what_has_none_comes_back_with_its_cause(void **state)
{
    (void)state;
    struct store *store = scratch_open(scratch_path("a.db"), STORE_WRITE);
    struct error error = {0};
    bool is_there;
    struct store_smallest found = {
        .heap_bytes = -1, .live_bytes = -1, .takes_limit = false, .cause = (char *)"it's <full>"};
    assert_true(store_keep_smallest(store, &KEY, &found, &error));
    assert_true(store_find_smallest(store, &KEY, &is_there, &found, &error));
    assert_true(is_there);
    assert_int_equal(found.heap_bytes, -1);
    assert_int_equal(found.live_bytes, -1);
    assert_false(found.takes_limit);
    assert_string_equal(found.cause, "it's <full>");
    free(found.cause);
    store_close(store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(only_the_same_is_found),
        TEST(a_more_thorough_search_serves_too),
        TEST(what_has_none_comes_back_with_its_cause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
