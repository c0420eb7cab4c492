/* SPDX-License-Identifier: MIT
 *
 * Hooks for stress testing; see hooks.h. Compiled with KIT_HOOKS only.
 */
#include <kit/hooks.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <kit/narrow.h>
#include <kit/poison.h>

/* No lock bit, no mark of a forwarded object; as an address none of a user's. */
static const uint64_t PATTERN = UINT64_C(0xdededededededede);

/* All heaps of a process have the same host. */
static const struct hm_host *_Atomic host;

void kit_hooks_open(const struct hm_host *opened)
{
    atomic_store(&host, opened);
}

/* ---- phases ---- */

void kit_phase(enum hm_phase phase)
{
    const struct hm_host *told = atomic_load_explicit(&host, memory_order_acquire);
    if (told != NULL && HM_COVERS(told, phase) && told->phase != NULL)
        told->phase(told, phase);
}

void kit_phase_unlocked(enum hm_phase phase, pthread_mutex_t *lock)
{
    pthread_mutex_unlock(lock);
    kit_phase(phase);
    pthread_mutex_lock(lock);
}

/* ---- filling ---- */

static _Noreturn void broken(const char *what, const void *at, uint64_t word)
{
    char sentence[160];
    const struct hm_host *told = atomic_load(&host);
    snprintf(sentence, sizeof sentence, "%s: at %p is %#llx", what, at, (unsigned long long)word);
    told->fail(told, sentence);
}

KIT_TOUCHES_POISONED void kit_fill(void *memory, size_t bytes)
{
    kit_poisoned_word *words = memory;
    KIT_TOUCH_BEGIN();
    for (size_t i = 0; i < bytes / sizeof *words; i++)
        words[i] = PATTERN;
    KIT_TOUCH_END();
}

KIT_TOUCHES_POISONED void kit_check_filled(const void *memory, size_t bytes)
{
    const kit_poisoned_word *words = memory;
    KIT_TOUCH_BEGIN();
    for (size_t i = 0; i < bytes / sizeof *words; i++) {
        uint64_t word = words[i];
        if (word != PATTERN && word != 0)
            broken("free memory was written", (const uint64_t *)memory + i, word);
    }
    KIT_TOUCH_END();
}

void kit_check_object(const void *object, uint32_t layout, size_t bytes)
{
    const uint64_t *words = object;
    size_t last = bytes / sizeof *words - 1;
    if (layout == 0)
        broken("what is free is freed again", object, words[0]);
    /* Of an object without fields the detector of cycles uses the word after its header. */
    if (last > 1 && words[last] != 0)
        broken("the word after an object was written", &words[last], words[last]);
}

/* Each stretch costs the system an entry of its table, which has an end: not with tiny blocks. */
enum { HIDES = KIT_NARROWED(1, 0) };

void kit_hide(void *memory, size_t bytes)
{
    if (HIDES)
        (void)mprotect(memory, bytes, PROT_NONE);
}

void kit_show(void *memory, size_t bytes)
{
    if (HIDES && mprotect(memory, bytes, PROT_READ | PROT_WRITE) != 0)
        abort();
}

/* ---- failures ---- */

struct failure {
    const char *variable;
    _Atomic uint64_t count;
    uint64_t at; /* 0: never */
    bool after;  /* and each time after that */
};

static struct failure map = {.variable = "HEAPMARK_FAIL_MAP"};
static struct failure thread = {.variable = "HEAPMARK_FAIL_THREAD"};

static void read_failure(struct failure *failure)
{
    const char *text = getenv(failure->variable);
    char *end = NULL;
    if (text == NULL)
        return;
    failure->at = strtoull(text, &end, 10);
    failure->after = *end == '+';
    if (failure->at == 0 || end[failure->after] != '\0') {
        fprintf(stderr, "%s: '%s' is no number from 1 on, with '+' behind it or not\n",
                failure->variable, text);
        abort();
    }
}

__attribute__((constructor)) static void choose(void)
{
    read_failure(&map);
    read_failure(&thread);
}

/* Whoever tries one k after the other is done when nothing was refused. */
static void tell_refused(void)
{
    const struct hm_host *told = atomic_load_explicit(&host, memory_order_acquire);
    if (told != NULL && HM_COVERS(told, refused) && told->refused != NULL)
        told->refused(told);
}

static bool fails(struct failure *failure)
{
    if (failure->at == 0)
        return false;
    uint64_t count = atomic_fetch_add(&failure->count, 1) + 1;
    if (count != failure->at && !(failure->after && count > failure->at))
        return false;
    tell_refused();
    return true;
}

bool kit_map_fails(void)
{
    return fails(&map);
}

bool kit_thread_fails(void)
{
    return fails(&thread);
}
