/* SPDX-License-Identifier: MIT
 *
 * Whatever a string holds, an escaper makes data of it: tables of what goes in and out,
 * and for the shell, the shell's own word.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/text.h"

struct example {
    const char *chars;
    const char *wanted;
};

static void assert_examples(void (*escape)(struct text *, const char *),
                            const struct example *examples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct text text = {0};
        escape(&text, examples[i].chars);
        assert_string_equal(text_chars(&text), examples[i].wanted);
        text_free(&text);
    }
}

#define ASSERT_EXAMPLES(escape, examples)                                                          \
    assert_examples(escape, examples, sizeof(examples) / sizeof *(examples))

static void html(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"", ""},
        {"mark-sweep", "mark-sweep"},
        {"<script>alert('x')</script>", "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"},
        {"a & \"b\"", "a &amp; &quot;b&quot;"},
        {"&amp;", "&amp;amp;"},
        {"caf\u00e9", "caf\u00e9"},
    };
    ASSERT_EXAMPLES(text_append_html, examples);
}

static void csv_quotes(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"", ""},
        {"plain cell", "plain cell"},
        {"a,b", "\"a,b\""},
        {"say \"no\"", "\"say \"\"no\"\"\""},
        {"two\nlines", "\"two\nlines\""},
        {"two\r\nlines", "\"two\r\nlines\""},
        {"a=b", "a=b"},
        {"'quoted'", "'quoted'"},
        {"\033[31mred\a\177", "\\x1b[31mred\\x07\\x7f"},
    };
    ASSERT_EXAMPLES(text_append_csv, examples);
}

static void csv_defuses_formulas(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"=1+1", "\"'=1+1\""},
        {"=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""},
        {"+1+cmd|' /C calc'!A0", "\"'+1+cmd|' /C calc'!A0\""},
        {"-2+3", "\"'-2+3\""},
        {"@SUM(A1)", "\"'@SUM(A1)\""},
        {"\t=1", "\"'\t=1\""},
        {"\r=1", "\"'\r=1\""},
        {"-", "\"'-\""},
        {"+", "\"'+\""},
        {"-.", "\"'-.\""},
        {"-1e", "\"'-1e\""},
        {"-1e+", "\"'-1e+\""},
        {"-1.5.5", "\"'-1.5.5\""},
        {"-1 ", "\"'-1 \""},
        {"-e5", "\"'-e5\""},
        {"=1", "\"'=1\""},
        {"--heap", "\"'--heap\""},
    };
    ASSERT_EXAMPLES(text_append_csv, examples);
}

static void csv_leaves_numbers(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"-1.5", "-1.5"},         {"-1", "-1"},   {"+5", "+5"},
        {"-.5", "-.5"},           {"-5.", "-5."}, {"-1e-9", "-1e-9"},
        {"+1.25E+3", "+1.25E+3"}, {"0", "0"},     {"12.75", "12.75"},
    };
    ASSERT_EXAMPLES(text_append_csv, examples);
}

static void terminal_shows_control_codes(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"", ""},
        {"plain text, caf\u00e9 \u20ac \U0001F600", "plain text, caf\u00e9 \u20ac \U0001F600"},
        {"\x1b[2J", "\\x1b[2J"},
        {"a\nb\tc\r", "a\\x0ab\\x09c\\x0d"},
        {"\x07\x08\x7f", "\\x07\\x08\\x7f"},
        {"\xc2\x9b"
         "31m",
         "\\xc2\\x9b31m"},
        {"\xc2\x80\xc2\x9f\xc2\xa0", "\\xc2\\x80\\xc2\\x9f\xc2\xa0"},
        {"\u202egnp.exe", "\\xe2\\x80\\xaegnp.exe"},
        {"\u202a\u2066\u2069", "\\xe2\\x80\\xaa\\xe2\\x81\\xa6\\xe2\\x81\\xa9"},
        {"\u200e\u200f\u061c", "\\xe2\\x80\\x8e\\xe2\\x80\\x8f\\xd8\\x9c"},
        {"\u2028\u2029", "\\xe2\\x80\\xa8\\xe2\\x80\\xa9"},
        {"\u202f\u2065", "\u202f\u2065"},
    };
    ASSERT_EXAMPLES(text_append_terminal, examples);
}

static void terminal_shows_invalid_utf8(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"\x80", "\\x80"},                                        /* nothing to continue */
        {"\xff\xfe", "\\xff\\xfe"},                               /* never valid */
        {"\xc3", "\\xc3"},                                        /* cut */
        {"\xe2\x82", "\\xe2\\x82"},                               /* cut */
        {"\xf0\x9f\x98", "\\xf0\\x9f\\x98"},                      /* cut */
        {"\xc3(", "\\xc3("},                                      /* not continued */
        {"\xc0\x9b", "\\xc0\\x9b"},                               /* ESC, overlong */
        {"\xe0\x80\x9b", "\\xe0\\x80\\x9b"},                      /* ESC, overlong */
        {"\xf0\x80\x80\x9b", "\\xf0\\x80\\x80\\x9b"},             /* ESC, overlong */
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},                      /* a surrogate */
        {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},             /* above U+10FFFF */
        {"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},                 /* U+10FFFF */
        {"\xed\x9f\xbf\xee\x80\x80", "\xed\x9f\xbf\xee\x80\x80"}, /* beside the surrogates */
    };
    ASSERT_EXAMPLES(text_append_terminal, examples);
}

static void shell_leaves_bare_words(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"mark-sweep:workers=2", "'mark-sweep:workers=2'"},
        {"binary-trees", "binary-trees"},
        {"--heap=64MiB", "--heap=64MiB"},
        {"/usr/lib/x.so", "/usr/lib/x.so"},
        {"", "''"},
        {"it's", "'it'\\''s'"},
        {"$(reboot)", "'$(reboot)'"},
    };
    ASSERT_EXAMPLES(text_append_shell, examples);
}

/* The shell itself prints back each word as it came. */
static void shell_reads_words_back(void **state)
{
    (void)state;
    static const char *const words[] = {
        "plain",       "",           "two words", "it's", "''",    "$HOME `id` $(id)",
        "a;b|c&d>e<f", "*",          "~",         "a=b",  "-n",    "#x",
        "\\",          "line\nline", "\"",        "!x",   "{a,b}", "\t \x1b[m",
        "-x=y z",      "%s\\n",      "caf\u00e9",
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct text command = {0};
        text_append(&command, "printf '<%s>' ");
        text_append_shell(&command, words[i]);
        char wanted[64], output[64] = "";
        snprintf(wanted, sizeof wanted, "<%s>", words[i]);
        FILE *shell = popen(text_chars(&command), "r");
        assert_non_null(shell);
        size_t length = fread(output, 1, sizeof output - 1, shell);
        assert_int_equal(pclose(shell), 0);
        output[length] = '\0';
        assert_string_equal(output, wanted);
        text_free(&command);
    }
}

static void markdown_is_only_text(void **state)
{
    (void)state;
    static const struct {
        const char *given, *shown;
    } examples[] = {
        {"mark-sweep/default 64 MiB (x)", "mark-sweep/default 64 MiB (x)"},
        {"a|b", "a&#124;b"},
        {"<img src=x>", "&#60;img src=x&#62;"},
        {"[x](http://y)", "&#91;x&#93;(http&#58;//y)"},
        {"@all #1 `c` *b* _i_ ~s~",
         "&#64;all &#35;1 &#96;c&#96; &#42;b&#42; &#95;i&#95; &#126;s&#126;"},
        {"www.x.org", "&#119;ww.x.org"},
        {"&amp; \\", "&#38;amp; &#92;"},
        {"two\nlines", "two&#92;x0alines"},
    };
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        struct text text = {0};
        text_append_markdown(&text, examples[i].given);
        assert_string_equal(text_chars(&text), examples[i].shown);
        text_free(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(markdown_is_only_text),
        cmocka_unit_test(html),
        cmocka_unit_test(csv_quotes),
        cmocka_unit_test(csv_defuses_formulas),
        cmocka_unit_test(csv_leaves_numbers),
        cmocka_unit_test(terminal_shows_control_codes),
        cmocka_unit_test(terminal_shows_invalid_utf8),
        cmocka_unit_test(shell_leaves_bare_words),
        cmocka_unit_test(shell_reads_words_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
