/* SPDX-License-Identifier: MIT
 *
 * Bad input: one sentence that says what is wrong, exit status 2, and nothing left behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <unistd.h>

#include "base/text.h"
#include "program.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct mistake {
    const char *command, *words;
};

static void assert_mistakes(const struct mistake *mistakes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        program_assert(mistakes[i].command, 2, mistakes[i].words);
        assert_false(program_left("results"));
        assert_false(program_left("x.db"));
    }
}

#define RUN "$H run --db x.db "

static void unknown_names_come_with_the_nearest(void **state)
{
    (void)state;
    static const struct mistake mistakes[] = {
        {"$H rum", "there is no command 'rum'; did you mean 'run'?"},
        {"$H", "a command is missing"},
        {"$H list colectors", "did you mean 'collectors'?"},
        {"$H list", "collectors, workloads, suites or runs"},
        {RUN "-c nnoe -w binary-trees", "there is no collector 'nnoe'; did you mean 'none'?"},
        {RUN "-c none -w binary-tree", "did you mean 'binary-trees'?"},
        {RUN "-c none -w binary-trees:dept=3", "did you mean 'depth'?"},
        {RUN "-c none:limits=1GiB -w binary-trees", "did you mean 'limit'?"},
        {RUN "-c none/defualt -w binary-trees", "did you mean 'default'?"},
        {RUN "-c none -w binary-trees --pin scater", "scatter"},
        {RUN "-c none -w binary-trees --bind-memory interleaved", "interleave"},
        {RUN "-c none -w binary-trees --bind-memory node:4000", "There is no NUMA node 4000"},
        {RUN "-c none -w binary-trees --baseline noen", "did you mean 'none'?"},
        {RUN "-c none -w binary-trees --invocations", "needs a value"},
        {RUN "-c none -w binary-trees --seeds=3", "did you mean --seed?"},
        {"$H run", "no collector is named"},
        {"$H run -c none", "no workload is named"},
        {"$H export --format cvs", "must be json, csv, markdown or gbench; did you mean 'csv'?"},
        {"$H run quick --dispatch tabel", "did you mean 'table'?"},
        {"$H trial -c none -w new --dispatch inlin", "did you mean 'inline'?"},
        {"$H replay x --dispatch tabel", "did you mean 'table'?"},
        {"$H run -c none -w queue:links=clered",
         "must be cleared or kept; did you mean 'cleared'?"},
        {"$H nams", "did you mean 'names'?"},
    };
    assert_mistakes(mistakes, COUNT(mistakes));
}

static void values_out_of_range_are_refused(void **state)
{
    (void)state;
    static const struct mistake mistakes[] = {
        {RUN "-c none -w binary-trees:depth=31", "0 to 30"},
        {RUN "-c none -w binary-trees:depth=-1", "0 to 30"},
        {RUN "-c none -w binary-trees:depth=x", "depth"},
        {RUN "-c none:limit=1 -w binary-trees", "1 MiB"},
        {RUN "-c none -w binary-trees --heap 64XiB", "unknown unit \"XiB\""},
        {RUN "-c none -w binary-trees --heap lots", "not a number"},
        {RUN "-c none -w binary-trees -t 0", "1 to 4096"},
        {RUN "-c none -w binary-trees -t 1,1", "twice"},
        {RUN "-c none -w binary-trees -n 0", "1 to 1000"},
        {RUN "-c none -w binary-trees --seed -1", "seed"},
        {RUN "-c none -w binary-trees --dispatch sideways", "table, inline or both"},
        {RUN "-c none -w binary-trees --time-limit 0", "above 0"},
        {RUN "-c none -w binary-trees --time-limit 3days", "unknown unit"},
        {RUN "-c none -w binary-trees --memory-limit 3Q", "unknown unit"},
        {RUN "-c none -w binary-trees --micro-min-time 0", "micro workload"},
        {RUN "-c none,none -w binary-trees", "give one of them another name"},
        {RUN "-c none -w binary-trees,binary-trees", "given twice"},
        {RUN "-c none -w binary-trees stray", "there is no suite 'stray'"},
    };
    assert_mistakes(mistakes, COUNT(mistakes));
}

static void what_is_no_plugin_is_refused(void **state)
{
    (void)state;
    static const struct mistake mistakes[] = {
        {"echo text >text.so; " RUN "-c ./text.so -w binary-trees", "text.so"},
        {RUN "-c ./missing.so -w binary-trees", "there is no plugin file ./missing.so"},
        {RUN "-c $FIXTURES/symbol.so -w binary-trees", "heapmark_plugin"},
        {RUN "-c $FIXTURES/abi.so -w binary-trees", "99"},
        {RUN "-c $FIXTURES/attach.so -w binary-trees", "attach"},
        {RUN "-c $FIXTURES/crash.so -w binary-trees", "crashed while it was loaded"},
        {RUN "-c $FIXTURES/exit.so -w binary-trees", "exit status 7"},
        {RUN "-c $FIXTURES/good.so -w binary-trees --heap 1MiB", "it needs at least 1 TiB"},
        {"cp \"$(ldd $H | sed -n 's/.* => \\(.*libc\\.so\\.6\\) .*/\\1/p')\" libc.so && " RUN
         "-c ./libc.so -w binary-trees",
         "heapmark_plugin"},
    };
    assert_mistakes(mistakes, COUNT(mistakes));
}

static void databases_that_cannot_be_used_are_refused(void **state)
{
    (void)state;
    static const struct mistake mistakes[] = {
        {"$H run -c none -w binary-trees:depth=2 --db nowhere/y.db", "nowhere"},
        {"$H run -c none -w binary-trees:depth=2 --db .", "."},
        {"echo 'not a database' >foreign; $H run -c none -w binary-trees:depth=2 --db foreign; "
         "status=$?; test \"$(cat foreign)\" = 'not a database' && exit $status",
         "foreign"},
        {"$H list runs", "there is no database 'results/heapmark.db'"},
        {"$H export --db y.db", "there is no database 'y.db'"},
        {"$H export --format xml", "must be json, csv, markdown or gbench"},
        {"$H export --run first", "latest or all"},
        {"$H export --run 0", "latest or all"},
        {"$H report", "there is no database 'results/heapmark.db'"},
        {"$H report --db y.db --out y.html", "there is no database 'y.db'"},
        {"$H report --run all", "latest"},
    };
    assert_mistakes(mistakes, COUNT(mistakes));
}

static void folders_without_permission_are_refused(void **state)
{
    (void)state;
    if (geteuid() == 0)
        skip(); /* to root every folder is writable */
    program_assert("mkdir locked && chmod a-w locked && "
                   "$H run -c none -w binary-trees:depth=2 --db locked/y.db",
                   2, "locked");
    program_assert("cd locked && $H run -c none -w binary-trees:depth=2", 2, "results");
}

static void trials_are_refused_in_words(void **state)
{
    (void)state;
    static const struct mistake mistakes[] = {
        {"$H trial", "-c NAME -w NAME"},
        {"$H trial -c none", "-c NAME -w NAME"},
        {"$H trial -c none,semispace -w binary-trees", "`heapmark run` compares several"},
        {"$H trial -c none -c none -w binary-trees", "one collector"},
        {"$H trial -c none -w binary-trees --plugin x.so", "one or the other"},
        {"$H trial --plugin ./missing.so --workload binary-trees", "missing.so"},
        {"$H trial -c none -w binary-trees:depth=99", "0 to 30"},
        {"$H trial -c none -w binary-trees --bind-memory node:4000", "there"},
        {"$H trial -c none -w binary-trees --dispatch both", "table or inline"},
        {"$H topology --pin nowhere", "nowhere"},
        {"$H topology --synthetic 'nonsense:x'", "nonsense"},
        {"$H topology --allowed 0", "--synthetic"},
        {"$H topology --quota 2", "--quota belongs to --synthetic"},
        {"$H topology --synthetic core:2 --quota none", "CPU quota"},
        {"$H topology --synthetic core:2 --file x.xml", "one of them"},
        {"$H topology --file missing.xml", "missing.xml"},
        {"$H topology --workers -1", "collector threads"},
        {"$H topology --bind-memory node:4000", "There is no NUMA node 4000: there"},
        {"$H topology --bind-memory nearby", "memory policy"},
        {"$H topology --synthetic 'numa:2 pu:1' --bind-memory node:1", "not that of this machine"},
        {"$H topology --synthetic 'numa:2 pu:1' --bind-memory node:2", "there are 0, 1"},
    };
    assert_mistakes(mistakes, COUNT(mistakes));
}

/* A full disk, as far as it can be had without one. */
static void failing_output_is_the_systems_failure(void **state)
{
    (void)state;
    program_assert("$H list workloads >/dev/full", 3, "standard output");
    program_assert("$H topology >/dev/full", 3, "No space left");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(unknown_names_come_with_the_nearest, program_begin,
                                        program_end),
        cmocka_unit_test_setup_teardown(values_out_of_range_are_refused, program_begin,
                                        program_end),
        cmocka_unit_test_setup_teardown(what_is_no_plugin_is_refused, program_begin, program_end),
        cmocka_unit_test_setup_teardown(databases_that_cannot_be_used_are_refused, program_begin,
                                        program_end),
        cmocka_unit_test_setup_teardown(folders_without_permission_are_refused, program_begin,
                                        program_end),
        cmocka_unit_test_setup_teardown(trials_are_refused_in_words, program_begin, program_end),
        cmocka_unit_test_setup_teardown(failing_output_is_the_systems_failure, program_begin,
                                        program_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
