/* SPDX-License-Identifier: MIT
 *
 * The requests of a trial: in memory, as JSON, and packed; see record_requests.h.
 */
#include "store/record_requests.h"

#include <stdlib.h>
#include <string.h>

#include "store/json.h"

static void reserve(struct request_list *requests, size_t capacity)
{
    if (capacity <= requests->capacity)
        return;
    requests->due_ns = memory_resize(requests->due_ns, capacity * sizeof *requests->due_ns);
    requests->latency_ns =
        memory_resize(requests->latency_ns, capacity * sizeof *requests->latency_ns);
    requests->capacity = capacity;
}

void record_add_request(struct trial_record *record, int64_t due_ns, int64_t latency_ns)
{
    struct request_list *requests = &record->requests;
    if (requests->count == requests->capacity)
        reserve(requests, requests->capacity == 0 ? 256 : 2 * requests->capacity);
    requests->due_ns[requests->count] = due_ns;
    requests->latency_ns[requests->count++] = latency_ns;
}

void record_merge_requests(struct trial_record *to, const struct trial_record *from)
{
    size_t count = from->requests.count;
    if (count == 0)
        return;
    reserve(&to->requests, count);
    memcpy(to->requests.due_ns, from->requests.due_ns, count * sizeof *from->requests.due_ns);
    memcpy(to->requests.latency_ns, from->requests.latency_ns,
           count * sizeof *from->requests.latency_ns);
    to->requests.count = count;
}

void record_free_requests(struct trial_record *record)
{
    free(record->requests.due_ns);
    free(record->requests.latency_ns);
    record->requests = (struct request_list){0};
}

/* ---- JSON ---- */

static json_t *list_to_json(const int64_t *numbers, size_t count)
{
    json_t *list = json_new_array();
    for (size_t i = 0; i < count; i++)
        json_append(list, json_of_integer(numbers[i]));
    return list;
}

json_t *record_requests_to_json(const struct trial_record *record)
{
    const struct request_list *requests = &record->requests;
    json_t *json = json_new_object();
    json_add(json, "due_ns", list_to_json(requests->due_ns, requests->count));
    json_add(json, "latency_ns", list_to_json(requests->latency_ns, requests->count));
    return json;
}

bool record_requests_from_json(struct trial_record *record, const json_t *json, struct error *error)
{
    const json_t *due = json_object_get(json, "due_ns");
    const json_t *latency = json_object_get(json, "latency_ns");
    if (!json_is_array(due) || !json_is_array(latency) ||
        json_array_size(due) != json_array_size(latency))
        return error_system(error, "the requests of the trial's result are not two arrays, due_ns "
                                   "and latency_ns, of one length");
    for (size_t i = 0; i < json_array_size(due); i++) {
        const json_t *at = json_array_get(due, i), *took = json_array_get(latency, i);
        if (!json_is_integer(at) || !json_is_integer(took) || json_integer_value(took) < 0)
            return error_system(error,
                                "request %zu of the trial's result has no due time, or no "
                                "time that it took",
                                i);
        record_add_request(record, json_integer_value(at), json_integer_value(took));
    }
    return true;
}

/* ---- packed ---- */

static void put_number(struct text *bytes, uint64_t number)
{
    char packed[10];
    size_t count = 0;
    for (; number >= 0x80; number >>= 7)
        packed[count++] = (char)(number | 0x80);
    packed[count++] = (char)number;
    text_append_bytes(bytes, packed, count);
}

/* False where the bytes end within it, or it has more than 64 bits. */
static bool take_number(const unsigned char **bytes, const unsigned char *end, uint64_t *number)
{
    *number = 0;
    for (unsigned shift = 0; *bytes < end && shift < 64; shift += 7) {
        unsigned char byte = *(*bytes)++;
        if (shift == 63 && byte > 1)
            return false;
        *number |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

void record_pack_requests(const struct trial_record *record, struct text *bytes)
{
    uint64_t before_ns = 0;
    for (size_t i = 0; i < record->requests.count; i++) {
        uint64_t due_ns = (uint64_t)record->requests.due_ns[i];
        uint64_t distance = due_ns - before_ns;
        uint64_t sign = (int64_t)distance < 0 ? UINT64_MAX : 0;
        put_number(bytes, distance << 1 ^ sign);
        put_number(bytes, (uint64_t)record->requests.latency_ns[i]);
        before_ns = due_ns;
    }
}

bool record_unpack_requests(struct trial_record *record, const unsigned char *bytes, size_t count)
{
    const unsigned char *end = bytes + count;
    uint64_t due_ns = 0, distance, latency_ns;
    record_free_requests(record);
    while (bytes < end) {
        if (!take_number(&bytes, end, &distance) || !take_number(&bytes, end, &latency_ns) ||
            latency_ns > INT64_MAX) {
            record_free_requests(record);
            return false;
        }
        due_ns += distance >> 1 ^ (UINT64_C(0) - (distance & 1));
        record_add_request(record, (int64_t)due_ns, (int64_t)latency_ns);
    }
    return true;
}
