/* SPDX-License-Identifier: MIT
 *
 * The conformance suite: what heapmark/operations.h and heapmark/plugin.h promise, asked of any
 * collector through its table.
 *
 *     conformance_test PLUGIN.so [option=value ...]
 *     conformance_test --only VARIANT TEST PLUGIN.so [option=value ...]
 *
 * Runs once for each variant of the plugin. A variant that is not reopenable gets a process for
 * each test, which is the second form. What needs a capability that a variant does not claim is
 * skipped, by name.
 */
#include "rig.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_TESTS = 96, MOST_ARGUMENTS = 16 };

static const char *only_variant, *only_test; /* null: all */
static int plugin_argc;
static char **plugin_argv; /* the plugin's file and its options */

/* The same program, for one test. */
static void run_apart(const struct rig_test *test)
{
    char *arguments[MOST_ARGUMENTS + 5] = {(char *)"conformance_test", (char *)"--only",
                                           (char *)rig_plugin.variant->name, (char *)test->name};
    assert_true(plugin_argc <= MOST_ARGUMENTS);
    memcpy(&arguments[4], plugin_argv, (size_t)plugin_argc * sizeof *arguments);
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        execv("/proc/self/exe", arguments);
        _exit(127);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status))
        fail_msg("signal %d ended its process", WTERMSIG(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void run(void **state)
{
    const struct rig_test *test = *state;
    if (test->applies != NULL && !test->applies(rig_plugin.variant->capabilities))
        skip();
    if (only_test == NULL && !rig_plugin.variant->capabilities->reopenable)
        run_apart(test);
    else
        test->run();
}

static size_t add(struct CMUnitTest *tests, size_t count, const struct rig_test *table)
{
    for (; table->name != NULL; table++) {
        if (only_test != NULL && strcmp(only_test, table->name) != 0)
            continue;
        if (count == MOST_TESTS)
            abort();
        tests[count++] = (struct CMUnitTest){
            .name = table->name, .test_func = run, .initial_state = (void *)(uintptr_t)table};
    }
    return count;
}

static int run_variant(const struct hm_variant *variant)
{
    struct CMUnitTest tests[MOST_TESTS];
    char group[128];
    size_t count = 0;
    rig_plugin.variant = variant;
    count = add(tests, count, rig_objects);
    count = add(tests, count, rig_slots);
    count = add(tests, count, rig_names);
    count = add(tests, count, rig_memory);
    count = add(tests, count, rig_threads);
    count = add(tests, count, rig_weak);
    count = add(tests, count, rig_finalizers);
    count = add(tests, count, rig_finalizer_rings);
    count = add(tests, count, rig_ephemerons);
    count = add(tests, count, rig_reports);
    snprintf(group, sizeof group, "%s/%s", rig_plugin.plugin->name, variant->name);
    return _cmocka_run_group_tests(group, tests, count, NULL, NULL);
}

int main(int argc, char **argv)
{
    int failed = 0, first = 1;
    if (argc > 4 && strcmp(argv[1], "--only") == 0) {
        only_variant = argv[2];
        only_test = argv[3];
        first = 4;
    }
    plugin_argc = argc - first;
    plugin_argv = &argv[first];
    if (plugin_argc < 1 ||
        !drive_load(&rig_plugin, plugin_argv[0], (const char *const *)&plugin_argv[1])) {
        fprintf(stderr, "usage: conformance_test PLUGIN.so [option=value ...]\n%s\n",
                plugin_argc < 1 ? "" : rig_plugin.why);
        return DRIVE_USAGE;
    }
    for (const struct hm_variant *const *row = rig_plugin.plugin->variants; *row != NULL; row++)
        if (only_variant == NULL || strcmp(only_variant, (*row)->name) == 0)
            failed += run_variant(*row);
    return failed == 0 ? 0 : 1;
}
