/* SPDX-License-Identifier: MIT
 *
 * Planted faults: classic bugs of collectors, each a condition that is constant, so that nothing of
 * it is left in a build without KIT_PLANTED. They prove that stress testing finds what it is for.
 *
 *     if (!HM_FAULT(rc1))
 *         increment(…);
 *     if (HM_FAULT_ONCE_IN(mv1, 1000))
 *         skip();
 *
 * In a build with KIT_PLANTED the environment's HEAPMARK_FAULT names the one that is planted; none
 * without it. Who carries each, and which properties it breaks: tests/faults/faults.csv.
 */
#ifndef HEAPMARK_KIT_FAULT_H
#define HEAPMARK_KIT_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <kit/narrow.h>

/* A block for each family: X(id, "what is wrong"). */
#define KIT_FAULTS_COUNTING(X)                                                                     \
    X(rc1, "a slot that is set takes no count")                                                    \
    X(rc2, "a slot that is set drops the old value before it owns the new one")                    \
    X(rc3, "the old value of a slot that is set is not dropped")                                   \
    X(rc4, "the old value of a name that is bound is not dropped")                                 \
    X(rc5, "what the names of a popped frame own is not dropped")                                  \
    X(rc6, "counts are raised and lowered without atomic instructions")                            \
    X(rc7, "a shared slot is read without its lock")                                               \
    X(rc8, "the count wraps within few bits")                                                      \
    X(rc9, "release recurses")                                                                     \
    X(rc10, "a reference that is given to a slot is counted once more")                            \
    X(rc11, "what a freed object referred to is not dropped")                                      \
    X(rc12, "release forgets the rest of an object when its queue is full")                        \
    X(rc13, "what was revived from the finalizer queue is freed when the next is asked for")       \
    X(rc14, "what is filled over or cleared in bulk is not dropped")                               \
    X(rc15, "the finalizer queue is not counted as an owner")                                      \
    X(rc17, "a name that is bound drops the old value before it owns the new one")                 \
    X(rc18, "overlapping slots are copied upwards in either direction")                            \
    X(rc19, "a clone does not count what it refers to")                                            \
    X(rc20, "a slot whose value is taken keeps it")                                                \
    X(rc21, "the container of a bulk operation is not held meanwhile")                             \
    X(rc22, "whether a count fell to zero is read after it was lowered")                           \
    X(rc23, "who writes a shared slot does not wait for who reads it")                             \
    X(rc24, "a shared slot is counted after it was stored")                                        \
    X(rc25, "only the first weak object of a target is cleared")                                   \
    X(rc26, "the last bucket is lost when a weak table is resized")                                \
    X(rc27, "a queue that has wrapped is copied from its beginning")                               \
    X(rc28, "what is watched twice counts twice and the queue grows")                              \
    X(rc29, "weak objects of what is queued are not cleared")                                      \
    X(rc30, "the last slot behind a container that died is not dropped")                           \
    X(rc31, "where a container goes on after a child is noted in 16 bits")                         \
    X(rc32, "a borrow that is kept over a poll is not counted")                                    \
    X(rc33, "a weak object that waited for its finalizer stays among those of its target")         \
    X(rc34, "of two threads that make the side table of a block at once one loses its bits")       \
    X(rc35, "slots that are copied take no count")                                                 \
    X(rc36, "what is overwritten by a copy of slots is not dropped")                               \
    X(rc37, "of more than 255 weak objects of a target the rest are not cleared")

#define KIT_FAULTS_CYCLES(X)                                                                       \
    X(cy1, "what is referred to from two slots in a row is counted off once more")                 \
    X(cy2, "candidates that find no room are forgotten")                                           \
    X(cy3, "a candidate that lives keeps its mark, and is not noted again")                        \
    X(cy4, "what one reference from outside reaches is taken for dead")                            \
    X(cy5, "candidates that were freed meanwhile are looked at")                                   \
    X(cy6, "only references of an object to itself are followed")                                  \
    X(cy8, "what died is cut from what waits for its finalizer")                                   \
    X(cy9, "a second candidate of a dead component is kept")                                       \
    X(cy10, "the detector is entered again while it frees")                                        \
    X(cy11, "only what loses its last reference but one becomes a candidate")                      \
    X(cy12, "what finds no room on the detector's stack is not followed")

#define KIT_FAULTS_ALLOCATOR(X)                                                                    \
    X(al1, "an object of one granule more than a size class gets a cell of that class")            \
    X(al2, "large objects lie half a granule astray")                                              \
    X(al3, "what free memory held shows in a new object")                                          \
    X(al4, "a block is given back while one object lives in it")                                   \
    X(al5, "of several blocks with cells that other threads freed one is looked at")               \
    X(al6, "the memory of a large object is rounded down to a page")                               \
    X(al7, "the free cells of a thread that detaches are lost")                                    \
    X(al8, "free blocks that keep their memory do not count towards the limit")                    \
    X(al9, "a lock stays held where a large object finds no memory")                               \
    X(al10, "a block that is filled to its last byte is taken for empty")                          \
    X(al12, "what is left of a free run that was split is entered nowhere")                        \
    X(al13, "memory stays watched after the object that was watched there")                        \
    X(al14, "a block with free cells is listed twice")                                             \
    X(al15, "what is refused to a table is charged all the same")                                  \
    X(al16, "the head of a block is forgotten in what it has room for")                            \
    X(al17, "the head is forgotten in the blocks of a large object")                               \
    X(al18, "where the system refuses its fourth growth a table of weak objects is emptied")       \
    X(al19, "the side table of a large object is not given back")                                  \
    X(al20, "what is given back in pieces of several blocks is not looked for again")

#define KIT_FAULTS_TRACING(X)                                                                      \
    X(tr1, "the last name of a thread is not scanned")                                             \
    X(tr2, "the globals are not scanned")                                                          \
    X(tr3, "the names of a blocked thread are not scanned")                                        \
    X(tr4, "what finds no room on the mark stack is not followed")                                 \
    X(tr5, "slots past 255 are not traced")                                                        \
    X(tr6, "large objects are not marked")                                                         \
    X(tr7, "one block in a thousand keeps the marks of the last collection")                       \
    X(tr8, "what was allocated since marking looks dead to the sweep")                             \
    X(tr9, "blocks are swept while their owner allocates")                                         \
    X(tr10, "what weak objects refer to is traced")                                                \
    X(tr11, "a weak object is cleared one collection late")                                        \
    X(tr12, "an entry is lost where work is shared")                                               \
    X(tr13, "marking ends while a worker still has work")                                          \
    X(tr14, "with few roots, those of a worker that is not woken are lost")                        \
    X(tr15, "the finalizer queue is no root")                                                      \
    X(tr16, "what found no room on the mark stack is looked for once")                             \
    X(tr17, "who attaches during a marking allocates with the mark before it")                     \
    X(tr18, "the value of an ephemeron is reached whether its key is or not")                      \
    X(tr19, "keys that are reached by the values of ephemerons are not looked for again")          \
    X(tr20, "what the dead refer to that wait for their finalizers is not reached")                \
    X(tr21, "weak objects are cleared after the finalizer queue has revived their targets")        \
    X(tr22, "what is watched twice comes twice")                                                   \
    X(tr23, "names of a thread past the 48th are not scanned")                                     \
    X(tr24, "of three ephemerons that wait for one key one is lost")                               \
    X(tr25, "weak objects that only the queue reaches are not cleared")                            \
    X(tr26, "what is watched again after a collection comes twice")                                \
    X(tr27, "overlapping slots are copied upwards in either direction")                            \
    X(tr28, "of weak objects that two threads make at once one is not listed")                     \
    X(tr29, "ephemerons that are reached by values of ephemerons are not looked at")               \
    X(tr30, "what waits for its finalizer and has no slots is not kept")                           \
    X(tr31, "weak objects whose target is a weak object are not cleared")                          \
    X(tr32, "a clone has the mark of before its memory was found")                                 \
    X(tr33, "the name of a clone is cleared before there is memory")

#define KIT_FAULTS_MOVING(X)                                                                       \
    X(mv1, "one slot in a thousand is not forwarded")                                              \
    X(mv2, "the names of other threads are not updated")                                           \
    X(mv14, "a clone is made of where the original was before its memory was found")               \
    X(mv15, "a reference kept over a poll stays what it was")                                      \
    X(mv16, "the buffer of a blocked thread stays where it was")                                   \
    X(mv17, "the last word of an object of odd size is not copied")                                \
    X(mv18, "what is watched is not found again where it went")                                    \
    X(mv19, "a weak object is made of where its target was before memory was found")               \
    X(mv20, "a clone of what is watched looks watched too")                                        \
    X(mv21, "the last KiB of many bytes is not copied")

#define KIT_FAULTS_THREADS(X)                                                                      \
    X(th1, "who detaches during a stop stays counted as safe")                                     \
    X(th2, "who comes back from blocking does not wait for a stop to end")                         \
    X(th3, "who attached during a stop is not counted, and is taken off when it leaves")           \
    X(th4, "what a thread left is adopted by nobody")                                              \
    X(th5, "a thread that was out of memory once never collects again")                            \
    X(th6, "the queues that a detached thread left are looked at by nobody")                       \
    X(th7, "who attaches during a stop does not wait for its end")                                 \
    X(th8, "who asked for a stop is not woken by the last one to stop")                            \
    X(th9, "of two that ask for a stop at once the second counts as running")                      \
    X(th10, "of nine threads the one that was the latest before is looked at no more")             \
    X(th11, "who is refused the memory of its names counts as attached")

#define KIT_FAULTS_REPORTING(X)                                                                    \
    X(rp1, "stops are not reported")                                                               \
    X(rp2, "half of each stop is reported")                                                        \
    X(rp3, "less memory is reported than is held")                                                 \
    X(rp4, "the census takes the dead for reachable")                                              \
    X(rp5, "a descriptor is left open at close")                                                   \
    X(rp6, "the counters of a detached thread are lost")                                           \
    X(rp7, "a forced collection does not plan the next one")                                       \
    X(rp8, "collections for want of memory are not counted")                                       \
    X(rp9, "the walk leaves large objects out")                                                    \
    X(rp10, "the census counts bytes twice")                                                       \
    X(rp11, "the queue is not freed at close")                                                     \
    X(rp12, "without a limit the capacity grows at each collection")

#define KIT_FAULTS_SCALING(X)                                                                      \
    X(sc1, "all weak objects are in one chain")                                                    \
    X(sc2, "the mark stack has no room, and each object is looked for in the whole heap")          \
    X(sc3, "the tree of waiting ephemerons goes to one side")

#define KIT_FAULTS(X)                                                                              \
    KIT_FAULTS_COUNTING(X)                                                                         \
    KIT_FAULTS_CYCLES(X)                                                                           \
    KIT_FAULTS_ALLOCATOR(X)                                                                        \
    KIT_FAULTS_SCALING(X)                                                                          \
    KIT_FAULTS_TRACING(X)                                                                          \
    KIT_FAULTS_MOVING(X)                                                                           \
    KIT_FAULTS_THREADS(X)                                                                          \
    KIT_FAULTS_REPORTING(X)

/* Narrower where all is: how much the bounded buffers of faulty collectors hold, and the bits of a
 * faulty count. */
enum { KIT_FAULT_ROOM = KIT_NARROWED(64, 4), KIT_FAULT_COUNT_BITS = KIT_NARROWED(16, 4) };
enum { KIT_FAULT_THREADS = 8 };

#ifdef KIT_PLANTED

enum kit_fault {
    KIT_FAULT_none,
#define KIT_FAULT_ENUM(id, words) KIT_FAULT_##id,
    KIT_FAULTS(KIT_FAULT_ENUM)
#undef KIT_FAULT_ENUM
};

extern enum kit_fault kit_planted;
bool kit_fault_once_in(uint64_t times); /* true at each so many-th call */

/* Addresses that a fault keeps, the latest KIT_FAULT_ROOM; by any thread. Forget: was it among
 * them? Recall: one of them, which is forgotten, or null. */
void kit_fault_remember(void *address);
bool kit_fault_forget(const void *address);
void *kit_fault_recall(void);

#define HM_FAULT(id) (kit_planted == KIT_FAULT_##id)
#define HM_FAULT_ONCE_IN(id, times) (HM_FAULT(id) && kit_fault_once_in(times))

#else

#define HM_FAULT(id) 0
#define HM_FAULT_ONCE_IN(id, times) 0

static inline void kit_fault_remember(void *address)
{
    (void)address;
}

static inline bool kit_fault_forget(const void *address)
{
    (void)address;
    return false;
}

static inline void *kit_fault_recall(void)
{
    return NULL;
}

#endif

#endif
