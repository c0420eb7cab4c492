/* SPDX-License-Identifier: MIT
 *
 * The driver's trial: the life of a workload's threads, as heapmark/workload.h tells it.
 */
#include "drive.h"
#include "services.h"

#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct trial {
    const struct drive_request *request;
    struct drive_result *result; /* guarded by meeting.mutex while threads run */
    void (*failed)(const struct drive_result *result);
    const struct hm_workload *workload; /* the kernel that runs */
    struct hm_plan plan;
    union hm_value parameters[DRIVE_MOST_OPTIONS];
    struct drive_heap heap;
    struct hm_inspection inspection;
    struct meeting meeting;
    struct member {
        struct hm_thread thread;
        struct trial *trial;
        struct hm_log log;
        pthread_t id;
    } members[MEETING_MOST_THREADS];
};

/* ---- verdicts ---- */

/* Keep the first verdict. */
__attribute__((format(printf, 3, 0))) static void
judge(struct trial *trial, enum drive_verdict verdict, const char *format, va_list arguments)
{
    struct drive_result *result = trial->result;
    if (result->verdict != DRIVE_OK)
        return;
    result->verdict = verdict;
    vsnprintf(result->sentence, sizeof result->sentence, format, arguments);
}

__attribute__((format(printf, 3, 4))) static void
say(struct trial *trial, enum drive_verdict verdict, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    pthread_mutex_lock(&trial->meeting.mutex);
    judge(trial, verdict, format, arguments);
    pthread_mutex_unlock(&trial->meeting.mutex);
    va_end(arguments);
}

/* The collector ended the trial. The mutex is kept, so that a second thread's failure waits. */
static void plugin_failed(void *user, const char *sentence)
{
    struct trial *trial = user;
    pthread_mutex_lock(&trial->meeting.mutex);
    trial->result->verdict = DRIVE_WRONG;
    snprintf(trial->result->sentence, sizeof trial->result->sentence, "%s", sentence);
    trial->failed(trial->result);
}

/* ---- inspection ---- */

static struct trial *trial_of(const struct hm_inspection *inspection)
{
    return (struct trial *)(uintptr_t)((const char *)inspection -
                                       offsetof(struct trial, inspection));
}

static uint64_t inspect_count(const struct hm_inspection *inspection, hm_mutator *m, hm_ref ref)
{
    if (!inspection->capabilities->counts)
        return HM_UNKNOWN;
    return m->heap->ops->count(m, ref);
}

static void collect_all(hm_heap *heap, hm_mutator *m, const struct hm_capabilities *capabilities)
{
    uint32_t times = capabilities->complete_after > 0 ? capabilities->complete_after : 1;
    for (uint32_t i = 0; i < times; i++)
        heap->ops->collect(heap, m, HM_COLLECT_FULL);
}

static void inspect_collect(const struct hm_inspection *inspection, hm_mutator *m)
{
    collect_all(m->heap, m, inspection->capabilities);
}

static bool inspect_census(const struct hm_inspection *inspection, hm_mutator *m,
                           struct hm_census *census)
{
    if (!inspection->capabilities->census)
        return false;
    *census = (struct hm_census){.size = sizeof *census};
    m->heap->ops->census(m->heap, m, census);
    return true;
}

static void inspect_wrong(const struct hm_inspection *inspection, const char *format, ...)
{
    struct trial *trial = trial_of(inspection);
    va_list arguments;
    va_start(arguments, format);
    pthread_mutex_lock(&trial->meeting.mutex);
    judge(trial, DRIVE_WRONG, format, arguments);
    pthread_mutex_unlock(&trial->meeting.mutex);
    va_end(arguments);
}

/* ---- a thread's life ---- */

enum phase { SETUP, STEP, CHECK, TEARDOWN, BARRIER };

static void call_phase(struct member *self, hm_mutator *m, enum phase phase)
{
    const struct hm_workload *workload = self->trial->workload;
    if (phase == BARRIER)
        hm_barrier(m, &self->thread);
    else if (phase == SETUP && workload->setup != NULL)
        workload->setup(m, &self->thread);
    else if (phase == STEP)
        workload->step(m, &self->thread);
    else if (phase == CHECK && workload->check != NULL)
        workload->check(m, &self->thread, &self->trial->inspection);
    else if (phase == TEARDOWN && workload->teardown != NULL)
        workload->teardown(m, &self->thread);
}

static void land(struct member *self, hm_mutator *m, const struct hm_landing *landing)
{
    static const char *const words[] = {
#define WORDS(code, name, text) [code] = text,
        HM_CAUSES(WORDS)
#undef WORDS
    };
    m->ops->pop(m, landing->name_top);
    m->ops->pop_spare(m, landing->spare_top);
    m->landing = NULL;
    if (landing->cause != HM_CANCELLED)
        say(self->trial, DRIVE_OUT_OF_MEMORY, "thread %u: %s", self->thread.index,
            words[landing->cause]);
    meeting_cancel(&self->trial->meeting, &self->thread);
}

/* False: the thread landed, and the trial is cancelled. */
static bool run_phase(struct member *self, hm_mutator *m, enum phase phase)
{
    struct hm_landing landing = {.name_top = m->name_top, .spare_top = m->spare_top};
    m->landing = &landing;
    if (setjmp(landing.buffer) != 0) {
        land(self, m, &landing);
        return false;
    }
    call_phase(self, m, phase);
    m->landing = NULL;
    return true;
}

static bool timed_step(struct member *self, hm_mutator *m)
{
    struct trial *trial = self->trial;
    uint64_t begin_ns = trial->heap.host.host.now_ns();
    bool landed = !run_phase(self, m, STEP);
    uint64_t ns = trial->heap.host.host.now_ns() - begin_ns;
    pthread_mutex_lock(&trial->meeting.mutex);
    if (ns > trial->result->step_ns)
        trial->result->step_ns = ns;
    pthread_mutex_unlock(&trial->meeting.mutex);
    return !landed;
}

static void live(struct member *self, hm_mutator *m)
{
    bool going = run_phase(self, m, SETUP) && run_phase(self, m, BARRIER) && timed_step(self, m) &&
                 run_phase(self, m, BARRIER) && run_phase(self, m, CHECK) &&
                 run_phase(self, m, BARRIER);
    if (going)
        run_phase(self, m, TEARDOWN);
}

static void *member_main(void *argument)
{
    struct member *self = argument;
    struct trial *trial = self->trial;
    struct hm_refusal refusal = {.out_of_memory = false};
    hm_heap *heap = trial->heap.heap;
    hm_mutator *m = heap->ops->attach(heap, self->thread.index, &self->log, &refusal);
    if (m == NULL) {
        say(trial, refusal.out_of_memory ? DRIVE_OUT_OF_MEMORY : DRIVE_USAGE, "%s",
            refusal.sentence);
        meeting_cancel(&trial->meeting, &self->thread);
        return NULL;
    }
    self->thread.names = m->ops->push(m, trial->workload->names);
    live(self, m);
    m->ops->pop(m, self->thread.names);
    heap->ops->detach(m);
    return NULL;
}

/* ---- the trial ---- */

static const struct hm_workload *kernel_of(const struct trial *trial)
{
    const struct hm_workload *table = trial->request->workload;
    const struct hm_workload *const *row = trial->heap.heap->set->kernels;
    for (; trial->request->kernel && row != NULL && *row != NULL; row++)
        if (strcmp((*row)->name, table->name) == 0 &&
            strcmp((*row)->revision, table->revision) == 0) {
            trial->result->kernel = true;
            return *row;
        }
    return table;
}

static uint32_t missing(const struct hm_capabilities *can, const struct drive_request *request)
{
    uint32_t missing = request->workload->needs;
    if (can->shares || request->threads == 1)
        missing &= ~(uint32_t)HM_NEEDS_SHARING;
    missing &= ~((can->cycles ? HM_NEEDS_CYCLES : 0u) | (can->frees ? HM_NEEDS_FREEING : 0u) |
                 (can->weak ? HM_NEEDS_WEAK : 0u) | (can->ephemerons ? HM_NEEDS_EPHEMERONS : 0u) |
                 (can->finalizers ? HM_NEEDS_FINALIZERS : 0u) | (can->pins ? HM_NEEDS_PINS : 0u));
    return missing;
}

static bool accept(struct trial *trial)
{
    const struct drive_request *request = trial->request;
    const struct hm_workload *workload = request->workload;
    struct hm_refusal refusal = {.sentence = ""};
    trial->plan = (struct hm_plan){trial->parameters, request->threads, request->seed};
    uint32_t lacks = missing(request->plugin->variant->capabilities, request);
    char why[DRIVE_SENTENCE_BYTES];
    if (!drive_settings(workload->parameters, request->parameters, trial->parameters, "parameter",
                        why))
        say(trial, DRIVE_USAGE, "%s", why);
    else if (request->threads == 0 || request->threads > MEETING_MOST_THREADS ||
             (workload->most_threads != 0 && request->threads > workload->most_threads))
        say(trial, DRIVE_USAGE, "%s does not run with %u threads", workload->name,
            request->threads);
    else if (workload->accepts != NULL && !workload->accepts(&trial->plan, &refusal))
        say(trial, DRIVE_USAGE, "%s", refusal.sentence);
    else if (lacks != 0)
        say(trial, DRIVE_UNSUPPORTED, "the collector lacks what %s needs (bits 0x%x)",
            workload->name, lacks);
    return trial->result->verdict == DRIVE_OK;
}

static bool open_for(struct trial *trial)
{
    const struct hm_workload *workload = trial->request->workload;
    const struct hm_plan *plan = &trial->plan;
    struct hm_open *open = &trial->heap.request;
    uint32_t depth = workload->name_depth != NULL ? workload->name_depth(plan) : 0;
    open->heap_bytes = trial->request->heap_bytes;
    open->most_mutators = plan->threads;
    open->globals = workload->globals != NULL ? workload->globals(plan) : 0;
    open->name_depth = (depth != 0 ? depth : 1024) + workload->names;
    open->spare_depth = open->name_depth;
    open->shapes = workload->shapes;
    while (workload->shapes[open->shape_count] != NULL)
        open->shape_count++;
    trial->heap.host.fail = plugin_failed;
    trial->heap.host.user = trial;
    if (!drive_open(&trial->heap, trial->request->plugin)) {
        say(trial, trial->heap.refusal.out_of_memory ? DRIVE_OUT_OF_MEMORY : DRIVE_USAGE, "%s",
            trial->heap.refusal.sentence);
        return false;
    }
    return true;
}

static void run_members(struct trial *trial)
{
    const struct hm_plan *plan = &trial->plan;
    const struct hm_workload *workload = trial->workload;
    size_t state_bytes = workload->state_bytes != NULL ? workload->state_bytes(plan) : 0;
    for (uint32_t i = 0; i < plan->threads; i++) {
        struct member *member = &trial->members[i];
        member->trial = trial;
        member->thread = (struct hm_thread){
            .plan = plan,
            .services = &trial->meeting.services,
            .harness = &trial->meeting,
            .index = i,
            .seed = hm_thread_seed(plan, i),
            .iterations = trial->request->iterations,
            .state = state_bytes > 0 ? calloc(1, state_bytes) : NULL,
        };
        if (pthread_create(&member->id, NULL, member_main, member) != 0)
            abort();
    }
    for (uint32_t i = 0; i < plan->threads; i++) {
        struct member *member = &trial->members[i];
        pthread_join(member->id, NULL);
        trial->result->answer += member->thread.answer;
        trial->result->operations += member->thread.operations;
        free(member->thread.state);
        if (member->log.disorders > 0)
            say(trial, DRIVE_WRONG, "thread %u: %llu events out of order", i,
                (unsigned long long)member->log.disorders);
    }
}

static void report(struct trial *trial)
{
    const struct hm_capabilities *can = trial->request->plugin->variant->capabilities;
    struct drive_result *result = trial->result;
    hm_heap *heap = trial->heap.heap;
    collect_all(heap, NULL, can);
    result->statistics.size = sizeof result->statistics;
    heap->ops->statistics(heap, &result->statistics);
    result->has_census = can->census;
    result->census.size = sizeof result->census;
    if (can->census)
        heap->ops->census(heap, NULL, &result->census);
    struct hm_refusal broken;
    if (heap->ops->verify != NULL && !heap->ops->verify(heap, NULL, &broken))
        say(trial, DRIVE_WRONG, "%s", broken.sentence);
    result->has_expected = trial->workload->expected != NULL;
    if (result->has_expected)
        result->expected = trial->workload->expected(&trial->plan);
    if (result->has_expected && result->answer != result->expected)
        say(trial, DRIVE_WRONG, "the answer is %llu and should be %llu",
            (unsigned long long)result->answer, (unsigned long long)result->expected);
}

void drive_run(const struct drive_request *request, struct drive_result *result,
               void (*failed)(const struct drive_result *result))
{
    memset(result, 0, sizeof *result);
    struct trial *trial = calloc(1, sizeof *trial);
    if (trial == NULL)
        abort();
    trial->request = request;
    trial->result = result;
    trial->failed = failed;
    trial->inspection = (struct hm_inspection){
        .size = sizeof trial->inspection,
        .capabilities = request->plugin->variant->capabilities,
        .count = inspect_count,
        .collect = inspect_collect,
        .census = inspect_census,
        .wrong = inspect_wrong,
    };
    meeting_open(&trial->meeting, request->threads);
    if (accept(trial) && open_for(trial)) {
        trial->workload = kernel_of(trial);
        if (request->workload->schedule != NULL)
            request->workload->schedule(&trial->plan, &trial->meeting.schedule);
        run_members(trial);
        report(trial);
        trial->heap.heap->ops->close(trial->heap.heap);
    }
    meeting_close(&trial->meeting);
    free(trial);
}
