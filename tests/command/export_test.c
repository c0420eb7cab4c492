/* SPDX-License-Identifier: MIT
 *
 * Exports by the program: read back by what they are for.
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

#define TREES "-w binary-trees:depth=4,iterations=3,get:objects=64 --micro-min-time 0.001 "

#define COMPARE "/usr/bin/python3 /usr/share/benchmark/compare.py --no-color benchmarks "

/* Of two trials one has requests that cannot be read: all else is there, and it is said. */
static void damaged_requests_end_nothing_else(void **state)
{
    (void)state;
    program_assert("$H run -q --db d.db -c none -n 2 -w "
                   "server:rate=1000,duration_ms=20,live=1,parts=1 2>/dev/null",
                   0, "server");
    program_assert("sqlite3 d.db \"UPDATE requests SET packed = x'80' WHERE trial_id = 1\"", 0, "");
    const struct program_result *got = program_run("$H export --db d.db --format json");
    assert_int_equal(got->status, 0);
    json_t *json = json_loads(got->output, 0, NULL);
    const json_t *trials = json_object_get(json, "trials");
    assert_int_equal(json_array_size(trials), 2);
    const json_t *damaged = json_array_get(trials, 0), *whole = json_array_get(trials, 1);
    const char *warning = json_string_value(json_object_get(damaged, "warning"));
    assert_non_null(warning);
    assert_non_null(strstr(warning, "its requests are damaged in the database"));
    assert_null(json_object_get(damaged, "requests"));
    assert_non_null(json_object_get(whole, "requests"));
    json_decref(json);
    program_assert(
        "$H report --db d.db --out d.html >/dev/null && grep -c 'its requests are damaged' "
        "d.html",
        0, "1\n");
}

/* Trials are read when the beginning is already made: nothing of it comes out. */
static void an_export_is_whole_or_nothing(void **state)
{
    (void)state;
    program_assert("$H run -q --db d.db -c none -n 1 " TREES "2>/dev/null", 0, "");
    program_assert("sqlite3 d.db 'DROP TABLE pauses'", 0, "");
    program_assert("$H export --db d.db --format json >some 2>told; echo $?; wc -c <some; cat told",
                   0, "2\n0\nheapmark: ");
}

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

static bool is_text(const json_t *value)
{
    return json_is_string(value);
}

static bool is_number(const json_t *value)
{
    return json_is_number(value);
}

static bool is_truth(const json_t *value)
{
    return json_is_boolean(value);
}

static bool is_array(const json_t *value)
{
    return json_is_array(value);
}

static size_t count_of(const json_t *json, const char *key, const char *word)
{
    size_t index, count = 0;
    json_t *entry;
    json_array_foreach(json_object_get(json, "benchmarks"), index, entry) count +=
        strcmp(text_of(entry, key), word) == 0;
    return count;
}

/* ---- what readers of the form declare ---- */

static const struct key {
    const char *name;
    bool (*is_of_kind)(const json_t *value);
} context_keys[] =
    {
        {"date", is_text},       {"host_name", is_text},     {"executable", is_text},
        {"num_cpus", is_number}, {"mhz_per_cpu", is_number}, {"cpu_scaling_enabled", is_truth},
        {"caches", is_array},    {"load_avg", is_array},     {"library_build_type", is_text},
},
  entry_keys[] = {
      {"name", is_text},          {"run_name", is_text},   {"run_type", is_text},
      {"repetitions", is_number}, {"threads", is_number},  {"iterations", is_number},
      {"real_time", is_number},   {"cpu_time", is_number}, {"time_unit", is_text},
};

#define ASSERT_KEYS(object, keys) assert_keys(object, keys, sizeof keys / sizeof *keys)

static void assert_keys(const json_t *object, const struct key *keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!keys[i].is_of_kind(json_object_get(object, keys[i].name)))
            fail_msg("%s is missing, or not of its kind", keys[i].name);
}

/* The schema is that which github-action-benchmark declares for `googlecpp` (GoogleCppBenchmarkJson
 * in its src/extract.ts); Bencher's adapter cpp_google, too, refuses a context without caches. */
static void gbench_has_what_readers_take(void **state)
{
    (void)state;
    program_assert("$H run --db x.db -q -c none,semispace " TREES "-n 3", 0, "");
    json_t *json = exported("");
    const json_t *context = json_object_get(json, "context");
    ASSERT_KEYS(context, context_keys);
    assert_int_equal(json_array_size(json_object_get(context, "load_avg")), 3);
    assert_string_not_equal(text_of(context, "date"), "");
    size_t index;
    json_t *entry;
    json_array_foreach(json_object_get(json, "benchmarks"), index, entry)
    {
        bool iteration = strcmp(text_of(entry, "run_type"), "iteration") == 0;
        ASSERT_KEYS(entry, entry_keys);
        assert_int_equal(strncmp(text_of(entry, "name"), text_of(entry, "run_name"),
                                 strlen(text_of(entry, "run_name"))),
                         0);
        assert_string_equal(text_of(entry, "time_unit"), "ns");
        assert_true(number_of(entry, "real_time") >= 0 && number_of(entry, "cpu_time") >= 0);
        assert_true(number_of(entry, "iterations") >= 1);
        assert_int_equal(number_of(entry, "threads"), 1);
        assert_int_equal(number_of(entry, "repetitions"), 3);
        assert_true(iteration ? number_of(entry, "repetition_index") < 3
                              : json_object_get(entry, "repetition_index") == NULL);
    }
    /* Two workloads on two collectors: three trials each, and four aggregates. */
    assert_int_equal(count_of(json, "run_type", "iteration"), 12);
    assert_int_equal(count_of(json, "run_type", "aggregate"), 16);
    assert_int_equal(count_of(json, "aggregate_name", "median"), 4);
    json_decref(json);
}

static bool about(double value, double expected)
{
    double least = expected * 0.999999, most = expected * 1.000001;
    return value >= least && value <= most;
}

/* The times are those of the database, and the aggregates those of the times; so it is with
 * counters. */
static void gbench_times_are_the_trials(void **state)
{
    (void)state;
    program_assert("$H run --db x.db -q -c none " TREES "-n 3", 0, "");
    json_t *json = exported("");
    size_t index;
    json_t *entry;
    double sum = 0, mean = -1, held_sum = 0, held_mean = -1;
    json_array_foreach(json_object_get(json, "benchmarks"), index, entry)
    {
        if (strncmp(text_of(entry, "name"), "binary-trees", 12) != 0)
            continue;
        if (strcmp(text_of(entry, "run_type"), "iteration") == 0) {
            sum += number_of(entry, "real_time");
            held_sum += number_of(entry, "held_peak_bytes");
        } else if (strcmp(text_of(entry, "aggregate_name"), "mean") == 0) {
            mean = number_of(entry, "real_time");
            held_mean = number_of(entry, "held_peak_bytes");
        }
    }
    const struct program_result *got =
        program_run("sqlite3 x.db \"SELECT sum(wall_ns) FROM trials WHERE micro = 0\"");
    assert_true(strtod(got->output, NULL) == sum);
    assert_true(about(mean, sum / 3));
    got = program_run("sqlite3 x.db \"SELECT sum(held_peak_bytes) FROM trials WHERE micro = 0\"");
    assert_true(held_sum > 0 && strtod(got->output, NULL) == held_sum);
    assert_true(about(held_mean, held_sum / 3));
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
    program_assert(COMPARE "a.json b.json >said && cat said", 0, "U Test, Repetitions: 9 vs 9");
    program_assert("grep -c '^get:.*threads:1_median' said", 0, "1\n");
    program_assert("cat said", 0, "OVERALL_GEOMEAN");
    /* The figures that it took for old are the run's own. */
    const struct program_result *got =
        program_run("awk '/^binary-trees.*threads:1_median/ {print $(NF - 3)}' said");
    double old_ns = strtod(got->output, NULL), median_ns = -1;
    json_t *json = exported("--run 1");
    size_t index;
    json_t *entry;
    json_array_foreach(json_object_get(json, "benchmarks"), index,
                       entry) if (strncmp(text_of(entry, "name"), "binary-trees", 12) == 0 &&
                                  strcmp(text_of(entry, "aggregate_name"), "median") == 0)
        median_ns = number_of(entry, "real_time");
    assert_true(old_ns > 0 && old_ns == median_ns);
    json_decref(json);
}

/* One that failed throughout has no times to compare, and spoils no other. */
static void compare_py_takes_failures(void **state)
{
    (void)state;
    program_assert("$H run --db x.db -q -c none,bad=$FAULTY:fault=crash-at-open " TREES "-n 2 || "
                   "$H export --db x.db --format gbench --out a.json",
                   0, "");
    program_assert(COMPARE "a.json a.json >said 2>&1; status=$?; cat said; exit $status", 0,
                   "/none/");
    program_assert("grep '/none/inline.*_median' said | wc -l", 0, "2\n");
    program_assert("grep -c '/bad/.*_median' said; true", 0, "0\n");
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

/* A spreadsheet takes none of the texts for a formula, and numbers stay numbers: of names that the
 * user chose, and then of a database in which every text is one. */
static void csv_has_no_formula(void **state)
{
    (void)state;
    static const char check[] = "$H export --db x.db --format csv --out x.csv && "
                                "/usr/bin/python3 " CSV_CELLS " check x.db x.csv";
    program_assert("$H run --db x.db -q -c '@SUM(A1)=none,-2+3=none' " TREES "-n 1", 0, "");
    program_assert("$H export --db x.db --format csv | grep -c -e \"'@SUM(A1)\" -e \"'-2+3\"", 0,
                   "4\n");
    program_assert(check, 0, "4 trials, 4 cells defused\n");
    program_assert("/usr/bin/python3 " CSV_CELLS " spoil x.db", 0, "");
    struct text said = {0};
    const struct program_result *got =
        program_run("sqlite3 x.db \"SELECT 4 * count(*) FROM pragma_table_info('trials') "
                    "WHERE type = 'TEXT'\"");
    text_format(&said, "4 trials, %ld cells defused\n", strtol(got->output, NULL, 10));
    program_assert(check, 0, text_chars(&said));
    text_free(&said);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, program_begin, program_end)

/* "dear" takes 100 to 103 ms and once 900, 20 of which it is stopped: 102 in the middle, 261.2 in
 * the mean, one outlier, and a floor of 82. "plain" takes 205 and tells nothing of its stops. */
#define KNOWN                                                                                      \
    "$H run -q --db x.db --dispatch inline -c dear=mark-sweep,plain=none -n 5 "                    \
    "-w binary-trees:depth=4,iterations=3 >/dev/null 2>&1; sqlite3 x.db \""                        \
    "UPDATE trials SET wall_ns = 205000000, pause_total_ns = NULL; "                               \
    "UPDATE trials SET wall_ns = (CASE block WHEN 4 THEN 900 ELSE 100 + block END) * 1000000, "    \
    "pause_total_ns = 20000000, release_total_ns = 0 WHERE collector_label = 'dear'\""

static double real_of(const json_t *row, const char *key)
{
    const json_t *value = json_object_get(row, key);
    assert_true(json_is_number(value));
    return json_number_value(value);
}

static void assert_text(const json_t *row, const char *key, const char *expected)
{
    assert_string_equal(json_string_value(json_object_get(row, key)), expected);
}

static void a_summary_has_what_the_report_has(void **state)
{
    (void)state;
    program_assert(KNOWN, 0, "");
    const struct program_result *got = program_run("$H export --db x.db --summary");
    assert_int_equal(got->status, 0);
    json_t *json = json_loads(got->output, 0, NULL);
    const json_t *rows = json_object_get(json, "summary");
    assert_int_equal(json_array_size(rows), 2);
    const json_t *dear = json_array_get(rows, 0), *plain = json_array_get(rows, 1);
    assert_text(dear, "collector_label", "dear");
    assert_text(dear, "metric", "wall_ns");
    assert_true(real_of(dear, "median") == 102e6);
    assert_true(real_of(dear, "mean") == 261.2e6);
    assert_int_equal(json_integer_value(json_object_get(dear, "outliers")), 1);
    assert_text(dear, "interval", "range");
    assert_true(real_of(dear, "high") == 900e6);
    assert_text(dear, "ratio_verdict", "baseline");
    assert_text(plain, "ratio_verdict", "too few to tell");
    assert_true(real_of(dear, "overhead_wall") == 102.0 / 82);
    assert_true(fabs(real_of(dear, "overhead_wall_high") - 1.25) < 1e-12);
    assert_true(fabs(real_of(dear, "overhead_wall_low") - 900.0 / 880) < 1e-12);
    assert_true(real_of(plain, "overhead_wall") == 2.5);
    assert_true(json_is_null(json_object_get(plain, "overhead_instructions")));
    const json_t *means = json_object_get(json, "overhead_means"), *mean = json_array_get(means, 0);
    assert_text(mean, "collector_label", "dear");
    assert_text(mean, "metric", "overhead_wall");
    assert_true(fabs(real_of(mean, "mean") - 102.0 / 82) < 1e-12);
    assert_true(fabs(real_of(mean, "high") - 1.25) < 1e-12);
    assert_int_equal(json_integer_value(json_object_get(mean, "points")), 1);
    json_decref(json);
    program_assert("$H export --db x.db --summary --format csv --out s.csv && wc -l <s.csv && "
                   "head -1 s.csv | tr , '\\n' | grep -n -x -e mean -e outliers",
                   0, "3\n15:mean\n19:outliers\n");
    program_assert("cut -d '\"' -f 3 s.csv | cut -d , -f 13,17 | sed -n 2p", 0, "261200000,1\n");
    program_assert("$H export --db x.db --summary --run all", 2, "one run");
    program_assert("$H export --db x.db --summary --format gbench", 2,
                   "--summary is written as json or csv, and not as gbench");
    program_assert("$H export --db x.db --summary --events 1", 2, "stands alone");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(damaged_requests_end_nothing_else, program_begin,
                                        program_end),
        cmocka_unit_test_setup_teardown(a_summary_has_what_the_report_has, program_begin,
                                        program_end),
        cmocka_unit_test_setup_teardown(an_export_is_whole_or_nothing, program_begin, program_end),
        TEST(gbench_has_what_readers_take),
        TEST(gbench_times_are_the_trials),
        TEST(gbench_tells_failures),
        TEST(compare_py_compares_two_runs),
        TEST(compare_py_takes_failures),
        TEST(markdown_is_a_table),
        TEST(csv_has_no_formula),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
