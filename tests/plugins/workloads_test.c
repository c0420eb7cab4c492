/* SPDX-License-Identifier: MIT
 *
 * Does every workload answer rightly on a collector? `workloads_test PLUGIN.so [option=value …]`
 * runs all small sizes of all workloads on each variant, by both dispatches, with one thread and
 * with two, in heaps that are small enough to be collected often.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "drive.h"
#include "rows.h"

enum { LIMIT_S = 300, ITERATIONS = 2000, MOST_THREADS = 2 };

static struct drive_plugin plugin;

/* Three times what is live, and what the plugin needs at the least. */
static uint64_t heap_bytes_of(const struct hm_workload *workload, const struct row *row,
                              uint32_t threads)
{
    union hm_value parameters[DRIVE_MOST_OPTIONS];
    char why[DRIVE_SENTENCE_BYTES];
    const struct hm_capabilities *can = plugin.variant->capabilities;
    const struct hm_plan plan = {.parameters = parameters, .threads = threads, .seed = 3};
    if (!drive_settings(workload->parameters, row->parameters, parameters, "parameter", why))
        fail_msg("%s: %s", workload->name, why);
    uint64_t live = workload->live_bytes != NULL ? workload->live_bytes(&plan) : 0;
    return 3 * live + ((uint64_t)1 << 20) + 2 * can->least_heap_bytes +
           2 * threads * can->least_mutator_bytes;
}

/* True when it ran. */
static bool run_row(const struct row *row, uint32_t threads, bool kernel)
{
    const struct hm_workload *workload = drive_workload(row->workload);
    assert_non_null(workload);
    if (workload->most_threads != 0 && workload->most_threads < threads)
        return false;
    const struct drive_request request = {
        .plugin = &plugin,
        .workload = workload,
        .parameters = row->parameters,
        .threads = threads,
        .heap_bytes = heap_bytes_of(workload, row, threads),
        .seed = 3,
        .iterations = ITERATIONS,
        .kernel = kernel,
    };
    struct drive_result result;
    drive_run_child(&request, &result, LIMIT_S);
    if (result.verdict == DRIVE_UNSUPPORTED)
        return false;
    if (result.verdict != DRIVE_OK)
        fail_msg("%s %s, %u threads, %s: verdict %d: %s", row->workload,
                 row->parameters[0] != NULL ? row->parameters[0] : "", threads,
                 kernel ? "inline" : "table", (int)result.verdict, result.sentence);
    assert_int_equal(result.kernel, kernel);
    if (result.has_census && plugin.variant->capabilities->cycles)
        assert_int_equal(result.census.unreachable_objects, 0);
    return true;
}

static void run_rows(bool kernel)
{
    const struct hm_capabilities *can = plugin.variant->capabilities;
    uint32_t most = can->most_mutators == 1 ? 1 : MOST_THREADS;
    size_t ran = 0;
    for (const struct row *row = rows; row->workload != NULL; row++)
        for (uint32_t threads = 1; threads <= most; threads++)
            ran += run_row(row, threads, kernel);
    assert_int_not_equal(ran, 0);
}

static void test_table(void **state)
{
    (void)state;
    run_rows(false);
}

static void test_inline(void **state)
{
    (void)state;
    run_rows(true);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_inline),
    };
    int failed = 0;
    if (argc < 2 || !drive_load(&plugin, argv[1], (const char *const *)&argv[2])) {
        fprintf(stderr, "usage: workloads_test PLUGIN.so [option=value ...]\n%s\n",
                argc < 2 ? "" : plugin.why);
        return DRIVE_USAGE;
    }
    for (const struct hm_variant *const *row = plugin.plugin->variants; *row != NULL; row++) {
        plugin.variant = *row;
        failed += cmocka_run_group_tests_name((*row)->name, tests, NULL, NULL);
    }
    return failed == 0 ? 0 : 1;
}
