/* SPDX-License-Identifier: MIT
 *
 * Does every workload answer as its model says, for one thread and more, by both dispatches, and
 * does it allocate to the byte what it says it does? On `none`, which counts exactly.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "drive.h"
#include "rows.h"

enum { ITERATIONS = 1000, MOST_THREADS = 3 };

struct run {
    const struct row *row;
    uint32_t threads;
    uint64_t seed;
    bool kernel;
};

static struct drive_plugin none;

static void fail_here(const struct drive_result *result)
{
    fail_msg("%s", result->sentence);
}

static uint64_t figure(uint64_t (*function)(const struct hm_plan *), const struct hm_plan *plan)
{
    return function == NULL ? 0 : function(plan);
}

/* A micro workload states what one iteration allocates; its setup is all alive. */
static void assert_bytes(const struct hm_workload *workload, const struct hm_plan *plan,
                         const struct drive_result *result)
{
    uint64_t garbage = figure(workload->garbage_bytes, plan);
    uint64_t live = figure(workload->live_bytes, plan);
    uint64_t allocated = result->statistics.allocated_bytes;
    if (!workload->micro) {
        assert_int_equal(allocated, garbage);
        assert_true(live <= garbage);
    } else if (garbage == 0) {
        assert_int_equal(allocated, live);
    } else {
        assert_int_equal(allocated, garbage * ITERATIONS * plan->threads);
    }
}

static struct drive_result run_once(struct run run)
{
    struct drive_result result;
    struct drive_request request = {
        .plugin = &none,
        .workload = drive_workload(run.row->workload),
        .parameters = run.row->parameters,
        .threads = run.threads,
        .seed = run.seed,
        .iterations = ITERATIONS,
        .kernel = run.kernel,
    };
    assert_non_null(request.workload);
    drive_run(&request, &result, fail_here);
    if (result.verdict != DRIVE_OK) {
        drive_print(stderr, &request, &result);
        fail_msg("%s with its first parameter %s", run.row->workload, run.row->parameters[0]);
    }
    assert_int_equal(result.kernel, run.kernel);
    assert_true(result.has_expected);
    assert_true(result.operations > 0);

    union hm_value values[DRIVE_MOST_OPTIONS];
    char why[DRIVE_SENTENCE_BYTES];
    assert_true(drive_settings(request.workload->parameters, run.row->parameters, values,
                               "parameter", why));
    struct hm_plan plan = {.parameters = values, .threads = run.threads, .seed = run.seed};
    assert_bytes(request.workload, &plan, &result);
    return result;
}

static void answers_and_bytes_are_as_stated(void **state)
{
    (void)state;
    for (const struct row *row = rows; row->workload != NULL; row++)
        for (uint32_t threads = 1; threads <= MOST_THREADS; threads++) {
            struct run run = {.row = row, .threads = threads, .seed = 7 * threads};
            struct drive_result table = run_once(run);
            run.kernel = true;
            struct drive_result kernel = run_once(run);
            assert_int_equal(table.answer, kernel.answer);
            assert_int_equal(table.operations, kernel.operations);
        }
}

static void every_workload_has_a_row(void **state)
{
    (void)state;
    for (const struct hm_workload *const *w = hm_workloads; *w != NULL; w++) {
        const struct row *row = rows;
        while (row->workload != NULL && strcmp(row->workload, (*w)->name) != 0)
            row++;
        if (row->workload == NULL)
            fail_msg("%s has no row", (*w)->name);
    }
}

static void workloads_are_sorted_and_complete(void **state)
{
    (void)state;
    for (const struct hm_workload *const *w = hm_workloads; *w != NULL; w++) {
        if (w[1] != NULL)
            assert_true(strcmp(w[0]->name, w[1]->name) < 0);
        assert_non_null((*w)->summary);
        assert_non_null((*w)->stresses);
        assert_non_null((*w)->warning);
        assert_non_null((*w)->expected);
        assert_non_null((*w)->live_bytes);
        assert_string_not_equal((*w)->revision, "unknown");
        for (uint32_t i = 0; (*w)->shapes[i] != NULL; i++)
            assert_int_equal((*w)->shapes[i]->id, i);
    }
}

/* The standard value of each parameter lies in its range, and the standards fit together. */
static void standards_are_accepted(void **state)
{
    (void)state;
    for (const struct hm_workload *const *w = hm_workloads; *w != NULL; w++) {
        union hm_value values[DRIVE_MOST_OPTIONS];
        char why[DRIVE_SENTENCE_BYTES];
        assert_true(drive_settings((*w)->parameters, NULL, values, "parameter", why));
        for (const struct hm_setting *const *row = (*w)->parameters; *row != NULL; row++) {
            if ((*row)->type == HM_INTEGER || (*row)->type == HM_BYTES)
                assert_in_range((*row)->standard.integer, (*row)->least.integer,
                                (*row)->most.integer);
            if ((*row)->type == HM_DECIMAL)
                assert_true((*row)->standard.decimal >= (*row)->least.decimal &&
                            (*row)->standard.decimal <= (*row)->most.decimal);
        }
        struct hm_plan plan = {.parameters = values, .threads = 1, .seed = 1};
        struct hm_refusal refusal;
        assert_true((*w)->accepts == NULL || (*w)->accepts(&plan, &refusal));
    }
}

static void parameters_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    static const struct row wrong[] = {
        {"get", {"objects=3"}},
        {"new", {"window=6"}},
        {"gcbench", {"least_depth=5", "most_depth=4"}},
        {"simulator", {"small_least_bytes=200", "small_most_bytes=100"}},
        {"simulator", {"large_least_bytes=300KiB"}},
        {"simulator", {"small_most_bytes=102400"}},
        {"simulator", {"live_bytes=0"}},
        {"simulator", {"live_bytes=1MiB"}},
        {"simulator", {"live_bytes=100KiB", "large_share=0", "chain=64"}},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct drive_result result;
        struct drive_request request = {
            .plugin = &none,
            .workload = drive_workload(wrong[i].workload),
            .parameters = wrong[i].parameters,
            .threads = 1,
            .iterations = 1,
        };
        drive_run(&request, &result, fail_here);
        assert_int_equal(result.verdict, DRIVE_USAGE);
        assert_true(strlen(result.sentence) > 0);
    }
}

static int load(void **state)
{
    (void)state;
    return drive_load(&none, NONE_PLUGIN, NULL) ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    drive_unload(&none);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(workloads_are_sorted_and_complete),
        cmocka_unit_test(every_workload_has_a_row),
        cmocka_unit_test(standards_are_accepted),
        cmocka_unit_test(parameters_that_do_not_fit_are_refused),
        cmocka_unit_test(answers_and_bytes_are_as_stated),
    };
    return cmocka_run_group_tests_name("workloads/answer", tests, load, unload);
}
