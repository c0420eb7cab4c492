/* SPDX-License-Identifier: MIT
 *
 * Interruptions: a thread that does nothing but look at memory is held up all the same, where the
 * program says so, and nowhere else; and programs say so, by their seeds.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "check/session.h"

static struct check_session session;
static struct check_thread thread = {.session = &session};
static struct program program;

static uint64_t interrupted_until(uint64_t wanted)
{
    uint64_t times = 0;
    while (times < wanted)
        times = interrupts_of_thread();
    return times;
}

static void test_a_thread_is_held_up_wherever_it_is(void **state)
{
    (void)state;
    program = (struct program){.thread_count = 2, .seed = 7, .interrupt = 20};
    session.program = &program;
    interrupts_begin(&session);
    interrupts_begin_thread(&thread);
    assert_true(interrupted_until(100) >= 100);
    interrupts_end_thread();
    interrupts_begin_thread(&thread); /* another of the machine's goes on with it */
    assert_true(interrupts_of_thread() >= 100);
    interrupts_end_thread();
    atomic_store(&thread.interrupted, 0);
}

static void test_a_program_may_have_none(void **state)
{
    (void)state;
    program = (struct program){.thread_count = 2, .seed = 7};
    session.program = &program;
    interrupts_begin(&session);
    interrupts_begin_thread(&thread);
    raise(SIGRTMAX - 3); /* somebody else's: the handler is there, and there is nothing to do */
    assert_int_equal(interrupts_of_thread(), 0);
    interrupts_end_thread();
}

static void test_some_programs_of_several_threads_have_them(void **state)
{
    (void)state;
    const struct hm_capabilities can = {.size = sizeof can, .shares = true};
    uint32_t with = 0, without = 0;
    for (uint64_t seed = 0; seed < 60; seed++) {
        struct program several, one, crowd;
        check_generate(&several, CHECK_PROFILE_THREADS, seed, &can, 3);
        check_generate(&one, CHECK_PROFILE_THREADS, seed, &can, 1);
        check_generate(&crowd, CHECK_PROFILE_THREADS, seed, &can, 5);
        with += several.interrupt != 0;
        without += several.interrupt == 0;
        assert_int_equal(one.interrupt, 0);
        assert_int_equal(crowd.interrupt, 0);
        program_free(&several);
        program_free(&one);
        program_free(&crowd);
    }
    assert_true(with > 5 && without > 20);
}

static void test_a_file_says_how_often(void **state)
{
    (void)state;
    struct program written = {.thread_count = 1, .places = 1, .interrupt = 40}, read;
    struct text text = {0};
    struct error error = {0};
    program_append(&text, &written, NULL);
    assert_true(program_parse(&read, "it", text_chars(&text), &error));
    assert_int_equal(read.interrupt, 40);
    program_free(&read);
    text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_thread_is_held_up_wherever_it_is),
        cmocka_unit_test(test_a_program_may_have_none),
        cmocka_unit_test(test_some_programs_of_several_threads_have_them),
        cmocka_unit_test(test_a_file_says_how_often),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
