/* SPDX-License-Identifier: MIT
 *
 * The conformance suite: what heapmark/operations.h and heapmark/plugin.h promise, asked of any
 * collector through its table.
 *
 *     conformance_test PLUGIN.so [option=value ...]
 *
 * Runs once for each variant of the plugin. What needs a capability that a variant does not claim
 * is skipped, by name.
 */
#include "rig.h"

enum { MOST_TESTS = 96 };

static void run(void **state)
{
    const struct rig_test *test = *state;
    if (test->applies != NULL && !test->applies(rig_plugin.variant->capabilities))
        skip();
    test->run();
}

static size_t add(struct CMUnitTest *tests, size_t count, const struct rig_test *table)
{
    for (; table->name != NULL; table++) {
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
    count = add(tests, count, rig_reports);
    snprintf(group, sizeof group, "%s/%s", rig_plugin.plugin->name, variant->name);
    return _cmocka_run_group_tests(group, tests, count, NULL, NULL);
}

int main(int argc, char **argv)
{
    int failed = 0;
    if (argc < 2 || !drive_load(&rig_plugin, argv[1], (const char *const *)&argv[2])) {
        fprintf(stderr, "usage: conformance_test PLUGIN.so [option=value ...]\n%s\n",
                argc < 2 ? "" : rig_plugin.why);
        return DRIVE_USAGE;
    }
    for (const struct hm_variant *const *row = rig_plugin.plugin->variants; *row != NULL; row++)
        failed += run_variant(*row);
    return failed == 0 ? 0 : 1;
}
