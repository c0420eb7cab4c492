/* SPDX-License-Identifier: MIT
 *
 * heapmark run --instructions: what callgrind counts goes with the trial.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "program.h"

#define TREES "-c mark-sweep --heap 2MiB -w binary-trees:depth=7,iterations=1500"

static void counts_are_of_the_first_invocation_and_hardly_vary(void **state)
{
    (void)state;
    program_assert("$H run -q --db x.db -n 2 " TREES ",new --micro-min-time 0.01 --instructions", 0,
                   "");
    program_assert("sqlite3 x.db \"SELECT count(*), min(block), min(workload) FROM trials "
                   "WHERE counted_instructions > 100000\"",
                   0, "1|0|binary-trees");
    program_assert("$H run -q --db x.db -n 1 " TREES " --instructions", 0, "");
    program_assert("sqlite3 x.db \"SELECT count(*) FROM trials a JOIN trials b ON a.id < b.id "
                   "WHERE abs(a.counted_instructions - b.counted_instructions) < "
                   "a.counted_instructions / 1000\"",
                   0, "1");
    program_assert("sqlite3 x.db \"SELECT count(*) FROM trials WHERE collections > 0 AND "
                   "counted_collector_instructions * 100 > counted_instructions AND "
                   "counted_collector_instructions < counted_instructions / 2\"",
                   0, "2");
}

static void who_collects_nothing_has_no_part(void **state)
{
    (void)state;
    program_assert("$H run -q --db x.db -n 1 -c none -w binary-trees:depth=7 --instructions", 0,
                   "");
    program_assert("sqlite3 x.db \"SELECT count(*) FROM trials WHERE "
                   "counted_collector_instructions * 1000 < counted_instructions\"",
                   0, "1");
}

/* A difference of two counts: the loop's way in and out is in both. */
static void operations_are_counted_exactly(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++)
        program_assert("$H run --db x.db -n 2 -c refcount -w set --micro-min-time 0.01 "
                       "--instructions",
                       0, "instructions");
    program_assert("sqlite3 x.db \"SELECT count(*), count(instructions_per_operation), "
                   "count(counted_instructions), min(instructions_per_operation) > 1 FROM trials\"",
                   0, "4|2|0|1");
    program_assert("sqlite3 x.db \"SELECT count(*) FROM trials a JOIN trials b ON a.id < b.id AND "
                   "a.workload = b.workload AND a.collector = b.collector AND "
                   "abs(a.instructions_per_operation - b.instructions_per_operation) < 0.01\"",
                   0, "1");
    program_assert("$H compare 1 2 --db x.db --metric instructions", 0, "not told apart");
}

/* Of counting, which never stops the world: whole trees are dropped at once. */
static void releases_are_the_collectors(void **state)
{
    (void)state;
    program_assert("$H run -q --db x.db -n 1 -c refcount -w binary-trees:depth=7 --instructions", 0,
                   "");
    program_assert("sqlite3 x.db \"SELECT count(*) FROM trials WHERE pause_count = 0 AND "
                   "counted_collector_instructions * 20 > counted_instructions AND "
                   "counted_collector_instructions < counted_instructions / 2\"",
                   0, "1");
}

static void without_valgrind_nothing_is_run(void **state)
{
    (void)state;
    program_assert("PATH=/nowhere $H run --db x.db -n 1 " TREES " --instructions", 3,
                   "no valgrind in PATH");
    assert_false(program_left("x.db"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(counts_are_of_the_first_invocation_and_hardly_vary,
                                        program_begin, program_end),
        cmocka_unit_test_setup_teardown(who_collects_nothing_has_no_part, program_begin,
                                        program_end),
        cmocka_unit_test_setup_teardown(operations_are_counted_exactly, program_begin, program_end),
        cmocka_unit_test_setup_teardown(releases_are_the_collectors, program_begin, program_end),
        cmocka_unit_test_setup_teardown(without_valgrind_nothing_is_run, program_begin,
                                        program_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
