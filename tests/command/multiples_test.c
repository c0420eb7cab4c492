/* SPDX-License-Identifier: MIT
 *
 * Heaps that are multiples of the smallest one: searched for once, then known.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "program.h"

#define WORK "-w lru:capacity=1000,keys=2000,requests=4000 "
#define RUN "$H run --db x.db -n 1 -c semispace,none " WORK "--heap 1.5x,3x "

static json_t *exported(void)
{
    const struct program_result *got = program_run("$H export --format json --db x.db");
    assert_int_equal(got->status, 0);
    json_t *json = json_loads(got->output, 0, NULL);
    assert_non_null(json);
    return json;
}

/* The heap of the trial with this multiple in the latest run; 0 where there is none, or no limit.
 */
static json_int_t heap_of(double multiple, size_t trials)
{
    json_t *json = exported(), *trial;
    json_int_t heap = 0;
    size_t i;
    assert_int_equal(json_array_size(json_object_get(json, "trials")), trials);
    json_array_foreach(json_object_get(json, "trials"), i, trial)
    {
        if (fabs(json_number_value(json_object_get(trial, "heap_multiple")) - multiple) < 1e-9)
            heap = json_integer_value(json_object_get(trial, "heap_bytes"));
    }
    json_decref(json);
    return heap;
}

static void a_second_run_searches_nothing(void **state)
{
    (void)state;
    program_assert(RUN "--dry-run", 0,
                   "to be searched for first: the smallest heap of "
                   "lru:capacity=1000,keys=2000,requests=4000, 1 thread, with semispace");
    assert_false(program_left("x.db"));
    const struct program_result *got = program_run(RUN);
    assert_int_equal(got->status, 0);
    assert_non_null(strstr(got->complaint, "searching for the smallest heap of lru"));
    assert_non_null(strstr(got->output, "(1.5x the smallest)"));
    assert_non_null(strstr(got->output, "without a limit, at the footprint that was reached"));
    json_int_t heap = heap_of(1.5, 3);
    assert_true(heap > 0 && heap % 4096 == 0);
    assert_in_range(heap_of(3, 3), 2 * heap - 8192, 2 * heap);
    assert_int_equal(heap_of(0, 3), 0);
    got = program_run(RUN);
    assert_null(strstr(got->complaint, "searching"));
    assert_int_equal(heap_of(1.5, 3), heap);
    got = program_run(RUN "--dry-run");
    assert_null(strstr(got->output, "to be searched for"));
}

/* minheap answers from what the run has found, and the run from what minheap has. */
static void minheap_and_run_share_what_they_find(void **state)
{
    (void)state;
    program_assert("$H minheap --db x.db -q -c semispace " WORK, 0, "semispace");
    const struct program_result *got = program_run(RUN);
    assert_null(strstr(got->complaint, "searching"));
    program_assert("$H minheap --db x.db -q -c semispace " WORK, 0, "known already");
    program_assert("$H minheap --db x.db -q --json -c semispace " WORK, 0, "\"trials\":0");
    got = program_run("$H minheap --db x.db -q --json --anew -c semispace " WORK);
    assert_int_equal(got->status, 0);
    assert_null(strstr(got->output, "\"trials\":0"));
    got = program_run("cp $(dirname $H)/../lib/heapmark/semispace.so other.so && printf x "
                      ">>other.so && $H minheap --db x.db -q --json -c ./other.so " WORK);
    assert_int_equal(got->status, 0);
    assert_null(strstr(got->output, "\"trials\":0"));
}

/* A run that is gone on with keeps its heaps, whatever has been found since. */
static void what_is_gone_on_with_keeps_its_heaps(void **state)
{
    (void)state;
    program_assert(RUN "-q", 0, "");
    json_int_t heap = heap_of(3, 3);
    program_assert(
        "sqlite3 x.db \"DELETE FROM trials WHERE heap_multiple = 3; UPDATE runs SET "
        "status = 'interrupted'; UPDATE smallest_heaps SET heap_bytes = 2 * heap_bytes\"",
        0, "");
    assert_int_equal(heap_of(3, 2), 0);
    program_assert("$H run -q --resume --db x.db", 0, "");
    assert_int_equal(heap_of(3, 3), heap);
    program_assert("$H run -q --resume --db x.db", 2, "");
}

static void what_has_no_smallest_heap_is_refused(void **state)
{
    (void)state;
    program_assert("$H run --db x.db -c none " WORK "--heap 2x", 2,
                   "none of the collectors takes a heap limit");
    program_assert("$H run --db x.db -c semispace " WORK "--heap 2x --bind-memory node:4000", 2,
                   "4000");
    assert_false(program_left("x.db"));
    program_assert("$H run --db x.db -q -c semispace " WORK "--heap 2x --time-limit 1ms", 2,
                   "so there is nothing to be a multiple of");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, program_begin, program_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_second_run_searches_nothing),
        TEST(minheap_and_run_share_what_they_find),
        TEST(what_is_gone_on_with_keeps_its_heaps),
        TEST(what_has_no_smallest_heap_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
