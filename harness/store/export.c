/* SPDX-License-Identifier: MIT
 *
 * Results as JSON and CSV.
 */
#include "store/export.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/json.h"

static bool cannot_write(struct error *error)
{
    return error_system(error, "cannot write the export: %s", strerror(errno));
}

static bool put(FILE *file, const char *chars, struct error *error)
{
    return fputs(chars, file) >= 0 || cannot_write(error);
}

static bool flush(FILE *file, struct error *error)
{
    return (fflush(file) == 0 && !ferror(file)) || cannot_write(error);
}

static bool put_json(FILE *file, json_t *json, struct error *error)
{
    bool ok = json_dumpf(json, file, JSON_COMPACT | JSON_ENCODE_ANY) == 0 || cannot_write(error);
    json_decref(json);
    return ok;
}

static json_t *run_to_json(const struct store_run *run)
{
    json_t *json = json_new_object();
    json_add(json, "id", json_of_integer(run->id));
    json_add(json, "label", json_of_text(run->label));
    json_add(json, "command", json_of_text(run->command));
    json_add(json, "suite", json_of_text(run->suite));
    json_add(json, "baseline", json_of_text(run->baseline));
    json_add(json, "heapmark_version", json_of_text(run->heapmark_version));
    json_add(json, "seed", json_of_count(run->seed));
    json_add(json, "invocations", json_of_count(run->invocations));
    json_add(json, "trials_planned", json_of_count(run->trials_planned));
    json_add(json, "status", json_of_text(run->status));
    json_add(json, "started_utc", json_of_text(run->started_utc));
    json_add(json, "finished_utc", json_of_text(run->finished_utc));
    return json;
}

static json_t *environment_to_json(const struct store_environment *environment)
{
    json_t *json = json_new_object();
    for (size_t i = 0; i < environment->count; i++)
        json_add(json, environment->entries[i].key, json_of_text(environment->entries[i].value));
    return json;
}

static bool put_runs(FILE *file, const struct store_run_list *list, struct error *error)
{
    for (size_t i = 0; i < list->count; i++) {
        if (!put(file, i == 0 ? "\n" : ",\n", error) ||
            !put_json(file, run_to_json(&list->runs[i]), error))
            return false;
    }
    return true;
}

static bool put_environment(struct store *store, int64_t run_id, const char *before, FILE *file,
                            struct error *error)
{
    struct store_environment environment = {0};
    bool ok = store_load_environment(store, run_id, &environment, error) &&
              put(file, before, error) &&
              (fprintf(file, "\"%" PRId64 "\": ", run_id) > 0 || cannot_write(error)) &&
              put_json(file, environment_to_json(&environment), error);
    store_environment_free(&environment);
    return ok;
}

static bool put_environments(struct store *store, const struct store_run_list *list, FILE *file,
                             struct error *error)
{
    for (size_t i = 0; i < list->count; i++) {
        if (!put_environment(store, list->runs[i].id, i == 0 ? "\n" : ",\n", file, error))
            return false;
    }
    return true;
}

struct stream {
    FILE *file;
    size_t count; /* trials written */
};

static bool put_trial_json(void *context, struct store_trial *trial, struct error *error)
{
    struct stream *stream = context;
    json_t *json = json_new_object();
    json_add(json, "id", json_of_integer(trial->id));
    json_add(json, "run_id", json_of_integer(trial->run_id));
    json_t *fields = record_to_json(&trial->record);
    json_add_all(json, fields);
    json_decref(fields);
    const char *before = stream->count++ == 0 ? "\n" : ",\n";
    if (put(stream->file, before, error))
        return put_json(stream->file, json, error);
    json_decref(json);
    return false;
}

static bool put_json_of_runs(struct store *store, int64_t run_id, const struct store_run_list *list,
                             FILE *file, struct error *error)
{
    struct stream stream = {.file = file};
    if (fprintf(file, "{\"schema\": %d,\n\"runs\": [", STORE_SCHEMA_VERSION) < 0)
        return cannot_write(error);
    return put_runs(file, list, error) && put(file, "],\n\"environment\": {", error) &&
           put_environments(store, list, file, error) && put(file, "},\n\"trials\": [", error) &&
           store_visit_trials(store, run_id, put_trial_json, &stream, error) &&
           put(file, "]}\n", error) && flush(file, error);
}

bool export_json(struct store *store, int64_t run_id, FILE *file, struct error *error)
{
    struct store_run_list list = {0};
    bool ok = store_load_runs(store, run_id, &list, error) &&
              /* The latest may be another by the time that its trials are read. */
              put_json_of_runs(store, run_id == STORE_LATEST_RUN ? list.runs[0].id : run_id, &list,
                               file, error);
    store_run_list_free(&list);
    return ok;
}

static bool put_csv_header(FILE *file, struct error *error)
{
    if (!put(file, "id,run_id", error))
        return false;
    for (int field = 0; field < TRIAL_FIELD_COUNT; field++) {
        if (!put(file, ",", error) || !put(file, record_fields[field].column, error))
            return false;
    }
    return put(file, "\n", error);
}

/* Numbers are not texts: a minus makes no formula of them. */
static void append_cell(struct text *row, const struct value *value)
{
    text_append(row, ",");
    if (value->kind == VALUE_INTEGER)
        text_format(row, "%" PRId64, value->integer);
    else if (value->kind == VALUE_REAL)
        text_format(row, "%.17g", value->real);
    else if (value->kind == VALUE_TEXT)
        text_append_csv(row, value->text);
}

static bool put_trial_csv(void *context, struct store_trial *trial, struct error *error)
{
    struct stream *stream = context;
    struct text row = {0};
    text_format(&row, "%" PRId64 ",%" PRId64, trial->id, trial->run_id);
    for (int field = 0; field < TRIAL_FIELD_COUNT; field++)
        append_cell(&row, &trial->record.values[field]);
    text_append(&row, "\n");
    bool ok = put(stream->file, row.chars, error);
    text_free(&row);
    return ok;
}

bool export_csv(struct store *store, int64_t run_id, FILE *file, struct error *error)
{
    struct stream stream = {.file = file};
    return (run_id == STORE_ALL_RUNS || store_find_run(store, run_id, &run_id, error)) &&
           put_csv_header(file, error) &&
           store_visit_trials(store, run_id, put_trial_csv, &stream, error) && flush(file, error);
}
