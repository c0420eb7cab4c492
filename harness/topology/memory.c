/* SPDX-License-Identifier: MIT
 *
 * Which NUMA nodes memory comes from: the policy of threads, and where pages are.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "base/units.h"
#include "topology/internal.h"
#include "topology/memory.h"

static const char *const kind_names[] = {
#define NAME(identifier, name, sentence) name,
    TOPOLOGY_MEMORY_POLICIES(NAME)
#undef NAME
};

/* ---- names ---- */

static bool parse_node(const char *digits, struct topology_memory *memory, struct error *error)
{
    enum { MOST_NODES = 1 << 16 };
    int64_t node;
    if (!units_parse_integer(digits, "NUMA node to bind memory to", 0, MOST_NODES, &node, error))
        return false;
    *memory = (struct topology_memory){TOPOLOGY_MEMORY_NODE, (unsigned)node};
    return true;
}

static bool unknown_kind(const char *name, struct error *error)
{
    static const char all[] = "none, local, interleave, node:N";
    const char *nearest = strncmp(name, "node", 4) == 0
                              ? kind_names[TOPOLOGY_MEMORY_NODE]
                              : text_nearest(name, kind_names, TOPOLOGY_MEMORY_KIND_COUNT);
    if (nearest)
        return error_user(error, "There is no memory policy \"%s\": did you mean %s (of %s)?", name,
                          nearest, all);
    return error_user(error, "There is no memory policy \"%s\": there are %s.", name, all);
}

bool topology_memory_parse(const char *name, struct topology_memory *memory, struct error *error)
{
    if (strncmp(name, "node:", 5) == 0)
        return parse_node(name + 5, memory, error);
    for (unsigned i = 0; i < TOPOLOGY_MEMORY_NODE; i++) {
        if (strcmp(name, kind_names[i]) == 0) {
            *memory = (struct topology_memory){(enum topology_memory_kind)i, 0};
            return true;
        }
    }
    return unknown_kind(name, error);
}

void topology_memory_append(struct text *text, const struct topology_memory *memory)
{
    if (memory->kind == TOPOLOGY_MEMORY_NODE)
        text_format(text, "node:%u", memory->node);
    else
        text_append(text, kind_names[memory->kind]);
}

/* ---- what there is ---- */

static hwloc_obj_t node_at(const struct topology *topology, unsigned node)
{
    return hwloc_get_obj_by_type(topology->machine, HWLOC_OBJ_NUMANODE, node);
}

static bool is_allowed(const struct topology *topology, hwloc_obj_t node)
{
    hwloc_const_bitmap_t allowed = hwloc_topology_get_allowed_nodeset(topology->machine);
    return hwloc_bitmap_isset(allowed, node->os_index) != 0;
}

static void append_allowed_nodes(struct text *text, const struct topology *topology)
{
    for (unsigned i = 0; i < topology->numa_count; i++) {
        hwloc_obj_t node = node_at(topology, i);
        if (node != NULL && is_allowed(topology, node))
            text_format(text, "%s%u", text->length > 0 ? ", " : "", i);
    }
}

bool topology_memory_check(const struct topology *topology, const struct topology_memory *memory,
                           struct error *error)
{
    if (memory->kind != TOPOLOGY_MEMORY_NODE)
        return true;
    hwloc_obj_t node = node_at(topology, memory->node);
    if (node != NULL && is_allowed(topology, node))
        return true;
    struct text nodes = {0};
    append_allowed_nodes(&nodes, topology);
    error_user(error, "%s NUMA node %u%s: there %s %s.",
               node == NULL ? "There is no" : "This process may not have memory of", memory->node,
               node == NULL ? "" : ", which its control group withholds",
               strchr(text_chars(&nodes), ',') == NULL ? "is" : "are", text_chars(&nodes));
    text_free(&nodes);
    return false;
}

/* ---- binding ---- */

static int set_policy(const struct topology *topology, const struct topology_memory *memory)
{
    hwloc_const_bitmap_t nodes = hwloc_topology_get_allowed_nodeset(topology->machine);
    hwloc_membind_policy_t policy = HWLOC_MEMBIND_INTERLEAVE;
    int flags = HWLOC_MEMBIND_THREAD | HWLOC_MEMBIND_BYNODESET;
    if (memory->kind == TOPOLOGY_MEMORY_NODE) {
        nodes = node_at(topology, memory->node)->nodeset;
        policy = HWLOC_MEMBIND_BIND;
        flags |= HWLOC_MEMBIND_STRICT; /* else the kernel takes the node as a preference */
    } else if (memory->kind == TOPOLOGY_MEMORY_LOCAL) {
        nodes = hwloc_topology_get_complete_nodeset(topology->machine);
        policy = HWLOC_MEMBIND_FIRSTTOUCH;
    }
    return hwloc_set_membind(topology->machine, nodes, policy, flags);
}

bool topology_bind_memory(const struct topology *topology, const struct topology_memory *memory,
                          struct error *error)
{
    if (memory->kind == TOPOLOGY_MEMORY_NONE)
        return true;
    if (!hwloc_topology_is_thissystem(topology->machine))
        return error_user(error, "This topology is not that of this machine, so no memory can be "
                                 "bound by it: choose --bind-memory none.");
    if (set_policy(topology, memory) == 0)
        return true;
    return error_system(error, "unsupported here: %s", strerror(errno));
}

/* ---- reading back ---- */

/* Nodes by their logical numbers, as a list: "0-1,3". */
static void append_nodes(struct text *text, const struct topology *topology,
                         hwloc_const_bitmap_t nodes)
{
    hwloc_bitmap_t logical = topology_new_bitmap();
    char list[128];
    for (unsigned i = 0; i < topology->numa_count; i++) {
        hwloc_obj_t node = node_at(topology, i);
        if (node != NULL && hwloc_bitmap_isset(nodes, node->os_index))
            hwloc_bitmap_set(logical, i);
    }
    hwloc_bitmap_list_snprintf(list, sizeof(list), logical);
    text_append(text, list);
    hwloc_bitmap_free(logical);
}

static void append_policy(struct text *text, const struct topology *topology,
                          hwloc_membind_policy_t policy, hwloc_const_bitmap_t nodes)
{
    if (policy == HWLOC_MEMBIND_DEFAULT || policy == HWLOC_MEMBIND_FIRSTTOUCH) {
        text_append(text, "local");
        return;
    }
    text_append(text, policy == HWLOC_MEMBIND_BIND         ? "node:"
                      : policy == HWLOC_MEMBIND_INTERLEAVE ? "interleave:"
                                                           : "other:");
    append_nodes(text, topology, nodes);
}

void topology_memory_append_got(struct text *text, const struct topology *topology)
{
    if (!hwloc_topology_is_thissystem(topology->machine)) {
        text_append(text, "unknown");
        return;
    }
    hwloc_bitmap_t nodes = topology_new_bitmap();
    hwloc_membind_policy_t policy;
    if (hwloc_get_membind(topology->machine, nodes, &policy,
                          HWLOC_MEMBIND_THREAD | HWLOC_MEMBIND_BYNODESET) == 0)
        append_policy(text, topology, policy, nodes);
    else
        text_format(text, "unknown: %s", strerror(errno));
    hwloc_bitmap_free(nodes);
}

/* ---- where pages are ---- */

/* Add what a line of numa_maps says: "… N0=12 N1=3 … kernelpagesize_kB=4". */
static void add_line(const char *line, uint64_t *bytes, unsigned os_count)
{
    const char *size = strstr(line, " kernelpagesize_kB=");
    uint64_t page_bytes = size == NULL ? 0 : strtoull(size + 19, NULL, 10) * 1024;
    for (const char *at = line; (at = strstr(at, " N")) != NULL; at += 2) {
        unsigned node;
        uint64_t pages;
        if (sscanf(at, " N%u=%" SCNu64, &node, &pages) == 2 && node < os_count)
            bytes[node] += pages * page_bytes;
    }
}

static void append_by_node(struct text *text, const struct topology *topology,
                           const uint64_t *bytes, unsigned os_count)
{
    for (unsigned i = 0; i < topology->numa_count; i++) {
        hwloc_obj_t node = node_at(topology, i);
        if (node != NULL && node->os_index < os_count)
            text_format(text, "%s%u=%" PRIu64, i == 0 ? "" : " ", i, bytes[node->os_index]);
    }
}

bool topology_memory_append_by_node(struct text *text, const struct topology *topology,
                                    const char *root)
{
    enum { MOST_OS_NODES = 1024 };
    struct text maps = {0};
    struct text_list lines = {0};
    bool known = files_read(&maps, root, "/proc/self/numa_maps");
    uint64_t *bytes = memory_new(MOST_OS_NODES * sizeof *bytes);
    if (known)
        text_split(&lines, text_chars(&maps), '\n');
    for (size_t i = 0; i < lines.count; i++)
        add_line(lines.items[i], bytes, MOST_OS_NODES);
    if (known)
        append_by_node(text, topology, bytes, MOST_OS_NODES);
    free(bytes);
    text_list_free(&lines);
    text_free(&maps);
    return known;
}
