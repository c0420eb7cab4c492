/* SPDX-License-Identifier: MIT
 *
 * Does strict find fault with a workload? `contract_workload_test WORKLOAD` runs it at each of
 * its small sizes, with one thread and with two, without a heap limit and in a heap of the bytes
 * that the workload says are live at the most: strict counts those by the same arithmetic.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "drive.h"
#include "rows.h"

enum { LIMIT_S = 300, ITERATIONS = 2000 };

static struct drive_plugin strict;
static const struct hm_workload *workload;

static void complain(const struct row *row, uint32_t threads, uint64_t heap_bytes,
                     const struct drive_result *result)
{
    char words[512];
    int length = snprintf(words, sizeof words, "%s", workload->name);
    for (size_t i = 0; i < ROW_MOST_PARAMETERS && row->parameters[i] != NULL; i++)
        length +=
            snprintf(words + length, sizeof words - (size_t)length, " %s", row->parameters[i]);
    fail_msg("%s, %u threads, heap of %llu bytes: verdict %d: %s", words, threads,
             (unsigned long long)heap_bytes, (int)result->verdict, result->sentence);
}

static void run_once(const struct row *row, uint32_t threads, uint64_t heap_bytes)
{
    const struct drive_request request = {
        .plugin = &strict,
        .workload = workload,
        .parameters = row->parameters,
        .threads = threads,
        .heap_bytes = heap_bytes,
        .seed = 7,
        .iterations = ITERATIONS,
    };
    struct drive_result result;
    drive_run_child(&request, &result, LIMIT_S);
    if (result.verdict != DRIVE_OK || result.census.unreachable_objects != 0)
        complain(row, threads, heap_bytes, &result);
}

/* What the workload says is live at the most, and as much more as does not matter: an object or
 * two that it does not count. 0 when it does not say. */
static uint64_t heap_bytes_of(const struct row *row, uint32_t threads)
{
    union hm_value parameters[DRIVE_MOST_OPTIONS];
    char why[DRIVE_SENTENCE_BYTES];
    const struct hm_plan plan = {.parameters = parameters, .threads = threads, .seed = 7};
    if (!drive_settings(workload->parameters, row->parameters, parameters, "parameter", why))
        fail_msg("%s", why);
    uint64_t bytes = workload->live_bytes != NULL ? workload->live_bytes(&plan) : 0;
    return bytes != 0 ? bytes + bytes / 64 + 1024 : 0;
}

static void run_rows(uint32_t threads)
{
    size_t found = 0;
    if (workload->most_threads != 0 && workload->most_threads < threads)
        skip();
    for (const struct row *row = rows; row->workload != NULL; row++) {
        if (strcmp(row->workload, workload->name) != 0)
            continue;
        found++;
        run_once(row, threads, 0);
        uint64_t bytes = heap_bytes_of(row, threads);
        if (bytes != 0)
            run_once(row, threads, bytes);
    }
    if (found == 0)
        fail_msg("%s has no row in tests/workloads/rows.c", workload->name);
}

static void test_one_thread(void **state)
{
    (void)state;
    run_rows(1);
}

static void test_two_threads(void **state)
{
    (void)state;
    run_rows(2);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_thread),
        cmocka_unit_test(test_two_threads),
    };
    workload = argc == 2 ? drive_workload(argv[1]) : NULL;
    if (workload == NULL) {
        fprintf(stderr, "usage: contract_workload_test WORKLOAD, one of the program's\n");
        return 1;
    }
    if (!drive_load(&strict, STRICT_PLUGIN, NULL)) {
        fprintf(stderr, "%s\n", strict.why);
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
