/* SPDX-License-Identifier: MIT
 *
 * Raw events as bytes: they come back as they were, through the pipe and the database, and damaged
 * ones are noticed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "scratch.h"
#include "store/base64.h"
#include "store/event_blob.h"

static const struct event_blob_head head = {
    .start_ns = 12345678901234, .end_ns = 12345678999999, .refused = 3, .threads = 2};

static const struct event_blob_event rows[] = {
    {.time_ns = 12345678901200, .value = 0, .kind = 1},
    {.time_ns = 12345678901234, .value = UINT64_MAX, .kind = 3},
    {.time_ns = 12345678901234, .value = 127, .kind = 1024},
    {.time_ns = 5, .value = 128, .kind = UINT32_MAX},
    {.time_ns = UINT64_MAX, .value = 1, .kind = 2},
};

enum { ROWS = sizeof rows / sizeof *rows };

/* All of the rows in one thread, and none in another. */
static struct event_blob_writer packed(void)
{
    struct event_blob_writer writer = {0};
    struct event_blob_thread thread = {.number = 7, .flags = 6, .count = ROWS, .lost = 9};
    event_blob_put_head(&writer, &head);
    event_blob_put_thread(&writer, &thread);
    for (size_t i = 0; i < ROWS; i++)
        event_blob_put_event(&writer, &rows[i]);
    thread = (struct event_blob_thread){.number = 8, .left_out = 1000};
    event_blob_put_thread(&writer, &thread);
    return writer;
}

/* Whether the bytes are whole. */
static bool unpack(const unsigned char *bytes, size_t count, struct event_blob_event *events)
{
    struct event_blob_reader reader;
    struct event_blob_head got;
    struct event_blob_thread thread;
    if (!event_blob_get_head(&reader, bytes, count, &got))
        return false;
    assert_memory_equal(&got.start_ns, &head.start_ns, sizeof got - sizeof got.version);
    if (!event_blob_get_thread(&reader, &thread) || thread.count != ROWS)
        return false;
    assert_int_equal(thread.lost, 9);
    for (size_t i = 0; i < ROWS; i++)
        if (!event_blob_get_event(&reader, &events[i]))
            return false;
    return event_blob_get_thread(&reader, &thread) && thread.left_out == 1000 &&
           event_blob_is_at_end(&reader);
}

static void events_come_back(void **state)
{
    (void)state;
    struct event_blob_writer writer = packed();
    struct event_blob_event got[ROWS] = {0};
    assert_true(unpack(writer.bytes, writer.count, got));
    for (size_t i = 0; i < ROWS; i++) {
        assert_true(got[i].time_ns == rows[i].time_ns);
        assert_true(got[i].value == rows[i].value);
        assert_true(got[i].kind == rows[i].kind);
    }
    free(writer.bytes);
}

static void cut_ones_are_noticed(void **state)
{
    (void)state;
    struct event_blob_writer writer = packed();
    struct event_blob_event got[ROWS];
    for (size_t count = 0; count < writer.count; count++) {
        unsigned char *bytes = malloc(count + 1); /* of this size, for the sanitizer */
        memcpy(bytes, writer.bytes, count);
        assert_false(unpack(bytes, count, got));
        free(bytes);
    }
    writer.bytes[4] = EVENT_BLOB_VERSION + 1;
    assert_false(unpack(writer.bytes, writer.count, got));
    free(writer.bytes);
}

/* A number of more than 64 bits. */
static void too_large_numbers_are_noticed(void **state)
{
    (void)state;
    unsigned char bytes[] = {'H',  'M',  'E',  'V',  1,    0xff, 0xff, 0xff, 0xff,
                             0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0,    0,    0};
    struct event_blob_reader reader;
    struct event_blob_head got;
    assert_false(event_blob_get_head(&reader, bytes, sizeof bytes, &got));
    bytes[14] = 0x01;
    assert_true(event_blob_get_head(&reader, bytes, sizeof bytes, &got));
    assert_true(got.start_ns == UINT64_MAX);
}

static void base64_is_that_of_its_standard(void **state)
{
    (void)state;
    static const char *const known[][2] = {
        {"", ""},        {"f", "Zg=="},          {"fo", "Zm8="},
        {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff", "+/8="}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct text text = {0};
        size_t count;
        base64_append(&text, (const unsigned char *)known[i][0], strlen(known[i][0]));
        assert_string_equal(text_chars(&text), known[i][1]);
        unsigned char *bytes = base64_read(known[i][1], &count);
        assert_int_equal(count, strlen(known[i][0]));
        assert_memory_equal(bytes, known[i][0], count);
        free(bytes);
        text_free(&text);
    }
    static const char *const wrong[] = {"Zg=", "Z===", "Zg==Zg==", "Z*==", "=Zg="};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        size_t count;
        assert_null(base64_read(wrong[i], &count));
    }
}

static void events_are_stored(void **state)
{
    (void)state;
    struct error error = {0};
    struct event_blob_writer writer = packed();
    struct trial_record record = {0}, through_pipe = {0};
    scratch_fill(&record, 1, 1);
    record_set_events(&record, writer.bytes, writer.count);
    json_t *json = record_to_json_with_events(&record);
    assert_true(record_from_json(&through_pipe, json, &error));
    json_decref(json);
    struct store *store = scratch_open(scratch_path("a.db"), STORE_WRITE);
    int64_t run = scratch_begin(store);
    assert_true(store_add_trial(store, run, &through_pipe, &error));
    record_free(&through_pipe);
    assert_true(store_add_trial(store, run, &through_pipe, &error)); /* it has none */
    unsigned char *bytes;
    size_t count;
    assert_true(store_load_events(store, 1, &bytes, &count, &error));
    assert_int_equal(count, writer.count);
    assert_memory_equal(bytes, writer.bytes, count);
    free(bytes);
    assert_true(store_load_events(store, 2, &bytes, &count, &error));
    assert_null(bytes);
    struct store_trial trial = {0};
    assert_true(store_load_trial(store, 1, &trial, &error));
    scratch_assert_same(&trial.record, &record);
    record_free(&trial.record);
    assert_false(store_load_trial(store, 3, &trial, &error));
    assert_int_equal(error.kind, ERROR_USER);
    record_free(&trial.record);
    record_free(&record);
    free(writer.bytes);
    store_close(store);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_come_back),
        cmocka_unit_test(cut_ones_are_noticed),
        cmocka_unit_test(too_large_numbers_are_noticed),
        cmocka_unit_test(base64_is_that_of_its_standard),
        TEST(events_are_stored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
