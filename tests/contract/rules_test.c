/* SPDX-License-Identifier: MIT
 *
 * Does strict name each rule that is broken, by its label, and is it content with the right twin
 * of each wrong kernel? Each kernel runs in a process of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "contract.h"
#include "drive.h"

enum { LIMIT_S = 60 };

static struct drive_plugin strict;

static uint32_t two_globals(const struct hm_plan *plan)
{
    (void)plan;
    return 2;
}

static struct drive_result run(contract_step *step, uint32_t threads)
{
    static const struct hm_shape *const shapes[] = {&contract_pair, &contract_box, &contract_list,
                                                    &contract_text, NULL};
    const struct hm_workload workload = {
        HM_WORKLOAD_HEAD, .name = "kernel",       .names = NAMES,
        .shapes = shapes, .globals = two_globals, .step = step,
    };
    const struct drive_request request = {
        .plugin = &strict, .workload = &workload, .threads = threads, .seed = 1};
    struct drive_result result;
    drive_run_child(&request, &result, LIMIT_S);
    return result;
}

/* The sentence begins with the label, and the label ends there. */
static bool is_named(const char *sentence, const char *label)
{
    size_t length = strlen(label);
    return strncmp(sentence, label, length) == 0 &&
           strncmp(sentence + length, " broken in ", 11) == 0;
}

static void check_case(const struct contract_case *row)
{
    struct drive_result wrong = run(row->wrong, row->threads);
    if (wrong.verdict != DRIVE_WRONG || !is_named(wrong.sentence, row->label))
        fail_msg("%s: expected %s, got verdict %d: %s", row->name, row->label, (int)wrong.verdict,
                 wrong.sentence);
    print_message("%s: %s\n", row->name, wrong.sentence);
    struct drive_result right = run(row->right, row->threads);
    if (right.verdict != DRIVE_OK)
        fail_msg("the right twin of '%s': verdict %d: %s", row->name, (int)right.verdict,
                 right.sentence);
    assert_int_equal(right.census.unreachable_objects, 0);
}

static void check_table(const struct contract_case *row)
{
    assert_non_null(row->name);
    for (; row->name != NULL; row++)
        check_case(row);
}

static void test_spike(void **state)
{
    (void)state;
    check_table(contract_spike);
}

static void test_names(void **state)
{
    (void)state;
    check_table(contract_names);
}

static void test_objects(void **state)
{
    (void)state;
    check_table(contract_objects);
}

static void test_optional(void **state)
{
    (void)state;
    check_table(contract_optional);
}

static void test_threads(void **state)
{
    (void)state;
    check_table(contract_threads);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spike),   cmocka_unit_test(test_names),
        cmocka_unit_test(test_objects), cmocka_unit_test(test_optional),
        cmocka_unit_test(test_threads),
    };
    if (!drive_load(&strict, STRICT_PLUGIN, NULL)) {
        fprintf(stderr, "%s\n", strict.why);
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
