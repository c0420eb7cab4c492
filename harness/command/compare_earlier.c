/* SPDX-License-Identifier: MIT
 *
 * Earlier runs, which tell how far runs of one build lie apart; see compare.h.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command/compare.h"

/* As many suffice for a spread, and each takes time to load. */
enum { EARLIER_MOST = 12 };

static bool is_on(const struct compare_side *side, const char *file, int64_t id)
{
    for (size_t i = 0; i < side->count; i++)
        if (compare_is_run(&side->runs[i], file, id))
            return true;
    return false;
}

/* The machine that both sides share; NULL where they do not. */
static const char *machine_of(const struct compare_side *base, const struct compare_side *other)
{
    const char *machine = base->runs[0].machine;
    for (size_t i = 0; i < base->count; i++)
        if (strcmp(base->runs[i].machine, machine) != 0)
            return NULL;
    for (size_t i = 0; i < other->count; i++)
        if (strcmp(other->runs[i].machine, machine) != 0)
            return NULL;
    return machine;
}

static bool add(struct compare_side *earlier, struct store *store, const char *file, int64_t id,
                const char *machine, struct error *error)
{
    struct compare_run run = {.id = id};
    if (!compare_machine(store, id, &run.machine, error))
        return false;
    if (strcmp(run.machine, machine) != 0) {
        free(run.machine);
        return true;
    }
    run.file = memory_copy_text(file);
    bool fine = store_load_figures(store, id, &run.trials, error);
    compare_add_run(earlier, run);
    return fine;
}

/* Runs of the file that tried what this run tried. */
static bool add_alike(struct compare_side *earlier, const struct compare_side *base,
                      const struct compare_side *other, const struct compare_run *run,
                      const char *machine, struct error *error)
{
    struct store_id_list ids = {0};
    struct store *store = store_open(run->file, STORE_READ, error);
    bool fine = store != NULL && store_find_alike_runs(store, run->id, &ids, error);
    for (size_t i = 0; fine && i < ids.count && earlier->count < EARLIER_MOST; i++) {
        int64_t id = ids.ids[i];
        if (!is_on(base, run->file, id) && !is_on(other, run->file, id) &&
            !is_on(earlier, run->file, id))
            fine = add(earlier, store, run->file, id, machine, error);
    }
    free(ids.ids);
    if (store != NULL)
        store_close(store);
    return fine;
}

bool compare_check_sides(const struct compare_side *base, const struct compare_side *other,
                         struct error *error)
{
    for (size_t i = 0; i < base->count; i++)
        for (size_t j = 0; j < other->count; j++)
            if (compare_is_run(&base->runs[i], other->runs[j].file, other->runs[j].id))
                return error_user(error,
                                  "run %" PRId64 " of '%s' is on both sides: name another run to "
                                  "compare it with; `heapmark list runs` shows them",
                                  base->runs[i].id, base->runs[i].file);
    return true;
}

bool compare_load_earlier(struct compare_side *earlier, const struct compare_side *base,
                          const struct compare_side *other, struct error *error)
{
    const char *machine = machine_of(base, other);
    if (machine == NULL)
        return true;
    return add_alike(earlier, base, other, &base->runs[0], machine, error) &&
           add_alike(earlier, base, other, &other->runs[0], machine, error);
}
