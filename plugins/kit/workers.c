/* SPDX-License-Identifier: MIT
 *
 * Worker threads; see workers.h.
 */
#include <kit/workers.h>

#include <kit/heap_side.h>
#include <kit/hooks.h>

#include <string.h>

/* What a thread is told when it starts; it takes its copy before open goes on. */
struct start {
    struct kit_workers *workers;
    uint32_t worker;
    bool taken;
};

static void event(struct kit_workers *workers, struct hm_log *log, enum hm_event_kind kind,
                  uint64_t value)
{
    workers->host->event(log, kind, workers->host->now_ns(), value);
}

/* Lock held: wait for a round after `seen`; false when the workers end. */
static bool wait_for_round(struct kit_workers *workers, uint64_t seen)
{
    while (workers->round == seen && !workers->ending)
        pthread_cond_wait(&workers->changed, &workers->lock);
    return !workers->ending;
}

static void work_until_the_end(struct kit_workers *workers, uint32_t worker, struct hm_log *log)
{
    uint64_t seen = 0;
    pthread_mutex_lock(&workers->lock);
    while (wait_for_round(workers, seen)) {
        seen = workers->round;
        pthread_mutex_unlock(&workers->lock);
        event(workers, log, HM_EVENT_WORKER_BEGIN, worker);
        workers->work(workers->user, worker);
        event(workers, log, HM_EVENT_WORKER_END, 0);
        pthread_mutex_lock(&workers->lock);
        if (--workers->working == 0)
            pthread_cond_broadcast(&workers->changed);
    }
    pthread_mutex_unlock(&workers->lock);
}

static void *worker_main(void *argument)
{
    struct start *start = argument;
    struct kit_workers *workers = start->workers;
    uint32_t worker = start->worker;
    struct hm_log *log = workers->host->begin_thread(workers->host, workers->name);
    pthread_mutex_lock(&workers->lock);
    start->taken = true;
    pthread_cond_broadcast(&workers->changed);
    pthread_mutex_unlock(&workers->lock);
    work_until_the_end(workers, worker, log);
    workers->host->end_thread(log);
    return NULL;
}

static bool start_thread(struct kit_workers *workers, uint32_t worker)
{
    struct start start = {workers, worker, false};
    if (kit_thread_fails() ||
        pthread_create(&workers->threads[worker], NULL, worker_main, &start) != 0)
        return false;
    workers->started++;
    pthread_mutex_lock(&workers->lock);
    while (!start.taken)
        pthread_cond_wait(&workers->changed, &workers->lock);
    pthread_mutex_unlock(&workers->lock);
    return true;
}

bool kit_workers_open(struct kit_workers *workers, uint32_t count, const struct hm_host *host,
                      const char *name, struct hm_refusal *refusal)
{
    memset(workers, 0, sizeof *workers);
    pthread_mutex_init(&workers->lock, NULL);
    pthread_cond_init(&workers->changed, NULL);
    workers->count = count;
    workers->host = host;
    workers->name = name;
    for (uint32_t i = 1; i < count; i++)
        if (!start_thread(workers, i)) {
            kit_workers_close(workers);
            kit_refuse_memory(refusal, "another worker thread");
            return false;
        }
    return true;
}

void kit_workers_close(struct kit_workers *workers)
{
    pthread_mutex_lock(&workers->lock);
    workers->ending = true;
    pthread_cond_broadcast(&workers->changed);
    pthread_mutex_unlock(&workers->lock);
    for (uint32_t i = 1; i <= workers->started; i++)
        pthread_join(workers->threads[i], NULL);
    pthread_cond_destroy(&workers->changed);
    pthread_mutex_destroy(&workers->lock);
}

void kit_workers_run(struct kit_workers *workers, void (*work)(void *user, uint32_t worker),
                     void *user)
{
    if (workers->count == 1) {
        work(user, 0);
        return;
    }
    pthread_mutex_lock(&workers->lock);
    workers->work = work;
    workers->user = user;
    workers->working = workers->count - 1;
    workers->round++;
    pthread_cond_broadcast(&workers->changed);
    pthread_mutex_unlock(&workers->lock);
    work(user, 0);
    pthread_mutex_lock(&workers->lock);
    while (workers->working > 0)
        pthread_cond_wait(&workers->changed, &workers->lock);
    pthread_mutex_unlock(&workers->lock);
}
