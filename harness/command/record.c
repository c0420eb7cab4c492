/* SPDX-License-Identifier: MIT
 *
 * heapmark run: the recordings that collectors free by, before the run.
 */
#include <inttypes.h>
#include <libgen.h>
#include <stdlib.h>

#include "command/command.h"
#include "command/interrupts.h"
#include "command/run.h"
#include "suite/recordings.h"

struct telling {
    struct run_options *given;
    const struct suite_plan *plan;
};

static void begins(void *user, const struct suite_point *point)
{
    const struct telling *telling = user;
    const struct suite_row *row = &telling->plan->rows[point->row];
    if (!telling->given->quiet)
        command_say("recording when objects of %s, %" PRIu32 " thread%s, die",
                    telling->plan->request->entries.workloads[row->workload].label, row->threads,
                    row->threads == 1 ? "" : "s");
}

static void missing(void *user, const struct suite_point *point)
{
    const struct telling *telling = user;
    const struct suite_row *row = &telling->plan->rows[point->row];
    text_format(&telling->given->to_search,
                "to be recorded first: when objects of %s, %" PRIu32 " thread%s, die\n",
                telling->plan->request->entries.workloads[row->workload].label, row->threads,
                row->threads == 1 ? "" : "s");
}

/* In full, so that a stored command repeats its trial from anywhere. */
static void append_folder(struct text *text, const char *database)
{
    char *copy = memory_copy_text(database);
    char *beside = dirname(copy), *whole = realpath(beside, NULL);
    text_format(text, "%s/recordings", whole != NULL ? whole : beside);
    free(whole);
    free(copy);
}

bool run_make_recordings(struct run_options *given, struct suite_plan *plan, struct error *error)
{
    struct interrupts interrupts;
    struct telling telling = {given, plan};
    struct text folder = {0};
    if (!recordings_are_needed(plan))
        return true;
    if (!given->dry_run && !command_make_standard_folder(given->database, error))
        return false;
    append_folder(&folder, given->database);
    struct recordings_making making = {
        .folder = text_chars(&folder),
        .interrupted = &interrupts_came,
        .begins = given->dry_run ? missing : begins,
        .user = &telling,
    };
    interrupts_catch(&interrupts);
    bool fine = given->dry_run ? recordings_foresee(&making, plan, error)
                               : recordings_make(&making, plan, error);
    interrupts_release(&interrupts);
    given->interrupted = interrupts_came != 0;
    text_free(&folder);
    return fine;
}
