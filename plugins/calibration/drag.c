/* SPDX-License-Identifier: MIT
 *
 * What is held and what is not reclaimed, as known functions of what was allocated.
 *
 * Looks of the harness see only what is in the journal: all three change together, under a lock. So
 * over allocation both are known lines, and looks that come seldom cut off no more than corners.
 */
#include <calibration/journal.h>
#include <calibration/weights.h>

#include <pthread.h>

static struct {
    pthread_mutex_t lock; /* guards what follows it */
    uint64_t steps;
    struct drag now;
} drag = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Up to so many steps, then down again. */
enum { HELD_STEPS = 7, UNRECLAIMED_STEPS = 5 };

static uint64_t wave(uint64_t step, uint64_t most)
{
    uint64_t at = step % (2 * most);
    return at < most ? at : 2 * most - at;
}

void drag_step(uint64_t step_bytes, uint64_t allocated_bytes)
{
    pthread_mutex_lock(&drag.lock);
    drag.now = (struct drag){
        .allocated_bytes = allocated_bytes,
        .unreclaimed_bytes = step_bytes * (1 + wave(drag.steps, UNRECLAIMED_STEPS)),
    };
    drag.now.held_bytes =
        drag.now.unreclaimed_bytes + step_bytes * (1 + wave(drag.steps, HELD_STEPS));
    drag.steps++;
    journal_note(JOURNAL_DRAG, drag.now.allocated_bytes, drag.now.held_bytes,
                 drag.now.unreclaimed_bytes);
    pthread_mutex_unlock(&drag.lock);
}

struct drag drag_now(void)
{
    pthread_mutex_lock(&drag.lock);
    struct drag now = drag.now;
    pthread_mutex_unlock(&drag.lock);
    return now;
}
