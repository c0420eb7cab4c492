/* SPDX-License-Identifier: MIT
 *
 * How a run gets on; see progress.h.
 */
#include "command/progress.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/units.h"
#include "command/columns.h"
#include "command/paint.h"

static const uint64_t SECOND_NS = 1000000000;
/* Often enough for seconds to go by evenly. */
static const uint64_t DRAW_INTERVAL_NS = 200000000;

/* Back to the first column, and erase from there to the end of the line. */
static const char CLEAR_LINE[] = "\r\x1b[K";

/* ---- the line ---- */

/* "0:07", "12:34", "1:02:03". */
void progress_append_time(struct text *text, uint64_t ns)
{
    uint64_t seconds = ns / SECOND_NS;
    if (seconds >= 3600)
        text_format(text, "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64, seconds / 3600, seconds / 60 % 60,
                    seconds % 60);
    else
        text_format(text, "%" PRIu64 ":%02" PRIu64, seconds / 60, seconds % 60);
}

/* Append as many whole characters as are less than `columns` wide together. */
void progress_append_cut(struct text *text, const char *chars, size_t columns)
{
    struct text cut = {0};
    text_append(&cut, chars);
    while (cut.length > 0 && columns_width(cut.chars) >= columns) {
        do
            cut.length--;
        while (cut.length > 0 && (cut.chars[cut.length] & 0xc0) == 0x80);
        cut.chars[cut.length] = '\0';
    }
    text_append(text, text_chars(&cut));
    text_free(&cut);
}

void progress_render(struct text *text, const struct progress_view *view, size_t columns)
{
    struct text line = {0};
    int width = snprintf(NULL, 0, "%zu", view->count);
    text_format(&line, "[%*zu/%zu] ", width, view->place, view->count);
    progress_append_time(&line, view->elapsed_ns);
    if (view->left_ns != ESTIMATE_UNKNOWN) {
        text_append(&line, ", about ");
        progress_append_time(&line, view->left_ns);
        text_append(&line, " left");
    }
    text_append(&line, ": ");
    text_append_terminal(&line, view->what);
    progress_append_cut(text, text_chars(&line), columns);
    text_free(&line);
}

/* ---- the terminal ---- */

enum progress_form progress_form_for(FILE *file)
{
    return paint_is_able(file) ? PROGRESS_DRAWN : PROGRESS_PLAIN;
}

void progress_draw_line(FILE *file, const char *chars)
{
    struct text line = {0};
    text_append(&line, CLEAR_LINE);
    progress_append_cut(&line, chars, paint_width(file));
    fputs(text_chars(&line), file);
    fflush(file);
    text_free(&line);
}

void progress_clear_line(FILE *file)
{
    fputs(CLEAR_LINE, file);
    fflush(file);
}

void progress_clear(struct progress *progress)
{
    if (progress->drawn_ns == 0)
        return;
    progress_clear_line(progress->file);
    progress->drawn_ns = 0;
}

static void append_what(struct text *text, const struct progress *progress)
{
    const struct suite_plan *plan = progress->plan;
    const struct suite_point *point = &plan->points[plan->trials[progress->trial].point];
    text_format(text, "%s, ", point->spec.label);
    suite_append_row(text, plan->request, &plan->rows[point->row]);
}

/* What is left, less what the trial that runs has had of it. */
static uint64_t left_ns(struct progress *progress, uint64_t now_ns)
{
    size_t point = progress->plan->trials[progress->trial].point;
    uint64_t left = estimate_left_ns(&progress->estimate);
    if (left == ESTIMATE_UNKNOWN)
        return left;
    uint64_t whole = estimate_point_ns(&progress->estimate, point);
    uint64_t had = now_ns - progress->trial_begun_ns;
    return left - (had < whole ? had : whole);
}

static void draw(struct progress *progress, uint64_t now_ns)
{
    struct text what = {0}, line = {0};
    append_what(&what, progress);
    const struct progress_view view = {
        .place = progress->trial + 1,
        .count = progress->plan->trial_count,
        .elapsed_ns = now_ns - progress->begun_ns,
        .left_ns = left_ns(progress, now_ns),
        .what = text_chars(&what),
    };
    text_append(&line, CLEAR_LINE);
    progress_render(&line, &view, paint_width(progress->file));
    fputs(text_chars(&line), progress->file);
    fflush(progress->file);
    progress->drawn_ns = now_ns;
    text_free(&what);
    text_free(&line);
}

/* ---- lines that stay ---- */

static void append_result(struct text *text, const struct trial_record *record, bool colour)
{
    char time[UNITS_TEXT_BYTES];
    if (record_outcome(record, OUTCOME_COUNT) != OUTCOME_OK) {
        text_append(text, colour ? "\x1b[31m" : "");
        text_append_terminal(text, record_text(record, TRIAL_OUTCOME, "without an outcome"));
        text_append(text, colour ? "\x1b[0m: " : ": ");
        text_append_terminal(text, record_text(record, TRIAL_CAUSE, "no cause is known"));
        return;
    }
    if (record_is_known(record, TRIAL_LATENCY_P99_NS)) {
        units_format_ns(record_real(record, TRIAL_LATENCY_P99_NS, 0), time);
        text_format(text, "p99 %s", time);
        return;
    }
    if (record_is_known(record, TRIAL_DEFICIT_SHARE)) {
        text_format(text, "deficit %.2f%%", 100 * record_real(record, TRIAL_DEFICIT_SHARE, 0));
        return;
    }
    bool micro = record_integer(record, TRIAL_MICRO, 0) != 0;
    units_format_ns(record_real(record, micro ? TRIAL_NS_PER_OPERATION : TRIAL_WALL_NS, 0), time);
    text_format(text, "%s%s", time, micro ? " an operation" : "");
}

static void say_ended(struct progress *progress, const struct trial_record *record)
{
    struct text what = {0}, line = {0};
    int width = snprintf(NULL, 0, "%zu", progress->plan->trial_count);
    append_what(&what, progress);
    text_format(&line, "[%*zu/%zu] ", width, progress->trial + 1, progress->plan->trial_count);
    text_append_terminal(&line, text_chars(&what));
    text_append(&line, ": ");
    append_result(&line, record, progress->colour);
    progress_clear(progress);
    fprintf(progress->file, "%s\n", text_chars(&line));
    fflush(progress->file);
    text_free(&what);
    text_free(&line);
}

static void note(struct text_list *notes, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void note(struct text_list *notes, const char *format, ...)
{
    struct text text = {0};
    va_list arguments;
    va_start(arguments, format);
    text_vformat(&text, format, arguments);
    va_end(arguments);
    text_list_add(notes, text_chars(&text));
    text_free(&text);
}

void progress_note_clocks(struct text_list *notes, size_t trial, const struct trial_record *record)
{
    char time[UNITS_TEXT_BYTES];
    int64_t slept_ns = record_integer(record, TRIAL_SLEPT_NS, 0);
    int64_t set_ns = record_integer(record, TRIAL_CLOCK_SET_NS, 0);
    if (slept_ns > 0) {
        units_format_ns((double)slept_ns, time);
        note(notes, "the machine slept for %s during trial %zu: its figures are doubtful", time,
             trial + 1);
    }
    if (set_ns != 0) {
        units_format_ns(set_ns < 0 ? -(double)set_ns : (double)set_ns, time);
        note(
            notes,
            "the time of day was set %s by %s during trial %zu: no figure depends on it, but dates "
            "in this run are not in order",
            set_ns < 0 ? "back" : "forward", time, trial + 1);
    }
}

/* ---- the run ---- */

void progress_open(struct progress *progress, FILE *file, enum progress_form form,
                   const struct suite_plan *plan)
{
    *progress = (struct progress){
        .file = file,
        .form = form,
        .colour = form == PROGRESS_DRAWN && paint_has_colour(),
        .plan = plan,
        .begun_ns = clock_now_ns(),
    };
    estimate_open(&progress->estimate, plan);
}

void progress_close(struct progress *progress)
{
    progress_clear(progress);
    estimate_close(&progress->estimate);
}

void progress_skip(struct progress *progress, size_t trial, const struct trial_record *record)
{
    int64_t took_ns = record_integer(record, TRIAL_PROCESS_NS, -1);
    estimate_add(&progress->estimate, trial, took_ns < 0 ? ESTIMATE_UNKNOWN : (uint64_t)took_ns);
}

void progress_begins(struct progress *progress, size_t trial)
{
    progress->trial = trial;
    progress->trial_begun_ns = clock_now_ns();
    progress_tick(progress);
}

void progress_tick(struct progress *progress)
{
    uint64_t now_ns = clock_now_ns();
    if (progress->form == PROGRESS_DRAWN && now_ns - progress->drawn_ns >= DRAW_INTERVAL_NS)
        draw(progress, now_ns);
}

void progress_ended(struct progress *progress, size_t trial, const struct trial_record *record)
{
    enum trial_outcome outcome = record_outcome(record, OUTCOME_CRASH);
    bool expected = outcome == OUTCOME_OK || outcome == OUTCOME_UNSUPPORTED;
    progress->trial = trial;
    estimate_add(&progress->estimate, trial, clock_now_ns() - progress->trial_begun_ns);
    if (progress->form == PROGRESS_PLAIN || (progress->form == PROGRESS_DRAWN && !expected))
        say_ended(progress, record);
}
