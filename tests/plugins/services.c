/* SPDX-License-Identifier: MIT
 *
 * The driver's waiting; see services.h.
 */
#include "services.h"

#include <string.h>
#include <time.h>

static struct meeting *meeting_of(struct hm_thread *t)
{
    return t->harness;
}

/* One turn of a wait loop; mutex held. */
static void wait_for_change(struct meeting *meeting)
{
    pthread_cond_wait(&meeting->changed, &meeting->mutex);
}

static bool leave(struct meeting *meeting)
{
    bool goes_on = !meeting->cancelled;
    pthread_mutex_unlock(&meeting->mutex);
    return goes_on;
}

static bool barrier(struct hm_thread *t)
{
    struct meeting *meeting = meeting_of(t);
    pthread_mutex_lock(&meeting->mutex);
    uint64_t generation = meeting->generation;
    if (++meeting->waiting == meeting->threads) {
        meeting->waiting = 0;
        meeting->generation++;
        pthread_cond_broadcast(&meeting->changed);
    }
    while (meeting->generation == generation && !meeting->cancelled)
        wait_for_change(meeting);
    return leave(meeting);
}

static bool lock(struct hm_thread *t, uint32_t number)
{
    struct meeting *meeting = meeting_of(t);
    pthread_mutex_lock(&meeting->mutex);
    while (meeting->owner[number] != 0 && !meeting->cancelled)
        wait_for_change(meeting);
    if (!meeting->cancelled)
        meeting->owner[number] = t->index + 1;
    return leave(meeting);
}

static void unlock(struct hm_thread *t, uint32_t number)
{
    struct meeting *meeting = meeting_of(t);
    pthread_mutex_lock(&meeting->mutex);
    meeting->owner[number] = 0;
    pthread_cond_broadcast(&meeting->changed);
    pthread_mutex_unlock(&meeting->mutex);
}

static bool sleep_ns(struct hm_thread *t, uint64_t ns)
{
    struct meeting *meeting = meeting_of(t);
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(ns / 1000000000);
    until.tv_nsec += (long)(ns % 1000000000);
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&meeting->mutex);
    int error = 0;
    while (!meeting->cancelled && error == 0)
        error = pthread_cond_timedwait(&meeting->changed, &meeting->mutex, &until);
    return leave(meeting);
}

static bool put(struct hm_thread *t, uint32_t queue, uint64_t word)
{
    struct meeting *meeting = meeting_of(t);
    pthread_mutex_lock(&meeting->mutex);
    while (meeting->queues[queue].count == MEETING_QUEUE_WORDS && !meeting->cancelled)
        wait_for_change(meeting);
    if (!meeting->cancelled) {
        uint32_t at = meeting->queues[queue].first + meeting->queues[queue].count++;
        meeting->queues[queue].words[at % MEETING_QUEUE_WORDS] = word;
        pthread_cond_broadcast(&meeting->changed);
    }
    return leave(meeting);
}

static bool take(struct hm_thread *t, uint32_t queue, uint64_t *word)
{
    struct meeting *meeting = meeting_of(t);
    pthread_mutex_lock(&meeting->mutex);
    while (meeting->queues[queue].count == 0 && !meeting->cancelled)
        wait_for_change(meeting);
    if (!meeting->cancelled) {
        *word = meeting->queues[queue].words[meeting->queues[queue].first++];
        meeting->queues[queue].first %= MEETING_QUEUE_WORDS;
        meeting->queues[queue].count--;
        pthread_cond_broadcast(&meeting->changed);
    }
    return leave(meeting);
}

/* All requests are due at once, as in a warm-up. */
static bool next_request(struct hm_thread *t, uint64_t *number, bool *more)
{
    struct meeting *meeting = meeting_of(t);
    *number = meeting->begun[t->index];
    *more = *number < hm_requests_of(&meeting->schedule, meeting->threads, t->index);
    meeting->begun[t->index] += *more;
    pthread_mutex_lock(&meeting->mutex);
    return leave(meeting);
}

static void end_request(struct hm_thread *t)
{
    (void)t;
}

void meeting_open(struct meeting *meeting, uint32_t threads)
{
    memset(meeting, 0, sizeof *meeting);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&meeting->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&meeting->mutex, NULL);
    meeting->threads = threads;
    meeting->services = (struct hm_services){
        .size = sizeof meeting->services,
        .locks = MEETING_LOCKS,
        .queues = threads,
        .barrier = barrier,
        .lock = lock,
        .unlock = unlock,
        .sleep_ns = sleep_ns,
        .put = put,
        .take = take,
        .next_request = next_request,
        .end_request = end_request,
    };
}

void meeting_close(struct meeting *meeting)
{
    pthread_cond_destroy(&meeting->changed);
    pthread_mutex_destroy(&meeting->mutex);
}

void meeting_cancel(struct meeting *meeting, const struct hm_thread *t)
{
    pthread_mutex_lock(&meeting->mutex);
    meeting->cancelled = true;
    for (size_t i = 0; i < MEETING_LOCKS; i++)
        if (meeting->owner[i] == t->index + 1)
            meeting->owner[i] = 0;
    pthread_cond_broadcast(&meeting->changed);
    pthread_mutex_unlock(&meeting->mutex);
}
