/* SPDX-License-Identifier: MIT
 *
 * The database of results: one SQLite file, described in docs/database.md.
 *
 * What a function has acknowledged (returned true) is on the disk: a kill, a crash or a power
 * failure afterwards does not lose it, and one in the middle leaves the file as it was before.
 * Several processes may write at the same time: each transaction waits up to STORE_WAIT_MS for
 * the others, then fails with an error of the system. A store belongs to one thread at a time,
 * and must not be used by a child after fork.
 *
 * Errors: what the user gave is wrong (no such file, another program's file, not writable,
 * damaged, written by a newer Heapmark, no such run) is ERROR_USER; a full disk, failing input or
 * output and a lock held too long are ERROR_SYSTEM. All functions that take a struct error
 * return false or NULL on error.
 */
#ifndef HEAPMARK_STORE_STORE_H
#define HEAPMARK_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "store/record.h"

enum {
    STORE_SCHEMA_VERSION = 22, /* PRAGMA user_version of the files that this program writes */
    STORE_WAIT_MS = 30000,
};

struct store;

enum store_mode {
    STORE_READ,  /* the file must be there; nothing is changed but an interrupted write undone */
    STORE_WRITE, /* the file is made if it is missing, and brought to the newest schema */
};

/* Nothing is left behind by a creation that fails, and a file that is not Heapmark's is not
 * touched. Not while another thread of this process is within a function of a store on the same
 * file (POSIX drops a process's locks when it closes any descriptor of the file). */
struct store *store_open(const char *path, enum store_mode mode, struct error *error);
void store_close(struct store *store); /* NULL is allowed */

/* How a run stands: X(enumerator, word, sentence). Append only. */
#define STORE_RUN_STATUSES(X)                                                                      \
    X(STORE_RUN_RUNNING, "running", "It goes on, or its process was killed.")                      \
    X(STORE_RUN_COMPLETED, "completed", "Each of its trials was tried.")                           \
    X(STORE_RUN_INTERRUPTED, "interrupted", "The user stopped it.")                                \
    X(STORE_RUN_FAILED, "failed", "A failure of the system ended it.")                             \
    X(STORE_RUN_ABANDONED, "abandoned",                                                            \
      "Never stored: what is shown for a running one whose process is gone.")

enum store_run_status {
#define STORE_RUN_STATUS_ENUMERATOR(name, word, sentence) name,
    STORE_RUN_STATUSES(STORE_RUN_STATUS_ENUMERATOR)
#undef STORE_RUN_STATUS_ENUMERATOR
        STORE_RUN_STATUS_COUNT
};

const char *store_run_status_word(enum store_run_status status);

/* What is known of a run when it begins; NULL and -1 are unknown. */
struct store_run_start {
    const char *label; /* the user's --label */
    const char *command;
    const char *suite;    /* name of a suite that was asked for */
    const char *baseline; /* collector label that ratios refer to */
    const char *heapmark_version;
    int64_t seed;
    int64_t invocations;
    int64_t trials_planned;
    const char *definition; /* what is needed to go on with it */
};

/* The run stands as "running", begun now, and as this store's until it is finished, the store is
 * closed or the process dies. */
bool store_begin_run(struct store *store, const struct store_run_start *start, int64_t *run_id,
                     struct error *error);

/* How it ended, now: completed, interrupted or failed. */
bool store_finish_run(struct store *store, int64_t run_id, enum store_run_status status,
                      struct error *error);

/* ---- going on with a run that was interrupted, failed or abandoned ---- */

/* The latest one. A run that another process goes on with is none. */
bool store_find_unfinished(struct store *store, int64_t *run_id, struct error *error);

/* What the run was begun with; the caller frees it. */
bool store_load_definition(struct store *store, int64_t run_id, char **definition,
                           struct error *error);

/* The run is running again, and this store's. Its interrupted trials are forgotten: they are to be
 * done again. One that is completed, or goes on elsewhere, is the user's mistake. */
bool store_resume_run(struct store *store, int64_t run_id, struct error *error);

/* ---- environment and trials ---- */

/* What is known of the machine: pairs in the order in which they were added. Zero-initialise. */
struct store_environment {
    struct store_entry {
        char *key;
        char *value;
    } * entries;
    size_t count;
    size_t capacity;
};

/* Copies both; a value of NULL is what the machine does not tell: "unknown". */
void store_environment_add(struct store_environment *environment, const char *key,
                           const char *value);
/* The value of the key, or NULL. */
const char *store_environment_find(const struct store_environment *environment, const char *key);
void store_environment_free(struct store_environment *environment);

/* All pairs in one transaction; a key that the run has already gets the new value. */
bool store_add_environment(struct store *store, int64_t run_id,
                           const struct store_environment *environment, struct error *error);
/* `environment` must be zeroed. */
bool store_load_environment(struct store *store, int64_t run_id,
                            struct store_environment *environment, struct error *error);

/* The trial, its pauses, curves and events in one transaction. */
bool store_add_trial(struct store *store, int64_t run_id, const struct trial_record *record,
                     struct error *error);

/* How long it took until the trial that was added last was stored, which the trial itself could not
 * say: TRIAL_END_TO_STORED_NS. It is written by the next store_add_trial or store_finish_run, in
 * the same transaction, as one of its own would cost as much again; without either it is lost. */
void store_note_stored(struct store *store, uint64_t end_to_stored_ns);

/* A run as it stands. Texts are owned by it; NULL and -1 are unknown. */
struct store_run {
    int64_t id; /* from 1, growing, never used again */
    char *label;
    char *command;
    char *suite;
    char *baseline;
    char *heapmark_version;
    int64_t seed;
    int64_t invocations;
    int64_t trials_planned;
    char *status; /* word of STORE_RUN_STATUSES, "abandoned" where that is seen */
    char *started_utc;
    char *finished_utc;
    int64_t trials;     /* how many are stored */
    int64_t trials_bad; /* and how many of them have an outcome other than ok */
};

struct store_run_list {
    struct store_run *runs; /* oldest first */
    size_t count;
    size_t capacity;
};

/* Where a run is asked for by its id, these stand for others. */
enum {
    STORE_LATEST_RUN = 0, /* the one with the greatest id; none: ERROR_USER */
    STORE_ALL_RUNS = -1,  /* all of them; none is not an error */
};

/* The id of a run that is there, for an id or STORE_LATEST_RUN. */
bool store_find_run(struct store *store, int64_t wanted, int64_t *run_id, struct error *error);

/* The runs for an id, STORE_LATEST_RUN or STORE_ALL_RUNS. `list` must be zeroed. */
bool store_load_runs(struct store *store, int64_t run_id, struct store_run_list *list,
                     struct error *error);
bool store_list_runs(struct store *store, struct store_run_list *list, struct error *error);
void store_run_list_free(struct store_run_list *list);

struct store_trial {
    int64_t id;
    int64_t run_id;
    struct trial_record record;
};

struct store_trial_list {
    struct store_trial *trials; /* in the order in which they were stored */
    size_t count;
    size_t capacity;
};

/* The packed events of a trial, which the caller frees; none (NULL, 0) where the trial has none,
 * or is not there. */
bool store_load_events(struct store *store, int64_t trial_id, unsigned char **bytes, size_t *count,
                       struct error *error);

/* One trial, without its events; ERROR_USER where it is not there. `trial` must be zeroed; its
 * record is the caller's to free. */
bool store_load_trial(struct store *store, int64_t trial_id, struct store_trial *trial,
                      struct error *error);

/* The trials of an id, STORE_LATEST_RUN or STORE_ALL_RUNS. `list` must be zeroed. */
bool store_load_trials(struct store *store, int64_t run_id, struct store_trial_list *list,
                       struct error *error);
/* The same without pauses, curves and requests, which take most of the time. */
bool store_load_figures(struct store *store, int64_t run_id, struct store_trial_list *list,
                        struct error *error);
void store_trial_list_free(struct store_trial_list *list);

struct store_id_list {
    int64_t *ids; /* owned */
    size_t count;
    size_t capacity;
};

/* The other runs that tried a collector's file which this run has tried, too; newest first. `list`
 * must be zeroed. */
bool store_find_alike_runs(struct store *store, int64_t run_id, struct store_id_list *list,
                           struct error *error);

/* The same, one trial at a time; no lock is held within `visit`, however long it takes.
 * The trial is freed after the visit, unless the visitor took it over and zeroed its record.
 * A visitor that returns false ends it. */
typedef bool store_visitor(void *context, struct store_trial *trial, struct error *error);
bool store_visit_trials(struct store *store, int64_t run_id, store_visitor *visit, void *context,
                        struct error *error);

/* Fields that say what was done, and not when or how it went: trials that agree in them take
 * about the same time. */
extern const enum trial_field store_like_fields[];
extern const size_t store_like_field_count;

/* A text that is the same for records that agree in store_like_fields. Appends it. */
void store_append_likeness(struct text *text, const struct trial_record *record);

struct store_time {
    char *likeness;
    double mean_ns; /* of a trial's process */
};

struct store_time_list {
    struct store_time *times; /* sorted by likeness, each once */
    size_t count;
    size_t capacity;
};

/* The mean times of all trials that were not interrupted, in all runs. `list` must be zeroed. */
bool store_load_times(struct store *store, struct store_time_list *list, struct error *error);
/* The mean time of what is like this; below 0 where there is none. */
double store_time_of(const struct store_time_list *list, const char *likeness);
void store_time_list_free(struct store_time_list *list);

#endif
