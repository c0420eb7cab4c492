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
    all->refusals = before.refusals + run->refusals;
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

static void refuse(struct program *program, bool threads, uint32_t k, bool rest)
{
    program->refuse_memory = threads ? 0 : k;
    program->refuse_thread = threads ? k : 0;
    program->refuse_rest = rest;
}

/* Threads race, and one run may ask for more than another: both kinds of run have to be without. */
bool check_sweep_refusals(struct check_sweep *sweep, bool threads, struct error *error)
{
    bool fine = true, refused = true, more = true;
    for (uint32_t k = 1; more && refused; k++) {
        refused = false;
        for (int rest = 0; more && rest <= 1; rest++) {
            uint64_t before = sweep->verdict.refusals;
            refuse(sweep->program, threads, k, rest == 1);
            more = goes_on(sweep, &fine, error);
            refused = refused || sweep->verdict.refusals > before;
        }
    }
    if (fine && sweep->verdict.outcome != CHECK_BROKEN)
        refuse(sweep->program, threads, 0, false);
    return fine;
}
