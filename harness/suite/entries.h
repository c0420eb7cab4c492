/* SPDX-License-Identifier: MIT
 *
 * What the user names on the command line: collectors and workloads, with their options and
 * parameters.
 *
 *     -c [ALIAS=]NAME-or-PATH[/variant][:option=value,…][,…]
 *     -w WORKLOAD[:parameter=value,…][,…]
 *
 * Both lists are separated by commas, and so are options. After a comma, `x=y` is an option of
 * the item before if that has an option x; else it is a new item (a collector with the alias x).
 * A path contains '/' or ends in ".so", and names a file; it has no comma.
 */
#ifndef HEAPMARK_SUITE_ENTRIES_H
#define HEAPMARK_SUITE_ENTRIES_H

#include <heapmark/workload.h>

#include "base/error.h"
#include "plugin/plugin.h"

/* A collector to compare: a plugin's file, a variant, options. */
struct suite_collector {
    char *label;   /* the alias, else what the user typed; unlike all others */
    char *options; /* all of them, "name=value,…", as results are stored */
    const struct plugin_info *info;
    const struct plugin_variant_info *can; /* the row of the variant */
};

struct suite_workload {
    char *label;      /* as typed */
    char *parameters; /* all of them, "name=value,…", as results are stored */
    const struct hm_workload *kernel;
};

/* Zero-initialise it, free it with suite_entries_free. */
struct suite_entries {
    struct suite_collector *collectors;
    size_t collector_count;
    struct suite_workload *workloads;
    size_t workload_count;
    struct plugin_info **probed; /* one for each file, however often it is named */
    size_t probed_count;
};

/* Add what one -c or -w holds. Each plugin is probed in a child process; options and parameters
 * are checked. Every mistake is the user's; what was added before stays. Call it with one thread
 * only. */
bool suite_add_collectors(struct suite_entries *entries, const char *text, struct error *error);
bool suite_add_workloads(struct suite_entries *entries, const char *text, struct error *error);

/* Is there a plugin for what one piece of -c names? Nothing is probed. */
bool suite_finds_collector(const char *piece, struct error *error);

/* Enter the collector with this index once more, labelled LABEL-twin: whatever is measured between
 * the two is noise. The label must be new. */
bool suite_add_twin(struct suite_entries *entries, size_t collector, struct error *error);

void suite_entries_free(struct suite_entries *entries);

#endif
