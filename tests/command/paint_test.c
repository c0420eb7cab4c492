/* SPDX-License-Identifier: MIT
 *
 * Bars, ratios on a scale, and which streams are shown them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "command/columns.h"
#include "command/paint.h"

static void assert_bar(double share, const char *expected)
{
    struct text bar = {0};
    paint_append_bar(&bar, share, 4);
    assert_string_equal(text_chars(&bar), expected);
    text_free(&bar);
}

static void bars_are_as_long_as_their_share(void **state)
{
    (void)state;
    assert_bar(1, "████");
    assert_bar(0.5, "██");
    assert_bar(0.53125, "██▏");
    assert_bar(0.96875, "███▉");
    assert_bar(0.0001, "▏");
    /* None of what is not known, and no more than there is room for. */
    assert_bar(0, "");
    assert_bar(-1, "");
    assert_bar(NAN, "");
    assert_bar(7, "████");
    for (double share = 0; share <= 1; share += 1.0 / 64) {
        struct text bar = {0};
        paint_append_bar(&bar, share, 4);
        assert_int_equal(columns_width(text_chars(&bar)), (size_t)ceil(round(share * 32) / 8));
        text_free(&bar);
    }
}

static void assert_ratio(double ratio, double low, double high, const char *expected)
{
    struct text picture = {0};
    const struct stats_interval interval = {.kind = STATS_BOOTSTRAP_95, .low = low, .high = high};
    paint_append_ratio(&picture, ratio, interval, (struct paint_scale){4, 9});
    assert_string_equal(text_chars(&picture), expected);
    text_free(&picture);
}

/* Nine places from a quarter to four: two of them are a factor of two. */
static void ratios_stand_on_a_scale_of_logarithms(void **state)
{
    (void)state;
    assert_ratio(1, 1, 1, "    ●    ");
    assert_ratio(2, 1.41, 2.83, "    │─●─ ");
    assert_ratio(0.5, 0.25, 1, "──●─│    ");
    assert_ratio(0.71, 0.5, 1.41, "  ─●│─   ");
    assert_ratio(4, 0.25, 4, "────│───●");
    /* What lies outside ends in an arrow; a dot never does. */
    assert_ratio(9, 8, 10, "    │   ▸");
    assert_ratio(0.1, 0.05, 0.2, "◂   │    ");
    assert_ratio(1, 0.01, 100, "◂───●───▸");
    assert_ratio(0, 0, 1, "◂───│    ");
    assert_ratio(NAN, 1, 2, "");
}

static void without_an_interval_there_is_a_dot(void **state)
{
    (void)state;
    struct text picture = {0};
    paint_append_ratio(&picture, 2, (struct stats_interval){.kind = STATS_NONE},
                       (struct paint_scale){4, 9});
    assert_string_equal(text_chars(&picture), "    │ ●  ");
    text_free(&picture);
}

static void assert_limit(double before, double ratio, double expected)
{
    assert_true(fabs(paint_limit(before, ratio) - expected) < 1e-12);
}

static void limits_are_round_and_hold_what_they_can(void **state)
{
    (void)state;
    assert_limit(1.1, 1.01, 1.1);
    assert_limit(1.1, 1.2, 1.25);
    assert_limit(1.1, 0.6, 2);
    assert_limit(2, 1.3, 2);
    assert_limit(1.1, 1000, 16);
    assert_limit(1.1, NAN, 1.1);
}

/* ---- streams ---- */

static FILE *open_terminal(unsigned short columns)
{
    const struct winsize size = {.ws_row = 10, .ws_col = columns};
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0)
        return NULL;
    assert_int_equal(ioctl(master, TIOCSWINSZ, &size), 0);
    return fdopen(master, "r+");
}

static void only_terminals_are_painted(void **state)
{
    (void)state;
    FILE *file = tmpfile(), *terminal = open_terminal(91);
    if (terminal == NULL)
        skip();
    setenv("TERM", "xterm", 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    unsetenv("NO_COLOR");
    struct paint paint = paint_for(file);
    assert_false(paint.pictures || paint.colour);
    paint = paint_for(terminal);
    assert_true(paint.pictures && paint.colour);
    assert_int_equal(paint.columns, 91);
    /* Each can be refused alone. */
    setenv("LC_ALL", "C", 1);
    paint = paint_for(terminal);
    assert_true(!paint.pictures && paint.colour);
    setenv("LC_ALL", "C.UTF-8", 1);
    setenv("NO_COLOR", "1", 1);
    paint = paint_for(terminal);
    assert_true(paint.pictures && !paint.colour);
    setenv("NO_COLOR", "", 1);
    assert_true(paint_for(terminal).colour);
    setenv("TERM", "dumb", 1);
    paint = paint_for(terminal);
    assert_false(paint.pictures || paint.colour);
    fclose(terminal);
    fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bars_are_as_long_as_their_share),
        cmocka_unit_test(ratios_stand_on_a_scale_of_logarithms),
        cmocka_unit_test(without_an_interval_there_is_a_dot),
        cmocka_unit_test(limits_are_round_and_hold_what_they_can),
        cmocka_unit_test(only_terminals_are_painted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
