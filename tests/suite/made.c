/* SPDX-License-Identifier: MIT
 *
 * A request made by hand; see made.h.
 */
#include "made.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* ---- collectors ---- */

static const struct {
    const char *name;
    struct hm_capabilities can;
} collectors[] = {
    {"able",
     {.frees = true, .cycles = true, .shares = true, .heap_limit = true, .least_heap_bytes = 4096}},
    {"plain", {.heap_limit = true}},
    {"single",
     {.frees = true,
      .most_mutators = 1,
      .least_heap_bytes = 16 << 20,
      .least_mutator_bytes = 1 << 20}},
};

static struct plugin_info *make_info(const char *name, const struct hm_capabilities *can)
{
    struct plugin_info *info = memory_new(sizeof *info);
    info->path = memory_copy_text("/made.so");
    info->name = memory_copy_text(name);
    info->version = memory_copy_text("1");
    info->summary = memory_copy_text("made");
    info->source = memory_copy_text("");
    info->build = memory_copy_text("");
    info->variant_count = 1;
    info->variants = memory_new(sizeof *info->variants);
    info->variants[0].name = memory_copy_text("default");
    info->variants[0].summary = memory_copy_text("made");
    info->variants[0].capabilities = *can;
    return info;
}

static void add_collector(struct suite_entries *entries, const char *name)
{
    size_t row = 0;
    while (strcmp(collectors[row].name, name) != 0)
        row++;
    size_t count = entries->collector_count++;
    entries->probed_count = count + 1;
    entries->probed = memory_resize(entries->probed, (count + 1) * sizeof(struct plugin_info *));
    entries->probed[count] = make_info(name, &collectors[row].can);
    entries->collectors =
        memory_resize(entries->collectors, (count + 1) * sizeof *entries->collectors);
    entries->collectors[count] = (struct suite_collector){
        .label = memory_copy_text(name),
        .options = memory_copy_text(""),
        .info = entries->probed[count],
        .can = &entries->probed[count]->variants[0],
    };
}

/* ---- workloads ---- */

static uint64_t tiny_live_bytes(const struct hm_plan *plan)
{
    return 1000 * plan->threads;
}

static uint64_t large_live_bytes(const struct hm_plan *plan)
{
    return ((uint64_t)10 << 20) * plan->threads + 1;
}

static uint64_t huge_live_bytes(const struct hm_plan *plan)
{
    (void)plan;
    return UINT64_MAX / 2;
}

static uint64_t no_answer(const struct hm_plan *plan)
{
    (void)plan;
    return 0;
}

static void paced_schedule(const struct hm_plan *plan, struct hm_schedule *schedule)
{
    schedule->rate = (double)plan->parameters[0].integer;
    schedule->requests = 1;
}

static const struct hm_setting *const no_parameters[] = {NULL};

/* Of those with a schedule. */
static const struct hm_setting rate = {.name = "rate",
                                       .type = HM_INTEGER,
                                       .least.integer = 1,
                                       .most.integer = 1000,
                                       .standard.integer = 7};
static const struct hm_setting rest = {
    .name = "rest", .type = HM_INTEGER, .most.integer = 9, .standard.integer = 3};
static const struct hm_setting *const paced_parameters[] = {&rate, &rest, NULL};

static const struct hm_workload workloads[] = {
    {.name = "tiny", .revision = "1", .live_bytes = tiny_live_bytes, .expected = no_answer},
    {.name = "large", .revision = "1", .live_bytes = large_live_bytes, .expected = no_answer},
    {.name = "huge", .revision = "1", .live_bytes = huge_live_bytes, .expected = no_answer},
    {.name = "shared",
     .revision = "1",
     .needs = HM_NEEDS_SHARING | HM_NEEDS_FREEING,
     .expected = no_answer},
    {.name = "unsure", .revision = "1"},
    {.name = "paced", .revision = "1", .expected = no_answer, .schedule = paced_schedule},
    {.name = "lonely", .revision = "1", .most_threads = 1, .expected = no_answer},
};

static void add_workload(struct suite_entries *entries, const char *name)
{
    size_t row = 0;
    while (strcmp(workloads[row].name, name) != 0)
        row++;
    static struct hm_workload kernels[sizeof workloads / sizeof *workloads];
    kernels[row] = workloads[row];
    bool paced = workloads[row].schedule != NULL;
    kernels[row].parameters = paced ? paced_parameters : no_parameters;
    size_t count = entries->workload_count++;
    entries->workloads =
        memory_resize(entries->workloads, (count + 1) * sizeof *entries->workloads);
    entries->workloads[count] = (struct suite_workload){
        .label = memory_copy_text(name),
        .parameters = memory_copy_text(paced ? "rate=7,rest=3" : ""),
        .kernel = &kernels[row],
    };
}

void made_request(struct suite_request *request, const char *const *collector_names,
                  const char *const *workload_names)
{
    suite_request_initialise(request);
    for (; *collector_names != NULL; collector_names++)
        add_collector(&request->entries, *collector_names);
    for (; *workload_names != NULL; workload_names++)
        add_workload(&request->entries, *workload_names);
}
