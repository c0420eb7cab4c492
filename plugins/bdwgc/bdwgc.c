/* SPDX-License-Identifier: MIT
 *
 * bdwgc: the collector of Boehm, Demers and Weiser, version 8.2, behind the contract.
 *
 * Algorithm: bdwgc's own. Mark-sweep with lazy sweeping, size-segregated blocks, conservative
 * roots; it stops registered threads by signals. Boehm and Weiser, Garbage collection in an
 * uncooperative environment, SPE 18(9), 1988.
 * Invariant: what bdwgc traces from is the registered threads' stacks and registers, and what
 * push_roots pushes: names, the mutators' lists of free objects, and the globals.
 *
 * An object with slots is one that bdwgc scans in whole, payload words too; one without is not
 * scanned. References are addresses of objects' beginnings, so interior pointers are
 * not recognised. The heap is expanded to its limit at once, as all others here use the limit in
 * full before they collect; see the option `expand`.
 */
#include <bdwgc/mutator.h>

#include <kit/heap_side.h>

#include <bdwgc/library.h>
#include <gc/gc_inline.h>
#include <gc/gc_mark.h>
#include <inttypes.h>
#include <stdio.h>

extern const struct hm_kernel_set hm_set_bdwgc;
hm_ref bdwgc_clone(hm_mutator *m, hm_name *to, hm_name *from);

struct bdwgc_heap *bdwgc_heap;
__thread struct bdwgc_mutator *bdwgc_mutator;
__thread struct hm_log *bdwgc_log;

static struct bdwgc_heap *heap_of(hm_mutator *m)
{
    return (struct bdwgc_heap *)m->heap;
}

/* ---- roots ---- */

static GC_push_other_roots_proc push_others_before;

/* With the threads stopped and bdwgc's lock held, so the list of mutators stands still: attach and
 * detach change it only under that lock, see attach_locked. */
static void GC_CALLBACK push_roots(void)
{
    if (push_others_before != NULL)
        push_others_before();
    if (bdwgc_heap == NULL)
        return;
    bdwgc_push_cells(bdwgc_heap);
    for (struct kit_mutator *k = bdwgc_heap->world.first; k != NULL; k = k->next) {
        struct bdwgc_mutator *mutator = (struct bdwgc_mutator *)k;
        GC_push_all(k->head.name_base, k->head.name_top);
        bdwgc_push_lists(mutator);
    }
}

/* ---- allocation ---- */

/* The same, null only when a full collection does not help either. Near its limit bdwgc answers
 * null without one where little was allocated since the last. */
static void *take_memory(struct bdwgc_mutator *mutator, bool scanned, size_t bytes)
{
    void *memory = bdwgc_memory(mutator, scanned, bytes);
    if (memory != NULL)
        return memory;
    bdwgc_collect(heap_of(&mutator->kit.head));
    return bdwgc_memory(mutator, scanned, bytes);
}

static hm_ref allocate(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n,
                       uint32_t flags)
{
    enum hm_cause cause = HM_TOO_LARGE;
    if (kit_fits(shape, n)) {
        size_t bytes = kit_shape_bytes(shape, n);
        cause = HM_OUT_OF_MEMORY;
        struct kit_object *object =
            take_memory((struct bdwgc_mutator *)m, bdwgc_has_slots(shape), bytes);
        if (object != NULL) {
            object->layout = kit_layout(shape, n);
            name->bits = (uintptr_t)object;
            return kit_ref(object);
        }
        kit_event(heap_of(m)->head.host, (struct kit_mutator *)m, HM_EVENT_OUT_OF_MEMORY, bytes);
    }
    if ((flags & HM_MAY_FAIL) == 0)
        hm_land(m, cause);
    return hm_null;
}

hm_ref bdwgc_clone(hm_mutator *m, hm_name *to, hm_name *from)
{
    const struct kit_object *original = kit_object(hm_at(from));
    size_t bytes = kit_layout_bytes(original->layout);
    void *copy =
        take_memory((struct bdwgc_mutator *)m, kit_layout_slots(original->layout) > 0, bytes);
    if (copy == NULL)
        hm_land(m, HM_OUT_OF_MEMORY);
    memcpy(copy, original, bytes);
    to->bits = (uintptr_t)copy;
    return hm_at(to);
}

/* ---- safepoints: there are none, as bdwgc stops threads wherever they are ---- */

static void stay(hm_mutator *m)
{
    atomic_store_explicit(&m->poll, 0, memory_order_relaxed);
}

static const struct hm_slow slow = {
    .size = sizeof slow,
    .allocate = allocate,
    .poll = stay,
    .block = stay,
    .unblock = stay,
};

/* ---- opening ---- */

/* What a block of bdwgc's heap takes for its header (mark bytes, a few words) and the index that
 * finds it; and what bdwgc gets for all its tables ahead of need, a map for each size of
 * object among them. */
enum { HEADER_BYTES = 368, TABLE_BYTES = 128 << 10 };

/* The mark stack grows without asking for the maximum: to twice of 4096 frames of 16 bytes, then to
 * twice of that, and keeps what it had. That much is put aside, or in a small heap, where so many
 * objects are not, a part of it. Beyond, the limit is passed (docs/decisions/0031). */
enum { STACK_BYTES = (128 + 256) << 10, STACK_SHARE = 32 };

enum { OPTION_MARKERS, OPTION_EXPAND };

static const struct hm_variant incremental_variant, parallel_variant;

static void *no_memory(size_t bytes)
{
    (void)bytes;
    return NULL;
}

/* Once in a process. */
static void begin_library(const struct hm_open *request)
{
    int64_t markers = request->options[OPTION_MARKERS].integer;
    GC_set_all_interior_pointers(0);
    GC_set_no_dls(1);
    if (request->variant != &parallel_variant)
        GC_set_markers_count(1);
    else if (markers > 0)
        GC_set_markers_count((unsigned)markers);
    GC_init();
    GC_allow_register_threads();
    GC_clear_roots();
    GC_set_warn_proc(GC_ignore_warn_proc);
    GC_set_oom_fn(no_memory);
    push_others_before = GC_get_push_other_roots();
    GC_set_push_other_roots(push_roots);
    if (request->variant == &incremental_variant)
        GC_enable_incremental();
}

/* Bring the heap to its limit; 0: as bdwgc sees fit. The maximum that bdwgc knows is one for blocks
 * alone, so the limit is shared out between them and their headers, of which every block in use has
 * one, after what it takes for all else. */
static bool set_limit(const struct hm_open *request, struct hm_refusal *refusal)
{
    if (request->heap_bytes == 0)
        return true;
    size_t held = GC_get_heap_size();
    size_t share = (size_t)request->heap_bytes / STACK_SHARE;
    size_t beside = GC_get_obtained_from_os_bytes() - held + TABLE_BYTES +
                    (share < STACK_BYTES ? share : STACK_BYTES);
    size_t limit = request->heap_bytes < beside
                       ? 0
                       : (request->heap_bytes - beside) / (BDWGC_BLOCK_BYTES + HEADER_BYTES) *
                             BDWGC_BLOCK_BYTES;
    if (held > limit) {
        snprintf(refusal->sentence, sizeof refusal->sentence,
                 "bdwgc holds %zu bytes already, and the heap's limit is %" PRIu64, held + beside,
                 request->heap_bytes);
        refusal->out_of_memory = true;
        return false;
    }
    GC_set_max_heap_size(limit);
    if (request->options[OPTION_EXPAND].integer != 0 && limit > held &&
        GC_expand_hp(limit - held) == 0) {
        kit_refuse_memory(refusal, "the heap");
        return false;
    }
    return true;
}

static hm_heap *open_heap(const struct hm_open *request, struct hm_refusal *refusal)
{
    static bool begun;
    if (begun) {
        snprintf(refusal->sentence, sizeof refusal->sentence,
                 "bdwgc has one heap in a process, and it was opened before");
        return NULL;
    }
    begun = true;
    begin_library(request);
    struct bdwgc_heap *heap = calloc(1, sizeof *heap);
    if (heap == NULL) {
        kit_refuse_memory(refusal, "the heap's tables");
        return NULL;
    }
    kit_world_open(&heap->world, request);
    heap->request = request;
    heap->head.host = request->host;
    heap->head.set = &hm_set_bdwgc;
    heap->head.ops = request->variant->heap_ops;
    bdwgc_raise(&heap->held_peak_bytes, bdwgc_held_bytes());
    bdwgc_heap = heap;
    bdwgc_listen();
    size_t bytes = sizeof *heap->globals + sizeof(hm_ref) * (size_t)request->globals;
    if (!set_limit(request, refusal))
        return NULL;
    heap->globals = GC_malloc_uncollectable(bytes);
    if (heap->globals == NULL) {
        kit_refuse_memory(refusal, "the globals");
        return NULL;
    }
    heap->globals->layout = KIT_LAYOUT(KIT_SLOTS, request->globals);
    if (!bdwgc_cells_open(heap, request->most_mutators + 1)) {
        kit_refuse_memory(refusal, "its threads");
        return NULL;
    }
    return &heap->head;
}

static void close_heap(hm_heap *base)
{
    struct bdwgc_heap *heap = (struct bdwgc_heap *)base;
    bdwgc_cells_close(heap);
    bdwgc_heap = NULL;
    GC_free(heap->globals);
    kit_world_close(&heap->world);
    free(heap);
}

/* ---- threads ---- */

/* Cells that attach leaves to who collects and is no mutator. */
enum { FOR_OUTSIDE = 1 };

/* What attach and detach do to the list of mutators happens under bdwgc's lock, which a thread
 * that is stopped cannot hold: so push_roots never finds the list half changed. */
struct attaching {
    struct bdwgc_heap *heap;
    uint32_t index;
    struct hm_log *log;
    struct hm_refusal *refusal;
    struct bdwgc_mutator *mutator;
};

static void *attach_locked(void *user)
{
    struct attaching *attaching = user;
    struct bdwgc_heap *heap = attaching->heap;
    attaching->mutator = (struct bdwgc_mutator *)kit_mutator_new(
        &heap->world, sizeof(struct bdwgc_mutator), &heap->head, &slow, heap->request,
        attaching->index, attaching->log, attaching->refusal);
    return NULL;
}

static void *detach_locked(void *user)
{
    struct bdwgc_mutator *mutator = user;
    struct bdwgc_heap *heap = heap_of(&mutator->kit.head);
    atomic_fetch_add(&heap->left_bytes, bdwgc_listed_bytes(mutator));
    atomic_fetch_sub(&heap->list_bytes, mutator->list_bytes);
    kit_mutator_free(&heap->world, &mutator->kit);
    return NULL;
}

static hm_mutator *attach(hm_heap *base, uint32_t index, struct hm_log *log,
                          struct hm_refusal *refusal)
{
    struct attaching attaching = {(struct bdwgc_heap *)base, index, log, refusal, NULL};
    bool registered;
    if (!bdwgc_register(attaching.heap, FOR_OUTSIDE, &registered)) {
        snprintf(refusal->sentence, sizeof refusal->sentence,
                 "there are %" PRIu32 " mutators already, as many as open was told",
                 attaching.heap->request->most_mutators);
        return NULL;
    }
    bdwgc_log = log;
    GC_call_with_alloc_lock(attach_locked, &attaching);
    bdwgc_log = NULL;
    if (attaching.mutator == NULL) {
        if (registered)
            bdwgc_unregister(attaching.heap);
        return NULL;
    }
    attaching.mutator->registered = registered;
    bdwgc_mutator = attaching.mutator;
    return &attaching.mutator->kit.head;
}

static void detach(hm_mutator *m)
{
    struct bdwgc_mutator *mutator = (struct bdwgc_mutator *)m;
    struct bdwgc_heap *heap = heap_of(m);
    bool registered = mutator->registered;
    bdwgc_log = mutator->kit.head.log;
    bdwgc_mutator = NULL;
    GC_call_with_alloc_lock(detach_locked, mutator);
    if (registered)
        bdwgc_unregister(heap);
    bdwgc_log = NULL;
}

/* One at a time, so that one cell is enough for them. */
static void collect_outside(struct bdwgc_heap *heap)
{
    bool registered;
    pthread_mutex_lock(&heap->cells.outside);
    bdwgc_register(heap, 0, &registered);
    struct hm_log *log = heap->head.host->begin_thread(heap->head.host, "collect");
    bdwgc_log = log;
    bdwgc_collect(heap);
    bdwgc_log = NULL;
    heap->head.host->end_thread(log);
    if (registered)
        bdwgc_unregister(heap);
    pthread_mutex_unlock(&heap->cells.outside);
}

static void collect(hm_heap *base, hm_mutator *m, enum hm_collection kind)
{
    struct bdwgc_heap *heap = (struct bdwgc_heap *)base;
    (void)kind;
    if (m != NULL)
        bdwgc_collect(heap);
    else
        collect_outside(heap);
}

/* Exact when no mutator is attached; else too low by what may be on lists. The parts are read in an
 * order in which no fill or detach meanwhile makes it too high. */
static uint64_t allocated_bytes(struct bdwgc_heap *heap)
{
    uint64_t bytes = GC_get_total_bytes();
    uint64_t not_used = atomic_load(&heap->list_bytes);
    not_used += atomic_load(&heap->left_bytes);
    return bdwgc_raise(&heap->allocated_bytes, bytes > not_used ? bytes - not_used : 0);
}

/* Without bdwgc's lock, which is held while the world is stopped. */
static void statistics(hm_heap *base, struct hm_statistics *report)
{
    struct bdwgc_heap *heap = (struct bdwgc_heap *)base;
    struct hm_statistics figures = kit_statistics_unknown();
    figures.held_bytes = bdwgc_held_bytes();
    figures.held_peak_bytes = bdwgc_raise(&heap->held_peak_bytes, figures.held_bytes);
    figures.allocated_bytes = allocated_bytes(heap);
    figures.collections = atomic_load_explicit(&heap->collections, memory_order_relaxed);
    kit_report(report, &figures, sizeof figures);
}

static const struct hm_heap_ops heap_ops = {
    .size = sizeof heap_ops,
    .abi = HM_ABI,
    .open = open_heap,
    .attach = attach,
    .detach = detach,
    .collect = collect,
    .statistics = statistics,
    .close = close_heap,
};

/* What all variants can. */
#define BDWGC_CAPABILITIES                                                                         \
    .size = sizeof(struct hm_capabilities), .frees = true, .cycles = true, .shares = true,         \
    .heap_limit = true, .reports_pauses = true, .conservative = true, .most_slots = KIT_MOST,      \
    .most_bytes = KIT_MOST, .least_heap_bytes = 1 << 20, .least_mutator_bytes = 1 << 20,           \
    .granule_bytes = BDWGC_GRANULE_BYTES

static const struct hm_capabilities capabilities = {BDWGC_CAPABILITIES};

/* The markers are the library's own, and never return. */
static const struct hm_capabilities parallel_capabilities = {
    BDWGC_CAPABILITIES,
    .hidden_threads = true,
};

static const struct hm_variant default_variant = {
    .size = sizeof default_variant,
    .name = "default",
    .summary = "stops the world and marks by one thread",
    .capabilities = &capabilities,
    .heap_ops = &heap_ops,
};

static const struct hm_variant incremental_variant = {
    .size = sizeof incremental_variant,
    .name = "incremental",
    .summary = "marks in small steps within allocations, with dirty pages found by the kernel; "
               "one marker",
    .capabilities = &capabilities,
    .heap_ops = &heap_ops,
};

static const struct hm_variant parallel_variant = {
    .size = sizeof parallel_variant,
    .name = "parallel",
    .summary = "stops the world and marks by several threads",
    .capabilities = &parallel_capabilities,
    .heap_ops = &heap_ops,
};

static const struct hm_setting markers = {
    .name = "markers",
    .help = "threads that mark in the variant parallel, the one that collects included; 0: as "
            "many as there are processors",
    .type = HM_INTEGER,
    .most.integer = 16,
};

static const struct hm_setting expand = {
    .name = "expand",
    .help = "take the whole heap limit at the beginning, instead of growing to it as bdwgc sees "
            "fit",
    .type = HM_BOOLEAN,
    .least.integer = 0,
    .most.integer = 1,
    .standard.integer = 1,
};

HM_PLUGIN = {
    HM_PLUGIN_HEAD,
    .name = "bdwgc",
    .version = "1",
    .summary = "The Boehm-Demers-Weiser collector: conservative mark-sweep, for programs that do "
               "not cooperate.",
    .source = "H.-J. Boehm and M. Weiser, Garbage collection in an uncooperative environment, "
              "Software: Practice and Experience 18(9), 1988; the library bdw-gc",
    .variants = (const struct hm_variant *const[]){&default_variant, &incremental_variant,
                                                   &parallel_variant, NULL},
    .options = (const struct hm_setting *const[]){&markers, &expand, NULL},
};
