/* SPDX-License-Identifier: MIT
 *
 * The raw events of a trial, out of the database.
 */
#ifndef HEAPMARK_COMMAND_STORED_EVENTS_H
#define HEAPMARK_COMMAND_STORED_EVENTS_H

#include "store/event_blob.h"
#include "store/store.h"

struct stored_log {
    struct event_blob_thread head;
    struct event_blob_event *events; /* head.count of them, in the order of writing */
    size_t capacity;
};

struct stored_events {
    struct store_trial trial;
    struct event_blob_head head;
    struct stored_log *logs; /* head.threads of them */
    size_t count;            /* of those that are whole */
};

/* `events` must be zeroed, and is freed by stored_events_free whatever comes out. A trial that is
 * not there, has no events or damaged ones is ERROR_USER. */
bool stored_events_load(struct stored_events *events, struct store *store, int64_t trial_id,
                        struct error *error);
void stored_events_free(struct stored_events *events);

/* "mutator" or "collector". */
const char *stored_log_kind(const struct stored_log *log);

/* Write them as JSON lines; see docs/events.md. The file is flushed before it returns true. */
bool export_events(struct store *store, int64_t trial_id, FILE *file, struct error *error);

#endif
