/* SPDX-License-Identifier: MIT
 *
 * The raw events of a trial as bytes, as they are stored; docs/events.md describes the form.
 *
 * Times are differences to the time before, and every number is written in as few groups of seven
 * bits as it needs: about five bytes an event. What is read may be damaged: a reader says so, and
 * never reads beyond the end.
 */
#ifndef HEAPMARK_STORE_EVENT_BLOB_H
#define HEAPMARK_STORE_EVENT_BLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    EVENT_BLOB_VERSION = 1,
    /* Of one trial. What does not fit is left out, thread by thread from its end, and counted. */
    EVENT_BLOB_MOST_BYTES = 8 << 20,
};

/* What stands before all threads. */
struct event_blob_head {
    uint64_t version;
    uint64_t start_ns,
        end_ns;       /* of the timed part, on the clock; both 0 where it was not reached */
    uint64_t refused; /* events that came from threads which the logs were not of */
    uint64_t threads;
};

enum {
    EVENT_BLOB_COLLECTOR = 1,  /* a thread of the collector, else a mutator */
    EVENT_BLOB_STAMPED = 2,    /* its slow paths are stamped */
    EVENT_BLOB_CONTROLLED = 4, /* and the kernel told how long it waited for a processor */
};

/* What stands before the events of a thread. */
struct event_blob_thread {
    uint64_t number, flags;
    uint64_t count;    /* events that follow */
    uint64_t lost;     /* that found no room in the thread's buffers */
    uint64_t left_out; /* that found no room here */
};

struct event_blob_event {
    uint64_t time_ns, value;
    uint32_t kind;
};

/* Zero-initialise; the bytes are the caller's to free. A thread's head comes before its events. */
struct event_blob_writer {
    unsigned char *bytes;
    size_t count, capacity;
    uint64_t last_ns;
};

void event_blob_put_head(struct event_blob_writer *writer, const struct event_blob_head *head);
void event_blob_put_thread(struct event_blob_writer *writer,
                           const struct event_blob_thread *thread);
void event_blob_put_event(struct event_blob_writer *writer, const struct event_blob_event *event);
/* Events that another writer has, which began where this one stands. */
void event_blob_put_bytes(struct event_blob_writer *writer, const struct event_blob_writer *other);

struct event_blob_reader {
    const unsigned char *bytes, *end;
    uint64_t last_ns;
};

/* Each false where the bytes are not what this program knows. */
bool event_blob_get_head(struct event_blob_reader *reader, const void *bytes, size_t count,
                         struct event_blob_head *head);
bool event_blob_get_thread(struct event_blob_reader *reader, struct event_blob_thread *thread);
bool event_blob_get_event(struct event_blob_reader *reader, struct event_blob_event *event);
/* Nothing is left? */
bool event_blob_is_at_end(const struct event_blob_reader *reader);

#endif
