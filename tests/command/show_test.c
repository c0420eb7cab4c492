/* SPDX-License-Identifier: MIT
 *
 * Commands that show something: help, lists, topology, one trial, exports.
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

#define WITH_OPTIONS                                                                               \
    "list run minheap maxrate trial report compare export names heap-map topology doctor"
#define COMMANDS "explain help " WITH_OPTIONS

static void help_is_there_for_every_command(void **state)
{
    (void)state;
    struct text_list commands = {0};
    text_split(&commands, COMMANDS, ' ');
    program_assert("$H --version", 0, "heapmark ");
    for (size_t i = 0; i < commands.count; i++) {
        struct text line = {0}, usage = {0};
        program_assert("$H --help", 0, commands.items[i]);
        text_format(&line, "$H %s --help", commands.items[i]);
        text_format(&usage, "Usage: heapmark %s [OPTION...]", commands.items[i]);
        program_assert(text_chars(&line), 0, text_chars(&usage));
        text_free(&line);
        text_free(&usage);
    }
    text_list_free(&commands);
}

static void the_help_of_run_states_the_standards(void **state)
{
    (void)state;
    static const char *const words[] = {"4 times the bytes", "8 MiB and 1 MiB for each thread",
                                        "(120s)", "(75% of the RAM", "processes (5)"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        program_assert("$H run --help | tr -s ' \\n' ' '", 0, words[i]);
}

/* Each option that a command's --help shows is in its section of docs/command-line.md, and the
 * other way round. (--help itself is said once for all; gdb's own options are not Heapmark's.) */
static void the_guide_has_every_option(void **state)
{
    (void)state;
    static const char command[] =
        "options() { grep -v '^ *gdb ' | grep -oE '(^|[^-a-z])--[a-z][-a-z]*' | "
        "grep -oE '[-][-][-a-z]+' | grep -vx -e --help | sort -u; }; "
        "for c in %s; do $H $c --help | options >shown; "
        "awk -v title=\"## heapmark $c\" '/^## /{on = $0 == title} on' <" GUIDE
        " | options >written; test -s shown && diff shown written || exit 1; done";
    struct text line = {0};
    text_format(&line, command, WITH_OPTIONS);
    program_assert(text_chars(&line), 0, "");
    text_free(&line);
}

static void collectors_and_workloads_are_listed(void **state)
{
    (void)state;
    program_assert("$H list collectors", 0, "Never frees");
    program_assert("$H list collectors", 0, "limit   4 GiB     1 MiB to 4 TiB");
    program_assert("$H list workloads", 0, "binary-trees (whole; each thread does the work)");
    const struct program_result *got = program_run("$H list workloads --json");
    json_t *json = json_loads(got->output, 0, NULL);
    assert_true(json_is_array(json) && json_array_size(json) > 0);
    json_decref(json);
    got = program_run("HEAPMARK_PLUGIN_PATH=$FIXTURES $H list collectors --json");
    json = json_loads(got->output, 0, NULL);
    size_t usable = 0, refused = 0;
    for (size_t i = 0; i < json_array_size(json); i++) {
        const json_t *collector = json_array_get(json, i);
        usable += json_object_get(collector, "variants") != NULL;
        refused += json_object_get(collector, "error") != NULL;
    }
    assert_true(usable >= 1 && refused >= 5);
    assert_int_equal(usable + refused, json_array_size(json));
    json_decref(json);
}

/* A collector that the build left out stands there as absent, to people and to programs; once its
 * plugin is there, the note beside it says nothing more. */
static void a_collector_that_was_left_out_is_absent(void **state)
{
    (void)state;
    program_assert("mkdir out && echo 'its library was not there; install it' > out/other.absent",
                   0, "");
    program_assert("HEAPMARK_PLUGIN_PATH=out $H list collectors", 0,
                   "other\n    absent: its library was not there; install it\n");
    program_assert("HEAPMARK_PLUGIN_PATH=out $H explain other", 0,
                   "other\n    absent: its library was not there; install it\n");
    program_assert("HEAPMARK_PLUGIN_PATH=out $H run -c other -w new", 2,
                   "the collector 'other' is absent: its library was not there; install it");
    program_assert("HEAPMARK_PLUGIN_PATH=out $H list collectors --json", 0,
                   "\"absent\": \"its library was not there; install it\"");
    program_assert("cp $FIXTURES/good.so out/other.so", 0, "");
    program_assert("! HEAPMARK_PLUGIN_PATH=out $H list collectors | grep absent", 0, "");
    program_assert("! HEAPMARK_PLUGIN_PATH=out $H list collectors --json | grep absent", 0, "");
}

static void names_are_explained(void **state)
{
    (void)state;
    static const struct {
        const char *name, *words;
    } examples[] = {
        {"queue", "queue: a whole workload\n    A queue of linked cells"},
        {"queue", "What must not be concluded\n    No object lives longer"},
        {"queue", "What it loads\n    objects that die in the order"},
        {"queue", "cell        2      8"},
        {"queue", "links         cleared   cleared, kept"},
        {"queue", "Known beforehand"},
        {"new", "new: a micro workload"},
        {"new", "Fixed work"},
        {"server", "On a schedule that the harness keeps"},
        {"offered", "tick_us "},
        {"binary-trees", "At the most 1.5 MiB are alive"},
        {"semispace", "Cheney"},
        {"wall_ns", "wall_ns: a column of the results (whole number, in ns)"},
        {"longest-pause", "Longest pause: a chart of the report\n\nHow to read it\n    filled: "},
        {"Mutator utilization",
         "What not to conclude\n    pauses, releases and sweeps as the collector tells"},
        {"unreported-stalls", "slow paths that kept a mutator"},
    };
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        struct text line = {0};
        text_format(&line, "$H explain %s", examples[i].name);
        program_assert(text_chars(&line), 0, examples[i].words);
        text_free(&line);
    }
    program_assert("test $($H explain queue | sed '/^Objects/,$d' | wc -L) -le 80", 0, "");
    program_assert("$H explain queu", 2, "did you mean 'queue'?");
    program_assert("$H explain xyzzyxyzzy", 2, "it should be a workload, a collector");
    program_assert("$H explain longest-pasue", 2, "did you mean 'Longest pause'?");
    program_assert("$H explain", 2, "needs a name");
    program_assert("HEAPMARK_PLUGIN_PATH=$FIXTURES $H explain crash", 2, "crashed");
}

/* Help about a command is its --help, and about a guide the text of docs/, without its marks. */
static void help_is_there_for_guides(void **state)
{
    (void)state;
    program_assert("$H help", 0, "reading-the-report  Reading the report");
    program_assert("$H help run >a && $H run --help | cmp - a", 0, "");
    program_assert("$H help suites", 0, "SUITES\n");
    program_assert("test $($H help reading-the-report | wc -L) -le 80", 0, "");
    program_assert("$H help command-line | grep -A1 '^  -n, --invocations N$'", 0,
                   "      how often each point is tried (5)");
    program_assert("! $H help workloads | grep -F -e '**' -e '](' -e '| ---'", 0, "");
    program_assert("for g in $(ls " DOCS " | sed -n 's/[.]md$//p'); do $H help $g >g && "
                   "test $(wc -w <g) -gt 100 || exit 1; done",
                   0, "");
    program_assert("$H help repot", 2, "did you mean 'report'?");
    program_assert("$H help suits", 2, "did you mean 'suites'?");
    program_assert("$H help xyzzyxyzzy", 2, "lists commands and guides");
    program_assert("$H help >/dev/full", 3, "standard output");
}

static void a_folder_without_plugins_is_said(void **state)
{
    (void)state;
    /* The program alone, away from its plugins. */
    const struct program_result *got =
        program_run("mkdir bin && cp $H bin/heapmark && bin/heapmark list collectors");
    assert_int_equal(got->status, 0);
    assert_non_null(strstr(got->complaint, "no collector was found"));
}

static void topologies_are_shown(void **state)
{
    (void)state;
    program_assert("$H topology", 0, "allowed OS PUs");
    program_assert("$H topology --synthetic 'package:2 core:4 pu:2' --pin scatter -t 4", 0,
                   "2 packages");
    program_assert("$H topology --synthetic 'core:4 pu:1' -t 3 --workers 2", 0,
                   "collector thread      0      3");
    program_assert("$H topology --synthetic 'core:4 pu:1' --quota 2.5", 0, "the time of 2.5 CPUs");
    program_assert("$H topology --bind-memory node:0", 0, "memory asked: node:0\nmemory got: ");
    program_assert("$H topology --synthetic 'core:2 pu:1' --pin compact -t 5", 0,
                   "More threads than processing units");
}

static void one_trial_is_run_in_the_foreground(void **state)
{
    (void)state;
    program_assert("$H trial -c none -w binary-trees:depth=3,iterations=2", 0, "wall_ns ");
    program_assert("$H trial -c none -w binary-trees:depth=3,iterations=2 -t 2 --dispatch table "
                   "--heap 64MiB --json",
                   0, "\"heap_bytes\": 67108864");
    program_assert("$H trial -c $FAULTY:fault=oom-at-open -w binary-trees:depth=3", 0,
                   "out-of-memory");
    const struct program_result *got =
        program_run("$H trial -c $FAULTY:fault=fail -w binary-trees:depth=3");
    assert_int_equal(got->status, 1);
    assert_non_null(strstr(got->output, "wrong-answer"));
    /* Its own crash is its own end: there is no supervisor. */
    got = program_run("$H trial -c $FAULTY:fault=crash-at-open -w binary-trees:depth=3");
    assert_int_equal(got->status, 128 + 11);
}

static void exports_are_whole_or_not_there(void **state)
{
    (void)state;
    program_assert("$H run -q -n 1 --db x.db -c none -w binary-trees:depth=3", 0, "");
    program_assert("$H export --db x.db --format csv", 0, "id,run_id,sequence");
    program_assert("$H export --db x.db --out x.json && test -s x.json && cat x.json", 0,
                   "\"trials\"");
    program_assert("$H export --db x.db --run 7 --out y.json", 2, "7");
    assert_false(program_left("y.json"));
    program_assert("$H export --db x.db --out missing/y.json", 2, "missing/y.json");
    program_assert("$H export --db x.db --out /dev/full", 3, "No space left");
    program_assert("$H export --db x.db >/dev/full", 3, "No space left");
    program_assert("ls | grep -c 'json\\.'; true", 0, "0");
}

/* What no sound database has: nothing in a column that must have something. */
static void runs_of_a_damaged_database_are_listed(void **state)
{
    (void)state;
    program_assert("$H run -q -c none -w binary-trees:depth=2 -n 1 --db x.db >table && "
                   "sqlite3 x.db \"PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = "
                   "replace(sql, 'status TEXT NOT NULL', 'status TEXT')\" && "
                   "sqlite3 x.db 'UPDATE runs SET status = NULL' && $H list runs --db x.db",
                   0, "unknown");
}

static void reports_are_whole_or_not_there(void **state)
{
    (void)state;
    program_assert("$H run -q -n 1 --db x.db -c none -w binary-trees:depth=3", 0, "");
    program_assert("$H report --db x.db --out x.html >/dev/null && cat x.html", 0, "</html>");
    program_assert("$H report --db x.db --run 7 --out y.html", 2, "7");
    program_assert("$H report --db x.db --out missing/y.html", 2, "missing");
    program_assert("ls | grep -c 'y.html'; true", 0, "0");
}

/* What has a limit is tried in several heaps; what takes none is at what it held. */
static void the_smallest_heap_is_found(void **state)
{
    (void)state;
    static const char small[] = "-w lru:capacity=2000,keys=5000,requests=5000 --tries 1";
    struct text line = {0};
    text_format(&line,
                "$H minheap --db x.db -c mark-sweep,none %s 2>trials && grep -c ' heap ' trials",
                small);
    program_assert(text_chars(&line), 0, "takes no limit: what it held");
    text_free(&line);
    text_format(&line, "$H minheap -q --json --db x.db -c refcount,none %s >found && cat found",
                small);
    program_assert(text_chars(&line), 0, "\"takes_limit\":false");
    program_assert("grep -c '\"heap_bytes\":[1-9][0-9]*,.*\"cause\":null' found", 0, "2");
    program_assert("$H minheap -c refcount", 2, "name collectors and workloads");
    program_assert("$H minheap -c refcount -w names --precision 0", 2, "precision");
    text_free(&line);
}

/* By one try a rate: what is told is stored with its trials, which make a chart. */
static void the_critical_rate_is_found(void **state)
{
    (void)state;
    program_assert("$H maxrate --db x.db -c none --tries 1 --precision 100 --bound 10ms -w "
                   "server:rate=200000,duration_ms=100,live=1,parts=1 2>trials",
                   0, "server");
    program_assert("$H export --db x.db --format json | grep -o '\"critical_rate: none, [^{}]*\"'",
                   0, "/s");
    program_assert(
        "grep -c ' at [0-9]*/s: ' trials >told; "
        "$H export --db x.db --format csv | tail -n +2 | wc -l | diff told - && echo same",
        0, "same\n");
    program_assert("$H report --db x.db --out x.html >/dev/null; grep -c '>Critical rates<' x.html",
                   0, "1");
    program_assert("sqlite3 x.db \"SELECT count(*) FROM trials WHERE bound_ns = 10000000 AND "
                   "bound_percentile = 99 AND bound_latency_ns = latency_p99_ns\" | diff told - && "
                   "echo same",
                   0, "same\n");
    program_assert("$H maxrate --db x.db -q --json -c none --tries 1 --bound 1ns -w "
                   "server:rate=4,duration_ms=500,live=1,parts=1",
                   0, "\"kept\":null,\"over\":2");
    program_assert("$H maxrate --db x.db -c none -w names", 2, "no requests that are due");
    program_assert("$H maxrate --db x.db -c none --bound 0", 2, "above 0");
    program_assert(
        "$H maxrate --db x.db -c none --bound 20.1ms -w server:duration_ms=200", 2,
        "a bound of 20.1 ms tells nothing of requests that come for 200 ms (server): give "
        "one of at most 20 ms");
    /* Each of the two tries of a rate has a seed of its own, and so other arrivals. */
    program_assert("$H maxrate -q --db s.db -c none --tries 3 --bound 1ns -w "
                   "server:rate=4,duration_ms=500,live=1,parts=1 >/dev/null && "
                   "$H export --db s.db --format json | tr ',' '\n' | grep -oE '\"seed\": *[0-9]+' "
                   "| sort -u | wc -l",
                   0, "2\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(help_is_there_for_every_command, program_begin,
                                        program_end),
        cmocka_unit_test_setup_teardown(the_help_of_run_states_the_standards, program_begin,
                                        program_end),
        cmocka_unit_test_setup_teardown(the_guide_has_every_option, program_begin, program_end),
        cmocka_unit_test_setup_teardown(names_are_explained, program_begin, program_end),
        cmocka_unit_test_setup_teardown(collectors_and_workloads_are_listed, program_begin,
                                        program_end),
        cmocka_unit_test_setup_teardown(a_collector_that_was_left_out_is_absent, program_begin,
                                        program_end),
        cmocka_unit_test_setup_teardown(help_is_there_for_guides, program_begin, program_end),
        cmocka_unit_test_setup_teardown(a_folder_without_plugins_is_said, program_begin,
                                        program_end),
        cmocka_unit_test_setup_teardown(topologies_are_shown, program_begin, program_end),
        cmocka_unit_test_setup_teardown(one_trial_is_run_in_the_foreground, program_begin,
                                        program_end),
        cmocka_unit_test_setup_teardown(exports_are_whole_or_not_there, program_begin, program_end),
        cmocka_unit_test_setup_teardown(runs_of_a_damaged_database_are_listed, program_begin,
                                        program_end),
        cmocka_unit_test_setup_teardown(reports_are_whole_or_not_there, program_begin, program_end),
        cmocka_unit_test_setup_teardown(the_smallest_heap_is_found, program_begin, program_end),
        cmocka_unit_test_setup_teardown(the_critical_rate_is_found, program_begin, program_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
