/* SPDX-License-Identifier: MIT
 *
 * When a program is said to hang; see patience.h.
 */
#include "check/patience.h"

static const uint64_t SAMPLE_NS = 1000000000;
/* Who got less than a quarter of a processor was kept from going on. One whose threads spin, or
 * wait for one another, was not. */
enum { STARVED_SHARE = 4 };

static struct patience_times times_now(const struct patience *patience, uint64_t now_ns)
{
    struct patience_times times = patience->times(patience->user);
    times.at_ns = now_ns;
    return times;
}

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

/* What was while it went on is no excuse later. */
static void sample(struct patience *patience, uint64_t now_ns)
{
    if (now_ns - patience->since.at_ns >= SAMPLE_NS)
        patience->since = times_now(patience, now_ns);
}

static uint64_t less(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

/* Time is up. What it was kept from since it was looked at last it gets besides. Threads that ended
 * meanwhile are not among those that waited. */
static void excuse(struct patience *patience, uint64_t now_ns)
{
    struct patience_times now = times_now(patience, now_ns), since = patience->since;
    uint64_t elapsed_ns = now_ns - since.at_ns, ran_ns = less(now.ran_ns, since.ran_ns);
    uint64_t waited_ns = less(now.waited_ns, since.waited_ns);
    patience->since = now;
    if (ran_ns >= elapsed_ns / STARVED_SHARE)
        return;
    uint64_t more_ns = waited_ns < elapsed_ns - ran_ns ? waited_ns : elapsed_ns - ran_ns;
    patience->end_ns += more_ns;
    patience->very_end_ns += more_ns;
    if (patience->very_end_ns > patience->last_end_ns)
        patience->very_end_ns = patience->last_end_ns;
}

uint64_t patience_left_ns(struct patience *patience, uint64_t now_ns, uint64_t far)
{
    if (far != patience->seen) {
        patience->end_ns = now_ns + patience->limit_ns;
        sample(patience, now_ns);
    }
    patience->seen = far;
    if (patience->end_ns <= now_ns || patience->very_end_ns <= now_ns)
        excuse(patience, now_ns);
    if (patience->end_ns > patience->very_end_ns)
        patience->end_ns = patience->very_end_ns;
    return patience->end_ns > now_ns ? patience->end_ns - now_ns : 0;
}
