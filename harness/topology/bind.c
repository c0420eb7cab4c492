/* SPDX-License-Identifier: MIT
 *
 * Binding the calling thread, and what a trial stores of it.
 *
 * On a topology that is not this machine hwloc's binding calls succeed and do nothing:
 * so that case is refused here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hwloc/linux.h>

#include "topology/internal.h"

struct topology_binding {
    hwloc_bitmap_t os_pus;
};

static bool refuse_other_machine(const struct topology *topology, struct error *error)
{
    return hwloc_topology_is_thissystem(topology->machine) ||
           error_user(error, "This topology is not that of this machine, so no thread can be "
                             "pinned by it: choose --pin none.");
}

/* STRICT: to have it exactly so, or fail. */
static bool bind_thread(const struct topology *topology, hwloc_const_bitmap_t os_pus,
                        struct error *error)
{
    int flags = HWLOC_CPUBIND_THREAD | HWLOC_CPUBIND_STRICT;
    if (hwloc_set_cpubind(topology->machine, os_pus, flags) == 0)
        return true;
    int cause = errno;
    char list[64];
    hwloc_bitmap_list_snprintf(list, sizeof(list), os_pus);
    return error_system(error, "A thread cannot be pinned to processor %s: %s.", list,
                        strerror(cause));
}

bool topology_pin_thread(const struct topology *topology,
                         const struct topology_placement *placement, struct error *error)
{
    if (!placement->pinned)
        return true;
    if (!refuse_other_machine(topology, error))
        return false;
    hwloc_bitmap_t os_pus = topology_new_bitmap();
    hwloc_bitmap_only(os_pus, placement->os_pu);
    bool pinned = bind_thread(topology, os_pus, error);
    hwloc_bitmap_free(os_pus);
    return pinned;
}

bool topology_unpin_thread(const struct topology *topology, struct error *error)
{
    return refuse_other_machine(topology, error) && bind_thread(topology, topology->allowed, error);
}

struct topology_binding *topology_save_binding(const struct topology *topology, struct error *error)
{
    if (!refuse_other_machine(topology, error))
        return NULL;
    hwloc_bitmap_t os_pus = topology_new_bitmap();
    if (hwloc_get_cpubind(topology->machine, os_pus, HWLOC_CPUBIND_THREAD) != 0) {
        error_system(error, "A thread's processors cannot be read: %s.", strerror(errno));
        hwloc_bitmap_free(os_pus);
        return NULL;
    }
    struct topology_binding *binding = memory_new(sizeof(*binding));
    binding->os_pus = os_pus;
    return binding;
}

bool topology_restore_binding(const struct topology *topology, struct topology_binding *binding,
                              struct error *error)
{
    bool restored = bind_thread(topology, binding->os_pus, error);
    hwloc_bitmap_free(binding->os_pus);
    free(binding);
    return restored;
}

static bool is_exactly(hwloc_const_bitmap_t os_pus, unsigned os_pu)
{
    return hwloc_bitmap_weight(os_pus) == 1 && hwloc_bitmap_isset(os_pus, os_pu);
}

static const struct topology_got nothing_known = {.os_pus = "unknown", .last_os_pu = -1};

static void take_binding(struct topology_got *got, hwloc_const_bitmap_t os_pus,
                         const struct topology_placement *asked)
{
    hwloc_bitmap_list_snprintf(got->os_pus, sizeof(got->os_pus), os_pus);
    got->as_asked = !asked->pinned || is_exactly(os_pus, asked->os_pu);
}

void topology_read_back(const struct topology *topology, const struct topology_placement *asked,
                        struct topology_got *got)
{
    topology_read_back_thread(topology, gettid(), asked, got);
}

void topology_read_back_thread(const struct topology *topology, pid_t thread,
                               const struct topology_placement *asked, struct topology_got *got)
{
    *got = nothing_known;
    got->as_asked = !asked->pinned;
    if (!hwloc_topology_is_thissystem(topology->machine))
        return;
    hwloc_bitmap_t os_pus = topology_new_bitmap();
    if (hwloc_linux_get_tid_cpubind(topology->machine, thread, os_pus) == 0)
        take_binding(got, os_pus, asked);
    if (hwloc_linux_get_tid_last_cpu_location(topology->machine, thread, os_pus) == 0)
        got->last_os_pu = hwloc_bitmap_first(os_pus);
    hwloc_bitmap_free(os_pus);
}

void topology_append_asked(struct text *text, const struct topology_plan *plan)
{
    text_append(text, topology_policy_name(plan->policy));
    if (plan->policy != TOPOLOGY_NONE) {
        text_append(text, ":");
        for (unsigned i = 0; i < plan->thread_count; i++)
            text_format(text, " %u", plan->placements[i].os_pu);
    }
    if (plan->oversubscribed)
        text_append(text, " (oversubscribed)");
}

void topology_append_got(struct text *text, const struct topology_got *got, unsigned thread_count)
{
    for (unsigned i = 0; i < thread_count; i++)
        text_format(text, "%s%s%s", i == 0 ? "" : " ", got[i].os_pus, got[i].as_asked ? "" : "!");
}

void topology_append_last(struct text *text, const struct topology_got *got, unsigned thread_count)
{
    for (unsigned i = 0; i < thread_count; i++) {
        text_append(text, i == 0 ? "" : " ");
        if (got[i].last_os_pu < 0)
            text_append(text, "?");
        else
            text_format(text, "%d", got[i].last_os_pu);
    }
}
