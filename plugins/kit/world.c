/* SPDX-License-Identifier: MIT
 *
 * The world: attaching, detaching and stopping mutators. See world.h for the invariant.
 */
#include <kit/world.h>

#include <kit/hooks.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>

void kit_event(const struct hm_host *host, struct kit_mutator *m, enum hm_event_kind kind,
               uint64_t value)
{
    if (m != NULL && m->head.log != NULL)
        host->event(m->head.log, kind, host->now_ns(), value);
}

uint64_t kit_work_begins(const struct hm_host *host, struct hm_log *log)
{
    return HM_COVERS(host, work_begins) && host->work_begins != NULL ? host->work_begins(log)
                                                                     : host->now_ns();
}

void kit_world_open(struct kit_world *world, const struct hm_open *request)
{
    pthread_mutex_init(&world->lock, NULL);
    pthread_cond_init(&world->changed, NULL);
    world->first = NULL;
    world->attached = 0;
    world->running = 0;
    world->most = request->most_mutators;
    world->stopping = false;
    world->stops = 0;
    world->stop_requested_ns = 0;
    world->host = request->host;
    if (HM_FAULT(rp5))
        eventfd(0, 0);
    kit_hooks_open(request->host);
}

void kit_world_close(struct kit_world *world)
{
    pthread_cond_destroy(&world->changed);
    pthread_mutex_destroy(&world->lock);
}

static bool make_name_stack(struct kit_mutator *mutator, const struct hm_open *request)
{
    hm_name *names = kit_map_fails() ? NULL : calloc(request->name_depth, sizeof *names);
    if (names == NULL)
        return false;
    mutator->head.name_base = names;
    mutator->head.name_top = names;
    mutator->head.name_limit = names + request->name_depth;
    return true;
}

/* Lock held. */
static void wait_for_stop_to_end(struct kit_world *world)
{
    while (world->stopping)
        pthread_cond_wait(&world->changed, &world->lock);
}

/* Lock held. */
static void set_running(struct kit_world *world, struct kit_mutator *m, bool running)
{
    m->running = running;
    if (running)
        world->running++;
    else if (--world->running <= (HM_FAULT(th8) ? 0 : 1))
        pthread_cond_broadcast(&world->changed);
}

bool kit_world_attach(struct kit_world *world, struct kit_mutator *mutator, hm_heap *heap,
                      const struct hm_open *request, uint32_t index, struct hm_log *log,
                      struct hm_refusal *refusal)
{
    KIT_PHASE(ATTACH);
    pthread_mutex_lock(&world->lock);
    bool is_late = HM_FAULT(th3) && world->stopping;
    if (!HM_FAULT(th7))
        wait_for_stop_to_end(world);
    if (world->attached == world->most) {
        pthread_mutex_unlock(&world->lock);
        snprintf(refusal->sentence, sizeof refusal->sentence,
                 "the heap was opened for %u mutators, and all are attached", world->most);
        return false;
    }
    if (HM_FAULT(th11))
        world->attached++;
    if (!make_name_stack(mutator, request)) {
        pthread_mutex_unlock(&world->lock);
        snprintf(refusal->sentence, sizeof refusal->sentence,
                 "no memory for a name stack of %u names", request->name_depth);
        refusal->out_of_memory = true;
        return false;
    }
    mutator->head.heap = heap;
    mutator->head.log = log;
    mutator->head.index = index;
    atomic_store_explicit(&mutator->head.poll, 0, memory_order_relaxed);
    mutator->next = world->first;
    if (HM_FAULT(th10) && world->attached == KIT_FAULT_THREADS)
        mutator->next = world->first->next;
    world->first = mutator;
    if (!HM_FAULT(th11))
        world->attached++;
    if (is_late)
        mutator->running = true;
    else
        set_running(world, mutator, true);
    pthread_mutex_unlock(&world->lock);
    return true;
}

void kit_world_detach(struct kit_world *world, struct kit_mutator *mutator)
{
    KIT_PHASE(DETACH);
    pthread_mutex_lock(&world->lock);
    if (world->stopping) {
        set_running(world, mutator, false);
        wait_for_stop_to_end(world);
        if (!HM_FAULT(th1))
            set_running(world, mutator, true);
    }
    struct kit_mutator **link = &world->first;
    while (*link != mutator)
        link = &(*link)->next;
    *link = mutator->next;
    world->attached--;
    set_running(world, mutator, false);
    pthread_mutex_unlock(&world->lock);
    free(mutator->head.name_base);
    mutator->head.name_base = NULL;
}

/* Lock held, a stop in progress that is another's: be safe until it ends. */
static void wait_out(struct kit_world *world, struct kit_mutator *m)
{
    if (m != NULL)
        set_running(world, m, false);
    wait_for_stop_to_end(world);
    if (m != NULL)
        set_running(world, m, true);
}

static void tell(struct kit_world *world, struct kit_mutator *m, enum hm_event_kind kind,
                 uint64_t value)
{
    if (HM_FAULT(rp2) && kind == HM_EVENT_STOP_REQUESTED)
        world->stop_requested_ns = world->host->now_ns();
    if (HM_FAULT(rp2) && kind == HM_EVENT_RESUMED && m != NULL && m->head.log != NULL)
        world->host->event(m->head.log, kind,
                           (world->stop_requested_ns + world->host->now_ns()) / 2, value);
    else if (!HM_FAULT(rp1))
        kit_event(world->host, m, kind, value);
}

bool kit_world_stop(struct kit_world *world, struct kit_mutator *m)
{
    pthread_mutex_lock(&world->lock);
    if (world->stopping) {
        wait_out(world, HM_FAULT(th9) ? NULL : m);
        pthread_mutex_unlock(&world->lock);
        return false;
    }
    world->stopping = true;
    tell(world, m, HM_EVENT_STOP_REQUESTED, world->attached);
    uint32_t own = m != NULL && m->running ? 1 : 0;
    uint32_t waited_for = world->running - own;
    for (struct kit_mutator *other = world->first; other != NULL; other = other->next)
        atomic_store_explicit(&other->head.poll, 1, memory_order_relaxed);
    KIT_PHASE_UNLOCKED(STOP_ASKED, &world->lock);
    while (world->running > own)
        pthread_cond_wait(&world->changed, &world->lock);
    world->stops++;
    pthread_mutex_unlock(&world->lock);
    tell(world, m, HM_EVENT_STOPPED, waited_for);
    KIT_PHASE(STOPPED);
    return true;
}

void kit_world_stop_surely(struct kit_world *world, struct kit_mutator *m)
{
    while (!kit_world_stop(world, m))
        continue;
}

void kit_world_resume(struct kit_world *world, struct kit_mutator *m)
{
    KIT_PHASE(ABOUT_TO_RESUME);
    pthread_mutex_lock(&world->lock);
    for (struct kit_mutator *other = world->first; other != NULL; other = other->next)
        atomic_store_explicit(&other->head.poll, 0, memory_order_relaxed);
    world->stopping = false;
    tell(world, m, HM_EVENT_RESUMED, 0);
    pthread_cond_broadcast(&world->changed);
    pthread_mutex_unlock(&world->lock);
}

/* Without a stop the word was set for something else, which is the caller's to see to. */
void kit_world_poll(struct kit_world *world, struct kit_mutator *m)
{
    pthread_mutex_lock(&world->lock);
    if (world->stopping)
        wait_out(world, m);
    else
        atomic_store_explicit(&m->head.poll, 0, memory_order_relaxed);
    pthread_mutex_unlock(&world->lock);
}

void kit_world_block(struct kit_world *world, struct kit_mutator *m)
{
    pthread_mutex_lock(&world->lock);
    if (HM_FAULT(tr3) || HM_FAULT(mv16))
        m->blocked = true;
    set_running(world, m, false);
    pthread_mutex_unlock(&world->lock);
    KIT_PHASE(BLOCKED);
}

void kit_world_unblock(struct kit_world *world, struct kit_mutator *m)
{
    KIT_PHASE(UNBLOCKING);
    pthread_mutex_lock(&world->lock);
    if (!HM_FAULT(th2))
        wait_for_stop_to_end(world);
    if (HM_FAULT(tr3) || HM_FAULT(mv16))
        m->blocked = false;
    set_running(world, m, true);
    pthread_mutex_unlock(&world->lock);
}

void kit_world_each_name(struct kit_world *world, void (*visit)(void *user, hm_name *name),
                         void *user)
{
    for (struct kit_mutator *m = world->first; m != NULL; m = m->next) {
        if (HM_FAULT(tr3) && m->blocked)
            continue;
        for (hm_name *name = m->head.name_base; name + HM_FAULT(tr1) < m->head.name_top; name++)
            if (!HM_FAULT(tr23) || name - m->head.name_base < 48)
                visit(user, name);
    }
}
