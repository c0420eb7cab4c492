/* SPDX-License-Identifier: MIT
 *
 * Where a program's heap lies: the kernel maps what is asked for below all that is there, and in
 * gaps that are large enough. What is there depends on who runs the program: `check` has done other
 * things before than `replay`. So gaps are closed, and the next mapping begins at a round address,
 * which is the same for both where addresses are not drawn (command/layout.h).
 *
 * It costs address space, of which a limit on it (RLIMIT_AS) may leave too little: then all stays
 * as it is. Memory it costs none.
 */
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "check/session.h"

#define ROUND_BYTES (UINT64_C(1) << 30)
enum { MOST_GAPS = 4096 };

static uintptr_t reserve(uintptr_t at, uint64_t bytes)
{
    int fixed = at == 0 ? 0 : MAP_FIXED_NOREPLACE;
    void *there = mmap((void *)at, bytes, PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | fixed, -1, 0);
    return there == MAP_FAILED ? 0 : (uintptr_t)there;
}

static bool is_limited(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur != RLIM_INFINITY;
}

void layout_settle(void)
{
    uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    uintptr_t below = is_limited() ? 0 : reserve(0, ROUND_BYTES);
    if (below == 0)
        return;
    munmap((void *)below, ROUND_BYTES);
    uintptr_t end = below + ROUND_BYTES, start = below & ~(ROUND_BYTES - 1);
    reserve(start, end - start);
    uint32_t gaps = 0;
    for (uint64_t bytes = ROUND_BYTES; bytes >= page_bytes; bytes /= 2) {
        uintptr_t gap;
        while ((gap = reserve(0, bytes)) >= end && gaps++ < MOST_GAPS)
            continue;
        if (gap != 0 && gap < end)
            munmap((void *)gap, bytes);
    }
}
