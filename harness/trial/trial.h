/* SPDX-License-Identifier: MIT
 *
 * Running a trial: in this process, or in one of its own under a supervisor.
 */
#ifndef HEAPMARK_TRIAL_TRIAL_H
#define HEAPMARK_TRIAL_TRIAL_H

#include <stdatomic.h>

#include "trial/spec.h"

/* Phases of a trial: X(NAME, "name"), in order. */
#define TRIAL_PHASES(X)                                                                            \
    X(START, "starting")                                                                           \
    X(LOAD, "loading the plugin")                                                                  \
    X(OPEN, "opening the heap")                                                                    \
    X(ATTACH, "attaching")                                                                         \
    X(WARM_UP, "warming up")                                                                       \
    X(SETUP, "setting up")                                                                         \
    X(TIMED, "in the timed part")                                                                  \
    X(FINAL_COLLECT, "in the final collection")                                                    \
    X(CHECK, "checking the answer")                                                                \
    X(TEARDOWN, "tearing down")                                                                    \
    X(CENSUS, "taking the census")                                                                 \
    X(CLOSE, "closing the heap")                                                                   \
    X(DONE, "done")

enum trial_phase {
#define TRIAL_PHASE_ENUM(NAME, name) TRIAL_PHASE_##NAME,
    TRIAL_PHASES(TRIAL_PHASE_ENUM)
#undef TRIAL_PHASE_ENUM
        TRIAL_PHASE_COUNT
};

const char *trial_phase_name(enum trial_phase phase);

/* What callgrind counts of a trial that runs under it. */
enum trial_counting { TRIAL_COUNTS_NOTHING, TRIAL_COUNTS_ALL, TRIAL_COUNTS_MUTATORS };

/* What a supervisor and its trial share, in memory that outlives the trial's death. The first five
 * are set before the trial is started. */
struct trial_state {
    int32_t supervisor; /* process id */
    int32_t guard_fd;   /* in the trial: for guard_tell */
    int32_t group_fd;   /* in the trial: for its control group; 0: it has none of its own */
    enum trial_counting counting;
    uint32_t rounds; /* of a micro workload that is counted: so many times as many iterations */
    uint64_t spawned_ns;
    _Atomic uint32_t phase;
    _Atomic uint32_t last_event;        /* enum hm_event_kind */
    _Atomic uint32_t last_event_thread; /* number of the log */
    _Atomic uint64_t first_call_ns;     /* when the workload was about to be called; 0: not yet */
};

/* Run one trial in this process, to its end. Each time more is known, `tell` is called with a
 * record of the new fields (identity, then figures, then the outcome). The last record holds
 * TRIAL_OUTCOME. Returns the exit status: 0, 1 (wrong answer), 2 (the user's mistake: `error`
 * says it). A process runs one trial. */
int trial_execute(const struct trial_spec *spec, struct trial_state *state,
                  void (*tell)(void *user, const struct trial_record *record), void *user,
                  struct error *error);

struct scarcity_place; /* scarcity.h */

/* Limits that the supervisor sets on a trial's process. */
struct trial_limits {
    uint64_t time_ns;      /* wall time from the start */
    uint64_t memory_bytes; /* resident; 0: none */
    /* Scarce memory (scarcity.h): of the control group that stands for the machine, and held by
     * another process beside the trial; 0: none. The first needs the place. */
    uint64_t machine_bytes, outer_bytes;
    const struct scarcity_place *place;
};

/* What the supervisor minds while it waits for a trial. Each may be NULL. */
struct trial_attention {
    /* Set to anything but 0 by a signal handler: the trial is killed, and is "interrupted". */
    const volatile _Atomic int *interrupted;
    /* Called many times a second, by the thread that waits. */
    void (*tick)(void *user);
    void *user;
};

/* Run one trial in a process of its own and wait for it. The record holds whatever was learnt,
 * and always an outcome: a crash, a hang, a limit are outcomes, not errors. False only when the
 * system cannot start a process (error). `attention` may be NULL.
 * Nothing of the trial outlives this call, nor the death of the supervisor. */
bool trial_supervise(const struct trial_spec *spec, const struct trial_limits *limits,
                     const struct trial_attention *attention, struct trial_record *record,
                     struct error *error);

/* Repeat a trial that was completed, under callgrind, and add to its record how many instructions
 * its timed part takes. It is repeated twice: the second time without what collectors do in stops,
 * releases, sweeps and on threads of their own, so that their part is known too; of a micro
 * workload with twice as many iterations, so that the difference is that of operations alone. A
 * repetition takes up to a hundred times as long, which the time limit allows for. False when there
 * is no valgrind, or the system cannot start it (error); a repetition that was not completed is a
 * warning in the record. */
bool trial_count_instructions(const struct trial_spec *spec, const struct trial_limits *limits,
                              const struct trial_attention *attention, struct trial_record *record,
                              struct error *error);

/* Can this program count them: was it built with valgrind's headers, and is valgrind there? Else
 * the error says what to do. */
bool trial_can_count(struct error *error);

/* The trial's side: `heapmark trial` with the hidden options --result-fd and --state-fd calls this
 * instead of trial_execute. */
int trial_serve(const struct trial_spec *spec, int result_fd, int state_fd);

#endif
