/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: any bytes as a database. It is read and exported, or one sentence says why not; then
 * a run is added to it, likewise.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "fuzz.h"
#include "store/export.h"

static void judge(bool fine, struct error *error)
{
    CHECK(fine == (error->kind == ERROR_NONE), "%s", error->text);
    CHECK(fine || error->text[0] != '\0', "%s", "no sentence");
    *error = (struct error){0};
}

static void read_all(struct store *store)
{
    struct error error = {0};
    struct store_run_list runs = {0};
    struct store_environment environment = {0};
    struct store_time_list times = {0};
    FILE *nowhere = fopen("/dev/null", "we");
    CHECK(nowhere != NULL, "%s", "/dev/null");
    judge(store_list_runs(store, &runs, &error), &error);
    judge(store_load_environment(store, STORE_LATEST_RUN, &environment, &error), &error);
    judge(store_load_times(store, &times, &error), &error);
    judge(export_json(store, STORE_ALL_RUNS, nowhere, &error), &error);
    judge(export_csv(store, STORE_LATEST_RUN, nowhere, &error), &error);
    store_run_list_free(&runs);
    store_environment_free(&environment);
    store_time_list_free(&times);
    fclose(nowhere);
}

static void write_run(struct store *store)
{
    static const struct trial_record record;
    struct error error = {0};
    int64_t run_id = 0;
    bool begun =
        store_begin_run(store, &(struct store_run_start){.label = "mine"}, &run_id, &error);
    judge(begun, &error);
    if (!begun)
        return;
    judge(store_add_trial(store, run_id, &record, &error), &error);
    judge(store_finish_run(store, run_id, STORE_RUN_COMPLETED, &error), &error);
}

static void try_mode(const char *path, enum store_mode mode, void (*use)(struct store *store))
{
    struct error error = {0};
    struct store *store = store_open(path, mode, &error);
    judge(store != NULL, &error);
    if (store != NULL)
        use(store);
    store_close(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    /* SQLite wants a file with a name, and a folder for its journal. */
    char path[] = "/dev/shm/heapmark-fuzz-XXXXXX", journal[sizeof path + 16];
    int file = mkstemp(path);
    CHECK(file >= 0 && files_write_all(file, bytes, count), "%s", path);
    close(file);
    try_mode(path, STORE_READ, read_all);
    try_mode(path, STORE_WRITE, write_run);
    snprintf(journal, sizeof journal, "%s-journal", path);
    unlink(journal);
    unlink(path);
    return 0;
}
