/* SPDX-License-Identifier: MIT
 *
 * The words of the contract: references, names, spares, shapes.
 *
 * Names own, references borrow. A name is a cell on a thread's name stack that owns a
 * reference (a root, a handle); a reference is an object, borrowed; how long it is good is
 * the borrow rule in operations.h. That one distinction lets a count be exact, lets an
 * object move, and costs a tracing collector nothing.
 */
#ifndef HEAPMARK_TYPES_H
#define HEAPMARK_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The one way to say that a fast path is inlined, whatever the compiler's taste. A `static
 * inline` is a hint: one more store in a fast path has made gcc drop it and doubled its cost. */
#define HM_INLINE static inline __attribute__((always_inline, unused))
/* Kernels: a function that calls itself is never inlined into itself, whichever collector it is
 * compiled against; left to the compiler, the size of a fast path decides, and a walk costs 1.0
 * or 2.6 ns a node for no reason that the collector has. */
#define HM_RECURSIVE static __attribute__((noinline))
/* Slow paths: out of line, away from the code that runs. */
#define HM_COLD __attribute__((noinline, cold))
#define HM_LIKELY(condition) __builtin_expect(!!(condition), 1)
#define HM_UNLIKELY(condition) __builtin_expect(!!(condition), 0)

/* An object, borrowed. The bits are the collector's own: an address, an index, a token.
 * Zero is null. A workload never computes with them and compares objects by hm_same. */
typedef struct hm_ref {
    uintptr_t bits;
} hm_ref;

/* A cell that owns a reference. Its bits are the reference; zero is null. Names lie in
 * frames on their thread's name stack, and nowhere else; no other thread touches them. */
typedef struct hm_name {
    uintptr_t bits;
} hm_name;

/* A cell in which a collector that cannot lend a bare reference keeps a borrow alive (a
 * JVM's local reference, a slot of Lua's stack). Collectors that lend never touch it. */
typedef struct hm_spare {
    uintptr_t bits;
} hm_spare;

/* One thread of a workload, attached to a heap; see mutator_head.h. */
typedef struct hm_mutator hm_mutator;
/* A heap that a collector manages; see plugin.h. */
typedef struct hm_heap hm_heap;

static const hm_ref hm_null = {0};

/* Does the reference refer to no object? */
HM_INLINE bool hm_is_null(hm_ref ref)
{
    return ref.bits == 0;
}

/* Borrow what the name owns; null when it owns nothing. No call in any collector. */
HM_INLINE hm_ref hm_at(const hm_name *name)
{
    return (hm_ref){name->bits};
}

/* What hm_new_n's n counts. */
enum hm_vary {
    HM_FIXED,      /* nothing: only hm_new makes this shape */
    HM_VARY_SLOTS, /* reference slots: slots == 0 and bytes == 0 in the shape, n slots in the object
                    */
    HM_VARY_BYTES, /* payload bytes: bytes == 0 in the shape, n bytes in the object */
};

/* What a program would call the object. A collector may use it (an adapter picks a class of
 * its runtime by it) or not. */
enum hm_hint {
    HM_NUMBER,
    HM_STRING,
    HM_LIST,
    HM_DICTIONARY,
    HM_INSTANCE,
};

/* What an object looks like: reference slots first, then payload. `static const` in the
 * workload, so that an inline kernel folds the sizes into its fast paths.
 *
 * Words are numbered through: slots are 0 … slots-1, payload words follow at slots,
 * slots+1, …; so one enum names both, and a payload word lies at a constant place. Bytes are
 * numbered likewise: payload byte k is at offset slots * 8 + k.
 *
 * The varying part has no fixed beginning (docs/decisions/0002-shapes.md): a list that has
 * two fixed slots and n more asks for n + 2. Objects whose slots vary have no payload. */
struct hm_shape {
    uint32_t id;       /* index in the workload's list of shapes */
    uint32_t slots;    /* reference slots */
    uint32_t bytes;    /* payload bytes; whole words are addressed by hm_word */
    enum hm_vary vary; /* what n of hm_new_n counts */
    enum hm_hint hint;
    const char *name; /* for people: "node", "entry" */
};

/* Bytes of payload word `word` from the object's first field, for hm_read and hm_write. */
#define HM_OFFSET(word) ((size_t)(word) * sizeof(uint64_t))

/* What an object of this shape costs in the contract's nominal arithmetic: one header word,
 * the slots, the payload rounded up to words. Workloads state their live bytes in it;
 * collectors may need more or less. */
HM_INLINE uint64_t hm_nominal_bytes(const struct hm_shape *shape, uint64_t n)
{
    uint64_t slots = shape->vary == HM_VARY_SLOTS ? n : shape->slots;
    uint64_t bytes = shape->vary == HM_VARY_BYTES ? n : shape->bytes;
    return sizeof(uint64_t) * (1 + slots) + ((bytes + 7) & ~(uint64_t)7);
}

#endif
