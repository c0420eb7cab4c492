/* SPDX-License-Identifier: MIT
 *
 * Makes the kit's own heap visible to AddressSanitizer and valgrind: memory that came from
 * mmap is fair game to both until it is told apart. Free cells, free blocks and the rest of a
 * bump region are poisoned; allocation unpoisons. Nothing in a build without them.
 */
#ifndef HEAPMARK_KIT_POISON_H
#define HEAPMARK_KIT_POISON_H

#include <stddef.h>

#include <heapmark/types.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KIT_ADDRESS_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define KIT_ADDRESS_SANITIZER 1
#endif

#ifdef KIT_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>

enum { KIT_POISONS = 1 };

/* The kit's own lists run through poisoned cells: these two touch a word of one. */
static __attribute__((noinline, unused, no_sanitize("address"))) uint64_t
kit_read_poisoned(const uint64_t *word)
{
    return *word;
}

static __attribute__((noinline, unused, no_sanitize("address"))) void
kit_write_poisoned(uint64_t *word, uint64_t value)
{
    *word = value;
}

HM_INLINE void kit_poison(const void *memory, size_t bytes)
{
    __asan_poison_memory_region(memory, bytes);
}

HM_INLINE void kit_unpoison(const void *memory, size_t bytes)
{
    __asan_unpoison_memory_region(memory, bytes);
}

#else

enum { KIT_POISONS = 0 };

HM_INLINE uint64_t kit_read_poisoned(const uint64_t *word)
{
    return *word;
}

HM_INLINE void kit_write_poisoned(uint64_t *word, uint64_t value)
{
    *word = value;
}

HM_INLINE void kit_poison(const void *memory, size_t bytes)
{
    (void)memory;
    (void)bytes;
}

HM_INLINE void kit_unpoison(const void *memory, size_t bytes)
{
    (void)memory;
    (void)bytes;
}

#endif

#endif
