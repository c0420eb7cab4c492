/* SPDX-License-Identifier: MIT
 *
 * heapmark compare: which runs are meant, what is said, and the status for continuous integration.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "program.h"

#define RUN(label)                                                                                 \
    "$H run -q -c refcount -w churn:live=1000,young=1000,rounds=1 -n 6 --db x.db --label " label   \
    " >/dev/null && "

/* The last line alone, if it ends with that status. */
#define GATE(arguments, status)                                                                    \
    "$H compare --db x.db --fail-if-worse " arguments " >gate.txt; test $? = " status              \
    " && tail -n 1 gate.txt"

/* Two runs, the second of which took three times as long: as if it had, in the database. */
static int begin(void **state)
{
    if (program_begin(state) != 0)
        return 1;
    return program_run(
               RUN("one") RUN(
                   "two") "/usr/bin/python3 -c \"import sqlite3\n"
                          "d = sqlite3.connect('x.db')\n"
                          "d.execute('UPDATE trials SET wall_ns = 100000000 + id')\n"
                          "d.execute('UPDATE trials SET wall_ns = 3 * wall_ns WHERE run_id = 2')\n"
                          "d.commit()\"")
        ->status;
}

static void the_second_is_worse(void **state)
{
    (void)state;
    program_assert("$H compare one two --db x.db", 0, "worse");
    program_assert("$H compare 1 2 --db x.db", 0, "B takes 3.000 times the time of A [");
    program_assert("$H compare x.db:2 x.db:1", 0, "1 better.");
    program_assert("$H compare 1 latest --db x.db --json", 0, "\"verdict\": \"worse\"");
    program_assert("$H compare one x.db", 2, "results/heapmark.db");
    program_assert(
        "$H report --db x.db --out page.html --compare one && grep -c 'takes 3.000 times' "
        "page.html",
        0, "");
    program_assert("$H report --db x.db --out page.html && ! grep -q 'id=.versus' page.html", 0,
                   "");
    program_assert("$H report --db x.db --out page.html --compare 9", 2, "run 9");
}

static void the_status_says_so_when_asked(void **state)
{
    (void)state;
    program_assert("$H compare 1 2 --db x.db --fail-if-worse 5%", 1, "");
    program_assert("$H compare 1 2 --db x.db --fail-if-worse 250", 0, "");
    program_assert("$H compare 1 2 --db x.db --fail-if-worse 5% --any", 1, "");
    program_assert("$H compare 2 1 --db x.db --fail-if-worse 5% --any", 0, "");
    program_assert(GATE("5% 1 2", "1"), 0, "The gate of 5 % is red, as a mean is worse by more.");
    program_assert("$H compare 2 1 --db x.db --fail-if-worse 5% --json | grep worse", 0,
                   "\"worse\": false");
}

static void what_fails_now_fails(void **state)
{
    (void)state;
    program_assert("$H compare 1 2 --db x.db >/dev/null && /usr/bin/python3 -c \"import sqlite3\n"
                   "d = sqlite3.connect('x.db')\n"
                   "d.execute(\\\"UPDATE trials SET outcome = 'crash', cause = 'signal 11' WHERE "
                   "run_id = 2\\\")\n"
                   "d.commit()\" && $H compare 1 2 --db x.db",
                   0, "fails now");
    program_assert("$H compare 1 2 --db x.db", 0, "signal 11");
    program_assert("$H compare 1 2 --db x.db --fail-if-worse 1000", 1, "");
}

#define SQL(statements)                                                                            \
    "/usr/bin/python3 -c \"import sqlite3\n"                                                       \
    "d = sqlite3.connect('x.db')\n" statements "d.commit()\""

static void what_fails_more_often_is_told(void **state)
{
    (void)state;
    program_assert(SQL("d.execute('UPDATE trials SET wall_ns = 100000000 + id')\n"
                       "d.execute(\\\"UPDATE trials SET outcome = 'crash', cause = 'signal 11' "
                       "WHERE run_id = 2 AND block > 0\\\")\n"),
                   0, "");
    program_assert("$H compare 1 2 --db x.db", 0,
                   "fails more often  in 5 of 6 trials, in 0 of 6 before: crash: signal 11");
    program_assert("$H compare 1 2 --db x.db", 0,
                   "together: in 5 of 6 trials, in 0 of 6 before (p = 0.015)");
    program_assert("$H report --db x.db --out page.html --compare 1 && grep -c 'Trials fail more "
                   "often over all points together' page.html",
                   0, "");
    program_assert("$H compare 1 2 --db x.db --json", 0, "\"b_failed\": 5,");
    program_assert(GATE("1000 1 2", "1"), 0,
                   "red, as 1 point fails now or more often; it could not judge");
    program_assert("$H compare 1 2 --db x.db --fail-if-worse 5% --any", 1, "");
    program_assert("$H compare 2 1 --db x.db --fail-if-worse 5%", 0,
                   "1 completed trial of a point is too few");
    program_assert(
        GATE("5% 2 1", "0"), 0,
        "The gate of 5 % is green, but it could not judge by any mean, as too few trials "
        "completed: it takes 6");
    program_assert(SQL("d.execute(\\\"UPDATE trials SET outcome = 'crash' WHERE run_id = 2\\\")\n"),
                   0, "");
    program_assert(GATE("5% 2 1", "0"), 0,
                   "it could not judge by any mean, as no point has a figure on both sides.");
    program_assert("$H compare 2 1 --db x.db --fail-if-worse 5% --json", 0,
                   "\"not_judged\": \"no point has a figure on both sides\"");
}

/* Of one trial; the times say nothing then, however far apart. */
static void another_answer_is_told(void **state)
{
    (void)state;
    program_assert(
        SQL("d.execute(\\\"UPDATE trials SET answer = '0xbad' WHERE run_id = 2 AND block = "
            "3\\\")\n"),
        0, "");
    program_assert("$H compare 1 2 --db x.db", 0, "answers otherwise  ");
    program_assert("$H compare 1 2 --db x.db", 0, " in A, 0xbad in B");
    program_assert("$H compare 1 2 --db x.db --json", 0, "\"b_answer\": \"0xbad\"");
    program_assert(GATE("1000 1 2", "1"), 0,
                   "The gate of 1000 % is red, as 1 point answers otherwise; it could not judge by "
                   "any mean, as no point has a figure on both sides.");
    program_assert("$H report --db x.db --out page.html --compare 1 && grep -c 'answers otherwise' "
                   "page.html",
                   0, "");
}

#define RUN_AS(options)                                                                            \
    "$H run -q -c refcount -w churn:live=1000,young=1000,rounds=1 -n 6 --db x.db " options         \
    " >/dev/null"

static void what_is_not_the_same_is_said(void **state)
{
    (void)state;
    program_assert(RUN_AS("--seed 2"), 0, "");
    program_assert("$H compare 1 3 --db x.db", 2, "1 in seed (1 in A, 2 in B)");
    program_assert(RUN_AS("--no-warm-up"), 0, "");
    program_assert("$H compare 1 4 --db x.db", 2, "1 in warm-up (one life in A, none in B)");
    program_assert(RUN_AS("--no-stamps --pin none"), 0, "");
    program_assert("$H compare 1 5 --db x.db | grep 'another way'", 0,
                   "1 in stamps of slow paths (on in A, off in B), 1 in pinning (");
    program_assert("$H compare 1 5 --db x.db --json", 0, "\"measured_otherwise\": 1");
    program_assert("$H report --db x.db --out page.html --compare 1 --run 5 && grep -c 'in another "
                   "way, which' page.html",
                   0, "");
    program_assert(SQL("d.execute('UPDATE trials SET heap_multiple = 1.5')\n"
                       "d.execute('UPDATE trials SET heap_bytes = heap_bytes + 1048576 WHERE "
                       "run_id = 2')\n"),
                   0, "");
    program_assert("$H compare 1 2 --db x.db", 0, "heap 9 MiB (1.5x; in B 10 MiB)");
}

/* Four runs in two labels: runs are the samples, and one more of a build tells of the drift. */
static void a_side_may_be_several_runs(void **state)
{
    (void)state;
    program_assert(RUN("one") RUN("two")
                       RUN("three") "/usr/bin/python3 -c \"import sqlite3\n"
                                    "d = sqlite3.connect('x.db')\n"
                                    "f = [0, 1, 3, 1.1, 3.1, 1.05]\n"
                                    "for r in range(1, 6):\n"
                                    " d.execute('UPDATE trials SET wall_ns = ? + "
                                    "id WHERE run_id = ?', (int(f[r] * 1e8), r))\n"
                                    "d.commit()\"",
                   0, "");
    program_assert("$H compare one two --db x.db", 0,
                   "(Student's, 2 degrees of freedom): 2 against 2, "
                   "and 0 more");
    program_assert("$H compare 1,3 4,2 --db x.db --fail-if-worse 5%", 1, "");
    program_assert("$H compare 1,3 x.db:5 --db x.db --fail-if-worse 5%", 0, "not told apart");
    program_assert("$H compare 1 3 --db x.db --json", 0, "\"earlier_runs\": 3");
    program_assert("$H compare 1,3,1 2 --db x.db", 2, "run 1 of 'x.db' is named twice");
    program_assert("$H compare 1,9 2 --db x.db", 2, "run 9");
    program_assert("$H compare 1, 2 --db x.db", 2, "no run is called ''");
}

static void an_unknown_drift_is_said(void **state)
{
    (void)state;
    program_assert("$H compare 1 2 --db x.db", 0, "is not known here");
    program_assert("$H compare 1 2 --db x.db --fail-if-worse 5% --drift 250", 0,
                   "within 250 % of 1");
    program_assert("$H compare 1 2 --db x.db --fail-if-worse 5% --drift 0", 1, "");
    program_assert("$H compare 1 2 --db x.db --drift far", 2, "percentage");
    program_assert("$H compare 1 2 --db x.db --metric instructions", 2, "--instructions");
    program_assert("$H compare 1 2 --db x.db --metric memory", 2, "'time' or 'instructions'");
}

static void mistakes_are_said(void **state)
{
    (void)state;
    program_assert("$H compare", 2, "name two sides");
    program_assert("$H compare 1 --db x.db", 2, "name two sides");
    program_assert("$H compare 1 2 3 --db x.db", 2, "a third");
    program_assert("$H compare 1 1 --db x.db", 2, "run 1 of 'x.db' is on both sides");
    program_assert("$H compare x.db:1 ./x.db:1", 2, "run 1 of 'x.db' is on both sides");
    program_assert("ln x.db also.db && $H compare x.db:1 also.db:1", 2, "is on both sides");
    program_assert("$H compare x.db:1,./x.db:1 2 --db x.db", 2, "is named twice on one side");
    program_assert("$H compare 1,2 latest --db x.db", 2, "run 2 of 'x.db' is on both sides");
    program_assert("$H report --db x.db --run 1 --compare 1", 2,
                   "run 1 of 'x.db' is on both sides");
    program_assert("$H compare 1 three --db x.db", 2, "no run is called 'three'");
    program_assert("$H compare 1 9 --db x.db", 2, "run 9");
    program_assert("$H compare 1 2 --db x.db --any", 2, "--fail-if-worse");
    program_assert("$H compare 1 2 --db x.db --fail-if-worse much", 2, "percentage");
    program_assert("$H run -q -c refcount -w names:rounds=1000 -n 1 --db x.db >/dev/null 2>&1; "
                   "$H compare 1 3 --db x.db",
                   2, "no point in common");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, program_end)
    const struct CMUnitTest tests[] = {
        TEST(the_second_is_worse),
        TEST(the_status_says_so_when_asked),
        TEST(another_answer_is_told),
        TEST(what_fails_now_fails),
        TEST(what_fails_more_often_is_told),
        TEST(what_is_not_the_same_is_said),
        TEST(a_side_may_be_several_runs),
        TEST(an_unknown_drift_is_said),
        TEST(mistakes_are_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
