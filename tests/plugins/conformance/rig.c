/* SPDX-License-Identifier: MIT
 *
 * The conformance suite's ground; see rig.h.
 */
#include "rig.h"

#include <sched.h>

struct drive_plugin rig_plugin;

const struct hm_shape rig_pair = {.id = PAIR, .slots = 2, .hint = HM_INSTANCE, .name = "pair"};
const struct hm_shape rig_box = {.id = BOX, .bytes = 8, .hint = HM_NUMBER, .name = "box"};
const struct hm_shape rig_record = {.id = RECORD,
                                    .slots = RECORD_SLOTS,
                                    .bytes = RECORD_BYTES,
                                    .hint = HM_INSTANCE,
                                    .name = "record"};
const struct hm_shape rig_list = {
    .id = LIST, .vary = HM_VARY_SLOTS, .hint = HM_LIST, .name = "list"};
const struct hm_shape rig_text = {
    .id = TEXT, .vary = HM_VARY_BYTES, .hint = HM_STRING, .name = "text"};
const struct hm_shape rig_tagged = {
    .id = TAGGED, .slots = 1, .vary = HM_VARY_BYTES, .hint = HM_STRING, .name = "tagged"};

static const struct hm_shape *const shapes[] = {&rig_pair, &rig_box,    &rig_record, &rig_list,
                                                &rig_text, &rig_tagged, NULL};

/* ---- heaps ---- */

static uint64_t least_bytes(const struct hm_capabilities *can, uint32_t mutators)
{
    return can->least_heap_bytes + mutators * can->least_mutator_bytes;
}

struct rig *rig_open(uint64_t heap_bytes, uint32_t mutators, uint32_t globals)
{
    struct rig *rig = calloc(1, sizeof *rig);
    assert_non_null(rig);
    rig->can = rig_plugin.variant->capabilities;
    uint64_t least = least_bytes(rig->can, mutators);
    rig->heap_bytes = heap_bytes > least ? heap_bytes : least;
    rig->heap.request.heap_bytes = rig->heap_bytes;
    rig->heap.request.most_mutators = mutators;
    rig->heap.request.globals = globals;
    rig->heap.request.name_depth = RIG_NAME_DEPTH;
    rig->heap.request.spare_depth = RIG_NAME_DEPTH;
    rig->heap.request.shapes = shapes;
    rig->heap.request.shape_count = SHAPES;
    if (!drive_open(&rig->heap, &rig_plugin))
        fail_msg("open: %s", rig->heap.refusal.sentence);
    rig->m = rig->heap.heap->ops->attach(rig->heap.heap, 0, &rig->log, &rig->heap.refusal);
    if (rig->m == NULL)
        fail_msg("attach: %s", rig->heap.refusal.sentence);
    rig->names = hm_push(rig->m, NAMES);
    rig->spares = hm_push_spare(rig->m, NAMES);
    return rig;
}

static void assert_in_order(const struct hm_log *log)
{
    assert_int_equal(log->disorders, 0);
    assert_int_equal(log->late_stops, 0);
    static const enum hm_event_kind begins[] = {HM_EVENT_STOP_REQUESTED, HM_EVENT_COLLECTION_BEGIN,
                                                HM_EVENT_MARK_BEGIN,     HM_EVENT_SWEEP_BEGIN,
                                                HM_EVENT_COPY_BEGIN,     HM_EVENT_CYCLES_BEGIN,
                                                HM_EVENT_RELEASE_BEGIN,  HM_EVENT_STALL_BEGIN};
    for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++)
        if (log->open[begins[i]] != 0)
            fail_msg("an event of kind %d has no end", (int)begins[i]);
}

void rig_close(struct rig *rig)
{
    hm_heap *heap = rig->heap.heap;
    hm_pop_spare(rig->m, rig->spares);
    hm_pop(rig->m, rig->names);
    heap->ops->detach(rig->m);
    assert_in_order(&rig->log);
    struct hm_refusal broken = {.sentence = ""};
    if (heap->ops->verify != NULL && !heap->ops->verify(heap, NULL, &broken))
        fail_msg("verify: %s", broken.sentence);
    heap->ops->close(heap);
    free(rig);
}

void rig_collect_kind(struct rig *rig, enum hm_collection kind)
{
    rig->heap.heap->ops->collect(rig->heap.heap, rig->m, kind);
}

void rig_collect(struct rig *rig)
{
    for (uint32_t i = 0; i == 0 || i < rig->can->complete_after; i++)
        rig_collect_kind(rig, HM_COLLECT_FULL);
}

struct hm_statistics rig_statistics(const struct rig *rig)
{
    struct hm_statistics statistics = {.size = sizeof statistics};
    rig->heap.heap->ops->statistics(rig->heap.heap, &statistics);
    return statistics;
}

struct hm_census rig_census(struct rig *rig)
{
    struct hm_census census = {.size = sizeof census};
    if (rig->heap.heap->ops->census != NULL)
        rig->heap.heap->ops->census(rig->heap.heap, rig->m, &census);
    return census;
}

/* ---- landings ---- */

enum hm_cause rig_land(hm_mutator *m, hm_name *names, rig_body *body, void *user)
{
    struct hm_landing landing = {.name_top = m->name_top, .spare_top = m->spare_top};
    m->landing = &landing;
    if (setjmp(landing.buffer) == 0) {
        body(m, names, user);
    } else {
        hm_pop(m, landing.name_top);
        hm_pop_spare(m, landing.spare_top);
    }
    m->landing = NULL;
    return landing.cause;
}

/* ---- objects ---- */

void rig_box_of(hm_mutator *m, hm_name *name, uint64_t number)
{
    hm_put_word(m, hm_new(m, name, &rig_box), 0, number);
}

uint64_t rig_number_in(hm_mutator *m, hm_name *container, size_t slot)
{
    hm_spare *spare = hm_push_spare(m, 1);
    hm_ref box = hm_peek(m, spare, hm_at(container), slot);
    uint64_t number = hm_is_null(box) ? UINT64_MAX : hm_word(m, box, 0);
    hm_pop_spare(m, spare);
    return number;
}

/* ---- threads ---- */

static void *thread_main(void *argument)
{
    struct rig_thread *thread = argument;
    hm_heap *heap = thread->rig->heap.heap;
    struct hm_refusal refusal;
    hm_mutator *m = heap->ops->attach(heap, thread->index, &thread->log, &refusal);
    if (m == NULL) {
        thread->wrong++;
        return NULL;
    }
    thread->names = hm_push(m, NAMES);
    thread->body(thread, m, thread->names);
    hm_pop(m, thread->names);
    heap->ops->detach(m);
    return NULL;
}

void rig_start(struct rig_thread *thread)
{
    assert_int_equal(pthread_create(&thread->id, NULL, thread_main, thread), 0);
}

void rig_join(struct rig_thread *thread)
{
    hm_mutator *m = thread->rig->m;
    hm_block(m);
    pthread_join(thread->id, NULL);
    hm_unblock(m);
    assert_in_order(&thread->log);
    assert_int_equal(thread->wrong, 0);
}

void rig_run(struct rig *rig, uint32_t count,
             void (*body)(struct rig_thread *thread, hm_mutator *m, hm_name *names), void *user)
{
    struct rig_thread threads[RIG_MOST_THREADS];
    for (uint32_t i = 0; i < count; i++) {
        threads[i] = (struct rig_thread){.rig = rig, .index = i + 1, .body = body, .user = user};
        rig_start(&threads[i]);
    }
    for (uint32_t i = 0; i < count; i++)
        rig_join(&threads[i]);
}

void rig_meet(hm_mutator *m, pthread_barrier_t *barrier)
{
    hm_block(m);
    pthread_barrier_wait(barrier);
    hm_unblock(m);
}

void rig_poll_until(hm_mutator *m, const _Atomic uint64_t *word, uint64_t value)
{
    while (atomic_load(word) < value) {
        sched_yield();
        hm_poll(m);
    }
}
