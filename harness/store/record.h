/* SPDX-License-Identifier: MIT
 *
 * The result of one trial: a value for each row of TRIAL_FIELDS, its pauses, curves, requests and
 * raw events.
 *
 * What is not known is VALUE_UNKNOWN (SQL NULL, JSON null), never 0. A zeroed record
 * knows nothing. To set or ask a field by another type than its own is a bug and
 * aborts. No function here takes a lock: a record belongs to one thread at a time.
 * Out of memory ends the program with exit status 3.
 */
#ifndef HEAPMARK_STORE_RECORD_H
#define HEAPMARK_STORE_RECORD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "store/trial_fields.h"

enum trial_field {
#define TRIAL_FIELD_ENUMERATOR(name, column, type, unit, sentence) name,
    TRIAL_FIELDS(TRIAL_FIELD_ENUMERATOR)
#undef TRIAL_FIELD_ENUMERATOR
        TRIAL_FIELD_COUNT
};

enum trial_outcome {
#define TRIAL_OUTCOME_ENUMERATOR(name, word, sentence) name,
    TRIAL_OUTCOMES(TRIAL_OUTCOME_ENUMERATOR)
#undef TRIAL_OUTCOME_ENUMERATOR
        OUTCOME_COUNT
};

enum value_kind {
    VALUE_UNKNOWN,
    VALUE_INTEGER,
    VALUE_REAL, /* always finite */
    VALUE_TEXT, /* valid UTF-8 */
};

struct value {
    enum value_kind kind;
    union {
        int64_t integer;
        double real;
        char *text; /* owned by the value */
    };
};

/* Pauses in the order in which they were added; start_ns counts from the start of the timed part.
 */
struct pause_list {
    int64_t *start_ns;
    int64_t *duration_ns;
    size_t count;
    size_t capacity;
};

/* Requests of an open-loop trial, in the order in which they were due; due_ns counts from the start
 * of the timed part (the first may be due a moment before), latency_ns from then to the end. */
struct request_list {
    int64_t *due_ns;
    int64_t *latency_ns;
    size_t count;
    size_t capacity;
};

enum trial_curve {
#define TRIAL_CURVE_ENUMERATOR(name, word, x_unit, y_unit, sentence) name,
    TRIAL_CURVES(TRIAL_CURVE_ENUMERATOR)
#undef TRIAL_CURVE_ENUMERATOR
        CURVE_COUNT
};

/* Points in the order in which they were added; all are finite. */
struct curve {
    struct curve_point {
        double x, y;
    } * points;
    size_t count;
    size_t capacity;
};

/* As store/event_blob.h packs them. A record that was read from a database has none, as they are
 * large: store_load_events reads them. */
struct record_events {
    unsigned char *bytes; /* owned */
    size_t count;
};

struct trial_record {
    struct value values[TRIAL_FIELD_COUNT];
    struct pause_list pauses;
    struct curve curves[CURVE_COUNT];
    struct record_events events;
    struct request_list requests;
};

/* A row of TRIAL_FIELDS as data. */
struct record_field {
    const char *column;
    enum value_kind kind;
    const char *unit; /* "" where there is none */
    const char *sentence;
};

extern const struct record_field record_fields[TRIAL_FIELD_COUNT];

/* The field with this column name, or TRIAL_FIELD_COUNT. */
enum trial_field record_find_field(const char *column);

/* The word stored in TRIAL_OUTCOME; the outcome of a word, or OUTCOME_COUNT. */
const char *record_outcome_word(enum trial_outcome outcome);
enum trial_outcome record_find_outcome(const char *word);

/* Setters replace what was there. */
void record_set_integer(struct trial_record *record, enum trial_field field, int64_t integer);
/* For a count of 64 unsigned bits; one over INT64_MAX counts nothing that exists: unknown. */
void record_set_count(struct trial_record *record, enum trial_field field, uint64_t count);
/* A number that is not finite becomes unknown. */
void record_set_real(struct trial_record *record, enum trial_field field, double real);
/* Copies; NULL becomes unknown. Bytes that are no UTF-8 become \xNN, and so does NUL. */
void record_set_text(struct trial_record *record, enum trial_field field, const char *text);
/* A further sentence in TRIAL_WARNING, behind those that are there. */
void record_add_warning(struct trial_record *record, const char *sentence);
void record_set_text_bytes(struct trial_record *record, enum trial_field field, const char *bytes,
                           size_t count);
void record_set_outcome(struct trial_record *record, enum trial_outcome outcome);
void record_set_unknown(struct trial_record *record, enum trial_field field);

/* Getters give `otherwise` where the field is unknown. record_real also takes an
 * INTEGER field. The text lives as long as the field is not set again. */
bool record_is_known(const struct trial_record *record, enum trial_field field);
int64_t record_integer(const struct trial_record *record, enum trial_field field,
                       int64_t otherwise);
double record_real(const struct trial_record *record, enum trial_field field, double otherwise);
const char *record_text(const struct trial_record *record, enum trial_field field,
                        const char *otherwise);
/* The outcome, or `otherwise` where it is unknown or a word that this version does not know. */
enum trial_outcome record_outcome(const struct trial_record *record, enum trial_outcome otherwise);

void record_add_pause(struct trial_record *record, int64_t start_ns, int64_t duration_ns);

void record_add_request(struct trial_record *record, int64_t due_ns, int64_t latency_ns);

/* The word of a curve; the curve of a word, or CURVE_COUNT. */
const char *record_curve_word(enum trial_curve curve);
enum trial_curve record_find_curve(const char *word);

/* A point that is not finite is left out. */
void record_add_point(struct trial_record *record, enum trial_curve curve, double x, double y);

/* Copies the bytes in the place of what was there. */
void record_set_events(struct trial_record *record, const void *bytes, size_t count);

/* `to` must be zeroed or hold a record, which is freed first; it then owns a deep copy. */
void record_copy(struct trial_record *to, const struct trial_record *from);

/* Each field known in `from` replaces that of `to`; so do the pauses, the requests, the events, and
 * each curve, if `from` has any. */
void record_merge(struct trial_record *to, const struct trial_record *from);

/* Frees what the record owns and leaves it zeroed. */
void record_free(struct trial_record *record);

/* An object with every field by its column name "pauses" as pairs [start_ns, duration_ns],
 * and "curves" as an object of those that have points, each an array of pairs [x, y]. Where there
 * are requests, "requests" is an object of two arrays of one length, "due_ns" and "latency_ns". The
 * caller owns it. */
json_t *record_to_json(const struct trial_record *record);

/* The same, and "events" as the text of store/base64.h. */
json_t *record_to_json_with_events(const struct trial_record *record);

/* The record of such an object, in which a missing key is unknown. `record` as in record_copy.
 * The object comes from a process that a plugin may have damaged: a key that is no field, a
 * value of another type or an odd pause or curve is an error of the system, and `record` is left
 * empty. */
bool record_from_json(struct trial_record *record, const json_t *json, struct error *error);

#endif
