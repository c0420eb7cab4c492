/* SPDX-License-Identifier: MIT
 *
 * Strings whose content is known: words that count up from a first one. The sum over what is read
 * tells whether a byte is wrong, and is known without a heap.
 */
#ifndef HEAPMARK_WORKLOADS_TEXT_H
#define HEAPMARK_WORKLOADS_TEXT_H

#include <heapmark/mutator.h>

#include "random.h"

enum { TEXT_CHUNK_BYTES = 64 };

struct text {
    uint64_t first; /* its first word */
    size_t bytes;   /* the last word may be cut short */
};

/* The sum of its words, a last one that is cut short read as if zeroes followed. */
HM_INLINE uint64_t text_sum(struct text text)
{
    uint64_t words = text.bytes / 8;
    uint64_t sum = words * text.first + words * (words - 1) / 2;
    if (text.bytes % 8 != 0)
        sum += (text.first + words) & ((UINT64_C(1) << (8 * (text.bytes % 8))) - 1);
    return sum;
}

/* Bind a new string to the name; `shape` varies in bytes. As a program does it: put together
 * in pieces elsewhere, and copied in. */
HM_INLINE void text_make(hm_mutator *m, hm_name *name, const struct hm_shape *shape,
                         struct text text)
{
    uint64_t words[TEXT_CHUNK_BYTES / 8];
    uint64_t word = text.first;
    hm_ref string = hm_new_n(m, name, shape, text.bytes);
    for (size_t at = 0; at < text.bytes; at += TEXT_CHUNK_BYTES) {
        size_t left = text.bytes - at;
        for (size_t i = 0; i < TEXT_CHUNK_BYTES / 8; i++)
            words[i] = word++;
        hm_write(m, string, at, words, left < TEXT_CHUNK_BYTES ? left : TEXT_CHUNK_BYTES);
    }
}

/* What text_sum says, read from the string. Sums are of little-endian words. */
HM_INLINE uint64_t text_read(hm_mutator *m, hm_ref string)
{
    uint64_t sum = 0;
    size_t bytes = hm_length(m, string);
    for (size_t at = 0; at < bytes; at += TEXT_CHUNK_BYTES) {
        uint64_t words[TEXT_CHUNK_BYTES / 8] = {0};
        size_t left = bytes - at;
        hm_read(m, string, at, words, left < TEXT_CHUNK_BYTES ? left : TEXT_CHUNK_BYTES);
        for (size_t i = 0; i < TEXT_CHUNK_BYTES / 8; i++)
            sum += words[i];
    }
    return sum;
}

#endif
