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
    const struct run_options *given;
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

bool run_make_recordings(struct run_options *given, struct suite_plan *plan, struct error *error)
{
    struct interrupts interrupts;
    struct telling telling = {given, plan};
    if (!recordings_are_needed(plan))
        return true;
    if (!command_make_standard_folder(given->database, error))
        return false;
    char *database = memory_copy_text(given->database);
    struct text folder = {0};
    text_format(&folder, "%s/recordings", dirname(database));
    struct recordings_making making = {
        .folder = text_chars(&folder),
        .interrupted = &interrupts_came,
        .begins = begins,
        .user = &telling,
    };
    interrupts_catch(&interrupts);
    bool fine = recordings_make(&making, plan, error);
    interrupts_release(&interrupts);
    given->interrupted = interrupts_came != 0;
    text_free(&folder);
    free(database);
    return fine;
}
