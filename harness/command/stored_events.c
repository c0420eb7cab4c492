/* SPDX-License-Identifier: MIT
 *
 * The raw events of a trial; see stored_events.h.
 */
#include "command/stored_events.h"

#include <stdlib.h>

static bool are_damaged(int64_t trial_id, struct error *error)
{
    return error_user(error,
                      "the events of trial %lld cannot be read: they are damaged, or a newer "
                      "Heapmark has written them",
                      (long long)trial_id);
}

/* What the head says of how many there are is not believed: room is made for what is there. */
static bool read_log(struct event_blob_reader *reader, struct stored_log *log)
{
    if (!event_blob_get_thread(reader, &log->head))
        return false;
    for (uint64_t i = 0; i < log->head.count; i++) {
        struct event_blob_event event;
        if (!event_blob_get_event(reader, &event))
            return false;
        if (i == log->capacity) {
            log->capacity = log->capacity == 0 ? 256 : 2 * log->capacity;
            log->events = memory_resize(log->events, log->capacity * sizeof *log->events);
        }
        log->events[i] = event;
    }
    return true;
}

static bool unpack(struct stored_events *events, const unsigned char *bytes, size_t count)
{
    struct event_blob_reader reader;
    if (!event_blob_get_head(&reader, bytes, count, &events->head) || events->head.threads > count)
        return false;
    events->logs = memory_new((events->head.threads + 1) * sizeof *events->logs);
    for (; events->count < events->head.threads; events->count++)
        if (!read_log(&reader, &events->logs[events->count]))
            return false;
    return event_blob_is_at_end(&reader);
}

bool stored_events_load(struct stored_events *events, struct store *store, int64_t trial_id,
                        struct error *error)
{
    unsigned char *bytes = NULL;
    size_t count = 0;
    if (!store_load_trial(store, trial_id, &events->trial, error) ||
        !store_load_events(store, trial_id, &bytes, &count, error))
        return false;
    bool ok = count > 0 ? unpack(events, bytes, count) || are_damaged(trial_id, error)
                        : error_user(error,
                                     "trial %lld has no events: its process died before it could "
                                     "tell them, or an older Heapmark has stored it",
                                     (long long)trial_id);
    free(bytes);
    return ok;
}

void stored_events_free(struct stored_events *events)
{
    /* One more than are whole: the one in which reading ended. */
    for (size_t i = 0; events->logs != NULL && i <= events->count; i++)
        free(events->logs[i].events);
    free(events->logs);
    record_free(&events->trial.record);
}

const char *stored_log_kind(const struct stored_log *log)
{
    return (log->head.flags & EVENT_BLOB_COLLECTOR) != 0 ? "collector" : "mutator";
}
