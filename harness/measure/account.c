/* SPDX-License-Identifier: MIT
 *
 * CPU time of collecting on mutators' threads; see account.h.
 */
#include "measure/account.h"

#include "base/clock.h"

/* Told later than this it was not told at once. A reading that took longer was interrupted. */
enum { AT_ONCE_NS = 10000, MOST_READINGS = 8 };

/* Of the two clocks together, so that nothing came between. */
static void read_clock(struct hm_log *log)
{
    for (int i = 0; i < MOST_READINGS; i++) {
        uint64_t before_ns = clock_now_ns();
        log->reading.cpu_ns = clock_thread_cpu_ns();
        log->reading.ns = clock_now_ns();
        if (log->reading.ns - before_ns < AT_ONCE_NS)
            break;
    }
}

void account_open(struct hm_log *log)
{
    read_clock(log);
}

/* ---- stops ---- */

static void begin_stop(struct hm_log *log, uint64_t time_ns)
{
    uint64_t now_ns = clock_now_ns();
    log->stop_cpu_start_ns = clock_thread_cpu_ns();
    log->stop_start_ns = time_ns;
    log->stop_late_ns = now_ns > time_ns ? now_ns - time_ns : 0;
    log->stopping = true;
}

static void end_stop(struct hm_log *log, uint64_t time_ns)
{
    uint64_t length_ns = time_ns > log->stop_start_ns ? time_ns - log->stop_start_ns : 0;
    log->account.cpu_ns += clock_thread_cpu_ns() - log->stop_cpu_start_ns;
    log->account.stopped_ns += length_ns;
    log->account.late_ns += log->stop_late_ns < length_ns ? log->stop_late_ns : length_ns;
    log->stopping = false;
}

/* ---- work outside of stops ---- */

static bool is_old(const struct log_reading *reading, uint64_t now_ns)
{
    return now_ns > reading->ns + ACCOUNT_READING_NS;
}

uint64_t account_work_begins(struct hm_log *log)
{
    uint64_t now_ns = clock_now_ns();
    if (log == NULL || log->kind != LOG_MUTATOR || !is_old(&log->reading, now_ns) ||
        !pthread_equal(log->owner, pthread_self()))
        return now_ns;
    read_clock(log);
    return log->reading.ns;
}

/* Where the begin is told at once, nobody need have said before that it comes. */
static void begin_work(struct hm_log *log, uint64_t time_ns)
{
    if (log->work_depth++ > 0)
        return;
    log->work_in_stop = log->stopping;
    log->work_start_ns = time_ns;
    log->work_counted_ns = log->account.cpu_ns;
    if (!log->stopping && is_old(&log->reading, time_ns) && clock_now_ns() < time_ns + AT_ONCE_NS)
        read_clock(log);
}

/* No more than the length: what is above it, as a clock may be read a little late, is clamped
 * before it becomes an integer. Without time between the readings the work had its processor
 * throughout. */
static uint64_t share_of(uint64_t length_ns, uint64_t cpu_ns, uint64_t between_ns)
{
    if (cpu_ns >= between_ns)
        return length_ns;
    return (uint64_t)((double)length_ns * ((double)cpu_ns / (double)between_ns));
}

/* Of the CPU since the reading before it: less what lay between that and the work, or a share. */
uint64_t account_cpu_of_work(const struct log_reading *before, const struct log_reading *after,
                             uint64_t start_ns, uint64_t length_ns)
{
    uint64_t cpu_ns = after->cpu_ns - before->cpu_ns, lead_ns = 0;
    if (before->ns > start_ns + AT_ONCE_NS || is_old(before, start_ns))
        cpu_ns = share_of(length_ns, cpu_ns, after->ns - before->ns);
    else if (start_ns > before->ns)
        lead_ns = start_ns - before->ns;
    cpu_ns = cpu_ns > lead_ns ? cpu_ns - lead_ns : 0;
    return cpu_ns < length_ns ? cpu_ns : length_ns;
}

static void end_work(struct hm_log *log, uint64_t time_ns)
{
    if (log->work_depth == 0 || --log->work_depth > 0 || log->work_in_stop)
        return;
    uint64_t length_ns = time_ns > log->work_start_ns ? time_ns - log->work_start_ns : 0;
    uint64_t cpu_ns = length_ns;
    if (length_ns >= ACCOUNT_CLOCKED_NS) {
        struct log_reading before = log->reading;
        read_clock(log);
        cpu_ns = account_cpu_of_work(&before, &log->reading, log->work_start_ns, length_ns);
    }
    /* A stop within it has been counted. */
    uint64_t counted_ns = log->account.cpu_ns - log->work_counted_ns;
    log->account.cpu_ns += cpu_ns > counted_ns ? cpu_ns - counted_ns : 0;
}

void account_event(struct hm_log *log, enum hm_event_kind kind, uint64_t time_ns)
{
    if (kind == HM_EVENT_STOP_REQUESTED && !log->stopping)
        begin_stop(log, time_ns);
    else if (kind == HM_EVENT_RESUMED && log->stopping)
        end_stop(log, time_ns);
    else if (kind == HM_EVENT_RELEASE_BEGIN || kind == HM_EVENT_SWEEP_BEGIN)
        begin_work(log, time_ns);
    else if (kind == HM_EVENT_RELEASE_END || kind == HM_EVENT_SWEEP_END)
        end_work(log, time_ns);
}
