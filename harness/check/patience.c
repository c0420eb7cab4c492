/* SPDX-License-Identifier: MIT
 *
 * When a program is said to hang; see patience.h.
 */
#include "check/patience.h"

static const uint64_t SAMPLE_NS = 1000000000;

void patience_begin(struct patience *patience, uint64_t limit_ns, uint64_t now_ns,
                    uint64_t (*waited_ns)(void *user), void *user)
{
    *patience = (struct patience){.limit_ns = limit_ns,
                                  .end_ns = now_ns + limit_ns,
                                  .very_end_ns = now_ns + PATIENCE_TIMES * limit_ns,
                                  .last_end_ns = now_ns + PATIENCE_BUSY_TIMES * limit_ns,
                                  .sampled_ns = now_ns,
                                  .waited_ns = waited_ns,
                                  .user = user};
}

/* What it has waited for while it went on is no excuse later. */
static void sample(struct patience *patience, uint64_t now_ns)
{
    if (now_ns - patience->sampled_ns < SAMPLE_NS)
        return;
    patience->sampled_ns = now_ns;
    patience->excused_ns = patience->waited_ns(patience->user);
}

/* Time is up. What it has waited for a processor since it was excused last it gets besides. A
 * thread that runs for ever, or waits for another, soon has waited for nothing. */
static void excuse(struct patience *patience)
{
    uint64_t waited_ns = patience->waited_ns(patience->user);
    if (waited_ns <= patience->excused_ns)
        return;
    uint64_t more_ns = waited_ns - patience->excused_ns;
    patience->excused_ns = waited_ns;
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
        excuse(patience);
    if (patience->end_ns > patience->very_end_ns)
        patience->end_ns = patience->very_end_ns;
    return patience->end_ns > now_ns ? patience->end_ns - now_ns : 0;
}
