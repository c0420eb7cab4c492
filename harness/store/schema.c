/* SPDX-License-Identifier: MIT
 *
 * The tables, and the ladder from each version of them to the next.
 *
 * A rung is never changed once it was released: a file of any version climbs the rungs that
 * it lacks, and a new file climbs all. To append rows to TRIAL_FIELDS, append a rung that ends at
 * the last of them and sets the next user_version, and raise STORE_SCHEMA_VERSION.
 */
#define HEAPMARK_STORE_INTERNAL
#include <string.h>

#include "base/text.h"
#include "store/internal.h"

#define STRINGIFY(token) #token
#define TEXT_OF(macro) STRINGIFY(macro)

static const char VERSION_1[] = "PRAGMA application_id = " TEXT_OF(
    STORE_APPLICATION_ID) ";"
                          "CREATE TABLE runs ("
                          "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
                          "  label TEXT,"
                          "  command TEXT,"
                          "  suite TEXT,"
                          "  baseline TEXT,"
                          "  heapmark_version TEXT,"
                          "  seed INTEGER,"
                          "  invocations INTEGER,"
                          "  trials_planned INTEGER,"
                          "  status TEXT NOT NULL,"
                          "  started_utc TEXT NOT NULL,"
                          "  finished_utc TEXT"
                          ") STRICT;"
                          "CREATE TABLE environment ("
                          "  run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,"
                          "  key TEXT NOT NULL,"
                          "  value TEXT NOT NULL,"
                          "  UNIQUE (run_id, key)"
                          ") STRICT;"
                          "CREATE TABLE trials ("
                          "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
                          "  run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE"
                          ") STRICT;"
                          "CREATE INDEX trials_by_run ON trials (run_id);"
                          "CREATE TABLE pauses ("
                          "  trial_id INTEGER NOT NULL REFERENCES trials (id) ON DELETE CASCADE,"
                          "  start_ns INTEGER NOT NULL,"
                          "  duration_ns INTEGER NOT NULL"
                          ") STRICT;"
                          "CREATE INDEX pauses_by_trial ON pauses (trial_id);"
                          "PRAGMA user_version = 1;";

enum { LAST_FIELD_OF_VERSION_1 = TRIAL_GBENCH_VERSION };

/* Columns only. */
static const char VERSION_2[] = "PRAGMA user_version = 2;";

enum { LAST_FIELD_OF_VERSION_2 = TRIAL_MEMORY_BY_NODE };

static const char VERSION_3[] = "ALTER TABLE runs ADD COLUMN definition TEXT;"
                                "PRAGMA user_version = 3;";

enum { LAST_FIELD_OF_VERSION_3 = TRIAL_CLOCK_SET_NS };

/* Columns only. */
static const char VERSION_4[] = "PRAGMA user_version = 4;";

enum { LAST_FIELD_OF_VERSION_4 = TRIAL_SPAWN_TO_CALL_NS };

/* Columns only. */
static const char VERSION_5[] = "PRAGMA user_version = 5;";

enum { LAST_FIELD_OF_VERSION_5 = TRIAL_END_TO_STORED_NS };

static const char VERSION_6[] =
    "CREATE TABLE curves ("
    "  trial_id INTEGER NOT NULL REFERENCES trials (id) ON DELETE CASCADE,"
    "  curve TEXT NOT NULL,"
    "  x REAL NOT NULL,"
    "  y REAL NOT NULL"
    ") STRICT;"
    "CREATE INDEX curves_by_trial ON curves (trial_id);"
    "PRAGMA user_version = 6;";

enum { LAST_FIELD_OF_VERSION_6 = TRIAL_END_TO_STORED_NS };

/* Columns only. */
static const char VERSION_7[] = "PRAGMA user_version = 7;";

enum { LAST_FIELD_OF_VERSION_7 = TRIAL_COUNTED_COLLECTOR_INSTRUCTIONS };

static const char VERSION_8[] = "CREATE TABLE smallest_heaps ("
                                "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
                                "  plugin_sha256 TEXT NOT NULL,"
                                "  collector TEXT NOT NULL,"
                                "  variant TEXT NOT NULL,"
                                "  collector_options TEXT NOT NULL,"
                                "  workload TEXT NOT NULL,"
                                "  workload_parameters TEXT NOT NULL,"
                                "  workload_revision TEXT NOT NULL,"
                                "  threads INTEGER NOT NULL,"
                                "  dispatch TEXT NOT NULL,"
                                "  seed INTEGER NOT NULL,"
                                "  time_limit_ns INTEGER NOT NULL,"
                                "  tries INTEGER NOT NULL,"
                                "  precision REAL NOT NULL,"
                                "  takes_limit INTEGER NOT NULL,"
                                "  heap_bytes INTEGER,"
                                "  live_bytes INTEGER,"
                                "  trials INTEGER NOT NULL,"
                                "  cause TEXT,"
                                "  found_utc TEXT NOT NULL,"
                                "  UNIQUE (plugin_sha256, variant, collector_options, workload,"
                                "          workload_parameters, workload_revision, threads,"
                                "          dispatch, seed, time_limit_ns, tries, precision)"
                                ") STRICT;"
                                "PRAGMA user_version = 8;";

enum { LAST_FIELD_OF_VERSION_8 = TRIAL_HEAP_MULTIPLE };

static const char VERSION_9[] =
    "CREATE TABLE events ("
    "  trial_id INTEGER PRIMARY KEY REFERENCES trials (id) ON DELETE CASCADE,"
    "  packed BLOB NOT NULL"
    ") STRICT;"
    "PRAGMA user_version = 9;";

enum { LAST_FIELD_OF_VERSION_9 = TRIAL_EVENTS_MISSING };

static const char VERSION_10[] =
    "CREATE TABLE requests ("
    "  trial_id INTEGER PRIMARY KEY REFERENCES trials (id) ON DELETE CASCADE,"
    "  packed BLOB NOT NULL"
    ") STRICT;"
    "PRAGMA user_version = 10;";

enum { LAST_FIELD_OF_VERSION_10 = TRIAL_DEFICIT_SHARE };

/* Columns only. */
static const char VERSION_11[] = "PRAGMA user_version = 11;";

enum { LAST_FIELD_OF_VERSION_11 = TRIAL_OUTER_LOAD_HELD_BYTES };

/* Columns only. */
static const char VERSION_12[] = "PRAGMA user_version = 12;";

enum { LAST_FIELD_OF_VERSION_12 = TRIAL_FLAGS };

/* Columns only. */
static const char VERSION_13[] = "PRAGMA user_version = 13;";

enum { LAST_FIELD_OF_VERSION_13 = TRIAL_TIME_TO_SAFEPOINT_P999_NS };

/* Columns only. */
static const char VERSION_14[] = "PRAGMA user_version = 14;";

enum { LAST_FIELD_OF_VERSION_14 = TRIAL_COLLECTOR_THREADS_CPU_NS };

/* Columns only. */
static const char VERSION_15[] = "PRAGMA user_version = 15;";

enum { LAST_FIELD_OF_VERSION_15 = TRIAL_REACHABLE_MEAN_BYTES };

/* Columns only. */
static const char VERSION_16[] = "PRAGMA user_version = 16;";

enum { LAST_FIELD_OF_VERSION_16 = TRIAL_INSTRUMENT };

/* Columns only. */
static const char VERSION_17[] = "PRAGMA user_version = 17;";

enum { LAST_FIELD_OF_VERSION_17 = TRIAL_FREQUENCY_END_HZ };

/* Columns only. */
static const char VERSION_18[] = "PRAGMA user_version = 18;";

enum { LAST_FIELD_OF_VERSION_18 = TRIAL_COUNTS_REFERENCES };

/* Columns only. */
static const char VERSION_19[] = "PRAGMA user_version = 19;";

enum { LAST_FIELD_OF_VERSION_19 = TRIAL_HARNESS_CPU_NS };

/* Columns only. */
static const char VERSION_20[] = "PRAGMA user_version = 20;";

enum { LAST_FIELD_OF_VERSION_20 = TRIAL_INSTRUCTIONS_PER_OPERATION };

static const char VERSION_21[] = "ALTER TABLE curves ADD COLUMN mutator INTEGER;"
                                 "PRAGMA user_version = 21;";

enum { LAST_FIELD_OF_VERSION_21 = TRIAL_INSTRUCTIONS_PER_OPERATION };

/* Columns only. */
static const char VERSION_22[] = "PRAGMA user_version = 22;";

enum { LAST_FIELD_OF_VERSION_22 = TRIAL_BOUND_LATENCY_NS };
_Static_assert(LAST_FIELD_OF_VERSION_22 + 1 == TRIAL_FIELD_COUNT,
               "rows appended to TRIAL_FIELDS need a rung of their own");

/* Rung N leads to version N + 1. */
static const struct rung {
    const char *script;
    enum trial_field last_field; /* the columns of trials end here after the rung */
} ladder[] = {
    {VERSION_1, (enum trial_field)LAST_FIELD_OF_VERSION_1},
    {VERSION_2, (enum trial_field)LAST_FIELD_OF_VERSION_2},
    {VERSION_3, (enum trial_field)LAST_FIELD_OF_VERSION_3},
    {VERSION_4, (enum trial_field)LAST_FIELD_OF_VERSION_4},
    {VERSION_5, (enum trial_field)LAST_FIELD_OF_VERSION_5},
    {VERSION_6, (enum trial_field)LAST_FIELD_OF_VERSION_6},
    {VERSION_7, (enum trial_field)LAST_FIELD_OF_VERSION_7},
    {VERSION_8, (enum trial_field)LAST_FIELD_OF_VERSION_8},
    {VERSION_9, (enum trial_field)LAST_FIELD_OF_VERSION_9},
    {VERSION_10, (enum trial_field)LAST_FIELD_OF_VERSION_10},
    {VERSION_11, (enum trial_field)LAST_FIELD_OF_VERSION_11},
    {VERSION_12, (enum trial_field)LAST_FIELD_OF_VERSION_12},
    {VERSION_13, (enum trial_field)LAST_FIELD_OF_VERSION_13},
    {VERSION_14, (enum trial_field)LAST_FIELD_OF_VERSION_14},
    {VERSION_15, (enum trial_field)LAST_FIELD_OF_VERSION_15},
    {VERSION_16, (enum trial_field)LAST_FIELD_OF_VERSION_16},
    {VERSION_17, (enum trial_field)LAST_FIELD_OF_VERSION_17},
    {VERSION_18, (enum trial_field)LAST_FIELD_OF_VERSION_18},
    {VERSION_19, (enum trial_field)LAST_FIELD_OF_VERSION_19},
    {VERSION_20, (enum trial_field)LAST_FIELD_OF_VERSION_20},
    {VERSION_21, (enum trial_field)LAST_FIELD_OF_VERSION_21},
    {VERSION_22, (enum trial_field)LAST_FIELD_OF_VERSION_22},
};
_Static_assert(sizeof ladder / sizeof *ladder == STORE_SCHEMA_VERSION, "a rung for each version");

static size_t columns_of_version(int version)
{
    return version < 1 ? 0 : (size_t)ladder[version - 1].last_field + 1;
}

static const char *sql_type(enum value_kind kind)
{
    return kind == VALUE_INTEGER ? "INTEGER" : kind == VALUE_REAL ? "REAL" : "TEXT";
}

/* Names and types of columns cannot be bound; they come from TRIAL_FIELDS and nowhere else. */
static bool add_columns(const struct store *store, size_t first, size_t end, struct error *error)
{
    struct text sql = {0};
    for (size_t field = first; field < end; field++)
        text_format(&sql, "ALTER TABLE trials ADD COLUMN \"%s\" %s;", record_fields[field].column,
                    sql_type(record_fields[field].kind));
    bool ok = store_execute(store, text_chars(&sql), error);
    text_free(&sql);
    return ok;
}

static bool check_version(const struct store *store, int version, struct error *error)
{
    if (version >= 0 && version <= STORE_SCHEMA_VERSION)
        return true;
    return error_user(error,
                      "'%s' was written by a newer Heapmark (schema version %d, this one knows "
                      "%d): use the newer one, or name another file with --db",
                      store->path, version, STORE_SCHEMA_VERSION);
}

/* A version that this program knows. */
static bool read_version(const struct store *store, int *version, struct error *error)
{
    sqlite3_stmt *statement = store_prepare(store, "PRAGMA user_version", error);
    if (statement == NULL)
        return false;
    bool ok = sqlite3_step(statement) == SQLITE_ROW;
    *version = ok ? sqlite3_column_int(statement, 0) : 0;
    if (!ok)
        store_fail(store, error);
    sqlite3_finalize(statement);
    return ok && check_version(store, *version, error);
}

/* Another process may have climbed since the version was read: read it again under the lock. */
static bool climb_within(const struct store *store, struct error *error)
{
    int version;
    if (!read_version(store, &version, error))
        return false;
    for (; version < STORE_SCHEMA_VERSION; version++) {
        size_t columns = columns_of_version(version);
        if (!store_execute(store, ladder[version].script, error) ||
            !add_columns(store, columns, columns_of_version(version + 1), error))
            return false;
    }
    return true;
}

static bool climb(const struct store *store, struct error *error)
{
    return store_begin(store, error) && store_end(store, climb_within(store, error), error);
}

bool store_schema_open(struct store *store, enum store_mode mode, struct error *error)
{
    int version;
    if (!read_version(store, &version, error))
        return false;
    if (mode == STORE_WRITE && version < STORE_SCHEMA_VERSION) {
        if (!climb(store, error))
            return false;
        version = STORE_SCHEMA_VERSION;
    }
    if (version == 0)
        return error_user(error, "'%s' holds no tables: name another file with --db", store->path);
    store->column_count = columns_of_version(version);
    store->has_curves = version >= 6;
    store->has_smallest = version >= 8;
    store->has_events = version >= 9;
    store->has_requests = version >= 10;
    return true;
}

/* In memory first, so that the file appears whole. */
unsigned char *store_schema_image(size_t *count, struct error *error)
{
    struct store store = {.path = (char[]){"(in memory)"}};
    unsigned char *image = NULL;
    if (sqlite3_open(":memory:", &store.database) != SQLITE_OK)
        store_fail(&store, error);
    else if (climb(&store, error)) {
        sqlite3_int64 bytes = 0;
        image = sqlite3_serialize(store.database, "main", &bytes, 0);
        *count = (size_t)bytes;
        if (image == NULL)
            error_system(error, "out of memory for a new database");
    }
    sqlite3_close(store.database);
    return image;
}
