/* SPDX-License-Identifier: MIT
 *
 * The mutator interface: every operation, what it guarantees, what it demands.
 *
 * Guarantees (what a collector owes) are numbered OPERATION.1, .2, …; demands (what a
 * workload owes) carry letters, OPERATION.a. The plugin `strict` names a broken demand by
 * that label. Rules that hold everywhere:
 *
 *   SAFEPOINT.1  Safepoints of a mutator are: new, new_n, try_new, try_new_n, clone, new_weak,
 *                new_ephemeron, poll, poll_keep, block, unblock; attach, detach, collect on the
 *                heap side; and nothing else. Only at its own safepoint may a mutator be
 *                stopped, and objects move only while every mutator is at one.
 *   SAFEPOINT.2  Every other operation may free objects (counting does), but never moves one,
 *                and never waits for another mutator's safepoint. An operation on a shared slot
 *                may spin on a lock that another mutator holds for a few instructions.
 *   SAFEPOINT.3  Cycle detection runs and frees only while all mutators are at safepoints.
 *   SAFEPOINT.4  Between hm_block and hm_unblock a mutator counts as stopped: a stop does not
 *                wait for it.
 *
 *   BORROW.a     A reference must not be used after the first of:
 *                (1) a safepoint of its own thread (for hm_poll_keep see there);
 *                (2) a write to the name or spare that it came through, or the pop of that frame;
 *                (3) the loss of the last owner of its object, by any operation of any thread,
 *                    where only owners count that no other thread may write.
 *                Null never ends. So borrow after the hm_new, not before: peek, new, init is
 *                the natural mistake, and works everywhere but in a collector that moves at
 *                that moment.
 *   BORROW.1     Until then the reference is good for every operation.
 *
 *   NAME.a       A name is used by its own thread only, inside a frame that is pushed.
 *   NULL.a       The object of an operation (`obj`, `from`, `weak`, …) is not null. A value
 *                (`ref`) may be.
 *   SLOT.a       A slot index is below the object's slots; payload lies within its bytes.
 *   PLAIN.a      A plain operation (not …_shared) on a slot that another thread may write at the
 *                same time is a race. Slots that all threads only read take plain operations. A
 *                slot changes between plain and shared use only over a synchronisation of the
 *                threads (barrier, lock, queue of the workload interface, or being published
 *                by a shared store).
 *   OWNER.1      Names of attached mutators (blocked ones too), slots, globals and the finalizer
 *                queue own: what they reach is never reclaimed. Nothing else owns; spares hold
 *                borrows, weak objects refer without owning, ephemerons own as they say.
 *   MEMORY.1     Operations of one mutator take effect in program order for that mutator.
 *                Shared operations order as stated there.
 *
 * A collector gives each operation as an inline function hm_NAME in its mutator.h. The table
 * (struct hm_ops) is generated from those functions by heapmark/export.h. Where the functions
 * are plain C with no address arithmetic on the mutator's side, nothing else is needed.
 */
#ifndef HEAPMARK_OPERATIONS_H
#define HEAPMARK_OPERATIONS_H

#include <heapmark/mutator_head.h>
#include <heapmark/types.h>

/* ALLOCATION
 *
 * hm_ref hm_new(hm_mutator *m, hm_name *name, const struct hm_shape *shape)
 * hm_ref hm_new_n(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n)
 *   new.1  A safepoint. The name is cleared first: its old object is not kept alive by this
 *          allocation, and counting may reuse its memory.
 *   new.2  On return the name owns a new object of that shape (with n slots or n bytes), every
 *          slot null, every payload byte zero; the borrow of it is returned; never null.
 *   new.3  When the heap cannot hold it, not even after a full collection, the mutator lands
 *          (HM_OUT_OF_MEMORY; HM_TOO_LARGE only where no heap limit would do: the collector's
 *          most_slots or most_bytes, or arithmetic). n may be any size_t.
 *          The name is null then, and the heap is whole: after references are dropped,
 *          allocation works again, on every thread.
 *   new.a  hm_new for HM_FIXED shapes, hm_new_n for varying ones; the shape is one of those
 *          given to open. n may be 0.
 * hm_ref hm_try_new(…), hm_ref hm_try_new_n(…)
 *   try_new.1  The same, but returns null instead of landing; the name is null then.
 * hm_ref hm_clone(hm_mutator *m, hm_name *to, hm_name *from)
 *   clone.1  A safepoint. `to` owns a new object of the same shape and size, its slots
 *            referring to the same objects, its payload equal; the borrow is returned. Lands
 *            like hm_new, with `to` as it was. `to == from` is legal.
 *   clone.a  `from` owns an object, and no other thread writes that object meanwhile.
 *
 * READING SLOTS
 *
 * void hm_get(hm_mutator *m, hm_name *name, hm_ref obj, size_t slot)
 *   get.1  The name owns what the slot holds (maybe null); what it owned before is dropped
 *          afterwards. `obj` may have come through the same name.
 * hm_ref hm_peek(hm_mutator *m, hm_spare *spare, hm_ref obj, size_t slot)
 *   peek.1 Returns a borrow of what the slot holds (maybe null). No count changes.
 *   peek.a One spare for each borrow that is alive; the spare is in a frame of spares.
 *
 * WRITING SLOTS
 *
 * void hm_init(hm_mutator *m, hm_ref obj, size_t slot, hm_ref ref)
 *   init.1 The first store into a slot of a fresh object: the slot owns ref's object.
 *   init.a `obj` was made by this thread, with no safepoint of this thread since, and is
 *          stored nowhere where another thread could see it. Each slot once. A collector that
 *          allocates large objects outside its nursery remembers them from birth; an
 *          insertion barrier shades.
 * void hm_init_give(hm_mutator *m, hm_ref obj, size_t slot, hm_name *name)
 *   init_give.1  hm_init of what the name owns, which moves: the name is null afterwards.
 *   init_give.a  As init.a; the name does not own `obj` itself.
 * void hm_set(hm_mutator *m, hm_ref obj, size_t slot, hm_ref ref)
 *   set.1  The slot owns ref's object; its old value is dropped afterwards, and may die inside.
 *          Storing what the slot holds already is legal, and so is storing `obj` itself.
 * void hm_give(hm_mutator *m, hm_ref obj, size_t slot, hm_name *name)
 *   give.1 hm_set of what the name owns (maybe null), which moves: the name is null afterwards.
 *   give.a `obj` stays owned by something else than that name.
 * void hm_take(hm_mutator *m, hm_name *name, hm_ref obj, size_t slot)
 *   take.1 The dual: the name owns what the slot held, the slot is null; what the name owned
 *          is dropped afterwards. `obj` may have come through the same name.
 *
 * NAMES
 *
 * void hm_move(hm_mutator *m, hm_name *to, hm_name *from)
 *   move.1 `to` owns what `from` owned, `from` is null; what `to` owned is dropped afterwards.
 *          `to == from` changes nothing.
 * void hm_bind(hm_mutator *m, hm_name *name, hm_ref ref)
 *   bind.1 The name owns ref's object (or nothing); what it owned is dropped afterwards.
 *          Binding what the name owns already is legal.
 * void hm_clear(hm_mutator *m, hm_name *name)
 *   clear.1 The name owns nothing; what it owned is dropped.
 * bool hm_same(hm_mutator *m, hm_ref a, hm_ref b)
 *   same.1 Are they one object (or both null)? Bits may differ for one object.
 * hm_name *hm_push(hm_mutator *m, size_t n)
 *   push.1 A frame of n contiguous names, all null. Frames lie on one contiguous stack. Lands
 *          (HM_NAMES_FULL) when the depth given to open is exceeded.
 * void hm_pop(hm_mutator *m, hm_name *frame)
 *   pop.1  Drops what every name at or above `frame` owns and pops all of it: how a landing
 *          unwinds. The order in which the names are dropped is not promised.
 *   pop.a  `frame` came from hm_push and is still pushed, or is a former name_top (a landing's).
 * hm_spare *hm_push_spare(hm_mutator *m, size_t n)
 * void hm_pop_spare(hm_mutator *m, hm_spare *frame)
 *   push_spare.1  The same for spares. In a collector that lends (m->lends) both do nothing:
 *                 m->spare_top is returned, which may be null, and is never followed.
 *
 * BULK
 *
 * void hm_copy_slots(hm_mutator *m, hm_ref to, size_t i, hm_ref from, size_t j, size_t n)
 *   copy_slots.1  As if to[i+k] were set to from[j+k] for every k below n, all read before any
 *                 is written: overlap within one object is legal. Old values are dropped.
 * void hm_clear_slots(hm_mutator *m, hm_ref obj, size_t i, size_t n)
 *   clear_slots.1 n slots from i on become null; old values are dropped.
 * void hm_fill_slots(hm_mutator *m, hm_ref obj, size_t i, size_t n, hm_ref ref)
 *   fill_slots.1  n slots from i on own ref's object (maybe null); old values are dropped.
 *
 * SHARED SLOTS, for a slot that any thread may write at the same time
 *
 * void hm_get_shared(hm_mutator *m, hm_name *name, hm_ref obj, size_t slot)
 *   get_shared.1  As hm_get; atomic; acquire: what the storing thread wrote before its
 *                 set_shared or swap_shared (payload, init) is seen.
 * void hm_set_shared(hm_mutator *m, hm_ref obj, size_t slot, hm_ref ref)
 *   set_shared.1  As hm_set; atomic; release.
 * void hm_swap_shared(hm_mutator *m, hm_ref obj, size_t slot, hm_name *name)
 *   swap_shared.1 The slot and the name exchange what they own; atomic; acquire and release. No
 *                 count changes: of two threads that take by swapping, one gets the object.
 *   shared.a      `obj` is owned by a name of this thread, by the globals, or by a chain of
 *                 slots that nobody writes.
 *
 * GLOBALS
 *
 * hm_ref hm_globals(hm_mutator *m)
 *   globals.1  Borrow the globals: one container with the number of slots given to open, which
 *              lives as long as the heap. The borrow ends at a safepoint like any other.
 *
 * PAYLOAD
 *
 * uint64_t hm_word(hm_mutator *m, hm_ref obj, size_t word)
 * void hm_put_word(hm_mutator *m, hm_ref obj, size_t word, uint64_t value)
 *   word.1  Payload word in the numbering that counts slots first (types.h): an object with two
 *           slots has its first payload word at 2.
 * void hm_read(hm_mutator *m, hm_ref obj, size_t offset, void *to, size_t bytes)
 * void hm_write(hm_mutator *m, hm_ref obj, size_t offset, const void *from, size_t bytes)
 *   read.1  `bytes` payload bytes from `offset` on (HM_OFFSET(word) + byte).
 *   word.a  Concurrent reads are legal; concurrent writes are the workload's own race. No
 *           collector data is in the same word, so that neither disturbs a collector.
 * size_t hm_length(hm_mutator *m, hm_ref obj)
 *   length.1  The n that was given to hm_new_n.
 *   length.a  The object has a varying shape.
 *
 * SAFEPOINTS
 *
 * void hm_poll(hm_mutator *m)
 *   poll.1  A safepoint. Costs a test of m->poll when nobody waits.
 *   poll.a  A workload polls in every loop that may run over 10 microseconds without hm_new.
 * hm_ref hm_poll_keep(hm_mutator *m, hm_name *name, hm_ref ref)
 *   poll_keep.1  A safepoint over which one borrow lives on: returns the reference to the same
 *                object, which may have moved. The name may own it afterwards (clear it after
 *                the loop) or hold what it held; nothing but the flag's test on the fast path.
 *   poll_keep.a  The name is a real one, set aside for this.
 * void hm_block(hm_mutator *m), void hm_unblock(hm_mutator *m)
 *   block.1  Around a wait: each a safepoint; between them the mutator counts as stopped.
 *   block.a  No operation between them. Workloads do not call these: they wait through the
 *            workload interface (workload.h), which does.
 *
 * OPTIONAL, by capability (plugin.h); absent ones are null in the table
 *
 * hm_ref hm_new_weak(hm_mutator *m, hm_name *name, hm_name *target)
 *   weak.1  A safepoint; the name is cleared first; lands like hm_new. The name owns a new weak
 *           object, which refers to the target without owning it; the borrow of it is returned.
 *           It is an object like others, in statistics and census too.
 *   weak.a  The target owns an object; name and target are two names.
 *   weak.b  A weak object has no shape: it is owned, stored, compared, watched, and referred to
 *           by other weak objects; its slots, payload and length are nobody's, nor is it cloned.
 * void hm_weak_get(hm_mutator *m, hm_name *name, hm_ref weak)
 *   weak.2  The name owns the target, or is null once the target was found dead or entered the
 *           finalizer queue; never before, never another object. Any thread, any time. What the
 *           name owned is dropped afterwards; `weak` may have come through the same name.
 *   weak.3  Found dead is: reclaimed, by whatever way the collector has; what is prompt finds it
 *           at the operation that drops the last reference. With several threads some of them
 *           may still get the target while another drops its last reference, and it lives on
 *           then; else it is null for all.
 *   weak.4  Once null, null for ever, though the finalizer queue may have handed the target over
 *           to live on. A weak object that is made afterwards refers to it anew. Of a target
 *           that only the queue reaches, a weak object may read either.
 *   weak.c  hm_weak_get is given a weak object.
 * hm_ref hm_new_ephemeron(hm_mutator *m, hm_name *name, hm_name *key, hm_name *value)
 *   ephemeron.1  A safepoint; the name is cleared first; lands like hm_new; an object as in weak.1
 *                and weak.b.
 *   ephemeron.2  Owns its value (maybe null) as long as it and its key are reachable otherwise than
 *                through the value. It never owns its key. Key and value may be one object, and
 *                ephemerons themselves; many may have one key.
 *   ephemeron.a  The key owns an object. The name is neither of the two, which may be one name.
 * void hm_ephemeron_get(hm_mutator *m, hm_name *name, hm_ref ephemeron)
 *   ephemeron.3  The name owns the value, or is null as in weak.2 to weak.4 by the key: once the
 *                key was found dead or entered the finalizer queue, for ever.
 *   ephemeron.b  hm_ephemeron_get is given an ephemeron.
 * void hm_watch(hm_mutator *m, hm_name *name)
 *   watch.1  When the object has become unreachable it enters the finalizer queue, which owns it,
 *            instead of being reclaimed. What a queued object reaches stays, whole: nothing is
 *            reclaimed or cleared in a dead cycle that one of the queue is part of.
 *   watch.2  It is watched until it enters the queue: a second call until then changes nothing.
 *            A call after that, while it waits or once it was handed over, watches it anew.
 *            A clone is not watched.
 *   watch.3  No safepoint. Lands (HM_OUT_OF_MEMORY) where it gets no memory for the object's
 *            place in the queue; the object is not watched then, and the heap is whole.
 *   watch.a  The name owns an object.
 * void hm_next_dead(hm_mutator *m, hm_name *name)
 *   next_dead.1  The name is cleared first; what dies by that may be the next. Then it owns the
 *                next object of the queue, or is null when none waits. Each watched object comes
 *                once, to one thread, and may be kept; when it becomes unreachable again it is
 *                reclaimed, unless it was watched anew. No order is promised among objects that
 *                died together: what only a queued object reaches may come with it or after it.
 *   next_dead.2  Not a safepoint. Any thread, at any time; what nobody took stays, also when the
 *                thread that made it or dropped it has detached, and close discards it. No
 *                workload code ever runs inside a collector.
 * void *hm_pin(hm_mutator *m, hm_name *name), void hm_unpin(hm_mutator *m, hm_name *name)
 *   pin.1    The address of the payload's first byte, good over safepoints until as many
 *            unpins as pins.
 */

/* Every required operation, once: VALUE(result, name, parameters, arguments) for those that
 * return something, VOID(name, parameters, arguments) for those that do not. Only ever
 * appended to: the order is that of the table. */
#define HM_REQUIRED_OPERATIONS(VALUE, VOID)                                                        \
    VALUE(hm_ref, new, (hm_mutator * m, hm_name * name, const struct hm_shape *shape),             \
          (m, name, shape))                                                                        \
    VALUE(hm_ref, new_n, (hm_mutator * m, hm_name * name, const struct hm_shape *shape, size_t n), \
          (m, name, shape, n))                                                                     \
    VALUE(hm_ref, try_new, (hm_mutator * m, hm_name * name, const struct hm_shape *shape),         \
          (m, name, shape))                                                                        \
    VALUE(hm_ref, try_new_n,                                                                       \
          (hm_mutator * m, hm_name * name, const struct hm_shape *shape, size_t n),                \
          (m, name, shape, n))                                                                     \
    VALUE(hm_ref, clone, (hm_mutator * m, hm_name * to, hm_name * from), (m, to, from))            \
    VOID(get, (hm_mutator * m, hm_name * name, hm_ref obj, size_t slot), (m, name, obj, slot))     \
    VALUE(hm_ref, peek, (hm_mutator * m, hm_spare * spare, hm_ref obj, size_t slot),               \
          (m, spare, obj, slot))                                                                   \
    VOID(init, (hm_mutator * m, hm_ref obj, size_t slot, hm_ref ref), (m, obj, slot, ref))         \
    VOID(init_give, (hm_mutator * m, hm_ref obj, size_t slot, hm_name * name),                     \
         (m, obj, slot, name))                                                                     \
    VOID(set, (hm_mutator * m, hm_ref obj, size_t slot, hm_ref ref), (m, obj, slot, ref))          \
    VOID(give, (hm_mutator * m, hm_ref obj, size_t slot, hm_name * name), (m, obj, slot, name))    \
    VOID(take, (hm_mutator * m, hm_name * name, hm_ref obj, size_t slot), (m, name, obj, slot))    \
    VOID(move, (hm_mutator * m, hm_name * to, hm_name * from), (m, to, from))                      \
    VOID(bind, (hm_mutator * m, hm_name * name, hm_ref ref), (m, name, ref))                       \
    VOID(clear, (hm_mutator * m, hm_name * name), (m, name))                                       \
    VALUE(bool, same, (hm_mutator * m, hm_ref a, hm_ref b), (m, a, b))                             \
    VALUE(hm_name *, push, (hm_mutator * m, size_t n), (m, n))                                     \
    VOID(pop, (hm_mutator * m, hm_name * frame), (m, frame))                                       \
    VALUE(hm_spare *, push_spare, (hm_mutator * m, size_t n), (m, n))                              \
    VOID(pop_spare, (hm_mutator * m, hm_spare * frame), (m, frame))                                \
    VOID(copy_slots, (hm_mutator * m, hm_ref to, size_t i, hm_ref from, size_t j, size_t n),       \
         (m, to, i, from, j, n))                                                                   \
    VOID(clear_slots, (hm_mutator * m, hm_ref obj, size_t i, size_t n), (m, obj, i, n))            \
    VOID(fill_slots, (hm_mutator * m, hm_ref obj, size_t i, size_t n, hm_ref ref),                 \
         (m, obj, i, n, ref))                                                                      \
    VOID(get_shared, (hm_mutator * m, hm_name * name, hm_ref obj, size_t slot),                    \
         (m, name, obj, slot))                                                                     \
    VOID(set_shared, (hm_mutator * m, hm_ref obj, size_t slot, hm_ref ref), (m, obj, slot, ref))   \
    VOID(swap_shared, (hm_mutator * m, hm_ref obj, size_t slot, hm_name * name),                   \
         (m, obj, slot, name))                                                                     \
    VALUE(hm_ref, globals, (hm_mutator * m), (m))                                                  \
    VALUE(uint64_t, word, (hm_mutator * m, hm_ref obj, size_t word), (m, obj, word))               \
    VOID(put_word, (hm_mutator * m, hm_ref obj, size_t word, uint64_t value),                      \
         (m, obj, word, value))                                                                    \
    VOID(read, (hm_mutator * m, hm_ref obj, size_t offset, void *to, size_t bytes),                \
         (m, obj, offset, to, bytes))                                                              \
    VOID(write, (hm_mutator * m, hm_ref obj, size_t offset, const void *from, size_t bytes),       \
         (m, obj, offset, from, bytes))                                                            \
    VALUE(size_t, length, (hm_mutator * m, hm_ref obj), (m, obj))                                  \
    VOID(poll, (hm_mutator * m), (m))                                                              \
    VALUE(hm_ref, poll_keep, (hm_mutator * m, hm_name * name, hm_ref ref), (m, name, ref))         \
    VOID(block, (hm_mutator * m), (m))                                                             \
    VOID(unblock, (hm_mutator * m), (m))

/* Optional operations, in groups that are there as a whole or not at all. */
#define HM_WEAK_OPERATIONS(VALUE, VOID)                                                            \
    VALUE(hm_ref, new_weak, (hm_mutator * m, hm_name * name, hm_name * target), (m, name, target)) \
    VOID(weak_get, (hm_mutator * m, hm_name * name, hm_ref weak), (m, name, weak))

#define HM_EPHEMERON_OPERATIONS(VALUE, VOID)                                                       \
    VALUE(hm_ref, new_ephemeron, (hm_mutator * m, hm_name * name, hm_name * key, hm_name * value), \
          (m, name, key, value))                                                                   \
    VOID(ephemeron_get, (hm_mutator * m, hm_name * name, hm_ref ephemeron), (m, name, ephemeron))

#define HM_FINALIZER_OPERATIONS(VALUE, VOID)                                                       \
    VOID(watch, (hm_mutator * m, hm_name * name), (m, name))                                       \
    VOID(next_dead, (hm_mutator * m, hm_name * name), (m, name))

#define HM_PIN_OPERATIONS(VALUE, VOID)                                                             \
    VALUE(void *, pin, (hm_mutator * m, hm_name * name), (m, name))                                \
    VOID(unpin, (hm_mutator * m, hm_name * name), (m, name))

#define HM_OPTIONAL_OPERATIONS(VALUE, VOID)                                                        \
    HM_WEAK_OPERATIONS(VALUE, VOID)                                                                \
    HM_EPHEMERON_OPERATIONS(VALUE, VOID)                                                           \
    HM_FINALIZER_OPERATIONS(VALUE, VOID)                                                           \
    HM_PIN_OPERATIONS(VALUE, VOID)

#define HM_OPERATIONS(VALUE, VOID)                                                                 \
    HM_REQUIRED_OPERATIONS(VALUE, VOID)                                                            \
    HM_OPTIONAL_OPERATIONS(VALUE, VOID)

/* The table: each operation as a function. A null optional entry means absent; a null required
 * one, or a size that ends before an entry, is a refusal at load. */
struct hm_ops {
    uint32_t size;
    uint32_t abi;
#define HM_OPS_VALUE(result, name, parameters, arguments) result(*name) parameters;
#define HM_OPS_VOID(name, parameters, arguments) void(*name) parameters;
    HM_OPERATIONS(HM_OPS_VALUE, HM_OPS_VOID)
#undef HM_OPS_VALUE
#undef HM_OPS_VOID
};

#endif
