/* SPDX-License-Identifier: MIT
 *
 * What a run was begun with: it comes back, and whatever differs is said.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "made.h"
#include "suite/definition.h"

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static const struct suite_settings no_settings;

static void make_request(struct suite_request *request)
{
    made_request(request, LIST("able", "plain"), LIST("tiny"));
    request->baseline = memory_copy_text("able");
}

static char *definition_of(const struct suite_request *request)
{
    return suite_definition_make(request, &no_settings);
}

/* ---- facts ---- */

static void the_same_is_the_same(void **state)
{
    (void)state;
    struct suite_request first, again;
    struct error error = {0};
    make_request(&first);
    make_request(&again);
    char *stored = definition_of(&first), *now = definition_of(&again);
    assert_string_equal(stored, now);
    assert_true(suite_definition_agrees(stored, now, &error));
    free(stored);
    free(now);
    suite_request_free(&first);
    suite_request_free(&again);
}

static void replace(char **text, const char *with)
{
    free(*text);
    *text = memory_copy_text(with);
}

static void change_digest(struct suite_request *request)
{
    strcpy(request->entries.probed[1]->sha256, "abc");
}

static void change_options(struct suite_request *request)
{
    replace(&request->entries.collectors[1].options, "x=\xff");
}

static void change_label(struct suite_request *request)
{
    replace(&request->entries.collectors[1].label, "other");
}

static void change_revision(struct suite_request *request)
{
    static struct hm_workload changed;
    changed = *request->entries.workloads[0].kernel;
    changed.revision = "2";
    request->entries.workloads[0].kernel = &changed;
}

static void change_parameters(struct suite_request *request)
{
    replace(&request->entries.workloads[0].parameters, "depth=2");
}

static void change_memory(struct suite_request *request)
{
    request->common.memory.kind = TOPOLOGY_MEMORY_LOCAL;
}

static void change_warm_up(struct suite_request *request)
{
    request->common.warm_up = false;
}

static void change_pin(struct suite_request *request)
{
    request->common.pin = TOPOLOGY_NONE;
}

static void change_limit(struct suite_request *request)
{
    request->limits.memory_bytes = 7;
}

static void change_micro_time(struct suite_request *request)
{
    request->common.micro_min_time_s = 0.5;
}

static void change_dispatch(struct suite_request *request)
{
    request->dispatch_table = true;
}

static void change_baseline(struct suite_request *request)
{
    replace(&request->baseline, "plain");
}

static void change_suite(struct suite_request *request)
{
    request->suite = memory_copy_text("quick");
}

static void change_name(struct suite_request *request)
{
    request->label = memory_copy_text("try");
}

static void every_difference_is_said(void **state)
{
    (void)state;
    static const struct {
        void (*change)(struct suite_request *request);
        const char *words;
    } rows[] = {
        {change_digest, "/made.so has changed since: its SHA-256 was , and is abc"},
        {change_options, "the options of plain was '', and is 'x=\\xFF'"},
        {change_label, "the list of collectors was 'able, plain', and is 'able, other'"},
        {change_revision, "the revision of the workload tiny was '1', and is '2'"},
        {change_parameters, "the list of workloads was 'tiny()', and is 'tiny(depth=2)'"},
        {change_memory, "the memory policy was 'none', and is 'local'"},
        {change_warm_up, "the warm-up was 'on', and is 'off'"},
        {change_pin, "the pinning was 'compact', and is 'none'"},
        {change_limit, ", and is '7 bytes'"},
        {change_micro_time, "the least time of micro workloads was '0.2 s', and is '0.5 s'"},
        {change_dispatch, "the dispatch was 'inline', and is 'both'"},
        {change_baseline, "the baseline was 'able', and is 'plain'"},
        {change_suite, "the suite was 'none', and is 'quick'"},
        {change_name, "the label was '', and is 'try'"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct suite_request first, changed;
        struct error error = {0};
        make_request(&first);
        make_request(&changed);
        rows[i].change(&changed);
        char *stored = definition_of(&first), *now = definition_of(&changed);
        if (suite_definition_agrees(stored, now, &error))
            fail_msg("\"%s\" was not noticed", rows[i].words);
        assert_int_equal(error.kind, ERROR_USER);
        if (strstr(error.text, rows[i].words) == NULL)
            fail_msg("%s", error.text);
        free(stored);
        free(now);
        suite_request_free(&first);
        suite_request_free(&changed);
    }
}

/* ---- settings ---- */

static void add(struct suite_settings *settings, const char *key, const char *value,
                const char *where, bool adds, bool optional)
{
    const struct suite_setting setting = {.key = suite_setting_key(key),
                                          .value = (char *)value,
                                          .where = (char *)where,
                                          .adds = adds,
                                          .optional = optional};
    suite_settings_add(settings, &setting);
}

/* A suite with two collectors, and a command line with workloads and a seed. */
static char *stored_with_settings(void)
{
    struct suite_request request;
    struct suite_settings settings = {0};
    make_request(&request);
    request.suite = memory_copy_text("odd \xff");
    add(&settings, "collectors", "able", "s.yaml:1", false, false);
    add(&settings, "collectors", "x:y=\xff", "s.yaml:2", true, true);
    add(&settings, "workloads", "tiny", NULL, false, false);
    add(&settings, "seed", "5", NULL, false, false);
    char *stored = suite_definition_make(&request, &settings);
    suite_settings_free(&settings);
    suite_request_free(&request);
    return stored;
}

/* "key=value@where+?" for each, with blanks between. */
static char *shown(const struct suite_settings *settings)
{
    struct text text = {0};
    text_append(&text, "");
    for (size_t i = 0; i < settings->count; i++) {
        const struct suite_setting *setting = &settings->items[i];
        if (strcmp(setting->key, "memory-limit") == 0)
            continue;
        text_format(&text, "%s=%s@%s%s%s ", setting->key, setting->value,
                    setting->where != NULL ? setting->where : "", setting->adds ? "+" : "",
                    setting->optional ? "?" : "");
    }
    return text.chars;
}

static void assert_comes_back(bool again, const struct suite_settings *given, const char *expected)
{
    struct suite_settings settings = {0};
    struct error error = {0};
    char *stored = stored_with_settings(), *suite;
    if (!suite_definition_settings(stored, again, given, &settings, &suite, &error))
        fail_msg("%s", error.text);
    char *found = shown(&settings);
    assert_string_equal(found, expected);
    assert_string_equal(suite, "odd \\xFF");
    free(found);
    free(suite);
    free(stored);
    suite_settings_free(&settings);
}

static void settings_come_back_unless_said_again(void **state)
{
    (void)state;
    struct suite_settings given = {0};
    assert_comes_back(false, &given,
                      "collectors=able@s.yaml:1 collectors=x:y=\\xFF@s.yaml:2+? workloads=tiny@ "
                      "seed=5@ ");
    assert_comes_back(true, &given, "workloads=tiny@ seed=5@ ");
    add(&given, "seed", "6", NULL, false, false);
    add(&given, "collectors", "z", NULL, false, false);
    assert_comes_back(false, &given,
                      "collectors=able@s.yaml:1 collectors=x:y=\\xFF@s.yaml:2+? workloads=tiny@ ");
    suite_settings_free(&given);
}

/* The limit that comes from this machine's memory is as good as said. */
static void the_standard_memory_limit_is_kept(void **state)
{
    (void)state;
    struct suite_request request;
    struct suite_settings settings = {0};
    struct error error = {0};
    char *suite;
    make_request(&request);
    request.limits.memory_bytes = 12345;
    char *stored = definition_of(&request);
    assert_true(suite_definition_settings(stored, false, &no_settings, &settings, &suite, &error));
    assert_null(suite);
    assert_int_equal(settings.count, 1);
    assert_string_equal(settings.items[0].key, "memory-limit");
    assert_string_equal(settings.items[0].value, "12345");
    free(stored);
    suite_settings_free(&settings);
    suite_request_free(&request);
}

static void what_is_no_definition_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "{",
        "[]",
        "{\"form\": 2, \"settings\": [], \"facts\": {}}",
        "{\"form\": 1, \"settings\": {}, \"facts\": {}}",
        "{\"form\": 1, \"settings\": [{\"key\": \"colour\", \"value\": \"red\"}], \"facts\": {}}",
        "{\"form\": 1, \"settings\": [{\"key\": \"seed\", \"value\": 1}], \"facts\": {}}",
        "{\"form\": 1, \"settings\": [1], \"facts\": {}}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct suite_settings settings = {0};
        struct error error = {0};
        char *suite;
        assert_false(
            suite_definition_settings(texts[i], false, &no_settings, &settings, &suite, &error));
        assert_int_equal(error.kind, ERROR_USER);
        assert_non_null(strstr(error.text, "without --resume"));
        suite_settings_free(&settings);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_is_the_same),
        cmocka_unit_test(every_difference_is_said),
        cmocka_unit_test(settings_come_back_unless_said_again),
        cmocka_unit_test(the_standard_memory_limit_is_kept),
        cmocka_unit_test(what_is_no_definition_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
