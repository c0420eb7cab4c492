/* SPDX-License-Identifier: MIT
 *
 * A run with its summary, for the exports that need it whole; see export_run_load.h.
 */
#include "command/export_run_load.h"

#include <errno.h>
#include <string.h>

bool export_load(struct store *store, int64_t run_id, struct export_run *run, struct error *error)
{
    *run = (struct export_run){0};
    if (run_id == STORE_ALL_RUNS)
        return error_user(error, "this format shows one run: name it by --run ID");
    bool fine = store_find_run(store, run_id, &run_id, error) &&
                store_load_runs(store, run_id, &run->runs, error) &&
                store_load_trials(store, run_id, &run->trials, error) &&
                store_load_environment(store, run_id, &run->environment, error) &&
                summary_make(&run->summary, run->trials.trials, run->trials.count,
                             run->runs.runs[0].baseline, error);
    run->has_summary = fine;
    if (!fine)
        export_free(run);
    return fine;
}

void export_free(struct export_run *run)
{
    if (run->has_summary)
        summary_free(&run->summary);
    store_run_list_free(&run->runs);
    store_trial_list_free(&run->trials);
    store_environment_free(&run->environment);
    *run = (struct export_run){0};
}

bool export_put(FILE *file, const char *chars, struct error *error)
{
    return (fputs(chars, file) >= 0 && fflush(file) == 0) ||
           error_system(error, "cannot write the export: %s", strerror(errno));
}
