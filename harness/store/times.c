/* SPDX-License-Identifier: MIT
 *
 * How long trials took, by what they did; see store.h.
 */
#include <stdlib.h>
#include <string.h>

#define HEAPMARK_STORE_INTERNAL
#include "store/internal.h"

const enum trial_field store_like_fields[] = {
    TRIAL_COLLECTOR,           TRIAL_VARIANT,  TRIAL_COLLECTOR_OPTIONS, TRIAL_WORKLOAD,
    TRIAL_WORKLOAD_PARAMETERS, TRIAL_DISPATCH, TRIAL_THREADS,           TRIAL_HEAP_BYTES,
};
const size_t store_like_field_count = sizeof store_like_fields / sizeof *store_like_fields;

/* Unlike anything in a name: what separates the fields. */
static const char BETWEEN = '\x1f';

static void append_part(struct text *text, const char *part)
{
    text_format(text, "%s%c", part != NULL ? part : "", BETWEEN);
}

void store_append_likeness(struct text *text, const struct trial_record *record)
{
    for (size_t i = 0; i < store_like_field_count; i++) {
        enum trial_field field = store_like_fields[i];
        if (record_fields[field].kind == VALUE_TEXT)
            append_part(text, record_text(record, field, NULL));
        else if (record_is_known(record, field))
            text_format(text, "%lld%c", (long long)record_integer(record, field, 0), BETWEEN);
        else
            append_part(text, NULL);
    }
}

static void append_columns(struct text *sql)
{
    for (size_t i = 0; i < store_like_field_count; i++)
        text_format(sql, "%s%s", i == 0 ? "" : ", ", record_fields[store_like_fields[i]].column);
}

/* A database that an older version wrote, opened for reading, has no column for the process. */
static const char *time_of_process(const struct store *store)
{
    return store->column_count > TRIAL_PROCESS_NS
               ? "process_ns"
               : "wall_ns + coalesce(spawn_to_first_ns, 0) + coalesce(final_collect_ns, 0)";
}

/* A trial that fails takes its time too; one that was interrupted took less than it would have. */
static sqlite3_stmt *select_times(struct store *store, struct error *error)
{
    struct text sql = {0};
    const char *time = time_of_process(store);
    text_append(&sql, "SELECT ");
    append_columns(&sql);
    text_format(&sql, ", avg(%s) FROM trials WHERE outcome <> ? AND %s IS NOT NULL GROUP BY ", time,
                time);
    append_columns(&sql);
    sqlite3_stmt *select = store_prepare(store, text_chars(&sql), error);
    if (select != NULL)
        store_bind_text(select, 1, record_outcome_word(OUTCOME_INTERRUPTED));
    text_free(&sql);
    return select;
}

static void add_time(struct store_time_list *list, sqlite3_stmt *select)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity == 0 ? 64 : list->capacity * 2;
        list->times = memory_resize(list->times, list->capacity * sizeof *list->times);
    }
    struct text likeness = {0};
    for (size_t i = 0; i < store_like_field_count; i++)
        append_part(&likeness, (const char *)sqlite3_column_text(select, (int)i));
    list->times[list->count++] = (struct store_time){
        .likeness = likeness.chars,
        .mean_ns = sqlite3_column_double(select, (int)store_like_field_count),
    };
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct store_time *)a)->likeness,
                  ((const struct store_time *)b)->likeness);
}

bool store_load_times(struct store *store, struct store_time_list *list, struct error *error)
{
    sqlite3_stmt *select = select_times(store, error);
    if (select == NULL)
        return false;
    int status;
    while ((status = sqlite3_step(select)) == SQLITE_ROW)
        add_time(list, select);
    bool fine = status == SQLITE_DONE || store_fail(store, error);
    sqlite3_finalize(select);
    if (list->count > 0)
        qsort(list->times, list->count, sizeof *list->times, compare);
    return fine;
}

double store_time_of(const struct store_time_list *list, const char *likeness)
{
    const struct store_time wanted = {.likeness = (char *)likeness};
    const struct store_time *found =
        list->count == 0 ? NULL
                         : bsearch(&wanted, list->times, list->count, sizeof *list->times, compare);
    return found != NULL ? found->mean_ns : -1;
}

void store_time_list_free(struct store_time_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->times[i].likeness);
    free(list->times);
    *list = (struct store_time_list){0};
}
