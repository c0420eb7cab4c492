/* SPDX-License-Identifier: MIT
 *
 * Planted faults: classic bugs of collectors, each a condition that is constant, so that nothing of
 * it is left in a build without KIT_PLANTED. They prove that stress testing finds what it is for.
 *
 *     if (!HM_FAULT(rc1))
 *         increment(…);
 *
 * In a build with KIT_PLANTED the environment's HEAPMARK_FAULT names the one that is planted; none
 * without it. Who carries each, and which properties it breaks: tests/faults/faults.csv.
 */
#ifndef HEAPMARK_KIT_FAULT_H
#define HEAPMARK_KIT_FAULT_H

/* A block for each family: X(id, "what is wrong"). */
#define KIT_FAULTS_COUNTING(X)                                                                     \
    X(rc1, "a slot that is set takes no count")                                                    \
    X(rc2, "a slot that is set drops the old value before it owns the new one")                    \
    X(rc3, "the old value of a slot that is set is not dropped")                                   \
    X(rc4, "the old value of a name that is bound is not dropped")                                 \
    X(rc5, "what the names of a popped frame own is not dropped")

#define KIT_FAULTS(X) KIT_FAULTS_COUNTING(X)

#ifdef KIT_PLANTED

enum kit_fault {
    KIT_FAULT_none,
#define KIT_FAULT_ENUM(id, words) KIT_FAULT_##id,
    KIT_FAULTS(KIT_FAULT_ENUM)
#undef KIT_FAULT_ENUM
};

extern enum kit_fault kit_planted;
#define HM_FAULT(id) (kit_planted == KIT_FAULT_##id)

#else

#define HM_FAULT(id) 0

#endif

#endif
