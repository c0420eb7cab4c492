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
}

/* The headings that change between two neighbouring PUs; `previous` is NULL before the first. */
static void append_headings(struct text *text, const struct topology_pu *pu,
                            const struct topology_pu *previous)
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
    if (new_core)
        text_format(text, "    core %u:", here->core);
    else
        text_append(text, ",");
}

void topology_describe(struct text *text, const struct topology *topology)
{
    topology_append_summary(text, topology);
    text_append(text, "\n* marks a processing unit (PU) that this process may use\n\n");
    for (unsigned i = 0; i < topology->pu_count; i++) {
        const struct topology_pu *pu = &topology->pus[i];
        append_headings(text, pu, i == 0 ? NULL : pu - 1);
        text_format(text, " PU %u (OS %u)%s", pu->where.pu, pu->where.os_pu,
                    pu->allowed ? "*" : "");
    }
    text_append(text, "\n");
}

static void append_placement(struct text *text, unsigned thread,
                             const struct topology_placement *placement)
{
    if (placement->pinned)
        text_format(text, "%6u  %5u  %5u  %4u  %7u  %9u\n", thread, placement->pu, placement->os_pu,
                    placement->core, placement->package, placement->numa);
    else
        text_format(text, "%6u  anywhere\n", thread);
}

void topology_describe_plan(struct text *text, const struct topology_plan *plan)
{
    text_format(text, "%s: %s\n", topology_policy_name(plan->policy),
                topology_policy_sentence(plan->policy));
    text_append(text, "thread     PU  OS PU  core  package  NUMA node\n");
    for (unsigned i = 0; i < plan->thread_count; i++)
        append_placement(text, i, &plan->placements[i]);
    if (plan->oversubscribed)
        text_append(text, "More threads than processing units that this process may use: some "
                          "share one, and take turns on it.\n");
}
