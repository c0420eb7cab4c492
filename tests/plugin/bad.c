/* SPDX-License-Identifier: MIT
 *
 * A plugin with one thing wrong, which FAULT names: each must be refused in words of its own.
 */
#include <heapmark/plugin.h>

#include <link.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    NONE,
    ABI,
    SIZE,
    HEAD,
    NAME,
    NO_VARIANT,
    NO_ATTACH,
    NO_CENSUS,
    CRASH,
    EXIT,
    NO_SYMBOL,
    FORKS,
    ALONE
};

static hm_heap *open_heap(const struct hm_open *request, struct hm_refusal *refusal)
{
    (void)request;
    (void)refusal;
    return NULL;
}

static hm_mutator *attach(hm_heap *heap, uint32_t index, struct hm_log *log,
                          struct hm_refusal *refusal)
{
    (void)heap;
    (void)index;
    (void)log;
    (void)refusal;
    return NULL;
}

static void detach(hm_mutator *m)
{
    (void)m;
}

static void collect(hm_heap *heap, hm_mutator *m, enum hm_collection kind)
{
    (void)heap;
    (void)m;
    (void)kind;
}

static void statistics(hm_heap *heap, struct hm_statistics *figures)
{
    (void)heap;
    (void)figures;
}

static void close_heap(hm_heap *heap)
{
    (void)heap;
}

static int count_plugin(struct dl_phdr_info *object, size_t size, void *count)
{
    (void)size;
    *(int *)count += strstr(object->dlpi_name, "/fixtures/") != NULL;
    return 0;
}

static bool has_company(void)
{
    int plugins = 0;
    dl_iterate_phdr(count_plugin, &plugins);
    return plugins > 1;
}

__attribute__((constructor)) static void at_load(void)
{
    if (FAULT == CRASH)
        raise(SIGSEGV);
    if (FAULT == EXIT)
        _Exit(7);
    while (FAULT == ALONE && has_company())
        pause();
    if (FAULT == FORKS && fork() == 0) {
        close_range(0, ~0U, 0);
        for (;;)
            pause();
    }
}

static const struct hm_heap_ops heap_ops = {
    .size = sizeof heap_ops,
    .abi = HM_ABI,
    .open = open_heap,
    .attach = FAULT == NO_ATTACH ? NULL : attach,
    .detach = detach,
    .collect = collect,
    .statistics = statistics,
    .close = close_heap,
};

static const struct hm_capabilities capabilities = {
    .size = sizeof capabilities,
    .census = FAULT == NO_CENSUS,
    .most_mutators = 3,
    .moves = true,
    .least_heap_bytes = (uint64_t)1 << 40,
};

static const struct hm_variant first = {
    .size = sizeof first,
    .name = "first",
    .summary = "the first",
    .capabilities = &capabilities,
    .heap_ops = &heap_ops,
};

static const struct hm_variant second = {
    .size = sizeof second,
    .name = "second",
    .summary = "the \"second\" <one>",
    .capabilities = &capabilities,
    .heap_ops = &heap_ops,
};

static const char *const modes[] = {"slow", "fast", NULL};

static const struct hm_setting mode = {
    .name = "mode", .help = "how", .type = HM_CHOICE, .choices = modes, .standard.integer = 1};
static const struct hm_setting factor = {.name = "factor",
                                         .help = "by how much",
                                         .type = HM_DECIMAL,
                                         .least.decimal = 0.1,
                                         .most.decimal = 4.0,
                                         .standard.decimal = 1.1};

#if FAULT == 10
#define heapmark_plugin something_else
#endif

HM_PLUGIN = {
    .size = FAULT == SIZE ? 16 : sizeof(struct hm_plugin),
    .abi = FAULT == ABI ? 99 : HM_ABI,
    .mutator_head_bytes = FAULT == HEAD ? 64 : HM_MUTATOR_HEAD_BYTES,
    .ops_bytes = sizeof(struct hm_ops),
    .build = HM_BUILD,
    .name = FAULT == NAME ? "Bad Name" : "bad",
    .version = "3",
    .summary = "For tests.",
    .source = "none",
    .variants = FAULT == NO_VARIANT ? (const struct hm_variant *const[]){NULL}
                                    : (const struct hm_variant *const[]){&first, &second, NULL},
    .options = (const struct hm_setting *const[]){&mode, &factor, NULL},
};
