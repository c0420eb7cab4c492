/* SPDX-License-Identifier: MIT
 *
 * The connection: opening, transactions, and what SQLite's failures mean.
 *
 * The file keeps SQLite's rollback journal, not a write-ahead log: results are one file, to be
 * copied, mailed and read from folders that are not writable, and one commit a trial is too
 * rare for the log to pay. synchronous=EXTRA syncs file, journal and folder in each commit, so
 * that an acknowledged trial outlives a power failure too.
 */
#define HEAPMARK_STORE_INTERNAL
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/internal.h"

enum { WAIT_SECONDS = STORE_WAIT_MS / 1000 };

bool store_fail(const struct store *store, struct error *error)
{
    const char *message = sqlite3_errmsg(store->database);
    int code = sqlite3_extended_errcode(store->database);
    switch (code & 0xFF) {
    case SQLITE_FULL:
        return error_system(error,
                            "the disk that holds the database '%s' is full: make room, or name "
                            "another file with --db",
                            store->path);
    case SQLITE_IOERR: /* the system's reason is gone: SQLite has rolled back since */
    case SQLITE_CANTOPEN:
        return error_system(error,
                            "cannot read or write the database '%s' (%s, code %d): look for a "
                            "failing disk, a quota or a limit on the size of files",
                            store->path, message, code);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return error_system(error,
                            "another program has held the database '%s' locked for %d seconds: "
                            "end it, or name another file with --db",
                            store->path, WAIT_SECONDS);
    case SQLITE_READONLY:
        return error_user(error,
                          code == SQLITE_READONLY_ROLLBACK
                              ? "a write to the database '%s' was cut short and cannot be undone "
                                "without the right to write: open it as its owner once"
                              : "the database '%s' is not writable: make it so, or name another "
                                "file with --db",
                          store->path);
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_SCHEMA:
    case SQLITE_ERROR: /* our SQL is constant: tables or columns are not as we made them */
        return error_user(error,
                          "the database '%s' is damaged (%s): restore a copy, or name another file "
                          "with --db",
                          store->path, message);
    default:
        return error_system(error, "the database '%s' failed: %s", store->path, message);
    }
}

bool store_execute(const struct store *store, const char *sql, struct error *error)
{
    return sqlite3_exec(store->database, sql, NULL, NULL, NULL) == SQLITE_OK ||
           store_fail(store, error);
}

sqlite3_stmt *store_prepare(const struct store *store, const char *sql, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(store->database, sql, -1, &statement, NULL) != SQLITE_OK)
        store_fail(store, error);
    return statement;
}

bool store_finish(const struct store *store, sqlite3_stmt *statement, struct error *error)
{
    bool ok = sqlite3_step(statement) == SQLITE_DONE || store_fail(store, error);
    sqlite3_finalize(statement);
    return ok;
}

bool store_begin(const struct store *store, struct error *error)
{
    return store_execute(store, "BEGIN IMMEDIATE", error);
}

bool store_end(const struct store *store, bool ok, struct error *error)
{
    if (ok && store_execute(store, "COMMIT", error))
        return true;
    /* SQLite has rolled back by itself after some failures. */
    if (sqlite3_get_autocommit(store->database) == 0)
        sqlite3_exec(store->database, "ROLLBACK", NULL, NULL, NULL);
    return false;
}

void store_bind_text(sqlite3_stmt *statement, int index, const char *text)
{
    int code = text == NULL ? sqlite3_bind_null(statement, index)
                            : sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
    CHECK(code == SQLITE_OK || code == SQLITE_TOOBIG || code == SQLITE_NOMEM,
          "value %d cannot be bound: %d", index, code);
}

void store_bind_integer(sqlite3_stmt *statement, int index, int64_t integer)
{
    int code = sqlite3_bind_int64(statement, index, integer);
    CHECK(code == SQLITE_OK, "value %d cannot be bound: %d", index, code);
}

/* SQLite gives names that begin with "file:" or ":memory:" a meaning; a path has none. */
static char *plain_path(const char *path)
{
    struct text text = {0};
    text_format(&text, "%s%s", *path == '/' ? "" : "./", path);
    return text.chars;
}

static bool connect(struct store *store, enum store_mode mode, struct error *error)
{
    /* For reading too: a write that was cut short is undone by whoever opens the file next. */
    char *path = plain_path(store->path);
    int code =
        sqlite3_open_v2(path, &store->database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    free(path);
    if (store->database == NULL)
        return error_system(error, "out of memory for the database '%s'", store->path);
    if (code != SQLITE_OK)
        return store_fail(store, error);
    sqlite3_busy_timeout(store->database, STORE_WAIT_MS);
    return store_execute(store,
                         "PRAGMA trusted_schema = OFF;"
                         "PRAGMA foreign_keys = ON;"
                         "PRAGMA synchronous = EXTRA;",
                         error) &&
           store_schema_open(store, mode, error) &&
           (mode == STORE_WRITE || store_execute(store, "PRAGMA query_only = ON", error));
}

static bool create(const char *path, struct error *error)
{
    size_t count = 0;
    unsigned char *image = store_schema_image(&count, error);
    bool ok = image != NULL && store_file_create(path, image, count, error);
    sqlite3_free(image);
    return ok;
}

struct store *store_open(const char *path, enum store_mode mode, struct error *error)
{
    enum store_file_state state;
    if (!store_file_look(path, mode, &state, error))
        return NULL;
    if (state == STORE_FILE_MISSING && !create(path, error))
        return NULL;
    struct store *store = memory_new(sizeof *store);
    store->path = memory_copy_text(path);
    store->claim_fd = store->look_fd = -1;
    store->noted_ns = -1;
    if (!connect(store, mode, error)) {
        store_close(store);
        return NULL;
    }
    return store;
}

void store_close(struct store *store)
{
    if (store == NULL)
        return;
    int code = sqlite3_close(store->database);
    CHECK(code == SQLITE_OK, "the database '%s' is closed in use: %d", store->path, code);
    store_forget_claims(store);
    free(store->path);
    free(store);
}
