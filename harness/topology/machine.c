/* SPDX-License-Identifier: MIT
 *
 * Loading a machine, real or synthetic, into a flat table of PUs.
 *
 * The tree is loaded whole, with what this process may not use: so logical numbers
 * are the machine's own, whatever the process is confined to.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "topology/internal.h"

hwloc_bitmap_t topology_new_bitmap(void)
{
    hwloc_bitmap_t bitmap = hwloc_bitmap_alloc();
    if (!bitmap) {
        fputs("heapmark: out of memory: a set of processors was refused\n", stderr);
        _exit(3);
    }
    return bitmap;
}

static unsigned ancestor_index(hwloc_topology_t machine, hwloc_obj_t pu, hwloc_obj_type_t type,
                               unsigned otherwise)
{
    hwloc_obj_t ancestor = hwloc_get_ancestor_obj_by_type(machine, type, pu);
    return ancestor ? ancestor->logical_index : otherwise;
}

/* A PU may have several local nodes (fast and large memory): the first stands for them. */
static hwloc_obj_t local_numa_node(hwloc_topology_t machine, hwloc_obj_t pu)
{
    int os_index = hwloc_bitmap_first(pu->nodeset);
    return os_index < 0 ? NULL : hwloc_get_numanode_obj_by_os_index(machine, (unsigned)os_index);
}

/* hwloc ranks kinds by efficiency where it can tell, and counts them from 0 in any case. */
static unsigned kind_of(hwloc_topology_t machine, hwloc_obj_t pu)
{
    int kind = hwloc_cpukinds_get_by_cpuset(machine, pu->cpuset, 0);
    return kind < 0 ? 0 : (unsigned)kind;
}

static struct topology_pu read_pu(const struct topology *topology, hwloc_obj_t object)
{
    hwloc_obj_t numa = local_numa_node(topology->machine, object);
    unsigned pu = object->logical_index;
    return (struct topology_pu){
        .where = {.pinned = true,
                  .pu = pu,
                  .os_pu = object->os_index,
                  .core = ancestor_index(topology->machine, object, HWLOC_OBJ_CORE, pu),
                  .package = ancestor_index(topology->machine, object, HWLOC_OBJ_PACKAGE, 0),
                  .numa = numa ? numa->logical_index : 0,
                  .kind = kind_of(topology->machine, object)},
        .numa_bytes = numa ? numa->attr->numanode.local_memory : 0,
        .allowed = hwloc_bitmap_isset(topology->allowed, object->os_index) != 0,
    };
}

static unsigned count_objects(hwloc_topology_t machine, hwloc_obj_type_t type, unsigned otherwise)
{
    int count = hwloc_get_nbobjs_by_type(machine, type);
    return count > 0 ? (unsigned)count : otherwise;
}

static void read_table(struct topology *topology)
{
    hwloc_topology_t machine = topology->machine;
    topology->pu_count = count_objects(machine, HWLOC_OBJ_PU, 0);
    topology->core_count = count_objects(machine, HWLOC_OBJ_CORE, topology->pu_count);
    topology->package_count = count_objects(machine, HWLOC_OBJ_PACKAGE, 1);
    topology->numa_count = count_objects(machine, HWLOC_OBJ_NUMANODE, 1);
    int kinds = hwloc_cpukinds_get_nr(machine, 0);
    topology->kind_count = kinds > 1 ? (unsigned)kinds : 1;
    topology->pus = memory_new(topology->pu_count * sizeof(*topology->pus));
    for (unsigned i = 0; i < topology->pu_count; i++) {
        topology->pus[i] = read_pu(topology, hwloc_get_obj_by_type(machine, HWLOC_OBJ_PU, i));
        topology->allowed_count += topology->pus[i].allowed;
    }
}

/* A topology with its hwloc handle, not loaded yet. */
static struct topology *new_topology(struct error *error)
{
    struct topology *topology = memory_new(sizeof(*topology));
    topology->allowed = topology_new_bitmap();
    if (hwloc_topology_init(&topology->machine) == 0 &&
        hwloc_topology_set_flags(topology->machine, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED) == 0)
        return topology;
    error_system(error, "hwloc does not start: %s.", strerror(errno));
    topology_free(topology);
    return NULL;
}

static bool load_tree(struct topology *topology, struct error *error)
{
    if (hwloc_topology_load(topology->machine) != 0)
        return error_system(error, "hwloc cannot read the machine's topology: %s.",
                            strerror(errno));
    hwloc_bitmap_copy(topology->allowed, hwloc_topology_get_allowed_cpuset(topology->machine));
    return true;
}

/* What hwloc calls allowed is the cgroup's cpuset; the affinity narrows it further. */
static bool restrict_to_affinity(struct topology *topology, struct error *error)
{
    if (!hwloc_topology_is_thissystem(topology->machine))
        return true;
    hwloc_bitmap_t affinity = topology_new_bitmap();
    bool read = hwloc_get_cpubind(topology->machine, affinity, HWLOC_CPUBIND_THREAD) == 0;
    if (read)
        hwloc_bitmap_and(topology->allowed, topology->allowed, affinity);
    else
        error_system(error, "The processors allowed to this process cannot be read: %s.",
                     strerror(errno));
    hwloc_bitmap_free(affinity);
    return read;
}

static bool restrict_to_list(struct topology *topology, const char *list, struct error *error)
{
    hwloc_bitmap_t wanted = topology_new_bitmap();
    bool valid = hwloc_bitmap_list_sscanf(wanted, list) == 0 && !hwloc_bitmap_iszero(wanted) &&
                 hwloc_bitmap_isincluded(wanted, topology->allowed);
    if (valid)
        hwloc_bitmap_copy(topology->allowed, wanted);
    else
        error_user(error,
                   "\"%s\" is no list of processors of this topology: it takes numbers and "
                   "ranges, such as \"0-3,6\".",
                   list);
    hwloc_bitmap_free(wanted);
    return valid;
}

/* The last step of all kinds of loading; takes the topology's ownership. */
static struct topology *finish(struct topology *topology, bool loaded, struct error *error)
{
    if (loaded && !hwloc_bitmap_iszero(topology->allowed)) {
        read_table(topology);
        return topology;
    }
    if (loaded)
        error_system(error, "The topology shows no processor that this process may use.");
    topology_free(topology);
    return NULL;
}

struct topology *topology_load(struct error *error)
{
    struct topology *topology = new_topology(error);
    if (!topology)
        return NULL;
    topology->quota_cpus = topology_read_quota("");
    bool loaded = load_tree(topology, error) && restrict_to_affinity(topology, error);
    return finish(topology, loaded, error);
}

/* A machine that is not this one. */
static bool load_other(struct topology *topology, const char *allowed, struct error *error)
{
    return load_tree(topology, error) && (!allowed || restrict_to_list(topology, allowed, error));
}

struct topology *topology_load_synthetic(const char *description, const char *allowed,
                                         struct error *error)
{
    struct topology *topology = new_topology(error);
    if (!topology)
        return NULL;
    if (hwloc_topology_set_synthetic(topology->machine, description) != 0) {
        error_user(error,
                   "\"%s\" is no synthetic topology: it takes levels and counts, such as "
                   "\"package:2 core:4 pu:2\".",
                   description);
        return finish(topology, false, error);
    }
    return finish(topology, load_other(topology, allowed, error), error);
}

struct topology *topology_load_file(const char *path, const char *allowed, struct error *error)
{
    struct topology *topology = new_topology(error);
    if (!topology)
        return NULL;
    bool loaded = hwloc_topology_set_xml(topology->machine, path) == 0
                      ? load_other(topology, allowed, error)
                      : error_user(error,
                                   "\"%s\" cannot be read as a topology: it takes a file that "
                                   "`lstopo FILE.xml` wrote.",
                                   path);
    return finish(topology, loaded, error);
}

void topology_free(struct topology *topology)
{
    if (!topology)
        return;
    if (topology->machine)
        hwloc_topology_destroy(topology->machine);
    hwloc_bitmap_free(topology->allowed);
    free(topology->pus);
    free(topology);
}

unsigned topology_numa_count(const struct topology *topology)
{
    return topology->numa_count;
}

unsigned topology_allowed_count(const struct topology *topology)
{
    return topology->allowed_count;
}
