/* SPDX-License-Identifier: MIT
 *
 * What the tests of the store share: a folder of their own, records to store, and children.
 * Include after cmocka.h.
 */
#ifndef HEAPMARK_TESTS_STORE_SCRATCH_H
#define HEAPMARK_TESTS_STORE_SCRATCH_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "store/store.h"

/* Make a folder with nothing in it; scratch_path names a file in it (four names at a time). */
int scratch_setup(void **state);
int scratch_teardown(void **state);
const char *scratch_folder(void);
const char *scratch_path(const char *name);

/* How many entries the folder holds. */
int scratch_entries(void);

void scratch_write(const char *path, const void *bytes, size_t count);
/* The whole file; *count may be NULL. The caller frees it, and it ends in NUL. */
char *scratch_read(const char *path, size_t *count);

/* A record in which every field is known and differs with `number`, with `pauses` pauses and as
 * many points of curves. */
void scratch_fill(struct trial_record *record, int64_t number, int pauses);
void scratch_assert_same(const struct trial_record *a, const struct trial_record *b);

/* Open, or fail the test with the sentence. */
struct store *scratch_open(const char *path, enum store_mode mode);
int64_t scratch_begin(struct store *store);
void scratch_add(struct store *store, int64_t run_id, int64_t number, int pauses);
size_t scratch_count_trials(const char *path);

/* The first column of the first row that the SQL yields, by a connection of its own. */
int64_t scratch_sql(const char *path, const char *sql);
/* Fails the test unless SQLite finds the file whole and every trial has its pauses. */
void scratch_assert_whole(const char *path);

/* Call `body` in a child, as a user without rights where the caller is root; what it
 * leaves in the error comes back. Returns the child's result. */
bool scratch_in_child(bool (*body)(const char *path, struct error *error), const char *path,
                      bool without_rights, struct error *error);

#endif
