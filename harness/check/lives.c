/* SPDX-License-Identifier: MIT
 *
 * Lifetime: a closed heap leaves no descriptor, thread or memory behind.
 *
 * Descriptors and threads are counted before the first open and after the close. Memory is judged
 * by a few lives more, one like the other: what one of them leaves, all of them leave, so a leak
 * grows from life to life, while what is set up once for a process does not.
 */
#include <dirent.h>
#include <inttypes.h>
#include <malloc.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/sanitized.h"
#include "check/session.h"

/* What malloc keeps for its threads (7 pieces of a size) counts as given out: so growth is judged
 * after a few lives. */
enum { LIVES = 24, MOST_LIVES = 120, FIRST_JUDGED = 14, MOST_NAMES = 64 };
/* What such a life leaves alive for the next one, at the most: the large objects of pockets.c. */
#define MOST_OWNED_BYTES (UINT64_C(4) << 20)
#define PATIENCE_NS UINT64_C(2000000000)

static size_t entries(const char *folder)
{
    DIR *stream = opendir(folder);
    size_t count = 0;
    CHECK(stream != NULL, "%s", folder);
    while (readdir(stream) != NULL)
        count++;
    closedir(stream);
    return count;
}

void lives_begin(struct check_session *session)
{
    session->descriptors = entries("/proc/self/fd");
}

/* ThreadSanitizer's runtime has threads of its own, more of them in a process that was forked. */
#define THREADS_ARE_KNOWN (!SANITIZED_THREAD)

/* Beside this one. A thread that was joined may still be seen for a moment. */
static size_t threads_left(void)
{
    enum { NAMES_BESIDE = 3 }; /* of the folder: its own two, and this thread's */
    uint64_t end_ns = clock_now_ns() + PATIENCE_NS;
    size_t count;
    while ((count = entries("/proc/self/task")) > NAMES_BESIDE && THREADS_ARE_KNOWN &&
           clock_now_ns() < end_ns)
        sched_yield();
    return THREADS_ARE_KNOWN ? count - NAMES_BESIDE : 0;
}

/* ---- memory ---- */

struct memory {
    uint64_t mapped, allocated; /* address space; what malloc has given out */
};

/* AddressSanitizer keeps what was freed, and maps more for it: what is mapped says nothing then. */
static struct memory memory_now(void)
{
    unsigned long pages = 0;
    if (SANITIZED_ADDRESS)
        return (struct memory){0, mallinfo2().uordblks};
    FILE *file = fopen("/proc/self/statm", "re");
    CHECK(file != NULL && fscanf(file, "%lu", &pages) == 1, "%s", "/proc/self/statm");
    fclose(file);
    return (struct memory){(uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE), mallinfo2().uordblks};
}

void lives_memory(uint64_t *mapped, uint64_t *allocated)
{
    struct memory now = memory_now();
    *mapped = now.mapped;
    *allocated = now.allocated;
}

bool lives_attached(struct check_session *session, void (*live)(void *user, hm_mutator *m),
                    void *user)
{
    struct hm_refusal refusal = {0};
    struct hm_landing landing;
    hm_heap *heap = session->heap;
    check_beat(session);
    hm_mutator *m = heap->ops->attach(heap, 0, session->threads[0].log, &refusal);
    if (m == NULL && !refusal.out_of_memory)
        check_broken(session, NULL, HM_PROPERTY_LIFETIME,
                     "attach is refused in a heap that was opened again: %s", refusal.sentence);
    if (m == NULL && session->can.frees)
        judge_attach_out_of_memory(session, NULL, HM_PROPERTY_LIFETIME, MOST_OWNED_BYTES, &refusal);
    if (m != NULL) {
        landing = (struct hm_landing){.name_top = m->name_top, .spare_top = m->spare_top};
        m->landing = &landing;
        if (setjmp(landing.buffer) == 0)
            live(user, m);
        m->landing = NULL;
        m->ops->pop(m, landing.name_top);
        heap->ops->detach(m);
    }
    return m != NULL;
}

bool lives_once(struct check_session *session, void (*live)(void *user, hm_mutator *m), void *user)
{
    check_open_heap(session);
    bool lived = lives_attached(session, live, user);
    session->heap->ops->close(session->heap);
    return lived;
}

/* What each life leaves behind grows for ever. What malloc keeps at hand counts as given out, and
 * grows for a while where it finds free pieces of many sizes, as in a process that began as the
 * copy of one which has done much: so who seems to grow is given more lives. */
static void judge_memory(struct check_session *session)
{
    struct memory before = {0}, after;
    bool maps = true, allocates = true;
    for (size_t life = 0; life < LIVES || ((maps || allocates) && life < MOST_LIVES); life++) {
        lives_once(session, rounds_leave, session);
        after = memory_now();
        if (life >= FIRST_JUDGED) {
            maps = maps && after.mapped > before.mapped;
            allocates = allocates && after.allocated > before.allocated;
        }
        before = after;
    }
    check_judged(session, HM_PROPERTY_LIFETIME);
    if (maps || allocates)
        check_broken(session, NULL, HM_PROPERTY_LIFETIME,
                     "each life of a heap, opened and closed, leaves memory %s behind",
                     maps ? "mapped" : "allocated");
}

void lives_judge(struct check_session *session)
{
    session->name_depth = MOST_NAMES;
    size_t descriptors = entries("/proc/self/fd"), threads = threads_left();
    check_judged(session, HM_PROPERTY_LIFETIME);
    if (descriptors > session->descriptors)
        check_broken(session, NULL, HM_PROPERTY_LIFETIME,
                     "%zu descriptors more are open after close than were before open",
                     descriptors - session->descriptors);
    if (threads > 0)
        check_broken(session, NULL, HM_PROPERTY_LIFETIME,
                     "%zu threads of the collector are left after close", threads);
    /* One program in eight, for it takes a while. */
    if (session->can.reopenable && !session->refuses_on_purpose && session->program->seed % 8 == 0)
        judge_memory(session);
}
