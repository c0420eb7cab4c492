/* SPDX-License-Identifier: MIT
 *
 * How a run gets on, on stderr: one line that is drawn again and again on a terminal, one line
 * for each trial elsewhere.
 *
 * The drawn line is never as wide as the terminal, so that it does not wrap; names in it are
 * escaped. Whoever writes something else clears it first. One thread at a time.
 */
#ifndef HEAPMARK_COMMAND_PROGRESS_H
#define HEAPMARK_COMMAND_PROGRESS_H

#include <stdio.h>

#include "command/estimate.h"
#include "store/record.h"

enum progress_form {
    PROGRESS_SILENT,
    PROGRESS_PLAIN, /* a line for each trial that has ended */
    PROGRESS_DRAWN, /* a line drawn again, and one that stays for each trial that fails */
};

/* The form for this stream: drawn on a terminal that can go back in a line (TERM is set and not
 * dumb), plain elsewhere. */
enum progress_form progress_form_for(FILE *file);

struct progress {
    FILE *file;
    enum progress_form form;
    bool colour; /* of what stays on a terminal; not where NO_COLOR is set and not empty */
    const struct suite_plan *plan;
    struct estimate estimate;
    uint64_t begun_ns;       /* the run, here */
    uint64_t trial_begun_ns; /* the trial that runs */
    uint64_t drawn_ns;       /* when the line was last drawn; 0: it is not there */
    size_t trial;
};

void progress_open(struct progress *progress, FILE *file, enum progress_form form,
                   const struct suite_plan *plan);
/* The line is gone afterwards. */
void progress_close(struct progress *progress);

/* This trial is not to be run again: an earlier part of the run has it, and knows how long it took.
 */
void progress_skip(struct progress *progress, size_t trial, const struct trial_record *record);
void progress_begins(struct progress *progress, size_t trial);
/* Call it as often as convenient while a trial runs: it draws a few times a second. */
void progress_tick(struct progress *progress);
void progress_ended(struct progress *progress, size_t trial, const struct trial_record *record);

/* Take the line away, before something else is written to the terminal; it comes back by itself. */
void progress_clear(struct progress *progress);

/* Add a sentence where the machine slept while this trial ran, and one where its clock was set. */
void progress_note_clocks(struct text_list *notes, size_t trial, const struct trial_record *record);

/* Of other drawn lines: "0:07"; whole characters, less than `columns` wide together; the width of
 * the stream's terminal; drawing, and taking away again. */
void progress_append_time(struct text *text, uint64_t ns);
void progress_append_cut(struct text *text, const char *chars, size_t columns);
void progress_draw_line(FILE *file, const char *chars);
void progress_clear_line(FILE *file);

/* What the drawn line says. */
struct progress_view {
    size_t place, count; /* of the trial, from 1; of trials */
    uint64_t elapsed_ns; /* of the run */
    uint64_t left_ns;    /* ESTIMATE_UNKNOWN: nobody knows */
    const char *what;    /* the collector and the row, not escaped */
};

/* Append the line, less than `columns` wide and without control codes. */
void progress_render(struct text *text, const struct progress_view *view, size_t columns);

#endif
