/* SPDX-License-Identifier: MIT
 *
 * -c and -w: what a piece means, what is refused and in which words. FIXTURES holds plugins that
 * are made for tests: good.so has the variants first and second, and the options mode and factor.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "suite/entries.h"
#include "suite/split.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define GOOD FIXTURES "/good.so"

/* ---- the grammar ---- */

static void pieces_come_apart(void **state)
{
    (void)state;
    static const struct {
        const char *piece, *alias, *head, *variant, *pair;
        bool has_pairs;
    } examples[] = {
        {"refcount", "", "refcount", "", "", false},
        {"refcount/plain", "", "refcount", "plain", "", false},
        {"refcount:a=1", "", "refcount", "", "a=1", true},
        {"refcount/plain:a=1", "", "refcount", "plain", "a=1", true},
        {"old=refcount", "old", "refcount", "", "", false},
        {"old=refcount/plain:a=1", "old", "refcount", "plain", "a=1", true},
        {"refcount:", "", "refcount", "", "", true},
        {"refcount/", "", "refcount", "", "", false},
        {"=refcount", "", "=refcount", "", "", false},
        {"x.so", "", "x.so", "", "", false},
        {"x.so/v", "", "x.so", "v", "", false},
        {"./x.so/v:a=b.so", "", "./x.so", "v", "a=b.so", true},
        {"./missing", "", "./missing", "", "", false},
        {"./missing:a=1", "", "./missing", "", "a=1", true},
        {"../a/b", "", "../a/b", "", "", false},
        {"/a/b/c.so", "", "/a/b/c.so", "", "", false},
        {"new=/a/b/c.so/v", "new", "/a/b/c.so", "v", "", false},
        {"./a=b.so", "", "./a=b.so", "", "", false},
        {GOOD, "", GOOD, "", "", false},
        {GOOD "/first:mode=slow", "", GOOD, "first", "mode=slow", true},
        {"/etc/passwd/v", "", "/etc/passwd", "v", "", false},
    };
    for (size_t i = 0; i < COUNT(examples); i++) {
        struct split_item item = split_collector(examples[i].piece);
        assert_string_equal(item.alias, examples[i].alias);
        assert_string_equal(item.head, examples[i].head);
        assert_string_equal(item.variant, examples[i].variant);
        assert_string_equal(item.pair, examples[i].pair);
        assert_int_equal(item.has_pairs, examples[i].has_pairs);
        split_item_free(&item);
    }
}

static void names_before_an_equals_sign_are_measured(void **state)
{
    (void)state;
    static const struct {
        const char *piece;
        size_t length;
    } examples[] = {
        {"a=1", 1}, {"abc=", 3},  {"=1", 0},    {"a", 0},
        {"", 0},    {"a:b=1", 0}, {"a/b=1", 0}, {"depth=1/2", 5},
    };
    for (size_t i = 0; i < COUNT(examples); i++)
        assert_int_equal(split_name_length(examples[i].piece), examples[i].length);
}

/* ---- collectors ---- */

struct expected_collector {
    const char *label, *variant, *options;
};

static void assert_collectors(const char *text, const struct expected_collector *expected,
                              size_t count)
{
    struct suite_entries entries = {0};
    struct error error = {0};
    if (!suite_add_collectors(&entries, text, &error))
        fail_msg("\"%s\" was refused: %s", text, error.text);
    assert_int_equal(entries.collector_count, count);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(entries.collectors[i].label, expected[i].label);
        assert_string_equal(entries.collectors[i].can->name, expected[i].variant);
        assert_string_equal(entries.collectors[i].options, expected[i].options);
    }
    assert_int_equal(entries.probed_count, 1); /* one file, one probe */
    suite_entries_free(&entries);
}

static void collectors_are_read(void **state)
{
    (void)state;
    static const char standard[] = "mode=fast,factor=1.1";
    assert_collectors("good", (struct expected_collector[]){{"good", "first", standard}}, 1);
    assert_collectors("good/second",
                      (struct expected_collector[]){{"good/second", "second", standard}}, 1);
    assert_collectors("x=good:mode=slow,factor=2,y=" GOOD "/second,good",
                      (struct expected_collector[]){
                          {"x", "first", "mode=slow,factor=2"},
                          {"y", "second", standard},
                          {"good", "first", standard},
                      },
                      3);
    assert_collectors("good:mode=slow,factor=2,good:factor=2,z=good",
                      (struct expected_collector[]){
                          {"good:mode=slow,factor=2", "first", "mode=slow,factor=2"},
                          {"good:factor=2", "first", "mode=fast,factor=2"},
                          {"z", "first", standard},
                      },
                      3);
    /* An alias that is also an option's name goes to the option, as documented. */
    assert_collectors(
        "good,mode=slow",
        (struct expected_collector[]){{"good,mode=slow", "first", "mode=slow,factor=1.1"}}, 1);
}

struct refusal {
    const char *text, *words;
};

static void assert_refused(bool (*add)(struct suite_entries *, const char *, struct error *),
                           const struct refusal *examples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct suite_entries entries = {0};
        struct error error = {0};
        if (add(&entries, examples[i].text, &error))
            fail_msg("\"%s\" was taken", examples[i].text);
        assert_int_equal(error.kind, ERROR_USER);
        if (strstr(error.text, examples[i].words) == NULL)
            fail_msg("\"%s\": %s", examples[i].text, error.text);
        suite_entries_free(&entries);
    }
}

static void collectors_are_refused(void **state)
{
    (void)state;
    static const struct refusal examples[] = {
        {"", "a name is missing in '-c '"},
        {"good,,good", "a name is missing"},
        {"goood", "there is no collector 'goood'; did you mean 'good'?"},
        {"good/secnd", "did you mean 'second'?"},
        {"good:mod=slow", "did you mean 'mode'?"},
        {"good:mode=slow,facto=2", "did you mean 'factor'?"},
        {"good:mode=swift", "must be slow or fast"},
        {"good:factor=9", "0.1"},
        {"good:mode=slow,mode=fast", "twice"},
        {"good,good", "the collector 'good' is given twice; give one of them another name"},
        {"a=good,a=good/second", "the collector 'a' is given twice"},
        {"./nowhere.so", "there is no plugin file ./nowhere.so"},
        {"/etc/passwd", "/etc/passwd"},
        {FIXTURES "/abi.so", "99"},
        {FIXTURES "/attach.so", "attach"},
        {FIXTURES "/crash.so", "crashed"},
        {FIXTURES "/exit.so", "exit status 7"},
        {FIXTURES "/symbol.so", "heapmark_plugin"},
    };
    assert_refused(suite_add_collectors, examples, COUNT(examples));
}

/* ---- workloads ---- */

static void workloads_are_read(void **state)
{
    (void)state;
    struct suite_entries entries = {0};
    struct error error = {0};
    assert_true(suite_add_workloads(&entries, "binary-trees:depth=3,iterations=2,set", &error));
    assert_true(suite_add_workloads(&entries, "binary-trees,depth=4", &error));
    assert_int_equal(entries.workload_count, 3);
    assert_string_equal(entries.workloads[0].label, "binary-trees:depth=3,iterations=2");
    assert_string_equal(entries.workloads[0].parameters, "depth=3,iterations=2");
    assert_string_equal(entries.workloads[0].kernel->name, "binary-trees");
    assert_string_equal(entries.workloads[1].label, "set");
    assert_non_null(strstr(entries.workloads[2].parameters, "depth=4,iterations="));
    suite_entries_free(&entries);
}

static void workloads_are_refused(void **state)
{
    (void)state;
    static const struct refusal examples[] = {
        {"", "a name is missing in '-w '"},
        {"binary-tres", "did you mean 'binary-trees'?"},
        {"quite-unlike", "`heapmark list workloads` shows what there is"},
        {"binary-trees:dpth=3", "did you mean 'depth'?"},
        {"binary-trees:depth=31", "0 to 30"},
        {"binary-trees:depth=x", "depth"},
        {"binary-trees:depth", "name=value"},
        {"binary-trees:depth=3,binary-trees:depth=3", "is given twice with the same parameters"},
        {"binary-trees:depth=3,x=set", "there is no parameter of binary-trees 'x'"},
    };
    assert_refused(suite_add_workloads, examples, COUNT(examples));
}

int main(void)
{
    setenv("HEAPMARK_PLUGIN_PATH", FIXTURES, 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_come_apart),
        cmocka_unit_test(names_before_an_equals_sign_are_measured),
        cmocka_unit_test(collectors_are_read),
        cmocka_unit_test(collectors_are_refused),
        cmocka_unit_test(workloads_are_read),
        cmocka_unit_test(workloads_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
