/* SPDX-License-Identifier: MIT
 *
 * Finding, loading and probing plugins: every refusal in words, and no plugin that takes the
 * asking process with it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <heapmark/workload.h>

#include "plugin/plugin.h"

static void assert_contains(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("'%s' does not contain '%s'", text, part);
}

static void refuses(const char *name, const char *words)
{
    char path[4096];
    struct plugin_info info;
    struct error error = {0};
    snprintf(path, sizeof path, FIXTURES "/%s.so", name);
    assert_false(plugin_probe(path, &info, &error));
    assert_int_equal(error.kind, ERROR_USER);
    assert_contains(error.text, words);
    assert_contains(error.text, name);
}

static void names_what_is_wrong(void **state)
{
    (void)state;
    refuses("abi", "version 99");
    refuses("size", "descriptor of 16 bytes");
    refuses("head", "head of 64 bytes");
    refuses("name", "no name of lower-case letters");
    refuses("variant", "no variant");
    refuses("attach", "lacks the heap function 'attach'");
    refuses("census", "says that its variant first has 'census', and lacks it");
    refuses("crash", "crashed while it was loaded (signal 11");
    refuses("exit", "ended the process that loaded it (exit status 7)");
    refuses("symbol", "no symbol heapmark_plugin");
}

static void refuses_what_is_no_library(void **state)
{
    (void)state;
    struct plugin_info info;
    struct error error = {0};
    assert_false(plugin_probe("/etc/passwd", &info, &error));
    assert_contains(error.text, "/etc/passwd");
    assert_false(plugin_probe("/nowhere/at-all.so", &info, &error));
    assert_contains(error.text, "cannot read the plugin /nowhere/at-all.so");
}

static void tells_all_of_a_good_one(void **state)
{
    (void)state;
    struct plugin_info info;
    struct error error = {0};
    assert_true(plugin_probe(FIXTURES "/good.so", &info, &error));
    assert_string_equal(info.name, "bad");
    assert_string_equal(info.version, "3");
    assert_int_equal(strlen(info.sha256), 64);
    assert_true(strlen(info.build_id) == 0 || strlen(info.build_id) == 40);
    assert_int_equal(info.variant_count, 2);
    assert_string_equal(info.variants[1].summary, "the \"second\" <one>");
    assert_int_equal(info.variants[0].capabilities.most_mutators, 3);
    assert_true(info.variants[0].capabilities.moves);
    assert_false(info.variants[0].capabilities.cycles);
    assert_true(info.variants[0].capabilities.least_heap_bytes == (uint64_t)1 << 40);
    assert_int_equal(info.option_count, 2);
    assert_string_equal(info.options[0].choices[1], "fast");
    assert_null(info.options[0].choices[2]);
    assert_true(info.options[1].standard.decimal > 1.0999 &&
                info.options[1].standard.decimal < 1.1001);
    assert_non_null(plugin_info_variant(&info, "", &error));
    assert_ptr_equal(plugin_info_variant(&info, "second", &error), &info.variants[1]);
    assert_null(plugin_info_variant(&info, "secand", &error));
    assert_contains(error.text, "did you mean 'second'");
    plugin_info_free(&info);
}

static void the_digest_is_that_of_sha256sum(void **state)
{
    (void)state;
    struct plugin_info info;
    struct error error = {0};
    char digest[65] = "";
    assert_true(plugin_probe(FIXTURES "/good.so", &info, &error));
    FILE *tool = popen("sha256sum " FIXTURES "/good.so", "r");
    assert_non_null(tool);
    assert_int_equal(fscanf(tool, "%64s", digest), 1);
    pclose(tool);
    assert_string_equal(info.sha256, digest);
    plugin_info_free(&info);
}

static void finds_by_name_and_proposes_the_nearest(void **state)
{
    (void)state;
    char *path = NULL;
    struct error error = {0};
    setenv("HEAPMARK_PLUGIN_PATH", FIXTURES, 1);
    assert_true(plugin_find("census", &path, &error));
    assert_contains(path, "/fixtures/census.so");
    free(path);
    assert_false(plugin_find("cencus", &path, &error));
    assert_contains(error.text, "did you mean 'census'?");
    assert_false(plugin_find("./not-there.so", &path, &error));
    assert_contains(error.text, "there is no plugin file ./not-there.so");
    struct text_list names = {0};
    plugin_names(&names);
    assert_true(names.count >= 11);
    for (size_t i = 1; i < names.count; i++)
        assert_true(strcmp(names.items[i - 1], names.items[i]) < 0);
    text_list_free(&names);
    unsetenv("HEAPMARK_PLUGIN_PATH");
}

static void a_set_that_lacks_an_operation_is_refused(void **state)
{
    (void)state;
    struct hm_ops ops = {.size = sizeof ops, .abi = HM_ABI};
    struct hm_capabilities can = {.size = sizeof can};
    struct hm_kernel_set set = {.size = sizeof set,
                                .name = "s",
                                .ops = &ops,
                                .kernels = (const struct hm_workload *const[]){NULL}};
    struct error error = {0};
    assert_false(plugin_check_set(&set, &can, &error));
    assert_contains(error.text, "lacks hm_new");
    ops.abi = 7;
    assert_false(plugin_check_set(&set, &can, &error));
    assert_contains(error.text, "version 7");
    assert_false(plugin_check_set(NULL, &can, &error));

    /* All are there but one, which is needed only where it is promised. */
    memset(&ops, 1, sizeof ops);
    ops.size = sizeof ops;
    ops.abi = HM_ABI;
    ops.next_dead = NULL;
    assert_true(plugin_check_set(&set, &can, &error));
    can.finalizers = true;
    assert_false(plugin_check_set(&set, &can, &error));
    assert_contains(error.text, "lacks hm_next_dead, which the collector's capabilities promise");
}

static void a_kernel_of_another_revision_is_not_taken(void **state)
{
    (void)state;
    struct hm_workload table = {.size = sizeof table, .abi = HM_ABI, .name = "w", .revision = "1"};
    struct hm_workload same = table, other = table;
    other.revision = "2";
    struct hm_kernel_set set = {.size = sizeof set,
                                .name = "s",
                                .kernels = (const struct hm_workload *const[]){&other, NULL}};
    char note[160];
    assert_null(plugin_kernel(&set, &table, note));
    assert_contains(note, "revision 2");
    set.kernels = (const struct hm_workload *const[]){&same, NULL};
    assert_ptr_equal(plugin_kernel(&set, &table, note), &same);
    set.kernels = (const struct hm_workload *const[]){NULL};
    assert_null(plugin_kernel(&set, &table, note));
    assert_contains(note, "no inline kernel");
}

/* It waits for ever for one that is left. */
static void nothing_is_left_of_a_probe(void **state)
{
    (void)state;
    struct plugin_info info;
    struct error error = {0};
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    assert_true(plugin_probe(FIXTURES "/forks.so", &info, &error));
    plugin_info_free(&info);
    while (waitpid(-1, NULL, 0) > 0)
        continue;
    assert_int_equal(errno, ECHILD);
}

/* Among many, each has its own answer, wherever it stands among those that crash, end the process,
 * hang beside any other, or are refused; and nothing is left running. */
static void many_are_probed_without_harm_from_each_other(void **state)
{
    (void)state;
    static const struct {
        const char *path, *words; /* NULL: usable */
    } examples[] = {
        {FIXTURES "/good.so", NULL},
        {FIXTURES "/alone.so", NULL},
        {FIXTURES "/crash.so", "crashed while it was loaded (signal 11"},
        {FIXTURES "/forks.so", NULL},
        {FIXTURES "/abi.so", "version 99"},
        {FIXTURES "/nowhere.so", "cannot read the plugin"},
        {FIXTURES "/exit.so", "exit status 7"},
        {FIXTURES "/good.so", NULL},
    };
    enum { COUNT = sizeof examples / sizeof *examples };
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    /* From one on: in one child, in several, and alone. */
    for (size_t count = 0; count <= COUNT; count++) {
        struct plugin_probe probes[COUNT];
        for (size_t i = 0; i < count; i++)
            probes[i].path = examples[i].path;
        plugin_probe_all(probes, count, count % 2 == 0);
        for (size_t i = 0; i < count; i++) {
            if (examples[i].words != NULL) {
                assert_false(probes[i].usable);
                assert_contains(probes[i].error.text, examples[i].words);
                assert_contains(probes[i].error.text, examples[i].path);
                continue;
            }
            assert_true(probes[i].usable);
            assert_string_equal(probes[i].info.path, examples[i].path);
            assert_string_equal(probes[i].info.name, "bad");
            assert_int_equal(strlen(probes[i].info.sha256), count % 2 == 0 ? 64 : 0);
            plugin_info_free(&probes[i].info);
        }
        while (waitpid(-1, NULL, 0) > 0)
            continue;
        assert_int_equal(errno, ECHILD);
    }
}

/* A plugin that the build left out is known, with the reason; a plugin in another folder wins. */
static void an_absent_plugin_says_why(void **state)
{
    (void)state;
    char folder[] = "/tmp/heapmark-absent-XXXXXX";
    struct text path = {0}, search = {0};
    struct error error = {0};
    char *found;
    assert_non_null(mkdtemp(folder));
    text_format(&path, "%s/other.absent", folder);
    FILE *file = fopen(text_chars(&path), "w");
    assert_non_null(file);
    fputs("its library was not there; install it\n", file);
    fclose(file);
    setenv("HEAPMARK_PLUGIN_PATH", folder, 1);
    struct text_list names = {0};
    plugin_names(&names);
    bool known = false;
    for (size_t i = 0; i < names.count; i++)
        known = known || strcmp(names.items[i], "other") == 0;
    assert_true(known);
    text_list_free(&names);
    assert_false(plugin_find("other", &found, &error));
    assert_int_equal(error.kind, ERROR_USER);
    assert_string_equal(error.text, "the collector 'other' is absent: its library was not there; "
                                    "install it");
    assert_false(plugin_find("othr", &found, &error));
    assert_non_null(strstr(error.text, "did you mean 'other'?"));

    text_format(&search, "%s/good.absent", folder);
    assert_int_equal(rename(text_chars(&path), text_chars(&search)), 0);
    text_free(&path);
    text_format(&path, "%s:%s", folder, FIXTURES);
    setenv("HEAPMARK_PLUGIN_PATH", text_chars(&path), 1);
    assert_true(plugin_find("good", &found, &error));
    free(found);
    unsetenv("HEAPMARK_PLUGIN_PATH");
    assert_int_equal(unlink(text_chars(&search)), 0);
    assert_int_equal(rmdir(folder), 0);
    text_free(&path);
    text_free(&search);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_absent_plugin_says_why),
        cmocka_unit_test(names_what_is_wrong),
        cmocka_unit_test(nothing_is_left_of_a_probe),
        cmocka_unit_test(many_are_probed_without_harm_from_each_other),
        cmocka_unit_test(refuses_what_is_no_library),
        cmocka_unit_test(tells_all_of_a_good_one),
        cmocka_unit_test(the_digest_is_that_of_sha256sum),
        cmocka_unit_test(finds_by_name_and_proposes_the_nearest),
        cmocka_unit_test(a_set_that_lacks_an_operation_is_refused),
        cmocka_unit_test(a_kernel_of_another_revision_is_not_taken),
    };
    return cmocka_run_group_tests_name("plugin/plugin", tests, NULL, NULL);
}
