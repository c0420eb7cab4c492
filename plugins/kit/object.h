/* SPDX-License-Identifier: MIT
 *
 * The kit's object: one header word, the slots, the payload.
 *
 *     +0   word 0..31   the collector's own 32 bits: a count, a mark, a forwarding tag
 *          word 32..63  layout: how many slots and payload bytes follow; never 0, never changes
 *     +8   slots, 8 bytes each; then payload, rounded up to whole words
 *
 * A reference's bits are the header's address, 8-byte aligned. The two halves of the header are
 * separate memory locations: a collector may write its half while others read the layout.
 *
 * Layouts (2 bits of kind, 30 of size):
 *     MIXED  15 bits slots, 15 bits payload words: fixed shapes with both
 *     SLOTS  30 bits slots, no payload
 *     BYTES  30 bits payload bytes, no slots
 *     TAIL   8 bits slots, 22 bits payload bytes: some slots and a payload that varies
 */
#ifndef HEAPMARK_KIT_OBJECT_H
#define HEAPMARK_KIT_OBJECT_H

#include <string.h>

#include <kit/fault.h>
#include <kit/hooks.h>

enum kit_layout_kind {
    KIT_MIXED = 0,
    KIT_SLOTS = 1,
    KIT_BYTES = 2,
    KIT_TAIL = 3,
};

enum {
    KIT_HEADER_BYTES = 8,
    KIT_GRANULE_BYTES = 8,
    KIT_MIXED_MOST = (1 << 15) - 1, /* slots, and payload words, of a mixed object */
    KIT_TAIL_MOST_SLOTS = (1 << 8) - 1,
    KIT_TAIL_MOST_BYTES = (1 << 22) - 1,
    KIT_MOST = (1 << 30) - 1, /* slots, or bytes, of an object that has nothing else */
};

struct kit_object {
    uint32_t own;
    uint32_t layout;
    uint64_t fields[];
};

#define KIT_LAYOUT(kind, size) (((uint32_t)(size) << 2) | (uint32_t)(kind))

HM_INLINE struct kit_object *kit_object(hm_ref ref)
{
    return (struct kit_object *)ref.bits;
}

/* The fields of a new object of so many bytes. al3: not the first, where a free cell has its link.
 */
HM_INLINE void kit_clear_fields(struct kit_object *object, size_t bytes)
{
    size_t from = HM_FAULT(al3) && bytes > KIT_HEADER_BYTES ? 1 : 0;
    memset(object->fields + from, 0, bytes - KIT_HEADER_BYTES - 8 * from);
}

HM_INLINE hm_ref kit_ref(const struct kit_object *object)
{
    return (hm_ref){(uintptr_t)object};
}

/* The layout of an object of this shape with n; folds to a constant for a fixed shape. An empty
 * MIXED object would be 0, so what has no slots is BYTES and what has no payload is SLOTS. */
HM_INLINE uint32_t kit_layout(const struct hm_shape *shape, size_t n)
{
    if (shape->vary == HM_VARY_SLOTS)
        return KIT_LAYOUT(KIT_SLOTS, n);
    if (shape->vary == HM_VARY_BYTES)
        return shape->slots == 0 ? KIT_LAYOUT(KIT_BYTES, n)
                                 : KIT_LAYOUT(KIT_TAIL, (n << 8) | shape->slots);
    if (shape->slots == 0)
        return KIT_LAYOUT(KIT_BYTES, shape->bytes);
    if (shape->bytes == 0)
        return KIT_LAYOUT(KIT_SLOTS, shape->slots);
    return KIT_LAYOUT(KIT_MIXED, (((shape->bytes + 7) / 8) << 15) | shape->slots);
}

/* Can the header say it? Checked for the shapes at open, and on the slow path for each n. */
HM_INLINE bool kit_fits(const struct hm_shape *shape, size_t n)
{
    if (shape->vary == HM_VARY_SLOTS)
        return n <= KIT_MOST;
    if (shape->vary == HM_VARY_BYTES)
        return shape->slots == 0 ? n <= KIT_MOST
                                 : n <= KIT_TAIL_MOST_BYTES && shape->slots <= KIT_TAIL_MOST_SLOTS;
    if (shape->slots == 0 || shape->bytes == 0)
        return shape->slots <= KIT_MOST && shape->bytes <= KIT_MOST;
    return shape->slots <= KIT_MIXED_MOST && (shape->bytes + 7) / 8 <= KIT_MIXED_MOST;
}

/* The commonest kind first: two tests and a shift for what has slots and nothing else. */
HM_INLINE size_t kit_layout_slots(uint32_t layout)
{
    uint32_t size = layout >> 2;
    uint32_t kind = layout & 3;
    if (kind == KIT_SLOTS)
        return size;
    if (kind == KIT_BYTES)
        return 0;
    return kind == KIT_MIXED ? size & KIT_MIXED_MOST : size & KIT_TAIL_MOST_SLOTS;
}

/* Bytes of the object, header and redzone included, a multiple of the granule. */
HM_INLINE size_t kit_layout_bytes(uint32_t layout)
{
    size_t size = layout >> 2;
    size_t words = 0;
    switch ((enum kit_layout_kind)(layout & 3)) {
    case KIT_MIXED:
        words = (size & KIT_MIXED_MOST) + (size >> 15);
        break;
    case KIT_SLOTS:
        words = size;
        break;
    case KIT_BYTES:
        words = (size + 7) / 8;
        break;
    case KIT_TAIL:
        words = (size & KIT_TAIL_MOST_SLOTS) + ((size >> 8) + 7) / 8;
        break;
    }
    return KIT_HEADER_BYTES + 8 * words + KIT_REDZONE_BYTES;
}

/* The same, from the shape; folds to a constant for a fixed shape. An n that no layout can say
 * is more bytes than there are, so that no fast path has room for it. */
HM_INLINE size_t kit_shape_bytes(const struct hm_shape *shape, size_t n)
{
    if (HM_UNLIKELY(n > KIT_MOST))
        return SIZE_MAX / 2;
    size_t slots = shape->vary == HM_VARY_SLOTS ? n : shape->slots;
    size_t bytes = shape->vary == HM_VARY_BYTES ? n : shape->bytes;
    return KIT_HEADER_BYTES + 8 * (slots + (bytes + 7) / 8) + KIT_REDZONE_BYTES;
}

HM_INLINE hm_ref *kit_slots(hm_ref obj)
{
    return (hm_ref *)kit_object(obj)->fields;
}

/* ---- the payload operations, the same for every collector with this object ---- */

HM_INLINE uint64_t kit_word(hm_ref obj, size_t word)
{
    return kit_object(obj)->fields[word];
}

HM_INLINE void kit_put_word(hm_ref obj, size_t word, uint64_t value)
{
    kit_object(obj)->fields[word] = value;
}

HM_INLINE void kit_read(hm_ref obj, size_t offset, void *to, size_t bytes)
{
    memcpy(to, (const char *)kit_object(obj)->fields + offset, bytes);
}

HM_INLINE void kit_write(hm_ref obj, size_t offset, const void *from, size_t bytes)
{
    memcpy((char *)kit_object(obj)->fields + offset, from, bytes);
}

/* n as given to hm_new_n; for objects of varying shapes only. */
HM_INLINE size_t kit_length(hm_ref obj)
{
    uint32_t layout = kit_object(obj)->layout;
    size_t size = layout >> 2;
    switch ((enum kit_layout_kind)(layout & 3)) {
    case KIT_SLOTS:
    case KIT_BYTES:
        return size;
    case KIT_TAIL:
        return size >> 8;
    case KIT_MIXED:
        break;
    }
    return 0;
}

#endif
