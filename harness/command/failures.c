/* SPDX-License-Identifier: MIT
 *
 * Failures, warnings and notes below the table; see failures.h.
 */
#include "command/failures.h"

#include <string.h>

/* More warnings than these are counted, not shown: the database has them all. */
enum { MOST_WARNINGS = 12 };

/* "refcount, lru size=5, 2 threads". */
static void append_place(struct text *text, const struct summary *summary, size_t point,
                         size_t collector)
{
    struct text name = {0};
    summary_point_name(summary, point, 0, &name);
    text_append(text, "  ");
    text_append_terminal(text, summary->collectors[collector]);
    text_append(text, ", ");
    text_append_terminal(text, text_chars(&name));
    text_free(&name);
}

static bool fail_alike(const struct trial_record *a, const struct trial_record *b)
{
    return record_outcome(a, OUTCOME_COUNT) == record_outcome(b, OUTCOME_COUNT) &&
           strcmp(record_text(a, TRIAL_CAUSE, ""), record_text(b, TRIAL_CAUSE, "")) == 0;
}

/* How many failed like failed[first], or 0 if one before it did. */
static size_t count_alike(const struct summary_cell *cell, size_t first)
{
    size_t count = 0;
    for (size_t i = 0; i < cell->failed_count; i++) {
        if (!fail_alike(cell->failed[i], cell->failed[first]))
            continue;
        if (i < first)
            return 0;
        count++;
    }
    return count;
}

static void append_failure(struct text *text, const struct trial_record *record, size_t count,
                           size_t tried)
{
    const char *last_event = record_text(record, TRIAL_LAST_EVENT, NULL);
    enum trial_outcome outcome = record_outcome(record, OUTCOME_COUNT);
    text_format(text, ": %zu of %zu ", count, tried);
    text_append_terminal(text, record_text(record, TRIAL_OUTCOME, "without an outcome"));
    text_append(text, ": ");
    text_append_terminal(text, record_text(record, TRIAL_CAUSE, "no cause is known"));
    if (last_event != NULL && (outcome == OUTCOME_CRASH || outcome == OUTCOME_HANG)) {
        text_append(text, "; the last event was ");
        text_append_terminal(text, last_event);
    }
    text_append(text, "\n");
    if (outcome == OUTCOME_UNSUPPORTED)
        return;
    text_append(text, "    ");
    text_append_terminal(text, record_text(record, TRIAL_COMMAND, "its command is not known"));
    text_append(text, "\n");
}

static void append_failures_of(struct text *text, const struct summary *summary, size_t point,
                               size_t collector)
{
    const struct summary_cell *cell = summary_cell(summary, point, collector);
    for (size_t i = 0; i < cell->failed_count; i++) {
        size_t count = count_alike(cell, i);
        if (count == 0)
            continue;
        append_place(text, summary, point, collector);
        append_failure(text, cell->failed[i], count, cell->tried);
    }
}

static void append_failures(struct text *text, const struct summary *summary)
{
    if (summary->failures == 0)
        return;
    text_append(text, "Failures, with the command that repeats each\n");
    for (size_t point = 0; point < summary->point_count; point++)
        for (size_t collector = 0; collector < summary->collector_count; collector++)
            append_failures_of(text, summary, point, collector);
    text_append(text, "\n");
}

static void append_warnings(struct text *text, const struct summary *summary)
{
    size_t count = 0;
    for (size_t i = 0; i < summary->point_count * summary->collector_count; i++) {
        const struct summary_cell *cell = &summary->cells[i];
        if (cell->warned == NULL)
            continue;
        if (count++ == 0)
            text_append(text, "Warnings\n");
        if (count > MOST_WARNINGS)
            continue;
        append_place(text, summary, i / summary->collector_count, i % summary->collector_count);
        text_format(text, ": %zu of %zu: ", cell->warned_count, cell->tried);
        text_append_terminal(text, record_text(cell->warned, TRIAL_WARNING, ""));
        text_append(text, "\n");
    }
    if (count > MOST_WARNINGS)
        text_format(text, "  and %zu more, which `heapmark export` shows\n", count - MOST_WARNINGS);
    if (count > 0)
        text_append(text, "\n");
}

/* The note of any completed trial of the collector that did not run as asked. */
static const char *note_of(const struct summary *summary, size_t collector)
{
    for (size_t point = 0; point < summary->point_count; point++) {
        const struct summary_cell *cell = summary_cell(summary, point, collector);
        for (size_t i = 0; i < cell->completed_count; i++) {
            const char *note = record_text(cell->completed[i], TRIAL_DISPATCH_NOTE, NULL);
            if (note != NULL)
                return note;
        }
    }
    return NULL;
}

static void append_notes(struct text *text, const struct summary *summary)
{
    size_t count = 0;
    for (size_t collector = 0; collector < summary->collector_count; collector++) {
        const char *note = note_of(summary, collector);
        if (note == NULL)
            continue;
        if (count++ == 0)
            text_append(text, "Dispatch other than asked\n");
        text_append(text, "  ");
        text_append_terminal(text, summary->collectors[collector]);
        text_append(text, " ran by the table: ");
        text_append_terminal(text, note);
        text_append(text, "\n");
    }
    if (count > 0)
        text_append(text, "\n");
}

void failures_append(struct text *text, const struct summary *summary)
{
    append_failures(text, summary);
    append_warnings(text, summary);
    append_notes(text, summary);
}
