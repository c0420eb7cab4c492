/* SPDX-License-Identifier: MIT
 *
 * When a program is said to hang: when it has not gone on for as long as its limit. On a busy
 * machine a sound one takes long, and goes on all the while; but not for ever. What it waited for a
 * processor meanwhile is not its own doing, and does not count, within reason.
 */
#ifndef HEAPMARK_CHECK_PATIENCE_H
#define HEAPMARK_CHECK_PATIENCE_H

#include <stdint.h>

/* In times of the limit: all that a program may take; and that with what it is excused. */
enum { PATIENCE_TIMES = 5, PATIENCE_BUSY_TIMES = 20 };

struct patience {
    uint64_t limit_ns;
    uint64_t end_ns, very_end_ns, last_end_ns;
    uint64_t seen;       /* how far it was, at the last look */
    uint64_t excused_ns; /* of what it has waited for a processor: up to then */
    uint64_t sampled_ns; /* when that was looked at while it went on */
    uint64_t (*waited_ns)(void *user);
    void *user;
};

/* `waited_ns` tells for how long the program was ready to run since it began, and did not; it is
 * asked once a second at the most, and when time is up. */
void patience_begin(struct patience *patience, uint64_t limit_ns, uint64_t now_ns,
                    uint64_t (*waited_ns)(void *user), void *user);

/* How much longer to wait; 0: it hangs. `far` is another number whenever the program went on. */
uint64_t patience_left_ns(struct patience *patience, uint64_t now_ns, uint64_t far);

#endif
