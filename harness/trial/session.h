/* SPDX-License-Identifier: MIT
 *
 * One trial while it runs in this process: what its parts share.
 */
#ifndef HEAPMARK_TRIAL_SESSION_H
#define HEAPMARK_TRIAL_SESSION_H

#include "gbench/gbench.h"
#include "measure/counters.h"
#include "measure/log.h"
#include "measure/metrics.h"
#include "measure/process.h"
#include "measure/sampler.h"
#include "measure/stamps.h"
#include "trial/placement.h"
#include "trial/services.h"
#include "trial/trial.h"

/* One thread of the workload. Written by that thread; read by thread 0 while the others wait. */
struct seat {
    struct session *session;
    uint32_t index;
    pthread_t self; /* once attached */
    hm_mutator *m;  /* null: not attached */
    struct hm_thread thread;
    hm_name *frame;
    struct hm_log *log;
    struct stamps stamps;
    uint64_t start_ns, end_ns; /* its step, in the timed part */
    uint64_t cpu_start_ns, cpu_end_ns;
    struct log_account account_start, account_end;
    uint64_t waited_start_ns, waited_end_ns; /* for a processor; PROCESS_UNKNOWN: not told */
    enum hm_cause cause;                     /* why it landed */
    bool fine;                               /* it came to its end */
};

/* The heap and the process at one moment. */
struct snapshot {
    struct hm_statistics statistics;
    struct process_usage usage;
    struct counter_values counters;
    /* CPU of the whole process, and of it the mutators' threads, those that the collector
     * registered, and the harness's own. */
    uint64_t process_cpu_ns, mutators_cpu_ns, collector_cpu_ns, harness_cpu_ns;
    uint64_t frequency_hz; /* of the processor that took it */
};

struct session {
    const struct trial_spec *spec;
    struct trial_state *state;
    void (*tell)(void *user, const struct trial_record *record);
    void *tell_user;
    pthread_mutex_t tell_lock; /* one record is told at a time; guards notes, noise and wrong too */
    struct text notes;
    struct text noise;      /* of the latest timed part, the one that figures are of */
    struct text wrong;      /* the first thing that was wrong with the answer */
    enum trial_phase phase; /* the latest but for the closing of the heap: where the trial ended */
    uint64_t begun_ns;
    double load_before, pressure_before; /* of the machine; NAN: not told */

    struct plugin plugin;
    const struct hm_variant *variant;
    struct hm_capabilities capabilities; /* whole, whatever the plugin's size */
    union hm_value *options;
    struct text work;                 /* what is run, for recordings */
    const struct hm_workload *table;  /* the program's kernel */
    const struct hm_workload *kernel; /* the one that runs */
    struct hm_plan plan;
    struct hm_schedule schedule; /* where the table has one */
    uint64_t fixed_iterations;   /* micro on a collector that never frees; 0: search */

    struct hm_host host;
    struct hm_open open;
    struct hm_inspection inspection;
    hm_heap *heap;
    struct log_book book;
    struct counters counters;
    bool counting; /* under callgrind: no thread but the workload's and the collector's */
    struct services services;
    struct sampler sampler;
    struct placement placement;
    struct seat *seats; /* one for each thread */

    /* The timed part, by thread 0. */
    struct snapshot before, after;
    struct absurd absurd; /* what the collector's figures cannot be, in snapshots and at the end */
    struct interval window;
    uint64_t setup_start_ns, setup_ns, final_collect_ns, open_ns;
    uint64_t resident_before_bytes;
    uint64_t iterations;
    bool timed;                /* the timed part was completed */
    struct hm_refusal refusal; /* of an attach; written once under tell_lock */
};

/* host.c: services for the collector, and the inspection for the workload's check. */
void host_fill(struct session *session);

/* body.c: what a thread does; the body of the benchmark. `user` is the session. */
void body_run(struct gbench_state *state, void *user);

/* execute.c: tell what is known after the timed part; by thread 0 while all others wait. */
void session_tell_timed(struct session *session);
/* … and after the end: what is left in the heap. */
void session_tell_end(struct session *session, const struct hm_statistics *statistics,
                      const struct hm_census *census);

/* events.c: tell the raw events, and what is made of them, once the heap is closed and nobody
 * writes events any more. */
void session_tell_events(struct session *session);

/* execute.c: tell a record, which is freed; note a sentence once where there is a doubt. */
void session_tell(struct session *session, struct trial_record *record);
void session_doubt(struct session *session, bool doubtful, const char *sentence);
void session_enter(struct session *session, enum trial_phase phase);

#endif
