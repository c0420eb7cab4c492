/* SPDX-License-Identifier: MIT
 *
 * When a program is said to hang; see patience.h.
 */
#include "check/patience.h"

static const uint64_t SAMPLE_NS = 1000000000;

void patience_begin(struct patience *patience, uint64_t limit_ns, uint64_t now_ns,
                    struct patience_times (*times)(void *user), void *user)
{
    *patience = (struct patience){.limit_ns = limit_ns,
                                  .end_ns = now_ns + limit_ns,
                                  .very_end_ns = now_ns + PATIENCE_TIMES * limit_ns,
                                  .last_end_ns = now_ns + PATIENCE_BUSY_TIMES * limit_ns,
                                  .since = {.at_ns = now_ns},
                                  .times = times,
                                  .user = user};
}

static uint64_t less(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

/* What the program was kept from since it was looked at last: the time that its threads waited for
 * a processor, as far as it got less than one. Whose threads spin or wait for one another on
 * processors of their own is kept from nothing. Threads that ended meanwhile are not among those
 * that waited. */
static uint64_t look(struct patience *patience, uint64_t now_ns)
{
    struct patience_times now = patience->times(patience->user), since = patience->since;
    now.at_ns = now_ns;
    patience->since = now;
    uint64_t missed_ns = less(now_ns - since.at_ns, less(now.ran_ns, since.ran_ns));
    uint64_t waited_ns = less(now.waited_ns, since.waited_ns);
    return waited_ns < missed_ns ? waited_ns : missed_ns;
}

/* All that the program may take grows by what it was kept from at any time; its limit by what it
 * was kept from since it went on last. */
static void excuse(struct patience *patience, uint64_t now_ns, bool went_on)
{
    uint64_t more_ns = look(patience, now_ns);
    patience->very_end_ns += more_ns;
    if (patience->very_end_ns > patience->last_end_ns)
        patience->very_end_ns = patience->last_end_ns;
    if (!went_on)
        patience->end_ns += more_ns;
}

uint64_t patience_left_ns(struct patience *patience, uint64_t now_ns, uint64_t far)
{
    if (far != patience->seen) {
        patience->end_ns = now_ns + patience->limit_ns;
        if (now_ns - patience->since.at_ns >= SAMPLE_NS)
            excuse(patience, now_ns, true);
    }
    patience->seen = far;
    if (patience->end_ns <= now_ns || patience->very_end_ns <= now_ns)
        excuse(patience, now_ns, false);
    if (patience->end_ns > patience->very_end_ns)
        patience->end_ns = patience->very_end_ns;
    return patience->end_ns > now_ns ? patience->end_ns - now_ns : 0;
}
