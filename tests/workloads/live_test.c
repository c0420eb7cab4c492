/* SPDX-License-Identifier: MIT
 *
 * Are the live bytes that a workload states its live bytes? Heap sizes are multiples of them, so a
 * figure too small makes every collector fail, and one too large flatters all.
 *
 * The gauge is `semispace`, which packs what lives without a gap into half of its heap: it must get
 * through with 105 parts in a hundred of what is stated, and not with 97.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "drive.h"
#include "rows.h"

/* Large enough that blocks and buffers are small beside it, and long enough to reach its peak. */
static const struct row gauged[] = {
    {"binary-trees", {"depth=15", "iterations=3"}},
    {"churn", {"rounds=60000"}},
    {"churn", {"live=3000", "young=10000", "rounds=60000"}},
    {"gcbench", {"most_depth=13", "least_depth=9", "long_depth=14"}},
    {"get", {"objects=131072"}},
    {"graph", {"nodes=10000", "rounds=200000"}},
    {"grow", {"items=131073", "rounds=2"}},
    {"handoff", {"batch=1000", "batches=12"}},
    {"list-drop", {"length=100000", "rounds=3"}},
    {"list-drop", {"form=wide", "length=200000", "rounds=3"}},
    {"lru", {"requests=60000"}},
    {"new", {"kind=list", "window=1024", "length=400"}},
    {"offered", {"offer=32MiB", "duration_ms=1000", "live=8MiB", "survival=0.5"}},
    {"peek", {"objects=131072"}},
    {"quads", {"depth=8", "rounds=3"}},
    {"queue", {"rounds=200000"}},
    {"rings", {"rounds=1000"}},
    {"server", {"duration_ms=1000", "live=8MiB"}},
    {"set", {"objects=262144"}},
    {"shared-hot", {"objects=200000", "rounds=400000", "replaced=0.9"}},
    {"simulator", {"total_bytes=67108864"}},
    {"simulator",
     {"total_bytes=67108864", "sizes=skewed", "small_least_bytes=24", "large_share=0.5", "chain=3",
      "request_allocations=50000", "request_interval=3"}},
    {NULL, {NULL}},
};

static struct drive_plugin semispace;

static void fail_here(const struct drive_result *result)
{
    fail_msg("%s", result->sentence);
}

static enum drive_verdict verdict_at(const struct row *row, uint64_t percent)
{
    union hm_value values[DRIVE_MOST_OPTIONS];
    char why[DRIVE_SENTENCE_BYTES];
    struct drive_result result;
    struct drive_request request = {
        .plugin = &semispace,
        .workload = drive_workload(row->workload),
        .parameters = row->parameters,
        .threads = 1,
        .seed = 5,
        .iterations = 5000,
        .kernel = true,
    };
    assert_true(
        drive_settings(request.workload->parameters, row->parameters, values, "parameter", why));
    struct hm_plan plan = {.parameters = values, .threads = 1, .seed = request.seed};
    request.heap_bytes = 2 * request.workload->live_bytes(&plan) * percent / 100;
    drive_run(&request, &result, fail_here);
    return result.verdict;
}

static void live_bytes_are_as_stated(void **state)
{
    (void)state;
    for (const struct row *row = gauged; row->workload != NULL; row++) {
        if (verdict_at(row, 105) != DRIVE_OK)
            fail_msg("%s (%s) has more alive than it says", row->workload, row->parameters[0]);
        if (verdict_at(row, 97) != DRIVE_OUT_OF_MEMORY)
            fail_msg("%s (%s) has less alive than it says", row->workload, row->parameters[0]);
    }
}

static int load(void **state)
{
    (void)state;
    return drive_load(&semispace, SEMISPACE_PLUGIN, NULL) ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    drive_unload(&semispace);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(live_bytes_are_as_stated)};
    return cmocka_run_group_tests_name("workloads/live", tests, load, unload);
}
