/* SPDX-License-Identifier: MIT
 *
 * One trial in this process: load, open, run under Google Benchmark, tell, close. See trial.h.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "measure/counting.h"
#include "measure/noise.h"
#include "trial/launcher.h"
#include "trial/session.h"

/* Micro workloads on a collector that never frees: as many iterations as fit in this. */
enum {
    NEVER_FREEING_BYTES = 256 << 20,
    MOST_FIXED_ITERATIONS = 1 << 24,
    COUNTED_ITERATIONS = 1 << 16,
};

void session_enter(struct session *session, enum trial_phase phase)
{
    struct trial_state *state = session->state;
    if (phase != TRIAL_PHASE_CLOSE)
        session->phase = phase;
    if (state == NULL)
        return;
    atomic_store_explicit(&state->phase, phase, memory_order_relaxed);
    bool calls = phase == TRIAL_PHASE_WARM_UP || phase == TRIAL_PHASE_SETUP;
    if (calls && atomic_load_explicit(&state->first_call_ns, memory_order_relaxed) == 0)
        atomic_store_explicit(&state->first_call_ns, clock_now_ns(), memory_order_relaxed);
}

/* Called with the lock. */
static void set_warning(struct trial_record *record, const struct session *session)
{
    struct text warning = {0};
    text_append(&warning, text_chars(&session->notes));
    if (session->notes.length > 0 && session->noise.length > 0)
        text_append(&warning, "; ");
    text_append(&warning, text_chars(&session->noise));
    /* Empty, it takes back what was told of an earlier timed part. */
    if (warning.length > 0 || session->timed)
        record_set_text(record, TRIAL_WARNING, text_chars(&warning));
    text_free(&warning);
}

void session_tell(struct session *session, struct trial_record *record)
{
    pthread_mutex_lock(&session->tell_lock);
    set_warning(record, session);
    session->tell(session->tell_user, record);
    pthread_mutex_unlock(&session->tell_lock);
    record_free(record);
}

static void tell_outcome(struct session *session, enum trial_outcome outcome, const char *cause)
{
    struct trial_record record = {0};
    record_set_outcome(&record, outcome);
    record_set_text(&record, TRIAL_CAUSE, cause);
    if (session->state != NULL)
        record_set_text(&record, TRIAL_PHASE, trial_phase_name(session->phase));
    session_tell(session, &record);
}

/* ---- what is told ---- */

static void set_hexadecimal(struct trial_record *record, enum trial_field field, uint64_t value)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%016" PRIx64, value);
    record_set_text(record, field, digits);
}

static void set_known(struct trial_record *record, enum trial_field field, uint64_t value)
{
    if (value != HM_UNKNOWN)
        record_set_count(record, field, value);
}

/* The difference of two counters that only grow; unknown when either is. */
static void set_difference(struct trial_record *record, enum trial_field field, uint64_t before,
                           uint64_t after)
{
    if (before != HM_UNKNOWN && after != HM_UNKNOWN && after >= before)
        record_set_count(record, field, after - before);
}

static void set_schedule(struct trial_record *record, const struct session *session)
{
    bool open = session->table->schedule != NULL;
    record_set_text(record, TRIAL_SCHEDULE,
                    !open                      ? "work"
                    : session->schedule.lapses ? "offers"
                                               : "requests");
    if (open)
        record_set_real(record, TRIAL_REQUEST_RATE, session->schedule.rate);
}

static void tell_identity(struct session *session)
{
    struct trial_record record = {0};
    const struct hm_plugin *descriptor = session->plugin.descriptor;
    trial_spec_describe(session->spec, &record);
    placement_tell_asked(&session->placement, &record);
    record_set_text(&record, TRIAL_COLLECTOR, descriptor->name);
    record_set_text(&record, TRIAL_PLUGIN_VERSION, descriptor->version);
    record_set_text(&record, TRIAL_VARIANT, session->variant->name);
    struct text settings = {0};
    setting_append_all(&settings, descriptor->options, session->options);
    record_set_text(&record, TRIAL_COLLECTOR_OPTIONS, text_chars(&settings));
    text_free(&settings);
    setting_append_all(&settings, session->table->parameters, session->plan.parameters);
    record_set_text(&record, TRIAL_WORKLOAD_PARAMETERS, text_chars(&settings));
    text_free(&settings);
    record_set_text(&record, TRIAL_WORKLOAD_REVISION, session->table->revision);
    record_set_text(&record, TRIAL_WORK_SHARING,
                    session->table->sharing == HM_EACH ? "each" : "shared");
    record_set_integer(&record, TRIAL_MICRO, session->table->micro ? 1 : 0);
    record_set_integer(&record, TRIAL_INSTRUMENT,
                       plugin_is_instrument(&session->capabilities) ? 1 : 0);
    if (session->table->live_bytes != NULL)
        record_set_count(&record, TRIAL_LIVE_BYTES_NOMINAL,
                         session->table->live_bytes(&session->plan));
    record_set_integer(&record, TRIAL_COUNTS_REFERENCES, session->capabilities.counts ? 1 : 0);
    set_schedule(&record, session);
    session_tell(session, &record);
}

static void tell_opened(struct session *session, const char *note)
{
    struct trial_record record = {0};
    record_set_text(&record, TRIAL_KERNEL_SET, session->heap->set->name);
    record_set_text(&record, TRIAL_DISPATCH,
                    session->kernel == session->table ? "table" : "inline");
    if (*note != '\0')
        record_set_text(&record, TRIAL_DISPATCH_NOTE, note);
    record_set_count(&record, TRIAL_OPEN_NS, session->open_ns);
    if (session->resident_before_bytes != PROCESS_UNKNOWN)
        record_set_count(&record, TRIAL_RESIDENT_BEFORE_BYTES, session->resident_before_bytes);
    session_tell(session, &record);
}

static void set_usage(struct trial_record *record, const struct process_usage *before,
                      const struct process_usage *after)
{
    set_difference(record, TRIAL_CPU_USER_NS, before->cpu_user_ns, after->cpu_user_ns);
    set_difference(record, TRIAL_CPU_SYSTEM_NS, before->cpu_system_ns, after->cpu_system_ns);
    set_difference(record, TRIAL_PAGE_FAULTS_MINOR, before->page_faults_minor,
                   after->page_faults_minor);
    set_difference(record, TRIAL_PAGE_FAULTS_MAJOR, before->page_faults_major,
                   after->page_faults_major);
    set_difference(record, TRIAL_SWITCHES_VOLUNTARY, before->switches_voluntary,
                   after->switches_voluntary);
    set_difference(record, TRIAL_SWITCHES_INVOLUNTARY, before->switches_involuntary,
                   after->switches_involuntary);
    set_difference(record, TRIAL_STEAL_NS, before->steal_ns, after->steal_ns);
    set_difference(record, TRIAL_THROTTLED_NS, before->throttled_ns, after->throttled_ns);
}

/* Over all mutators; unknown when one of them is. */
static void set_waited(struct trial_record *record, const struct session *session)
{
    uint64_t sum_ns = 0;
    for (uint32_t i = 0; i < session->spec->threads; i++) {
        const struct seat *seat = &session->seats[i];
        if (seat->waited_start_ns == PROCESS_UNKNOWN || seat->waited_end_ns == PROCESS_UNKNOWN)
            return;
        sum_ns += seat->waited_end_ns - seat->waited_start_ns;
    }
    record_set_count(record, TRIAL_WAITED_NS, sum_ns);
}

/* Beside the figures, and in words where it may have moved them. The record knows the time. */
static void tell_noise(struct session *session, struct trial_record *record)
{
    struct text sentence = {0};
    set_waited(record, session);
    if (session->before.frequency_hz != PROCESS_UNKNOWN)
        record_set_count(record, TRIAL_FREQUENCY_START_HZ, session->before.frequency_hz);
    if (session->after.frequency_hz != PROCESS_UNKNOWN)
        record_set_count(record, TRIAL_FREQUENCY_END_HZ, session->after.frequency_hz);
    record_set_integer(record, TRIAL_THREADS, session->spec->threads);
    set_schedule(record, session);
    record_set_real(record, TRIAL_LOAD_BEFORE, session->load_before);
    record_set_real(record, TRIAL_PRESSURE_BEFORE, session->pressure_before);
    noise_tell(record, &sentence);
    pthread_mutex_lock(&session->tell_lock);
    text_free(&session->noise);
    session->noise = sentence;
    pthread_mutex_unlock(&session->tell_lock);
}

static void set_counters(struct trial_record *record, const struct hm_statistics *before,
                         const struct hm_statistics *after)
{
    set_difference(record, TRIAL_OBJECTS_ALLOCATED, before->allocated_objects,
                   after->allocated_objects);
    set_difference(record, TRIAL_BYTES_ALLOCATED, before->allocated_bytes, after->allocated_bytes);
    set_difference(record, TRIAL_INCREMENTS, before->increments, after->increments);
    set_difference(record, TRIAL_DECREMENTS, before->decrements, after->decrements);
    set_difference(record, TRIAL_CYCLE_CANDIDATES, before->cycle_candidates,
                   after->cycle_candidates);
    set_difference(record, TRIAL_CYCLES_FREED_OBJECTS, before->cycle_freed, after->cycle_freed);
    set_difference(record, TRIAL_COLLECTIONS, before->collections, after->collections);
    set_known(record, TRIAL_LONGEST_CASCADE, after->longest_cascade);
    set_known(record, TRIAL_HELD_PEAK_BYTES, after->held_peak_bytes);
}

/* The mean over all bytes allocated; of a thread that allocated nothing there is none. */
static void set_reachable(struct trial_record *record, const struct hm_statistics *before,
                          const struct hm_statistics *after)
{
    if (before->reachable_byte_bytes == HM_UNKNOWN || after->reachable_byte_bytes == HM_UNKNOWN ||
        before->reachable_byte_bytes > after->reachable_byte_bytes ||
        before->allocated_bytes >= after->allocated_bytes)
        return;
    record_set_count(record, TRIAL_REACHABLE_MEAN_BYTES,
                     (after->reachable_byte_bytes - before->reachable_byte_bytes) /
                         (after->allocated_bytes - before->allocated_bytes));
}

static void set_time(struct trial_record *record, const struct session *session)
{
    uint64_t wall_ns = session->window.end_ns - session->window.start_ns;
    uint64_t operations = 0;
    for (uint32_t i = 0; i < session->spec->threads; i++)
        operations += session->seats[i].thread.operations;
    record_set_count(record, TRIAL_WALL_NS, wall_ns);
    record_set_count(record, TRIAL_ITERATIONS, session->iterations);
    record_set_count(record, TRIAL_OPERATIONS, operations);
    if (operations > 0)
        record_set_real(record, TRIAL_NS_PER_OPERATION,
                        (double)wall_ns * session->spec->threads / (double)operations);
    record_set_count(record, TRIAL_SETUP_NS, session->setup_ns);
    record_set_count(record, TRIAL_SPAWN_TO_FIRST_NS, session->window.start_ns - session->begun_ns);
}

/* Fewer looks at what rises and falls with each collection make no mean of it. */
enum { LEAST_LOOKS = 10 };

/* Of a figure that was absurd once there is no mean. */
static void set_means(struct trial_record *record, const struct session *session)
{
    const struct sampler *sampler = &session->sampler;
    const bool *absurd = session->absurd.is;
    bool over_allocation = !absurd[ABSURD_ALLOCATED_BYTES];
    if (!absurd[ABSURD_HELD_BYTES])
        set_known(record, TRIAL_HELD_MEAN_BYTES, sampler_mean_of(&sampler->held));
    if (!absurd[ABSURD_HELD_BYTES] && over_allocation && sampler->held_alloc.samples >= LEAST_LOOKS)
        set_known(record, TRIAL_HELD_MEAN_ALLOC_BYTES, sampler_mean_of(&sampler->held_alloc));
    if (!absurd[ABSURD_LIVE_BYTES] && over_allocation && sampler->live_alloc.samples >= LEAST_LOOKS)
        set_known(record, TRIAL_UNRECLAIMED_MEAN_BYTES, sampler_mean_of(&sampler->live_alloc));
}

static void set_peaks(struct trial_record *record, const struct session *session)
{
    uint64_t peak_bytes = process_resident_peak_bytes();
    set_means(record, session);
    sampler_tell(&session->sampler, record, session->window.start_ns,
                 session->resident_before_bytes);
    if (peak_bytes == PROCESS_UNKNOWN)
        return;
    record_set_count(record, TRIAL_RESIDENT_PEAK_BYTES, peak_bytes);
    if (session->resident_before_bytes != PROCESS_UNKNOWN &&
        peak_bytes > session->resident_before_bytes)
        record_set_count(record, TRIAL_FOOTPRINT_PEAK_BYTES,
                         peak_bytes - session->resident_before_bytes);
}

/* A claim that does not fit what the harness saw is said beside the figures: it is not believed in
 * silence. */
void session_doubt(struct session *session, bool doubtful, const char *sentence)
{
    if (doubtful && strstr(text_chars(&session->notes), sentence) == NULL)
        session->host.note(&session->host, sentence);
}

static void doubt_for(void *user, const char *sentence)
{
    session_doubt(user, true, sentence);
}

static void doubt_count(struct session *session)
{
    for (uint32_t i = 0; i < session->spec->threads; i++)
        session_doubt(session, counting_is_torn(session->seats[i].log), TRIAL_WORK_UNTOLD);
}

void session_tell_timed(struct session *session)
{
    struct trial_record record = {0};
    absurd_join(&session->absurd, &session->sampler.absurd);
    absurd_tell(&session->absurd, doubt_for, session);
    set_time(&record, session);
    set_usage(&record, &session->before.usage, &session->after.usage);
    set_counters(&record, &session->before.statistics, &session->after.statistics);
    set_reachable(&record, &session->before.statistics, &session->after.statistics);
    counters_tell(counter_kinds, &session->before.counters, &session->after.counters, &record);
    set_peaks(&record, session);
    tell_noise(session, &record);
    doubt_count(session);
    if (session->services.schedules != NULL)
        schedule_tell(&record, &session->schedule, session->services.schedules,
                      session->spec->threads, session->window.start_ns);
    placement_tell_got(&session->placement, &record);
    placement_doubt(&session->placement, &record, doubt_for, session);
    session_tell(session, &record);
}

void session_tell_end(struct session *session, const struct hm_statistics *statistics,
                      const struct hm_census *census)
{
    struct trial_record record = {0};
    absurd_tell(&session->absurd, doubt_for, session);
    record_set_count(&record, TRIAL_FINAL_COLLECT_NS, session->final_collect_ns);
    set_known(&record, TRIAL_HELD_END_BYTES, statistics->held_bytes);
    set_known(&record, TRIAL_LIVE_OBJECTS_END, statistics->live_objects);
    set_known(&record, TRIAL_LIVE_BYTES_END, statistics->live_bytes);
    if (census != NULL) {
        if (statistics->live_objects == HM_UNKNOWN)
            set_known(&record, TRIAL_LIVE_OBJECTS_END, census->objects);
        set_known(&record, TRIAL_CENSUS_OBJECTS, census->objects);
        set_known(&record, TRIAL_CENSUS_BYTES, census->bytes);
        set_known(&record, TRIAL_CENSUS_UNREACHABLE_OBJECTS, census->unreachable_objects);
        set_known(&record, TRIAL_CENSUS_UNREACHABLE_BYTES, census->unreachable_bytes);
        session_doubt(
            session,
            session->capabilities.cycles && session->capabilities.complete_after != 0 &&
                census->unreachable_objects != HM_UNKNOWN && census->unreachable_objects != 0,
            "the collector says that it is complete, and its census found unreachable objects "
            "after full collections");
    }
    session_tell(session, &record);
}

/* ---- the end ---- */

static enum hm_cause first_cause(const struct session *session)
{
    enum hm_cause cause = HM_NO_CAUSE;
    for (uint32_t i = 0; i < session->spec->threads; i++) {
        enum hm_cause of_seat = session->seats[i].cause;
        if (of_seat != HM_NO_CAUSE && (cause == HM_NO_CAUSE || cause == HM_CANCELLED))
            cause = of_seat;
    }
    return cause;
}

static const char *cause_words(enum hm_cause cause)
{
    switch (cause) {
#define CAUSE_WORDS(code, name, words)                                                             \
    case HM_##name:                                                                                \
        return words;
        HM_CAUSES(CAUSE_WORDS)
#undef CAUSE_WORDS
    case HM_NO_CAUSE:
        break;
    }
    return "the collector gave a cause that this program does not know";
}

/* What a landing means for the trial. A full stack of names is the workload's own mistake. */
static enum trial_outcome outcome_of(enum hm_cause cause)
{
    switch (cause) {
    case HM_OUT_OF_MEMORY:
    case HM_NO_BUFFER:
        return OUTCOME_OUT_OF_MEMORY;
    case HM_TOO_LARGE:
        return OUTCOME_UNSUPPORTED;
    case HM_NO_THREAD:
        return OUTCOME_REFUSED;
    case HM_NO_CAUSE:
    case HM_CANCELLED:
    case HM_NAMES_FULL:
    case HM_SPARES_FULL:
    case HM_BROKEN_RULE:
        break;
    }
    return OUTCOME_WRONG_ANSWER;
}

static void conclude_landing(struct session *session, enum hm_cause cause)
{
    if (session->refusal.sentence[0] != '\0')
        tell_outcome(session, outcome_of(cause), session->refusal.sentence);
    else
        tell_outcome(session, outcome_of(cause), cause_words(cause));
}

/* Compare the answer, where all threads came to their end, and tell it: it survives a collector
 * that crashes when its heap is closed. */
static bool tell_answer(struct session *session, const struct gbench_result *result)
{
    struct trial_record record = {0};
    if (first_cause(session) != HM_NO_CAUSE)
        return false;
    CHECK(result->ok && session->timed, "the benchmark failed without a cause: %s", result->error);
    record_set_text(&record, TRIAL_GBENCH_VERSION, result->library_version);
    uint64_t answer = 0;
    for (uint32_t i = 0; i < session->spec->threads; i++)
        answer += session->seats[i].thread.answer;
    set_hexadecimal(&record, TRIAL_ANSWER, answer);
    bool right = session->wrong.length == 0;
    if (!right)
        record_set_text(&record, TRIAL_CAUSE, text_chars(&session->wrong));
    if (session->table->expected != NULL) {
        uint64_t expected = session->table->expected(&session->plan);
        set_hexadecimal(&record, TRIAL_ANSWER_EXPECTED, expected);
        if (right && answer != expected)
            record_set_text(
                &record, TRIAL_CAUSE,
                "the workload's answer is not the one that was computed without a heap");
        right = right && answer == expected;
    }
    session_tell(session, &record);
    return right;
}

/* Tell the outcome, last of all. Returns the exit status. */
static int conclude(struct session *session, bool right)
{
    enum hm_cause cause = first_cause(session);
    if (cause != HM_NO_CAUSE) {
        conclude_landing(session, cause);
        return outcome_of(cause) == OUTCOME_WRONG_ANSWER ? 1 : 0;
    }
    struct trial_record record = {0};
    record_set_outcome(&record, right ? OUTCOME_OK : OUTCOME_WRONG_ANSWER);
    session_tell(session, &record);
    return right ? 0 : 1;
}

/* ---- getting there ---- */

static bool find_what_lacks(const struct session *session, char lack[static 160])
{
    static const struct {
        uint32_t need;
        size_t capability;
        const char *words;
    } rows[] = {
        {HM_NEEDS_CYCLES, offsetof(struct hm_capabilities, cycles), "reclaim cycles"},
        {HM_NEEDS_FREEING, offsetof(struct hm_capabilities, frees), "free anything"},
        {HM_NEEDS_WEAK, offsetof(struct hm_capabilities, weak), "do weak references"},
        {HM_NEEDS_EPHEMERONS, offsetof(struct hm_capabilities, ephemerons), "do ephemerons"},
        {HM_NEEDS_FINALIZERS, offsetof(struct hm_capabilities, finalizers), "do finalizers"},
        {HM_NEEDS_PINS, offsetof(struct hm_capabilities, pins), "pin objects"},
    };
    const struct hm_capabilities *can = &session->capabilities;
    uint32_t threads = session->spec->threads;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool has = *(const bool *)((const char *)can + rows[i].capability);
        if ((session->table->needs & rows[i].need) != 0 && !has) {
            snprintf(lack, 160, "the collector cannot %s, which the workload needs", rows[i].words);
            return true;
        }
    }
    if (can->most_mutators != 0 && threads > can->most_mutators) {
        snprintf(lack, 160, "the collector runs with at most %u threads", can->most_mutators);
        return true;
    }
    if ((session->table->needs & HM_NEEDS_SHARING) != 0 && threads > 1 && !can->shares) {
        snprintf(lack, 160, "the collector cannot share objects between threads");
        return true;
    }
    return false;
}

static bool parse_options(struct session *session, struct error *error)
{
    const struct hm_plugin *descriptor = session->plugin.descriptor;
    session->options =
        memory_new((setting_count(descriptor->options) + 1) * sizeof *session->options);
    struct text_list pairs = {0};
    struct text what = {0};
    text_format(&what, "option of %s", descriptor->name);
    if (*session->spec->options != '\0')
        text_split(&pairs, session->spec->options, ',');
    bool fine = setting_parse_all(descriptor->options, (const char *const *)pairs.items,
                                  pairs.count, text_chars(&what), session->options, error);
    text_list_free(&pairs);
    text_free(&what);
    return fine;
}

static uint32_t count_shapes(const struct hm_workload *workload)
{
    uint32_t count = 0;
    while (workload->shapes[count] != NULL)
        count++;
    return count;
}

static void fill_request(struct session *session)
{
    enum { STANDARD_NAME_DEPTH = 1024 };
    const struct hm_workload *table = session->table;
    const struct hm_plan *plan = &session->plan;
    uint32_t depth = table->name_depth != NULL ? table->name_depth(plan) : 0;
    const char *recording = session->spec->recording;
    trial_spec_append_work(&session->work, session->spec, table, plan);
    session->open = (struct hm_open){
        .size = sizeof session->open,
        .abi = HM_ABI,
        .heap_bytes = session->spec->heap_bytes,
        .most_mutators = session->spec->threads,
        .globals = table->globals != NULL ? table->globals(plan) : 0,
        .name_depth = depth != 0 ? depth : STANDARD_NAME_DEPTH,
        .spare_depth = depth != 0 ? depth : STANDARD_NAME_DEPTH,
        .shape_count = count_shapes(table),
        .shapes = table->shapes,
        .options = session->options,
        .host = &session->host,
        .variant = session->variant,
        .recording = *recording != '\0' ? recording : NULL,
        .work = text_chars(&session->work),
    };
    placement_fill_request(&session->placement, &session->open);
}

/* What is the measurement's is no footprint of the collector's. */
static void take_off_beside(struct session *session)
{
    struct hm_statistics statistics;
    sampler_statistics(session->heap, &statistics);
    absurd_clear_statistics(&session->absurd, &statistics);
    if (statistics.beside_bytes == HM_UNKNOWN || statistics.beside_bytes == 0 ||
        session->resident_before_bytes == PROCESS_UNKNOWN)
        return;
    process_reset_peak(); /* what reading it took is given back */
    session->resident_before_bytes += statistics.beside_bytes;
}

/* A refusal of the heap is a result. */
static bool open_heap(struct session *session)
{
    session_enter(session, TRIAL_PHASE_OPEN);
    fill_request(session);
    process_reset_peak();
    session->resident_before_bytes = process_resident_bytes();
    struct hm_refusal refusal = {0};
    uint64_t start_ns = clock_now_ns();
    session->heap = session->variant->heap_ops->open(&session->open, &refusal);
    session->open_ns = clock_now_ns() - start_ns;
    if (session->heap == NULL) {
        tell_outcome(session, refusal.out_of_memory ? OUTCOME_OUT_OF_MEMORY : OUTCOME_REFUSED,
                     refusal.sentence[0] != '\0'
                         ? refusal.sentence
                         : "the collector refused to open a heap, and gave no "
                           "reason");
        return false;
    }
    struct error error = {0};
    if (!plugin_check_set(session->heap->set, &session->capabilities, &error)) {
        tell_outcome(session, OUTCOME_REFUSED, error.text);
        return false;
    }
    take_off_beside(session);
    return true;
}

/* What is never freed must fit in memory. Under callgrind there is no search either: counts of two
 * numbers of iterations are compared, and many would take minutes. */
static void fix_iterations(struct session *session)
{
    uint64_t most = MOST_FIXED_ITERATIONS;
    uint64_t each =
        session->table->garbage_bytes != NULL ? session->table->garbage_bytes(&session->plan) : 0;
    if (each > 0 && !session->capabilities.frees)
        most = NEVER_FREEING_BYTES / each / session->spec->threads;
    most = most < MOST_FIXED_ITERATIONS ? most : MOST_FIXED_ITERATIONS;
    if (session->counting) {
        most = most / 2 < COUNTED_ITERATIONS ? most / 2 : COUNTED_ITERATIONS;
        most = (most < 1 ? 1 : most) * session->state->rounds;
    }
    session->fixed_iterations = most < 1 ? 1 : most;
}

static void choose_kernel(struct session *session)
{
    char note[160] = "";
    session->kernel = session->table;
    if (session->spec->dispatch == TRIAL_DISPATCH_INLINE) {
        const struct hm_workload *inlined = plugin_kernel(session->heap->set, session->table, note);
        if (inlined != NULL)
            session->kernel = inlined;
    }
    tell_opened(session, note);
    if (session->table->micro && (session->counting || !session->capabilities.frees))
        fix_iterations(session);
}

static void make_seats(struct session *session)
{
    size_t state_bytes =
        session->table->state_bytes != NULL ? session->table->state_bytes(&session->plan) : 0;
    session->seats = memory_new(session->spec->threads * sizeof *session->seats);
    for (uint32_t i = 0; i < session->spec->threads; i++) {
        struct seat *seat = &session->seats[i];
        seat->session = session;
        seat->index = i;
        seat->thread.plan = &session->plan;
        seat->thread.services = &session->services.table;
        seat->thread.harness = &session->services;
        seat->thread.index = i;
        seat->thread.seed = hm_thread_seed(&session->plan, i);
        seat->thread.state = memory_new(state_bytes + 1);
    }
}

static int run(struct session *session)
{
    session_enter(session, TRIAL_PHASE_ATTACH);
    services_open(&session->services, session->spec->threads);
    if (session->table->schedule != NULL)
        services_schedule(&session->services, &session->schedule, &session->plan);
    make_seats(session);
    struct gbench_request request = {
        .name = session->kernel->name,
        .threads = session->spec->threads,
        .mode =
            session->kernel->micro && session->fixed_iterations == 0 ? GBENCH_SEARCH : GBENCH_FIXED,
        .min_time_s = session->spec->micro_min_time_s,
        .body = body_run,
        .user = session,
    };
    struct gbench_result result = {0};
    gbench_run(&request, &result);
    bool right = tell_answer(session, &result);
    session_enter(session, TRIAL_PHASE_CLOSE);
    session->heap->ops->close(session->heap);
    session_tell_events(session);
    int status = conclude(session, right);
    session_enter(session, TRIAL_PHASE_DONE);
    return status;
}

static void free_session(struct session *session)
{
    for (uint32_t i = 0; session->seats != NULL && i < session->spec->threads; i++) {
        free(session->seats[i].thread.state);
    }
    if (session->seats != NULL)
        services_close(&session->services);
    free(session->seats);
    log_book_close(&session->book);
    counters_close(&session->counters);
    placement_close(&session->placement);
    free(session->options);
    free((union hm_value *)(uintptr_t)session->plan.parameters);
    plugin_unload(&session->plugin);
    text_free(&session->notes);
    text_free(&session->noise);
    text_free(&session->work);
    text_free(&session->wrong);
    pthread_mutex_destroy(&session->tell_lock);
}

/* Everything that can be the user's mistake, before the heap is opened. */
static bool prepare(struct session *session, struct error *error)
{
    const struct trial_spec *spec = session->spec;
    session->table = trial_find_workload(spec->workload, error);
    if (session->table == NULL || !trial_spec_plan(spec, session->table, &session->plan, error) ||
        !placement_open(&session->placement, spec, error))
        return false;
    if (session->table->schedule != NULL)
        session->table->schedule(&session->plan, &session->schedule);
    session_enter(session, TRIAL_PHASE_LOAD);
    if (!plugin_load(&session->plugin, spec->plugin_path, error))
        return false;
    session->variant = plugin_variant(&session->plugin, spec->variant, error);
    if (session->variant == NULL || !parse_options(session, error))
        return false;
    const struct hm_capabilities *can = session->variant->capabilities;
    memcpy(&session->capabilities, can, can->size < sizeof *can ? can->size : sizeof *can);
    return true;
}

int trial_execute(const struct trial_spec *spec, struct trial_state *state,
                  void (*tell_record)(void *user, const struct trial_record *record), void *user,
                  struct error *error)
{
    struct session session = {
        .spec = spec,
        .state = state,
        .tell = tell_record,
        .tell_user = user,
        .load_before = process_load(""),
        .pressure_before = process_pressure(""),
        .begun_ns = state != NULL && state->spawned_ns != 0 ? state->spawned_ns : clock_now_ns(),
    };
    pthread_mutex_init(&session.tell_lock, NULL);
    log_book_open(&session.book, state == NULL ? NULL : &state->last_event,
                  state == NULL ? NULL : &state->last_event_thread);
    session.book.minds_threads = true;
    counters_open(&session.counters, counter_kinds);
    session.counting = state != NULL && state->counting != TRIAL_COUNTS_NOTHING;
    session.book.counted = session.counting;
    session.book.counts_mutators = state != NULL && state->counting == TRIAL_COUNTS_MUTATORS;
    int status = 2;
    char lack[160];
    if (!prepare(&session, error)) {
        status = error_exit_status(error);
    } else if (tell_identity(&session), find_what_lacks(&session, lack)) {
        tell_outcome(&session, OUTCOME_UNSUPPORTED, lack);
        status = 0;
    } else {
        host_fill(&session);
        status = 0;
        if (open_heap(&session)) {
            choose_kernel(&session);
            status = run(&session);
        }
    }
    free_session(&session);
    return status;
}
