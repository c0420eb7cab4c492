/* SPDX-License-Identifier: MIT
 *
 * The kit's hooks for stress testing: stores into free memory and beyond an object are told to the
 * host, a second free too, and phases reach it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <kit/hooks.h>

static jmp_buf failed;
static char said[200];
static enum hm_phase told;

static __attribute__((noreturn)) void fail_trial(const struct hm_host *host, const char *sentence)
{
    (void)host;
    snprintf(said, sizeof said, "%s", sentence);
    longjmp(failed, 1);
}

static void note_phase(const struct hm_host *host, enum hm_phase phase)
{
    (void)host;
    told = phase;
}

static uint32_t refusals;

static void count_refusal(const struct hm_host *of)
{
    (void)of;
    refusals++;
}

static const struct hm_host host = {
    .size = sizeof host, .fail = fail_trial, .phase = note_phase, .refused = count_refusal};
static const struct hm_host old_host = {
    .size = offsetof(struct hm_host, phase), .fail = fail_trial, .phase = note_phase};

static void test_a_store_into_free_memory_is_told(void **state)
{
    (void)state;
    uint64_t memory[8];
    kit_hooks_open(&host);
    kit_fill(memory, sizeof memory);
    kit_check_filled(memory, sizeof memory);
    memory[3] = 0; /* as fresh memory is */
    kit_check_filled(memory, sizeof memory);
    memory[7] = 1;
    if (setjmp(failed) == 0) {
        kit_check_filled(memory, sizeof memory);
        fail_msg("the store was not seen");
    }
    assert_non_null(strstr(said, "free memory was written"));
}

static void test_a_store_beyond_an_object_is_told(void **state)
{
    (void)state;
    uint64_t object[4] = {1, 7, 7, 0};
    kit_hooks_open(&host);
    kit_check_object(object, 1, sizeof object);
    object[3] = 7;
    if (setjmp(failed) == 0) {
        kit_check_object(object, 1, sizeof object);
        fail_msg("the store was not seen");
    }
    assert_non_null(strstr(said, "after an object"));
}

static void test_a_second_free_is_told(void **state)
{
    (void)state;
    uint64_t object[4] = {0};
    kit_hooks_open(&host);
    if (setjmp(failed) == 0) {
        kit_check_object(object, 0, sizeof object);
        fail_msg("the second free was not seen");
    }
    assert_non_null(strstr(said, "freed again"));
}

static void test_phases_reach_a_host_that_has_them(void **state)
{
    (void)state;
    kit_hooks_open(&old_host);
    KIT_PHASE(EVACUATED);
    assert_int_equal(told, HM_PHASE_NONE);
    kit_hooks_open(&host);
    KIT_PHASE(EVACUATED);
    assert_int_equal(told, HM_PHASE_EVACUATED);
}

/* The environment says 3 for maps and 2+ for threads (CMakeLists.txt). */
static void test_failures_come_when_asked_for(void **state)
{
    (void)state;
    kit_hooks_open(&host);
    assert_false(kit_map_fails());
    assert_false(kit_map_fails());
    assert_int_equal(refusals, 0);
    assert_true(kit_map_fails());
    assert_int_equal(refusals, 1);
    assert_false(kit_map_fails());
    assert_int_equal(refusals, 1);
    kit_hooks_open(&old_host);
    assert_false(kit_thread_fails());
    assert_true(kit_thread_fails());
    assert_true(kit_thread_fails());
    assert_int_equal(refusals, 1); /* nobody was there to be told */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_store_into_free_memory_is_told),
        cmocka_unit_test(test_a_store_beyond_an_object_is_told),
        cmocka_unit_test(test_a_second_free_is_told),
        cmocka_unit_test(test_phases_reach_a_host_that_has_them),
        cmocka_unit_test(test_failures_come_when_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
