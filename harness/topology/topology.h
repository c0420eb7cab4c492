/* SPDX-License-Identifier: MIT
 *
 * The machine's processing units (PUs), and which thread runs on which of them.
 *
 * Numbers: "PU", "core", "package" and "NUMA node" are hwloc's logical indexes, which
 * count over the whole machine in the order of the tree, so that neighbours have
 * neighbouring numbers. "OS PU" is the operating system's number of a PU, as in taskset.
 */
#ifndef HEAPMARK_TOPOLOGY_TOPOLOGY_H
#define HEAPMARK_TOPOLOGY_TOPOLOGY_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/text.h"

/* A machine: its tree, and the PUs that this process may use. Never changes once
 * loaded, so any number of threads may use it at the same time. */
struct topology;

/* This machine, all of it, with the PUs marked that the cgroup's cpuset and the calling thread's
 * affinity both allow: so load it before any thread is pinned. The quota is that of the control
 * groups.
 * NULL with *error filled if it cannot be read. Free it with topology_free. */
struct topology *topology_load(struct error *error);

/* A machine that is not there, from an hwloc synthetic description such as
 * "package:2 core:4 pu:2". `allowed` is a list of OS PUs ("0-3,6"), NULL for all.
 * No thread can be pinned by it. NULL with *error (the user's) for a text that means nothing. */
struct topology *topology_load_synthetic(const char *description, const char *allowed,
                                         struct error *error);

/* Another machine, as `lstopo FILE.xml` wrote it there; else as topology_load_synthetic. */
struct topology *topology_load_file(const char *path, const char *allowed, struct error *error);

void topology_free(struct topology *topology); /* NULL is fine */

/* How many PUs this process may use, at least 1. */
unsigned topology_allowed_count(const struct topology *topology);

/* How many NUMA nodes the machine has, at least 1. */
unsigned topology_numa_count(const struct topology *topology);

/* The CPU time that control groups grant to this process in a period, as a number of CPUs: the
 * least of cpu.max (or version 1's cfs quota) of its group and those above; 0 where there is no
 * quota. `root` is what the files' paths begin with, "" but in tests. */
double topology_read_quota(const char *root);

/* The quota of the machine, 0 for none; one that is not there has what it is set to. */
double topology_quota_cpus(const struct topology *topology);
void topology_set_quota(struct topology *topology, double cpus);

/* Are so many busy threads more than the quota lets run? Never where there is none. */
bool topology_exceeds_quota(const struct topology *topology, unsigned threads);

/* The policies: identifier, name on the command line, what it does. */
#define TOPOLOGY_POLICIES(X)                                                                       \
    X(COMPACT, "compact",                                                                          \
      "Fills neighbours first: the hardware threads of a core, then the cores of a package, "      \
      "then the next package.")                                                                    \
    X(SCATTER, "scatter",                                                                          \
      "Spreads threads as far as they go: over the packages first, then over their cores, and "    \
      "over second hardware threads last.")                                                        \
    X(CORES, "cores",                                                                              \
      "Gives each thread a core of its own, neighbouring cores first; second hardware threads "    \
      "come once all cores are taken.")                                                            \
    X(NUMA, "numa",                                                                                \
      "Goes round robin over the NUMA nodes; within each, a core of its own for each thread "      \
      "before second hardware threads.")                                                           \
    X(NONE, "none", "Pins nothing: the operating system places threads and moves them at will.")

enum topology_policy {
#define TOPOLOGY_POLICY_ENUMERATOR(identifier, name, sentence) TOPOLOGY_##identifier,
    TOPOLOGY_POLICIES(TOPOLOGY_POLICY_ENUMERATOR)
#undef TOPOLOGY_POLICY_ENUMERATOR
        TOPOLOGY_POLICY_COUNT
};

const char *topology_policy_name(enum topology_policy policy);
const char *topology_policy_sentence(enum topology_policy policy);

/* False with *error (the user's) for a name that is no policy's; it proposes the nearest. */
bool topology_policy_parse(const char *name, enum topology_policy *policy, struct error *error);

/* Where one thread goes. */
struct topology_placement {
    bool pinned; /* false under the policy `none`: the other fields are 0 and mean nothing */
    unsigned pu;
    unsigned os_pu;
    unsigned core;    /* a PU without a core in the tree is a core of its own */
    unsigned package; /* 0 in a machine whose tree has no packages */
    unsigned numa;    /* the first of its local nodes */
    unsigned kind;    /* of core, the least efficient in power first; 0 where all are alike */
};

/* Where all threads go: thread i to placements[i]. Collector threads come after them: see
 * topology_worker_placement. */
struct topology_plan {
    enum topology_policy policy;
    unsigned thread_count;
    bool oversubscribed; /* more threads than allowed PUs: PUs are used again from the first on */
    bool mixed_kinds;    /* the threads are pinned to cores of different kinds */
    bool over_quota;     /* more threads than the CPU quota lets run at once */
    struct topology_placement *placements;
    unsigned free_count;             /* allowed PUs that no thread was given; 0 under `none` */
    struct topology_placement *free; /* them, in the policy's order */
};

/* Never fails. thread_count is at least 1. Free it with topology_plan_free. */
struct topology_plan topology_make_plan(const struct topology *topology,
                                        enum topology_policy policy, unsigned thread_count);
void topology_plan_free(struct topology_plan *plan);

/* Where the collector's thread `worker` goes, from 0 on: to a PU of its own as long as some are
 * left by the mutators, by the same policy. The others are not pinned: they may use all allowed PUs
 * (topology_unpin_thread), because while the collector stops the mutators, the mutators' PUs are
 * idle, and which of them cannot be known beforehand. */
struct topology_placement topology_worker_placement(const struct topology_plan *plan,
                                                    unsigned worker);

/* Pin the calling thread to its PU, strictly. Does nothing for a placement that is not
 * pinned. Threads that it creates afterwards inherit the binding. */
bool topology_pin_thread(const struct topology *topology,
                         const struct topology_placement *placement, struct error *error);

/* Let the calling thread run on every PU that this process may use, whatever it inherited. */
bool topology_unpin_thread(const struct topology *topology, struct error *error);

/* A thread's binding, kept to be put back. */
struct topology_binding;

/* The calling thread's binding now; NULL with *error filled. Owned by the caller, who
 * ends it by topology_restore_binding. */
struct topology_binding *topology_save_binding(const struct topology *topology,
                                               struct error *error);

/* Bind the calling thread (the one that saved) as it was, and free the binding, also on failure. */
bool topology_restore_binding(const struct topology *topology, struct topology_binding *binding,
                              struct error *error);

/* What a thread is really bound to. */
struct topology_got {
    char os_pus[64]; /* list of OS PUs, "3" or "0-7,16-23"; cut if too long; "unknown" */
    bool as_asked;   /* exactly the PU of the placement; true for one that is not pinned */
    int last_os_pu;  /* where it ran when it was read back; -1: unknown */
};

/* Read back the binding of the calling thread, which was asked to be `asked`. */
void topology_read_back(const struct topology *topology, const struct topology_placement *asked,
                        struct topology_got *got);

/* The same of any thread of this process, by the kernel's number for it (gettid). */
void topology_read_back_thread(const struct topology *topology, pid_t thread,
                               const struct topology_placement *asked, struct topology_got *got);

/* What a trial stores of its pinning. Asked: the policy and the OS PU of each thread, "scatter: 0 4
 * 1 5", "none", "compact: 0 1 0 (oversubscribed)". Got: what each thread read back, separated by
 * blanks, with '!' after each that is not what was asked: "0 4 0-7! 5". Last: the OS PU that each
 * ran on, '?' where the system does not tell. */
void topology_append_asked(struct text *text, const struct topology_plan *plan);
void topology_append_got(struct text *text, const struct topology_got *got, unsigned thread_count);
void topology_append_last(struct text *text, const struct topology_got *got, unsigned thread_count);

/* One line without its end: "2 packages, 2 NUMA nodes, 8 cores, 16 PUs; allowed OS PUs: 0-5,8",
 * with "; CPU quota: 1.5 CPUs" behind it where there is one. */
void topology_append_summary(struct text *text, const struct topology *topology);

/* For people: the summary, then the tree of packages, NUMA nodes, cores and PUs, allowed PUs
 * marked. */
void topology_describe(struct text *text, const struct topology *topology);

/* For people: a table of which thread goes where, and which of so many collector threads. */
void topology_describe_plan(struct text *text, const struct topology_plan *plan, unsigned workers);

#endif
