/* SPDX-License-Identifier: MIT
 *
 * Which fault is planted; see fault.h. Compiled with KIT_PLANTED only.
 */
#include <kit/fault.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kit_fault kit_planted = KIT_FAULT_none;

static const char *const names[] = {"none",
#define NAME(id, words) #id,
                                    KIT_FAULTS(NAME)
#undef NAME
};

bool kit_fault_once_in(uint64_t times)
{
    static _Atomic uint64_t calls;
    return (atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed) + 1) % times == 0;
}

/* ---- addresses that a fault keeps, of the latest first ---- */

static struct {
    pthread_mutex_t lock;
    void *ring[KIT_FAULT_ROOM];
    size_t next;
} kept = {.lock = PTHREAD_MUTEX_INITIALIZER};

void kit_fault_remember(void *address)
{
    pthread_mutex_lock(&kept.lock);
    kept.ring[kept.next++ % KIT_FAULT_ROOM] = address;
    pthread_mutex_unlock(&kept.lock);
}

bool kit_fault_forget(const void *address)
{
    bool found = false;
    pthread_mutex_lock(&kept.lock);
    for (size_t i = 0; i < KIT_FAULT_ROOM && !found; i++)
        if (kept.ring[i] == address) {
            kept.ring[i] = NULL;
            found = true;
        }
    pthread_mutex_unlock(&kept.lock);
    return found;
}

void *kit_fault_recall(void)
{
    void *address = NULL;
    pthread_mutex_lock(&kept.lock);
    for (size_t i = 0; i < KIT_FAULT_ROOM && address == NULL; i++) {
        kept.next = (kept.next + KIT_FAULT_ROOM - 1) % KIT_FAULT_ROOM;
        address = kept.ring[kept.next];
        kept.ring[kept.next] = NULL;
    }
    pthread_mutex_unlock(&kept.lock);
    return address;
}

__attribute__((constructor)) static void choose(void)
{
    const char *asked = getenv("HEAPMARK_FAULT");
    if (asked == NULL)
        return;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], asked) == 0) {
            kit_planted = (enum kit_fault)i;
            return;
        }
    fprintf(stderr, "HEAPMARK_FAULT: there is no planted fault '%s'\n", asked);
    abort();
}
