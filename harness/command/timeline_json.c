/* SPDX-License-Identifier: MIT
 *
 * A time line in the Chrome trace format, which Perfetto and chrome://tracing read.
 * docs/timeline.md describes what is where.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <heapmark/plugin.h>

#include "command/command.h"
#include "command/timeline.h"
#include "measure/log.h"
#include "store/json.h"

/* Tracks, as thread numbers of the one process. Those of threads lie LANES apart, so that the lanes
 * of one stand together; none is 0, which viewers take for the processor's idle time. */
enum { PROCESS = 1, TRACK_TRIAL = 1, TRACK_REQUESTS = 2, TRACK_FIRST_THREAD = 8 };

/* Where the writing is. */
struct sheet {
    FILE *file;
    const struct timeline *timeline;
    uint64_t zero_ns; /* the zero of all times, on the clock */
    bool begun;
};

/* Owns `json`. One event a line. */
static bool put(struct sheet *sheet, json_t *json)
{
    bool ok = fputs(sheet->begun ? ",\n" : "\n", sheet->file) >= 0 &&
              json_dumpf(json, sheet->file, JSON_COMPACT) == 0;
    sheet->begun = true;
    json_decref(json);
    return ok;
}

/* The format counts microseconds. Written digit by digit, as a double keeps the ns of 100 days
 * only. */
static void format_us(struct text *text, uint64_t ns)
{
    text_format(text, "%" PRIu64 ".%03" PRIu64, ns / 1000, ns % 1000);
}

static json_t *event_of(const char *phase, uint64_t track)
{
    json_t *json = json_new_object();
    json_add(json, "ph", json_of_text(phase));
    json_add(json, "pid", json_of_integer(PROCESS));
    json_add(json, "tid", json_of_integer((int64_t)track));
    return json;
}

static uint64_t track_of(uint64_t thread, uint32_t lane)
{
    return TRACK_FIRST_THREAD + thread * TIMELINE_LANES + lane;
}

/* ---- events that have a time: written by hand, as there may be a million ---- */

/* Names are this program's own, of plain letters; so nothing is to be escaped. */
static void begin_line(struct text *line, const char *phase, uint64_t track, const char *name)
{
    text_format(line,
                "{\"ph\":\"%s\",\"pid\":%d,\"tid\":%" PRIu64 ",\"name\":\"%s\",\"ts\":", phase,
                PROCESS, track, name);
}

static void append_value(struct text *line, const struct timeline_value *value, const char *between)
{
    if (value->value == HM_UNKNOWN)
        text_format(line, "%s\"%s\":null", between, value->name);
    else
        text_format(line, "%s\"%s\":%" PRId64, between, value->name, (int64_t)value->value);
}

static bool put_line(struct sheet *sheet, struct text *line)
{
    bool ok = fputs(sheet->begun ? ",\n" : "\n", sheet->file) >= 0 &&
              fputs(text_chars(line), sheet->file) >= 0;
    sheet->begun = true;
    text_free(line);
    return ok;
}

static bool put_span(struct sheet *sheet, uint64_t track, const struct timeline_span *span)
{
    struct text line = {0};
    begin_line(&line, "X", track, span->name);
    format_us(&line, span->start_ns - sheet->zero_ns);
    text_append(&line, ",\"dur\":");
    format_us(&line, span->end_ns - span->start_ns);
    text_append(&line, ",\"args\":{");
    const char *between = "";
    for (size_t i = 0; i < 2; i++) {
        if (span->values[i].name == NULL)
            continue;
        append_value(&line, &span->values[i], between);
        between = ",";
    }
    if (span->unfinished)
        text_format(&line, "%s\"unfinished\":true", between);
    text_append(&line, "}}");
    return put_line(sheet, &line);
}

static bool put_moment(struct sheet *sheet, uint64_t track, const struct timeline_moment *moment)
{
    struct text line = {0};
    begin_line(&line, "i", track, moment->name != NULL ? moment->name : "unknown event");
    format_us(&line, moment->time_ns - sheet->zero_ns);
    text_append(&line, ",\"s\":\"t\",\"args\":{");
    text_format(&line, "\"code\":%" PRIu32, moment->code);
    if (moment->value.name != NULL)
        append_value(&line, &moment->value, ",");
    if (moment->odd != NULL)
        text_format(&line, ",\"odd\":\"%s\"", moment->odd);
    text_append(&line, "}}");
    return put_line(sheet, &line);
}

static bool put_count(struct sheet *sheet, const char *name, uint64_t time_ns, uint64_t bytes)
{
    struct text line = {0};
    begin_line(&line, "C", TRACK_TRIAL, name);
    format_us(&line, time_ns - sheet->zero_ns);
    text_format(&line, ",\"args\":{\"bytes\":%" PRIu64 "}}", bytes);
    return put_line(sheet, &line);
}

static bool put_samples(struct sheet *sheet, const char *name,
                        const struct timeline_samples *samples)
{
    bool ok = true;
    for (size_t i = 0; ok && i < samples->count; i++)
        ok = put_count(sheet, name, samples->items[i].time_ns, samples->items[i].value);
    return ok;
}

/* ---- tracks by name ---- */

static bool put_name(struct sheet *sheet, const char *what, uint64_t track, const char *name)
{
    json_t *json = event_of("M", track), *arguments = json_new_object();
    json_add(json, "name", json_of_text(what));
    json_add(arguments, "name", json_of_text(name));
    json_add(json, "args", arguments);
    return put(sheet, json);
}

static bool put_track(struct sheet *sheet, uint64_t track, const char *name)
{
    json_t *json = event_of("M", track), *arguments = json_new_object();
    json_add(json, "name", json_of_text("thread_sort_index"));
    json_add(arguments, "sort_index", json_of_integer((int64_t)track));
    json_add(json, "args", arguments);
    return put_name(sheet, "thread_name", track, name) && put(sheet, json);
}

static bool put_thread_tracks(struct sheet *sheet, const struct timeline_thread *thread, uint64_t i)
{
    bool ok = true;
    for (uint32_t lane = 0; ok && lane < thread->lanes; lane++) {
        struct text name = {0};
        text_format(&name, "%s %" PRIu64, stored_log_kind(thread->log), thread->log->head.number);
        if (lane > 0)
            text_append(&name, ", what crosses the above");
        ok = put_track(sheet, track_of(i, lane), text_chars(&name));
        text_free(&name);
    }
    return ok;
}

static const char *text_of(const struct stored_events *events, enum trial_field field)
{
    return record_text(&events->trial.record, field, "");
}

static bool put_tracks(struct sheet *sheet)
{
    const struct stored_events *events = sheet->timeline->events;
    struct text name = {0};
    text_format(&name, "%s on %s, trial %" PRId64, text_of(events, TRIAL_COLLECTOR_LABEL),
                text_of(events, TRIAL_WORKLOAD), events->trial.id);
    bool ok = put_name(sheet, "process_name", TRACK_TRIAL, text_chars(&name)) &&
              put_track(sheet, TRACK_TRIAL, "trial");
    if (events->trial.record.requests.count > 0 && events->head.end_ns != 0)
        ok = ok && put_track(sheet, TRACK_REQUESTS, "requests");
    for (size_t i = 0; ok && i < events->count; i++)
        ok = put_thread_tracks(sheet, &sheet->timeline->threads[i], i);
    text_free(&name);
    return ok;
}

/* ---- what the tracks hold ---- */

static bool put_thread(struct sheet *sheet, const struct timeline_thread *thread, uint64_t i)
{
    bool ok = true;
    for (size_t k = 0; ok && k < thread->span_count; k++)
        ok = put_span(sheet, track_of(i, thread->spans[k].lane), &thread->spans[k]);
    for (size_t k = 0; ok && k < thread->moment_count; k++)
        ok = put_moment(sheet, track_of(i, 0), &thread->moments[k]);
    return ok;
}

static bool put_timed_part(struct sheet *sheet)
{
    const struct event_blob_head *head = &sheet->timeline->events->head;
    const struct timeline_span part = {
        .start_ns = head->start_ns, .end_ns = head->end_ns, .name = "timed part"};
    return head->end_ns < head->start_ns || head->end_ns == 0 ||
           put_span(sheet, TRACK_TRIAL, &part);
}

/* A time of the record, which counts from the start of the timed part, as one of the sheet; false
 * where it is before the sheet begins. */
static bool place(const struct sheet *sheet, int64_t from_start_ns, uint64_t *ns)
{
    uint64_t start_ns = sheet->timeline->events->head.start_ns;
    *ns = start_ns + (uint64_t)from_start_ns;
    return from_start_ns >= 0 || start_ns - sheet->zero_ns >= (uint64_t)-from_start_ns;
}

/* Requests are stored in the order in which they were due. Which mutator served one is not. */
static bool put_requests(struct sheet *sheet)
{
    const struct request_list *requests = &sheet->timeline->events->trial.record.requests;
    bool ok = true;
    for (size_t i = 0; ok && i < requests->count; i++) {
        struct text line = {0};
        uint64_t ns;
        if (!place(sheet, requests->due_ns[i], &ns))
            ns = sheet->zero_ns;
        begin_line(&line, "i", TRACK_REQUESTS, "request due");
        format_us(&line, ns - sheet->zero_ns);
        text_format(&line, ",\"s\":\"t\",\"args\":{\"latency_ns\":%" PRId64 "}}",
                    requests->latency_ns[i]);
        ok = put_line(sheet, &line);
    }
    return ok;
}

static bool put_curve(struct sheet *sheet, enum trial_curve which)
{
    const struct curve *curve = &sheet->timeline->events->trial.record.curves[which];
    struct text name = {0};
    text_format(&name, "sampled: %s", record_curve_word(which));
    bool ok = true;
    for (size_t i = 0; ok && i < curve->count; i++) {
        double x = curve->points[i].x, y = curve->points[i].y;
        uint64_t ns;
        if (x >= 0 && x < 1e18 && y >= 0 && y < 1e18 && place(sheet, (int64_t)x, &ns))
            ok = put_count(sheet, text_chars(&name), ns, (uint64_t)y);
    }
    text_free(&name);
    return ok;
}

static bool put_counts(struct sheet *sheet)
{
    static const enum trial_curve curves[] = {CURVE_HELD, CURVE_LIVE, CURVE_RESIDENT};
    const struct timeline *timeline = sheet->timeline;
    bool ok = put_samples(sheet, "heap held", &timeline->held) &&
              put_samples(sheet, "reclaimed in all", &timeline->reclaimed);
    for (size_t i = 0; ok && i < sizeof curves / sizeof *curves; i++)
        ok = timeline->events->head.end_ns == 0 || put_curve(sheet, curves[i]);
    return ok;
}

/* ---- the whole ---- */

static uint64_t count_left_out(const struct timeline *timeline)
{
    uint64_t count = 0;
    for (size_t i = 0; i < timeline->events->count; i++)
        count += timeline->threads[i].left_out;
    return count;
}

static json_t *about(const struct timeline *timeline)
{
    static const enum trial_field fields[] = {
        TRIAL_COLLECTOR_LABEL, TRIAL_COLLECTOR, TRIAL_WORKLOAD, TRIAL_WORKLOAD_PARAMETERS,
        TRIAL_DISPATCH,        TRIAL_OUTCOME,   TRIAL_CAUSE,    TRIAL_WARNING};
    const struct stored_events *events = timeline->events;
    json_t *json = json_new_object();
    json_add(json, "schema", json_of_text("heapmark-timeline"));
    json_add(json, "version", json_of_integer(1));
    json_add(json, "trial", json_of_integer(events->trial.id));
    json_add(json, "run", json_of_integer(events->trial.run_id));
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        json_add(json, record_fields[fields[i]].column,
                 json_of_text(record_text(&events->trial.record, fields[i], NULL)));
    json_add(json, "spans_left_out", json_of_integer((int64_t)count_left_out(timeline)));
    return json;
}

static bool put_all(FILE *file, const struct timeline *timeline)
{
    struct sheet sheet = {.file = file, .timeline = timeline, .zero_ns = timeline->first_ns};
    json_t *head = about(timeline);
    bool ok = fputs("{\"displayTimeUnit\":\"ns\",\"otherData\":", file) >= 0 &&
              json_dumpf(head, file, JSON_COMPACT) == 0 && fputs(",\"traceEvents\":[", file) >= 0 &&
              put_tracks(&sheet) && put_timed_part(&sheet);
    json_decref(head);
    for (size_t i = 0; ok && i < timeline->events->count; i++)
        ok = put_thread(&sheet, &timeline->threads[i], i);
    if (timeline->events->head.end_ns != 0)
        ok = ok && put_requests(&sheet);
    return ok && put_counts(&sheet) && fputs("\n]}\n", file) >= 0 && fflush(file) == 0;
}

/* As docs/events.md lists it: what cannot be true is no reason to show nothing. */
static void say_what_is_wrong(const struct timeline *timeline)
{
    const struct stored_events *events = timeline->events;
    const char *warning = record_text(&events->trial.record, TRIAL_WARNING, NULL);
    uint64_t left_out = count_left_out(timeline);
    if (warning != NULL)
        command_say("warning: trial %" PRId64 ": %s", events->trial.id, warning);
    if (left_out > 0)
        command_say("warning: %" PRIu64 " spans of trial %" PRId64
                    " cross too many others to be drawn",
                    left_out, events->trial.id);
}

bool export_timeline(struct store *store, int64_t trial_id, FILE *file, struct error *error)
{
    struct stored_events events = {0};
    struct timeline timeline = {0};
    bool ok = stored_events_load(&events, store, trial_id, error);
    if (ok) {
        timeline_make(&timeline, &events);
        say_what_is_wrong(&timeline);
        ok = put_all(file, &timeline) ||
             error_system(error, "cannot write the export: %s", strerror(errno));
        timeline_free(&timeline);
    }
    stored_events_free(&events);
    return ok;
}
