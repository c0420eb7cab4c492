/* SPDX-License-Identifier: MIT
 *
 * Runs that tried the same collectors; see store.h.
 */
#include "base/text.h"

#define HEAPMARK_STORE_INTERNAL
#include "store/internal.h"

static void add(struct store_id_list *list, int64_t id)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity == 0 ? 16 : list->capacity * 2;
        list->ids = memory_resize(list->ids, list->capacity * sizeof *list->ids);
    }
    list->ids[list->count++] = id;
}

bool store_find_alike_runs(struct store *store, int64_t run_id, struct store_id_list *list,
                           struct error *error)
{
    sqlite3_stmt *select =
        store_prepare(store,
                      "SELECT DISTINCT run_id FROM trials WHERE run_id <> ?1 AND plugin_sha256 IN"
                      " (SELECT plugin_sha256 FROM trials WHERE run_id = ?1) ORDER BY run_id DESC",
                      error);
    if (select == NULL)
        return false;
    store_bind_integer(select, 1, run_id);
    int code;
    while ((code = sqlite3_step(select)) == SQLITE_ROW)
        add(list, sqlite3_column_int64(select, 0));
    sqlite3_finalize(select);
    return code == SQLITE_DONE || store_fail(store, error);
}
