/* SPDX-License-Identifier: MIT
 *
 * heapmark run --heap 1.5x,2x: the smallest heaps that these are multiples of, before the run.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/units.h"
#include "command/command.h"
#include "command/interrupts.h"
#include "command/run.h"
#include "suite/smallest_heap.h"

/* ---- what is said ---- */

struct telling {
    const struct run_options *given;
    const struct suite_plan *plan;
    struct text *missing;
};

/* Append "churn, 2 threads, with mark-sweep". */
static void append_what(struct text *text, const struct telling *telling,
                        const struct suite_point *point)
{
    const struct suite_row *row = &telling->plan->rows[point->row];
    text_format(text, "%s, %" PRIu32 " thread%s, with %s",
                telling->plan->request->entries.workloads[row->workload].label, row->threads,
                row->threads == 1 ? "" : "s", point->spec.label);
}

static void begins(void *user, const struct suite_point *point)
{
    const struct telling *telling = user;
    struct text what = {0};
    append_what(&what, telling, point);
    if (!telling->given->quiet)
        command_say("searching for the smallest heap of %s", text_chars(&what));
    text_free(&what);
}

static void ended(void *user, const struct suite_point *point, const struct store_smallest *found)
{
    const struct telling *telling = user;
    struct text what = {0};
    char heap[UNITS_TEXT_BYTES] = "none";
    append_what(&what, telling, point);
    if (found->heap_bytes >= 0)
        units_format_bytes((uint64_t)found->heap_bytes, heap);
    if (!telling->given->quiet && interrupts_came == 0)
        command_say("the smallest heap of %s, after %" PRId64 " trials: %s%s%s", text_chars(&what),
                    found->trials, heap, found->cause != NULL ? ", " : "",
                    found->cause != NULL ? found->cause : "");
    text_free(&what);
}

static void missing(void *user, const struct suite_point *point)
{
    const struct telling *telling = user;
    text_append(telling->missing, "to be searched for first: the smallest heap of ");
    append_what(telling->missing, telling, point);
    text_append(telling->missing, "\n");
}

/* ---- doing it ---- */

/* What is wrong with the run itself is told before the first search. */
static bool is_sound(const struct run_options *given, struct error *error)
{
    struct suite_plan plan;
    if (!suite_make_plan(&given->request, &plan, error))
        return false;
    bool fine = run_is_agreed(given, &plan, error);
    suite_plan_free(&plan);
    struct topology *topology = fine ? topology_load(error) : NULL;
    fine =
        topology != NULL && topology_memory_check(topology, &given->request.common.memory, error);
    topology_free(topology);
    return fine;
}

static bool settle(struct run_options *given, struct smallest_quest *quest, struct error *error)
{
    struct interrupts interrupts;
    if (!command_make_standard_folder(given->database, error))
        return false;
    quest->store = store_open(given->database, STORE_WRITE, error);
    interrupts_catch(&interrupts);
    bool fine = quest->store != NULL && smallest_heap_settle(quest, &given->request, error);
    interrupts_release(&interrupts);
    store_close(quest->store);
    return fine;
}

static bool foresee(struct run_options *given, struct smallest_quest *quest, struct error *error)
{
    bool is_there = access(given->database, F_OK) == 0;
    quest->store = is_there ? store_open(given->database, STORE_READ, error) : NULL;
    bool fine =
        (!is_there || quest->store != NULL) && smallest_heap_foresee(quest, &given->request, error);
    store_close(quest->store);
    return fine;
}

bool run_settle_multiples(struct run_options *given, struct error *error)
{
    struct suite_request copy;
    struct suite_plan plan;
    if (!is_sound(given, error) || !smallest_heap_plan(&given->request, &copy, &plan, error))
        return false;
    struct telling telling = {.given = given, .plan = &plan, .missing = &given->to_search};
    struct smallest_quest quest = {.plan = &plan,
                                   .tries = SMALLEST_TRIES_STANDARD,
                                   .precision = SMALLEST_PRECISION_PERCENT_STANDARD / 100.0,
                                   .interrupted = &interrupts_came,
                                   .begins = begins,
                                   .ended = ended,
                                   .missing = missing,
                                   .user = &telling};
    bool fine = given->dry_run ? foresee(given, &quest, error) : settle(given, &quest, error);
    given->interrupted = interrupts_came != 0;
    suite_plan_free(&plan);
    return fine;
}
