/* SPDX-License-Identifier: MIT
 *
 * The line that a run draws: what it says, that it fits, what is left of it, and when.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../suite/made.h"
#include "command/columns.h"
#include "command/progress.h"

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static const uint64_t SECOND_NS = 1000000000;

/* ---- the line ---- */

static const char *rendered(const struct progress_view *view, size_t columns)
{
    static char line[512];
    struct text text = {0};
    progress_render(&text, view, columns);
    assert_true(text.length < sizeof line);
    strcpy(line, text_chars(&text));
    text_free(&text);
    return line;
}

static void it_says_what_runs_and_for_how_long(void **state)
{
    (void)state;
    struct progress_view view = {3, 120, 0, ESTIMATE_UNKNOWN, "able, tiny, 2 threads"};
    view.elapsed_ns = 7 * SECOND_NS + 999999999;
    assert_string_equal(rendered(&view, 80), "[  3/120] 0:07: able, tiny, 2 threads");
    view.elapsed_ns = 754 * SECOND_NS;
    view.left_ns = 3723 * SECOND_NS;
    assert_string_equal(rendered(&view, 80),
                        "[  3/120] 12:34, about 1:02:03 left: able, tiny, 2 threads");
}

static void it_is_narrower_than_the_terminal(void **state)
{
    (void)state;
    const struct progress_view view = {1, 9, 0, 0, "a b\xc3\xa4r, \xe6\x97\xa5\xe6\x9c\xac"};
    const char *whole = "[1/9] 0:00, about 0:00 left: a b\xc3\xa4r, \xe6\x97\xa5\xe6\x9c\xac";
    size_t width = columns_width(whole);
    assert_string_equal(rendered(&view, width + 1), whole);
    for (size_t columns = 0; columns <= width; columns++) {
        const char *line = rendered(&view, columns);
        assert_true(columns == 0 ? *line == '\0' : columns_width(line) < columns);
        assert_int_equal(strncmp(line, whole, strlen(line)), 0);
        /* No character is cut in two. */
        assert_int_not_equal((unsigned char)whole[strlen(line)] & 0xc0, 0x80);
    }
}

static void names_are_data_in_it(void **state)
{
    (void)state;
    const struct progress_view view = {1, 1, 0, ESTIMATE_UNKNOWN, "a\x1b[2J\n\xff"};
    assert_string_equal(rendered(&view, 80), "[1/1] 0:00: a\\x1b[2J\\x0a\\xff");
}

/* ---- plans ---- */

/* Two collectors on two workloads, twice: trials in the order of the seed. */
struct made {
    struct suite_request request;
    struct suite_plan plan;
};

static void make(struct made *made)
{
    struct error error = {0};
    made_request(&made->request, LIST("able", "single"), LIST("shared", "tiny"));
    made->request.invocations = 2;
    if (!suite_make_plan(&made->request, &made->plan, &error))
        fail_msg("%s", error.text);
}

static void unmake(struct made *made)
{
    suite_plan_free(&made->plan);
    suite_request_free(&made->request);
}

/* ---- forms ---- */

static void only_an_able_terminal_is_drawn_on(void **state)
{
    (void)state;
    setenv("TERM", "xterm", 1);
    FILE *file = tmpfile();
    assert_int_equal(progress_form_for(file), PROGRESS_PLAIN);
    fclose(file);
    int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    if (terminal < 0)
        skip();
    file = fdopen(terminal, "r+");
    assert_int_equal(progress_form_for(file), PROGRESS_DRAWN);
    setenv("TERM", "dumb", 1);
    assert_int_equal(progress_form_for(file), PROGRESS_PLAIN);
    unsetenv("TERM");
    assert_int_equal(progress_form_for(file), PROGRESS_PLAIN);
    fclose(file);
}

/* What is written in this form when the first trial succeeds and the second crashes. */
static char *written(enum progress_form form)
{
    struct made made;
    struct progress progress;
    struct trial_record record = {0};
    char *bytes;
    size_t count;
    make(&made);
    FILE *file = open_memstream(&bytes, &count);
    progress_open(&progress, file, form, &made.plan);
    progress_begins(&progress, 0);
    record_set_outcome(&record, OUTCOME_OK);
    record_set_integer(&record, TRIAL_WALL_NS, 1500000);
    progress_ended(&progress, 0, &record);
    record_set_outcome(&record, OUTCOME_CRASH);
    record_set_text(&record, TRIAL_CAUSE, "signal \x1b");
    progress_begins(&progress, 1);
    progress_ended(&progress, 1, &record);
    progress_close(&progress);
    fclose(file);
    record_free(&record);
    unmake(&made);
    return bytes;
}

static void assert_written(enum progress_form form, const char *begin, const char *end)
{
    char *bytes = written(form);
    size_t length = strlen(bytes), tail = strlen(end);
    if (strncmp(bytes, begin, strlen(begin)) != 0 || length < tail ||
        strcmp(bytes + length - tail, end) != 0)
        fail_msg("\"%s\"", bytes);
    free(bytes);
}

static void each_form_writes_its_own(void **state)
{
    (void)state;
    unsetenv("NO_COLOR");
    assert_written(PROGRESS_SILENT, "", "");
    assert_written(PROGRESS_PLAIN, "[1/8] ", ": crash: signal \\x1b\n");
    assert_written(PROGRESS_DRAWN, "\r\x1b[K[1/8] 0:00: ", "\x1b[31mcrash\x1b[0m: signal \\x1b\n");
    setenv("NO_COLOR", "1", 1);
    assert_written(PROGRESS_DRAWN, "\r\x1b[K[1/8] 0:00: ", ": crash: signal \\x1b\n");
    unsetenv("NO_COLOR");
    char *plain = written(PROGRESS_PLAIN), *drawn = written(PROGRESS_DRAWN);
    assert_non_null(strstr(plain, ": 1.5 ms\n"));
    assert_null(strchr(plain, '\r'));
    assert_null(strstr(drawn, "1.5 ms"));
    free(plain);
    free(drawn);
}

/* The line is gone before anything else is written, and comes back. */
static void clearing_takes_the_line_away(void **state)
{
    (void)state;
    static const char clear[] = "\r\x1b[K";
    struct made made;
    struct progress progress;
    char *bytes;
    size_t count, before;
    make(&made);
    FILE *file = open_memstream(&bytes, &count);
    progress_open(&progress, file, PROGRESS_DRAWN, &made.plan);
    progress_clear(&progress);
    fflush(file);
    assert_int_equal(count, 0);
    progress_begins(&progress, 0);
    before = count;
    progress_clear(&progress);
    assert_string_equal(bytes + before, clear);
    before = count;
    progress_clear(&progress);
    assert_int_equal(count, before);
    progress_tick(&progress);
    assert_true(count > before);
    progress_close(&progress);
    assert_string_equal(bytes + count - strlen(clear), clear);
    fclose(file);
    free(bytes);
    unmake(&made);
}

static void clocks_that_went_wrong_are_said(void **state)
{
    (void)state;
    struct text_list notes = {0};
    struct trial_record record = {0};
    progress_note_clocks(&notes, 4, &record);
    record_set_integer(&record, TRIAL_SLEPT_NS, 0);
    record_set_integer(&record, TRIAL_CLOCK_SET_NS, 0);
    progress_note_clocks(&notes, 4, &record);
    assert_int_equal(notes.count, 0);
    record_set_integer(&record, TRIAL_SLEPT_NS, 60000000000);
    record_set_integer(&record, TRIAL_CLOCK_SET_NS, -2000000000);
    progress_note_clocks(&notes, 4, &record);
    record_set_integer(&record, TRIAL_SLEPT_NS, 0);
    record_set_integer(&record, TRIAL_CLOCK_SET_NS, 2000000000);
    progress_note_clocks(&notes, 4, &record);
    assert_int_equal(notes.count, 3);
    assert_string_equal(notes.items[0],
                        "the machine slept for 60 s during trial 5: its figures are doubtful");
    assert_non_null(strstr(notes.items[1], "set back by 2 s during trial 5"));
    assert_non_null(strstr(notes.items[2], "set forward by 2 s during trial 5"));
    text_list_free(&notes);
    record_free(&record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_says_what_runs_and_for_how_long),
        cmocka_unit_test(it_is_narrower_than_the_terminal),
        cmocka_unit_test(names_are_data_in_it),
        cmocka_unit_test(only_an_able_terminal_is_drawn_on),
        cmocka_unit_test(each_form_writes_its_own),
        cmocka_unit_test(clearing_takes_the_line_away),
        cmocka_unit_test(clocks_that_went_wrong_are_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
