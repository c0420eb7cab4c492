/* SPDX-License-Identifier: MIT
 *
 * The driver: loads a plugin and runs workloads on it as the harness would, in this process or
 * in a child. It is for tests and for authors of plugins; it measures nothing.
 *
 * Three layers, each usable without the next: a loaded plugin (drive_load), an open heap with a
 * host around it (drive_open), a trial (drive_run, drive_run_child).
 */
#ifndef HEAPMARK_TESTS_DRIVE_H
#define HEAPMARK_TESTS_DRIVE_H

#include <stdio.h>

#include <heapmark/workload.h>

/* Also the exit status of the program `drive`. */
enum drive_verdict {
    DRIVE_OK = 0,
    DRIVE_WRONG = 1,         /* wrong answer, or the plugin called fail */
    DRIVE_USAGE = 2,         /* the request is wrong, or the plugin refused it */
    DRIVE_UNSUPPORTED = 3,   /* the collector lacks what the workload needs */
    DRIVE_OUT_OF_MEMORY = 4, /* a thread landed, for whatever cause */
    DRIVE_CRASHED = 5,       /* the child ended by a signal, or told nothing */
};

enum { DRIVE_MOST_OPTIONS = 32, DRIVE_SENTENCE_BYTES = 512 };

/* ---- a loaded plugin ---- */

struct drive_plugin {
    void *handle;
    const struct hm_plugin *plugin;
    const struct hm_variant *variant;
    union hm_value options[DRIVE_MOST_OPTIONS];
    char why[DRIVE_SENTENCE_BYTES]; /* the sentence, when loading failed */
};

/* Load `FILE.so` or `FILE.so/VARIANT`, with options from `overrides` ("name=value",
 * null-terminated, may be null) over the standard ones. False with `why` filled in. */
bool drive_load(struct drive_plugin *loaded, const char *spec, const char *const *overrides);
void drive_unload(struct drive_plugin *loaded);

/* Fill in `values` for the rows from their standards, then from "name=value" pairs. `what` is
 * what the rows are called in the sentence. */
bool drive_settings(const struct hm_setting *const *rows, const char *const *pairs,
                    union hm_value *values, const char *what, char *why);

/* ---- a heap ---- */

/* A heap's host. Events are counted, and their brackets checked, for each thread's log. */
struct drive_host {
    struct hm_host host;
    char note[DRIVE_SENTENCE_BYTES];                /* the last note */
    void (*fail)(void *user, const char *sentence); /* must not return; null: print and exit 1 */
    void *user;
};

struct drive_heap {
    struct drive_host host;
    struct hm_open request;
    hm_heap *heap;
    struct hm_refusal refusal;
};

/* Open a heap. The caller has filled in what is not zero in `request` of heap_bytes,
 * most_mutators, globals, name_depth, spare_depth, shape_count and shapes, and host.fail. */
bool drive_open(struct drive_heap *opened, const struct drive_plugin *loaded);

/* What the host keeps of one thread's events. Zeroed before use; given to attach. */
struct hm_log {
    uint64_t counts[32]; /* by enum hm_event_kind; larger kinds in [0] */
    uint64_t last_ns;    /* of the latest event */
    uint64_t disorders;  /* events that went back in time, ends without their begin */
    uint64_t asked_ns;   /* when the latest STOP_REQUESTED was told, … */
    uint64_t late_stops; /* … and how often the stop was over by then */
    uint32_t open[32];   /* begins without their end, by the kind of the begin */
};

/* ---- a trial ---- */

struct drive_request {
    const struct drive_plugin *plugin;
    const struct hm_workload *workload; /* the table kernel */
    const char *const *parameters;      /* "name=value", null-terminated; may be null */
    uint32_t threads;
    uint64_t heap_bytes; /* 0: no limit */
    uint64_t seed;
    uint64_t iterations; /* for micro workloads */
    bool kernel;         /* take the inline kernel where the heap's set has one */
};

struct drive_result {
    enum drive_verdict verdict;
    char sentence[DRIVE_SENTENCE_BYTES]; /* empty when all is well */
    bool kernel;                         /* an inline kernel ran */
    bool has_expected, has_census;
    uint64_t answer, expected, operations;
    uint64_t step_ns;                /* wall time of the longest step */
    struct hm_statistics statistics; /* after the last detach and full collection */
    struct hm_census census;         /* likewise */
};

/* The workload of this name in hm_workloads, or null. */
const struct hm_workload *drive_workload(const char *name);

/* Run the trial. When the plugin calls fail, `failed` gets the result and must not return. */
void drive_run(const struct drive_request *request, struct drive_result *result,
               void (*failed)(const struct drive_result *result));

/* The same in a child process, so that a failure or crash comes back as a result. The caller is
 * single-threaded. `limit_s` ends a child that hangs: DRIVE_CRASHED. */
void drive_run_child(const struct drive_request *request, struct drive_result *result,
                     unsigned limit_s);

void drive_print(FILE *out, const struct drive_request *request, const struct drive_result *result);

#endif
