/* SPDX-License-Identifier: MIT
 *
 * Events: a log for each thread, without locks on the way in.
 *
 * A log is written by its own thread only. Others may read it at any time: they see a beginning
 * of it, as a chunk's count and link are published after what they stand for. Memory comes in
 * chunks as needed; what does not fit any more is counted, never dropped in silence.
 */
#ifndef HEAPMARK_MEASURE_LOG_H
#define HEAPMARK_MEASURE_LOG_H

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include <heapmark/plugin.h>

enum log_thread { LOG_MUTATOR, LOG_COLLECTOR };

enum { LOG_CHUNK_EVENTS = 1024, LOG_MOST_CHUNKS = 4096 };

struct log_chunk {
    struct log_chunk *_Atomic next;
    _Atomic size_t count;
    struct hm_event events[LOG_CHUNK_EVENTS];
};

/* The struct hm_log of the contract. */
struct hm_log {
    struct log_book *book;
    struct hm_log *next;
    enum log_thread kind;
    uint32_t number;
    struct log_chunk *_Atomic first;
    struct log_chunk *last;
    uint32_t chunk_count;
    uint64_t dropped;

    /* CPU that a mutator's thread spent collecting while it had the world stopped; the event's
     * borders read the thread's clock. */
    uint64_t collect_cpu_ns;
    uint64_t stop_cpu_start_ns;
    bool stopping;

    /* A collector thread's own clock, and its last reading once it has ended. */
    clockid_t cpu_clock;
    bool ended;
    uint64_t cpu_at_end_ns;
};

/* All logs of a trial. Lock: `lock` guards the list and the numbers. */
struct log_book {
    pthread_mutex_t lock;
    struct hm_log *first;
    uint32_t count;
    /* Where the latest event is shown to the supervisor; may be null. */
    _Atomic uint32_t *last_event, *last_event_thread;
    bool counts_mutators; /* collecting turns callgrind's counting off; set before any log begins */
};

void log_book_open(struct log_book *book, _Atomic uint32_t *last_event,
                   _Atomic uint32_t *last_event_thread);
void log_book_close(struct log_book *book);

/* A new log, owned by the book. For LOG_COLLECTOR the caller is the thread it belongs to. */
struct hm_log *log_begin(struct log_book *book, enum log_thread kind);
/* The collector thread ends: its CPU is read for the last time. */
void log_end(struct hm_log *log);

/* hm_host.event. */
void log_event(struct hm_log *log, enum hm_event_kind kind, uint64_t time_ns, uint64_t value);

/* CPU used so far by all collector threads. */
uint64_t log_book_collector_cpu_ns(struct log_book *book);

uint64_t log_book_recorded(struct log_book *book);
uint64_t log_book_dropped(struct log_book *book);

/* "stop requested", … or NULL for a code that this program does not know. */
const char *log_event_name(uint32_t kind);

#endif
