/* SPDX-License-Identifier: MIT
 *
 * From events to intervals; see told.h.
 */
#include "measure/told.h"

#include <stdlib.h>

#include "base/text.h"

static void add_interval(struct intervals *intervals, uint64_t start_ns, uint64_t end_ns)
{
    if (intervals->count == intervals->capacity) {
        intervals->capacity = intervals->capacity == 0 ? 64 : 2 * intervals->capacity;
        intervals->items =
            memory_resize(intervals->items, intervals->capacity * sizeof *intervals->items);
    }
    intervals->items[intervals->count++] = (struct stamp_interval){start_ns, end_ns};
}

static int compare_starts(const void *a, const void *b)
{
    uint64_t left = ((const struct stamp_interval *)a)->start_ns;
    uint64_t right = ((const struct stamp_interval *)b)->start_ns;
    return left < right ? -1 : left > right;
}

bool told_in_window(struct metrics_window window, uint64_t start_ns, uint64_t end_ns)
{
    return start_ns >= window.start_ns && end_ns <= window.end_ns && start_ns <= end_ns;
}

/* Where a log's reader is: in a stop, in a bracket. */
struct reader {
    uint64_t stop_ns;  /* 0: not in a stop */
    uint64_t begin_ns; /* 0: not in a bracket */
};

static void read_stop(struct told *found, struct reader *reader, const struct hm_event *event,
                      struct metrics_window window)
{
    if (event->kind == HM_EVENT_STOP_REQUESTED) {
        reader->stop_ns = event->time_ns;
    } else if (reader->stop_ns == 0) {
        return;
    } else if (event->kind == HM_EVENT_STOPPED) {
        uint64_t wait_ns = event->time_ns - reader->stop_ns;
        if (told_in_window(window, reader->stop_ns, event->time_ns) &&
            wait_ns > found->longest_wait_ns)
            found->longest_wait_ns = wait_ns;
    } else if (event->kind == HM_EVENT_RESUMED) {
        if (told_in_window(window, reader->stop_ns, event->time_ns))
            add_interval(&found->pauses, reader->stop_ns, event->time_ns);
        reader->stop_ns = 0;
    }
}

static void read_bracket(struct told *found, struct reader *reader, const struct hm_event *event,
                         struct metrics_window window)
{
    bool begins = event->kind == HM_EVENT_RELEASE_BEGIN || event->kind == HM_EVENT_SWEEP_BEGIN;
    bool ends = event->kind == HM_EVENT_RELEASE_END || event->kind == HM_EVENT_SWEEP_END;
    if (begins) {
        reader->begin_ns = event->time_ns;
    } else if (ends && reader->begin_ns != 0) {
        if (reader->stop_ns == 0 && told_in_window(window, reader->begin_ns, event->time_ns))
            add_interval(&found->releases, reader->begin_ns, event->time_ns);
        reader->begin_ns = 0;
    }
}

void told_read_log(struct told *found, const struct hm_log *log, struct metrics_window window)
{
    struct reader reader = {0};
    for (const struct log_chunk *chunk = log->first; chunk != NULL; chunk = chunk->next) {
        for (size_t i = 0; i < chunk->count; i++) {
            const struct hm_event *event = &chunk->events[i];
            read_stop(found, &reader, event, window);
            if (log->kind == LOG_MUTATOR)
                read_bracket(found, &reader, event, window);
            if (event->kind == HM_EVENT_COLLECTION_END &&
                told_in_window(window, event->time_ns, event->time_ns))
                found->collections++;
        }
    }
}

struct told told_read_book(const struct log_book *book, struct metrics_window window)
{
    struct told found = {0};
    for (const struct hm_log *log = book->first; log != NULL; log = log->next)
        told_read_log(&found, log, window);
    if (found.pauses.count > 0)
        qsort(found.pauses.items, found.pauses.count, sizeof *found.pauses.items, compare_starts);
    return found;
}

void told_free(struct told *found)
{
    free(found->pauses.items);
    free(found->releases.items);
}
