/* SPDX-License-Identifier: MIT
 *
 * Shrinking: a smaller program that still breaks a property (Zeller and Hildebrandt, Simplifying
 * and Isolating Failure-Inducing Input, 2002: halves, quarters, … of the list are left out).
 *
 * Any operation can be left out, since operands are settled when the program runs.
 */
#include <string.h>

#include "base/clock.h"
#include "check/check.h"

struct state {
    struct check_shrink *shrink;
    struct program *program;       /* the smallest so far */
    struct check_verdict *verdict; /* its */
    uint64_t start_ns;
    struct error *error;
    bool failed; /* the system did */
};

static bool is_stopped(const struct state *state)
{
    const _Atomic uint32_t *stop = state->shrink->limits->stop;
    return stop != NULL && atomic_load(stop) != 0;
}

static bool has_budget(const struct state *state)
{
    return !state->failed && !is_stopped(state) && state->shrink->runs < state->shrink->most_runs &&
           clock_now_ns() - state->start_ns < state->shrink->most_ns;
}

/* Does the candidate break the property, in one of so many runs? Then the verdict is its. */
static bool breaks(struct state *state, const struct program *candidate)
{
    struct check_verdict verdict;
    for (uint32_t i = 0; i < state->shrink->repeats && has_budget(state); i++) {
        state->shrink->runs++;
        if (!check_run(state->shrink->target, candidate, state->shrink->limits, &verdict,
                       state->error)) {
            state->failed = true;
            break;
        }
        if (verdict.outcome != CHECK_BROKEN || verdict.property != state->verdict->property)
            continue;
        *state->verdict = verdict;
        return true;
    }
    return false;
}

/* Which request is refused; NULL: none is. */
static uint32_t *refused_request(struct program *program)
{
    return program->refuse_memory != 0   ? &program->refuse_memory
           : program->refuse_thread != 0 ? &program->refuse_thread
                                         : NULL;
}

enum { REQUESTS_EARLIER = 3 };

/* With less before it the request that matters comes earlier: by a few where little was left out,
 * in proportion where much was. */
static bool breaks_earlier(struct state *state, struct program *candidate)
{
    uint32_t *request = refused_request(candidate);
    if (request == NULL)
        return false;
    uint64_t first = *request, whole = program_length(state->program);
    uint64_t in_proportion = whole == 0 ? 0 : first * program_length(candidate) / whole;
    for (uint64_t earlier = 1; earlier <= REQUESTS_EARLIER && earlier < first; earlier++) {
        *request = (uint32_t)(first - earlier);
        if (breaks(state, candidate))
            return true;
    }
    *request = (uint32_t)in_proportion;
    return in_proportion > 0 && in_proportion + REQUESTS_EARLIER < first &&
           breaks(state, candidate);
}

/* A candidate that breaks it is the program from now on. */
static bool accept(struct state *state, struct program *candidate)
{
    bool accepted = breaks(state, candidate) || breaks_earlier(state, candidate);
    program_free(accepted ? state->program : candidate);
    if (accepted)
        *state->program = *candidate;
    return accepted;
}

/* Leave out `count` operations of a thread from `first` on. */
static bool without(struct state *state, uint32_t thread, size_t first, size_t count)
{
    struct program candidate;
    program_copy(&candidate, state->program);
    struct program_thread *list = &candidate.threads[thread];
    memmove(list->ops + first, list->ops + first + count,
            (list->count - first - count) * sizeof *list->ops);
    list->count -= count;
    return accept(state, &candidate);
}

/* From the end, as what comes after the failure goes first. */
static bool drop_pieces(struct state *state, uint32_t thread, size_t size)
{
    bool any = false;
    size_t end = state->program->threads[thread].count;
    while (end > 0 && has_budget(state)) {
        size_t first = end > size ? end - size : 0;
        any = without(state, thread, first, end - first) || any;
        end = first;
    }
    return any;
}

static bool drop_operations(struct state *state)
{
    bool any = false;
    for (uint32_t thread = 0; thread < state->program->thread_count; thread++) {
        size_t size = state->program->threads[thread].count;
        for (; size > 0 && has_budget(state); size /= 2)
            any = drop_pieces(state, thread, size) || any;
    }
    return any;
}

/* What comes after the place of the failure cannot matter to it, as far as one thread goes. */
static void cut_tail(struct state *state)
{
    const struct check_verdict *verdict = state->verdict;
    if (verdict->thread >= state->program->thread_count)
        return;
    size_t count = state->program->threads[verdict->thread].count;
    if (verdict->op + 1 < count)
        without(state, verdict->thread, verdict->op + 1, count - verdict->op - 1);
}

static bool drop_threads(struct state *state)
{
    bool any = false;
    for (uint32_t thread = state->program->thread_count; thread-- > 0 && has_budget(state);) {
        if (state->program->thread_count == 1)
            break;
        struct program candidate;
        program_copy(&candidate, state->program);
        struct program_thread gone = candidate.threads[thread];
        memmove(&candidate.threads[thread], &candidate.threads[thread + 1],
                (candidate.thread_count - thread - 1) * sizeof gone);
        candidate.threads[--candidate.thread_count] = gone;
        candidate.threads[candidate.thread_count].count = 0;
        any = accept(state, &candidate) || any;
    }
    return any;
}

/* One number of one operation, made smaller in a few ways. */
static bool reduce_number(struct state *state, uint32_t thread, size_t at, size_t offset)
{
    uint32_t value;
    bool any = false;
    memcpy(&value, (char *)&state->program->threads[thread].ops[at] + offset, sizeof value);
    const uint32_t tries[] = {0, 1, value / 2, value - 1};
    for (size_t i = 0; i < 4 && has_budget(state); i++) {
        if (tries[i] >= value)
            continue;
        struct program candidate;
        program_copy(&candidate, state->program);
        memcpy((char *)&candidate.threads[thread].ops[at] + offset, &tries[i], sizeof value);
        if (accept(state, &candidate)) {
            value = tries[i];
            any = true;
        }
    }
    return any;
}

static bool reduce_numbers(struct state *state)
{
    static const struct {
        char letter;
        size_t offset;
    } fields[] = {{'x', offsetof(struct program_op, x)},
                  {'y', offsetof(struct program_op, y)},
                  {'z', offsetof(struct program_op, z)}};
    bool any = false;
    for (uint32_t thread = 0; thread < state->program->thread_count; thread++)
        for (size_t at = 0; at < state->program->threads[thread].count && has_budget(state); at++)
            for (size_t i = 0; i < 3; i++) {
                const char *letters =
                    program_operands(state->program->threads[thread].ops[at].kind);
                if (strchr(letters, fields[i].letter) != NULL)
                    any = reduce_number(state, thread, at, fields[i].offset) || any;
            }
    return any;
}

/* Those inside operations, which mostly are not what it takes. */
static void drop_collections(struct state *state)
{
    struct program candidate;
    if (!program_collects_inside(state->program))
        return;
    program_copy(&candidate, state->program);
    candidate.collect_every = candidate.collect_at = 0;
    accept(state, &candidate);
}

/* What breaks without a refusal needs none. */
static void refuse_nothing(struct state *state)
{
    struct program candidate;
    if (refused_request(state->program) == NULL)
        return;
    program_copy(&candidate, state->program);
    candidate.refuse_memory = candidate.refuse_thread = 0;
    candidate.refuse_rest = false;
    accept(state, &candidate);
}

/* An earlier request, where all after it are refused as well. */
static bool refuse_earlier(struct state *state)
{
    struct program candidate;
    const uint32_t *request = refused_request(state->program);
    if (request == NULL || *request == 1)
        return false;
    program_copy(&candidate, state->program);
    *refused_request(&candidate) /= 2;
    return accept(state, &candidate);
}

/* How often does what is left fail? */
static void measure(struct state *state)
{
    uint32_t failures = 0;
    for (uint32_t i = 0; i < state->shrink->repeats && !state->failed; i++) {
        struct check_verdict verdict;
        state->failed = !check_run(state->shrink->target, state->program, state->shrink->limits,
                                   &verdict, state->error);
        failures += verdict.outcome == CHECK_BROKEN;
    }
    state->shrink->always = failures == state->shrink->repeats;
}

bool check_shrink(struct check_shrink *shrink, struct program *program,
                  struct check_verdict *verdict, struct error *error)
{
    struct state state = {.shrink = shrink, .program = program, .verdict = verdict, .error = error};
    state.start_ns = clock_now_ns();
    shrink->runs = 0;
    bool again = true;
    drop_collections(&state);
    refuse_nothing(&state);
    while (again && has_budget(&state)) {
        cut_tail(&state);
        again = drop_threads(&state);
        again = drop_operations(&state) || again;
        again = refuse_earlier(&state) || again;
        if (!again)
            again = reduce_numbers(&state);
    }
    measure(&state);
    return !state.failed;
}
