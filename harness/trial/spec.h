/* SPDX-License-Identifier: MIT
 *
 * What one trial is: everything that determines it, in a form that goes through a command line.
 */
#ifndef HEAPMARK_TRIAL_SPEC_H
#define HEAPMARK_TRIAL_SPEC_H

#include <heapmark/workload.h>

#include "base/error.h"
#include "base/text.h"
#include "plugin/plugin.h"
#include "store/record.h"
#include "topology/memory.h"

enum trial_dispatch { TRIAL_DISPATCH_TABLE, TRIAL_DISPATCH_INLINE };

struct trial_spec {
    char *label;       /* the alias, or what the user typed */
    char *plugin_path; /* a file */
    char *variant;     /* "" for the default */
    char *options;     /* "name=value,…" as given; "" for none */
    char *workload;    /* a name */
    char *parameters;  /* "name=value,…" as given; "" for none */
    char *recording;   /* the file of it, for a collector that has to do with one; "" for none */
    enum trial_dispatch dispatch;
    uint32_t threads;
    uint64_t heap_bytes; /* 0: no limit */
    enum topology_policy pin;
    struct topology_memory memory;
    uint64_t seed;
    double micro_min_time_s; /* the iteration search of micro workloads ends at this */
    bool warm_up;            /* an untimed life before the timed one */
    bool stamps;             /* slow paths are stamped (never in micro workloads) */
};

void trial_spec_copy(struct trial_spec *to, const struct trial_spec *from);
void trial_spec_free(struct trial_spec *spec);

/* The standard values of what has one (dispatch inline, one thread, pin compact, …). */
void trial_spec_initialise(struct trial_spec *spec);

/* The arguments after "heapmark trial" that make this trial, in the form that
 * trial_spec_parse_argument reads: "--plugin PATH", "--variant V", "--options O",
 * "--workload W", "--parameters P", "--threads N", "--heap BYTES", "--dispatch D", "--pin P",
 * "--bind-memory M", "--seed S", "--label L", "--micro-min-time S", "--no-warm-up", "--no-stamps",
 * "--recording FILE".
 */
void trial_spec_append_arguments(struct text_list *arguments, const struct trial_spec *spec);

/* The whole command as a shell would take it: what the user runs to repeat the trial. */
void trial_spec_append_command(struct text *text, const struct trial_spec *spec);

/* Take one option of the above by its long name (without dashes); `value` is NULL for a flag. */
bool trial_spec_parse_argument(struct trial_spec *spec, const char *name, const char *value,
                               struct error *error);

/* The table kernel of this name, or NULL with the nearest proposed. */
const struct hm_workload *trial_find_workload(const char *name, struct error *error);

/* Is the spec complete and in range: workload known, parameters parse and are accepted, threads
 * allowed by the workload? Fills a plan whose parameters the caller frees. */
bool trial_spec_plan(const struct trial_spec *spec, const struct hm_workload *workload,
                     struct hm_plan *plan, struct error *error);

/* Append what is run, in words that are the same where the workload does the same (hm_open.work).
 */
void trial_spec_append_work(struct text *text, const struct trial_spec *spec,
                            const struct hm_workload *workload, const struct hm_plan *plan);

/* Set the record's identity fields that the spec knows. */
void trial_spec_describe(const struct trial_spec *spec, struct trial_record *record);

#endif
