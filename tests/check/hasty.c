/* SPDX-License-Identifier: MIT
 *
 * hasty: a collector from elsewhere, as `heapmark check` sees it: `semispace`, loaded by this one,
 * which tells of no phases and no events, and is called by its table. Each of its variants has a
 * mistake that needs something to happen inside an operation:
 *
 *     kept     a poll returns the borrow that it was to keep as it was: wrong once something
 *              collects at that very poll
 *     cleared  what is made with a length is cleared while its thread is safe, by the address that
 *              it had before: wrong once another thread collects meanwhile
 */
#include <heapmark/plugin.h>

#include <dlfcn.h>
#include <string.h>

static const struct hm_plugin *truth;
static const struct hm_variant *truth_variant;
static const struct hm_ops *truth_ops;
static struct hm_capabilities capabilities;
static struct hm_heap_ops heap_ops;
static const struct hm_variant kept, cleared;

static void tell_nothing(struct hm_log *log, enum hm_event_kind kind, uint64_t time_ns,
                         uint64_t value)
{
    (void)log;
    (void)kind;
    (void)time_ns;
    (void)value;
}

static hm_ref poll_and_forget(hm_mutator *m, hm_name *name, hm_ref ref)
{
    (void)name;
    truth_ops->poll(m);
    return ref;
}

static hm_ref new_and_clear(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n)
{
    hm_ref ref = truth_ops->new_n(m, name, shape, n);
    m->slow->block(m);
    m->slow->unblock(m);
    return ref;
}

static hm_heap *open_hasty(const struct hm_open *request, struct hm_refusal *refusal)
{
    static union hm_value options[64];
    static struct hm_open changed;
    static struct hm_host host;
    static struct hm_ops ops;
    static struct hm_kernel_set set;
    static const struct hm_workload *const no_kernels[] = {NULL};
    for (size_t i = 0; truth->options[i] != NULL; i++)
        options[i] = truth->options[i]->standard;
    host = *request->host;
    host.event = tell_nothing;
    host.phase = NULL;
    changed = *request;
    changed.variant = truth_variant;
    changed.options = options;
    changed.host = &host;
    hm_heap *heap = truth_variant->heap_ops->open(&changed, refusal);
    if (heap == NULL)
        return NULL;
    truth_ops = heap->set->ops;
    ops = *truth_ops;
    if (request->variant == &kept)
        ops.poll_keep = poll_and_forget;
    else
        ops.new_n = new_and_clear;
    set = *heap->set;
    set.ops = &ops;
    set.kernels = no_kernels;
    heap->set = &set;
    return heap;
}

static hm_mutator *attach(hm_heap *heap, uint32_t index, struct hm_log *log,
                          struct hm_refusal *refusal)
{
    hm_mutator *m = truth_variant->heap_ops->attach(heap, index, log, refusal);
    if (m != NULL)
        m->ops = heap->set->ops;
    return m;
}

__attribute__((constructor)) static void load(void)
{
    truth = dlsym(dlopen(HASTY_SEMISPACE, RTLD_NOW | RTLD_LOCAL), HM_PLUGIN_SYMBOL);
    truth_variant = truth->variants[0];
    capabilities = *truth_variant->capabilities;
    capabilities.reports_pauses = false;
    heap_ops = *truth_variant->heap_ops;
    heap_ops.open = open_hasty;
    heap_ops.attach = attach;
}

#define VARIANT(variant_name)                                                                      \
    {                                                                                              \
        .size = sizeof(struct hm_variant), .name = variant_name, .summary = "hasty",               \
        .capabilities = &capabilities, .heap_ops = &heap_ops,                                      \
    }

static const struct hm_variant kept = VARIANT("kept");
static const struct hm_variant cleared = VARIANT("cleared");

HM_PLUGIN = {
    HM_PLUGIN_HEAD,
    .name = "hasty",
    .version = "1",
    .summary = "For tests.",
    .source = "none",
    .variants = (const struct hm_variant *const[]){&kept, &cleared, NULL},
    .options = (const struct hm_setting *const[]){NULL},
};
