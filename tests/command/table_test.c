/* SPDX-License-Identifier: MIT
 *
 * The table of a run, from records made by hand, against golden files. Where they differ the
 * text is written to table_NAME.actual beside the golden file's name in the working folder.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/table.h"

enum { MOST_TRIALS = 64 };
#define MIB ((int64_t)1 << 20)

static struct store_trial *trials;
static size_t trial_count;

static int make_trials(void **state)
{
    (void)state;
    trials = memory_new(MOST_TRIALS * sizeof *trials);
    trial_count = 0;
    return 0;
}

static int free_trials(void **state)
{
    (void)state;
    for (size_t i = 0; i < trial_count; i++)
        record_free(&trials[i].record);
    free(trials);
    return 0;
}

static struct trial_record *add(const char *label, const char *workload, int64_t threads,
                                int64_t block)
{
    struct trial_record *record = &trials[trial_count].record;
    trials[trial_count].run_id = 1;
    record_set_integer(record, TRIAL_SEQUENCE, (int64_t)trial_count++);
    record_set_integer(record, TRIAL_BLOCK, block);
    record_set_text(record, TRIAL_COLLECTOR_LABEL, label);
    record_set_text(record, TRIAL_COLLECTOR, label);
    record_set_text(record, TRIAL_WORKLOAD, workload);
    record_set_text(record, TRIAL_WORKLOAD_PARAMETERS, "size=5");
    record_set_text(record, TRIAL_WORK_SHARING, "shared");
    record_set_text(record, TRIAL_DISPATCH, "inline");
    record_set_integer(record, TRIAL_THREADS, threads);
    record_set_integer(record, TRIAL_HEAP_BYTES, 64 * MIB);
    record_set_integer(record, TRIAL_MICRO, 0);
    record_set_text(record, TRIAL_COMMAND, "heapmark trial --plugin /x.so --workload w");
    return record;
}

static struct trial_record *add_completed(const char *label, const char *workload, int64_t threads,
                                          int64_t block, int64_t wall_ns)
{
    struct trial_record *record = add(label, workload, threads, block);
    record_set_outcome(record, OUTCOME_OK);
    record_set_integer(record, TRIAL_WALL_NS, wall_ns);
    record_set_real(record, TRIAL_NS_PER_OPERATION, (double)wall_ns / 1e6);
    record_set_integer(record, TRIAL_PAUSE_COUNT, 3);
    record_set_real(record, TRIAL_PAUSE_P99_NS, 150000);
    record_set_integer(record, TRIAL_PAUSE_MAX_NS, 200000 + block * 1000);
    record_set_integer(record, TRIAL_FOOTPRINT_PEAK_BYTES, 12 * MIB);
    return record;
}

static void add_failed(const char *label, const char *workload, int64_t block,
                       enum trial_outcome outcome, const char *cause)
{
    struct trial_record *record = add(label, workload, 1, block);
    record_set_outcome(record, outcome);
    record_set_text(record, TRIAL_CAUSE, cause);
    if (outcome == OUTCOME_CRASH)
        record_set_text(record, TRIAL_LAST_EVENT, "mark begins (thread 0)");
}

static char *read_golden(const char *name)
{
    struct text path = {0}, content = {0};
    text_format(&path, "%s/table_%s.golden", GOLDEN, name);
    FILE *file = fopen(text_chars(&path), "re");
    if (file == NULL)
        fail_msg("there is no %s", text_chars(&path));
    char bytes[4096];
    size_t count;
    while ((count = fread(bytes, 1, sizeof bytes, file)) > 0)
        text_append_bytes(&content, bytes, count);
    fclose(file);
    text_free(&path);
    char *copy = memory_copy_text(text_chars(&content));
    text_free(&content);
    return copy;
}

static void write_actual(const char *name, const char *chars)
{
    struct text path = {0};
    text_format(&path, "table_%s.actual", name);
    FILE *file = fopen(text_chars(&path), "we");
    if (file != NULL) {
        fputs(chars, file);
        fclose(file);
    }
    text_free(&path);
}

static void assert_painted(const char *name, const char *baseline, const struct paint *paint)
{
    struct summary summary;
    struct text text = {0};
    struct error error = {0};
    if (!summary_make(&summary, trials, trial_count, baseline, &error))
        fail_msg("%s", error.text);
    table_append(&text, &summary, paint);
    char *golden = read_golden(name);
    if (strcmp(golden, text_chars(&text)) != 0) {
        write_actual(name, text_chars(&text));
        fail_msg("the table is another than %s/table_%s.golden; it is:\n%s", GOLDEN, name,
                 text_chars(&text));
    }
    free(golden);
    text_free(&text);
    summary_free(&summary);
}

static void assert_table(const char *name, const char *baseline)
{
    assert_painted(name, baseline, &PAINT_PLAIN);
}

/* Two collectors, few invocations: ranges, and no verdict. */
static void few_invocations(void **state)
{
    (void)state;
    for (int64_t block = 0; block < 3; block++) {
        add_completed("slow", "lru", 1, block, 20000000 + block * 100000);
        add_completed("quick", "lru", 1, block, 10000000 + block * 100000);
        add_completed("slow", "lru", 2, block, 24000000 + block * 100000);
        add_completed("quick", "lru", 2, block, 15000000 + block * 100000);
    }
    assert_table("few", "slow");
}

/* Enough invocations for intervals and verdicts; a wide label; a micro workload. */
static void many_invocations(void **state)
{
    (void)state;
    static const char wide[] = "\xe6\xbc\xa2\xe5\xad\x97";
    for (int64_t block = 0; block < 8; block++) {
        add_completed("base", "get", 1, block, 5000000 + block * 1000);
        add_completed(wide, "get", 1, block, 2500000 + block * 1000);
        add_completed("base", "lru", 1, block, 20000000 + block * 1000);
        add_completed(wide, "lru", 1, block, 20000000 + (7 - block) * 1000);
    }
    for (size_t i = 0; i < trial_count; i++)
        if (strcmp(record_text(&trials[i].record, TRIAL_WORKLOAD, ""), "get") == 0)
            record_set_integer(&trials[i].record, TRIAL_MICRO, 1);
    assert_table("many", "base");
}

/* Failures of every kind keep their row and cause; so do warnings and notes. */
static void failures(void **state)
{
    (void)state;
    for (int64_t block = 0; block < 3; block++) {
        struct trial_record *record = add_completed("good", "rings", 1, block, 1000000);
        record_set_text(record, TRIAL_WARNING, "only 3 collections");
        record_set_text(record, TRIAL_DISPATCH, "table");
        record_set_text(record, TRIAL_DISPATCH_NOTE, "the plugin has no kernel of it");
        add_failed("full", "rings", block, OUTCOME_OUT_OF_MEMORY,
                   "the heap limit does not suffice");
        add_failed("lame", "rings", block, OUTCOME_UNSUPPORTED, "it reclaims no cycles");
    }
    add_completed("shaky", "rings", 1, 0, 1100000);
    add_failed("shaky", "rings", 1, OUTCOME_CRASH, "signal 11 (Segmentation fault)\x1b[0m");
    add_failed("shaky", "rings", 2, OUTCOME_HANG, "it was not done within its time limit");
    for (size_t i = 0; i < trial_count; i++)
        record_set_text(&trials[i].record, TRIAL_DISPATCH, "table");
    assert_table("failures", "good");
}

/* What a record does not know is a dash, never a nought. */
/* What a trial may not be asked about stands beside its point. */
static void flagged_points(void **state)
{
    (void)state;
    add_completed("few", "lru", 1, 0, 20000000);
    record_set_text(&trials[trial_count - 1].record, TRIAL_FLAGS, "few-collections");
    add_completed("few", "lru", 1, 1, 20000000);
    add_completed("full", "lru", 1, 0, 20000000);
    record_set_text(&trials[trial_count - 1].record, TRIAL_FLAGS, "few-collections,thrashing");
    add_completed("plain", "lru", 1, 0, 20000000);
    assert_table("flags", "few");
}

static void unknown_figures(void **state)
{
    (void)state;
    struct trial_record *record = add("alone", "lru", 1, 0);
    record_set_outcome(record, OUTCOME_OK);
    record_set_integer(record, TRIAL_WALL_NS, 1234567);
    record_set_unknown(record, TRIAL_HEAP_BYTES);
    assert_table("unknown", NULL);
}

static void add_requests(const char *label, int64_t rate, int64_t block, int64_t p99_ns)
{
    struct trial_record *record = add_completed(label, "server", 1, block, 4000000000);
    char parameters[40];
    snprintf(parameters, sizeof parameters, "rate=%lld,live=5", (long long)rate);
    record_set_text(record, TRIAL_WORKLOAD_PARAMETERS, parameters);
    record_set_text(record, TRIAL_SCHEDULE, "requests");
    record_set_real(record, TRIAL_REQUEST_RATE, (double)rate);
    record_set_real(record, TRIAL_LATENCY_P50_NS, 40000);
    record_set_real(record, TRIAL_LATENCY_P90_NS, 90000);
    record_set_real(record, TRIAL_LATENCY_P99_NS, (double)p99_ns);
    record_set_real(record, TRIAL_LATENCY_P999_NS, (double)p99_ns * 2);
    record_set_integer(record, TRIAL_LATENCY_MAX_NS, p99_ns * 3);
}

/* Open-loop points tell latencies and deficits, in the order of their rates, and no time: ratio and
 * verdict are of the p99, and offers have none. */
static void open_loops(void **state)
{
    (void)state;
    for (int64_t block = 0; block < 7; block++) {
        add_requests("one", 20000, block, 5000000 + block * 1000);
        add_requests("one", 3000, block, 1000000 + block * 1000);
        add_requests("other", 3000, block, 9000000 + block * 1000);
        struct trial_record *record = add_completed("one", "offered", 1, block, 4000000000);
        record_set_text(record, TRIAL_SCHEDULE, "offers");
        record_set_integer(record, TRIAL_OFFERED_BYTES, 400 * MIB);
        record_set_integer(record, TRIAL_DEFICIT_BYTES, 5 * MIB);
        record_set_real(record, TRIAL_DEFICIT_SHARE, 0.0125);
    }
    assert_table("open", "one");
}

/* Bars where the terminal shows pictures and is wide enough, and colour where something is to be
 * seen: verdicts and what went wrong. */
static void add_painted(void)
{
    for (int64_t block = 0; block < 6; block++) {
        add_completed("base", "lru", 1, block, 20000000 + block * 1000);
        add_completed("quick", "lru", 1, block, 7000000 + block * 1000);
        add_completed("slow", "lru", 1, block, 30000000 + block * 1000);
        add_failed("bad", "lru", block, OUTCOME_WRONG_ANSWER, "the checksum is another");
        add_failed("full", "lru", block, OUTCOME_OUT_OF_MEMORY, "the heap limit is too small");
        add_requests("base", 3000, block, 1000000 + block * 1000);
        add_requests("slow", 3000, block, 9000000 + block * 1000);
    }
}

static void a_terminal_shows_bars_and_colours(void **state)
{
    (void)state;
    add_painted();
    assert_painted("painted", "base", &(struct paint){true, true, 200});
}

static void each_is_left_out_alone(void **state)
{
    (void)state;
    add_painted();
    /* As wide as the first table with bars, and a place less; the second is wider still. */
    enum { WIDTH = 116 };
    assert_painted("bars", "base", &(struct paint){true, false, WIDTH});
    assert_painted("narrow", "base", &(struct paint){true, true, WIDTH - 1});
}

/* Of two points the baseline failed one; at a third nobody completed, so nothing is missed. */
static void a_baseline_that_failed_is_said(void **state)
{
    (void)state;
    struct summary summary;
    struct text text = {0};
    struct error error = {0};
    add_completed("slow", "lru", 1, 0, 20000000);
    add_completed("quick", "lru", 1, 0, 10000000);
    assert_true(summary_make(&summary, trials, trial_count, "slow", &error));
    table_append(&text, &summary, &PAINT_PLAIN);
    assert_null(strstr(text_chars(&text), "no ratios"));
    text_free(&text);
    summary_free(&summary);
    add_failed("slow", "rings", 0, OUTCOME_CRASH, "signal 11");
    add_completed("quick", "rings", 1, 0, 10000000);
    add_failed("slow", "trees", 0, OUTCOME_CRASH, "signal 11");
    add_failed("quick", "trees", 0, OUTCOME_CRASH, "signal 11");
    assert_true(summary_make(&summary, trials, trial_count, "slow", &error));
    table_append(&text, &summary, &PAINT_PLAIN);
    assert_non_null(strstr(text_chars(&text),
                           "The baseline slow completed no trial at 1 of 3 points, "
                           "so there are no ratios there"));
    text_free(&text);
    summary_free(&summary);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_baseline_that_failed_is_said, make_trials, free_trials),
        cmocka_unit_test_setup_teardown(few_invocations, make_trials, free_trials),
        cmocka_unit_test_setup_teardown(many_invocations, make_trials, free_trials),
        cmocka_unit_test_setup_teardown(failures, make_trials, free_trials),
        cmocka_unit_test_setup_teardown(unknown_figures, make_trials, free_trials),
        cmocka_unit_test_setup_teardown(flagged_points, make_trials, free_trials),
        cmocka_unit_test_setup_teardown(open_loops, make_trials, free_trials),
        cmocka_unit_test_setup_teardown(a_terminal_shows_bars_and_colours, make_trials,
                                        free_trials),
        cmocka_unit_test_setup_teardown(each_is_left_out_alone, make_trials, free_trials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
