/* SPDX-License-Identifier: MIT
 *
 * Which fault is planted; see fault.h. Compiled with KIT_PLANTED only.
 */
#include <kit/fault.h>

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
