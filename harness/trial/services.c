/* SPDX-License-Identifier: MIT
 *
 * Barrier, locks, queues, sleep and requests of a trial; see services.h.
 *
 * A thread's struct hm_thread leads to its trial through `harness`.
 */
#include "trial/services.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"

static struct services *services_of(const struct hm_thread *t)
{
    return t->harness;
}

void services_close(struct services *services)
{
    for (uint32_t i = 0; i < services->threads; i++)
        free(services->queues[i].words);
    free(services->queues);
    for (uint32_t i = 0; services->schedules != NULL && i < services->threads; i++)
        schedule_free(&services->schedules[i]);
    free(services->schedules);
    pthread_cond_destroy(&services->changed);
    pthread_mutex_destroy(&services->lock);
}

void services_cancel(struct services *services)
{
    pthread_mutex_lock(&services->lock);
    services->cancelled = true;
    pthread_cond_broadcast(&services->changed);
    pthread_mutex_unlock(&services->lock);
}

bool services_cancelled(struct services *services)
{
    pthread_mutex_lock(&services->lock);
    bool cancelled = services->cancelled;
    pthread_mutex_unlock(&services->lock);
    return cancelled;
}

bool services_meet(struct services *services)
{
    pthread_mutex_lock(&services->lock);
    uint64_t meeting = services->meetings;
    if (++services->met == services->threads) {
        services->met = 0;
        services->meetings++;
        services->met_ns = clock_now_ns();
        pthread_cond_broadcast(&services->changed);
    }
    while (services->meetings == meeting && !services->cancelled)
        pthread_cond_wait(&services->changed, &services->lock);
    bool met = services->meetings != meeting;
    pthread_mutex_unlock(&services->lock);
    return met;
}

static bool barrier(struct hm_thread *t)
{
    return services_meet(services_of(t));
}

static bool take_lock(struct hm_thread *t, uint32_t lock)
{
    struct services *services = services_of(t);
    CHECK(lock < SERVICES_LOCKS, "lock %u of %d", lock, SERVICES_LOCKS);
    pthread_mutex_lock(&services->lock);
    while (services->owner[lock] != 0 && !services->cancelled)
        pthread_cond_wait(&services->changed, &services->lock);
    bool taken = !services->cancelled;
    if (taken)
        services->owner[lock] = t->index + 1;
    pthread_mutex_unlock(&services->lock);
    return taken;
}

static void release_lock(struct hm_thread *t, uint32_t lock)
{
    struct services *services = services_of(t);
    CHECK(lock < SERVICES_LOCKS, "lock %u of %d", lock, SERVICES_LOCKS);
    pthread_mutex_lock(&services->lock);
    CHECK(services->owner[lock] == t->index + 1, "thread %u releases lock %u of owner %u", t->index,
          lock, services->owner[lock]);
    services->owner[lock] = 0;
    pthread_cond_broadcast(&services->changed);
    pthread_mutex_unlock(&services->lock);
}

void services_release_locks(struct services *services, uint32_t thread)
{
    pthread_mutex_lock(&services->lock);
    for (uint32_t i = 0; i < SERVICES_LOCKS; i++)
        if (services->owner[i] == thread + 1)
            services->owner[i] = 0;
    pthread_cond_broadcast(&services->changed);
    pthread_mutex_unlock(&services->lock);
}

/* Until the clock shows that; at once where it does. False when cancelled. */
static bool sleep_until(struct services *services, uint64_t until_ns)
{
    struct timespec end = {.tv_sec = (time_t)(until_ns / 1000000000),
                           .tv_nsec = (long)(until_ns % 1000000000)};
    bool past = clock_now_ns() >= until_ns;
    pthread_mutex_lock(&services->lock);
    while (!services->cancelled && !past)
        past = pthread_cond_timedwait(&services->changed, &services->lock, &end) == ETIMEDOUT;
    bool slept = !services->cancelled;
    pthread_mutex_unlock(&services->lock);
    return slept;
}

static bool sleep_ns(struct hm_thread *t, uint64_t ns)
{
    return sleep_until(services_of(t), clock_now_ns() + ns);
}

static bool put(struct hm_thread *t, uint32_t queue_index, uint64_t word)
{
    struct services *services = services_of(t);
    CHECK(queue_index < services->threads, "queue %u of %u", queue_index, services->threads);
    struct services_queue *queue = &services->queues[queue_index];
    pthread_mutex_lock(&services->lock);
    while (queue->count == HM_QUEUE_WORDS && !services->cancelled)
        pthread_cond_wait(&services->changed, &services->lock);
    bool fits = !services->cancelled;
    if (fits) {
        queue->words[(queue->first + queue->count++) % HM_QUEUE_WORDS] = word;
        pthread_cond_broadcast(&services->changed);
    }
    pthread_mutex_unlock(&services->lock);
    return fits;
}

static bool take(struct hm_thread *t, uint32_t queue_index, uint64_t *word)
{
    struct services *services = services_of(t);
    CHECK(queue_index < services->threads, "queue %u of %u", queue_index, services->threads);
    struct services_queue *queue = &services->queues[queue_index];
    pthread_mutex_lock(&services->lock);
    while (queue->count == 0 && !services->cancelled)
        pthread_cond_wait(&services->changed, &services->lock);
    bool got = !services->cancelled;
    if (got) {
        *word = queue->words[queue->first];
        queue->first = (queue->first + 1) % HM_QUEUE_WORDS;
        queue->count--;
        pthread_cond_broadcast(&services->changed);
    }
    pthread_mutex_unlock(&services->lock);
    return got;
}

/* ---- open loop ---- */

void services_schedule(struct services *services, const struct hm_schedule *schedule,
                       const struct hm_plan *plan)
{
    /* Another stream of numbers than the thread's own data. */
    static const uint64_t OF_TIMES = UINT64_C(0x5c6d1f0e9a3b7748);
    services->schedules = memory_new(services->threads * sizeof *services->schedules);
    for (uint32_t i = 0; i < services->threads; i++)
        schedule_make(&services->schedules[i], schedule, services->threads, i,
                      hm_thread_seed(plan, i) ^ OF_TIMES);
}

/* Else the kernel lets a sleeper lie for 50 us longer than it asked for, to save wakings. */
static void ask_for_exact_waking(void)
{
    prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
}

void services_begin_requests(struct services *services, uint32_t thread, bool at_once)
{
    if (services->schedules == NULL)
        return;
    ask_for_exact_waking();
    pthread_mutex_lock(&services->lock);
    uint64_t origin_ns = services->met_ns;
    pthread_mutex_unlock(&services->lock);
    schedule_begin(&services->schedules[thread], at_once, origin_ns);
}

static struct schedule *schedule_of(struct hm_thread *t)
{
    struct services *services = services_of(t);
    CHECK(services->schedules != NULL, "a workload without a schedule asks for a request");
    return &services->schedules[t->index];
}

/* It may wake so late that the request has lapsed: then the next one. */
static bool next_request(struct hm_thread *t, uint64_t *number, bool *more)
{
    struct schedule *schedule = schedule_of(t);
    *more = false;
    while (schedule_advance(schedule, clock_now_ns())) {
        size_t next = schedule->next;
        if (!sleep_until(services_of(t), schedule_due_ns(schedule)))
            return false;
        schedule_advance(schedule, clock_now_ns());
        if (schedule->next != next)
            continue;
        *number = schedule_take(schedule);
        *more = true;
        return true;
    }
    return !services_cancelled(services_of(t));
}

static void end_request(struct hm_thread *t)
{
    schedule_end(schedule_of(t), clock_now_ns());
}

void services_open(struct services *services, uint32_t threads)
{
    memset(services, 0, sizeof *services);
    pthread_mutex_init(&services->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&services->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    services->threads = threads;
    services->table = (struct hm_services){
        .size = sizeof services->table,
        .locks = SERVICES_LOCKS,
        .queues = threads,
        .barrier = barrier,
        .lock = take_lock,
        .unlock = release_lock,
        .sleep_ns = sleep_ns,
        .put = put,
        .take = take,
        .next_request = next_request,
        .end_request = end_request,
    };
    services->queues = memory_new(threads * sizeof *services->queues);
    for (uint32_t i = 0; i < threads; i++)
        services->queues[i].words = memory_new(HM_QUEUE_WORDS * sizeof(uint64_t));
}
