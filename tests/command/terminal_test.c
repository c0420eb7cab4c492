/* SPDX-License-Identifier: MIT
 *
 * A run on a terminal: its line fits, leaves nothing behind, and Ctrl-C keeps what was measured.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <jansson.h>
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "program.h"

#define TREES "-w binary-trees:depth=4,iterations=3 "

enum { COLUMNS = 24, CTRL_C = 3 };

/* A command with a terminal of its own, in the folder of the test. */
struct session {
    int terminal;
    pid_t process;
    struct text shown;
};

static void begin_as_wide(struct session *session, const char *command, unsigned short columns)
{
    const struct winsize size = {.ws_row = 10, .ws_col = columns};
    *session = (struct session){0};
    session->process = forkpty(&session->terminal, NULL, NULL, &size);
    assert_true(session->process >= 0);
    if (session->process == 0) {
        setenv("TERM", "xterm", 1);
        unsetenv("NO_COLOR");
        if (chdir(program_folder()) == 0)
            execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
}

static void begin(struct session *session, const char *command)
{
    begin_as_wide(session, command, COLUMNS);
}

/* False once the other side has gone. */
static bool read_more(struct session *session)
{
    char bytes[4096];
    ssize_t count = read(session->terminal, bytes, sizeof bytes);
    if (count > 0)
        text_append_bytes(&session->shown, bytes, (size_t)count);
    return count > 0;
}

static void read_until(struct session *session, const char *words)
{
    while (strstr(text_chars(&session->shown), words) == NULL)
        if (!read_more(session))
            fail_msg("\"%s\" was never shown:\n%s", words, text_chars(&session->shown));
}

/* Its exit status. */
static int end(struct session *session)
{
    int status;
    while (read_more(session))
        continue;
    assert_int_equal(waitpid(session->process, &status, 0), session->process);
    close(session->terminal);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* What was drawn lies between two clearings of the line; returns how often that was. */
static size_t assert_drawn_lines_fit(const char *shown)
{
    static const char clear[] = "\r\x1b[K";
    size_t drawn = 0;
    for (const char *at = shown; (at = strstr(at, clear)) != NULL;) {
        at += strlen(clear);
        const char *next = strstr(at, clear);
        if (next == NULL || next == at || memchr(at, '\n', (size_t)(next - at)) != NULL)
            continue;
        drawn++;
        assert_true(next - at < COLUMNS);
        assert_memory_equal(at, "[", 1);
    }
    return drawn;
}

/* What can be read when all is over: the last of what each line of the terminal held. */
static void assert_nothing_left(const char *shown)
{
    const char *table = strstr(shown, "binary-trees: 1 thread");
    assert_non_null(table);
    const char *line = table;
    while (line > shown && line[-1] != '\n' && line[-1] != 'K')
        line--;
    assert_ptr_equal(line, table);
}

static void the_line_fits_and_goes(void **state)
{
    (void)state;
    struct session session;
    begin(&session, "$H run --db x.db -n 2 -c none,bad=$FAULTY:fault=crash-at-open " TREES);
    int status = end(&session);
    const char *shown = text_chars(&session.shown);
    if (status != 1)
        fail_msg("%d: %s", status, shown);
    assert_true(assert_drawn_lines_fit(shown) >= 1);
    assert_nothing_left(shown);
    assert_non_null(strstr(shown, ": \x1b[31mcrash\x1b[0m: signal 11"));
    assert_null(strstr(shown, " ms\r\n[")); /* no line for those that succeed */
    text_free(&session.shown);
}

static void quiet_draws_nothing(void **state)
{
    (void)state;
    struct session session;
    begin(&session, "$H run --db x.db -q -n 1 -c none " TREES);
    assert_int_equal(end(&session), 0);
    assert_null(strstr(text_chars(&session.shown), "\x1b"));
    text_free(&session.shown);
}

/* What a command shows in a terminal of this width; its status must be 0. */
static char *shown_by(const char *command, unsigned short columns)
{
    struct session session;
    begin_as_wide(&session, command, columns);
    int status = end(&session);
    if (status != 0)
        fail_msg("%s: %d: %s", command, status, text_chars(&session.shown));
    return session.shown.chars;
}

static void assert_pictures(const char *command, unsigned short columns, const char *picture,
                            bool expected)
{
    char *shown = shown_by(command, columns);
    if ((strstr(shown, picture) != NULL) != expected || (strstr(shown, "\x1b") != NULL))
        fail_msg("%s, in %u columns: %s", command, columns, shown);
    free(shown);
}

/* The tables of run and compare have pictures where the terminal shows them and is wide enough. */
static void tables_have_pictures_on_a_terminal(void **state)
{
    (void)state;
    static const char bar[] = "\xe2\x96\x88", dot[] = "\xe2\x97\x8f";
    assert_pictures("LC_ALL=C.UTF-8 $H run --db x.db -q -n 2 -c none " TREES, 200, bar, true);
    assert_pictures("LC_ALL=C.UTF-8 $H run --db x.db -q -n 2 -c none " TREES, 80, bar, false);
    assert_pictures("LC_ALL=C $H run --db x.db -q -n 2 -c none " TREES, 200, bar, false);
    assert_pictures("LC_ALL=C.UTF-8 $H run --db x.db -q -n 2 -c none " TREES "| cat", 200, bar,
                    false);
    assert_pictures("LC_ALL=C.UTF-8 $H compare 1 2 --db x.db", 200, dot, true);
    assert_pictures("LC_ALL=C.UTF-8 $H compare 1 2 --db x.db", 40, dot, false);
    assert_pictures("LC_ALL=C.UTF-8 $H compare 1 2 --db x.db | cat", 200, dot, false);
}

/* How many trials of x.db ended so. */
static size_t count_outcomes(const char *outcome)
{
    const struct program_result *got = program_run("$H export --format json --db x.db");
    json_t *json = json_loads(got->output, 0, NULL);
    const json_t *run = json_array_get(json_object_get(json, "runs"), 0);
    assert_string_equal(json_string_value(json_object_get(run, "status")), "interrupted");
    const json_t *trials = json_object_get(json, "trials");
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(trials); i++) {
        const json_t *trial = json_array_get(trials, i);
        count += strcmp(json_string_value(json_object_get(trial, "outcome")), outcome) == 0;
    }
    json_decref(json);
    return count;
}

/* Interrupted while the second trial hangs, and impatiently: what was measured is there. */
static void ctrl_c_keeps_what_was_measured(void **state)
{
    (void)state;
    struct session session;
    begin(&session, "exec $H run --db x.db -n 1 --seed 1 --time-limit 60s "
                    "-c none,bad=$FAULTY:fault=hang-at-open " TREES);
    read_until(&session, "[2/2]");
    const char key = CTRL_C;
    assert_int_equal(write(session.terminal, &key, 1), 1);
    assert_int_equal(write(session.terminal, &key, 1), 1);
    int status = end(&session);
    if (status != 130)
        fail_msg("%d: %s", status, text_chars(&session.shown));
    assert_int_equal(count_outcomes("ok"), 1);
    assert_int_equal(count_outcomes("interrupted"), 1);
    text_free(&session.shown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_line_fits_and_goes, program_begin, program_end),
        cmocka_unit_test_setup_teardown(quiet_draws_nothing, program_begin, program_end),
        cmocka_unit_test_setup_teardown(tables_have_pictures_on_a_terminal, program_begin,
                                        program_end),
        cmocka_unit_test_setup_teardown(ctrl_c_keeps_what_was_measured, program_begin, program_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
