/* SPDX-License-Identifier: MIT
 *
 * Sections of the page that only some runs have: threads that do more, single operations inline
 * and through the table, figures in doubt, what was printed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/report.h"
#include "report/summary.h"

enum { MOST_TRIALS = 64, TRIALS = 3 };

static struct store_trial trials[MOST_TRIALS];
static size_t trial_count;

/* What differs between the points of these tests. */
struct point {
    const char *collector, *workload, *dispatch;
    int64_t threads;
    bool micro;
    int64_t wall_ns;
};

static struct trial_record *add(const struct point *point, int64_t block)
{
    struct trial_record *record = &trials[trial_count++].record;
    record_set_text(record, TRIAL_COLLECTOR_LABEL, point->collector);
    record_set_text(record, TRIAL_COLLECTOR, point->collector);
    record_set_text(record, TRIAL_WORKLOAD, point->workload);
    record_set_text(record, TRIAL_WORKLOAD_PARAMETERS, "size=1");
    record_set_text(record, TRIAL_WORK_SHARING, "each");
    record_set_text(record, TRIAL_DISPATCH, point->dispatch);
    record_set_integer(record, TRIAL_THREADS, point->threads);
    record_set_integer(record, TRIAL_HEAP_BYTES, 1 << 20);
    record_set_integer(record, TRIAL_BLOCK, block);
    record_set_integer(record, TRIAL_MICRO, point->micro);
    record_set_integer(record, TRIAL_WALL_NS, point->wall_ns);
    if (point->micro) {
        record_set_integer(record, TRIAL_OPERATIONS, 1000);
        record_set_real(record, TRIAL_NS_PER_OPERATION, (double)point->wall_ns / 1000);
    }
    record_set_outcome(record, OUTCOME_OK);
    return record;
}

static void add_trials(const struct point *point)
{
    for (int64_t block = 0; block < TRIALS; block++)
        add(point, block);
}

static int begin(void **state)
{
    (void)state;
    memset(trials, 0, sizeof trials);
    trial_count = 0;
    return 0;
}

static int end(void **state)
{
    (void)state;
    for (size_t i = 0; i < trial_count; i++)
        record_free(&trials[i].record);
    return 0;
}

static struct text page(void)
{
    const struct report_request asked = {.trials = trials, .trial_count = trial_count};
    struct text text = {0};
    struct error error = {0};
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

/* Three heaps of one collector, of which the smallest is too small, and one that takes no limit. */
static void time_is_drawn_against_heap(void **state)
{
    (void)state;
    for (int64_t heap = 1; heap <= 3; heap++) {
        add_trials(&(struct point){"limited", "churn", "inline", 1, false, 4000000 / heap});
        for (size_t i = trial_count - TRIALS; i < trial_count; i++) {
            struct trial_record *record = &trials[i].record;
            record_set_integer(record, TRIAL_HEAP_BYTES, heap * 10 << 20);
            record_set_real(record, TRIAL_HEAP_MULTIPLE, (double)heap);
            if (heap == 1)
                record_set_outcome(record, OUTCOME_OUT_OF_MEMORY);
        }
        struct text text = page();
        if (heap == 1)
            assert_has_not(&text, "id=\"heap\"");
        text_free(&text);
    }
    add_trials(&(struct point){"free", "churn", "inline", 1, false, 1000000});
    for (size_t i = trial_count - TRIALS; i < trial_count; i++) {
        record_set_unknown(&trials[i].record, TRIAL_HEAP_BYTES);
        record_set_integer(&trials[i].record, TRIAL_HELD_PEAK_BYTES, 25 << 20);
    }
    struct text text = page();
    assert_has(&text, "id=\"heap\"");
    assert_has(&text, "limited completes from 2\u00d7 20 MiB on.");
    assert_has(&text, "~25 MiB");
    assert_has(&text, "30 MiB (3&times;)</td>");
    text_free(&text);
}

/* Each thread does the same work: in equal time two do twice as much, and in double the time no
 * more than one. */
static void threads_are_compared_with_the_fewest(void **state)
{
    (void)state;
    add_trials(&(struct point){"good", "churn", "inline", 1, false, 1000000});
    add_trials(&(struct point){"bad", "churn", "inline", 1, false, 1000000});
    struct text one = page();
    assert_has_not(&one, "id=\"scaling\"");
    text_free(&one);
    add_trials(&(struct point){"good", "churn", "inline", 2, false, 1000000});
    add_trials(&(struct point){"bad", "churn", "inline", 2, false, 2000000});
    struct text two = page();
    assert_has(&two, "id=\"scaling\"");
    assert_has(&two, "Work done in the same time by 2 threads: ");
    assert_has(&two, "good 2.00 times");
    assert_has(&two, "bad 1.00 times");
    text_free(&two);
}

static void a_collector_without_a_first_point_does_not_scale(void **state)
{
    (void)state;
    for (int64_t threads = 1; threads <= 2; threads++)
        add_trials(&(struct point){"good", "churn", "inline", threads, false, 1000000});
    add_trials(&(struct point){"late", "churn", "inline", 2, false, 1000000});
    struct text text = page();
    assert_has(&text, "good 2.00 times");
    assert_has_not(&text, "times, late ");
    text_free(&text);
}

static void the_table_is_compared_with_inline(void **state)
{
    (void)state;
    add_trials(&(struct point){"c", "churn", "inline", 1, false, 1000000});
    struct text without = page();
    assert_has_not(&without, "id=\"dispatch\"");
    text_free(&without);
    add_trials(&(struct point){"c", "churn", "table", 1, false, 1500000});
    struct text with = page();
    assert_has(&with, "id=\"dispatch\"");
    assert_has(&with, "<td>1.5");
    text_free(&with);
}

static void operations_have_a_section_of_their_own(void **state)
{
    (void)state;
    add_trials(&(struct point){"c", "set", "inline", 1, true, 2000});
    struct text alone = page();
    assert_has(&alone, "id=\"operations\"");
    assert_has_not(&alone, "Through the table they take");
    text_free(&alone);
    add_trials(&(struct point){"c", "set", "table", 1, true, 5000});
    struct text both = page();
    assert_has(&both, "One operation, inline and through the table (1 thread)");
    assert_has(&both, "Through the table they take 2.50 times as long as inline (median; from "
                      "2.50 to 2.50).");
    text_free(&both);
}

/* ---- open-loop workloads ---- */

static void add_served(const char *collector, double rate, double p99_ns)
{
    char parameters[40];
    add_trials(&(struct point){collector, "server", "inline", 1, false, 1000000});
    snprintf(parameters, sizeof parameters, "rate=%.0f,size=1", rate);
    for (size_t i = trial_count - TRIALS; i < trial_count; i++) {
        struct trial_record *record = &trials[i].record;
        record_set_text(record, TRIAL_WORKLOAD_PARAMETERS, parameters);
        record_set_text(record, TRIAL_SCHEDULE, "requests");
        record_set_real(record, TRIAL_REQUEST_RATE, rate);
        record_set_real(record, TRIAL_LATENCY_P50_NS, p99_ns / 10);
        record_set_real(record, TRIAL_LATENCY_P99_NS, p99_ns);
        record_set_integer(record, TRIAL_LATENCY_MAX_NS, (int64_t)p99_ns * 2);
    }
}

/* One rate makes no chart of rates; and a schedule sets the time, so there is none of it. */
static void requests_have_a_section_of_their_own(void **state)
{
    (void)state;
    add_served("slow", 9000, 4e6);
    add_served("quick", 9000, 1e6);
    struct text text = page();
    assert_has(&text, "id=\"latency\"");
    assert_has(&text, "The load of every point is set by a schedule");
    assert_has(&text, "p99 of requests: quick 1 ms, slow 4 ms");
    assert_has(&text, "<td class=\"n\">4.00</td><td>too few to tell</td>");
    assert_has_not(&text, "Rate against p99");
    assert_has_not(&text, "id=\"time\"");
    assert_has_not(&text, "id=\"overhead\"");
    text_free(&text);
    add_served("slow", 10000, 7e6);
    add_served("quick", 10000, 2e6);
    text = page();
    assert_has(&text, "Rate against p99");
    assert_has(&text, "p99 at the highest rate (10000 a second): quick 2 ms, slow 7 ms");
    assert_has(&text, "server at 9000/s");
    text_free(&text);
}

static void bind_to(double percentile, int64_t bound_ns)
{
    for (size_t i = 0; i < trial_count; i++) {
        struct trial_record *record = &trials[i].record;
        record_set_integer(record, TRIAL_BOUND_NS, bound_ns);
        record_set_real(record, TRIAL_BOUND_PERCENTILE, percentile);
        record_set_real(record, TRIAL_BOUND_LATENCY_NS,
                        record_real(record, TRIAL_LATENCY_P99_NS, 0));
    }
}

/* Of "slow" most tries of the second rate are over it, and of "quick" none. */
static void critical_rates_have_a_chart(void **state)
{
    (void)state;
    add_served("slow", 9000, 4e6);
    add_served("quick", 9000, 1e6);
    add_served("slow", 10000, 7e6);
    add_served("quick", 10000, 2e6);
    add_served("quick", 8000, 1e6);
    bind_to(99, 5000000);
    struct text text = page();
    assert_has_not(&text, "Rate against p99"); /* the same again, without the bound */
    assert_has(&text, "Critical rates");
    assert_has(&text, "p99 stays within 5 ms up to 10000 a second with quick or more (none was too "
                      "high), 9000 a second with slow. Rates are told apart to 11 %");
    assert_has(&text, "<td class=\"n\">p99 within 5 ms</td><td class=\"n\">9000</td>"
                      "<td class=\"n\">10000</td>");
    assert_has(&text, "<td class=\"n\">10000</td><td class=\"n\">none</td>");
    text_free(&text);
    bind_to(99, 3000000);
    text = page();
    assert_has(&text, "up to 10000 a second with quick or more (none was too high), no rate with "
                      "slow.");
    text_free(&text);
}

/* A search in each heap tries rates of its own, but for the first: all are told apart. */
static void rates_in_two_heaps_are_told_apart(void **state)
{
    (void)state;
    static const double rates[] = {8000, 9000, 8000, 10000};
    for (size_t i = 0; i < 4; i++) {
        add_served("slow", rates[i], 4e6);
        for (size_t k = trial_count - TRIALS; k < trial_count; k++)
            record_set_integer(&trials[k].record, TRIAL_HEAP_BYTES,
                               INT64_C(1048576) * (i < 2 ? 24 : 48));
    }
    struct text text = page();
    assert_has(&text, "<figcaption>server, heap 24 MiB</figcaption>");
    assert_has(&text, "<figcaption>server, heap 48 MiB</figcaption>");
    assert_has(&text, "server at 9000/s, heap 24 MiB");
    text_free(&text);
    bind_to(99, 5000000);
    text = page();
    assert_has(&text, "<figcaption>server, heap 24 MiB</figcaption>");
    assert_has(&text, "<figcaption>server, heap 48 MiB</figcaption>");
    assert_has(&text, "<th scope=\"row\">server, heap 24 MiB</th>");
    assert_has(&text, "server at 10000/s, heap 48 MiB");
    text_free(&text);
}

/* Six trials of each: the interval of the p99 is the bootstrap's, and not from least to greatest;
 * the ratio of what is four times as long in each block is 4, and told apart. */
static void latencies_have_intervals(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        add_served("slow", 9000, 4e6);
        add_served("quick", 9000, 1e6);
    }
    for (size_t i = 0; i < trial_count; i++) {
        struct trial_record *record = &trials[i].record;
        int64_t block = (int64_t)(i % TRIALS + i / (2 * TRIALS) * TRIALS);
        double of_block = 1 + 0.1 * (double)block;
        record_set_integer(record, TRIAL_BLOCK, block);
        record_set_real(record, TRIAL_LATENCY_P99_NS,
                        of_block * record_real(record, TRIAL_LATENCY_P99_NS, 0));
    }
    struct summary summary;
    struct error error = {0};
    assert_true(summary_make(&summary, trials, trial_count, "quick", &error));
    const struct summary_cell *slow = summary_cell(&summary, 0, 1);
    const struct summary_figure *p99 = &slow->figures[FIGURE_LATENCY_P99_NS];
    assert_int_equal(p99->count, 6);
    assert_true(fabs(p99->median - 5e6) < 1);
    assert_int_equal(p99->interval.kind, STATS_BOOTSTRAP_95);
    assert_true(p99->interval.low > 4e6 && p99->interval.high < 6e6);
    assert_true(fabs(slow->latency.ratio - 4) < 1e-9);
    assert_true(fabs(slow->latency.interval.low - 4) < 1e-9);
    assert_int_equal(slow->latency.verdict, VERDICT_SLOWER);
    assert_int_equal(slow->ratio.verdict, VERDICT_NONE);
    summary_free(&summary);
    struct text text = page();
    assert_has(&text, "class=\"requests\"");
    assert_has(&text, "slower</td>");
    text_free(&text);
}

/* Of work that is too short there is a reason in the place of the table. */
static void drag_that_is_not_to_be_had_is_said(void **state)
{
    (void)state;
    add_trials(&(struct point){"sweep", "lru", "inline", 1, false, 1000000});
    add_trials(&(struct point){"oracle", "lru", "table", 1, false, 9000000});
    for (size_t i = TRIALS; i < trial_count; i++)
        record_set_integer(&trials[i].record, TRIAL_REACHABLE_MEAN_BYTES, 1048576);
    struct text text = page();
    assert_has(&text, "looked at fewer than 10 times");
    assert_has_not(&text, "Bytes held beyond those reachable");
    text_free(&text);
}

/* 5 MiB held of which 1 MiB is reachable, over 100 MiB allocated; without the oracle there is none.
 */
static void drag_is_what_is_held_beyond_the_reachable(void **state)
{
    (void)state;
    enum { MIB = 1 << 20 };
    add_trials(&(struct point){"sweep", "lru", "inline", 1, false, 1000000});
    for (size_t i = 0; i < trial_count; i++) {
        record_set_integer(&trials[i].record, TRIAL_HELD_MEAN_ALLOC_BYTES, 5 * MIB);
        record_set_integer(&trials[i].record, TRIAL_UNRECLAIMED_MEAN_BYTES, 3 * MIB);
        record_set_integer(&trials[i].record, TRIAL_BYTES_ALLOCATED, 100 * MIB);
    }
    struct text without = page();
    assert_has_not(&without, "id=\"drag\"");
    text_free(&without);
    add_trials(&(struct point){"oracle", "lru", "table", 1, false, 9000000});
    for (size_t i = TRIALS; i < trial_count; i++)
        record_set_integer(&trials[i].record, TRIAL_REACHABLE_MEAN_BYTES, MIB);
    struct text with = page();
    assert_has(&with, "id=\"drag\"");
    assert_has(&with,
               "<td class=\"n\">1 MiB</td><td class=\"n\">3 MiB</td><td class=\"n\">5 MiB</td>"
               "<td class=\"n\">4 MiB</td><td class=\"n\">4</td><td class=\"n\">400</td>");
    text_free(&with);
    /* Nothing else of the oracle is a figure: 9 ms are not told. */
    struct summary summary;
    struct error error = {0};
    assert_true(summary_make(&summary, trials, trial_count, NULL, &error));
    summary_work_out(&summary);
    size_t times = 0;
    for (size_t i = 0; i < summary.point_count * summary.collector_count; i++)
        times += summary.cells[i].figures[FIGURE_TIME_NS].count > 0;
    assert_int_equal(times, 1);
    summary_free(&summary);
}

static void what_was_offered_in_vain_is_drawn(void **state)
{
    (void)state;
    add_trials(&(struct point){"slow", "offered", "inline", 1, false, 1000000});
    for (size_t i = 0; i < trial_count; i++) {
        record_set_text(&trials[i].record, TRIAL_SCHEDULE, "offers");
        record_set_real(&trials[i].record, TRIAL_DEFICIT_SHARE, 0.0125);
    }
    struct text text = page();
    assert_has(&text, "Not offered in time: slow 1.25 %");
    assert_has_not(&text, "Requests by percentile");
    text_free(&text);
}

static void figures_in_doubt_are_told(void **state)
{
    (void)state;
    const struct point point = {"c", "churn", "inline", 1, false, 1000000};
    add_trials(&point);
    struct text sure = page();
    assert_has_not(&sure, "<h4>Warnings</h4>");
    assert_has_not(&sure, ">too few collections</span>");
    text_free(&sure);
    record_set_text(&trials[1].record, TRIAL_WARNING, "the machine <slept>");
    struct text doubted = page();
    assert_has(&doubted, "<h4>Warnings</h4>");
    assert_has(&doubted, "<li>c on churn");
    assert_has(&doubted, " (1 of 3 trials): the machine &lt;slept&gt;</li>");
    text_free(&doubted);
    record_set_text(&trials[1].record, TRIAL_FLAGS, "few-collections");
    struct text flagged = page();
    assert_has(&flagged, ">too few collections</span>");
    text_free(&flagged);
}

/* A page stays a page: of 43 points in doubt 40 are told. */
static void many_doubts_are_counted(void **state)
{
    (void)state;
    enum { POINTS = 43, TOLD = 40 };
    for (int i = 0; i < POINTS; i++) {
        char workload[16];
        snprintf(workload, sizeof workload, "w%d", i);
        const struct point point = {"c", workload, "inline", 1, false, 1000000};
        record_set_text(add(&point, 0), TRIAL_WARNING, "no quiet machine");
    }
    struct text text = page();
    size_t told = 0;
    for (const char *at = text_chars(&text); (at = strstr(at, ": no quiet machine</li>")) != NULL;
         at++)
        told++;
    assert_int_equal(told, TOLD);
    assert_has(&text, "<li>and 3 more, which <code>heapmark export</code> shows</li>");
    text_free(&text);
}

/* Of much that a trial printed the page has the end, from the beginning of a line on. */
static void what_a_failed_trial_printed_is_kept(void **state)
{
    (void)state;
    enum { LINES = 20000 };
    struct text output = {0};
    const struct point point = {"c", "churn", "inline", 1, false, 1000000};
    for (int64_t block = 0; block < 2; block++) {
        struct trial_record *record = add(&point, block);
        record_set_unknown(record, TRIAL_WALL_NS);
        record_set_outcome(record, OUTCOME_CRASH);
        record_set_text(record, TRIAL_OUTPUT, "one\n<two>");
    }
    struct text little = page();
    assert_has(&little, "<summary>What it printed</summary>");
    assert_has(&little, "one\n&lt;two&gt;");
    text_free(&little);
    for (int i = 0; i < LINES; i++)
        text_format(&output, "line %d\n", i);
    record_set_text(&trials[0].record, TRIAL_OUTPUT, text_chars(&output));
    struct text much = page();
    assert_has(&much, "<summary>What it printed (the end)</summary><pre tabindex=\"0\">line ");
    assert_has(&much, "line 19999");
    assert_has_not(&much, "line 0\n");
    text_free(&much);
    text_free(&output);
}

/* ---- pictures of heaps ---- */

static const char heap_map[] = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\">\n<title "
                               "id=\"title\">The heap over time: "
                               "a &amp;lt; &lt;b&gt;&quot; on c</title>\n<desc "
                               "id=\"description\">first look.\nsecond &lt;look&gt;.\n"
                               "</desc><script>alert(1)</script></svg>";

/* As an image, in which no script runs; what it says of itself is text. */
static void a_heap_map_is_an_image(void **state)
{
    (void)state;
    struct text map = {0}, text = {0};
    struct error error = {0};
    text_append(&map, heap_map);
    add_trials(&(struct point){"c", "churn", "inline", 1, false, 1000000});
    struct text without = page();
    assert_has_not(&without, "id=\"heap-maps\"");
    assert_has_not(&without, "img-src");
    text_free(&without);
    const struct report_request asked = {
        .trials = trials, .trial_count = trial_count, .heap_maps = &map, .heap_map_count = 1};
    assert_true(report_make_page(&asked, &text, &error));
    assert_has(&text, "; img-src data:\">");
    assert_has(&text, "<h5>The heap over time: a &amp;lt; &lt;b&gt;&quot; on c</h5>");
    assert_has(&text, " src=\"data:image/svg+xml;base64,PHN2ZyB4bWxucz0i");
    assert_has(&text, "<li>second &lt;look&gt;.</li>");
    assert_has_not(&text, "alert(1)");
    text_free(&text);
    text_free(&map);
}

static void other_pictures_are_no_heap_maps(void **state)
{
    (void)state;
    struct text map = {0};
    text_append(&map, heap_map);
    assert_true(report_is_heap_map(&map));
    map.chars[1] = 'x';
    assert_false(report_is_heap_map(&map));
    text_free(&map);
    text_append(&map, "<svg xmlns=\"http://www.w3.org/2000/svg\"><title>Names</title></svg>");
    assert_false(report_is_heap_map(&map));
    text_free(&map);
    text_append(&map, heap_map);
    text_append_bytes(&map, "\0", 1);
    assert_false(report_is_heap_map(&map));
    text_free(&map);
}

/* Each question is asked, and where a run cannot answer it that is said. */
static void questions_are_asked_of_any_run(void **state)
{
    (void)state;
    add_trials(&(struct point){"c", "churn", "inline", 1, false, 1000000});
    struct text text = page();
    assert_has(&text, "<h2 id=\"fastest\">Which is fastest in my memory?</h2>");
    assert_has(&text,
               "<h2 id=\"threads\">How does it scale with threads?</h2>\n<p>All trials of this "
               "run have one number of threads;");
    assert_has(&text, "<li><a href=\"#requests\">Pauses</a></li>");
    assert_has(&text, "No trial of this run has requests that are due at set times");
    assert_has_not(&text, "id=\"earlier\"");
    text_free(&text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(time_is_drawn_against_heap),
        TEST(threads_are_compared_with_the_fewest),
        TEST(a_collector_without_a_first_point_does_not_scale),
        TEST(the_table_is_compared_with_inline),
        TEST(operations_have_a_section_of_their_own),
        TEST(requests_have_a_section_of_their_own),
        TEST(critical_rates_have_a_chart),
        TEST(rates_in_two_heaps_are_told_apart),
        TEST(latencies_have_intervals),
        TEST(drag_is_what_is_held_beyond_the_reachable),
        TEST(drag_that_is_not_to_be_had_is_said),
        TEST(what_was_offered_in_vain_is_drawn),
        TEST(figures_in_doubt_are_told),
        TEST(many_doubts_are_counted),
        TEST(what_a_failed_trial_printed_is_kept),
        TEST(a_heap_map_is_an_image),
        TEST(other_pictures_are_no_heap_maps),
        TEST(questions_are_asked_of_any_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
