/* SPDX-License-Identifier: MIT
 *
 * Suites by the program: those that come with it, a user's own, and what overrides them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "program.h"

#define SMALL                                                                                      \
    "printf 'summary: Small.\\ncollectors: [none, again=none]\\nworkloads:\\n"                     \
    "  - {workload: binary-trees, parameters: {depth: [2, 3], iterations: 2}}\\n"                  \
    "threads: [1, 2]\\ninvocations: 2\\nbaseline: again\\n' >small.yaml; "

/* How often the words stand in the text. */
static size_t count_in(const char *text, const char *words)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, words)) != NULL; at += strlen(words))
        count++;
    return count;
}

/* Every suite that comes with the program is read, and all that it names is there. */
static void shipped_suites_are_whole(void **state)
{
    (void)state;
    static const char *const names[] = {"quick", "default", "full", "latency", "micro"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct text command = {0};
        text_format(&command, "$H run %s --dry-run --db x.db", names[i]);
        program_assert(text_chars(&command), 0, "time expected: unknown");
        program_assert("$H list suites", 0, names[i]);
        text_free(&command);
    }
    assert_false(program_left("x.db"));
}

static void a_suite_is_run_by_its_path(void **state)
{
    (void)state;
    program_assert(SMALL "$H run small.yaml --db x.db -q", 0, "binary-trees: 2 threads");
    program_assert("sqlite3 x.db 'SELECT suite, baseline, invocations, count(*) FROM runs "
                   "JOIN trials ON run_id = runs.id'",
                   0, "small|again|2|16");
}

static void a_suite_is_found_by_its_name(void **state)
{
    (void)state;
    program_assert("mkdir mine && cd mine && " SMALL "cd .. && HEAPMARK_SUITE_PATH=mine "
                   "$H list suites",
                   0, "Small.");
    program_assert("HEAPMARK_SUITE_PATH=mine $H run small --dry-run", 0, "16 trials of 8 points");
    program_assert("HEAPMARK_SUITE_PATH=mine $H list suites --json", 0,
                   "\"binary-trees:depth=3,iterations=2\"");
    program_assert("$H run smal --dry-run", 2, "there is no suite 'smal'");
    program_assert("$H run quik --dry-run", 2, "did you mean 'quick'?");
    program_assert("$H run missing.yaml", 2, "there is no suite file missing.yaml");
}

/* A suite that cannot be read does not hide the others. */
static void a_broken_suite_is_listed_with_its_reason(void **state)
{
    (void)state;
    program_assert("mkdir odd && echo 'x: 1' >odd/odd.yaml; HEAPMARK_SUITE_PATH=odd "
                   "$H list suites",
                   0, "there is no key 'x' here");
    program_assert("HEAPMARK_SUITE_PATH=odd $H list suites", 0, "quick");
}

static void options_override_the_suite(void **state)
{
    (void)state;
    static const struct {
        const char *options, *words;
    } examples[] = {
        {"", "16 trials of 8 points, 2 of each; the baseline is again"},
        {"-n 3", "24 trials of 8 points, 3 of each; the baseline is again"},
        {"-t 1", "8 trials of 4 points, 2 of each"},
        {"-w rings", "8 trials of 4 points"},
        {"-w +rings", "24 trials of 12 points"},
        {"-c +third=none", "24 trials of 12 points, 2 of each; the baseline is again"},
        /* What the suite says of its collectors does not hold for others. */
        {"-c mark-sweep", "8 trials of 4 points, 2 of each; the baseline is mark-sweep"},
        {"-c mark-sweep -c semispace", "16 trials of 8 points"},
        {"-c mark-sweep --baseline mark-sweep", "the baseline is mark-sweep"},
        {"--twins none", "24 trials of 12 points"},
        {"--twins all", "32 trials of 16 points"},
        {"--dispatch both", "32 trials of 16 points"},
        {"--heap 64MiB,1GiB", "heap 1 GiB"},
    };
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        struct text command = {0};
        /* The name of the suite may stand anywhere among the options. */
        text_format(&command, SMALL "$H run %s small.yaml --dry-run", examples[i].options);
        program_assert(text_chars(&command), 0, examples[i].words);
        text_free(&command);
    }
    program_assert(SMALL "$H run small.yaml -c mark-sweep --baseline none --dry-run", 2,
                   "the baseline 'none' is no collector");
    program_assert(SMALL "$H run small.yaml small.yaml", 2, "a run has one suite");
}

/* The trials that would be run are those that are run, in the same order. */
static void a_dry_run_shows_what_is_run(void **state)
{
    (void)state;
    const struct program_result *got = program_run(
        SMALL "$H run small.yaml --db x.db --dry-run | awk 'NR > 1 && NR < 18 {print $3}' >shown;"
              "cat shown");
    assert_int_equal(got->status, 0);
    char *shown = memory_copy_text(got->output);
    assert_int_equal(count_in(shown, "again"), 8);
    program_assert("$H run small.yaml --db x.db -q", 0, "");
    got = program_run("sqlite3 x.db 'SELECT collector_label FROM trials ORDER BY sequence'");
    assert_string_equal(got->output, shown);
    free(shown);
    /* And now it is known how long they take. */
    program_assert("$H run small.yaml --db x.db --dry-run", 0,
                   "by what 8 of the 8 points took before\n");
    program_assert("$H run small.yaml --db x.db --dry-run -t 1,4", 0,
                   "by what 4 of the 8 points took before; the others are taken");
}

static void a_large_matrix_asks_for_yes(void **state)
{
    (void)state;
#define LARGE                                                                                      \
    "$H run -c none -w binary-trees:depth=1,iterations=1 --db x.db -n 1000 -t $(seq -s, 101)"
    program_assert(LARGE, 2, "that makes 101000 trials, more than 100000");
    assert_false(program_left("x.db"));
    program_assert(LARGE " --dry-run", 0, "101000 trials of 101 points");
    /* With --yes it begins, and is ended once a trial is stored. */
    program_assert(LARGE " --yes --json >trials 2>said & until test -s trials; do sleep 0.01; "
                         "done; kill $!; wait $!; test $? = 130 && cat said",
                   0, "run 1 in x.db: 101000 trials");
}

static void an_optional_collector_may_be_missing(void **state)
{
    (void)state;
    program_assert("printf 'collectors: [none, {collector: nowhere, optional: true}]\\n"
                   "workloads: [binary-trees]\\n' >some.yaml; $H run some.yaml --dry-run",
                   0, "5 trials of 1 point");
    program_assert("$H run some.yaml --dry-run 2>&1", 0,
                   "left out: there is no collector 'nowhere'");
    program_assert("sed -i s/true/false/ some.yaml; $H run some.yaml --dry-run", 2,
                   "some.yaml:1: collectors: there is no collector 'nowhere'");
}

/* A plugin's code runs with the user's rights. */
static void a_plugin_that_others_may_change_is_warned_of(void **state)
{
    (void)state;
#define OPEN "mkdir -p open && cp \"$(dirname \"$H\")\"/../lib/heapmark/none.so open/mine.so && "
#define TRY "$H run -c ./open/mine.so -w binary-trees:depth=1 -n 1 -q --db x.db 2>&1"
    program_assert(OPEN "chmod 777 open && " TRY, 0,
                   "warning: every user of this machine may write to");
    program_assert("$H trial -c ./open/mine.so -w binary-trees:depth=1 2>&1", 0, "/open, and so");
    program_assert("chmod 755 open && chmod 666 open/mine.so && " TRY, 0, "/open/mine.so, and so");
    const struct program_result *got = program_run("chmod 644 open/mine.so && " TRY);
    assert_int_equal(got->status, 0);
    assert_null(strstr(got->output, "every user of this machine"));
    /* Where the sticky bit is set, others cannot replace what is not theirs. */
    got = program_run("chmod 1777 open && " TRY);
    assert_null(strstr(got->output, "every user of this machine"));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, program_begin, program_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(shipped_suites_are_whole),
        TEST(a_suite_is_run_by_its_path),
        TEST(a_suite_is_found_by_its_name),
        TEST(a_broken_suite_is_listed_with_its_reason),
        TEST(options_override_the_suite),
        TEST(a_dry_run_shows_what_is_run),
        TEST(a_large_matrix_asks_for_yes),
        TEST(an_optional_collector_may_be_missing),
        TEST(a_plugin_that_others_may_change_is_warned_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
