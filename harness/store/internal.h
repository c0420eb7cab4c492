/* SPDX-License-Identifier: MIT
 *
 * What a struct store is made of; for harness/store/ only.
 */
#ifndef HEAPMARK_STORE_INTERNAL_H
#define HEAPMARK_STORE_INTERNAL_H

#ifndef HEAPMARK_STORE_INTERNAL
#error "store/internal.h belongs to harness/store/: include store/store.h"
#endif

#include <sqlite3.h>

#include "store/store.h"

/* PRAGMA application_id: "HMRK". In digits, since SQL takes it by its text. */
#define STORE_APPLICATION_ID 1213026891

struct store {
    sqlite3 *database;
    char *path;          /* as the user gave it, for messages */
    size_t column_count; /* fields of a trial that this file's schema version has */
    bool has_curves;     /* it has the table of them */
    bool has_smallest;   /* and that of smallest heaps */
    bool has_events;     /* likewise */
    bool has_requests;   /* and that of requests */
    int claim_fd;        /* holds the claims of this store; -1: none was made */
    int look_fd;         /* looks at everybody's; -1: none was asked for */
    int64_t last_trial;  /* that this store has added; 0: none */
    int64_t noted_ns;    /* of it, by store_note_stored, and not written yet; -1: nothing */
};

enum store_file_state {
    STORE_FILE_MISSING,
    STORE_FILE_EMPTY, /* a regular file of no bytes */
    STORE_FILE_OURS,
};

/* What the path leads to, read without a change to it. Whatever cannot be a database of
 * Heapmark's in this mode is an error. */
bool store_file_look(const char *path, enum store_mode mode, enum store_file_state *state,
                     struct error *error);

/* Make the file with these bytes: whole and on the disk, or not at all. A file that another
 * process made in the meantime is left, and is no error. */
bool store_file_create(const char *path, const void *bytes, size_t count, struct error *error);

/* The bytes of a database of the newest version without rows. Free with sqlite3_free. */
unsigned char *store_schema_image(size_t *count, struct error *error);

/* Look at the version of an open database, set column_count, and in STORE_WRITE climb to the
 * newest version in one transaction. */
bool store_schema_open(struct store *store, enum store_mode mode, struct error *error);

/* Turn the state of the connection into one sentence; returns false. */
bool store_fail(const struct store *store, struct error *error);

/* Run constant SQL that takes no values. */
bool store_execute(const struct store *store, const char *sql, struct error *error);

/* A statement to bind and step, or NULL. */
sqlite3_stmt *store_prepare(const struct store *store, const char *sql, struct error *error);

/* Step a statement that yields no rows to its end and finalize it. */
bool store_finish(const struct store *store, sqlite3_stmt *statement, struct error *error);

/* A transaction that may write, from its first moment on: it cannot deadlock with another. */
bool store_begin(const struct store *store, struct error *error);
/* Commit where `ok`, else roll back what was begun; returns whether all is stored. */
bool store_end(const struct store *store, bool ok, struct error *error);

/* Say that this process goes on with the run, until store_release, store_close or its death. False
 * (the user's mistake) where another does. */
bool store_claim(struct store *store, int64_t run_id, struct error *error);
void store_release(struct store *store, int64_t run_id);
/* Does no process at all go on with it? */
bool store_is_abandoned(struct store *store, int64_t run_id);
void store_forget_claims(struct store *store);

/* Within a transaction. */
bool store_set_status(struct store *store, int64_t run_id, enum store_run_status status,
                      struct error *error);

/* Binding and reading of what may be unknown (NULL, -1). The text must outlive the statement. */
void store_bind_text(sqlite3_stmt *statement, int index, const char *text);
void store_bind_integer(sqlite3_stmt *statement, int index, int64_t integer);

#endif
