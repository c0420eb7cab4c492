/* SPDX-License-Identifier: MIT
 *
 * The host as a collector sees it, and the collector as a workload's check may see it.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "measure/account.h"
#include "measure/counting.h"
#include "trial/session.h"

#define SESSION_OF(pointer, member)                                                                \
    ((struct session *)((uintptr_t)(pointer)-offsetof(struct session, member)))

static struct hm_log *begin_thread(const struct hm_host *host, const char *name)
{
    struct session *session = SESSION_OF(host, host);
    placement_take_worker(&session->placement);
    char short_name[16];
    snprintf(short_name, sizeof short_name, "%s", name);
    pthread_setname_np(pthread_self(), short_name);
    return log_begin(&session->book, LOG_COLLECTOR);
}

static void end_thread(struct hm_log *log)
{
    placement_leave_worker(&SESSION_OF(log->book, book)->placement);
    log_end(log);
}

static void note(const struct hm_host *host, const char *sentence)
{
    struct session *session = SESSION_OF(host, host);
    pthread_mutex_lock(&session->tell_lock);
    if (session->notes.length > 0)
        text_append(&session->notes, "; ");
    text_append(&session->notes, sentence);
    pthread_mutex_unlock(&session->tell_lock);
}

/* The process ends here, with what it has told: nothing of the plugin is trusted any more. */
static __attribute__((noreturn)) void fail(const struct hm_host *host, const char *sentence)
{
    struct session *session = SESSION_OF(host, host);
    struct trial_record record = {0};
    record_set_outcome(&record, OUTCOME_WRONG_ANSWER);
    record_set_text(&record, TRIAL_CAUSE, sentence);
    pthread_mutex_lock(&session->tell_lock);
    session->tell(session->tell_user, &record);
    _exit(1);
}

static uint64_t count(const struct hm_inspection *inspection, hm_mutator *m, hm_ref ref)
{
    struct session *session = SESSION_OF(inspection, inspection);
    return session->capabilities.counts ? session->heap->ops->count(m, ref) : HM_UNKNOWN;
}

static void collect(const struct hm_inspection *inspection, hm_mutator *m)
{
    struct session *session = SESSION_OF(inspection, inspection);
    uint32_t times = session->capabilities.complete_after;
    for (uint32_t i = 0; i < (times == 0 ? 1 : times); i++)
        session->heap->ops->collect(session->heap, m, HM_COLLECT_FULL);
}

static bool census(const struct hm_inspection *inspection, hm_mutator *m, struct hm_census *census_)
{
    struct session *session = SESSION_OF(inspection, inspection);
    if (!session->capabilities.census)
        return false;
    census_->size = sizeof *census_;
    session->heap->ops->census(session->heap, m, census_);
    return true;
}

static __attribute__((format(printf, 2, 3))) void wrong(const struct hm_inspection *inspection,
                                                        const char *format, ...)
{
    struct session *session = SESSION_OF(inspection, inspection);
    va_list arguments;
    va_start(arguments, format);
    pthread_mutex_lock(&session->tell_lock);
    if (session->wrong.length == 0)
        text_vformat(&session->wrong, format, arguments);
    pthread_mutex_unlock(&session->tell_lock);
    va_end(arguments);
}

void host_fill(struct session *session)
{
    session->host = (struct hm_host){
        .size = sizeof session->host,
        .now_ns = clock_now_ns,
        .begin_thread = begin_thread,
        .end_thread = end_thread,
        .event = log_event,
        .note = note,
        .fail = fail,
        .work_begins = session->book.counted ? counting_work_begins : account_work_begins,
    };
    session->inspection = (struct hm_inspection){
        .size = sizeof session->inspection,
        .capabilities = &session->capabilities,
        .count = count,
        .collect = collect,
        .census = census,
        .wrong = wrong,
    };
}
