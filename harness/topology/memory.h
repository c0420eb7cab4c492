/* SPDX-License-Identifier: MIT
 *
 * Which NUMA nodes memory comes from. A policy belongs to a thread, and threads that it starts
 * inherit it: so one set before a collector is loaded holds for all that the collector starts.
 */
#ifndef HEAPMARK_TOPOLOGY_MEMORY_H
#define HEAPMARK_TOPOLOGY_MEMORY_H

#include "topology/topology.h"

/* The policies: identifier, name on the command line, what it does. NODE is the last one. */
#define TOPOLOGY_MEMORY_POLICIES(X)                                                                \
    X(NONE, "none", "Sets nothing: the policy that the process was started with stays.")           \
    X(LOCAL, "local", "A page lies on the node of the thread that touches it first.")              \
    X(INTERLEAVE, "interleave", "Pages go round robin over all nodes that the process may use.")   \
    X(NODE, "node:N", "All pages lie on NUMA node N, and there is no more memory than it has.")

enum topology_memory_kind {
#define TOPOLOGY_MEMORY_ENUMERATOR(identifier, name, sentence) TOPOLOGY_MEMORY_##identifier,
    TOPOLOGY_MEMORY_POLICIES(TOPOLOGY_MEMORY_ENUMERATOR)
#undef TOPOLOGY_MEMORY_ENUMERATOR
        TOPOLOGY_MEMORY_KIND_COUNT
};

/* A policy, and the logical number of its node where it has one. */
struct topology_memory {
    enum topology_memory_kind kind;
    unsigned node;
};

/* "none", "local", "interleave" or "node:3". False with *error (the user's) for anything else. */
bool topology_memory_parse(const char *name, struct topology_memory *memory, struct error *error);
/* The same text again. */
void topology_memory_append(struct text *text, const struct topology_memory *memory);

/* Is the policy's node there, and allowed? False with *error (the user's) that says which are. */
bool topology_memory_check(const struct topology *topology, const struct topology_memory *memory,
                           struct error *error);

/* Set the calling thread's policy, which has been checked. False where the kernel refuses it, as
 * it does in containers that may not call set_mempolicy; *error then reads "unsupported here: …".
 */
bool topology_bind_memory(const struct topology *topology, const struct topology_memory *memory,
                          struct error *error);

/* The policy of the calling thread as the kernel has it, nodes by their logical numbers: "local",
 * "interleave:0-1", "node:1", "other:0" (a preference), "unknown: why". */
void topology_memory_append_got(struct text *text, const struct topology *topology);

/* The bytes of this process on each node, by logical number: "0=1048576 1=0". Reads the whole
 * page table, so not while something is timed. False with nothing appended where the kernel does
 * not tell. `root` is "" but in tests. */
bool topology_memory_append_by_node(struct text *text, const struct topology *topology,
                                    const char *root);

#endif
