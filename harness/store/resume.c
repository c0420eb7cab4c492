/* SPDX-License-Identifier: MIT
 *
 * Going on with a run that did not come to its end.
 */
#define HEAPMARK_STORE_INTERNAL
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/internal.h"
#include "store/utf8.h"

/* The greatest id of an unfinished run that nobody goes on with; *busy is one that somebody does.
 */
static int64_t find_unfinished(struct store *store, sqlite3_stmt *select, int64_t *busy)
{
    while (sqlite3_step(select) == SQLITE_ROW) {
        int64_t id = sqlite3_column_int64(select, 0);
        const char *status = (const char *)sqlite3_column_text(select, 1);
        if (strcmp(status, store_run_status_word(STORE_RUN_RUNNING)) != 0 ||
            store_is_abandoned(store, id))
            return id;
        *busy = *busy == 0 ? id : *busy;
    }
    return 0;
}

bool store_find_unfinished(struct store *store, int64_t *run_id, struct error *error)
{
    int64_t busy = 0;
    sqlite3_stmt *select =
        store_prepare(store,
                      "SELECT id, status FROM runs WHERE status <> ? AND definition IS NOT NULL "
                      "ORDER BY id DESC",
                      error);
    if (select == NULL)
        return false;
    store_bind_text(select, 1, store_run_status_word(STORE_RUN_COMPLETED));
    *run_id = find_unfinished(store, select, &busy);
    bool fine = sqlite3_errcode(store->database) == SQLITE_ROW ||
                sqlite3_errcode(store->database) == SQLITE_DONE || store_fail(store, error);
    sqlite3_finalize(select);
    if (!fine || *run_id != 0)
        return fine;
    if (busy != 0)
        return error_user(error, "run %lld in the database '%s' still goes on in another process",
                          (long long)busy, store->path);
    return error_user(error,
                      "the database '%s' holds no run that could be gone on with: all are "
                      "completed, or there is none",
                      store->path);
}

/* The first column of the run's row, as a text that the caller frees; NULL where it is unknown. */
static bool load_text(struct store *store, const char *sql, int64_t run_id, char **text,
                      struct error *error)
{
    sqlite3_stmt *select = store_prepare(store, sql, error);
    if (select == NULL)
        return false;
    store_bind_integer(select, 1, run_id);
    int code = sqlite3_step(select);
    const char *found = code == SQLITE_ROW ? (const char *)sqlite3_column_text(select, 0) : NULL;
    *text = found != NULL ? utf8_copy(found, (size_t)sqlite3_column_bytes(select, 0)) : NULL;
    bool fine = code == SQLITE_ROW || code == SQLITE_DONE || store_fail(store, error);
    sqlite3_finalize(select);
    return fine;
}

bool store_load_definition(struct store *store, int64_t run_id, char **definition,
                           struct error *error)
{
    if (!store_find_run(store, run_id, &run_id, error) ||
        !load_text(store, "SELECT definition FROM runs WHERE id = ?", run_id, definition, error))
        return false;
    return *definition != NULL ||
           error_user(error,
                      "run %lld in the database '%s' was begun by an older Heapmark, which did not "
                      "store what is needed to go on with it",
                      (long long)run_id, store->path);
}

static bool is_unfinished(struct store *store, int64_t run_id, struct error *error)
{
    char *status;
    if (!load_text(store, "SELECT status FROM runs WHERE id = ?", run_id, &status, error))
        return false;
    bool completed =
        status != NULL && strcmp(status, store_run_status_word(STORE_RUN_COMPLETED)) == 0;
    free(status);
    return !completed || error_user(error,
                                    "run %lld in the database '%s' is completed: there is nothing "
                                    "to go on with",
                                    (long long)run_id, store->path);
}

/* Trials that were stopped by an interruption are done again, and stand for nothing. */
static bool forget_interrupted(struct store *store, int64_t run_id, struct error *error)
{
    sqlite3_stmt *delete =
        store_prepare(store, "DELETE FROM trials WHERE run_id = ? AND outcome = ?", error);
    if (delete == NULL)
        return false;
    store_bind_integer(delete, 1, run_id);
    store_bind_text(delete, 2, record_outcome_word(OUTCOME_INTERRUPTED));
    return store_finish(store, delete, error);
}

bool store_resume_run(struct store *store, int64_t run_id, struct error *error)
{
    if (!store_find_run(store, run_id, &run_id, error) || !store_claim(store, run_id, error))
        return false;
    bool ok =
        store_begin(store, error) &&
        store_end(store,
                  is_unfinished(store, run_id, error) && forget_interrupted(store, run_id, error) &&
                      store_set_status(store, run_id, STORE_RUN_RUNNING, error),
                  error);
    if (!ok)
        store_release(store, run_id);
    return ok;
}
