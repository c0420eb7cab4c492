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

bool check_sweep_once(struct check_sweep *sweep, struct error *error)
{
    struct check_verdict run;
    if (!check_run(sweep->target, sweep->program, sweep->limits, &run, error))
        return false;
    add(sweep, &run);
    return true;
}

bool check_sweep_ended(const struct check_sweep *sweep)
{
    return sweep->verdict.outcome == CHECK_BROKEN || sweep->verdict.outcome == CHECK_STOPPED ||
           (sweep->enough != NULL && atomic_load(sweep->enough) != 0);
}

/* One more run. False where it is the last one: the system failed, or there is no need for more. */
static bool goes_on(struct check_sweep *sweep, bool *fine, struct error *error)
{
    *fine = check_sweep_once(sweep, error);
    return *fine && !check_sweep_ended(sweep);
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

/* But for what broke something: that is what its file repeats. */
static bool leave_as_it_was(struct check_sweep *sweep, bool threads, bool fine)
{
    if (fine && sweep->verdict.outcome != CHECK_BROKEN)
        refuse(sweep->program, threads, 0, false);
    return fine;
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
    return leave_as_it_was(sweep, threads, fine);
}

enum { DRAWN_RUNS = 24, DRAWN_RUNS_OF_THREADS = 6 };
enum { MOST_REQUESTS = 1 << 16, MOST_REQUESTS_OF_THREADS = 64 };

/* 1 to `most`. */
static uint32_t draw_request(struct random *random, uint32_t most)
{
    uint32_t doublings = 31 - (uint32_t)__builtin_clz(most);
    uint32_t least = UINT32_C(1) << random_below(random, doublings + 1);
    uint32_t request = least + random_below(random, least);
    return request <= most ? request : 1 + random_below(random, most);
}

/* How many requests there are shows when one that is not made was to be refused. */
bool check_draw_refusals(struct check_sweep *sweep, bool threads, struct random *random,
                         struct error *error)
{
    uint32_t most = threads ? MOST_REQUESTS_OF_THREADS : MOST_REQUESTS;
    bool fine = true, more = true;
    for (uint32_t i = threads ? DRAWN_RUNS_OF_THREADS : DRAWN_RUNS; more && most > 0 && i > 0;
         i--) {
        uint64_t before = sweep->verdict.refusals;
        uint32_t k = draw_request(random, most);
        refuse(sweep->program, threads, k, random_below(random, 2) == 0);
        more = goes_on(sweep, &fine, error);
        if (sweep->verdict.refusals == before)
            most = k - 1;
    }
    return leave_as_it_was(sweep, threads, fine);
}
