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

/* Valgrind is asked in builds for stress testing only: its requests are some instructions of each
 * allocation, whether it runs or not. Without its headers nothing is asked. */
#if !defined(KIT_ADDRESS_SANITIZER) && defined(KIT_HOOKS) && defined(__has_include)
#if __has_include(<valgrind/memcheck.h>)
#define KIT_VALGRIND 1
#endif
#endif

#ifdef KIT_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>

enum { KIT_POISONS = 1 };

/* A function that may touch what is poisoned, between begin and end, and words that it does so by:
 * no compiler makes of them a call of memset(), which is told of by the sanitizer. */
#define KIT_TOUCHES_POISONED __attribute__((no_sanitize("address")))
#define KIT_TOUCH_BEGIN() ((void)0)
#define KIT_TOUCH_END() ((void)0)
typedef volatile uint64_t kit_poisoned_word;

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

#elif defined(KIT_VALGRIND)
#include <valgrind/memcheck.h>

enum { KIT_POISONS = 1 };

/* By thread; what is read there all the same counts as defined. */
#define KIT_TOUCHES_POISONED
#define KIT_TOUCH_BEGIN() VALGRIND_DISABLE_ERROR_REPORTING
#define KIT_TOUCH_END() VALGRIND_ENABLE_ERROR_REPORTING
typedef uint64_t kit_poisoned_word;

HM_INLINE uint64_t kit_read_poisoned(const uint64_t *word)
{
    KIT_TOUCH_BEGIN();
    uint64_t value = *(const volatile uint64_t *)word;
    KIT_TOUCH_END();
    return value;
}

HM_INLINE void kit_write_poisoned(uint64_t *word, uint64_t value)
{
    KIT_TOUCH_BEGIN();
    *(volatile uint64_t *)word = value;
    KIT_TOUCH_END();
}

HM_INLINE void kit_poison(const void *memory, size_t bytes)
{
    VALGRIND_MAKE_MEM_NOACCESS(memory, bytes);
}

/* What is there is filled, zero or about to be written: the kit never reads what nobody wrote. */
HM_INLINE void kit_unpoison(const void *memory, size_t bytes)
{
    VALGRIND_MAKE_MEM_DEFINED(memory, bytes);
}

#else

enum { KIT_POISONS = 0 };

#define KIT_TOUCHES_POISONED
#define KIT_TOUCH_BEGIN() ((void)0)
#define KIT_TOUCH_END() ((void)0)
typedef uint64_t kit_poisoned_word;

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
