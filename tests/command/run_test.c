/* SPDX-License-Identifier: MIT
 *
 * Whole runs by the program: what is stored, what is shown, and the exit status.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "program.h"

#define TREES "-w binary-trees:depth=4,iterations=3 "

/* The export of the latest run of x.db. */
static json_t *exported(void)
{
    const struct program_result *got = program_run("$H export --format json --db x.db");
    assert_int_equal(got->status, 0);
    json_t *json = json_loads(got->output, 0, NULL);
    assert_non_null(json);
    return json;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "(none)";
}

/* Its times mean nothing, so nothing is held against them. */
static void an_instrument_is_no_baseline(void **state)
{
    (void)state;
    program_assert("$H run --db i.db -c oracle,none " TREES "-n 1 2>&1 >/dev/null | grep -oE "
                   "'the baseline is .*|oracle tells what is reachable'",
                   0, "the baseline is none\noracle tells what is reachable\n");
    program_assert("$H run --db i.db -c oracle,none --baseline oracle " TREES "-n 1", 2,
                   "oracle checks or records the workload, so its times mean nothing: name another "
                   "collector as the baseline, such as none");
    /* With two threads it does not tell what is reachable, and with `strict` that is never told. */
    program_assert("$H run --db i.db -c none,oracle,strict " TREES
                   "-n 1 -t 2 --dispatch table 2>&1 "
                   "| grep -cE '^  (oracle|strict) +- +- +- +- '",
                   0, "2\n");
    program_assert(
        "$H export --format json --db i.db | tr ',' '\n' | grep -c '\"instrument\": *1$'", 0,
        "2\n");
    program_assert("$H report --db i.db --baseline strict --out i.html", 2,
                   "strict checks or records the workload, so its times mean nothing");
}

/* Two threads that never rest have one processor between them: at every moment of the timed part
 * one of them runs or waits, so that waiting and CPU together are no less than the time. */
static void waiting_for_a_processor_is_told(void **state)
{
    (void)state;
    if (access("/proc/thread-self/schedstat", R_OK) != 0) {
        print_message("skipped: this kernel does not tell how long a thread waits (schedstat)\n");
        skip();
    }
    program_assert("taskset -c \"$(taskset -cp $$ | sed 's/.*: //; s/[,-].*//')\" $H run --db n.db "
                   "-c none -w binary-trees:depth=12,iterations=60 -t 2 -n 1 2>&1 >/dev/null",
                   0, "1 of 1 trials was disturbed");
    const struct program_result *got = program_run("$H export --format json --db n.db");
    json_t *json = json_loads(got->output, 0, NULL);
    const json_t *trial = json_array_get(json_object_get(json, "trials"), 0);
    const char *const parts[] = {"waited_ns", "cpu_user_ns", "cpu_system_ns"};
    json_int_t sum_ns = 0, wall_ns = json_integer_value(json_object_get(trial, "wall_ns"));
    for (size_t i = 0; i < 3; i++)
        sum_ns += json_integer_value(json_object_get(trial, parts[i]));
    assert_true(sum_ns >= wall_ns - wall_ns / 10);
    assert_non_null(strstr(text_of(trial, "warning"), "waited for a processor"));
    assert_true(json_is_real(json_object_get(trial, "load_before")));
    json_decref(json);
    program_assert("$H report --db n.db --out n.html >/dev/null && cat n.html", 0,
                   "1 of 1 trials was disturbed");
}

/* A micro workload is timed again and again until it takes long enough: what is said is of the part
 * that the figures are of, once. */
static void noise_of_a_micro_trial_is_told_once(void **state)
{
    (void)state;
    if (access("/proc/thread-self/schedstat", R_OK) != 0) {
        print_message("skipped: this kernel does not tell how long a thread waits (schedstat)\n");
        skip();
    }
    program_assert("taskset -c \"$(taskset -cp $$ | sed 's/.*: //; s/[,-].*//')\" $H run --db o.db "
                   "-c none -w get -t 2 -n 1 2>&1 >/dev/null",
                   0, "1 of 1 trials was disturbed");
    program_assert("$H export --format json --db o.db | grep -o 'waited for a processor' | wc -l",
                   0, "1\n");
}

/* A collector that stalls without an event, each time for half a millisecond. */
static void stalls_without_an_event_are_shown(void **state)
{
    (void)state;
    program_assert("$H run --db u.db -c liar=" CALIBRATION "/unreported:length=500 "
                   "-w churn:rounds=150000 -n 1 2>/dev/null | grep -oE 'unreported: liar [0-9]+ "
                   "stalls? that no event "
                   "explains, longest'",
                   0, "unreported: liar ");
}

static void a_run_is_stored_and_shown(void **state)
{
    (void)state;
    program_assert("$H run --db x.db -c none,again=none " TREES "-t 1,2 -n 2 --label try --seed 9",
                   0, "binary-trees: 2 threads, inline, heap 10 MiB (depth=4,iterations=3)");
    json_t *json = exported();
    const json_t *trials = json_object_get(json, "trials");
    const json_t *run = json_array_get(json_object_get(json, "runs"), 0);
    assert_int_equal(json_array_size(trials), 8);
    assert_string_equal(text_of(run, "status"), "completed");
    assert_string_equal(text_of(run, "label"), "try");
    assert_string_equal(text_of(run, "baseline"), "none");
    assert_int_equal(json_integer_value(json_object_get(run, "seed")), 9);
    for (size_t i = 0; i < json_array_size(trials); i++) {
        const json_t *trial = json_array_get(trials, i);
        assert_string_equal(text_of(trial, "outcome"), "ok");
        assert_int_equal(json_integer_value(json_object_get(trial, "sequence")), i);
        assert_int_equal(json_integer_value(json_object_get(trial, "block")), i / 4);
        assert_int_equal(strlen(text_of(trial, "plugin_sha256")), 64);
        assert_int_equal(json_integer_value(json_object_get(trial, "heap_bytes")) % 65536, 0);
    }
    const json_t *environment = json_object_get(json_object_get(json, "environment"), "1");
    assert_non_null(strstr(text_of(environment, "command"), "heapmark run --db x.db -c"));
    assert_string_not_equal(text_of(environment, "governor"), "(none)");
    json_decref(json);
    program_assert("$H list runs --db x.db", 0, "completed");
}

/* The command that is stored with a trial repeats it, with the same answer. */
static void a_stored_command_repeats_the_trial(void **state)
{
    (void)state;
    program_assert("$H run --db x.db -q -c 'odd name=none' " TREES "-n 1", 0, "odd name");
    json_t *json = exported();
    const json_t *trial = json_array_get(json_object_get(json, "trials"), 0);
    const char *stored = text_of(trial, "command");
    assert_int_equal(strncmp(stored, "heapmark trial ", 15), 0);
    struct text command = {0};
    text_format(&command, "$H %s --json", stored + strlen("heapmark "));
    const struct program_result *got = program_run(text_chars(&command));
    assert_int_equal(got->status, 0);
    json_t *again = json_loads(got->output, 0, NULL);
    assert_string_equal(text_of(again, "answer"), text_of(trial, "answer"));
    assert_string_equal(text_of(again, "collector_label"), "odd name");
    assert_string_equal(text_of(again, "command"), stored);
    json_decref(again);
    json_decref(json);
    text_free(&command);
}

static void the_order_comes_from_the_seed(void **state)
{
    (void)state;
    static const char line[] = "$H run --db x.db -c none,b=none,c=none,d=none " TREES
                               "-n 1 --seed %d 2>&1 >/dev/null | sed -n 's/^\\[.*\\] "
                               "\\([a-z]*\\),.*/\\1/p'";
    struct text first = {0}, again = {0}, other = {0}, command = {0};
    struct text *outputs[] = {&first, &again, &other};
    static const int seeds[] = {5, 5, 7};
    for (size_t i = 0; i < 3; i++) {
        text_free(&command);
        text_format(&command, line, seeds[i]);
        text_append(outputs[i], program_run(text_chars(&command))->output);
    }
    assert_int_equal(strlen(text_chars(&first)), strlen("none\nb\nc\nd\n"));
    assert_string_equal(text_chars(&first), text_chars(&again));
    assert_string_not_equal(text_chars(&first), text_chars(&other));
    text_free(&first);
    text_free(&again);
    text_free(&other);
    text_free(&command);
}

static void assert_outcome(const char *options, int status, const char *outcome)
{
    struct text command = {0};
    text_format(&command, "rm -f x.db; $H run --db x.db -q -n 1 %s", options);
    const struct program_result *got = program_run(text_chars(&command));
    if (got->status != status)
        fail_msg("`%s` ended with %d\n%s%s", text_chars(&command), got->status, got->output,
                 got->complaint);
    if (strstr(got->output, "Failures, with the command that repeats each\n") == NULL)
        fail_msg("`%s` shows no failure:\n%s", text_chars(&command), got->output);
    json_t *json = exported();
    const json_t *trial = json_array_get(json_object_get(json, "trials"), 0);
    assert_string_equal(text_of(trial, "outcome"), outcome);
    assert_string_not_equal(text_of(trial, "cause"), "(none)");
    json_decref(json);
    text_free(&command);
}

static void failed_trials_make_the_status(void **state)
{
    (void)state;
    assert_outcome("-c $FAULTY:fault=crash-at-open " TREES, 1, "crash");
    assert_outcome("-c $FAULTY:fault=hang-at-open --time-limit 300ms " TREES, 1, "hang");
    assert_outcome("-c $FAULTY:fault=fail " TREES, 1, "wrong-answer");
}

static void other_ends_are_results(void **state)
{
    (void)state;
    assert_outcome("-c $FAULTY:fault=oom-at-open " TREES, 0, "out-of-memory");
    assert_outcome("-c $FAULTY:fault=refuse " TREES, 0, "refused");
    assert_outcome("-c none:limit=1MiB -w binary-trees:depth=16", 0, "out-of-memory");
    assert_outcome("-c $FAULTY:fault=eat-memory --memory-limit 64MiB " TREES, 0, "memory-limit");
}

static void verbose_says_what_trials_cost_beside_their_work(void **state)
{
    (void)state;
    program_assert("$H run --db x.db -c none " TREES
                   "-n 3 --verbose 2>&1 | grep -c '^heapmark: trial "
                   "[123]: .*s from the start of its process .*s from its end to the database'",
                   0, "3\n");
    program_assert("$H run --db x.db -c none " TREES "-n 1 --verbose 2>&1", 0,
                   "in the median of 1 trials: ");
    program_assert("sqlite3 x.db 'SELECT count(*) FROM trials WHERE spawn_to_call_ns > 0 AND "
                   "spawn_to_call_ns < process_ns AND spawn_to_first_ns > spawn_to_call_ns'",
                   0, "4\n");
    /* The last trial of a run, too, whose time no other trial's row could bring along. */
    program_assert("sqlite3 x.db 'SELECT count(*) FROM trials WHERE end_to_stored_ns > 0'", 0,
                   "4\n");
    /* No process, no overhead. */
    program_assert("$H run --db x.db -c refcount/plain -w handoff -t 2 -n 1 --verbose 2>&1 | grep "
                   "-c 'its process'",
                   1, "");
    program_assert("sqlite3 x.db 'SELECT count(*) FROM trials WHERE end_to_stored_ns IS NULL AND "
                   "process_ns IS NULL'",
                   0, "1\n");
}

/* A workload chooses its threads' stacks; the others have what the system gives. */
/* Each object begins with one reference that nothing raised, so what is lowered more often than
 * raised is what died; objects allocated are told with the lag of a free list. */
static void the_work_of_reference_counts_is_told(void **state)
{
    (void)state;
    program_assert("$H run -q --db x.db -n 1 -t 1,2 -c refcount/tally,refcount -w "
                   "lru:capacity=100,keys=500,requests=50000",
                   0, "");
    program_assert("sqlite3 x.db \"SELECT count(*) FROM trials WHERE collector_label = "
                   "'refcount/tally' AND abs(decrements - increments - objects_allocated) < "
                   "objects_allocated / 20 AND increments > 50000\"",
                   0, "2");
    program_assert("sqlite3 x.db 'SELECT count(*) FROM trials WHERE increments IS NULL'", 0, "2");
}

static void a_workload_has_the_stack_it_asks_for(void **state)
{
    (void)state;
    program_assert("ulimit -s 8192; $H trial -c $FAULTY:fault=narrow -t 2 "
                   "-w list-drop:length=10,stack=128KiB | grep '^outcome '",
                   0, " ok\n");
    program_assert("ulimit -s 8192; $H trial -c $FAULTY:fault=narrow -t 2 -w queue:rounds=1", 0,
                   "bytes is too large");
    program_assert("ulimit -s 8192; $H trial -c $FAULTY:fault=narrow -t 2 "
                   "-w list-drop:length=10,stack=2MiB",
                   0, "a stack of 2097152 bytes is too large");
}

static void one_failure_does_not_end_the_run(void **state)
{
    (void)state;
    program_assert("$H run --db x.db -c bad=$FAULTY:fault=crash-at-open,none " TREES "-n 2", 1,
                   "2 of 4 trials crashed");
    json_t *json = exported();
    assert_int_equal(json_array_size(json_object_get(json, "trials")), 4);
    json_decref(json);
}

static void more_threads_than_processors_are_said(void **state)
{
    (void)state;
    const struct program_result *got =
        program_run("$H run --db x.db -q -n 1 -c none " TREES "-t $((2 * $(nproc)))");
    assert_int_equal(got->status, 0);
    assert_non_null(strstr(got->complaint, "threads are more than the "));
    got = program_run("$H run --db x.db -q -n 1 -c none " TREES "-t 1");
    assert_int_equal(got->status, 0);
    assert_null(strstr(got->complaint, "threads are more than the "));
}

/* The first trial has ended, so signals are caught; the second hangs until the signal comes. The
 * time limit is there so that a failure of this test ends, too. */
enum { seed_that_runs_none_first = 1 };

static void a_signal_ends_the_run(void **state)
{
    (void)state;
    static const char command[] =
        "mkfifo said; env --default-signal=INT,TERM $H run --db x.db -n 1 --seed %d "
        "--time-limit 60s -c none,bad=$FAULTY:fault=hang-at-open " TREES "2>said & program=$!; "
        "exec 9<said; while read -r line <&9; do case $line in '[1/2]'*) echo \"$line\"; break;; "
        "esac; done; children=/proc/$program/task/$program/children; "
        "until [ ! -e $children ] || [ -n \"$(cat $children)\" ]; do :; done; kill -%s $program; "
        "wait $program; status=$?; rm said; exit $status";
    static const char *const signals[] = {"INT", "TERM"};
    for (size_t i = 0; i < 2; i++) {
        struct text line = {0};
        text_format(&line, command, seed_that_runs_none_first, signals[i]);
        const struct program_result *got = program_run(text_chars(&line));
        if (got->status != 130 || strstr(got->output, "[1/2] none") == NULL)
            fail_msg("ended with %d\n%s%s", got->status, got->output, got->complaint);
        json_t *json = exported();
        const json_t *run = json_array_get(json_object_get(json, "runs"), 0);
        const json_t *trials = json_object_get(json, "trials");
        assert_string_equal(text_of(run, "status"), "interrupted");
        assert_string_equal(text_of(json_array_get(trials, 0), "outcome"), "ok");
        /* Where the kernel does not tell a process's children, the signal may come before the
         * second trial has been started. */
        assert_in_range(json_array_size(trials), 1, 2);
        if (json_array_size(trials) == 2)
            assert_string_equal(text_of(json_array_get(trials, 1), "outcome"), "interrupted");
        json_decref(json);
        text_free(&line);
    }
}

/* Where threads and memory went comes out of the database again, in both forms. */
static void placement_is_stored_and_exported(void **state)
{
    (void)state;
    program_assert("$H run -q --db x.db -n 1 -c none --bind-memory interleave " TREES, 0, "");
    json_t *json = exported();
    const json_t *trial = json_array_get(json_object_get(json, "trials"), 0);
    assert_string_equal(text_of(trial, "memory_policy"), "interleave");
    assert_string_not_equal(text_of(trial, "memory_got"), "(none)");
    assert_string_equal(text_of(trial, "pin_last"), text_of(trial, "pin_got"));
    assert_non_null(strstr(text_of(trial, "command"), "--bind-memory interleave"));
    json_decref(json);
    program_assert("$H export --db x.db --format csv | head -n 1", 0,
                   "pin_last,workers_asked,workers_got,workers_last,other_threads");
    program_assert("$H export --db x.db --format csv | tail -n 1", 0, ",interleave,");
}

/* Each trial is a line of its own, as it is exported but for its id; there is no table. */
static void json_streams_each_trial(void **state)
{
    (void)state;
    const struct program_result *got = program_run(
        "$H run --db x.db --json -q -n 2 -c none,bad=$FAULTY:fault=crash-at-open " TREES);
    assert_int_equal(got->status, 1);
    struct text_list lines = {0};
    text_split(&lines, got->output, '\n');
    assert_int_equal(lines.count, 4 + 1);
    assert_string_equal(lines.items[4], "");
    json_t *json = exported();
    const json_t *trials = json_object_get(json, "trials");
    assert_int_equal(json_array_size(trials), 4);
    for (size_t i = 0; i < 4; i++) {
        json_t *line = json_loads(lines.items[i], 0, NULL);
        assert_non_null(line);
        json_object_del(json_array_get(trials, i), "id");
        assert_true(json_equal(line, json_array_get(trials, i)));
        json_decref(line);
    }
    json_decref(json);
    text_list_free(&lines);
}

/* A reader that goes away early loses its lines, and the database none. */
static void a_reader_that_goes_ends_no_run(void **state)
{
    (void)state;
    const struct program_result *got =
        program_run("{ $H run --db x.db --json -q -n 3 -c none,b=none " TREES
                    "; echo $? >status; } | true; cat status; $H list runs --db x.db");
    assert_int_equal(strncmp(got->output, "3\n", 2), 0);
    assert_non_null(strstr(got->complaint, "cannot write to standard output: Broken pipe"));
    assert_non_null(strstr(got->output, "completed       6        6"));
    got = program_run("$H run --db y.db -n 1 -c none " TREES "2>&1 >/dev/full");
    assert_int_equal(got->status, 3);
    assert_non_null(strstr(got->output, "cannot write to standard output: No space left"));
}

static void the_standard_database_is_made(void **state)
{
    (void)state;
    program_assert("$H run -q -n 1 -c none " TREES, 0, "");
    assert_true(program_left("results/heapmark.db"));
    program_assert("$H run -q -n 1 -c none " TREES, 0, "");
    program_assert("$H export --run all --format csv | wc -l", 0, "3");
}

/* Where there are no control groups for it, that is said, and nothing is stored. */
static void memory_is_made_scarce(void **state)
{
    (void)state;
    program_assert("$H run --db x.db -n 1 -c none " TREES "-q --json --outer-load 16MiB", 0,
                   "\"outer_load_bytes\":16777216");
    program_assert("$H run -c none " TREES "--dry-run --machine-memory 1GiB --outer-load 16MiB", 0,
                   "each trial is in a control group with 1 GiB of memory\n"
                   "beside each trial another process holds 16 MiB\n");
    program_assert("$H run -q --db y.db -n 1 -c none " TREES "--machine-memory 1GiB 2>said; "
                   "status=$?; if [ $status = 2 ]; then [ ! -e y.db ] && "
                   "grep -q 'leave --machine-memory out' said; else [ $status = 0 ]; fi",
                   0, "");
    program_assert("$H run -c none " TREES "--machine-memory 1MiB --outer-load 1MiB", 2,
                   "the outer load must be less");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(stalls_without_an_event_are_shown, program_begin,
                                        program_end),
        cmocka_unit_test_setup_teardown(an_instrument_is_no_baseline, program_begin, program_end),
        cmocka_unit_test_setup_teardown(waiting_for_a_processor_is_told, program_begin,
                                        program_end),
        cmocka_unit_test_setup_teardown(noise_of_a_micro_trial_is_told_once, program_begin,
                                        program_end),
        cmocka_unit_test_setup_teardown(a_run_is_stored_and_shown, program_begin, program_end),
        cmocka_unit_test_setup_teardown(a_stored_command_repeats_the_trial, program_begin,
                                        program_end),
        cmocka_unit_test_setup_teardown(the_order_comes_from_the_seed, program_begin, program_end),
        cmocka_unit_test_setup_teardown(failed_trials_make_the_status, program_begin, program_end),
        cmocka_unit_test_setup_teardown(other_ends_are_results, program_begin, program_end),
        cmocka_unit_test_setup_teardown(verbose_says_what_trials_cost_beside_their_work,
                                        program_begin, program_end),
        cmocka_unit_test_setup_teardown(the_work_of_reference_counts_is_told, program_begin,
                                        program_end),
        cmocka_unit_test_setup_teardown(a_workload_has_the_stack_it_asks_for, program_begin,
                                        program_end),
        cmocka_unit_test_setup_teardown(one_failure_does_not_end_the_run, program_begin,
                                        program_end),
        cmocka_unit_test_setup_teardown(more_threads_than_processors_are_said, program_begin,
                                        program_end),
        cmocka_unit_test_setup_teardown(a_signal_ends_the_run, program_begin, program_end),
        cmocka_unit_test_setup_teardown(placement_is_stored_and_exported, program_begin,
                                        program_end),
        cmocka_unit_test_setup_teardown(json_streams_each_trial, program_begin, program_end),
        cmocka_unit_test_setup_teardown(a_reader_that_goes_ends_no_run, program_begin, program_end),
        cmocka_unit_test_setup_teardown(the_standard_database_is_made, program_begin, program_end),
        cmocka_unit_test_setup_teardown(memory_is_made_scarce, program_begin, program_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
