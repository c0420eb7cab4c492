/* SPDX-License-Identifier: MIT
 *
 * liar: real collectors, loaded by this one, each variant of which lies about one thing: a promise
 * that the collector does not keep, or a threads' state that it mixes up.
 *
 * A process opens one variant. What is passed through is the real collector's, its kernels too, but
 * where operations themselves lie.
 */
#include <heapmark/plugin.h>

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* LIAR_MARK_SWEEP and LIAR_REFCOUNT: paths of plugins. */
static const char *const bases[] = {LIAR_MARK_SWEEP, LIAR_REFCOUNT};
enum base { MARK_SWEEP, REFCOUNT, BASES };

static const struct hm_plugin *descriptors[BASES];
/* Of the variant that is open. */
static const struct hm_variant *truth;
static const struct hm_setting *const *truth_options;
static const struct hm_ops *truth_ops;

static hm_heap *open_liar(const struct hm_open *request, struct hm_refusal *refusal);

static hm_heap *open_truth(const struct hm_open *request, struct hm_refusal *refusal)
{
    enum { MOST_OPTIONS = 16 };
    static union hm_value options[MOST_OPTIONS];
    for (size_t i = 0; i < MOST_OPTIONS && truth_options[i] != NULL; i++)
        options[i] = truth_options[i]->standard;
    /* Collectors of the kit keep the request. */
    static struct hm_open changed;
    changed = *request;
    changed.options = options;
    return truth->heap_ops->open(&changed, refusal);
}

/* ---- threads ---- */

static hm_mutator *attach_one(hm_heap *heap, uint32_t index, struct hm_log *log,
                              struct hm_refusal *refusal)
{
    if (index == 0)
        return truth->heap_ops->attach(heap, index, log, refusal);
    snprintf(refusal->sentence, sizeof refusal->sentence, "one is enough");
    return NULL;
}

static hm_mutator *attach_one_for_memory(hm_heap *heap, uint32_t index, struct hm_log *log,
                                         struct hm_refusal *refusal)
{
    refusal->out_of_memory = index != 0;
    return attach_one(heap, index, log, refusal);
}

/* A thread that was detached has names already when it is attached again. */
static hm_mutator *attach_mixed(hm_heap *heap, uint32_t index, struct hm_log *log,
                                struct hm_refusal *refusal)
{
    enum { FEW_NAMES = 3, MOST_THREADS = 32 };
    static bool again[MOST_THREADS];
    hm_mutator *m = truth->heap_ops->attach(heap, index, log, refusal);
    if (m != NULL && again[index])
        m->ops->push(m, FEW_NAMES);
    again[index] = true;
    return m;
}

/* ---- what is promised ---- */

static uint64_t count_to_three(hm_mutator *m, hm_ref ref)
{
    uint64_t count = truth->heap_ops->count(m, ref);
    return count > 3 ? 3 : count;
}

static void forget_next_dead(hm_mutator *m, hm_name *name)
{
    m->ops->clear(m, name);
}

/* Nobody else sees what the first thread does not store. */
static void set_own(hm_mutator *m, hm_ref obj, size_t slot, hm_ref value)
{
    if (m->index == 0)
        truth_ops->set_shared(m, obj, slot, value);
}

/* The table of operations lies: what kernels have inline is the truth. */
static hm_heap *open_altered(const struct hm_open *request, struct hm_refusal *refusal,
                             void (*alter)(struct hm_ops *ops))
{
    static struct hm_ops ops;
    static struct hm_kernel_set set;
    hm_heap *heap = open_liar(request, refusal);
    if (heap == NULL)
        return NULL;
    truth_ops = heap->set->ops;
    ops = *truth_ops;
    alter(&ops);
    set = *heap->set;
    set.ops = &ops;
    heap->set = &set;
    return heap;
}

static void alter_finalizers(struct hm_ops *table)
{
    table->next_dead = forget_next_dead;
}

static void alter_shares(struct hm_ops *table)
{
    table->set_shared = set_own;
}

static hm_heap *open_forgetful(const struct hm_open *request, struct hm_refusal *refusal)
{
    return open_altered(request, refusal, alter_finalizers);
}

static hm_heap *open_alone(const struct hm_open *request, struct hm_refusal *refusal)
{
    return open_altered(request, refusal, alter_shares);
}

static void walk_nothing(hm_heap *heap, hm_mutator *m,
                         void (*visit)(void *user, const struct hm_walked *piece), void *user)
{
    (void)heap;
    (void)m;
    (void)visit;
    (void)user;
}

/* Every other one. */
static void collect_lazily(hm_heap *heap, hm_mutator *m, enum hm_collection kind)
{
    static _Atomic unsigned calls;
    if (atomic_fetch_add(&calls, 1) % 2 != 0)
        truth->heap_ops->collect(heap, m, kind);
    else if (m != NULL)
        m->ops->poll(m);
}

/* ---- the variants ---- */

static void crowded(struct hm_capabilities *can, struct hm_heap_ops *ops)
{
    (void)can;
    ops->attach = attach_one;
}

static void mixed(struct hm_capabilities *can, struct hm_heap_ops *ops)
{
    (void)can;
    ops->attach = attach_mixed;
}

static void counts(struct hm_capabilities *can, struct hm_heap_ops *ops)
{
    (void)can;
    ops->count = count_to_three;
}

static void prompt(struct hm_capabilities *can, struct hm_heap_ops *ops)
{
    (void)ops;
    can->prompt = true;
}

static void finalizers(struct hm_capabilities *can, struct hm_heap_ops *ops)
{
    (void)can;
    ops->open = open_forgetful;
}

static void shares(struct hm_capabilities *can, struct hm_heap_ops *ops)
{
    (void)can;
    ops->open = open_alone;
}

static void walk(struct hm_capabilities *can, struct hm_heap_ops *ops)
{
    (void)can;
    ops->walk = walk_nothing;
}

static void complete_after(struct hm_capabilities *can, struct hm_heap_ops *ops)
{
    (void)can;
    ops->collect = collect_lazily;
}

/* Says less than it could. */
static void once(struct hm_capabilities *can, struct hm_heap_ops *ops)
{
    (void)ops;
    can->reopenable = false;
    can->conservative = true;
}

static void held_factor(struct hm_capabilities *can, struct hm_heap_ops *ops)
{
    (void)ops;
    can->held_factor = 1;
    can->held_beside_bytes = 0;
}

static void least_heap(struct hm_capabilities *can, struct hm_heap_ops *ops)
{
    (void)ops;
    can->least_heap_bytes = 1;
    can->least_mutator_bytes = 0;
}

static void penniless(struct hm_capabilities *can, struct hm_heap_ops *ops)
{
    (void)can;
    ops->attach = attach_one_for_memory;
}

/* A row a variant; the rest is filled in when the plugin is loaded. */
static struct lie {
    const char *name;
    enum base base;
    void (*alter)(struct hm_capabilities *can, struct hm_heap_ops *ops);
    struct hm_capabilities can;
    struct hm_heap_ops ops;
    struct hm_variant variant;
} lies[] = {
    {.name = "crowded", .base = REFCOUNT, .alter = crowded},
    {.name = "penniless", .base = REFCOUNT, .alter = penniless},
    {.name = "mixed", .base = MARK_SWEEP, .alter = mixed},
    {.name = "counts", .base = REFCOUNT, .alter = counts},
    {.name = "prompt", .base = MARK_SWEEP, .alter = prompt},
    {.name = "finalizers", .base = MARK_SWEEP, .alter = finalizers},
    {.name = "counted-finalizers", .base = REFCOUNT, .alter = finalizers},
    {.name = "shares", .base = REFCOUNT, .alter = shares},
    {.name = "walk", .base = MARK_SWEEP, .alter = walk},
    {.name = "complete-after", .base = MARK_SWEEP, .alter = complete_after},
    {.name = "once", .base = MARK_SWEEP, .alter = once},
    {.name = "held-factor", .base = MARK_SWEEP, .alter = held_factor},
    {.name = "least-heap", .base = MARK_SWEEP, .alter = least_heap},
};

enum { LIES = sizeof lies / sizeof *lies };
static const struct hm_variant *variants[LIES + 1];

static hm_heap *open_liar(const struct hm_open *request, struct hm_refusal *refusal)
{
    size_t i = 0;
    while (&lies[i].variant != request->variant)
        i++;
    const struct hm_plugin *descriptor = descriptors[lies[i].base];
    truth = descriptor->variants[0];
    truth_options = descriptor->options;
    return open_truth(request, refusal);
}

__attribute__((constructor)) static void fill(void)
{
    for (size_t i = 0; i < BASES; i++) {
        void *handle = dlopen(bases[i], RTLD_NOW | RTLD_LOCAL);
        descriptors[i] = handle == NULL ? NULL : dlsym(handle, HM_PLUGIN_SYMBOL);
        if (descriptors[i] == NULL)
            abort();
    }
    for (size_t i = 0; i < LIES; i++) {
        struct lie *lie = &lies[i];
        const struct hm_variant *real = descriptors[lie->base]->variants[0];
        lie->can = *real->capabilities;
        lie->ops = *real->heap_ops;
        lie->ops.open = open_liar;
        lie->alter(&lie->can, &lie->ops);
        lie->variant = (struct hm_variant){.size = sizeof lie->variant,
                                           .name = lie->name,
                                           .summary = "lies",
                                           .capabilities = &lie->can,
                                           .heap_ops = &lie->ops};
        variants[i] = &lie->variant;
    }
}

HM_PLUGIN = {
    HM_PLUGIN_HEAD,
    .name = "liar",
    .version = "1",
    .summary = "For tests.",
    .source = "none",
    .variants = variants,
    .options = (const struct hm_setting *const[]){NULL},
};
