/* SPDX-License-Identifier: MIT
 *
 * What callgrind leaves out of a thread's count; see counting.h.
 *
 * A release or sweep is told when it is over, so its beginning is where the plugin says that work
 * begins (`said`), and that is matched with the event of it that comes later. A beginning that
 * nobody said is told at once. Work lies in work, and in stops: the outermost turns the count off.
 */
#include "measure/counting.h"

#include "base/clock.h"
#include "measure/log.h"

static void leave_out(struct hm_log *log)
{
    if (log->left_out++ == 0)
        counting_turn();
}

static void take_in(struct hm_log *log)
{
    if (--log->left_out == 0)
        counting_turn();
}

void counting_open(struct hm_log *log)
{
    if (log->kind == LOG_COLLECTOR && log->book->counts_mutators)
        leave_out(log);
}

static void begin_work(struct hm_log *log)
{
    if (log->work_said > 0)
        log->work_said--;
    else
        leave_out(log);
    log->work_open++;
}

void counting_before(struct hm_log *log, enum hm_event_kind kind)
{
    leave_out(log);
    if (!log->book->counts_mutators || log->kind != LOG_MUTATOR)
        return;
    if (kind == HM_EVENT_RELEASE_BEGIN || kind == HM_EVENT_SWEEP_BEGIN)
        begin_work(log);
    if (kind != HM_EVENT_STOP_REQUESTED || log->stop_open)
        return;
    log->stop_open = true;
    leave_out(log);
}

void counting_after(struct hm_log *log, enum hm_event_kind kind)
{
    if ((kind == HM_EVENT_RELEASE_END || kind == HM_EVENT_SWEEP_END) && log->work_open > 0) {
        log->work_open--;
        take_in(log);
    } else if (kind == HM_EVENT_RESUMED && log->stop_open) {
        log->stop_open = false;
        take_in(log);
    }
    take_in(log);
}

uint64_t counting_work_begins(struct hm_log *log)
{
    if (log == NULL || log->kind != LOG_MUTATOR || !log->book->counts_mutators ||
        !pthread_equal(log->owner, pthread_self()) || log->closed)
        return clock_now_ns();
    log->work_said++;
    leave_out(log);
    return 1;
}

bool counting_is_torn(const struct hm_log *log)
{
    return log->work_said > 0;
}
