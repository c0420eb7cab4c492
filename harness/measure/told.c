/* SPDX-License-Identifier: MIT
 *
 * From events to intervals, and what is wrong with them; see told.h.
 */
#include "measure/told.h"

#include <inttypes.h>
#include <stdlib.h>

/* A value below 0 reads as one above this; all ones say that it is not known. */
#define GREATEST_SIZE ((uint64_t)INT64_MAX)

enum { MOST_DEPTH = 16 };

/* An event that is BEGIN or END of a pair, and the other one. */
static const struct {
    uint32_t begin, end;
} pairs[] = {
    {HM_EVENT_COLLECTION_BEGIN, HM_EVENT_COLLECTION_END},
    {HM_EVENT_MARK_BEGIN, HM_EVENT_MARK_END},
    {HM_EVENT_SWEEP_BEGIN, HM_EVENT_SWEEP_END},
    {HM_EVENT_COPY_BEGIN, HM_EVENT_COPY_END},
    {HM_EVENT_CYCLES_BEGIN, HM_EVENT_CYCLES_END},
    {HM_EVENT_RELEASE_BEGIN, HM_EVENT_RELEASE_END},
    {HM_EVENT_CONCURRENT_BEGIN, HM_EVENT_CONCURRENT_END},
    {HM_EVENT_STALL_BEGIN, HM_EVENT_STALL_END},
    {HM_EVENT_WORKER_BEGIN, HM_EVENT_WORKER_END},
};

enum { PAIR_COUNT = sizeof pairs / sizeof *pairs };

/* Where the reader of a log is. */
struct reader {
    struct told *told;
    struct told_log *into;
    struct interval trial;
    uint64_t last_ns, stop_ns, waited_ns;
    uint32_t last_kind;
    bool stopping;
    struct {
        uint32_t pair;
        uint64_t ns;
    } open[MOST_DEPTH];
    size_t depth;
};

void told_blame(struct told *told, enum told_fault fault, const char *format, ...)
{
    if (told->faults[fault].count++ > 0)
        return;
    va_list arguments;
    va_start(arguments, format);
    text_vformat(&told->faults[fault].first, format, arguments);
    va_end(arguments);
}

static uint32_t number_of(const struct reader *reader)
{
    return reader->into->log->number;
}

/* ---- stops ---- */

static void end_stop(struct reader *reader, uint64_t end_ns)
{
    struct told *told = reader->told;
    uint64_t trial_ns = reader->trial.end_ns - reader->trial.start_ns;
    reader->stopping = false;
    if (end_ns >= reader->stop_ns && end_ns - reader->stop_ns > trial_ns)
        told_blame(told, TOLD_TOO_LONG,
                   "a pause of thread %u is %" PRIu64 " ns long, and the trial only %" PRIu64,
                   number_of(reader), end_ns - reader->stop_ns, trial_ns);
    else if (end_ns >= reader->stop_ns)
        intervals_add_cut(&told->pauses, told->window, reader->stop_ns, end_ns);
}

static void read_stop(struct reader *reader, const struct hm_event *event)
{
    struct told *told = reader->told;
    if (event->kind == HM_EVENT_STOP_REQUESTED) {
        if (reader->stopping)
            told_blame(told, TOLD_OVERLAPS,
                       "thread %u asks the world to stop twice, and has not resumed it between",
                       number_of(reader));
        reader->stop_ns = event->time_ns;
        reader->stopping = true;
    } else if (event->kind == HM_EVENT_STOPPED || event->kind == HM_EVENT_RESUMED) {
        if (!reader->stopping) {
            told_blame(told, TOLD_WITHOUT_BEGINNING,
                       "thread %u tells \"%s\" of a stop that it "
                       "never asked for",
                       number_of(reader), log_event_name(event->kind));
            return;
        }
        bool asked_within =
            reader->stop_ns >= told->window.start_ns && reader->stop_ns <= told->window.end_ns;
        if (event->kind == HM_EVENT_RESUMED)
            end_stop(reader, event->time_ns);
        else if (asked_within && event->time_ns >= reader->stop_ns)
            intervals_add(&told->waits, reader->stop_ns, event->time_ns);
    }
}

/* ---- pairs ---- */

static void end_pair(struct reader *reader, const struct hm_event *event, uint64_t begin_ns)
{
    struct told_log *into = reader->into;
    struct interval window = reader->told->window;
    uint32_t kind = event->kind;
    intervals_add_cut(&into->brackets, window, begin_ns, event->time_ns);
    if (into->log->kind != LOG_MUTATOR || reader->stopping)
        return;
    if (kind == HM_EVENT_RELEASE_END || kind == HM_EVENT_SWEEP_END)
        intervals_add_cut(&into->releases, window, begin_ns, event->time_ns);
    if (kind == HM_EVENT_RELEASE_END || kind == HM_EVENT_SWEEP_END || kind == HM_EVENT_STALL_END)
        intervals_add_cut(&into->kept, window, begin_ns, event->time_ns);
}

static void read_pair(struct reader *reader, const struct hm_event *event)
{
    uint32_t pair = 0;
    while (pair < PAIR_COUNT && pairs[pair].begin != event->kind && pairs[pair].end != event->kind)
        pair++;
    if (pair == PAIR_COUNT)
        return;
    if (pairs[pair].begin == event->kind) {
        if (reader->depth == MOST_DEPTH) {
            told_blame(reader->told, TOLD_WITHOUT_END, "thread %u has begun %d things at once",
                       number_of(reader), MOST_DEPTH + 1);
            return;
        }
        reader->open[reader->depth].pair = pair;
        reader->open[reader->depth++].ns = event->time_ns;
        return;
    }
    bool fits = reader->depth > 0 && reader->open[reader->depth - 1].pair == pair;
    if (fits)
        end_pair(reader, event, reader->open[--reader->depth].ns);
    else if (reader->depth > 0)
        told_blame(reader->told, TOLD_OVERLAPS,
                   "thread %u tells \"%s\" before what it began later has ended", number_of(reader),
                   log_event_name(event->kind));
    else
        told_blame(reader->told, TOLD_WITHOUT_BEGINNING,
                   "thread %u tells \"%s\", and nothing had begun", number_of(reader),
                   log_event_name(event->kind));
}

static void read_value(struct reader *reader, const struct hm_event *event)
{
    struct told *told = reader->told;
    if (event->value > GREATEST_SIZE && event->value != HM_UNKNOWN)
        told_blame(told, TOLD_NEGATIVE, "thread %u tells \"%s\" with the negative value %" PRId64,
                   number_of(reader), log_event_name(event->kind), (int64_t)event->value);
    if (event->kind != HM_EVENT_COLLECTION_END || event->time_ns < told->window.start_ns ||
        event->time_ns > told->window.end_ns)
        return;
    told->collections++;
    if (event->value == HM_UNKNOWN || told->reclaimed > GREATEST_SIZE)
        told->reclaimed = HM_UNKNOWN;
    else
        told->reclaimed += event->value;
}

/* ---- the harness's own marks ---- */

static void add_felt(struct reader *reader, const struct hm_event *mark)
{
    struct told_log *into = reader->into;
    struct intervals cut = {0};
    uint64_t waited_ns = reader->waited_ns;
    reader->waited_ns = 0;
    if (!intervals_add_cut(&cut, reader->told->window, mark->time_ns - mark->value, mark->time_ns))
        return;
    if (into->felt_count == into->felt_capacity) {
        into->felt_capacity = into->felt_capacity == 0 ? 64 : 2 * into->felt_capacity;
        into->felt = memory_resize(into->felt, into->felt_capacity * sizeof *into->felt);
    }
    uint64_t length_ns = intervals_total_ns(&cut);
    into->felt[into->felt_count++] =
        (struct felt){cut.items[0], waited_ns < length_ns ? waited_ns : length_ns};
    intervals_free(&cut);
}

static void read_mark(struct reader *reader, const struct hm_event *mark)
{
    if (mark->kind == LOG_MARK_WAITED)
        reader->waited_ns = mark->value;
    else if (mark->kind == LOG_MARK_SLOW_ALLOCATE || mark->kind == LOG_MARK_SLOW_POLL)
        add_felt(reader, mark);
}

/* ---- a log, all logs ---- */

static void check_time(struct reader *reader, const struct hm_event *event)
{
    const char *name = log_entry_name(event->kind);
    if (event->time_ns < reader->trial.start_ns || event->time_ns > reader->trial.end_ns)
        told_blame(reader->told, TOLD_OUTSIDE,
                   "the clock jumps: thread %u tells \"%s\" %" PRIu64 " ns %s", number_of(reader),
                   name != NULL ? name : "something",
                   event->time_ns < reader->trial.start_ns ? reader->trial.start_ns - event->time_ns
                                                           : event->time_ns - reader->trial.end_ns,
                   event->time_ns < reader->trial.start_ns ? "before the trial began"
                                                           : "after the trial has ended");
    if (event->time_ns < reader->last_ns) {
        const char *last = log_entry_name(reader->last_kind);
        told_blame(reader->told, TOLD_OUT_OF_ORDER,
                   "thread %u tells \"%s\" after \"%s\", and says that it was %" PRIu64
                   " ns earlier",
                   number_of(reader), name != NULL ? name : "something",
                   last != NULL ? last : "something", reader->last_ns - event->time_ns);
    }
    reader->last_ns = event->time_ns;
    reader->last_kind = event->kind;
}

static void read_event(struct reader *reader, const struct hm_event *event)
{
    check_time(reader, event);
    if (event->kind >= LOG_FIRST_MARK) {
        read_mark(reader, event);
        return;
    }
    read_stop(reader, event);
    read_pair(reader, event);
    read_value(reader, event);
}

static void read_log(struct told *told, struct told_log *into, struct interval trial)
{
    struct reader reader = {.told = told, .into = into, .trial = trial};
    for (const struct log_chunk *chunk = into->log->first; chunk != NULL; chunk = chunk->next)
        for (size_t i = 0; i < chunk->count; i++)
            read_event(&reader, &chunk->events[i]);
    if (reader.stopping)
        told_blame(told, TOLD_WITHOUT_END,
                   "thread %u asked the world to stop, and never let it go on", into->log->number);
    if (reader.depth > 0)
        told_blame(told, TOLD_WITHOUT_END, "thread %u tells \"%s\", and never that it ends",
                   into->log->number, log_event_name(pairs[reader.open[0].pair].begin));
}

/* One thread stops the world at a time. */
static void check_pauses(struct told *told)
{
    intervals_sort(&told->pauses);
    for (size_t i = 1; i < told->pauses.count; i++)
        if (told->pauses.items[i].start_ns < told->pauses.items[i - 1].end_ns)
            told_blame(told, TOLD_OVERLAPS,
                       "two threads have the world stopped at once, %" PRIu64
                       " ns after the timed part began",
                       told->pauses.items[i].start_ns - told->window.start_ns);
}

static void check_book(struct told *told, const struct log_book *book)
{
    uint64_t refused = atomic_load(&book->refused), dropped = log_book_dropped(book);
    if (refused > 0) {
        told_blame(told, TOLD_STRANGER,
                   "events came from a thread that the log is not of: one that is not attached");
        told->faults[TOLD_STRANGER].count = refused;
    }
    if (dropped > 0) {
        told_blame(told, TOLD_LOST, "events were lost for want of room");
        told->faults[TOLD_LOST].count = dropped;
    }
}

void told_read(struct told *told, const struct log_book *book, struct interval trial,
               struct interval window)
{
    *told = (struct told){.window = window};
    for (const struct hm_log *log = book->first; log != NULL; log = log->next)
        told->log_count++;
    told->logs = memory_new((told->log_count + 1) * sizeof *told->logs);
    size_t place = 0;
    for (const struct hm_log *log = book->first; log != NULL; log = log->next, place++) {
        told->logs[place].log = log;
        read_log(told, &told->logs[place], trial);
    }
    check_pauses(told);
    check_book(told, book);
}

void told_free(struct told *told)
{
    for (size_t i = 0; i < told->log_count; i++) {
        intervals_free(&told->logs[i].kept);
        intervals_free(&told->logs[i].releases);
        intervals_free(&told->logs[i].brackets);
        free(told->logs[i].felt);
    }
    free(told->logs);
    intervals_free(&told->pauses);
    intervals_free(&told->waits);
    for (int i = 0; i < TOLD_FAULT_COUNT; i++)
        text_free(&told->faults[i].first);
}

bool told_is_sound(const struct told *told)
{
    for (int i = 0; i < TOLD_FAULT_COUNT; i++)
        if (i != TOLD_NEGATIVE && told->faults[i].count > 0)
            return false;
    return true;
}

void told_append_faults(const struct told *told, struct text *text)
{
    for (int i = 0; i < TOLD_FAULT_COUNT; i++) {
        if (told->faults[i].count == 0)
            continue;
        text_format(text, "%s%s", text->length > 0 ? "; " : "", text_chars(&told->faults[i].first));
        if (told->faults[i].count > 1)
            text_format(text, " (%" PRIu64 " such)", told->faults[i].count);
        text_append(text, i == TOLD_NEGATIVE ? ": what was reclaimed is not to be had"
                                             : ": no figures are made of the events");
    }
}
