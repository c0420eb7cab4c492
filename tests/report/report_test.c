/* SPDX-License-Identifier: MIT
 *
 * The page from records made by hand: what it must say, that names are data in it, and what is left
 * when something is missing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "measure/noise.h"
#include "report/overhead.h"
#include "report/report.h"
#include "report/script.h"

enum { MOST_TRIALS = 128 };

static const char HOSTILE[] = "<script>alert(1)</script>'; system \"x\" $(reboot) \x1b[31m";

static struct store_trial trials[MOST_TRIALS];
static size_t trial_count;
static char folder[64];

static struct trial_record *add(const char *collector, const char *workload, int64_t threads,
                                int64_t block, int64_t wall_ns)
{
    struct trial_record *record = &trials[trial_count++].record;
    record_set_text(record, TRIAL_COLLECTOR_LABEL, collector);
    record_set_text(record, TRIAL_COLLECTOR, collector);
    record_set_text(record, TRIAL_WORKLOAD, workload);
    record_set_text(record, TRIAL_WORKLOAD_PARAMETERS, "size=1");
    record_set_text(record, TRIAL_DISPATCH, "inline");
    record_set_integer(record, TRIAL_THREADS, threads);
    record_set_integer(record, TRIAL_HEAP_BYTES, 1 << 20);
    record_set_integer(record, TRIAL_BLOCK, block);
    record_set_integer(record, TRIAL_MICRO, 0);
    record_set_integer(record, TRIAL_LIVE_BYTES_NOMINAL, 1000);
    record_set_integer(record, TRIAL_WALL_NS, wall_ns);
    record_set_integer(record, TRIAL_HELD_PEAK_BYTES, 1 << 19);
    record_set_integer(record, TRIAL_PAUSE_COUNT, 2);
    record_set_integer(record, TRIAL_PAUSE_MAX_NS, 1000 + block);
    record_set_real(record, TRIAL_PAUSE_P50_NS, 900);
    record_set_real(record, TRIAL_PAUSE_P99_NS, 1000);
    record_set_outcome(record, OUTCOME_OK);
    return record;
}

static void fail_trial(struct trial_record *record, enum trial_outcome outcome, const char *cause)
{
    record_set_outcome(record, outcome);
    record_set_unknown(record, TRIAL_WALL_NS);
    record_set_text(record, TRIAL_CAUSE, cause);
    record_set_text(record, TRIAL_COMMAND, "heapmark trial --plugin x.so");
}

static int begin(void **state)
{
    (void)state;
    memset(trials, 0, sizeof trials);
    trial_count = 0;
    strcpy(folder, "/tmp/heapmark-report-XXXXXX");
    return mkdtemp(folder) == NULL;
}

static int end(void **state)
{
    (void)state;
    for (size_t i = 0; i < trial_count; i++)
        record_free(&trials[i].record);
    char path[128];
    snprintf(path, sizeof path, "%s/page.html", folder);
    unlink(path);
    return rmdir(folder);
}

static void add_two_collectors(int64_t blocks)
{
    for (int64_t block = 0; block < blocks; block++) {
        add("slow", "churn", 1, block, 2000000 + block);
        add("fast", "churn", 1, block, 1000000 + block);
    }
}

static struct report_request request(const char *out)
{
    return (struct report_request){
        .trials = trials, .trial_count = trial_count, .baseline = "slow", .out_path = out};
}

static struct text page(void)
{
    struct report_request asked = request(NULL);
    struct text text = {0};
    struct error error = {0};
    asked.baseline = NULL;
    assert_true(report_make_page(&asked, &text, &error));
    return text;
}

static void assert_has(const struct text *text, const char *part)
{
    if (strstr(text_chars(text), part) == NULL)
        fail_msg("the page does not contain '%s'", part);
}

static void assert_has_not(const struct text *text, const char *part)
{
    if (strstr(text_chars(text), part) != NULL)
        fail_msg("the page contains '%s'", part);
}

/* The page's own script, its data, and what unpacks them; no other. */
static void assert_has_own_scripts(const struct text *text)
{
    size_t count = 0;
    for (const char *at = text_chars(text); (at = strstr(at, "<script")) != NULL; at++)
        count++;
    assert_int_equal(count, script_is_there() ? 3 : 0);
}

static void it_opens_with_the_verdict(void **state)
{
    (void)state;
    add_two_collectors(3);
    struct text text = page();
    assert_has(&text, "<!DOCTYPE html>");
    assert_has(&text, "fast took the least time");
    assert_has(&text, "too few");
    assert_has(&text, "churn");
    assert_has_not(&text, "http-equiv=\"refresh\"");
    assert_has_own_scripts(&text);
    assert_has_not(&text, " src=\"http");
    text_free(&text);
}

/* Two windows of 10 ms and 20 ms of each: "slow" leaves 25 % of the shorter, "fast" 75 %. */
static void utilization_is_told_by_the_curves(void **state)
{
    (void)state;
    add_two_collectors(3);
    struct text without = page();
    assert_has_not(&without, "id=\"utilization\"");
    text_free(&without);
    for (size_t i = 0; i < trial_count; i++) {
        double share = i % 2 == 0 ? 0.25 : 0.75;
        record_add_point(&trials[i].record, CURVE_BMU, 1e7, share);
        record_add_point(&trials[i].record, CURVE_MMU, 1e7, share);
        record_add_point(&trials[i].record, CURVE_BMU, 2e7, share + 0.125);
        record_add_point(&trials[i].record, CURVE_MMU, 2e7, share + 0.125);
    }
    struct text with = page();
    assert_has(&with, "id=\"utilization\"");
    assert_has_not(&with, "gnuplot failed"); /* the labels are formats to it, with percent signs */
    assert_has(&with, "Of any stretch of 10 ms or longer, mutators have for themselves at least "
                      "75 % (fast), 25 % (slow).");
    assert_has_not(&with, "Each mutator"); /* there was one */
    text_free(&with);
    for (size_t i = 0; i < trial_count; i += 2) { /* the windows of one mutator, then another's */
        struct trial_record *record = &trials[i].record;
        record_add_point(record, CURVE_BMU_EACH, 1e7, 0.25);
        record_add_point(record, CURVE_BMU_EACH, 2e7, 0.9375);
        record_add_point(record, CURVE_BMU_EACH, 1e7, 0.875);
        record_add_point(record, CURVE_BMU_EACH, 2e7, 0.9375);
        record_add_point(record, CURVE_BMU_ALL, 1e7, 0.5625);
    }
    with = page();
    assert_has(&with, "Each mutator");
    assert_has(&with, "<td class=\"n\">25 %</td><td class=\"n\">25 %, 87.5 %</td>"
                      "<td class=\"n\">56.2 %</td>");
    text_free(&with);
}

/* Of 2 ms "slow" collects 0.5, so the program alone takes 1.5 at most; "fast" takes 1 ms of which
 * 0.2 are sweeps in a mutator: the floor is 0.8 ms, and the two cost 2.5 and 1.25 times that. */
static void overhead_is_over_the_least_remainder(void **state)
{
    (void)state;
    for (int64_t block = 0; block < 3; block++) {
        struct trial_record *slow = add("slow", "churn", 1, block, 2000000);
        struct trial_record *fast = add("fast", "churn", 1, block, 1000000);
        record_set_integer(slow, TRIAL_PAUSE_TOTAL_NS, 500000);
        record_set_integer(fast, TRIAL_PAUSE_TOTAL_NS, 0);
        record_set_integer(fast, TRIAL_RELEASE_TOTAL_NS, 200000);
        record_set_integer(slow, TRIAL_MUTATOR_CPU_NS, 1600000);
        record_set_integer(slow, TRIAL_COLLECTOR_CPU_NS, 1600000);
    }
    struct text text = page();
    assert_has(&text, "At the least, wall time is 25 % more with fast, 150 % more with slow, by");
    assert_has_not(&text, "overhead in instructions");
    text_free(&text);
    struct error error = {0};
    struct summary summary;
    assert_true(summary_make(&summary, trials, trial_count, "slow", &error));
    struct overhead_floor wall = overhead_floor(&summary, 0, OVERHEAD_WALL);
    struct overhead_floor cpu = overhead_floor(&summary, 0, OVERHEAD_CPU);
    struct stats_interval interval;
    assert_true(wall.cost == 800000 && wall.collector == 0);
    assert_true(cpu.cost == 1600000 && cpu.collector == 1);
    assert_true(overhead_of(summary_cell(&summary, 0, 1), &cpu, OVERHEAD_CPU, &interval) == 2);
    assert_true(interval.low == 2 && interval.high == 2);
    assert_false(overhead_of(summary_cell(&summary, 0, 0), &cpu, OVERHEAD_CPU, &interval) > 0);
    summary_free(&summary);
}

static struct trial_record *add_paused(const char *collector, const char *workload, int64_t block,
                                       int64_t wall_ns, int64_t paused_ns)
{
    struct trial_record *record = add(collector, workload, 1, block, wall_ns);
    record_set_integer(record, TRIAL_PAUSE_TOTAL_NS, paused_ns);
    return record;
}

/* On "churn" both tell it, on "lru" only "fast", and there it is dear: a mean over points of its
 * own would be 141 %, as is the root of 1.25 times 4.65. */
static void overheads_are_averaged_over_the_same_points(void **state)
{
    (void)state;
    for (int64_t block = 0; block < 3; block++) {
        add_paused("slow", "churn", block, 2000000, 500000);
        add_paused("fast", "churn", block, 1000000, 200000);
        add_paused("fast", "lru", block, 4650000, 3650000);
        fail_trial(add("slow", "lru", 1, block, 1), OUTCOME_CRASH, "it crashed");
    }
    struct text text = page();
    assert_has(&text,
               "At the least, wall time is 25 % more with fast, 150 % more with slow, by the "
               "geometric mean over the 1 of 2 points that have them all, than");
    text_free(&text);
}

/* The floor is 5 or 10 ms by turns, 7.5 in the middle; "slow" takes 15 each time. */
static void the_mean_overhead_has_its_interval(void **state)
{
    (void)state;
    for (int64_t block = 0; block < 6; block++) {
        add_paused("fast", "churn", block, block % 2 == 0 ? 5000000 : 10000000, 0);
        add_paused("slow", "churn", block, 15000000, 5000000);
    }
    struct text text = page();
    assert_has(&text, "At the least, wall time is 0 % more with fast, 100 % more with slow (50 to "
                      "200), by the geometric mean, than");
    text_free(&text);
}

static void a_floor_of_counts_alone_is_said_to_be_none(void **state)
{
    (void)state;
    for (int64_t block = 0; block < 3; block++) {
        record_set_integer(add_paused("slow", "churn", block, 2000000, 0), TRIAL_COUNTS_REFERENCES,
                           1);
        record_set_integer(add_paused("fast", "churn", block, 1000000, 0), TRIAL_COUNTS_REFERENCES,
                           1);
    }
    struct text text = page();
    assert_has(&text, "100 % more with slow, by the geometric mean, than collecting for nothing "
                      "would take. All of them count references");
    text_free(&text);
    record_set_unknown(&trials[0].record, TRIAL_COUNTS_REFERENCES);
    record_set_text(&trials[0].record, TRIAL_COLLECTOR, "refcount"); /* as of old */
    text = page();
    assert_has(&text, "All of them count references");
    text_free(&text);
    record_set_integer(&trials[0].record, TRIAL_COUNTS_REFERENCES, 0);
    text = page();
    assert_has(&text, "than collecting for nothing would take.");
    assert_has_not(&text, "All of them count references");
    text_free(&text);
}

/* "slow" leaves 600 of 900 to the program, "fast" all of its 750: the floor is 600. */
static void overhead_in_instructions_is_drawn_where_they_were_counted(void **state)
{
    (void)state;
    for (int64_t block = 0; block < 3; block++) {
        struct trial_record *slow = add("slow", "churn", 1, block, 2000000);
        struct trial_record *fast = add("fast", "churn", 1, block, 1000000);
        if (block != 0)
            continue;
        record_set_integer(slow, TRIAL_COUNTED_INSTRUCTIONS, 900);
        record_set_integer(slow, TRIAL_COUNTED_COLLECTOR_INSTRUCTIONS, 300);
        record_set_integer(fast, TRIAL_COUNTED_INSTRUCTIONS, 750);
        record_set_integer(fast, TRIAL_COUNTED_COLLECTOR_INSTRUCTIONS, 0);
    }
    struct text text = page();
    assert_has(&text, "At the least, instructions are 25 % more with fast, 50 % more with slow");
    text_free(&text);
}

/* "oracle" as it was stored before rows said what is an instrument, "probe" as they are now: both
 * would be the fastest, and the floor. */
static void an_instrument_is_never_ranked(void **state)
{
    (void)state;
    for (int64_t block = 0; block < 3; block++) {
        record_set_integer(add("slow", "churn", 2, block, 2000000), TRIAL_PAUSE_TOTAL_NS, 500000);
        record_set_integer(add("fast", "churn", 2, block, 1500000), TRIAL_PAUSE_TOTAL_NS, 0);
        record_set_integer(add("oracle", "churn", 2, block, 1000), TRIAL_PAUSE_TOTAL_NS, 0);
        struct trial_record *probe = add("probe", "churn", 2, block, 1000);
        record_set_integer(probe, TRIAL_PAUSE_TOTAL_NS, 0);
        record_set_integer(probe, TRIAL_INSTRUMENT, 1);
    }
    struct text text = page();
    assert_has(&text, "fast took the least time: 0.75 times that of slow");
    assert_has(&text, "At the least, wall time is 0 % more with fast, 33 % more with slow, by");
    assert_has(&text, "oracle checks or records the workload: its times mean nothing");
    assert_has(&text, "probe checks or records the workload: its times mean nothing");
    text_free(&text);
    struct error error = {0};
    struct summary summary;
    static const char *const labels[] = {NULL, "oracle", "probe"}; /* of a run of old, the latter */
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        assert_true(summary_make(&summary, trials, trial_count, labels[i], &error));
        assert_string_equal(summary.collectors[summary.baseline], "fast");
        assert_true(isnan(summary_cell(&summary, 0, 1)->ratio.ratio)); /* of oracle */
        assert_true(summary_cell(&summary, 0, 3)->ratio.ratio > 1);    /* of slow */
        summary_free(&summary);
    }
    record_set_integer(&trials[2].record, TRIAL_INSTRUMENT, 0); /* what a row says comes first */
    assert_false(summary_is_instrument(&trials[2].record));
    struct report_request asked = request("/nowhere/at/all.html");
    asked.baseline = "probe";
    assert_false(report_write(&asked, &error));
    assert_non_null(strstr(error.text, "probe checks or records the workload"));
}

static void set_stalls(struct trial_record *record, int64_t count, int64_t total_ns, int64_t max_ns)
{
    record_set_integer(record, TRIAL_UNREPORTED_STALL_COUNT, count);
    record_set_integer(record, TRIAL_UNREPORTED_STALL_TOTAL_NS, total_ns);
    record_set_integer(record, TRIAL_UNREPORTED_STALL_MAX_NS, max_ns);
}

/* "long" has few, "many" short ones that come to 1 %, "silent" no pauses at all; those of "fine"
 * are just not worth telling. */
static void stalls_that_no_event_explains_are_told(void **state)
{
    (void)state;
    for (int64_t block = 0; block < 3; block++) {
        set_stalls(add("long", "churn", 1, block, 1000000000), 7, 3500000, 500000);
        set_stalls(add("many", "churn", 1, block, 1000000000), 400, 10000000, 40000);
        set_stalls(add("fine", "churn", 1, block, 1000000000), 200, 9990000, 99999);
        struct trial_record *silent = add("silent", "churn", 1, block, 1000000000);
        set_stalls(silent, 1, 200000, 200000);
        record_set_unknown(silent, TRIAL_PAUSE_COUNT);
    }
    struct text text = page();
    assert_has(&text,
               "Stalls on churn: long 7 stalls that no event explains, longest 500 us, 3.5 ms "
               "in all (0.4 % of its mutators");
    assert_has(&text, "many 400 stalls that no event explains, longest 40 us, 10 ms in all (1.0 %");
    assert_has(&text,
               "silent reports no pauses, and its mutators felt 1 stall that no event explains");
    assert_has(&text, "Unreported stalls");
    assert_has(&text, " in all)</small></td>");
    assert_has_not(&text, "fine 200 stalls");
    text_free(&text);
}

/* Seven of 1 ms, a microsecond apart, and one of 9 ms: the mean is twice the median. */
static void the_mean_and_outliers_stand_beside_the_median(void **state)
{
    (void)state;
    for (int64_t block = 0; block < 8; block++)
        add("slow", "churn", 1, block, block == 5 ? 9000000 : 1000000 + 1000 * block);
    struct text text = page();
    assert_has(&text, "mean 2 ms, 1 outlier</small>");
    text_free(&text);
    struct error error = {0};
    struct summary summary;
    assert_true(summary_make(&summary, trials, trial_count, "slow", &error));
    const struct summary_figure *time = &summary_cell(&summary, 0, 0)->figures[FIGURE_TIME_NS];
    assert_true(time->median == 1003500 && time->mean == 2002875 && time->outliers == 1);
    summary_free(&summary);
}

static void memory_over_time_is_drawn_where_it_is_known(void **state)
{
    (void)state;
    add_two_collectors(3);
    struct text without = page();
    assert_has_not(&without, "Memory over time");
    text_free(&without);
    for (size_t i = 0; i < trial_count; i++)
        for (int64_t x = 0; x < 10; x++)
            record_add_point(&trials[i].record, CURVE_HELD, (double)(x * 100000),
                             (double)((x % 3 + 1) << 20));
    struct text with = page();
    assert_has(&with, "Memory over time: inline, 1 thread");
    assert_has_not(&with, "gnuplot failed");
    text_free(&with);
}

static void names_are_data(void **state)
{
    (void)state;
    for (int64_t block = 0; block < 3; block++) {
        add(HOSTILE, HOSTILE, 1, block, 2000000);
        add("fast", HOSTILE, 1, block, 1000000);
    }
    fail_trial(add("fast", "broken", 1, 0, 1), OUTCOME_CRASH, HOSTILE);
    struct text text = page();
    assert_has(&text, "&lt;script&gt;");
    assert_has_own_scripts(&text);
    assert_has_not(&text, "\x1b");
    text_free(&text);
}

static void failures_are_listed_with_cause_and_command(void **state)
{
    (void)state;
    add_two_collectors(2);
    fail_trial(add("fast", "rings", 1, 0, 1), OUTCOME_OUT_OF_MEMORY, "the heap limit is small");
    struct text text = page();
    assert_has(&text, "out-of-memory");
    assert_has(&text, "the heap limit is small");
    assert_has(&text, "heapmark trial --plugin x.so");
    text_free(&text);
}

static void one_collector_and_missing_figures_make_a_page(void **state)
{
    (void)state;
    struct trial_record *record = add("alone", "lru", 1, 0, 5000000);
    record_set_unknown(record, TRIAL_PAUSE_COUNT);
    record_set_unknown(record, TRIAL_PAUSE_MAX_NS);
    record_set_unknown(record, TRIAL_HELD_PEAK_BYTES);
    record_set_unknown(record, TRIAL_HEAP_BYTES);
    struct text text = page();
    assert_has(&text, "alone");
    text_free(&text);
}

static void without_gnuplot_the_page_is_written_and_says_so(void **state)
{
    (void)state;
    add_two_collectors(3);
    char *path = memory_copy_text(getenv("PATH"));
    setenv("PATH", folder, 1);
    struct text text = page();
    setenv("PATH", path, 1);
    free(path);
    assert_has(&text, "gnuplot");
    assert_has(&text, "<table");
    assert_has_not(&text, "<svg width");
    text_free(&text);
}

static void mistakes_are_the_users(void **state)
{
    (void)state;
    struct error error = {0};
    struct report_request asked = request(folder);
    assert_false(report_write(&asked, &error)); /* no trials */
    assert_int_equal(error.kind, ERROR_USER);
    add_two_collectors(1);
    asked = request(folder);
    assert_false(report_write(&asked, &error)); /* a directory */
    assert_int_equal(error.kind, ERROR_USER);
    asked = request("/nowhere/at/all.html");
    assert_false(report_write(&asked, &error));
    assert_int_equal(error.kind, ERROR_USER);
    asked = request(folder);
    asked.baseline = "nobody";
    assert_false(report_write(&asked, &error));
    assert_int_equal(error.kind, ERROR_USER);
}

static void a_report_is_replaced_whole_or_left(void **state)
{
    (void)state;
    char path[128];
    struct error error = {0};
    snprintf(path, sizeof path, "%s/page.html", folder);
    FILE *old = fopen(path, "w");
    assert_non_null(old);
    fputs("old", old);
    fclose(old);
    struct report_request asked = request(path);
    assert_false(report_write(&asked, &error)); /* no trials: the old one stays */
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_size, 3);
    add_two_collectors(2);
    asked = request(path);
    assert_true(report_write(&asked, &error));
    assert_int_equal(stat(path, &status), 0);
    assert_true(status.st_size > 1000);
}

/* ---- doubts ---- */

static struct trial_record *disturb(struct trial_record *record, const char *more)
{
    struct text warning = {0};
    record_set_integer(record, TRIAL_WAITED_NS, 500000);
    assert_true(noise_tell(record, &warning));
    text_append(&warning, more);
    record_set_text(record, TRIAL_WARNING, text_chars(&warning));
    text_free(&warning);
    return record;
}

/* Its one warning is that it was disturbed: that is one caveat and not two. Nothing says by whom,
 * as a run's own threads wait for each other too. */
static void a_disturbed_trial_is_one_caveat(void **state)
{
    (void)state;
    add_two_collectors(3);
    disturb(&trials[0].record, "");
    struct text text = page();
    assert_has(&text, "1 of 6 trials was disturbed: see How it was measured.");
    assert_null(strstr(text_chars(&text), "other programs"));
    assert_null(strstr(text_chars(&text), "warning: see How"));
    text_free(&text);
    disturb(&trials[0].record, "; the collector has an opinion");
    disturb(&trials[1].record, "");
    record_set_text(&trials[2].record, TRIAL_WARNING, "the collector has an opinion");
    text = page();
    assert_has(&text, "2 of 6 trials were disturbed: see How it was measured.");
    assert_has(&text, "2 trials carry another warning: see How it was measured.");
    text_free(&text);
}

/* Of a schema before 17: threads lost their processors often, and how long they waited nobody
 * asked. */
static void what_was_not_recorded_disturbs_nothing(void **state)
{
    (void)state;
    add_two_collectors(3);
    record_set_integer(&trials[0].record, TRIAL_SWITCHES_INVOLUNTARY, 1000000);
    record_set_integer(&trials[0].record, TRIAL_CPU_USER_NS, 1000);
    record_set_integer(&trials[0].record, TRIAL_CPU_SYSTEM_NS, 1000);
    record_set_text(&trials[0].record, TRIAL_SCHEDULE, "work");
    struct text text = page();
    assert_null(strstr(text_chars(&text), "disturbed"));
    text_free(&text);
    record_set_real(&trials[0].record, TRIAL_LOAD_BEFORE, 0.5);
    text = page();
    assert_has(&text, "1 of 6 trials was disturbed");
    text_free(&text);
}

/* A page of such alone says so, and makes no noise of times that mean nothing. */
static void instruments_alone_are_said_to_be(void **state)
{
    (void)state;
    add_two_collectors(3);
    for (size_t i = 0; i < trial_count; i++)
        record_set_integer(&trials[i].record, TRIAL_INSTRUMENT, 1);
    struct text text = page();
    assert_has(&text,
               "Only collectors that check or record the workload were run: their times mean "
               "nothing, and nothing is compared.");
    assert_has(&text, "Noise is unknown: no time that was measured means anything.");
    text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_opens_with_the_verdict, begin, end),
        cmocka_unit_test_setup_teardown(utilization_is_told_by_the_curves, begin, end),
        cmocka_unit_test_setup_teardown(overhead_is_over_the_least_remainder, begin, end),
        cmocka_unit_test_setup_teardown(overhead_in_instructions_is_drawn_where_they_were_counted,
                                        begin, end),
        cmocka_unit_test_setup_teardown(an_instrument_is_never_ranked, begin, end),
        cmocka_unit_test_setup_teardown(stalls_that_no_event_explains_are_told, begin, end),
        cmocka_unit_test_setup_teardown(overheads_are_averaged_over_the_same_points, begin, end),
        cmocka_unit_test_setup_teardown(the_mean_overhead_has_its_interval, begin, end),
        cmocka_unit_test_setup_teardown(a_floor_of_counts_alone_is_said_to_be_none, begin, end),
        cmocka_unit_test_setup_teardown(the_mean_and_outliers_stand_beside_the_median, begin, end),
        cmocka_unit_test_setup_teardown(memory_over_time_is_drawn_where_it_is_known, begin, end),
        cmocka_unit_test_setup_teardown(a_disturbed_trial_is_one_caveat, begin, end),
        cmocka_unit_test_setup_teardown(what_was_not_recorded_disturbs_nothing, begin, end),
        cmocka_unit_test_setup_teardown(instruments_alone_are_said_to_be, begin, end),
        cmocka_unit_test_setup_teardown(names_are_data, begin, end),
        cmocka_unit_test_setup_teardown(failures_are_listed_with_cause_and_command, begin, end),
        cmocka_unit_test_setup_teardown(one_collector_and_missing_figures_make_a_page, begin, end),
        cmocka_unit_test_setup_teardown(without_gnuplot_the_page_is_written_and_says_so, begin,
                                        end),
        cmocka_unit_test_setup_teardown(mistakes_are_the_users, begin, end),
        cmocka_unit_test_setup_teardown(a_report_is_replaced_whole_or_left, begin, end),
    };
    return cmocka_run_group_tests_name("report/report", tests, NULL, NULL);
}
