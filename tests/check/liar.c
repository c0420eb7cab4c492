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

/* ---- the variants ---- */

static void crowded(struct hm_capabilities *can, struct hm_heap_ops *ops)
{
    (void)can;
    ops->attach = attach_one;
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
