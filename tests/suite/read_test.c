/* SPDX-License-Identifier: MIT
 *
 * Suite files: what they say, what a command line makes of it, and every way to get one wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "suite/read.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static char path[] = "/tmp/heapmark-suite-XXXXXX.yaml";

static void write_suite(const char *content, size_t length)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(content, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static void read_suite(const char *content, struct suite_text *suite)
{
    struct error error = {0};
    write_suite(content, strlen(content));
    if (!suite_read(path, suite, &error))
        fail_msg("%s", error.text);
}

/* "key=value" of each setting, those that add with a '+' before the value. */
static void append_settings(struct text *text, const struct suite_settings *settings)
{
    for (size_t i = 0; i < settings->count; i++) {
        const struct suite_setting *setting = &settings->items[i];
        text_format(text, "%s=%s%s%s\n", setting->key, setting->adds ? "+" : "", setting->value,
                    setting->optional ? "?" : "");
    }
}

static void assert_reads(const char *content, const char *settings)
{
    struct suite_text suite = {0};
    struct text text = {0};
    read_suite(content, &suite);
    append_settings(&text, &suite.settings);
    assert_string_equal(text_chars(&text), settings);
    text_free(&text);
    suite_text_free(&suite);
}

static void every_form_is_read(void **state)
{
    (void)state;
    assert_reads("summary: What it is for.\n"
                 "collectors:\n"
                 "  - none\n"
                 "  - twin=none:limit=1GiB\n"
                 "  - {collector: refcount, variant: plain, as: rc, options: {tally: true}}\n"
                 "  - {collector: other, optional: true}\n"
                 "workloads: [binary-trees:depth=3, {workload: lru}]\n"
                 "threads: [1, 2]\n"
                 "heap: 64MiB\n"
                 "warm-up: false\n",
                 "collectors=none\n"
                 "collectors=+twin=none:limit=1GiB\n"
                 "collectors=+rc=refcount/plain:tally=true\n"
                 "collectors=+other?\n"
                 "workloads=binary-trees:depth=3\n"
                 "workloads=+lru\n"
                 "threads=1,2\n"
                 "heap=64MiB\n"
                 "warm-up=false\n");
}

static void lists_of_parameters_are_multiplied(void **state)
{
    (void)state;
    assert_reads("workloads:\n"
                 "  - workload: lru\n"
                 "    parameters: {capacity: [10, 20], requests: 5, size: [1, 2]}\n",
                 "workloads=lru:capacity=10,requests=5,size=1\n"
                 "workloads=+lru:capacity=10,requests=5,size=2\n"
                 "workloads=+lru:capacity=20,requests=5,size=1\n"
                 "workloads=+lru:capacity=20,requests=5,size=2\n");
}

static void anchors_stand_for_what_they_name(void **state)
{
    (void)state;
    assert_reads("threads: &counts [1, 3]\nheap: *counts\n", "threads=1,3\nheap=1,3\n");
}

static void the_place_of_a_setting_is_known(void **state)
{
    (void)state;
    struct suite_text suite = {0};
    struct text place = {0};
    read_suite("summary: x\n\nworkloads:\n  - lru\n  - churn\n", &suite);
    text_format(&place, "%s:5", path);
    assert_int_equal(suite.settings.count, 2);
    assert_string_equal(suite.settings.items[1].where, text_chars(&place));
    assert_string_equal(suite.summary, "x");
    text_free(&place);
    suite_text_free(&suite);
}

/* ---- mistakes ---- */

struct mistake {
    const char *content;
    unsigned line; /* 0: the message names the file alone */
    const char *words;
};

static void assert_refuses(const struct mistake *mistake, size_t length)
{
    struct suite_text suite = {0};
    struct error error = {0};
    struct text place = {0};
    write_suite(mistake->content, length);
    if (suite_read(path, &suite, &error))
        fail_msg("taken: %s", mistake->content);
    assert_int_equal(error.kind, ERROR_USER);
    text_append(&place, path);
    if (mistake->line != 0)
        text_format(&place, ":%u: ", mistake->line);
    if (strstr(error.text, text_chars(&place)) == NULL ||
        strstr(error.text, mistake->words) == NULL)
        fail_msg("neither \"%s\" nor \"%s\" may be missing in: %s", text_chars(&place),
                 mistake->words, error.text);
    text_free(&place);
    suite_text_free(&suite);
}

static void mistakes_are_told_with_file_line_and_key(void **state)
{
    (void)state;
    static const struct mistake mistakes[] = {
        {"", 0, "is empty"},
        {"# nothing\n", 0, "is empty"},
        {"threads: [1\ncollectors: [none]\n", 2, "this is no YAML"},
        {"threads: 1\n\theap: 2\n", 2, "this is no YAML"},
        {"heap: \xff\n", 1, "this is no YAML"},
        {"heap: *nowhere\n", 1, "undefined alias"},
        {"[none]\n", 1, "a suite is pairs"},
        {"threads: 1\n---\nthreads: 2\n", 2, "a second document"},
        {"heap: 1\nthraeds: 1\n", 2, "there is no key 'thraeds' here; did you mean 'threads'?"},
        {"heap: 1\nxyzzyplugh: 1\n", 2, "allowed are summary, collectors, workloads, baseline"},
        {"threads: 1\nheap: 1\nthreads: 2\n", 3, "threads: this key is given twice"},
        {"? [a]\n: 1\n", 1, "a key must be a single word"},
        {"summary: [a]\n", 1, "summary: one sentence"},
        {"collectors: none\n", 1, "collectors: a list must stand here"},
        {"collectors:\n", 1, "collectors: a list must stand here"},
        {"collectors: []\n", 1, "collectors: a list must stand here"},
        {"collectors:\n - [none]\n", 2, "collector: a name, or pairs, must stand here"},
        {"collectors:\n - none: 1\n", 2, "there is no key 'none' here; allowed are collector, as"},
        {"collectors:\n - {as: x}\n", 2, "collector: this key is missing"},
        {"collectors:\n - {collector: x, optional: 1}\n", 2, "optional: this must be true or"},
        {"collectors:\n - {collector: x, options: 1}\n", 2, "options: pairs must stand here"},
        {"collectors:\n - {collector: x, options: {a: [1]}}\n", 2, "a: a single value"},
        {"collectors:\n - {collector: x, options: {a: 1,\n   a: 2}}\n", 3, "a: this key is given"},
        {"collectors:\n - {collector: [x]}\n", 2, "collector: a single value must stand here"},
        {"collectors:\n - {collector: x, varient: y}\n", 2, "did you mean 'variant'?"},
        {"workloads:\n - {workload: x, parameters: {a: []}}\n", 2, "a: the list is empty"},
        {"workloads:\n - {workload: x, parameters: {a: {b: c}}}\n", 2, "a: a value or a list"},
        {"workloads:\n - {workload: x, parameters: {a: ''}}\n", 2, "a: the value is empty"},
        {"workloads:\n - {workload: x, parameters: {a: '1,2'}}\n", 2, "a: the value has a comma"},
        {"threads: {a: 1}\n", 1, "threads: a value or a list"},
        {"invocations: [1]\n", 1, "invocations: a single value"},
        {"invocations:\n", 1, "invocations: the value is empty"},
    };
    for (size_t i = 0; i < COUNT(mistakes); i++)
        assert_refuses(&mistakes[i], strlen(mistakes[i].content));
}

static void a_zero_byte_is_refused(void **state)
{
    (void)state;
    static const struct mistake mistake = {"label: \"a\\0b\"\n", 1, "label: the value is empty"};
    assert_refuses(&mistake, strlen(mistake.content));
    static const struct mistake raw = {"label: a\0b\n", 1, "this is no YAML"};
    assert_refuses(&raw, sizeof "label: a\0b\n" - 1);
}

static void a_product_without_bounds_is_refused(void **state)
{
    (void)state;
    struct text content = {0};
    text_append(&content, "workloads:\n - workload: x\n   parameters:\n");
    for (char name = 'a'; name <= 'z'; name++)
        text_format(&content, "    %c: [1, 2, 3, 4, 5, 6, 7, 8]\n", name);
    struct mistake mistake = {text_chars(&content), 2, "more than 10000 workloads"};
    assert_refuses(&mistake, content.length);
    text_free(&content);
}

static void a_file_without_end_is_refused(void **state)
{
    (void)state;
    struct suite_text suite = {0};
    struct error error = {0};
    assert_false(suite_read("/dev/zero", &suite, &error));
    assert_non_null(strstr(error.text, "larger than 1 MiB"));
    assert_false(suite_read("/tmp", &suite, &error));
    assert_non_null(strstr(error.text, "cannot read the suite file /tmp"));
    suite_text_free(&suite);
}

/* ---- names ---- */

static void suites_have_the_names_of_their_files(void **state)
{
    (void)state;
    static const struct {
        const char *path, *name;
    } examples[] = {
        {"quick.yaml", "quick"},
        {"/a/b.c/quick.yml", "quick"},
        {"a/quick", "quick"},
        {".yaml", ".yaml"},
    };
    for (size_t i = 0; i < COUNT(examples); i++) {
        char *name = suite_name_of(examples[i].path);
        assert_string_equal(name, examples[i].name);
        free(name);
    }
}

static void ignore(const char *reason)
{
    (void)reason;
}

static void mistakes_of_values_are_told_with_their_place(void **state)
{
    (void)state;
    static const struct mistake mistakes[] = {
        {"heap: 1MiB\nthreads: [1, 0]\n", 2, "threads: number of threads \"0\" must be"},
        {"workloads: [x]\ncollectors: [y]\npin: far\n", 3, "pin: "},
        {"workloads:\n - gcbench\n - gcbehch\n", 3, "workloads: there is no workload 'gcbehch'"},
        {"collectors: [nowhere.so]\n", 1, "collectors: there is no plugin file nowhere.so"},
    };
    for (size_t i = 0; i < COUNT(mistakes); i++) {
        struct suite_text suite = {0};
        struct suite_request request;
        struct error error = {0};
        struct text place = {0};
        suite_request_initialise(&request);
        read_suite(mistakes[i].content, &suite);
        assert_false(suite_settings_apply(&suite.settings, &request, ignore, &error));
        assert_int_equal(error.kind, ERROR_USER);
        text_format(&place, "%s:%u: %s", path, mistakes[i].line, mistakes[i].words);
        if (strstr(error.text, text_chars(&place)) == NULL)
            fail_msg("\"%s\" is not in: %s", text_chars(&place), error.text);
        text_free(&place);
        suite_request_free(&request);
        suite_text_free(&suite);
    }
}

static int make_file(void **state)
{
    (void)state;
    int descriptor = mkstemps(path, 5);
    return descriptor < 0 ? -1 : close(descriptor);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_is_read),
        cmocka_unit_test(lists_of_parameters_are_multiplied),
        cmocka_unit_test(anchors_stand_for_what_they_name),
        cmocka_unit_test(the_place_of_a_setting_is_known),
        cmocka_unit_test(mistakes_are_told_with_file_line_and_key),
        cmocka_unit_test(a_zero_byte_is_refused),
        cmocka_unit_test(a_product_without_bounds_is_refused),
        cmocka_unit_test(a_file_without_end_is_refused),
        cmocka_unit_test(suites_have_the_names_of_their_files),
        cmocka_unit_test(mistakes_of_values_are_told_with_their_place),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
