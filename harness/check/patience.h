/* SPDX-License-Identifier: MIT
 *
 * When a program is said to hang: when it has not gone on for as long as its limit. On a busy
 * machine a sound one takes long, and goes on all the while; but not for ever. Where it got less
 * than one processor, what its threads waited for one does not count, within reason.
 */
#ifndef HEAPMARK_CHECK_PATIENCE_H
#define HEAPMARK_CHECK_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

/* In times of the limit: all that a program may take; and that with what it is excused. */
enum { PATIENCE_TIMES = 20, PATIENCE_BUSY_TIMES = 100 };

/* Of all threads together, since the program began: how long they ran, and were ready to and did
 * not. */
struct patience_times {
    uint64_t at_ns; /* when; by patience.c */
    uint64_t ran_ns, waited_ns;
};

struct patience {
    uint64_t limit_ns;
    uint64_t end_ns, very_end_ns, last_end_ns;
    uint64_t seen;               /* how far it was, at the last look */
    struct patience_times since; /* what is no excuse any more */
    struct patience_times (*times)(void *user);
    void *user;
};

/* `times` is asked once a second at the most, and when time is up. */
void patience_begin(struct patience *patience, uint64_t limit_ns, uint64_t now_ns,
                    struct patience_times (*times)(void *user), void *user);

/* How much longer to wait; 0: it hangs. `far` is another number whenever the program went on. */
uint64_t patience_left_ns(struct patience *patience, uint64_t now_ns, uint64_t far);

#endif
