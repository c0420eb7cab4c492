/* SPDX-License-Identifier: MIT
 *
 * What the conformance suite stands on: the plugin under test, one heap of it with a mutator for
 * the test's own thread, and more threads when a test wants them. Operations go through the table.
 *
 * Assertions belong to the test's own thread: the body of another thread counts what is wrong, and
 * the test asserts that after it has joined it.
 */
#ifndef HEAPMARK_TESTS_RIG_H
#define HEAPMARK_TESTS_RIG_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "drive.h"

/* Shapes: RECORD has slots and 20 bytes, TAGGED one slot and bytes that vary. */
enum { PAIR, BOX, RECORD, LIST, TEXT, TAGGED, SHAPES };
enum { LEFT, RIGHT };
enum { RECORD_SLOTS = 3, RECORD_BYTES = 24 };
extern const struct hm_shape rig_pair, rig_box, rig_record, rig_list, rig_text, rig_tagged;

/* Names and spares of the frame that every test finds pushed. */
enum { A, B, C, D, E, F, NAMES };
enum { RIG_NAME_DEPTH = 512, RIG_MOST_THREADS = 4 };

/* What the long tests divide their work and their heap by: sanitizers are slow. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
enum { RIG_SCALE = 8 };
#else
enum { RIG_SCALE = 1 };
#endif

/* For tests that run out of memory: what every collector of the tree accepts (more where the plugin
 * needs more), though one may need less to be opened than those tests do. */
enum { RIG_SMALL_HEAP_BYTES = 1 << 20 };

struct rig {
    const struct hm_capabilities *can;
    struct drive_heap heap;
    uint64_t heap_bytes; /* that it was opened with */
    hm_mutator *m;
    hm_name *names;
    hm_spare *spares;
    struct hm_log log;
};

/* The plugin under test; its variant is set before each run of the suite. */
extern struct drive_plugin rig_plugin;

/* Open a heap of at least `heap_bytes` (more where the plugin needs more) for so many mutators,
 * and attach the test's own as number 0. */
struct rig *rig_open(uint64_t heap_bytes, uint32_t mutators, uint32_t globals);
/* Detach, see that the events were in order, verify, close. */
void rig_close(struct rig *rig);

/* A full collection, as often as the plugin needs. Ends borrows. */
void rig_collect(struct rig *rig);
/* Of one kind, once. */
void rig_collect_kind(struct rig *rig, enum hm_collection kind);
struct hm_statistics rig_statistics(const struct rig *rig);
/* All zero for a plugin that has none. */
struct hm_census rig_census(struct rig *rig);

/* Run `body` with a landing; what it pushed is popped if it lands. Returns the cause, or
 * HM_NO_CAUSE when it did not land. */
typedef void rig_body(hm_mutator *m, hm_name *names, void *user);
enum hm_cause rig_land(hm_mutator *m, hm_name *names, rig_body *body, void *user);

/* Bind a new box with this number to the name. */
void rig_box_of(hm_mutator *m, hm_name *name, uint64_t number);
/* The number in the box that a slot of what `container` owns refers to; UINT64_MAX when null. */
uint64_t rig_number_in(hm_mutator *m, hm_name *container, size_t slot);

/* ---- other threads ---- */

struct rig_thread {
    struct rig *rig;
    uint32_t index;
    void (*body)(struct rig_thread *thread, hm_mutator *m, hm_name *names);
    void *user;
    uint64_t wrong; /* counted by the body */
    hm_name *names;
    pthread_t id;
    struct hm_log log;
};

/* Run the same body in `count` threads with a mutator each (indices from 1 on), and wait for them
 * as a blocked mutator does; fails when one of them counted something wrong. */
void rig_run(struct rig *rig, uint32_t count,
             void (*body)(struct rig_thread *thread, hm_mutator *m, hm_name *names), void *user);

/* Start one; join it, blocked. */
void rig_start(struct rig_thread *thread);
void rig_join(struct rig_thread *thread);

/* Meet the others of a pthread barrier, blocked. */
void rig_meet(hm_mutator *m, pthread_barrier_t *barrier);
/* Poll until the word is not less than `value`. */
void rig_poll_until(hm_mutator *m, const _Atomic uint64_t *word, uint64_t value);

/* ---- the suites: null-terminated by name ---- */

struct rig_test {
    const char *name;
    void (*run)(void);
    /* Null: every plugin can. Else says whether this one can; one that cannot is skipped. */
    bool (*applies)(const struct hm_capabilities *can);
};

extern const struct rig_test rig_objects[], rig_slots[], rig_names[], rig_memory[], rig_threads[],
    rig_reports[], rig_weak[], rig_finalizers[], rig_finalizer_rings[], rig_ephemerons[];

#endif
