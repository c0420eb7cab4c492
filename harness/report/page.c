/* SPDX-License-Identifier: MIT
 *
 * The page is put together: the sections first, since only then is it known whether gnuplot drew.
 */
#include <string.h>

#include "report/html.h"
#include "report/script.h"
#include "report/style.h"
#include "report/verdict.h"
#include "report/view.h"

/* What people come with; X(enumerator, id, heading, what the navigation calls it, what is said
 * where no section has anything to say: NULL leaves the question out). */
#define QUESTIONS(X)                                                                               \
    X(QUESTION_EARLIER, "earlier", "What changed since the earlier run?", "Changed", NULL)         \
    X(QUESTION_MEMORY, "fastest", "Which is fastest in my memory?", "Fastest",                     \
      "No trial of this run tells a time.")                                                        \
    X(QUESTION_PAUSES, "requests", "What do pauses do to requests?", "Pauses",                     \
      "No trial of this run had a pause, or requests that are due at set times.")                  \
    X(QUESTION_THREADS, "threads", "How does it scale with threads?", "Threads",                   \
      "All trials of this run have one number of threads; heapmark run --threads 1,2,4 compares "  \
      "several.")                                                                                  \
    X(QUESTION_CPU, "cost", "What does it cost in CPU?", "CPU",                                    \
      "No trial of this run tells what collecting cost.")                                          \
    X(QUESTION_FAILED, "failed", "What failed, and how do I reproduce it?", "Failed", NULL)        \
    X(QUESTION_RUN, "run", "What was measured, and how?", "Method", NULL)

enum question_name {
#define QUESTION_ENUMERATOR(name, id, heading, link, otherwise) name,
    QUESTIONS(QUESTION_ENUMERATOR)
#undef QUESTION_ENUMERATOR
        QUESTION_COUNT
};

static const struct question {
    const char *id, *heading, *link, *otherwise;
} questions[QUESTION_COUNT] = {
#define QUESTION_ROW(name, id, heading, link, otherwise) [name] = {id, heading, link, otherwise},
    QUESTIONS(QUESTION_ROW)
#undef QUESTION_ROW
};

/* The sections that answer them: X(function, id, name, question). */
#define SECTIONS(X)                                                                                \
    X(view_versus, "versus", "Against an earlier run", QUESTION_EARLIER)                           \
    X(view_space, "space", "Time against memory", QUESTION_MEMORY)                                 \
    X(view_time, "time", "Time", QUESTION_MEMORY)                                                  \
    X(view_heap, "heap", "Time against heap", QUESTION_MEMORY)                                     \
    X(view_footprint, "footprint", "Memory", QUESTION_MEMORY)                                      \
    X(view_explicit, "explicit", "Against explicit frees", QUESTION_MEMORY)                        \
    X(view_heap_maps, "heap-maps", "What is in the heap", QUESTION_MEMORY)                         \
    X(view_drag, "drag", "Drag", QUESTION_MEMORY)                                                  \
    X(view_latency, "latency", "Load on a schedule", QUESTION_PAUSES)                              \
    X(view_pauses, "pauses", "Pauses", QUESTION_PAUSES)                                            \
    X(view_utilization, "utilization", "Mutator utilization", QUESTION_PAUSES)                     \
    X(view_scaling, "scaling", "Threads", QUESTION_THREADS)                                        \
    X(view_overhead, "overhead", "Cost of collecting", QUESTION_CPU)                               \
    X(view_cost, "cpu", "Where CPU time goes", QUESTION_CPU)                                       \
    X(view_operations, "operations", "Single operations", QUESTION_CPU)                            \
    X(view_dispatch, "dispatch", "Table against inline", QUESTION_CPU)                             \
    X(view_failures, "failures", "Failures", QUESTION_FAILED)                                      \
    X(view_points, "points", "All points", QUESTION_RUN)                                           \
    X(view_compared, "compared", "What was compared", QUESTION_RUN)                                \
    X(view_method, "method", "How it was measured", QUESTION_RUN)                                  \
    X(view_environment, "environment", "Environment", QUESTION_RUN)

static const struct section {
    void (*append)(struct view *view, struct text *page);
    const char *id, *name;
    enum question_name question;
} sections[] = {
#define SECTION_ROW(function, id, name, question) {function, id, name, question},
    SECTIONS(SECTION_ROW)
#undef SECTION_ROW
};

/* ---- Head ---- */

static void append_title(const struct view *view, struct text *page)
{
    const struct store_run *run = view->request->run;
    text_append(page, "<title>Heapmark");
    if (run != NULL && run->label != NULL && run->label[0] != '\0') {
        text_append(page, ": ");
        html_text(page, run->label);
    }
    text_append(page, "</title>\n");
}

/* Nothing may be loaded, and nothing run but the page's own script, even if an escape were missed.
 */
static void append_head(const struct view *view, struct text *page)
{
    text_append(page, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                      "style-src 'unsafe-inline'");
    if (script_is_there()) {
        text_append(page, "; script-src ");
        script_append_policy(page);
    }
    text_append(page, view->request->heap_map_count > 0 ? "; img-src data:" : "");
    text_append(page,
                "\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<meta name=\"color-scheme\" content=\"light dark\">\n");
    append_title(view, page);
    style_append(page);
    text_append(page, "</head>\n<body>\n<a class=\"skip\" href=\"#top\">To the results</a>\n");
}

static void append_fact(const char *name, const char *value, struct text *page)
{
    if (value == NULL || value[0] == '\0')
        return;
    text_format(page, "<li>%s <b>", name);
    html_text(page, value);
    text_append(page, "</b></li>\n");
}

static void append_count(const char *name, size_t count, struct text *page)
{
    text_format(page, "<li><b>%zu</b> %s%s</li>\n", count, name, count == 1 ? "" : "s");
}

static size_t count_workloads(const struct summary *summary)
{
    size_t count = 0;
    for (size_t i = 0; i < summary->point_count; i++)
        count +=
            i == 0 || strcmp(summary->points[i].workload, summary->points[i - 1].workload) != 0;
    return count;
}

static void append_facts(const struct view *view, struct text *page)
{
    const struct store_run *run = view->request->run;
    text_append(page, "<ul class=\"facts\">\n");
    append_count("collector", view->summary.collector_count, page);
    append_count("workload", count_workloads(&view->summary), page);
    append_count("trial", view->summary.trials, page);
    append_fact("baseline", view->summary.collectors[view->summary.baseline], page);
    if (run != NULL) {
        append_fact("", run->label, page);
        append_fact("on", run->started_utc, page);
    }
    text_append(page, "</ul>\n");
}

/* A run that goes on, or was stopped, has points that lack blocks. */
static void append_alerts(const struct view *view, struct text *page)
{
    const struct store_run *run = view->request->run;
    const struct figures *figures = &view->figures;
    if (run != NULL && run->status != NULL &&
        strcmp(run->status, store_run_status_word(STORE_RUN_COMPLETED)) != 0) {
        text_append(page, "<p class=\"alert\">This run is not complete: it is ");
        html_text(page, run->status);
        text_append(page, ".</p>\n");
    }
    if (figures->gnuplot_is_missing || figures->failures > 0) {
        text_append(page, "<p class=\"alert\">Charts are missing from this page, and tables stand "
                          "in their place: ");
        html_text(page, text_chars(&figures->why));
        text_append(page, ".</p>\n");
    }
    if (figures->page_is_full)
        text_format(page,
                    "%s<p class=\"alert\">Some charts are left out to keep the page small, and "
                    "tables stand in their place.</p>%s\n",
                    script_is_there() ? "<noscript>" : "", script_is_there() ? "</noscript>" : "");
}

static void append_header(const struct view *view, struct text *page)
{
    struct text lead = {0};
    struct text_list caveats = {0};
    verdict_lead(&view->summary, view->headline, &lead);
    verdict_caveats(&view->summary, view->headline, &caveats);
    text_append(page, "<header id=\"top\">\n<p class=\"brand\">Heapmark: a comparison of garbage "
                      "collectors</p>\n");
    html_element(page, "h1", text_chars(&lead));
    append_facts(view, page);
    append_alerts(view, page);
    text_append(page, "<ul class=\"caveats\">\n");
    for (size_t i = 0; i < caveats.count; i++)
        html_element(page, "li", caveats.items[i]);
    text_append(page, "</ul>\n</header>\n");
    text_list_free(&caveats);
    text_free(&lead);
}

/* ---- The whole ---- */

/* The sections of a question, and a link to each that has something to say; returns how many. */
static size_t append_answers(struct view *view, enum question_name question, struct text *links,
                             struct text *body)
{
    size_t count = 0;
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        size_t before = body->length;
        if (sections[i].question != question)
            continue;
        sections[i].append(view, body);
        if (body->length == before)
            continue;
        text_format(links, "<a href=\"#%s\">%s</a>\n", sections[i].id, sections[i].name);
        count++;
    }
    return count;
}

static void append_question(struct view *view, enum question_name name, struct text *links,
                            struct text *body)
{
    const struct question *question = &questions[name];
    struct text answers = {0}, within = {0};
    size_t count = append_answers(view, name, &within, &answers);
    if (count > 0 || question->otherwise != NULL) {
        text_format(links, "<li><a href=\"#%s\">%s</a></li>\n", question->id, question->link);
        text_format(body, "<section><h2 id=\"%s\">%s</h2>\n", question->id, question->heading);
        if (count == 0)
            html_element(body, "p", question->otherwise);
        if (name == QUESTION_PAUSES && view->open.count == 0)
            text_append(body, "<p>No trial of this run has requests that are due at set times: "
                              "<code>heapmark run latency</code> measures how long they take. So "
                              "here are the pauses alone.</p>\n");
        if (count > 1)
            text_format(body, "<p class=\"within\">%s</p>\n", text_chars(&within));
        text_append(body, text_chars(&answers));
        text_append(body, "</section>\n");
    }
    text_free(&answers);
    text_free(&within);
}

static void append_sections(struct view *view, struct text *links, struct text *body)
{
    view_overview(view, body);
    view_ranking(view, body);
    view_heat(view, body);
    for (size_t i = 0; i < QUESTION_COUNT; i++)
        append_question(view, (enum question_name)i, links, body);
}

static void append_page(struct view *view, struct text *page)
{
    struct text links = {0}, body = {0};
    append_sections(view, &links, &body);
    append_head(view, page);
    figure_append_symbols(view->summary.collector_count, page);
    append_header(view, page);
    text_append(page, "<nav aria-label=\"Questions\"><ul>\n");
    text_append(page, text_chars(&links));
    text_append(page, "</ul></nav>\n<main>\n");
    text_append(page, text_chars(&body));
    text_append(page, "</main>\n<footer><p>Made by Heapmark. How to read each chart, and what not "
                      "to conclude from it: docs/reading-the-report.md.</p></footer>\n");
    if (view->figures.charts != NULL)
        script_append(&view->summary, &view->figures, page);
    text_append(page, "</body>\n</html>\n");
    text_free(&links);
    text_free(&body);
}

static bool has_trials_of(const struct report_request *request, const char *label)
{
    for (size_t i = 0; i < request->trial_count; i++) {
        if (strcmp(record_text(&request->trials[i].record, TRIAL_COLLECTOR_LABEL, ""), label) == 0)
            return true;
    }
    return false;
}

static const char *choose_baseline(const struct report_request *request)
{
    if (request->baseline != NULL)
        return request->baseline;
    const char *stored = request->run != NULL ? request->run->baseline : NULL;
    return stored != NULL && has_trials_of(request, stored) ? stored : NULL;
}

/* A baseline that the database names gives way where it is an instrument; one that the user asks
 * for is his mistake. */
static bool check_baseline(const struct view *view, struct error *error)
{
    const char *asked = view->request->baseline;
    return asked == NULL || strcmp(asked, view->summary.collectors[view->summary.baseline]) == 0 ||
           error_user(error,
                      "%s checks or records the workload, so its times mean nothing: name another "
                      "collector as the baseline",
                      asked);
}

static bool begin_view(struct view *view, const struct report_request *request, struct error *error)
{
    *view = (struct view){.request = request};
    if (!summary_make(&view->summary, request->trials, request->trial_count,
                      choose_baseline(request), error))
        return false;
    if (!check_baseline(view, error)) {
        summary_free(&view->summary);
        return false;
    }
    view->whole = group_list_make(&view->summary, false);
    view->micro = group_list_make(&view->summary, true);
    view->open = group_list_make_open(&view->summary);
    view->headline = group_headline(&view->whole);
    if (view->headline == NULL)
        view->headline = group_headline(&view->micro);
    return true;
}

static void end_view(struct view *view)
{
    figures_free(&view->figures);
    group_list_free(&view->whole);
    group_list_free(&view->micro);
    group_list_free(&view->open);
    summary_free(&view->summary);
}

bool report_make_page(const struct report_request *request, struct text *page, struct error *error)
{
    struct view view;
    if (!begin_view(&view, request, error))
        return false;
    append_page(&view, page);
    end_view(&view);
    return true;
}

bool report_visit_charts(const struct report_request *request, chart_taker *take, void *taker,
                         struct error *error)
{
    struct view view;
    struct text links = {0}, body = {0};
    if (!begin_view(&view, request, error))
        return false;
    view.figures.take = take;
    view.figures.taker = taker;
    if (take != NULL)
        append_sections(&view, &links, &body);
    text_free(&links);
    text_free(&body);
    end_view(&view);
    return true;
}
