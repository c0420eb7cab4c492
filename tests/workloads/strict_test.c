/* SPDX-License-Identifier: MIT
 *
 * Does every workload keep the contract? `strict` names the rule that one breaks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "drive.h"
#include "rows.h"

enum { LIMIT_S = 120 };

static struct drive_plugin strict;

static void every_workload_keeps_the_contract(void **state)
{
    (void)state;
    for (const struct row *row = rows; row->workload != NULL; row++)
        for (uint32_t threads = 1; threads <= 2; threads++) {
            struct drive_result result;
            struct drive_request request = {
                .plugin = &strict,
                .workload = drive_workload(row->workload),
                .parameters = row->parameters,
                .threads = threads,
                .seed = 3,
                .iterations = 1000,
            };
            drive_run_child(&request, &result, LIMIT_S);
            if (result.verdict != DRIVE_OK)
                fail_msg("%s (%s), %u threads: %s", row->workload, row->parameters[0], threads,
                         result.sentence);
        }
}

static int load(void **state)
{
    (void)state;
    return drive_load(&strict, STRICT_PLUGIN, NULL) ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    drive_unload(&strict);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_workload_keeps_the_contract)};
    return cmocka_run_group_tests_name("workloads/strict", tests, load, unload);
}
