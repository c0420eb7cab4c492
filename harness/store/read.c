/* SPDX-License-Identifier: MIT
 *
 * What is read: runs, their environment, trials with their pauses and curves.
 */
#define HEAPMARK_STORE_INTERNAL
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/internal.h"
#include "store/record_requests.h"
#include "store/utf8.h"

/* True where there is a row, false at the end and, with *ok false, on failure. */
static bool next_row(const struct store *store, sqlite3_stmt *statement, bool *ok,
                     struct error *error)
{
    int code = sqlite3_step(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        *ok = store_fail(store, error);
    return code == SQLITE_ROW;
}

static char *column_text(sqlite3_stmt *statement, int column)
{
    const unsigned char *text = sqlite3_column_text(statement, column);
    return text == NULL
               ? NULL
               : utf8_copy((const char *)text, (size_t)sqlite3_column_bytes(statement, column));
}

/* Of a column that is never null; a damaged file may have nothing in it all the same. */
static char *column_needed_text(sqlite3_stmt *statement, int column)
{
    char *text = column_text(statement, column);
    return text != NULL ? text : memory_copy_text("unknown");
}

static int64_t column_integer(sqlite3_stmt *statement, int column)
{
    bool unknown = sqlite3_column_type(statement, column) == SQLITE_NULL;
    return unknown ? -1 : sqlite3_column_int64(statement, column);
}

bool store_find_run(struct store *store, int64_t wanted, int64_t *run_id, struct error *error)
{
    sqlite3_stmt *select =
        wanted == STORE_LATEST_RUN
            ? store_prepare(store, "SELECT id FROM runs ORDER BY id DESC LIMIT 1", error)
            : store_prepare(store, "SELECT id FROM runs WHERE id = ?", error);
    if (select == NULL)
        return false;
    if (wanted != STORE_LATEST_RUN)
        store_bind_integer(select, 1, wanted);
    bool ok = true;
    bool found = next_row(store, select, &ok, error);
    *run_id = found ? sqlite3_column_int64(select, 0) : 0;
    sqlite3_finalize(select);
    if (found || !ok)
        return ok;
    if (wanted == STORE_LATEST_RUN)
        return error_user(error, "the database '%s' holds no run yet: `heapmark run` adds one",
                          store->path);
    return error_user(error,
                      "there is no run %lld in the database '%s': `heapmark list runs` shows those "
                      "that are there",
                      (long long)wanted, store->path);
}

/* STORE_ALL_RUNS stays; anything else becomes the id of a run that is there. */
static bool resolve(struct store *store, int64_t *run_id, struct error *error)
{
    return *run_id == STORE_ALL_RUNS || store_find_run(store, *run_id, run_id, error);
}

bool store_load_environment(struct store *store, int64_t run_id,
                            struct store_environment *environment, struct error *error)
{
    if (!store_find_run(store, run_id, &run_id, error))
        return false;
    sqlite3_stmt *select = store_prepare(
        store, "SELECT key, value FROM environment WHERE run_id = ? ORDER BY rowid", error);
    if (select == NULL)
        return false;
    store_bind_integer(select, 1, run_id);
    bool ok = true;
    while (next_row(store, select, &ok, error)) {
        char *key = column_text(select, 0), *value = column_text(select, 1);
        if (key != NULL)
            store_environment_add(environment, key, value);
        free(key);
        free(value);
    }
    sqlite3_finalize(select);
    return ok;
}

static struct store_run *run_list_grow(struct store_run_list *list)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity == 0 ? 16 : list->capacity * 2;
        list->runs = memory_resize(list->runs, list->capacity * sizeof *list->runs);
    }
    return &list->runs[list->count++];
}

static void read_run(sqlite3_stmt *select, struct store_run *run)
{
    *run = (struct store_run){
        .id = sqlite3_column_int64(select, 0),
        .label = column_text(select, 1),
        .command = column_text(select, 2),
        .suite = column_text(select, 3),
        .baseline = column_text(select, 4),
        .heapmark_version = column_text(select, 5),
        .seed = column_integer(select, 6),
        .invocations = column_integer(select, 7),
        .trials_planned = column_integer(select, 8),
        .status = column_needed_text(select, 9),
        .started_utc = column_needed_text(select, 10),
        .finished_utc = column_text(select, 11),
        .trials = sqlite3_column_int64(select, 12),
        .trials_bad = sqlite3_column_int64(select, 13),
    };
}

/* A run whose process is gone does not go on. No statement is open, as a claim is looked at. */
static void tell_abandoned(struct store *store, struct store_run_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        struct store_run *run = &list->runs[i];
        if (strcmp(run->status, store_run_status_word(STORE_RUN_RUNNING)) != 0 ||
            !store_is_abandoned(store, run->id))
            continue;
        free(run->status);
        run->status = memory_copy_text(store_run_status_word(STORE_RUN_ABANDONED));
    }
}

bool store_load_runs(struct store *store, int64_t run_id, struct store_run_list *list,
                     struct error *error)
{
    if (!resolve(store, &run_id, error))
        return false;
    sqlite3_stmt *select = store_prepare(
        store,
        "SELECT id, label, command, suite, baseline, heapmark_version, seed, invocations,"
        " trials_planned, status, started_utc, finished_utc,"
        " (SELECT count(*) FROM trials WHERE run_id = runs.id),"
        " (SELECT count(*) FROM trials WHERE run_id = runs.id AND outcome IS NOT ?2)"
        " FROM runs WHERE ?1 IN (id, -1) ORDER BY id",
        error);
    if (select == NULL)
        return false;
    store_bind_integer(select, 1, run_id);
    store_bind_text(select, 2, record_outcome_word(OUTCOME_OK));
    bool ok = true;
    while (next_row(store, select, &ok, error))
        read_run(select, run_list_grow(list));
    sqlite3_finalize(select);
    tell_abandoned(store, list);
    return ok;
}

bool store_list_runs(struct store *store, struct store_run_list *list, struct error *error)
{
    return store_load_runs(store, STORE_ALL_RUNS, list, error);
}

void store_run_list_free(struct store_run_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        struct store_run *run = &list->runs[i];
        char *const texts[] = {run->label,        run->command,         run->suite,
                               run->baseline,     run->status,          run->started_utc,
                               run->finished_utc, run->heapmark_version};
        for (size_t text = 0; text < sizeof texts / sizeof *texts; text++)
            free(texts[text]);
    }
    free(list->runs);
    *list = (struct store_run_list){0};
}

static void id_list_add(struct store_id_list *list, int64_t id)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity == 0 ? 256 : list->capacity * 2;
        list->ids = memory_resize(list->ids, list->capacity * sizeof *list->ids);
    }
    list->ids[list->count++] = id;
}

static bool load_trial_ids(struct store *store, int64_t run_id, struct store_id_list *list,
                           struct error *error)
{
    sqlite3_stmt *select =
        run_id == STORE_ALL_RUNS
            ? store_prepare(store, "SELECT id FROM trials ORDER BY id", error)
            : store_prepare(store, "SELECT id FROM trials WHERE run_id = ? ORDER BY id", error);
    if (select == NULL)
        return false;
    if (run_id != STORE_ALL_RUNS)
        store_bind_integer(select, 1, run_id);
    bool ok = true;
    while (next_row(store, select, &ok, error))
        id_list_add(list, sqlite3_column_int64(select, 0));
    sqlite3_finalize(select);
    return ok;
}

/* The statements that read one trial by its id. */
struct trial_reader {
    const struct store *store;
    sqlite3_stmt *trial; /* run_id is column 0, field f is column f + 1 */
    sqlite3_stmt *pauses;
    sqlite3_stmt *curves;   /* null in a file whose schema has none */
    sqlite3_stmt *requests; /* likewise */
    bool figures_only;      /* the trial and nothing else */
};

static void trial_reader_close(struct trial_reader *reader)
{
    sqlite3_finalize(reader->trial);
    sqlite3_finalize(reader->pauses);
    sqlite3_finalize(reader->curves);
    sqlite3_finalize(reader->requests);
}

static bool trial_reader_open(struct trial_reader *reader, const struct store *store,
                              struct error *error)
{
    struct text sql = {0};
    text_append(&sql, "SELECT run_id");
    for (size_t field = 0; field < store->column_count; field++)
        text_format(&sql, ", \"%s\"", record_fields[field].column);
    text_append(&sql, " FROM trials WHERE id = ?");
    *reader =
        (struct trial_reader){.store = store, .trial = store_prepare(store, sql.chars, error)};
    text_free(&sql);
    if (reader->trial != NULL)
        reader->pauses = store_prepare(
            store, "SELECT start_ns, duration_ns FROM pauses WHERE trial_id = ? ORDER BY rowid",
            error);
    if (reader->pauses != NULL && store->has_curves)
        reader->curves = store_prepare(
            store, "SELECT curve, x, y FROM curves WHERE trial_id = ? ORDER BY rowid", error);
    if (reader->curves != NULL && store->has_requests)
        reader->requests =
            store_prepare(store, "SELECT packed FROM requests WHERE trial_id = ?", error);
    bool ok = reader->pauses != NULL && (!store->has_curves || reader->curves != NULL) &&
              (!store->has_requests || reader->requests != NULL);
    if (!ok)
        trial_reader_close(reader);
    return ok;
}

static void read_value(sqlite3_stmt *select, int column, struct trial_record *record,
                       enum trial_field field)
{
    if (sqlite3_column_type(select, column) == SQLITE_NULL)
        return;
    if (record_fields[field].kind == VALUE_INTEGER)
        record_set_integer(record, field, sqlite3_column_int64(select, column));
    else if (record_fields[field].kind == VALUE_REAL)
        record_set_real(record, field, sqlite3_column_double(select, column));
    else
        record_set_text_bytes(record, field, (const char *)sqlite3_column_text(select, column),
                              (size_t)sqlite3_column_bytes(select, column));
}

static bool read_pauses(const struct trial_reader *reader, struct store_trial *trial,
                        struct error *error)
{
    bool ok = true;
    store_bind_integer(reader->pauses, 1, trial->id);
    while (next_row(reader->store, reader->pauses, &ok, error))
        record_add_pause(&trial->record, sqlite3_column_int64(reader->pauses, 0),
                         sqlite3_column_int64(reader->pauses, 1));
    sqlite3_reset(reader->pauses);
    return ok;
}

/* A curve that a newer program has added is left out. */
static bool read_curves(const struct trial_reader *reader, struct store_trial *trial,
                        struct error *error)
{
    bool ok = true;
    if (reader->curves == NULL)
        return true;
    store_bind_integer(reader->curves, 1, trial->id);
    while (next_row(reader->store, reader->curves, &ok, error)) {
        enum trial_curve curve =
            record_find_curve((const char *)sqlite3_column_text(reader->curves, 0));
        if (curve != CURVE_COUNT)
            record_add_point(&trial->record, curve, sqlite3_column_double(reader->curves, 1),
                             sqlite3_column_double(reader->curves, 2));
    }
    sqlite3_reset(reader->curves);
    return ok;
}

/* Requests that cannot be read are left out, and said to be in the trial's warning: they are no
 * reason to keep from the reader what else is there. */
static bool read_requests(const struct trial_reader *reader, struct store_trial *trial,
                          struct error *error)
{
    bool ok = true;
    if (reader->requests == NULL)
        return true;
    store_bind_integer(reader->requests, 1, trial->id);
    if (next_row(reader->store, reader->requests, &ok, error)) {
        const unsigned char *bytes = sqlite3_column_blob(reader->requests, 0);
        size_t count = (size_t)sqlite3_column_bytes(reader->requests, 0);
        if (!record_unpack_requests(&trial->record, bytes, bytes != NULL ? count : 0))
            record_add_warning(&trial->record,
                               "its requests are damaged in the database, and left out here");
    }
    sqlite3_reset(reader->requests);
    return ok;
}

/* *found is false where the trial was deleted since its id was read. Gives up all locks. */
static bool read_trial(const struct trial_reader *reader, struct store_trial *trial, bool *found,
                       struct error *error)
{
    bool ok = true;
    store_bind_integer(reader->trial, 1, trial->id);
    *found = next_row(reader->store, reader->trial, &ok, error);
    if (*found) {
        trial->run_id = sqlite3_column_int64(reader->trial, 0);
        for (size_t field = 0; field < reader->store->column_count; field++)
            read_value(reader->trial, (int)field + 1, &trial->record, (enum trial_field)field);
    }
    sqlite3_reset(reader->trial);
    return ok && (!*found || reader->figures_only ||
                  (read_pauses(reader, trial, error) && read_curves(reader, trial, error) &&
                   read_requests(reader, trial, error)));
}

static bool visit_each(const struct trial_reader *reader, const struct store_id_list *list,
                       store_visitor *visit, void *context, struct error *error)
{
    for (size_t i = 0; i < list->count; i++) {
        struct store_trial trial = {.id = list->ids[i]};
        bool found;
        bool ok =
            read_trial(reader, &trial, &found, error) && (!found || visit(context, &trial, error));
        record_free(&trial.record);
        if (!ok)
            return false;
    }
    return true;
}

static bool visit_run(struct store *store, int64_t run_id, bool figures_only,
                      store_visitor *visitor, void *context, struct error *error)
{
    struct store_id_list list = {0};
    struct trial_reader reader;
    bool ok = resolve(store, &run_id, error) && load_trial_ids(store, run_id, &list, error) &&
              trial_reader_open(&reader, store, error);
    if (ok) {
        reader.figures_only = figures_only;
        ok = visit_each(&reader, &list, visitor, context, error);
        trial_reader_close(&reader);
    }
    free(list.ids);
    return ok;
}

bool store_visit_trials(struct store *store, int64_t run_id, store_visitor *visitor, void *context,
                        struct error *error)
{
    return visit_run(store, run_id, false, visitor, context, error);
}

/* A visitor that takes the trial over into a store_trial_list. */
static bool keep_trial(void *context, struct store_trial *trial, struct error *error)
{
    (void)error;
    struct store_trial_list *list = context;
    if (list->count == list->capacity) {
        list->capacity = list->capacity == 0 ? 64 : list->capacity * 2;
        list->trials = memory_resize(list->trials, list->capacity * sizeof *list->trials);
    }
    list->trials[list->count++] = *trial;
    trial->record = (struct trial_record){0};
    return true;
}

static bool no_such_trial(const struct store *store, int64_t trial_id, struct error *error)
{
    return error_user(error,
                      "there is no trial %lld in the database '%s': `heapmark export` shows those "
                      "that are there, each with its id",
                      (long long)trial_id, store->path);
}

bool store_load_trial(struct store *store, int64_t trial_id, struct store_trial *trial,
                      struct error *error)
{
    struct trial_reader reader;
    bool found;
    trial->id = trial_id;
    if (!trial_reader_open(&reader, store, error))
        return false;
    bool ok = read_trial(&reader, trial, &found, error) &&
              (found || no_such_trial(store, trial_id, error));
    trial_reader_close(&reader);
    return ok;
}

bool store_load_events(struct store *store, int64_t trial_id, unsigned char **bytes, size_t *count,
                       struct error *error)
{
    bool ok = true;
    *bytes = NULL;
    *count = 0;
    if (!store->has_events)
        return true;
    sqlite3_stmt *select =
        store_prepare(store, "SELECT packed FROM events WHERE trial_id = ?", error);
    if (select == NULL)
        return false;
    store_bind_integer(select, 1, trial_id);
    if (next_row(store, select, &ok, error)) {
        const void *packed = sqlite3_column_blob(select, 0);
        *count = (size_t)sqlite3_column_bytes(select, 0);
        *bytes = memory_new(*count + 1);
        if (*count > 0)
            memcpy(*bytes, packed, *count);
    }
    sqlite3_finalize(select);
    return ok;
}

bool store_load_trials(struct store *store, int64_t run_id, struct store_trial_list *list,
                       struct error *error)
{
    return visit_run(store, run_id, false, keep_trial, list, error);
}

bool store_load_figures(struct store *store, int64_t run_id, struct store_trial_list *list,
                        struct error *error)
{
    return visit_run(store, run_id, true, keep_trial, list, error);
}

void store_trial_list_free(struct store_trial_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        record_free(&list->trials[i].record);
    free(list->trials);
    *list = (struct store_trial_list){0};
}
