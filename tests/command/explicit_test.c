/* SPDX-License-Identifier: MIT
 *
 * Programs with explicit frees: recorded once, run over each allocator, refused where they do not
 * fit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "program.h"

/* Rings, which only cycle detection finds; 50 times as much is allocated as lives. */
#define WORK "-w rings:live=500,rounds=25000 "

static json_t *exported(void)
{
    const struct program_result *got = program_run("$H export --format json --db x.db");
    assert_int_equal(got->status, 0);
    json_t *json = json_loads(got->output, 0, NULL);
    assert_non_null(json);
    return json;
}

static json_int_t number(const json_t *trial, const char *key)
{
    return json_integer_value(json_object_get(trial, key));
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "(none)";
}

/* It answers right with what lives at once, or its library is not there. */
static void assert_done_in_little_room(const json_t *trial)
{
    bool may_lack = strcmp(text_of(trial, "variant"), "glibc") != 0;
    if (may_lack && strcmp(text_of(trial, "outcome"), "refused") == 0) {
        assert_non_null(strstr(text_of(trial, "cause"), "install Debian's lib"));
        return;
    }
    if (strcmp(text_of(trial, "outcome"), "ok") != 0)
        fail_msg("%s: %s", text_of(trial, "variant"), text_of(trial, "cause"));
    json_int_t allocated = number(trial, "bytes_allocated");
    assert_true(allocated > 4000000);
    if (strcmp(text_of(trial, "variant"), "glibc") == 0)
        assert_in_range(number(trial, "held_peak_bytes"), 1, allocated / 4);
}

static void each_allocator_does_the_recorded_work(void **state)
{
    (void)state;
    program_assert("$H run --db x.db --dry-run -c explicit,explicit/mimalloc " WORK
                   "| grep -c 'to be recorded first: when objects of rings'",
                   0, "1");
    program_assert("test -e recordings", 1, "");
    const struct program_result *got = program_run(
        "$H run --db x.db -n 1 -t 1,2 -c explicit/glibc,explicit/mimalloc,explicit/jemalloc,"
        "mark-sweep " WORK);
    assert_int_equal(got->status, 0);
    assert_non_null(strstr(got->complaint, "recording when objects of rings"));
    json_t *json = exported();
    const json_t *trials = json_object_get(json, "trials");
    assert_int_equal(json_array_size(trials), 8);
    for (size_t i = 0; i < json_array_size(trials); i++) {
        const json_t *trial = json_array_get(trials, i);
        if (strcmp(text_of(trial, "collector"), "explicit") == 0)
            assert_done_in_little_room(trial);
    }
    json_decref(json);
    got = program_run("$H run --db x.db -n 1 -c explicit " WORK);
    assert_int_equal(got->status, 0);
    assert_null(strstr(got->complaint, "recording"));
    program_assert("$H report --db x.db --run 1 --out r.html && cat r.html", 0, "id=\"explicit\"");
}

static void what_no_recording_can_be_of_is_unsupported(void **state)
{
    (void)state;
    program_assert("$H run -q --db x.db -n 1 -c explicit,refcount -t 2 -w "
                   "shared-hot:rounds=100 --json",
                   0, "so that they die otherwise in each run");
    program_assert("$H run -q --db x.db -n 1 -c explicit,refcount -w new --micro-min-time 0.001 "
                   "--json",
                   0, "does other work in each run");
    program_assert("$H run -q --db x.db -n 1 -c explicit -w server --json", 0,
                   "does what is due at set times");
    program_assert("test -e recordings", 1, "");
}

/* Another seed is other work; damage is found; and the stored command repeats the trial. */
static void a_recording_is_of_its_work_only(void **state)
{
    (void)state;
    program_assert("$H run -q --db x.db -n 1 -c explicit " WORK, 0, "1 ok\n");
    program_assert("$H trial --json -c explicit " WORK "--recording recordings/*.recording | "
                   "grep -c '\"outcome\": *\"ok\"'",
                   0, "1");
    program_assert("$H trial -c explicit " WORK "--seed 2 --recording recordings/*.recording", 0,
                   "is of other work than this trial's");
    program_assert("$H trial -c explicit " WORK, 0, "and was given none");
    program_assert("$H export --db x.db --format csv | grep -c -- \"--recording $PWD/recordings/\"",
                   0, "1");
    program_assert("printf x >>$(echo recordings/*.recording); $H run -q --db x.db -n 1 --json -c "
                   "explicit " WORK,
                   0, "is damaged; `heapmark run` makes another once the file is deleted");
}

/* The oracle's own run may fail, as any: then there is nothing to free by. */
static void a_recording_that_fails_is_told(void **state)
{
    (void)state;
    program_assert(
        "$H run -q --db x.db -n 1 --time-limit 1ms --json -c explicit,explicit/jemalloc " WORK, 0,
        "its recording could not be made: the oracle's run ended as hang");
    program_assert("ls recordings | wc -l", 0, "0");
}

static void it_cannot_be_checked(void **state)
{
    (void)state;
    program_assert("$H check explicit", 2, "cannot be checked by generated programs: it frees by");
    program_assert("$H stress oracle", 2, "cannot be checked by generated programs: it records");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, program_begin, program_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_allocator_does_the_recorded_work),
        TEST(what_no_recording_can_be_of_is_unsupported),
        TEST(a_recording_is_of_its_work_only),
        TEST(a_recording_that_fails_is_told),
        TEST(it_cannot_be_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
