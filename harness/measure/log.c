/* SPDX-License-Identifier: MIT
 *
 * Event logs; see log.h.
 */
#include "measure/log.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "measure/account.h"
#include "measure/counting.h"

void log_book_open(struct log_book *book, _Atomic uint32_t *last_event,
                   _Atomic uint32_t *last_event_thread)
{
    memset(book, 0, sizeof *book);
    pthread_mutex_init(&book->lock, NULL);
    book->last_event = last_event;
    book->last_event_thread = last_event_thread;
}

static void free_log(struct hm_log *log)
{
    while (log->first != NULL) {
        struct log_chunk *chunk = log->first;
        log->first = chunk->next;
        free(chunk);
    }
    free(log);
}

void log_book_close(struct log_book *book)
{
    while (book->first != NULL) {
        struct hm_log *log = book->first;
        book->first = log->next;
        free_log(log);
    }
    pthread_mutex_destroy(&book->lock);
}

struct hm_log *log_begin(struct log_book *book, enum log_thread kind)
{
    struct hm_log *log = memory_new(sizeof *log);
    log->book = book;
    log->kind = kind;
    log->owner = pthread_self();
    if (kind == LOG_COLLECTOR)
        pthread_getcpuclockid(pthread_self(), &log->cpu_clock);
    else
        account_open(log);
    counting_open(log);
    pthread_mutex_lock(&book->lock);
    log->number = book->count++;
    log->next = book->first;
    book->first = log;
    pthread_mutex_unlock(&book->lock);
    return log;
}

void log_end(struct hm_log *log)
{
    pthread_mutex_lock(&log->book->lock);
    log->cpu_at_end_ns = clock_thread_cpu_ns();
    log->ended = true;
    pthread_mutex_unlock(&log->book->lock);
}

/* False when the log is full. */
static bool add_chunk(struct hm_log *log)
{
    if (log->chunk_count == LOG_MOST_CHUNKS)
        return false;
    struct log_chunk *chunk = malloc(sizeof *chunk);
    if (chunk == NULL)
        return false;
    atomic_init(&chunk->next, NULL);
    atomic_init(&chunk->count, 0);
    atomic_store_explicit(log->last == NULL ? &log->first : &log->last->next, chunk,
                          memory_order_release);
    log->last = chunk;
    log->chunk_count++;
    return true;
}

static void show(const struct log_book *book, uint32_t kind, uint32_t number)
{
    if (book->last_event == NULL)
        return;
    atomic_store_explicit(book->last_event, kind, memory_order_relaxed);
    atomic_store_explicit(book->last_event_thread, number, memory_order_relaxed);
}

/* By the log's own thread. */
static void append(struct hm_log *log, uint32_t kind, uint64_t time_ns, uint64_t value)
{
    struct log_chunk *chunk = log->last;
    size_t count = chunk == NULL ? LOG_CHUNK_EVENTS
                                 : atomic_load_explicit(&chunk->count, memory_order_relaxed);
    if (count == LOG_CHUNK_EVENTS) {
        if (!add_chunk(log)) {
            atomic_fetch_add_explicit(&log->dropped, 1, memory_order_relaxed);
            return;
        }
        chunk = log->last;
        count = 0;
    }
    chunk->events[count] =
        (struct hm_event){.time_ns = time_ns, .value = value, .kind = kind, .thread = log->number};
    atomic_store_explicit(&chunk->count, count + 1, memory_order_release);
}

/* Another thread's write would be a race: it is not done. The owner is looked at first, as `closed`
 * is the owner's alone. */
static bool is_refused(const struct hm_log *log, enum hm_event_kind kind)
{
    return (uint32_t)kind >= LOG_FIRST_MARK || !pthread_equal(log->owner, pthread_self()) ||
           log->closed;
}

void log_event(struct hm_log *log, enum hm_event_kind kind, uint64_t time_ns, uint64_t value)
{
    if (log == NULL)
        return;
    if (log->book->minds_threads && is_refused(log, kind)) {
        atomic_fetch_add_explicit(&log->book->refused, 1, memory_order_relaxed);
        return;
    }
    bool counted = log->book->counted;
    if (counted)
        counting_before(log, kind);
    else if (log->kind == LOG_MUTATOR)
        account_event(log, kind, time_ns);
    show(log->book, kind, log->number);
    append(log, kind, time_ns, value);
    if (counted)
        counting_after(log, kind);
}

void log_mark(struct hm_log *log, enum log_mark mark, uint64_t time_ns, uint64_t value)
{
    uint64_t dropped = atomic_load_explicit(&log->dropped, memory_order_relaxed);
    append(log, mark, time_ns, value);
    if (dropped == atomic_load_explicit(&log->dropped, memory_order_relaxed))
        log->marks++;
}

void log_close(struct hm_log *log)
{
    log_mark(log, LOG_MARK_DETACHED, clock_now_ns(), 0);
    log->closed = true;
}

uint64_t log_book_collector_cpu_ns(struct log_book *book)
{
    uint64_t total_ns = 0;
    pthread_mutex_lock(&book->lock);
    for (struct hm_log *log = book->first; log != NULL; log = log->next) {
        struct timespec now;
        if (log->kind != LOG_COLLECTOR)
            continue;
        if (log->ended)
            total_ns += log->cpu_at_end_ns;
        else if (clock_gettime(log->cpu_clock, &now) == 0)
            total_ns += (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    }
    pthread_mutex_unlock(&book->lock);
    return total_ns;
}

uint64_t log_book_recorded(const struct log_book *book)
{
    uint64_t recorded = 0;
    for (const struct hm_log *log = book->first; log != NULL; log = log->next) {
        for (const struct log_chunk *chunk = log->first; chunk != NULL; chunk = chunk->next)
            recorded += chunk->count;
        recorded -= log->marks;
    }
    return recorded;
}

uint64_t log_book_dropped(const struct log_book *book)
{
    uint64_t dropped = 0;
    for (const struct hm_log *log = book->first; log != NULL; log = log->next)
        dropped += log->dropped;
    return dropped;
}

const char *log_event_name(uint32_t kind)
{
    switch (kind) {
#define EVENT_NAME(code, NAME, name, meaning)                                                      \
    case code:                                                                                     \
        return name;
        HM_EVENTS(EVENT_NAME)
#undef EVENT_NAME
    default:
        return NULL;
    }
}

const char *log_entry_name(uint32_t kind)
{
    switch (kind) {
#define MARK_NAME(code, NAME, name, meaning)                                                       \
    case code:                                                                                     \
        return name;
        LOG_MARKS(MARK_NAME)
#undef MARK_NAME
    default:
        return log_event_name(kind);
    }
}
