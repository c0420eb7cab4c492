/* SPDX-License-Identifier: MIT
 *
 * What the events of a trial come to, once no thread is left that could write any.
 */
#include <inttypes.h>

#include "base/clock.h"
#include "measure/flags.h"
#include "trial/session.h"

/* What all mutators spent collecting in their steps. */
static struct log_account account_of(const struct session *session)
{
    struct log_account sum = {0};
    for (uint32_t i = 0; i < session->spec->threads; i++) {
        const struct seat *seat = &session->seats[i];
        sum.cpu_ns += seat->account_end.cpu_ns - seat->account_start.cpu_ns;
        sum.stopped_ns += seat->account_end.stopped_ns - seat->account_start.stopped_ns;
        sum.late_ns += seat->account_end.late_ns - seat->account_start.late_ns;
    }
    return sum;
}

/* So much of its stops was over when the collector told of them that nobody can say whose the CPU
 * was. Less than a hundredth of the time does not matter. A thread that loses its processor while
 * it tells makes one stop late and not most of them. */
static bool tells_late(const struct session *session, const struct log_account *account)
{
    enum { MUCH = 2, MATTERS = 100 };
    uint64_t wall_ns = session->window.end_ns - session->window.start_ns;
    return account->late_ns > account->stopped_ns / MUCH && account->late_ns > wall_ns / MATTERS;
}

static uint64_t less(uint64_t all_ns, uint64_t part_ns)
{
    return all_ns > part_ns ? all_ns - part_ns : 0;
}

/* Of threads that nobody told the harness of. The clocks are read one after the other, while the
 * collector's run: so it may be some microseconds off. */
static uint64_t others_cpu_ns(const struct session *session)
{
    const struct snapshot *before = &session->before, *after = &session->after;
    uint64_t known_ns = (after->mutators_cpu_ns - before->mutators_cpu_ns) +
                        (after->collector_cpu_ns - before->collector_cpu_ns) +
                        (after->harness_cpu_ns - before->harness_cpu_ns);
    return less(after->process_cpu_ns - before->process_cpu_ns, known_ns);
}

/* CPU of the mutators' steps, and the part of it in which they collected. Without sound events
 * nobody knows that part. What other threads had that are the collector's is in its CPU, or, where
 * that is not known, in nothing. */
static void set_cpu(struct trial_record *record, const struct session *session,
                    const struct told *told)
{
    struct log_account account = account_of(session);
    uint64_t cpu_ns = 0, others_ns = others_cpu_ns(session);
    bool hidden = session->capabilities.hidden_threads;
    if (!hidden)
        record_set_count(record, TRIAL_OTHER_THREADS_CPU_NS, others_ns);
    record_set_count(record, TRIAL_HARNESS_CPU_NS,
                     session->after.harness_cpu_ns - session->before.harness_cpu_ns);
    if (!told_is_sound(told) || tells_late(session, &account))
        return;
    for (uint32_t i = 0; i < session->spec->threads; i++)
        cpu_ns += session->seats[i].cpu_end_ns - session->seats[i].cpu_start_ns;
    record_set_count(record, TRIAL_MUTATOR_CPU_NS, less(cpu_ns, account.cpu_ns));
    uint64_t own_ns = session->after.collector_cpu_ns - session->before.collector_cpu_ns +
                      (hidden ? others_ns : 0);
    record_set_count(record, TRIAL_COLLECTOR_CPU_NS, account.cpu_ns + own_ns);
    record_set_count(record, TRIAL_COLLECTOR_THREADS_CPU_NS, own_ns);
    if (hidden)
        record_set_count(record, TRIAL_OTHER_THREADS_CPU_NS, 0);
}

static void set_metrics(struct trial_record *record, const struct session *session,
                        const struct told *told)
{
    const struct hm_statistics *before = &session->before.statistics;
    const struct hm_statistics *after = &session->after.statistics;
    bool stamped = session->spec->stamps && !session->kernel->micro;
    if (session->capabilities.reports_pauses)
        metrics_from_events(record, told);
    if (session->capabilities.reports_pauses && !session->kernel->micro)
        metrics_utilization(record, told);
    /* What the collector counts itself comes before what its events come to. */
    if (before->collections != HM_UNKNOWN && after->collections != HM_UNKNOWN &&
        after->collections >= before->collections)
        record_set_count(record, TRIAL_COLLECTIONS, after->collections - before->collections);
    record_set_integer(record, TRIAL_STAMPS, stamped ? 1 : 0);
    metrics_from_stamps(record, told);
    if (!session->kernel->micro)
        set_cpu(record, session, told);
}

static void doubt_unreported(struct session *session, const struct trial_record *record)
{
    enum { MUCH = 20 }; /* a twentieth of what all mutators had: less may be the machine's noise */
    char sentence[200];
    uint64_t wall_ns = session->window.end_ns - session->window.start_ns;
    int64_t count = record_integer(record, TRIAL_UNREPORTED_STALL_COUNT, 0);
    int64_t total_ns = record_integer(record, TRIAL_UNREPORTED_STALL_TOTAL_NS, 0);
    snprintf(sentence, sizeof sentence,
             "%smutators were held up %" PRId64 " times, for %.3f ms in all, and no event says why",
             session->capabilities.reports_pauses ? "" : "the collector reports no pauses: ", count,
             (double)total_ns / 1e6);
    session_doubt(session, (uint64_t)total_ns > wall_ns * session->spec->threads / MUCH, sentence);
}

static void doubt_late(struct session *session)
{
    char sentence[200];
    struct log_account account = account_of(session);
    snprintf(
        sentence, sizeof sentence,
        "the collector tells of stops when they are over (%.3f of %.3f ms): what CPU went into "
        "them is not to be had",
        (double)account.late_ns / 1e6, (double)account.stopped_ns / 1e6);
    session_doubt(session, tells_late(session, &account), sentence);
}

static void doubt_claims(struct session *session, const struct trial_record *record)
{
    const struct hm_statistics *after = &session->after.statistics;
    uint64_t limit = session->spec->heap_bytes;
    session_doubt(session,
                  session->capabilities.reports_pauses && !session->capabilities.concurrent &&
                      record_integer(record, TRIAL_COLLECTIONS, 0) > 0 &&
                      record_integer(record, TRIAL_PAUSE_COUNT, 1) == 0,
                  "the collector says that it reports pauses, and counts collections in which it "
                  "reported none");
    session_doubt(session,
                  session->capabilities.heap_limit && limit != 0 &&
                      after->held_peak_bytes != HM_UNKNOWN && after->held_peak_bytes > limit,
                  "the collector says that it keeps the heap limit, and held more");
    doubt_unreported(session, record);
    if (!session->kernel->micro)
        doubt_late(session);
}

static void doubt_missing(struct session *session, const struct trial_record *record,
                          const struct told *told)
{
    char sentence[160];
    int64_t missing = record_integer(record, TRIAL_EVENTS_MISSING, 0);
    int64_t lost = (int64_t)(told->faults[TOLD_LOST].count + told->faults[TOLD_STRANGER].count);
    snprintf(sentence, sizeof sentence,
             "%" PRId64 " events are more than is kept of one trial: heapmark export --events "
             "lacks them",
             missing - lost);
    session_doubt(session, missing > lost, sentence);
}

static void doubt_events(struct session *session, const struct told *told)
{
    struct text faults = {0};
    told_append_faults(told, &faults);
    session_doubt(session, faults.length > 0, text_chars(&faults));
    text_free(&faults);
}

/* Most of what they depend on was told at the end of the timed part. */
static void set_flags(const struct session *session, struct trial_record *record)
{
    if (session->kernel->micro)
        return;
    record_set_count(record, TRIAL_WALL_NS, session->window.end_ns - session->window.start_ns);
    record_set_count(record, TRIAL_HELD_PEAK_BYTES, session->after.statistics.held_peak_bytes);
    flags_set(record, &session->capabilities, session->spec->heap_bytes);
}

void session_tell_events(struct session *session)
{
    struct trial_record record = {0};
    record_set_count(&record, TRIAL_EVENTS_RECORDED, log_book_recorded(&session->book));
    record_set_count(&record, TRIAL_EVENTS_DROPPED, log_book_dropped(&session->book));
    metrics_pack_events(&record, &session->book, session->window);
    if (session->timed) {
        struct told told;
        told_read(&told, &session->book, (struct interval){session->begun_ns, clock_now_ns()},
                  session->window);
        set_metrics(&record, session, &told);
        doubt_events(session, &told);
        doubt_missing(session, &record, &told);
        doubt_claims(session, &record);
        told_free(&told);
        set_flags(session, &record);
    }
    session_tell(session, &record);
}
