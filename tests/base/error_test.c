/* SPDX-License-Identifier: MIT
 *
 * Errors keep their kind and one sentence; a bug and an exhausted memory end the program.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"

static void kinds_have_exit_statuses(void **state)
{
    (void)state;
    struct error error = {0};
    assert_int_equal(error_exit_status(&error), 0);
    assert_false(error_user(&error, "no collector \"%s\"", "marc"));
    assert_string_equal(error.text, "no collector \"marc\"");
    assert_int_equal(error_exit_status(&error), 2);
    assert_false(error_system(&error, "disk %d is full", 3));
    assert_string_equal(error.text, "disk 3 is full");
    assert_int_equal(error_exit_status(&error), 3);
}

static void nobody_need_listen(void **state)
{
    (void)state;
    assert_false(error_user(NULL, "%s", "unheard"));
    assert_false(error_system(NULL, "%s", "unheard"));
}

static void system_error_can_name_errno(void **state)
{
    (void)state;
    struct error error = {0};
    errno = ENOSPC;
    error_system(&error, "cannot write: %m");
    assert_string_equal(error.text, "cannot write: No space left on device");
}

static void text_ends_without_newline(void **state)
{
    (void)state;
    struct error error = {0};
    error_user(&error, "said by a library\n\n");
    assert_string_equal(error.text, "said by a library");
    error_user(&error, "\n");
    assert_string_equal(error.text, "");
}

static void own_text_may_be_an_argument(void **state)
{
    (void)state;
    struct error error = {0};
    error_user(&error, "no such file");
    error_system(&error, "%s: %s", "results.db", error.text);
    assert_string_equal(error.text, "results.db: no such file");
}

static void long_text_is_cut(void **state)
{
    (void)state;
    struct error error = {0};
    char text[3000];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    error_user(&error, "%s", text);
    assert_int_equal(strlen(error.text), sizeof error.text - 1);
}

/* Characters of 2, 3 and 4 bytes, at each distance from the cut. */
static void cut_spares_whole_characters(void **state)
{
    (void)state;
    static const char *const characters[] = {"\u00e9", "\u20ac", "\U0001F600"};
    for (size_t kind = 0; kind < 3; kind++) {
        size_t bytes = strlen(characters[kind]);
        for (size_t before = 0; before < bytes; before++) {
            struct text text = {0};
            text_append_bytes(&text, "xxxx", before);
            while (text.length < 2000)
                text_append(&text, characters[kind]);
            struct error error = {0};
            error_user(&error, "%s", text_chars(&text));
            size_t length = strlen(error.text);
            assert_int_equal((length - before) % bytes, 0);
            assert_true(length + bytes > sizeof error.text - 1);
            text_free(&text);
        }
    }
}

/* Run `act` in a child; its stderr goes to `output`. Returns its wait status. */
static int status_of_child(void (*act)(void), char *output, size_t capacity)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        signal(SIGABRT, SIG_DFL);
        dup2(ends[1], STDERR_FILENO);
        act();
        _exit(0);
    }
    close(ends[1]);
    size_t length = 0;
    ssize_t count;
    while ((count = read(ends[0], output + length, capacity - 1 - length)) > 0)
        length += (size_t)count;
    output[length] = '\0';
    close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void fail_check(void)
{
    int bytes = 7;
    CHECK(bytes == 8, "%d bytes are held", bytes);
}

static void pass_check(void)
{
    CHECK(1 + 1 == 2, "arithmetic is broken");
}

static void fail_long_check(void)
{
    static char text[5000];
    memset(text, 'x', sizeof text - 1);
    CHECK(text[0] == 'y', "%s", text);
}

static void bug_aborts_and_names_its_place(void **state)
{
    (void)state;
    char output[4096], wanted[4096];
    int status = status_of_child(fail_check, output, sizeof output);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    const char *place = strstr(output, "error_test.c:");
    assert_non_null(place);
    assert_int_equal(strncmp(output, "heapmark: bug: ", 15), 0);
    snprintf(wanted, sizeof wanted, ": bytes == 8: 7 bytes are held\n");
    assert_string_equal(strchr(place, ':') + 1 + strspn(strchr(place, ':') + 1, "0123456789"),
                        wanted);
}

static void bug_of_any_length_is_printed(void **state)
{
    (void)state;
    char output[8192];
    int status = status_of_child(fail_long_check, output, sizeof output);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_non_null(strstr(output, "xxxx\n"));
}

static void check_that_holds_is_silent(void **state)
{
    (void)state;
    char output[64];
    assert_int_equal(status_of_child(pass_check, output, sizeof output), 0);
    assert_string_equal(output, "");
}

static void want_too_much(void)
{
    struct text text = {0};
    text_append_bytes(&text, "x", SIZE_MAX / 2);
}

static void exhausted_memory_is_a_failure_of_the_system(void **state)
{
    (void)state;
    char output[256];
    int status = status_of_child(want_too_much, output, sizeof output);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 3);
    assert_int_equal(strncmp(output, "heapmark: out of memory", 23), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_have_exit_statuses),
        cmocka_unit_test(nobody_need_listen),
        cmocka_unit_test(system_error_can_name_errno),
        cmocka_unit_test(text_ends_without_newline),
        cmocka_unit_test(own_text_may_be_an_argument),
        cmocka_unit_test(long_text_is_cut),
        cmocka_unit_test(cut_spares_whole_characters),
        cmocka_unit_test(bug_aborts_and_names_its_place),
        cmocka_unit_test(bug_of_any_length_is_printed),
        cmocka_unit_test(check_that_holds_is_silent),
        cmocka_unit_test(exhausted_memory_is_a_failure_of_the_system),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
