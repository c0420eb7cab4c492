/* SPDX-License-Identifier: MIT
 *
 * The logs of a trial as bytes to be stored.
 */
#include <stdlib.h>

#include "measure/metrics.h"
#include "store/event_blob.h"

/* More than the head of a thread takes. */
enum { HEAD_BYTES = 64 };

static uint64_t count_events(const struct hm_log *log)
{
    uint64_t count = 0;
    for (const struct log_chunk *chunk = log->first; chunk != NULL; chunk = chunk->next)
        count += chunk->count;
    return count;
}

/* The first events of a log, as many as fit. */
static uint64_t pack_events(struct event_blob_writer *writer, const struct hm_log *log,
                            size_t most_bytes)
{
    uint64_t packed = 0;
    for (const struct log_chunk *chunk = log->first; chunk != NULL; chunk = chunk->next)
        for (size_t i = 0; i < chunk->count; i++) {
            struct event_blob_writer before = *writer;
            const struct hm_event *event = &chunk->events[i];
            event_blob_put_event(writer, &(struct event_blob_event){.time_ns = event->time_ns,
                                                                    .value = event->value,
                                                                    .kind = event->kind});
            if (writer->count > most_bytes) {
                writer->count = before.count;
                writer->last_ns = before.last_ns;
                return packed;
            }
            packed++;
        }
    return packed;
}

/* How many fit is known only once they are packed, and stands before them. */
static struct event_blob_thread pack_log(struct event_blob_writer *writer, const struct hm_log *log,
                                         size_t most_bytes)
{
    struct event_blob_writer events = {.last_ns = writer->last_ns};
    uint64_t flags = (log->kind == LOG_COLLECTOR ? EVENT_BLOB_COLLECTOR : 0u) |
                     (log->stamped ? EVENT_BLOB_STAMPED : 0u) |
                     (log->controlled ? EVENT_BLOB_CONTROLLED : 0u);
    struct event_blob_thread thread = {.number = log->number, .flags = flags, .lost = log->dropped};
    thread.count = pack_events(&events, log, most_bytes);
    thread.left_out = count_events(log) - thread.count;
    event_blob_put_thread(writer, &thread);
    event_blob_put_bytes(writer, &events);
    free(events.bytes);
    return thread;
}

void metrics_pack_events(struct trial_record *record, const struct log_book *book,
                         struct interval window)
{
    struct event_blob_writer writer = {0};
    struct event_blob_head head = {.start_ns = window.start_ns,
                                   .end_ns = window.end_ns,
                                   .refused = book->refused,
                                   .threads = book->count};
    uint64_t stored = 0, missing = head.refused;
    event_blob_put_head(&writer, &head);
    uint64_t threads_left = head.threads;
    for (const struct hm_log *log = book->first; log != NULL; log = log->next) {
        size_t room = EVENT_BLOB_MOST_BYTES - writer.count;
        size_t share = writer.count < EVENT_BLOB_MOST_BYTES ? room / threads_left-- : 0;
        struct event_blob_thread thread =
            pack_log(&writer, log, share > HEAD_BYTES ? share - HEAD_BYTES : 0);
        stored += thread.count;
        missing += thread.lost + thread.left_out;
    }
    record_set_events(record, writer.bytes, writer.count);
    record_set_count(record, TRIAL_EVENTS_STORED, stored);
    record_set_count(record, TRIAL_EVENTS_MISSING, missing);
    free(writer.bytes);
}
