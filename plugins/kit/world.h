/* SPDX-License-Identifier: MIT
 *
 * The world: the mutators of a heap, and how they are stopped.
 *
 * Each mutator is running or safe. Safe are those that wait in a poll, are between block and
 * unblock, or are in attach before they run. A stop sets every mutator's poll word and waits,
 * under the world's lock, until no other mutator runs. One thread stops the world at a time;
 * a second one that asks meanwhile is stopped first, and told that a stop went by.
 *
 * Invariant: `running` counts the mutators in state running, and changes only under `lock`.
 * Lock: `lock` guards all fields and is held by nobody while the world is stopped, so that
 * reports can be read at any time.
 */
#ifndef HEAPMARK_KIT_WORLD_H
#define HEAPMARK_KIT_WORLD_H

#include <pthread.h>

#include <heapmark/plugin.h>

#include <kit/fault.h>

/* The head of a mutator in the kit: collectors begin theirs with it. */
struct kit_mutator {
    struct hm_mutator head;
    struct kit_mutator *next; /* in the world's list */
    bool running;
    bool blocked, out_of_memory; /* for planted faults: always false without them */
};

struct kit_world {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* running fell, or a stop ended */
    struct kit_mutator *first;
    uint32_t attached;
    uint32_t running;
    uint32_t most;  /* mutators allowed */
    bool stopping;  /* someone stops, or has stopped, the world */
    uint64_t stops; /* stops so far */
    uint64_t stop_requested_ns;
    const struct hm_host *host;
};

void kit_world_open(struct kit_world *world, const struct hm_open *request);
void kit_world_close(struct kit_world *world);

/* Fill in the head of a mutator that the collector allocated zeroed (ops, slow and lends are the
 * collector's to set), give it a name stack, and enter it as running; waits for a stop to end.
 * False with a refusal when there are too many or memory is out. */
bool kit_world_attach(struct kit_world *world, struct kit_mutator *mutator, hm_heap *heap,
                      const struct hm_open *request, uint32_t index, struct hm_log *log,
                      struct hm_refusal *refusal);

/* Take a mutator out of the world and free its name stack; the collector frees the rest. */
void kit_world_detach(struct kit_world *world, struct kit_mutator *mutator);

/* Stop the world. `m` is the caller's own mutator or null. True: the world is stopped by the
 * caller, who must resume it. False: another thread stopped the world meanwhile, and this one
 * waited it out as at a poll; look again whether there is still anything to do. */
bool kit_world_stop(struct kit_world *world, struct kit_mutator *m);

/* The same, but stops again after others until it is the caller's own stop. */
void kit_world_stop_surely(struct kit_world *world, struct kit_mutator *m);

void kit_world_resume(struct kit_world *world, struct kit_mutator *m);

/* The slow paths of poll, block and unblock, fit for struct hm_slow by a cast-free wrapper. */
void kit_world_poll(struct kit_world *world, struct kit_mutator *m);
void kit_world_block(struct kit_world *world, struct kit_mutator *m);
void kit_world_unblock(struct kit_world *world, struct kit_mutator *m);

/* Record an event on the mutator's log (m may be null: then nowhere), now. */
void kit_event(const struct hm_host *host, struct kit_mutator *m, enum hm_event_kind kind,
               uint64_t value);

/* Now, when work begins that may turn out long enough to be told; see hm_host.work_begins. */
uint64_t kit_work_begins(const struct hm_host *host, struct hm_log *log);

/* Every name of every mutator, while the world is stopped or quiet. */
void kit_world_each_name(struct kit_world *world, void (*visit)(void *user, hm_name *name),
                         void *user);

#endif
