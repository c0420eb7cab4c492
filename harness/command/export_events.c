/* SPDX-License-Identifier: MIT
 *
 * The raw events of a trial as JSON lines. docs/events.md describes them.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <heapmark/plugin.h>

#include "command/stored_events.h"
#include "measure/log.h"
#include "store/json.h"

static bool cannot_write(struct error *error)
{
    return error_system(error, "cannot write the export: %s", strerror(errno));
}

static json_t *field(const struct stored_events *events, enum trial_field which)
{
    return json_of_text(record_text(&events->trial.record, which, NULL));
}

static json_t *head_of_log(const struct stored_log *log)
{
    json_t *json = json_new_object();
    json_add(json, "log", json_of_integer((int64_t)log->head.number));
    json_add(json, "thread", json_of_text(stored_log_kind(log)));
    json_add(json, "stamped", json_boolean((log->head.flags & EVENT_BLOB_STAMPED) != 0));
    json_add(json, "controlled", json_boolean((log->head.flags & EVENT_BLOB_CONTROLLED) != 0));
    json_add(json, "events", json_of_integer((int64_t)log->head.count));
    json_add(json, "lost", json_of_integer((int64_t)log->head.lost));
    json_add(json, "left_out", json_of_integer((int64_t)log->head.left_out));
    return json;
}

static json_t *head_of(const struct stored_events *events)
{
    json_t *json = json_new_object(), *logs = json_new_array();
    bool is_timed = events->head.end_ns != 0;
    json_add(json, "schema", json_of_text("heapmark-events"));
    json_add(json, "version", json_of_integer((int64_t)events->head.version));
    json_add(json, "trial", json_of_integer(events->trial.id));
    json_add(json, "run", json_of_integer(events->trial.run_id));
    json_add(json, "collector", field(events, TRIAL_COLLECTOR_LABEL));
    json_add(json, "workload", field(events, TRIAL_WORKLOAD));
    json_add(json, "clock", json_of_text("CLOCK_MONOTONIC"));
    json_add(json, "start_ns",
             is_timed ? json_of_integer((int64_t)events->head.start_ns) : json_null());
    json_add(json, "length_ns",
             is_timed ? json_of_integer((int64_t)(events->head.end_ns - events->head.start_ns))
                      : json_null());
    json_add(json, "refused", json_of_integer((int64_t)events->head.refused));
    for (size_t i = 0; i < events->count; i++)
        json_append(logs, head_of_log(&events->logs[i]));
    json_add(json, "logs", logs);
    return json;
}

static bool put_event(FILE *file, const struct stored_events *events, const struct stored_log *log,
                      const struct event_blob_event *event)
{
    struct text line = {0};
    const char *name = log_entry_name(event->kind);
    text_format(&line, "{\"log\":%" PRIu64 ",\"time_ns\":%" PRId64 ",\"code\":%" PRIu32,
                log->head.number, (int64_t)(event->time_ns - events->head.start_ns), event->kind);
    text_format(&line, ",\"by\":\"%s\",\"event\":",
                event->kind >= LOG_FIRST_MARK ? "harness" : "collector");
    if (name != NULL)
        text_format(&line, "\"%s\"", name); /* ours, of plain letters */
    else
        text_append(&line, "null");
    if (event->value == HM_UNKNOWN)
        text_append(&line, ",\"value\":null}\n");
    else
        text_format(&line, ",\"value\":%" PRId64 "}\n", (int64_t)event->value);
    bool ok = fputs(text_chars(&line), file) >= 0;
    text_free(&line);
    return ok;
}

static bool put_all(FILE *file, const struct stored_events *events)
{
    json_t *head = head_of(events);
    bool ok = json_dumpf(head, file, JSON_COMPACT) == 0 && fputs("\n", file) >= 0;
    json_decref(head);
    for (size_t i = 0; ok && i < events->count; i++)
        for (size_t k = 0; ok && k < events->logs[i].head.count; k++)
            ok = put_event(file, events, &events->logs[i], &events->logs[i].events[k]);
    return ok && fflush(file) == 0;
}

bool export_events(struct store *store, int64_t trial_id, FILE *file, struct error *error)
{
    struct stored_events events = {0};
    bool ok = stored_events_load(&events, store, trial_id, error) &&
              (put_all(file, &events) || cannot_write(error));
    stored_events_free(&events);
    return ok;
}
