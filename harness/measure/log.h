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

/* What the harness itself writes between a thread's events: X(code, NAME, "name", "meaning;
 * value"). Codes are never reused, and none is an event's: collectors cannot write them. */
#define LOG_MARKS(X)                                                                               \
    X(1024, ATTACHED, "attached", "the mutator is about to attach; none")                          \
    X(1025, DETACHED, "detached", "the mutator has detached; none")                                \
    X(1026, STEP_BEGIN, "step begins", "the mutator starts its timed work; none")                  \
    X(1027, STEP_END, "step ends", "the mutator is done with it; none")                            \
    X(1028, SLOW_ALLOCATE, "slow allocation", "a slow path of allocation ends; its length in ns")  \
    X(1029, SLOW_POLL, "slow poll", "a slow path of polling ends; its length in ns")               \
    X(1030, WAITED, "waited",                                                                      \
      "told right before the end of a slow path; ns that the thread, ready to run, waited for a "  \
      "processor since this was read last, at most 1 ms before the slow path")

enum log_mark {
    LOG_FIRST_MARK = 1024,
#define LOG_MARK_ENUM(code, NAME, name, meaning) LOG_MARK_##NAME = (code),
    LOG_MARKS(LOG_MARK_ENUM)
#undef LOG_MARK_ENUM
};

struct log_chunk {
    struct log_chunk *_Atomic next;
    _Atomic size_t count;
    struct hm_event events[LOG_CHUNK_EVENTS];
};

/* What a mutator's thread spent collecting, so far: the difference of two is an interval's. */
struct log_account {
    uint64_t cpu_ns;
    /* How much of its stops was over when it told that it asks for them: of that nobody knows the
     * CPU. A share of what they took, as told. */
    uint64_t stopped_ns, late_ns;
};

/* The clock of the thread's CPU, and when it was read. */
struct log_reading {
    uint64_t ns, cpu_ns;
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
    _Atomic uint64_t dropped;
    uint64_t marks; /* how many of what is in the log are the harness's own */
    pthread_t owner;
    bool closed;     /* its mutator has detached */
    bool stamped;    /* its slow paths are stamped … */
    bool controlled; /* … and the kernel tells how long it waited for a processor */

    /* Of a mutator: see account.h. */
    struct log_account account;
    struct log_reading reading;
    uint64_t stop_cpu_start_ns, stop_start_ns, stop_late_ns;
    bool stopping;
    uint64_t work_start_ns, work_counted_ns; /* the latter of `account`, when it began */
    uint32_t work_depth;
    bool work_in_stop;

    /* Where callgrind counts: see counting.c. */
    uint32_t left_out, work_said, work_open;
    bool stop_open;

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
    /* Refuse events of other threads than a log's own, and of mutators that have detached; they are
     * counted. Set before the first event. */
    bool minds_threads;
    _Atomic uint64_t refused;
    /* Where the latest event is shown to the supervisor; may be null. */
    _Atomic uint32_t *last_event, *last_event_thread;
    /* Set before any log begins: callgrind counts, so no CPU is accounted for; and it counts what
     * mutators do for themselves only. */
    bool counted, counts_mutators;
};

void log_book_open(struct log_book *book, _Atomic uint32_t *last_event,
                   _Atomic uint32_t *last_event_thread);
void log_book_close(struct log_book *book);

/* A new log, owned by the book. The caller is the thread it belongs to. */
struct hm_log *log_begin(struct log_book *book, enum log_thread kind);
/* The collector thread ends: its CPU is read for the last time. */
void log_end(struct hm_log *log);

/* hm_host.event. */
void log_event(struct hm_log *log, enum hm_event_kind kind, uint64_t time_ns, uint64_t value);

/* Write a mark; by the log's own thread. */
void log_mark(struct hm_log *log, enum log_mark mark, uint64_t time_ns, uint64_t value);
/* Nothing more is to come: the mutator has detached. */
void log_close(struct hm_log *log);

/* CPU used so far by all collector threads. */
uint64_t log_book_collector_cpu_ns(struct log_book *book);

/* Events of the collector that are in the logs; events and marks that found no room. */
uint64_t log_book_recorded(const struct log_book *book);
uint64_t log_book_dropped(const struct log_book *book);

/* "stop requested", … or NULL for a code that this program does not know. */
const char *log_event_name(uint32_t kind);
/* The same for marks, too. */
const char *log_entry_name(uint32_t kind);

#endif
