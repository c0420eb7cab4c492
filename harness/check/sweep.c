/* SPDX-License-Identifier: MIT
 *
 * Sweeps; see sweep.h.
 */
#include "check/sweep.h"

/* Add a run to what came of those before it. */
static void add(struct check_sweep *sweep, const struct check_verdict *run)
{
    struct check_verdict *all = &sweep->verdict;
    const struct check_verdict before = *all;
    bool first = sweep->runs++ == 0;
    /* One sound run makes a sweep sound; what breaks ends it. */
    if (first || run->outcome == CHECK_BROKEN || run->outcome == CHECK_STOPPED ||
        before.outcome == CHECK_REFUSED)
        *all = *run;
    if (first)
        return;
    all->operations = before.operations + run->operations;
    all->objects = before.objects + run->objects;
    all->collections = before.collections + run->collections;
    all->judged = before.judged | run->judged;
    all->strange = before.strange | run->strange;
}

/* One more run. False where it is the last one: the system failed, or there is no need for more. */
static bool goes_on(struct check_sweep *sweep, bool *fine, struct error *error)
{
    struct check_verdict run;
    *fine = check_run(sweep->target, sweep->program, sweep->limits, &run, error);
    if (!*fine)
        return false;
    add(sweep, &run);
    return run.outcome != CHECK_BROKEN && run.outcome != CHECK_STOPPED &&
           (sweep->enough == NULL || atomic_load(sweep->enough) == 0);
}

bool check_sweep_limits(struct check_sweep *sweep, struct error *error)
{
    uint64_t limits[CHECK_MOST_LIMITS];
    size_t count = check_swept_limits(sweep->program, sweep->target->capabilities, limits);
    bool fine = true;
    for (size_t i = 0; i < count; i++) {
        sweep->program->heap_bytes = limits[i];
        if (!goes_on(sweep, &fine, error))
            break;
    }
    return fine;
}
