/* SPDX-License-Identifier: MIT
 *
 * Smallest heaps that were found; see smallest.h.
 */
#define HEAPMARK_STORE_INTERNAL
#include "store/smallest.h"

#include "base/clock.h"
#include "store/internal.h"
#include "store/utf8.h"

#include <stdlib.h>
#include <string.h>

/* In the order in which bind_key binds them, from 1 on. */
#define KEY_COLUMNS                                                                                \
    "plugin_sha256, variant, collector_options, workload, workload_parameters, "                   \
    "workload_revision, threads, dispatch, seed, time_limit_ns, tries, precision"
enum { KEY_COUNT = 12 };

static void bind_key(sqlite3_stmt *statement, const struct store_smallest_key *key)
{
    const char *const texts[] = {key->plugin_sha256, key->variant,    key->options,
                                 key->workload,      key->parameters, key->revision};
    for (int i = 0; i < 6; i++)
        store_bind_text(statement, i + 1, texts[i]);
    store_bind_integer(statement, 7, key->threads);
    store_bind_text(statement, 8, key->dispatch);
    store_bind_integer(statement, 9, key->seed);
    store_bind_integer(statement, 10, key->time_limit_ns);
    store_bind_integer(statement, 11, key->tries);
    sqlite3_bind_double(statement, 12, key->precision);
}

static int64_t integer_or_unknown(sqlite3_stmt *select, int column)
{
    bool unknown = sqlite3_column_type(select, column) == SQLITE_NULL;
    return unknown ? -1 : sqlite3_column_int64(select, column);
}

bool store_find_smallest(struct store *store, const struct store_smallest_key *key, bool *found,
                         struct store_smallest *smallest, struct error *error)
{
    *found = false;
    if (!store->has_smallest)
        return true;
    sqlite3_stmt *select = store_prepare(
        store,
        "SELECT heap_bytes, live_bytes, takes_limit, trials, cause FROM smallest_heaps"
        " WHERE plugin_sha256 = ?1 AND variant = ?2 AND collector_options = ?3 AND workload = ?4"
        " AND workload_parameters = ?5 AND workload_revision = ?6 AND threads = ?7"
        " AND dispatch = ?8 AND seed = ?9 AND time_limit_ns = ?10 AND tries >= ?11"
        " AND precision <= ?12 ORDER BY precision, tries DESC LIMIT 1",
        error);
    if (select == NULL)
        return false;
    bind_key(select, key);
    int status = sqlite3_step(select);
    *found = status == SQLITE_ROW;
    if (*found) {
        const char *cause = (const char *)sqlite3_column_text(select, 4);
        *smallest = (struct store_smallest){
            .heap_bytes = integer_or_unknown(select, 0),
            .live_bytes = integer_or_unknown(select, 1),
            .takes_limit = sqlite3_column_int64(select, 2) != 0,
            .trials = sqlite3_column_int64(select, 3),
            .cause = cause != NULL ? utf8_copy(cause, strlen(cause)) : NULL,
        };
    }
    bool fine = *found || status == SQLITE_DONE || store_fail(store, error);
    sqlite3_finalize(select);
    return fine;
}

static bool replace(struct store *store, const struct store_smallest_key *key,
                    const struct store_smallest *smallest, const char *cause, struct error *error)
{
    char now[21];
    clock_utc_text(now);
    sqlite3_stmt *insert =
        store_prepare(store,
                      "INSERT OR REPLACE INTO smallest_heaps (" KEY_COLUMNS
                      ", collector, takes_limit, heap_bytes, live_bytes, trials, cause, found_utc)"
                      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                      error);
    if (insert == NULL)
        return false;
    bind_key(insert, key);
    store_bind_text(insert, KEY_COUNT + 1, key->collector);
    store_bind_integer(insert, KEY_COUNT + 2, smallest->takes_limit ? 1 : 0);
    if (smallest->heap_bytes >= 0)
        store_bind_integer(insert, KEY_COUNT + 3, smallest->heap_bytes);
    if (smallest->live_bytes >= 0)
        store_bind_integer(insert, KEY_COUNT + 4, smallest->live_bytes);
    store_bind_integer(insert, KEY_COUNT + 5, smallest->trials);
    store_bind_text(insert, KEY_COUNT + 6, cause);
    store_bind_text(insert, KEY_COUNT + 7, now);
    return store_finish(store, insert, error);
}

bool store_keep_smallest(struct store *store, const struct store_smallest_key *key,
                         const struct store_smallest *smallest, struct error *error)
{
    char *cause =
        smallest->cause != NULL ? utf8_copy(smallest->cause, strlen(smallest->cause)) : NULL;
    bool fine = store_begin(store, error) &&
                store_end(store, replace(store, key, smallest, cause, error), error);
    free(cause);
    return fine;
}
