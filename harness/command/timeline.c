/* SPDX-License-Identifier: MIT
 *
 * From a trial's events to spans, moments and samples; see timeline.h.
 */
#include "command/timeline.h"

#include <stdlib.h>

#include <heapmark/plugin.h>

#include "measure/log.h"

enum { MOST_DEPTH = 16 };

#define GREATEST_SIZE ((uint64_t)INT64_MAX)

/* What has a beginning and an end of its own. A stop is not among these, as it may cross them. */
static const struct span_kind {
    uint32_t begin, end;
    const char *name, *begin_value, *end_value;
} kinds[] = {
    {HM_EVENT_COLLECTION_BEGIN, HM_EVENT_COLLECTION_END, "collection", "kind", "reclaimed_bytes"},
    {HM_EVENT_MARK_BEGIN, HM_EVENT_MARK_END, "mark", "roots", "objects_marked"},
    {HM_EVENT_SWEEP_BEGIN, HM_EVENT_SWEEP_END, "sweep", NULL, "reclaimed_bytes"},
    {HM_EVENT_COPY_BEGIN, HM_EVENT_COPY_END, "copy", "roots", "copied_bytes"},
    {HM_EVENT_CYCLES_BEGIN, HM_EVENT_CYCLES_END, "cycle detection", "candidates", "objects_freed"},
    {HM_EVENT_RELEASE_BEGIN, HM_EVENT_RELEASE_END, "release", NULL, "objects_freed"},
    {HM_EVENT_CONCURRENT_BEGIN, HM_EVENT_CONCURRENT_END, "concurrent phase", NULL, "handled"},
    {HM_EVENT_STALL_BEGIN, HM_EVENT_STALL_END, "allocation stall", "bytes_asked_for", NULL},
    {HM_EVENT_WORKER_BEGIN, HM_EVENT_WORKER_END, "worker's share", "worker", "handled"},
    {LOG_MARK_ATTACHED, LOG_MARK_DETACHED, "attached", NULL, NULL},
    {LOG_MARK_STEP_BEGIN, LOG_MARK_STEP_END, "timed work", NULL, NULL},
};

enum { KIND_COUNT = sizeof kinds / sizeof *kinds };

static const struct moment_kind {
    uint32_t code;
    const char *value;
} moment_kinds[] = {
    {HM_EVENT_HEAP_GROWN, "held_bytes"},
    {HM_EVENT_HEAP_SHRUNK, "held_bytes"},
    {HM_EVENT_OUT_OF_MEMORY, "bytes_asked_for"},
    {HM_EVENT_FINALIZERS_QUEUED, "objects"},
};

/* Where the reader of a log is. */
struct reader {
    struct timeline *timeline;
    struct timeline_thread *into;
    struct {
        const struct span_kind *kind;
        uint64_t ns, value;
    } open[MOST_DEPTH];
    size_t depth;
    bool stopping;
    uint64_t stop_ns, stop_value, waited_ns;
};

/* Room for one more. */
static void *grow(void *items, size_t count, size_t *capacity, size_t bytes)
{
    if (count < *capacity)
        return items;
    *capacity = *capacity == 0 ? 64 : 2 * *capacity;
    return memory_resize(items, *capacity * bytes);
}

static struct timeline_span *add_span(struct reader *reader, const char *name, uint64_t start_ns,
                                      uint64_t end_ns)
{
    struct timeline_thread *into = reader->into;
    into->spans = grow(into->spans, into->span_count, &into->span_capacity, sizeof *into->spans);
    struct timeline_span *span = &into->spans[into->span_count++];
    *span = (struct timeline_span){.start_ns = start_ns, .end_ns = end_ns, .name = name};
    return span;
}

static struct timeline_moment *add_moment(struct reader *reader,
                                          const struct event_blob_event *event)
{
    struct timeline_thread *into = reader->into;
    into->moments =
        grow(into->moments, into->moment_count, &into->moment_capacity, sizeof *into->moments);
    struct timeline_moment *moment = &into->moments[into->moment_count++];
    *moment = (struct timeline_moment){
        .time_ns = event->time_ns, .name = log_entry_name(event->kind), .code = event->kind};
    return moment;
}

static void add_odd(struct reader *reader, const struct event_blob_event *event, const char *why)
{
    add_moment(reader, event)->odd = why;
}

static void add_sample(struct timeline_samples *samples, uint64_t time_ns, uint64_t value)
{
    samples->items =
        grow(samples->items, samples->count, &samples->capacity, sizeof *samples->items);
    samples->items[samples->count++] = (struct timeline_sample){time_ns, value};
}

/* ---- stops ---- */

static void end_stop(struct reader *reader, const struct event_blob_event *event)
{
    reader->stopping = false;
    struct timeline_span *span =
        add_span(reader, "stop of the world", reader->stop_ns, event->time_ns);
    span->values[0] = (struct timeline_value){"mutators", reader->stop_value};
}

static void read_stop(struct reader *reader, const struct event_blob_event *event)
{
    if (event->kind == HM_EVENT_STOP_REQUESTED) {
        if (reader->stopping)
            add_odd(reader, event, "a stop is on already");
        else
            add_moment(reader, event)->value = (struct timeline_value){"mutators", event->value};
        reader->stop_ns = event->time_ns;
        reader->stop_value = event->value;
        reader->stopping = true;
    } else if (!reader->stopping) {
        add_odd(reader, event, "without a request");
    } else if (event->time_ns < reader->stop_ns) {
        add_odd(reader, event, "earlier than the request");
        reader->stopping = event->kind == HM_EVENT_STOPPED;
    } else if (event->kind == HM_EVENT_RESUMED) {
        end_stop(reader, event);
    } else {
        struct timeline_span *span =
            add_span(reader, "wait for safepoints", reader->stop_ns, event->time_ns);
        span->values[0] = (struct timeline_value){"waited_for", event->value};
    }
}

/* ---- pairs ---- */

static void end_span(struct reader *reader, const struct event_blob_event *event)
{
    const struct span_kind *kind = reader->open[reader->depth - 1].kind;
    uint64_t start_ns = reader->open[reader->depth - 1].ns;
    struct timeline_value begin = {kind->begin_value, reader->open[reader->depth - 1].value};
    reader->depth--;
    if (event->time_ns < start_ns) {
        add_odd(reader, event, "earlier than its beginning");
        return;
    }
    struct timeline_span *span = add_span(reader, kind->name, start_ns, event->time_ns);
    span->values[0] = begin;
    span->values[1] = (struct timeline_value){kind->end_value, event->value};
}

static void read_pair(struct reader *reader, const struct event_blob_event *event,
                      const struct span_kind *kind)
{
    if (kind->begin == event->kind && reader->depth == MOST_DEPTH) {
        add_odd(reader, event, "too many have begun");
    } else if (kind->begin == event->kind) {
        reader->open[reader->depth].kind = kind;
        reader->open[reader->depth].ns = event->time_ns;
        reader->open[reader->depth++].value = event->value;
    } else if (reader->depth > 0 && reader->open[reader->depth - 1].kind == kind) {
        end_span(reader, event);
    } else {
        add_odd(reader, event,
                reader->depth > 0 ? "what began later has not ended" : "without a beginning");
    }
}

/* ---- all else ---- */

static void read_slow_path(struct reader *reader, const struct event_blob_event *mark)
{
    uint64_t length_ns = mark->value < mark->time_ns ? mark->value : mark->time_ns;
    struct timeline_span *span =
        add_span(reader, log_entry_name(mark->kind), mark->time_ns - length_ns, mark->time_ns);
    span->values[0] = (struct timeline_value){"waited_for_processor_ns", reader->waited_ns};
    reader->waited_ns = 0;
}

static void read_moment(struct reader *reader, const struct event_blob_event *event)
{
    struct timeline_moment *moment = add_moment(reader, event);
    for (size_t i = 0; i < sizeof moment_kinds / sizeof *moment_kinds; i++)
        if (moment_kinds[i].code == event->kind)
            moment->value = (struct timeline_value){moment_kinds[i].value, event->value};
}

/* A value that cannot be a size is shown with its event, and is no sample. */
static void read_sample(struct reader *reader, const struct event_blob_event *event)
{
    struct timeline *timeline = reader->timeline;
    if (event->value > GREATEST_SIZE)
        return;
    if (event->kind == HM_EVENT_HEAP_GROWN || event->kind == HM_EVENT_HEAP_SHRUNK)
        add_sample(&timeline->held, event->time_ns, event->value);
    else if (event->kind == HM_EVENT_COLLECTION_END)
        add_sample(&timeline->reclaimed, event->time_ns, event->value);
}

static const struct span_kind *kind_of(uint32_t code)
{
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (kinds[i].begin == code || kinds[i].end == code)
            return &kinds[i];
    return NULL;
}

static void read_event(struct reader *reader, const struct event_blob_event *event)
{
    const struct span_kind *kind = kind_of(event->kind);
    read_sample(reader, event);
    if (kind != NULL)
        read_pair(reader, event, kind);
    else if (event->kind >= HM_EVENT_STOP_REQUESTED && event->kind <= HM_EVENT_RESUMED)
        read_stop(reader, event);
    else if (event->kind == LOG_MARK_WAITED)
        reader->waited_ns = event->value;
    else if (event->kind == LOG_MARK_SLOW_ALLOCATE || event->kind == LOG_MARK_SLOW_POLL)
        read_slow_path(reader, event);
    else
        read_moment(reader, event);
}

/* What never ended lasts as long as the thread told anything. */
static void end_all(struct reader *reader)
{
    const struct stored_log *log = reader->into->log;
    struct event_blob_event last = {.value = HM_UNKNOWN};
    for (size_t i = 0; i < log->head.count; i++)
        if (log->events[i].time_ns > last.time_ns)
            last.time_ns = log->events[i].time_ns;
    while (reader->depth > 0) {
        end_span(reader, &last);
        reader->into->spans[reader->into->span_count - 1].unfinished = true;
    }
    if (reader->stopping) {
        end_stop(reader, &last);
        reader->into->spans[reader->into->span_count - 1].unfinished = true;
    }
}

/* ---- in order ---- */

static int by_start(const void *a, const void *b)
{
    const struct timeline_span *left = a, *right = b;
    if (left->lane != right->lane)
        return left->lane < right->lane ? -1 : 1;
    if (left->start_ns != right->start_ns)
        return left->start_ns < right->start_ns ? -1 : 1;
    return (left->end_ns < right->end_ns) - (left->end_ns > right->end_ns);
}

static int by_moment(const void *a, const void *b)
{
    const struct timeline_moment *left = a, *right = b;
    return (left->time_ns > right->time_ns) - (left->time_ns < right->time_ns);
}

static int by_time(const void *a, const void *b)
{
    const struct timeline_sample *left = a, *right = b;
    return (left->time_ns > right->time_ns) - (left->time_ns < right->time_ns);
}

/* The spans of a lane that are open where the next one begins, by their ends. */
struct lane {
    uint64_t *ends_ns;
    size_t depth, capacity;
};

static bool enter_lane(struct lane *lane, const struct timeline_span *span)
{
    while (lane->depth > 0 && lane->ends_ns[lane->depth - 1] <= span->start_ns &&
           lane->ends_ns[lane->depth - 1] < span->end_ns)
        lane->depth--;
    if (lane->depth > 0 && lane->ends_ns[lane->depth - 1] < span->end_ns)
        return false;
    lane->ends_ns = grow(lane->ends_ns, lane->depth, &lane->capacity, sizeof *lane->ends_ns);
    lane->ends_ns[lane->depth++] = span->end_ns;
    return true;
}

static void choose_lanes(struct timeline_thread *thread)
{
    struct lane lanes[TIMELINE_LANES] = {0};
    size_t kept = 0;
    thread->lanes = 1;
    for (size_t i = 0; i < thread->span_count; i++) {
        struct timeline_span *span = &thread->spans[i];
        while (span->lane < TIMELINE_LANES && !enter_lane(&lanes[span->lane], span))
            span->lane++;
        if (span->lane == TIMELINE_LANES)
            continue;
        thread->lanes = span->lane + 1 > thread->lanes ? span->lane + 1 : thread->lanes;
        thread->spans[kept++] = *span;
    }
    thread->left_out = thread->span_count - kept;
    thread->span_count = kept;
    for (size_t i = 0; i < TIMELINE_LANES; i++)
        free(lanes[i].ends_ns);
}

static void sort(void *items, size_t count, size_t bytes, int (*order)(const void *, const void *))
{
    if (count > 0)
        qsort(items, count, bytes, order);
}

static void read_log(struct timeline *timeline, struct timeline_thread *into,
                     const struct stored_log *log)
{
    struct reader reader = {.timeline = timeline, .into = into};
    into->log = log;
    for (size_t i = 0; i < log->head.count; i++)
        read_event(&reader, &log->events[i]);
    end_all(&reader);
    sort(into->spans, into->span_count, sizeof *into->spans, by_start);
    choose_lanes(into);
    sort(into->spans, into->span_count, sizeof *into->spans, by_start);
    sort(into->moments, into->moment_count, sizeof *into->moments, by_moment);
}

/* From what each collection reclaimed to what was reclaimed in all. */
static void add_up(struct timeline_samples *samples)
{
    uint64_t total = 0;
    for (size_t i = 0; i < samples->count; i++) {
        uint64_t value = samples->items[i].value;
        total = value > GREATEST_SIZE - total ? GREATEST_SIZE : total + value;
        samples->items[i].value = total;
    }
}

static void note_first(struct timeline *timeline, uint64_t time_ns)
{
    timeline->first_ns = time_ns < timeline->first_ns ? time_ns : timeline->first_ns;
}

static void find_first(struct timeline *timeline)
{
    timeline->first_ns = UINT64_MAX;
    if (timeline->events->head.end_ns != 0)
        note_first(timeline, timeline->events->head.start_ns);
    for (size_t i = 0; i < timeline->events->count; i++) {
        const struct timeline_thread *thread = &timeline->threads[i];
        for (size_t k = 0; k < thread->span_count; k++)
            note_first(timeline, thread->spans[k].start_ns);
        if (thread->moment_count > 0)
            note_first(timeline, thread->moments[0].time_ns);
    }
    if (timeline->held.count > 0)
        note_first(timeline, timeline->held.items[0].time_ns);
    if (timeline->reclaimed.count > 0)
        note_first(timeline, timeline->reclaimed.items[0].time_ns);
}

void timeline_make(struct timeline *timeline, const struct stored_events *events)
{
    timeline->events = events;
    timeline->threads = memory_new((events->count + 1) * sizeof *timeline->threads);
    for (size_t i = 0; i < events->count; i++)
        read_log(timeline, &timeline->threads[i], &events->logs[i]);
    sort(timeline->held.items, timeline->held.count, sizeof *timeline->held.items, by_time);
    sort(timeline->reclaimed.items, timeline->reclaimed.count, sizeof *timeline->reclaimed.items,
         by_time);
    add_up(&timeline->reclaimed);
    find_first(timeline);
}

void timeline_free(struct timeline *timeline)
{
    for (size_t i = 0; timeline->threads != NULL && i < timeline->events->count; i++) {
        free(timeline->threads[i].spans);
        free(timeline->threads[i].moments);
    }
    free(timeline->threads);
    free(timeline->held.items);
    free(timeline->reclaimed.items);
    *timeline = (struct timeline){0};
}
