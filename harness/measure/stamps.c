/* SPDX-License-Identifier: MIT
 *
 * Stamps around slow paths; see stamps.h.
 */
#include "measure/stamps.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

static struct stamps *stamps_of(hm_mutator *m)
{
    return (struct stamps *)(uintptr_t)m->slow;
}

/* How long the thread has waited for a processor since this was asked last. */
static uint64_t read_control(struct stamps *stamps)
{
    char text[96];
    uint64_t waited_ns;
    if (stamps->control_fd < 0)
        return 0;
    ssize_t count = pread(stamps->control_fd, text, sizeof text - 1, 0);
    text[count < 0 ? 0 : count] = '\0';
    if (sscanf(text, "%*u %" SCNu64, &waited_ns) != 1)
        return 0;
    uint64_t before_ns = stamps->waited_ns;
    stamps->waited_ns = waited_ns;
    return waited_ns > before_ns ? waited_ns - before_ns : 0;
}

/* A reading that took longer than this was interrupted, and nobody knows on which side of it. */
enum { READING_NS = 50000, MOST_READINGS = 8 };

/* The moment at which a slow path begins. A thread is easily made to wait in a system call: then
 * the control is read again, so that it is of the very moment. */
static uint64_t begin(struct stamps *stamps)
{
    uint64_t before_ns = clock_now_ns();
    if (before_ns - stamps->control_read_ns < STAMP_CONTROL_NS || stamps->control_fd < 0)
        return before_ns;
    for (int i = 0; i < MOST_READINGS; i++) {
        read_control(stamps);
        stamps->control_read_ns = clock_now_ns();
        if (stamps->control_read_ns - before_ns < READING_NS)
            break;
        before_ns = stamps->control_read_ns;
    }
    return stamps->control_read_ns;
}

/* What the thread waited before this moment, since the control was read. If it was made to wait
 * just now, another reading tells whether that lies in the first one. */
static uint64_t waited_until(struct stamps *stamps, uint64_t end_ns)
{
    uint64_t waited_ns = read_control(stamps);
    uint64_t late_ns = clock_now_ns() - end_ns;
    stamps->control_read_ns = end_ns;
    if (late_ns < READING_NS)
        return waited_ns;
    uint64_t later_ns = read_control(stamps);
    late_ns = late_ns > later_ns ? late_ns - later_ns : 0;
    return waited_ns > late_ns ? waited_ns - late_ns : 0;
}

static void end(struct stamps *stamps, enum log_mark mark, uint64_t start_ns)
{
    uint64_t end_ns = clock_now_ns();
    if (end_ns - start_ns < STAMP_THRESHOLD_NS)
        return;
    bool is_long = end_ns - start_ns >= STAMP_CONTROLLED_NS;
    uint64_t waited_ns = is_long ? waited_until(stamps, end_ns) : 0;
    if (waited_ns > 0)
        log_mark(stamps->log, LOG_MARK_WAITED, end_ns, waited_ns);
    log_mark(stamps->log, mark, end_ns, end_ns - start_ns);
}

/* A landing leaves by longjmp and is not kept: the trial ends there. */
static hm_ref allocate(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n,
                       uint32_t flags)
{
    struct stamps *stamps = stamps_of(m);
    uint64_t start_ns = begin(stamps);
    hm_ref ref = stamps->original->allocate(m, name, shape, n, flags);
    end(stamps, LOG_MARK_SLOW_ALLOCATE, start_ns);
    return ref;
}

static void poll(hm_mutator *m)
{
    struct stamps *stamps = stamps_of(m);
    uint64_t start_ns = begin(stamps);
    stamps->original->poll(m);
    end(stamps, LOG_MARK_SLOW_POLL, start_ns);
}

void stamps_wrap(struct stamps *stamps, hm_mutator *m, struct hm_log *log)
{
    stamps->original = m->slow;
    stamps->log = log;
    stamps->control_fd = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
    read_control(stamps);
    stamps->control_read_ns = clock_now_ns();
    log->stamped = true;
    log->controlled = stamps->control_fd >= 0;
    size_t bytes = m->slow->size < sizeof stamps->wrapped ? m->slow->size : sizeof stamps->wrapped;
    memset(&stamps->wrapped, 0, sizeof stamps->wrapped);
    memcpy(&stamps->wrapped, m->slow, bytes);
    if (stamps->wrapped.allocate != NULL)
        stamps->wrapped.allocate = allocate;
    if (stamps->wrapped.poll != NULL)
        stamps->wrapped.poll = poll;
    m->slow = &stamps->wrapped;
}

void stamps_unwrap(struct stamps *stamps, hm_mutator *m)
{
    m->slow = stamps->original;
    if (stamps->control_fd >= 0)
        close(stamps->control_fd);
    stamps->control_fd = -1;
}
