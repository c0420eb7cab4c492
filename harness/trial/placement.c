/* SPDX-License-Identifier: MIT
 *
 * Placing the threads of a trial and telling what became of it; see placement.h.
 */
#include "trial/placement.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"

/* ---- the threads of this process ---- */

/* The kernel's numbers of all threads; the caller frees them. */
static pid_t *list_threads(size_t *count)
{
    size_t capacity = 0;
    pid_t *threads = NULL;
    DIR *folder = opendir("/proc/self/task");
    struct dirent *entry;
    *count = 0;
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        long number = strtol(entry->d_name, NULL, 10);
        if (number <= 0)
            continue;
        if (*count == capacity) {
            capacity = capacity * 2 + 16;
            threads = memory_resize(threads, capacity * sizeof *threads);
        }
        threads[(*count)++] = (pid_t)number;
    }
    if (folder != NULL)
        closedir(folder);
    return threads;
}

static bool is_placed(const struct placement_thread *threads, size_t count, pid_t number)
{
    for (size_t i = 0; i < count; i++)
        if (threads[i].number == number && !threads[i].ended)
            return true;
    return false;
}

/* Neither the harness's, nor a mutator, nor registered. Lock held. */
static bool is_unregistered(const struct placement *placement, pid_t number)
{
    for (size_t i = 0; i < placement->own_count; i++)
        if (placement->own[i] == number)
            return false;
    return !is_placed(placement->mutators, placement->plan.thread_count, number) &&
           !is_placed(placement->workers, placement->worker_count, number);
}

/* ---- opening ---- */

static void list_free_pus(struct placement *placement)
{
    const struct topology_plan *plan = &placement->plan;
    placement->free_pus = memory_new((plan->free_count + 1) * sizeof *placement->free_pus);
    for (unsigned i = 0; i < plan->free_count; i++)
        placement->free_pus[i] = plan->free[i].os_pu;
}

bool placement_open(struct placement *placement, const struct trial_spec *spec, struct error *error)
{
    memset(placement, 0, sizeof *placement);
    pthread_mutex_init(&placement->lock, NULL);
    placement->memory = spec->memory;
    placement->topology = topology_load(error);
    if (placement->topology == NULL ||
        !topology_memory_check(placement->topology, &placement->memory, error))
        return false;
    placement->plan = topology_make_plan(placement->topology, spec->pin, spec->threads);
    placement->mutators = memory_new(spec->threads * sizeof *placement->mutators);
    placement->own = list_threads(&placement->own_count);
    list_free_pus(placement);
    topology_bind_memory(placement->topology, &placement->memory, &placement->memory_refused);
    return true;
}

void placement_close(struct placement *placement)
{
    free(placement->own);
    free(placement->workers);
    free(placement->mutators);
    free(placement->free_pus);
    topology_plan_free(&placement->plan);
    topology_free(placement->topology);
    pthread_mutex_destroy(&placement->lock);
}

void placement_fill_request(const struct placement *placement, struct hm_open *request)
{
    request->pu_count = topology_allowed_count(placement->topology);
    request->free_pu_count = placement->plan.free_count;
    request->free_pus = placement->free_pus;
}

/* ---- placing ---- */

static const struct topology_placement unpinned = {.pinned = false};

/* What cannot be done is seen when it is read back. */
static void place(const struct placement *placement, const struct topology_placement *asked)
{
    if (asked->pinned)
        topology_pin_thread(placement->topology, asked, NULL);
    else if (placement->plan.policy != TOPOLOGY_NONE)
        topology_unpin_thread(placement->topology, NULL);
}

void placement_take_mutator(struct placement *placement, uint32_t index)
{
    struct placement_thread *thread = &placement->mutators[index];
    thread->asked = placement->plan.placements[index];
    thread->number = gettid();
    place(placement, &thread->asked);
}

/* Lock held. */
static struct placement_thread *new_worker(struct placement *placement)
{
    if (placement->worker_count == placement->worker_capacity) {
        placement->worker_capacity = placement->worker_capacity * 2 + 16;
        placement->workers = memory_resize(placement->workers,
                                           placement->worker_capacity * sizeof *placement->workers);
    }
    struct placement_thread *worker = &placement->workers[placement->worker_count];
    *worker = (struct placement_thread){
        .number = gettid(),
        .asked = topology_worker_placement(&placement->plan, (unsigned)placement->worker_count),
    };
    placement->worker_count++;
    return worker;
}

void placement_take_worker(struct placement *placement)
{
    pthread_mutex_lock(&placement->lock);
    place(placement, &new_worker(placement)->asked);
    pthread_mutex_unlock(&placement->lock);
}

static void read_back(const struct placement *placement, struct placement_thread *thread)
{
    if (!thread->ended)
        topology_read_back_thread(placement->topology, thread->number, &thread->asked,
                                  &thread->got);
}

void placement_leave_worker(struct placement *placement)
{
    pid_t self = gettid();
    pthread_mutex_lock(&placement->lock);
    for (size_t i = 0; i < placement->worker_count; i++) {
        struct placement_thread *worker = &placement->workers[i];
        if (worker->number != self || worker->ended)
            continue;
        read_back(placement, worker);
        worker->ended = true;
    }
    pthread_mutex_unlock(&placement->lock);
}

void placement_step_aside(const struct placement *placement)
{
    place(placement, &unpinned);
}

void placement_step_back(const struct placement *placement, uint32_t index)
{
    place(placement, &placement->plan.placements[index]);
}

/* ---- what was asked ---- */

static void set_text(struct trial_record *record, enum trial_field field, struct text *text)
{
    record_set_text(record, field, text_chars(text));
    text_free(text);
}

void placement_tell_asked(const struct placement *placement, struct trial_record *record)
{
    struct text text = {0};
    double quota_cpus = topology_quota_cpus(placement->topology);
    topology_append_asked(&text, &placement->plan);
    set_text(record, TRIAL_PIN_ASKED, &text);
    topology_memory_append(&text, &placement->memory);
    set_text(record, TRIAL_MEMORY_POLICY, &text);
    if (quota_cpus > 0)
        record_set_real(record, TRIAL_QUOTA_CPUS, quota_cpus);
}

/* ---- what was got ---- */

static struct topology_got *gather(const struct placement *placement,
                                   struct placement_thread *threads, size_t count)
{
    struct topology_got *got = memory_new((count + 1) * sizeof *got);
    for (size_t i = 0; i < count; i++) {
        read_back(placement, &threads[i]);
        got[i] = threads[i].got;
    }
    return got;
}

static void tell_mutators(struct placement *placement, struct trial_record *record)
{
    unsigned count = placement->plan.thread_count;
    struct topology_got *got = gather(placement, placement->mutators, count);
    struct text text = {0};
    topology_append_got(&text, got, count);
    set_text(record, TRIAL_PIN_GOT, &text);
    topology_append_last(&text, got, count);
    set_text(record, TRIAL_PIN_LAST, &text);
    free(got);
}

/* Lock held. */
static void tell_workers(struct placement *placement, struct trial_record *record)
{
    unsigned count = (unsigned)placement->worker_count;
    struct topology_got *got = gather(placement, placement->workers, count);
    struct text text = {0};
    for (unsigned i = 0; i < count; i++) {
        text_append(&text, i == 0 ? "" : " ");
        if (placement->workers[i].asked.pinned)
            text_format(&text, "%u", placement->workers[i].asked.os_pu);
        else
            text_append(&text, "any");
    }
    set_text(record, TRIAL_WORKERS_ASKED, &text);
    topology_append_got(&text, got, count);
    set_text(record, TRIAL_WORKERS_GOT, &text);
    topology_append_last(&text, got, count);
    set_text(record, TRIAL_WORKERS_LAST, &text);
    free(got);
}

/* One PU of several: inherited from a mutator. */
static bool is_stuck(const struct placement *placement, const struct topology_got *got)
{
    return placement->plan.policy != TOPOLOGY_NONE &&
           topology_allowed_count(placement->topology) > 1 &&
           got->os_pus[strspn(got->os_pus, "0123456789")] == '\0';
}

static void append_other(struct text *text, struct placement *placement, pid_t number)
{
    struct topology_got got;
    struct text path = {0}, name = {0};
    text_format(&path, "/proc/self/task/%d/comm", (int)number);
    bool named = files_read(&name, "", text_chars(&path));
    topology_read_back_thread(placement->topology, number, &unpinned, &got);
    text_format(text, "%s%s: %s", text->length > 0 ? "; " : "", named ? text_chars(&name) : "?",
                got.os_pus);
    placement->stuck_count += is_stuck(placement, &got);
    text_free(&path);
    text_free(&name);
}

/* Lock held. Bounded, as a collector may have started thousands. */
static void tell_others(struct placement *placement, struct trial_record *record)
{
    enum { MOST_SHOWN = 64 };
    size_t count, others = 0;
    placement->stuck_count = 0;
    pid_t *threads = list_threads(&count);
    struct text text = {0};
    for (size_t i = 0; i < count; i++)
        if (is_unregistered(placement, threads[i]) && others++ < MOST_SHOWN)
            append_other(&text, placement, threads[i]);
    if (others > MOST_SHOWN)
        text_format(&text, "; and %zu more", others - MOST_SHOWN);
    if (others > 0)
        record_set_text(record, TRIAL_OTHER_THREADS, text_chars(&text));
    text_free(&text);
    free(threads);
}

/* On one node, by the system's own policy, there is nothing to tell apart, and a large page table
 * takes long to read. */
static void tell_pages(const struct placement *placement, struct trial_record *record)
{
    struct text text = {0};
    if (topology_numa_count(placement->topology) == 1 &&
        placement->memory.kind == TOPOLOGY_MEMORY_NONE)
        return;
    if (topology_memory_append_by_node(&text, placement->topology, ""))
        record_set_text(record, TRIAL_MEMORY_BY_NODE, text_chars(&text));
    text_free(&text);
}

static void tell_memory(const struct placement *placement, struct trial_record *record)
{
    struct text text = {0};
    if (placement->memory_refused.kind != ERROR_NONE)
        text_append(&text, placement->memory_refused.text);
    else
        topology_memory_append_got(&text, placement->topology);
    set_text(record, TRIAL_MEMORY_GOT, &text);
    tell_pages(placement, record);
}

void placement_tell_got(struct placement *placement, struct trial_record *record)
{
    pthread_mutex_lock(&placement->lock);
    tell_mutators(placement, record);
    if (placement->worker_count > 0)
        tell_workers(placement, record);
    tell_others(placement, record);
    tell_memory(placement, record);
    pthread_mutex_unlock(&placement->lock);
}

/* ---- doubts ---- */

static bool any_missed(const struct placement *placement)
{
    for (unsigned i = 0; i < placement->plan.thread_count; i++)
        if (placement->mutators[i].number != 0 && !placement->mutators[i].got.as_asked)
            return true;
    return false;
}

void placement_doubt(const struct placement *placement, const struct trial_record *record,
                     void (*say)(void *user, const char *text), void *user)
{
    const struct topology_plan *plan = &placement->plan;
    struct text text = {0};
    if (plan->over_quota)
        say(user, "more threads than the CPU quota of the control group lets run at once");
    if (record_integer(record, TRIAL_THROTTLED_NS, 0) > 0)
        say(user, "a CPU quota stopped the control group in the timed part");
    if (plan->mixed_kinds)
        say(user, "the threads ran on cores of different kinds");
    if (any_missed(placement))
        say(user, "not every thread was bound to the processor that it was to be bound to");
    if (placement->stuck_count > 0)
        say(user, "threads that the collector started and did not register are bound to the one "
                  "processor of the mutator that started them");
    if (placement->memory_refused.kind != ERROR_NONE) {
        text_format(&text, "memory was not bound: %s", placement->memory_refused.text);
        say(user, text_chars(&text));
        text_free(&text);
    }
}
