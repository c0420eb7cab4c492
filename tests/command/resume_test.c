/* SPDX-License-Identifier: MIT
 *
 * Runs that were stopped in the middle: what was measured is there, and the same run goes on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "program.h"

#define TREES "-w binary-trees:depth=4,iterations=3 "
/* Six trials, of which the first is one of `none` (by the seed), and three wait while there is a
 * file `hold`. */
#define SIX "--db x.db -n 3 --seed 1 -c none,held=./held.so:fault=hold " TREES

/* Begin the run, stop it by the signal while a trial is held, and let go. */
static void stop_by(const char *signal)
{
    struct text line = {0};
    text_format(&line,
                "cp $FAULTY held.so; touch hold; mkfifo said; export HEAPMARK_TEST_HOLD=$PWD/hold; "
                "env --default-signal=INT $H run " SIX "2>said & program=$!; exec 9<said; "
                "while read -r line <&9; do case $line in '[1/6]'*) break;; esac; done; "
                "kill -%s $program; wait $program; status=$?; rm hold said; exit $status",
                signal);
    const struct program_result *got = program_run(text_chars(&line));
    int expected = strcmp(signal, "INT") == 0 ? 130 : 128 + 9;
    if (got->status != expected)
        fail_msg("ended with %d\n%s%s", got->status, got->output, got->complaint);
    text_free(&line);
}

static json_t *exported(void)
{
    const struct program_result *got = program_run("$H export --format json --db x.db");
    json_t *json = json_loads(got->output, 0, NULL);
    assert_non_null(json);
    return json;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "(none)";
}

static void assert_status_of_run(const char *status)
{
    json_t *json = exported();
    assert_string_equal(text_of(json_array_get(json_object_get(json, "runs"), 0), "status"),
                        status);
    json_decref(json);
}

/* The latest run is completed, each of its trials is there once and well, in the order of its
 * plan, as "label label …". The caller frees it. */
static char *order_of_completed(size_t count)
{
    struct text order = {0};
    json_t *json = exported();
    const json_t *trials = json_object_get(json, "trials");
    assert_string_equal(text_of(json_array_get(json_object_get(json, "runs"), 0), "status"),
                        "completed");
    assert_int_equal(json_array_size(trials), count);
    for (size_t i = 0; i < count; i++) {
        const json_t *trial = json_array_get(trials, i);
        assert_int_equal(json_integer_value(json_object_get(trial, "sequence")), i);
        assert_string_equal(text_of(trial, "outcome"), "ok");
        text_format(&order, "%s ", text_of(trial, "collector_label"));
    }
    json_decref(json);
    return order.chars;
}

/* The same order as that of a run that nobody stopped. */
static void assert_goes_on(const char *command)
{
    program_assert(command, 0, "6 trials");
    char *order = order_of_completed(6);
    program_assert("$H run -q " SIX, 0, "");
    char *undisturbed = order_of_completed(6);
    assert_string_equal(order, undisturbed);
    free(order);
    free(undisturbed);
}

static void what_was_interrupted_goes_on(void **state)
{
    (void)state;
    stop_by("INT");
    assert_status_of_run("interrupted");
    assert_goes_on("$H run --resume --db x.db 2>&1");
}

static void what_was_killed_is_abandoned_and_goes_on(void **state)
{
    (void)state;
    stop_by("KILL");
    assert_status_of_run("abandoned");
    program_assert("$H list runs --db x.db", 0, "abandoned");
    assert_goes_on("$H run --resume=1 --db x.db 2>&1");
}

/* The table is of all trials, JSON of those that were tried now; the machine is noted again. */
static void the_whole_run_is_shown(void **state)
{
    (void)state;
    stop_by("KILL");
    const struct program_result *got = program_run("$H run --resume --json -q --db x.db");
    assert_int_equal(got->status, 0);
    struct text_list lines = {0};
    text_split(&lines, got->output, '\n');
    assert_in_range(lines.count - 1, 3, 5);
    text_list_free(&lines);
    json_t *json = exported();
    const json_t *environment = json_object_get(json_object_get(json, "environment"), "1");
    assert_non_null(strstr(text_of(environment, "resumed_1"), "heapmark run --resume --json"));
    json_decref(json);
    stop_by("KILL");
    program_assert("$H run --resume -q --db x.db", 0, "3 ok");
}

/* The command that began the run, with --resume, or a part of it. */
static void what_is_said_again_may_be_as_it_was(void **state)
{
    (void)state;
    static const char *const commands[] = {
        "$H run -q --resume " SIX,
        "$H run -q --db x.db --resume -n 3",
        "$H run -q --db x.db --resume -c none,held=./held.so:fault=hold",
    };
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        stop_by("KILL");
        program_assert(commands[i], 0, "3 ok");
        free(order_of_completed(6));
    }
}

static void another_run_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *command, *words;
    } rows[] = {
        {"-n 4", "the number of invocations was '3', and is '4'"},
        {"-t 2", "the list of threads was '1', and is '2'"},
        {"--seed 2", "the seed was '1', and is '2'"},
        {"--heap 1GiB", "the list of heaps was 'standard', and is '1073741824 bytes'"},
        {"--no-stamps", "the stamping of slow paths was 'on', and is 'off'"},
        {"--instructions", "the counting of instructions was 'off', and is 'on'"},
        {"-c none", "the list of collectors was 'none, held', and is 'none'"},
        {"-c none,held=./held.so", "the options of held was 'fault=hold', and is 'fault=sound'"},
        {"-w binary-trees:depth=5", "the list of workloads was "},
        {"--time-limit 5s", "the time limit was '120000000000 ns', and is '5000000000 ns'"},
        {"--dry-run", "--dry-run shows a run before it begins"},
        {"--resume=7", "there is no run 7"},
        {"--resume=x", "the run is 'x', and must be"},
    };
    stop_by("KILL");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct text line = {0};
        text_format(&line, "$H run --db x.db --resume %s", rows[i].command);
        program_assert(text_chars(&line), 2, rows[i].words);
        text_free(&line);
    }
    assert_status_of_run("abandoned");
}

static void another_plugin_or_program_is_refused(void **state)
{
    (void)state;
    stop_by("KILL");
    program_assert("printf x >>held.so; $H run --db x.db --resume", 2,
                   "/held.so has changed since: its SHA-256 was ");
    program_assert("cp $FAULTY held.so; cp $H other; printf x >>other; "
                   "HEAPMARK_PLUGIN_PATH=$(dirname $H)/../lib/heapmark ./other run --db x.db "
                   "--resume",
                   2, "the program has changed since: its SHA-256 was ");
    program_assert("rm held.so; $H run --db x.db --resume", 2, "./held.so");
    assert_status_of_run("abandoned");
}

/* What was read of a suite's file is not read again, unless the suite is named again. */
static void a_suite_goes_on(void **state)
{
    (void)state;
    program_assert(
        "mkdir gone; printf '%s\\n' 'collectors: [none, refcount]' 'twins: all' "
        "'workloads:' '  - workload: binary-trees' "
        "'    parameters: {depth: 4, iterations: [2, 3]}' 'invocations: 2' >six.yaml; "
        "$H run six.yaml --db x.db -q -n 1 >/dev/null; "
        "ulimit -S -f $((($(stat -c %s x.db) + 20000) / 512)); $H run six.yaml --db x.db "
        "-q --seed 5 -n 7 >/dev/null 2>&1; "
        "echo $?",
        0, "3\n");
    program_assert("sed -i s/none,/mark-sweep,/ six.yaml; $H run six.yaml --resume --db x.db", 2,
                   "the list of collectors was 'none, refcount, none-twin, refcount-twin', and is "
                   "'mark-sweep, refcount, ");
    program_assert("mv six.yaml gone; $H run --resume --db x.db -q", 0, "refcount-twin");
    free(order_of_completed(4 * 2 * 7));
}

static void nothing_to_go_on_with_is_said(void **state)
{
    (void)state;
    program_assert("$H run --db x.db -q -n 1 -c none " TREES, 0, "");
    program_assert("$H run --db x.db --resume", 2, "no run that could be gone on with");
    program_assert("$H run --db x.db --resume=1", 2, "run 1 in the database 'x.db' is completed");
}

/* What one process goes on with is not another's. */
static void a_run_that_goes_on_is_left_alone(void **state)
{
    (void)state;
    static const char command[] =
        "cp $FAULTY held.so; touch hold; mkfifo said; export HEAPMARK_TEST_HOLD=$PWD/hold; "
        "$H run " SIX "2>said & program=$!; exec 9<said; "
        "while read -r line <&9; do case $line in '[1/6]'*) break;; esac; done; "
        "$H list runs --db x.db; $H run --resume --db x.db; echo status $?; "
        "rm hold said; cat <&9 >/dev/null; wait $program; echo ended $?";
    const struct program_result *got = program_run(command);
    assert_non_null(strstr(got->output, "running"));
    assert_non_null(strstr(got->output, "status 2\n"));
    assert_non_null(strstr(got->output, "ended 0\n"));
    assert_non_null(strstr(got->complaint, "run 1 in the database 'x.db' still goes on"));
    free(order_of_completed(6));
}

static void two_runs_share_a_database(void **state)
{
    (void)state;
    const struct program_result *got =
        program_run("$H run -q --db x.db -n 5 -c none,b=none " TREES "& first=$!; "
                    "$H run -q --db x.db -n 5 -c none,b=none " TREES "; echo $?; "
                    "wait $first; echo $?; $H list runs --db x.db; sqlite3 x.db "
                    "'PRAGMA integrity_check; SELECT count(*) FROM trials GROUP BY run_id'");
    assert_non_null(strstr(got->output, "\n10\n10\n"));
    assert_non_null(strstr(got->output, "\nok\n"));
    assert_null(strstr(got->output, "running"));
    assert_null(strstr(got->complaint, "lock"));
}

/* A disk without room ends the run with a sentence; with room, it goes on. */
static void a_full_disk_is_got_over(void **state)
{
    (void)state;
    const struct program_result *got = program_run(
        "$H run -q --db x.db -n 1 -c none " TREES ">/dev/null; "
        "(ulimit -S -f $((($(stat -c %s x.db) + 20000) / 512)); $H run -q --db x.db -n 15 "
        "-c none,b=none " TREES ")");
    assert_int_equal(got->status, 3);
    assert_non_null(strstr(got->complaint, "x.db"));
    assert_non_null(strstr(got->complaint, "a limit on the size of files"));
    json_t *json = exported();
    size_t before = json_array_size(json_object_get(json, "trials"));
    json_decref(json);
    assert_in_range(before, 1, 29);
    program_assert("$H run --resume -q --db x.db", 0, "15 ok");
    free(order_of_completed(30));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, program_begin, program_end)
    const struct CMUnitTest tests[] = {
        TEST(what_was_interrupted_goes_on),
        TEST(what_was_killed_is_abandoned_and_goes_on),
        TEST(the_whole_run_is_shown),
        TEST(what_is_said_again_may_be_as_it_was),
        TEST(another_run_is_refused),
        TEST(another_plugin_or_program_is_refused),
        TEST(a_suite_goes_on),
        TEST(nothing_to_go_on_with_is_said),
        TEST(a_run_that_goes_on_is_left_alone),
        TEST(two_runs_share_a_database),
        TEST(a_full_disk_is_got_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
