/* SPDX-License-Identifier: MIT
 *
 * Small machine stacks: what recurses over a structure overflows them in chains of some thousand
 * objects, and not only in those of a hundred thousand. Half of the programs have them; a collector
 * that needs much stack whatever the structure still runs in the other half.
 *
 * The first thread's stack grows up to a limit that holds from now on; those of others are made so.
 * What a collector's own threads have is not touched.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/sanitized.h"
#include "check/session.h"

#define SMALL_STACK_BYTES (UINT64_C(256) << 10)

/* Sanitizers make frames several times as large. */
#define STACKS_MAY_BE_SMALL (!SANITIZED_ADDRESS && !SANITIZED_THREAD)

/* Where the first thread's stack begins: above its first frame, where arguments and environment
 * are. 0: not known. */
static uintptr_t first_stack_end(void)
{
    char line[512];
    unsigned long start, end, found = 0;
    FILE *file = fopen("/proc/self/maps", "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strstr(line, "[stack]") != NULL && sscanf(line, "%lx-%lx", &start, &end) == 2)
            found = end;
    if (file != NULL)
        fclose(file);
    return found;
}

void stacks_begin(struct check_session *session)
{
    struct rlimit limit;
    uintptr_t end = first_stack_end(), here = (uintptr_t)&limit;
    if (!STACKS_MAY_BE_SMALL || session->program->seed / 2 % 2 != 0 || end < here)
        return;
    session->stack_bytes = SMALL_STACK_BYTES;
    if (getrlimit(RLIMIT_STACK, &limit) != 0)
        return;
    rlim_t wanted = end - here + SMALL_STACK_BYTES;
    if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > wanted) {
        limit.rlim_cur = wanted;
        setrlimit(RLIMIT_STACK, &limit);
    }
}

bool stacks_start_thread(const struct check_session *session, pthread_t *thread,
                         void *(*run)(void *user), void *user)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    if (session->stack_bytes != 0)
        pthread_attr_setstacksize(&attributes, session->stack_bytes);
    bool fine = pthread_create(thread, &attributes, run, user) == 0;
    pthread_attr_destroy(&attributes);
    return fine;
}
