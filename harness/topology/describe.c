/* SPDX-License-Identifier: MIT
 *
 * A machine and a plan as text for people.
 */
#include <stdlib.h>

#include "base/units.h"
#include "topology/internal.h"

static const char *plural(unsigned count)
{
    return count == 1 ? "" : "s";
}

static void append_list(struct text *text, hwloc_const_bitmap_t os_pus)
{
    char *list = NULL;
    CHECK(hwloc_bitmap_list_asprintf(&list, os_pus) >= 0, "no memory for a list of PUs");
    text_append(text, list);
    free(list);
}

void topology_append_summary(struct text *text, const struct topology *topology)
{
    text_format(text, "%u package%s, %u NUMA node%s, %u core%s, %u PU%s; allowed OS PUs: ",
                topology->package_count, plural(topology->package_count), topology->numa_count,
                plural(topology->numa_count), topology->core_count, plural(topology->core_count),
                topology->pu_count, plural(topology->pu_count));
    append_list(text, topology->allowed);
    if (topology->kind_count > 1)
        text_format(text, "; %u kinds of core", topology->kind_count);
    if (topology->quota_cpus > 0)
        text_format(text, "; CPU quota: %.4g CPU%s", topology->quota_cpus,
                    topology->quota_cpus == 1 ? "" : "s");
}

static void append_quota(struct text *text, const struct topology *topology)
{
    if (topology_exceeds_quota(topology, topology->allowed_count))
        text_format(text,
                    "The control group grants the time of %.4g CPUs, less than the %u PU%s that "
                    "this process may use: while more threads than that are busy, all of them are "
                    "stopped for a part of each period.\n",
                    topology->quota_cpus, topology->allowed_count, plural(topology->allowed_count));
}

/* The headings that change between two neighbouring PUs; `previous` is NULL before the first. */
static void append_headings(struct text *text, const struct topology *topology,
                            const struct topology_pu *pu, const struct topology_pu *previous)
{
    const struct topology_placement *here = &pu->where;
    const struct topology_placement *before = previous ? &previous->where : NULL;
    bool new_package = !before || here->package != before->package;
    bool new_numa = new_package || here->numa != before->numa;
    bool new_core = new_numa || here->core != before->core;
    char bytes[UNITS_TEXT_BYTES];

    if (new_core && before)
        text_append(text, "\n");
    if (new_package)
        text_format(text, "package %u\n", here->package);
    if (new_numa) {
        units_format_bytes(pu->numa_bytes, bytes);
        text_format(text, "  NUMA node %u (%s)\n", here->numa, bytes);
    }
    if (!new_core)
        text_append(text, ",");
    else if (topology->kind_count > 1)
        text_format(text, "    core %u (kind %u):", here->core, here->kind);
    else
        text_format(text, "    core %u:", here->core);
}

static bool has_pus(const struct topology *topology, unsigned numa)
{
    for (unsigned i = 0; i < topology->pu_count; i++)
        if (topology->pus[i].where.numa == numa)
            return true;
    return false;
}

/* Nodes that are no PU's nearest: memory without processors, or a second kind beside the first. */
static void append_other_nodes(struct text *text, const struct topology *topology)
{
    char bytes[UNITS_TEXT_BYTES];
    for (unsigned i = 0; i < topology->numa_count; i++) {
        hwloc_obj_t node = hwloc_get_obj_by_type(topology->machine, HWLOC_OBJ_NUMANODE, i);
        if (node == NULL || has_pus(topology, i))
            continue;
        units_format_bytes(node->attr->numanode.local_memory, bytes);
        text_format(text, "NUMA node %u (%s), nearest to no PU\n", i, bytes);
    }
}

void topology_describe(struct text *text, const struct topology *topology)
{
    topology_append_summary(text, topology);
    text_append(text, "\n* marks a processing unit (PU) that this process may use\n");
    append_quota(text, topology);
    text_append(text, "\n");
    for (unsigned i = 0; i < topology->pu_count; i++) {
        const struct topology_pu *pu = &topology->pus[i];
        append_headings(text, topology, pu, i == 0 ? NULL : pu - 1);
        text_format(text, " PU %u (OS %u)%s", pu->where.pu, pu->where.os_pu,
                    pu->allowed ? "*" : "");
    }
    text_append(text, "\n");
    append_other_nodes(text, topology);
}

static void append_placement(struct text *text, const char *role, unsigned number,
                             const struct topology_placement *placement)
{
    if (placement->pinned)
        text_format(text, "%s%6u  %5u  %5u  %4u  %7u  %9u\n", role, number, placement->pu,
                    placement->os_pu, placement->core, placement->package, placement->numa);
    else
        text_format(text, "%s%6u  anywhere\n", role, number);
}

static void append_workers(struct text *text, const struct topology_plan *plan, unsigned workers)
{
    for (unsigned i = 0; i < workers; i++) {
        struct topology_placement placement = topology_worker_placement(plan, i);
        append_placement(text, "collector thread ", i, &placement);
    }
}

static void append_doubts(struct text *text, const struct topology_plan *plan)
{
    if (plan->oversubscribed)
        text_append(text, "More threads than processing units that this process may use: some "
                          "share one, and take turns on it.\n");
    if (plan->over_quota)
        text_append(text, "More threads than the CPU quota lets run at once: all are stopped for a "
                          "part of each period.\n");
    if (plan->mixed_kinds)
        text_append(text, "The threads are on cores of different kinds: the same work takes "
                          "longer on some of them.\n");
}

void topology_describe_plan(struct text *text, const struct topology_plan *plan, unsigned workers)
{
    text_format(text, "%s: %s\n", topology_policy_name(plan->policy),
                topology_policy_sentence(plan->policy));
    const char *role = workers > 0 ? "mutator          " : "";
    text_format(text, "%sthread     PU  OS PU  core  package  NUMA node\n",
                workers > 0 ? "                 " : "");
    for (unsigned i = 0; i < plan->thread_count; i++)
        append_placement(text, role, i, &plan->placements[i]);
    append_workers(text, plan, workers);
    append_doubts(text, plan);
}
