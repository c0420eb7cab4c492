/* SPDX-License-Identifier: MIT
 *
 * heapmark heap-map: the table, the picture, and what is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "program.h"

#define RINGS "rings:live=500,rounds=20000 --heap 2MiB "

static void what_lives_and_what_is_dead_is_shown(void **state)
{
    (void)state;
    program_assert("$H heap-map -c mark-sweep -w " RINGS, 0, "before collection 1 of");
    program_assert("$H heap-map -c mark-sweep -w " RINGS
                   "| grep 'at the end, after a full collection' | tr -s ' '",
                   0, " 0 0 B");
    /* What counting leaks is said; and a heap that is too small is a result. */
    program_assert("$H heap-map -c refcount -w rings:live=500,rounds=20000 --heap 64MiB", 0,
                   "objects are dead after the last full collection: leaked.");
    program_assert("$H heap-map -c refcount -w rings:live=500,rounds=40000 --heap 2MiB", 0,
                   "objects were made: the heap limit does not suffice.");
    program_assert("$H heap-map -c mark-sweep -w " RINGS "--collections 1 | wc -l", 0, "7");
}

static void the_picture_is_well_formed(void **state)
{
    (void)state;
    program_assert("$H heap-map -c mark-sweep -w " RINGS "--svg map.svg >table && "
                   "/usr/bin/python3 -c 'import xml.etree.ElementTree as e\n"
                   "s = \"{http://www.w3.org/2000/svg}\"; r = e.parse(\"map.svg\").getroot()\n"
                   "d = r.find(s + \"desc\").text; t = [x.text for x in r.iter(s + \"text\")]\n"
                   "assert \"mark-sweep\" in r.find(s + \"title\").text\n"
                   "p = [l for l in d.splitlines() if \": live \" in l]\n"
                   "assert len(p) == len([l for l in t if l and l.startswith(\"live \")]) > 4\n"
                   "assert any(x.get(\"class\") == \"dead\" for x in r.iter(s + \"path\"))\n"
                   "print(\"read\", len(p))'",
                   0, "read ");
    program_assert("$H heap-map -c mark-sweep -w " RINGS "--svg - | cmp - map.svg", 0, "");
}

static void mistakes_are_said(void **state)
{
    (void)state;
    program_assert("$H heap-map", 2, "needs a collector and a workload");
    program_assert("$H heap-map -c mark-sweep", 2, "needs a collector and a workload");
    program_assert("$H heap-map -c mark-swep -w rings", 2, "mark-sweep");
    program_assert("$H heap-map -c mark-sweep -w ring", 2, "did you mean 'rings'?");
    program_assert("$H heap-map -c mark-sweep,refcount -w rings", 2, "one collector");
    program_assert("$H heap-map -c none -w rings", 2, "none/default has no heap walk");
    program_assert("$H heap-map -c mark-sweep -w rings --collections 13", 2, "12");
    program_assert("$H heap-map -c mark-sweep -w rings --by sise", 2, "did you mean 'size'?");
    program_assert("$H heap-map -c mark-sweep -w " RINGS "--by age --svg x.svg", 2,
                   "does not tell the age");
    assert_false(program_left("x.svg"));
    program_assert("$H heap-map -c mark-sweep -w " RINGS "--svg missing/x.svg", 2, "missing/x.svg");
    program_assert("$H heap-map -c mark-sweep -w " RINGS "--svg .", 2, "cannot write the file '.'");
    program_assert("$H heap-map -c mark-sweep -w " RINGS "--svg /dev/full", 3, "No space left");
}

#ifdef ALTERED
/* A walk that leaves out large objects (a planted fault) is found to disagree with the census. */
static void a_walk_that_lies_is_a_result(void **state)
{
    (void)state;
    const struct program_result *got =
        program_run("HEAPMARK_FAULT=rp9 $H heap-map -c " ALTERED "/mark-sweep.so -w grow:rounds=1");
    assert_int_equal(got->status, 1);
    assert_non_null(strstr(got->output, "WRONG: the walk shows "));
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_lives_and_what_is_dead_is_shown, program_begin,
                                        program_end),
        cmocka_unit_test_setup_teardown(the_picture_is_well_formed, program_begin, program_end),
        cmocka_unit_test_setup_teardown(mistakes_are_said, program_begin, program_end),
#ifdef ALTERED
        cmocka_unit_test_setup_teardown(a_walk_that_lies_is_a_result, program_begin, program_end),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
