/* SPDX-License-Identifier: MIT
 *
 * Exports by the program: read back by what they are for.
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

#define TREES "-w binary-trees:depth=4,iterations=3,get:objects=64 --micro-min-time 0.001 "

static json_t *exported(const char *options)
{
    struct text command = {0};
    text_format(&command, "$H export --db x.db --format gbench %s", options);
    const struct program_result *got = program_run(text_chars(&command));
    assert_int_equal(got->status, 0);
    json_t *json = json_loads(got->output, 0, NULL);
    assert_non_null(json);
    text_free(&command);
    return json;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "(none)";
}

static double number_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    assert_true(json_is_number(value));
    return json_number_value(value);
}

static size_t count_of(const json_t *json, const char *key, const char *word)
{
    size_t index, count = 0;
    json_t *entry;
    json_array_foreach(json_object_get(json, "benchmarks"), index, entry) count +=
        strcmp(text_of(entry, key), word) == 0;
    return count;
}

/* What a reader of `googlecpp` results takes from each entry (github-action-benchmark,
 * src/extract.ts): name, real_time, time_unit, iterations, cpu_time, threads. */
static void gbench_has_what_readers_take(void **state)
{
    (void)state;
    program_assert("$H run --db x.db -q -c none,semispace " TREES "-n 3", 0, "");
    json_t *json = exported("");
    size_t index;
    json_t *entry;
    json_array_foreach(json_object_get(json, "benchmarks"), index, entry)
    {
        assert_string_not_equal(text_of(entry, "name"), "(none)");
        assert_true(strncmp(text_of(entry, "name"), text_of(entry, "run_name"),
                            strlen(text_of(entry, "run_name"))) == 0);
        assert_string_equal(text_of(entry, "time_unit"), "ns");
        assert_true(number_of(entry, "real_time") >= 0 && number_of(entry, "cpu_time") >= 0);
        assert_true(number_of(entry, "iterations") >= 1);
        assert_int_equal(number_of(entry, "threads"), 1);
    }
    /* Two workloads on two collectors: three trials each, and four aggregates. */
    assert_int_equal(count_of(json, "run_type", "iteration"), 12);
    assert_int_equal(count_of(json, "run_type", "aggregate"), 16);
    assert_int_equal(count_of(json, "aggregate_name", "median"), 4);
    assert_string_not_equal(text_of(json_object_get(json, "context"), "date"), "(none)");
    json_decref(json);
}

/* The times are those of the database, and the aggregates those of the times. */
static void gbench_times_are_the_trials(void **state)
{
    (void)state;
    program_assert("$H run --db x.db -q -c none " TREES "-n 3", 0, "");
    json_t *json = exported("");
    size_t index;
    json_t *entry;
    double sum = 0, mean = -1;
    json_array_foreach(json_object_get(json, "benchmarks"), index, entry)
    {
        if (strncmp(text_of(entry, "name"), "binary-trees", 12) != 0)
            continue;
        if (strcmp(text_of(entry, "run_type"), "iteration") == 0)
            sum += number_of(entry, "real_time");
        else if (strcmp(text_of(entry, "aggregate_name"), "mean") == 0)
            mean = number_of(entry, "real_time");
    }
    const struct program_result *got =
        program_run("sqlite3 x.db \"SELECT sum(wall_ns) FROM trials WHERE micro = 0\"");
    assert_true(strtod(got->output, NULL) == sum);
    assert_true(mean > sum / 3 * 0.999999 && mean < sum / 3 * 1.000001);
    json_decref(json);
}

static void gbench_tells_failures(void **state)
{
    (void)state;
    program_assert("$H run --db x.db -q -c bad=$FAULTY:fault=crash-at-open " TREES "-n 1", 1, "");
    json_t *json = exported("");
    const json_t *entry = json_array_get(json_object_get(json, "benchmarks"), 0);
    assert_true(json_is_true(json_object_get(entry, "error_occurred")));
    assert_non_null(strstr(text_of(entry, "error_message"), "crash"));
    assert_int_equal(number_of(entry, "real_time"), 0);
    json_decref(json);
    program_assert("$H export --db x.db --format gbench --run all", 2, "this format shows one run");
}

/* Google Benchmark's own tool reads two runs and compares each benchmark. */
static void compare_py_compares_two_runs(void **state)
{
    (void)state;
    program_assert("$H run --db x.db -q -c none " TREES "-n 9 && "
                   "$H run --db x.db -q -c none " TREES "-n 9 && "
                   "$H export --db x.db --format gbench --run 1 --out a.json && "
                   "$H export --db x.db --format gbench --run 2 --out b.json",
                   0, "");
    program_assert("/usr/bin/python3 /usr/share/benchmark/compare.py --no-color benchmarks a.json "
                   "b.json",
                   0, "U Test, Repetitions: 9 vs 9");
    program_assert("/usr/bin/python3 /usr/share/benchmark/compare.py --no-color benchmarks a.json "
                   "b.json | grep -c '^get:.*threads:1_median'",
                   0, "1\n");
    program_assert("/usr/bin/python3 /usr/share/benchmark/compare.py --no-color benchmarks a.json "
                   "b.json",
                   0, "OVERALL_GEOMEAN");
}

static void markdown_is_a_table(void **state)
{
    (void)state;
    program_assert("$H run --db x.db -q -c 'odd|`name`=none',bad=$FAULTY:fault=refuse " TREES
                   "-n 1 --baseline 'odd|`name`'",
                   0, "");
    program_assert("$H export --db x.db --format markdown", 0,
                   "| point | bad | odd&#124;&#96;name&#96; (baseline) |\n| --- | ---: | ---: |\n");
    program_assert("$H export --db x.db --format markdown", 0, "| binary-trees | refused | ");
    program_assert("$H export --db x.db --format markdown", 0, "* bad on get, 1 of 1: refused: ");
    /* Every row of the table has as many cells as its head. */
    program_assert("$H export --db x.db --format markdown | awk -F'|' '/^\\|/ {print NF}' | uniq",
                   0, "5\n");
    program_assert("$H export --db x.db --format markdown --run all", 2, "one run");
}

/* A spreadsheet takes none of the names for a formula, and numbers stay numbers. */
static void csv_has_no_formula(void **state)
{
    (void)state;
    program_assert("$H run --db x.db -q -c '@SUM(A1)=none,-2+3=none' " TREES "-n 1", 0, "");
    program_assert("$H export --db x.db --format csv", 0, "'@SUM(A1)");
    program_assert("$H export --db x.db --format csv", 0, "'-2+3");
    const struct program_result *got = program_run(
        "$H export --db x.db --format csv | tail -n +2 | tr , '\\n' | grep -c '^\"\\?[=+@]'");
    assert_string_equal(got->output, "0\n");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, program_begin, program_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(gbench_has_what_readers_take), TEST(gbench_times_are_the_trials),
        TEST(gbench_tells_failures),        TEST(compare_py_compares_two_runs),
        TEST(markdown_is_a_table),          TEST(csv_has_no_formula),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
