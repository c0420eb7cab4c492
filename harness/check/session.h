/* SPDX-License-Identifier: MIT
 *
 * Inside the check: one program while it runs in this process.
 */
#ifndef HEAPMARK_CHECK_SESSION_H
#define HEAPMARK_CHECK_SESSION_H

#include <pthread.h>
#include <semaphore.h>

#include <heapmark/workload.h>

#include "check/check.h"
#include "check/shadow.h"
#include "check/trace.h"
#include "measure/log.h"

enum {
    CHECK_MOST_NAMES = 320, /* of one thread, all frames together */
    CHECK_BASE_NAMES = 16,
    CHECK_MOST_FRAMES = 32,
    CHECK_BOARDS = CHECK_GLOBALS_BEFORE_PLACES,
    CHECK_MOST_PLACES = 64,
    CHECK_WRITE_BYTES = 4096,
};

/* What the process and its parent share. */
struct check_shared {
    _Atomic uint32_t decided; /* somebody has written the verdict */
    _Atomic uint32_t written; /* and it is whole */
    _Atomic uint64_t judged, operations, objects, collections;
    _Atomic uint64_t beats;      /* of the judges after the program, which do no operations of it */
    _Atomic uint64_t waited_ns;  /* for a processor, by threads that ended */
    _Atomic uint64_t refusals;   /* requests that an altered collector refused itself */
    _Atomic uint64_t idle_bytes; /* resident when the heap was open; 0: not yet */
    _Atomic uint32_t strange;    /* bits of enum check_strange */
    _Atomic uint32_t phase;      /* enum check_phase */
    _Atomic size_t at[PROGRAM_MOST_THREADS];
    struct check_verdict verdict;
    _Atomic uint32_t crashed; /* the thread that did, UINT32_MAX: none of the program's */
    char backtrace[2048];     /* its; as in a verdict */
};

enum check_phase {
    CHECK_PHASE_LOAD,
    CHECK_PHASE_OPEN,
    CHECK_PHASE_RUN,
    CHECK_PHASE_END, /* after the last operation: drop all, collect, detach */
    CHECK_PHASE_CLOSE,
    CHECK_PHASE_DONE,
};

/* A slot that takes shared operations. Lock: `lock` guards all. */
struct check_place {
    pthread_mutex_t lock;
    size_t board; /* a slot of the globals, or HM_NO_BOARD */
    size_t slot;
    struct hm_shadow *value;       /* as of the last meeting, or exactly, with one thread */
    struct hm_shadow **candidates; /* stored since; each is held. Null counts: it is one of them */
    size_t count, capacity;
};

enum check_stage { /* of a meeting; see meet.c */
                   STAGE_NONE,
                   STAGE_COME,
                   STAGE_ADOPT,
                   STAGE_JUDGE,
                   STAGE_LOOK,
                   STAGE_LEAVE,
                   STAGE_AGAIN,
};

/* slow_paths.c: what a mutator's slow paths and table are while the program runs. */
struct check_slow {
    struct hm_slow wrapped;
    struct hm_ops table;
    struct check_thread *thread; /* null: nothing is wrapped */
    const struct hm_slow *original;
    const struct hm_ops *original_ops;
    uint32_t depth;            /* slow paths that the thread is in */
    uint64_t calls, collected; /* where it might have asked for a collection, and did */
    bool asks_for_polls;       /* by m->poll, where an operation looks at it */
};

/* GONE: it is no mutator any more, and the program goes on. */
enum check_end { END_NOT_YET, END_REBIRTH, END_GONE, END_PROGRAM };

/* One thread of the program; only it touches this, but for `finished`, `wants_collect` and the
 * names, which thread 0 reads while all others wait. */
struct check_thread {
    struct hm_thread head;
    struct check_session *session;
    pthread_t thread;   /* of the machine, which runs it now */
    pthread_t previous; /* which ran it before, and was not joined; if there is one */
    bool has_previous;
    size_t births;                /* times that it was detached to be attached again */
    _Atomic uint64_t interrupted; /* times, by interrupts.c */
    sem_t done;                   /* the last thread of the machine has come to its end */
    hm_mutator *m;
    struct check_slow slow;
    struct hm_log *log;
    const struct program_thread *list;
    size_t at; /* next operation */
    enum check_stage stage;
    bool stays;      /* for two meetings, blocked all the while */
    size_t prologue; /* steps done before the first operation: boards, a meeting */
    bool finished, wants_collect, meets_again;
    enum check_end end;

    struct hm_shadow *names[CHECK_MOST_NAMES];
    size_t top;
    size_t frames[CHECK_MOST_FRAMES];
    size_t frame_count;
    struct hm_shadow *fresh; /* init is legal on it */
    uint64_t inited;         /* its first 64 slots that were */

    /* What the action in flight is to be judged by. */
    struct program_op op;
    struct hm_shadow *pending;
    size_t flooded; /* steps done of an operation that is many */
    struct check_place *place;
    bool expected;

    size_t traced; /* bytes of its trace */
    struct hm_walk walk;
    struct hm_action action;
    unsigned char bytes[CHECK_WRITE_BYTES];

    _Atomic uint64_t suspect_stop; /* it ran inside this stop, as it seems, from 1; 0: in none */
    _Atomic uint64_t suspect_ns;   /* when */
    _Atomic uint64_t operations;   /* written by this thread only */

    /* phases.c */
    _Atomic uint32_t awaited;       /* enum hm_phase; none when it does not wait */
    _Atomic uint64_t awaited_count; /* how often that has to have been met */
    _Atomic uint64_t awaited_steps; /* how many of its steps others wait for then */
    _Atomic uint64_t steps;         /* operations and phases that it came to */
    struct hm_statistics seen;      /* the last look */
    /* Collections that this thread asked for: what it felt, and what was reported meanwhile. */
    uint64_t felt_ns, reported_ns, felt_count, short_count;
};

struct check_phases {
    _Atomic uint64_t expected; /* a bit for each that may be met some time */
    _Atomic bool by_hook; /* the collector tells of them itself, and events are not taken for any */
    _Atomic uint32_t waiting;
    _Atomic uint64_t met[HM_PHASE_COUNT];
    uint64_t patience_ns; /* for tests: how long to wait at the most; 0: as usual */
};

struct check_session {
    const struct check_target *target;
    const struct program *program;
    struct check_shared *shared;
    struct plugin plugin;
    const struct hm_variant *variant;
    struct hm_capabilities can;
    hm_heap *heap;
    bool has_standard_options;
    bool refuses_on_purpose; /* requests of an altered collector for memory fail: plugins/kit */
    const struct hm_workload *kernel;
    uint32_t shape_count; /* of the kernel's shapes */
    uint32_t name_depth;  /* of each mutator of a heap that is opened */
    struct hm_plan plan;
    struct hm_host host;
    struct hm_services services;
    struct hm_script script;
    struct log_book book;
    struct hm_log *collector_log; /* of all threads that the collector starts */
    struct shadows shadows;
    struct check_place places[CHECK_MOST_PLACES];
    uint32_t place_count;
    struct check_thread *threads;
    uint32_t thread_count;
    bool wants_collect, all_finished; /* written by thread 0 between barriers */

    pthread_mutex_t lock; /* the barrier */
    pthread_cond_t changed;
    uint32_t met, expected_to_meet;
    uint64_t meetings;

    size_t stack_bytes;       /* of the program's threads; 0: as usual */
    size_t descriptors;       /* open before the heap was */
    struct mapping *mappings; /* and those that were there then */
    size_t mapping_count;

    struct check_phases phases;

    /* Events, as they are told. */
    _Atomic uint32_t stopped;
    _Atomic uint64_t stop_requested_ns, work_begin_ns, stops, collections_told;
    _Atomic uint64_t work_told; /* objects marked, and freed by detections */
    _Atomic uint64_t paused_ns; /* pauses, and work told beside them */

    /* pacing.c */
    _Atomic uint64_t unasked_bytes;     /* marked or copied by collections nobody asked for */
    _Atomic uint64_t held_before_bytes; /* right after the latest that was asked for */
};

/* Report what is broken and end the process; the first one counts. */
__attribute__((noreturn, format(printf, 4, 5))) void check_broken(struct check_session *session,
                                                                  struct check_thread *thread,
                                                                  enum hm_property property,
                                                                  const char *format, ...);
/* End the process without a verdict: the collector did not take the program. */
__attribute__((noreturn, format(printf, 2, 3))) void check_refused(struct check_session *session,
                                                                   const char *format, ...);
void check_judged(struct check_session *session, enum hm_property property);
/* A judge goes on: it does not hang. */
void check_beat(struct check_session *session);

/* interpret.c: the next action, and what the last one saw. The functions of hm_script. */
bool check_next(struct hm_thread *t, hm_mutator *m, struct hm_action *action);
/* The step landed with this cause. */
void check_landed(struct check_thread *thread, enum hm_cause cause);
/* settle.c: drop what the names from `down_to` on own. */
void check_drop_names(struct check_thread *thread, size_t down_to);

/* optional.c: weak objects, ephemerons, the finalizer queue. */
bool optional_settle(struct check_thread *thread, struct hm_action *action);
void optional_commit(struct check_thread *thread, const struct hm_action *action);
void optional_not_watched(struct check_thread *thread);
/* How the kernel, or a drain, is to know what comes out of the queue. */
void optional_expect_dead(const struct check_session *session, struct hm_action *action);
/* The queue gave this stamp (0: null); what it is, owned once for the caller. */
struct hm_shadow *optional_take_dead(struct check_thread *thread, uint64_t saw);

/* places.c: slots that take shared operations. */
void places_open(struct check_session *session);
void place_will_hold(struct check_thread *thread, struct check_place *place,
                     struct hm_shadow *object);
/* A thread has read this stamp: the object, whose like some thread could have stored. */
struct hm_shadow *place_seen(struct check_thread *thread, struct check_place *place,
                             uint64_t stamp);
bool check_shared_slot(struct hm_thread *t, size_t index, size_t *board, size_t *slot);
void check_adopt(struct hm_thread *t, size_t index, uint64_t stamp);

/* attach.c: false where memory is out, with reason; the thread sits out all the rest then. */
bool attach_thread(struct check_thread *thread);
void attach_sit_out(struct check_thread *thread);

/* meet.c: everything is compared while nobody runs. */
bool meet_next(struct check_thread *thread, struct hm_action *action);
void check_count(struct hm_thread *t, hm_mutator *m, hm_ref ref, const struct hm_shadow *object);
void check_call(struct hm_thread *t, hm_mutator *m, struct hm_action *action);
void meet_judge_end(struct check_thread *thread);
/* The collector looks at itself, where it can. The world is quiet. */
void meet_verify_itself(struct check_thread *thread);

/* judge.c: statistics, limits, pauses. */
void judge_out_of_memory(struct check_thread *thread, uint64_t wanted_bytes);
/* Open says that the limit is too small: not for who declares that it is enough. */
void judge_open_out_of_memory(struct check_session *session, const struct hm_refusal *refusal);
/* Attach says that memory is out, where so much is owned at the most. */
void judge_attach_out_of_memory(struct check_session *session, struct check_thread *thread,
                                enum hm_property property, uint64_t owned_bytes,
                                const struct hm_refusal *refusal);
/* `quiet`: all other mutators are blocked; this one is for the time of the call, so that figures of
 * objects are exact. */
void read_statistics(struct check_thread *thread, struct hm_statistics *statistics, bool quiet);
void judge_resident(struct check_thread *thread);
void judge_statistics(struct check_thread *thread, bool quiet);
/* walked.c: what the collector tells is there, by walk, census and figures. The world is quiet. */
void judge_what_is_told(struct check_thread *thread, const struct hm_census *census);
void judge_collection(struct check_thread *thread, uint64_t felt_ns, uint64_t reported_ns);
void judge_pauses(struct check_session *session);

/* pacing.c: memory and work in proportion. Every collection of a program is asked for by this. */
void pacing_collect(struct check_thread *thread, hm_mutator *m, enum hm_collection kind);
void pacing_event(struct check_session *session, enum hm_event_kind kind, uint64_t value);
void pacing_judge(struct check_thread *thread, const struct hm_statistics *now);

/* lives.c: what a closed heap leaves behind. `begin` before the first open. */
void lives_begin(struct check_session *session);
void lives_judge(struct check_session *session);
/* One more life of the heap, after the program's own: opened, a mutator for what `live` does,
 * closed. False when there was no memory for the mutator. */
bool lives_once(struct check_session *session, void (*live)(void *user, hm_mutator *m), void *user);

/* A mutator of the open heap for what `live` does; false when there was no memory for it. */
bool lives_attached(struct check_session *session, void (*live)(void *user, hm_mutator *m),
                    void *user);
/* Bytes of address space, and what malloc has given out. */
void lives_memory(uint64_t *mapped, uint64_t *allocated);

/* rounds.c: does memory creep? After the program's own heap was closed. */
void rounds_judge(struct check_session *session);
/* pockets.c: is memory lost that threads have in hand when they end, or between large objects?
 * After the program's own heap was closed. */
void pockets_judge(struct check_session *session);
/* Of a life of the heap (`user` is the session): what a close has to give back. */
void rounds_leave(void *user, hm_mutator *m);

/* trace.c, where the target has a trace: what comes next. */
void trace_action(struct check_thread *thread, const struct hm_action *action);
void trace_rebirth(struct check_thread *thread);

/* crash.c: what a crash leaves in the shared memory. Once for the process, then in each thread. */
void crash_open(struct check_shared *shared);
void crash_enter(uint32_t index);
/* The thread is about to end, and another goes on for it. */
void crash_leave(void);

/* events.c: the collector tells of an event, by any thread. */
void events_told(struct check_session *session, enum hm_event_kind kind, uint64_t time_ns,
                 uint64_t value);

/* phases.c: what happens at phases of the collector, and between operations. */
void phases_begin_thread(struct check_thread *thread);
/* Another operation of this thread begins. */
void phases_step(struct check_thread *thread);
/* Does this thread of the machine run that one of the program now? */
bool phases_is_own(const struct check_thread *thread);
/* The collector may come to this phase. */
void phases_expect(struct check_session *session, enum hm_phase phase);
/* Wait until the phase was met some times more by others, for some hundred microseconds at the
 * most; not at all for one that the collector does not come to. `how`: the y of PROGRAM_AWAIT. */
void phases_await(struct check_thread *thread, uint32_t phase, uint32_t how);
void check_phase(const struct hm_host *host, enum hm_phase phase);
/* An event was told, by the thread that calls. Of a collector that tells of no phases itself, some
 * events are phases. */
void phases_by_event(struct check_session *session, enum hm_event_kind kind);
/* The thread that calls comes to a slow path, or leaves one, which is this phase, or none; for a
 * collector that tells of phases itself nothing is done. */
void phases_by_slow_path(struct check_session *session, enum hm_phase phase);

/* slow_paths.c: from attach to detach. */
void slow_paths_wrap(struct check_thread *thread);
void slow_paths_unwrap(struct check_thread *thread);
void slow_paths_landed(struct check_thread *thread);
/* Should m->poll be set before the action, so that it comes to the slow path? */
bool slow_paths_ask_for_poll(const struct check_thread *thread, const struct hm_action *action);

/* scaling.c: is work in proportion to what there is? After the program's own heap was closed. */
void scaling_judge(struct check_session *session);

/* resident.c: what is really held. `begin` before the first open, one thread running. */
void resident_begin(struct check_session *session);
void resident_judge(struct check_thread *thread, const struct hm_statistics *now);

/* interrupts.c: threads are held up at any instruction, as often as the program says. `begin`
 * before any thread; each thread begins and ends for itself, without a mutator. */
void interrupts_begin(const struct check_session *session);
void interrupts_begin_thread(struct check_thread *thread);
void interrupts_end_thread(void);
/* How often the thread was that the calling one has begun to run. */
uint64_t interrupts_of_thread(void);

/* layout.c: from here on memory is mapped at the same addresses, whatever the process did before.
 * By the process's only thread, before the collector is loaded. */
void layout_settle(void);

/* stacks.c: the machine stacks of the program's threads. `begin` by the first of them. */
void stacks_begin(struct check_session *session);
bool stacks_start_thread(const struct check_session *session, pthread_t *thread,
                         void *(*run)(void *user), void *user);

/* drive.c: the whole life of the process. */
void check_open_heap(struct check_session *session);
void check_drive(const struct check_target *target, const struct program *program,
                 struct check_shared *shared);

#endif
