/* SPDX-License-Identifier: MIT
 *
 * What is written: runs, their environment, trials with their pauses, curves, requests and events.
 */
#define HEAPMARK_STORE_INTERNAL
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "store/internal.h"
#include "store/record_requests.h"
#include "store/utf8.h"

static const char *const status_words[STORE_RUN_STATUS_COUNT] = {
#define STORE_RUN_STATUS_ROW(name, word, sentence) [name] = word,
    STORE_RUN_STATUSES(STORE_RUN_STATUS_ROW)
#undef STORE_RUN_STATUS_ROW
};

const char *store_run_status_word(enum store_run_status status)
{
    CHECK((unsigned)status < STORE_RUN_STATUS_COUNT, "status %d", (int)status);
    return status_words[status];
}

static void bind_if_known(sqlite3_stmt *statement, int index, int64_t integer)
{
    if (integer >= 0)
        store_bind_integer(statement, index, integer);
}

static bool insert_run(struct store *store, const struct store_run_start *start,
                       struct error *error)
{
    sqlite3_stmt *insert = store_prepare(
        store,
        "INSERT INTO runs (label, command, suite, baseline, heapmark_version, seed, invocations,"
        " trials_planned, status, started_utc, definition)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        error);
    if (insert == NULL)
        return false;
    const char *const texts[] = {start->label, start->command, start->suite, start->baseline,
                                 start->heapmark_version};
    for (int i = 0; i < 5; i++)
        store_bind_text(insert, i + 1, texts[i]);
    bind_if_known(insert, 6, start->seed);
    bind_if_known(insert, 7, start->invocations);
    bind_if_known(insert, 8, start->trials_planned);
    store_bind_text(insert, 9, store_run_status_word(STORE_RUN_RUNNING));
    char now[21];
    clock_utc_text(now);
    store_bind_text(insert, 10, now);
    store_bind_text(insert, 11, start->definition);
    return store_finish(store, insert, error);
}

bool store_begin_run(struct store *store, const struct store_run_start *start, int64_t *run_id,
                     struct error *error)
{
    if (!store_begin(store, error))
        return false;
    bool ok = insert_run(store, start, error);
    *run_id = sqlite3_last_insert_rowid(store->database);
    /* Before anybody else can see the run, so that it is never taken for abandoned. */
    ok = ok && store_claim(store, *run_id, error);
    ok = store_end(store, ok, error);
    if (!ok)
        store_release(store, *run_id);
    return ok;
}

bool store_set_status(struct store *store, int64_t run_id, enum store_run_status status,
                      struct error *error)
{
    sqlite3_stmt *update =
        store_prepare(store, "UPDATE runs SET status = ?, finished_utc = ? WHERE id = ?", error);
    if (update == NULL)
        return false;
    char now[21];
    clock_utc_text(now);
    store_bind_text(update, 1, store_run_status_word(status));
    store_bind_text(update, 2, status == STORE_RUN_RUNNING ? NULL : now);
    store_bind_integer(update, 3, run_id);
    if (!store_finish(store, update, error))
        return false;
    return sqlite3_changes(store->database) == 1 ||
           error_user(error, "there is no run %lld in the database '%s'", (long long)run_id,
                      store->path);
}

/* What was noted of the trial before, within a transaction. It stays noted until that is
 * committed. */
static bool write_noted(struct store *store, struct error *error)
{
    if (store->noted_ns < 0)
        return true;
    struct text sql = {0};
    text_format(&sql, "UPDATE trials SET \"%s\" = ? WHERE id = ?",
                record_fields[TRIAL_END_TO_STORED_NS].column);
    sqlite3_stmt *update = store_prepare(store, text_chars(&sql), error);
    text_free(&sql);
    if (update == NULL)
        return false;
    store_bind_integer(update, 1, store->noted_ns);
    store_bind_integer(update, 2, store->last_trial);
    return store_finish(store, update, error);
}

void store_note_stored(struct store *store, uint64_t end_to_stored_ns)
{
    CHECK(store->last_trial != 0, "no trial was added");
    store->noted_ns = (int64_t)end_to_stored_ns;
}

bool store_finish_run(struct store *store, int64_t run_id, enum store_run_status status,
                      struct error *error)
{
    CHECK(status != STORE_RUN_RUNNING && status != STORE_RUN_ABANDONED, "run %lld ends as %s",
          (long long)run_id, store_run_status_word(status));
    bool ok = store_begin(store, error) &&
              store_end(store,
                        write_noted(store, error) && store_set_status(store, run_id, status, error),
                        error);
    if (!ok)
        return false;
    store->noted_ns = -1;
    store_release(store, run_id);
    return true;
}

void store_environment_add(struct store_environment *environment, const char *key,
                           const char *value)
{
    if (environment->count == environment->capacity) {
        environment->capacity = environment->capacity == 0 ? 32 : environment->capacity * 2;
        environment->entries =
            memory_resize(environment->entries, environment->capacity * sizeof(struct store_entry));
    }
    const char *known = value != NULL ? value : "unknown";
    environment->entries[environment->count++] = (struct store_entry){
        .key = utf8_copy(key, strlen(key)), .value = utf8_copy(known, strlen(known))};
}

const char *store_environment_find(const struct store_environment *environment, const char *key)
{
    for (size_t i = 0; i < environment->count; i++) {
        if (strcmp(environment->entries[i].key, key) == 0)
            return environment->entries[i].value;
    }
    return NULL;
}

void store_environment_free(struct store_environment *environment)
{
    for (size_t i = 0; i < environment->count; i++) {
        free(environment->entries[i].key);
        free(environment->entries[i].value);
    }
    free(environment->entries);
    *environment = (struct store_environment){0};
}

static bool insert_entry(struct store *store, int64_t run_id, const struct store_entry *entry,
                         struct error *error)
{
    sqlite3_stmt *insert =
        store_prepare(store,
                      "INSERT INTO environment (run_id, key, value) VALUES (?, ?, ?)"
                      " ON CONFLICT (run_id, key) DO UPDATE SET value = excluded.value",
                      error);
    if (insert == NULL)
        return false;
    store_bind_integer(insert, 1, run_id);
    store_bind_text(insert, 2, entry->key);
    store_bind_text(insert, 3, entry->value);
    return store_finish(store, insert, error);
}

bool store_add_environment(struct store *store, int64_t run_id,
                           const struct store_environment *environment, struct error *error)
{
    if (!store_begin(store, error))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < environment->count; i++)
        ok = insert_entry(store, run_id, &environment->entries[i], error);
    return store_end(store, ok, error);
}

/* The statement that inserts a trial: run_id is value 1, field f is value f + 2. */
static sqlite3_stmt *prepare_trial(struct store *store, struct error *error)
{
    struct text sql = {0};
    text_append(&sql, "INSERT INTO trials (run_id");
    for (size_t field = 0; field < store->column_count; field++)
        text_format(&sql, ", \"%s\"", record_fields[field].column);
    text_append(&sql, ") VALUES (?");
    for (size_t field = 0; field < store->column_count; field++)
        text_append(&sql, ", ?");
    text_append(&sql, ")");
    sqlite3_stmt *insert = store_prepare(store, sql.chars, error);
    text_free(&sql);
    return insert;
}

static void bind_value(sqlite3_stmt *statement, int index, const struct value *value)
{
    if (value->kind == VALUE_INTEGER)
        store_bind_integer(statement, index, value->integer);
    else if (value->kind == VALUE_REAL)
        sqlite3_bind_double(statement, index, value->real);
    else if (value->kind == VALUE_TEXT)
        store_bind_text(statement, index, value->text);
}

static bool insert_trial(struct store *store, int64_t run_id, const struct trial_record *record,
                         struct error *error)
{
    sqlite3_stmt *insert = prepare_trial(store, error);
    if (insert == NULL)
        return false;
    store_bind_integer(insert, 1, run_id);
    for (size_t field = 0; field < store->column_count; field++)
        bind_value(insert, (int)field + 2, &record->values[field]);
    return store_finish(store, insert, error);
}

static bool insert_pauses(struct store *store, int64_t trial_id, const struct pause_list *pauses,
                          struct error *error)
{
    sqlite3_stmt *insert = store_prepare(
        store, "INSERT INTO pauses (trial_id, start_ns, duration_ns) VALUES (?, ?, ?)", error);
    if (insert == NULL)
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < pauses->count; i++) {
        sqlite3_reset(insert);
        store_bind_integer(insert, 1, trial_id);
        store_bind_integer(insert, 2, pauses->start_ns[i]);
        store_bind_integer(insert, 3, pauses->duration_ns[i]);
        ok = sqlite3_step(insert) == SQLITE_DONE || store_fail(store, error);
    }
    sqlite3_finalize(insert);
    return ok;
}

static bool insert_curves(struct store *store, int64_t trial_id, const struct trial_record *record,
                          struct error *error)
{
    sqlite3_stmt *insert = store_prepare(
        store, "INSERT INTO curves (trial_id, curve, x, y, mutator) VALUES (?, ?, ?, ?, ?)", error);
    if (insert == NULL)
        return false;
    bool ok = true;
    for (int name = 0; name < CURVE_COUNT; name++) {
        const struct curve *curve = &record->curves[name];
        int64_t mutator = name == CURVE_MMU_EACH || name == CURVE_BMU_EACH ? 0 : -1;
        for (size_t i = 0; ok && i < curve->count; i++) {
            sqlite3_reset(insert);
            if (mutator >= 0 && i > 0 && curve->points[i].x <= curve->points[i - 1].x)
                mutator++;
            store_bind_integer(insert, 1, trial_id);
            store_bind_text(insert, 2, record_curve_word((enum trial_curve)name));
            sqlite3_bind_double(insert, 3, curve->points[i].x);
            sqlite3_bind_double(insert, 4, curve->points[i].y);
            if (mutator >= 0)
                store_bind_integer(insert, 5, mutator);
            ok = sqlite3_step(insert) == SQLITE_DONE || store_fail(store, error);
        }
    }
    sqlite3_finalize(insert);
    return ok;
}

static bool insert_events(struct store *store, int64_t trial_id, const struct record_events *events,
                          struct error *error)
{
    if (events->count == 0)
        return true;
    sqlite3_stmt *insert =
        store_prepare(store, "INSERT INTO events (trial_id, packed) VALUES (?, ?)", error);
    if (insert == NULL)
        return false;
    store_bind_integer(insert, 1, trial_id);
    sqlite3_bind_blob64(insert, 2, events->bytes, events->count, SQLITE_STATIC);
    return store_finish(store, insert, error);
}

static bool insert_requests(struct store *store, int64_t trial_id,
                            const struct trial_record *record, struct error *error)
{
    if (record->requests.count == 0)
        return true;
    sqlite3_stmt *insert =
        store_prepare(store, "INSERT INTO requests (trial_id, packed) VALUES (?, ?)", error);
    if (insert == NULL)
        return false;
    struct text bytes = {0};
    record_pack_requests(record, &bytes);
    store_bind_integer(insert, 1, trial_id);
    sqlite3_bind_blob64(insert, 2, text_chars(&bytes), bytes.length, SQLITE_STATIC);
    bool ok = store_finish(store, insert, error);
    text_free(&bytes);
    return ok;
}

bool store_add_trial(struct store *store, int64_t run_id, const struct trial_record *record,
                     struct error *error)
{
    if (!store_begin(store, error))
        return false;
    bool ok = write_noted(store, error) && insert_trial(store, run_id, record, error);
    int64_t trial_id = sqlite3_last_insert_rowid(store->database);
    ok = ok && insert_pauses(store, trial_id, &record->pauses, error) &&
         insert_curves(store, trial_id, record, error) &&
         insert_events(store, trial_id, &record->events, error) &&
         insert_requests(store, trial_id, record, error);
    if (!store_end(store, ok, error))
        return false;
    store->last_trial = trial_id;
    store->noted_ns = -1;
    return true;
}
