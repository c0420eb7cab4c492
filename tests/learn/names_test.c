/* SPDX-License-Identifier: MIT
 *
 * heapmark names: what it shows of collectors that count, that find rings, that trace, that move,
 * that tell nothing; golden files; pictures; what a faulty plugin makes of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "base/text.h"
#include "program.h"

/* Regenerate with: heapmark names -c NAME >names_FILE.golden */
static void what_is_shown_is_as_it_was(void **state)
{
    (void)state;
    program_assert("$H names -c refcount/plain | diff " GOLDEN "/names_refcount_plain.golden -", 0,
                   "");
    program_assert("$H names -c refcount-cycles | diff " GOLDEN "/names_refcount_cycles.golden -",
                   0, "");
    program_assert("$H names -c mark-sweep | diff " GOLDEN "/names_mark_sweep.golden -", 0, "");
}

/* Beyond the golden files: the facts of the example, of each collector's kind. */
static void counts_fall_and_rings_stay(void **state)
{
    (void)state;
    static const struct {
        const char *collector, *words;
    } facts[] = {
        {"refcount/plain", "     E -> simple 1     count 4\n"},
        {"refcount", "Simple 1 is reclaimed at once, as its\n    count is 0."},
        {"refcount", "in the heap: 2 objects, then 2, 2 out of reach (census)"},
        {"refcount", "It has leaked."},
        {"refcount-cycles", "in the heap: 2 objects, then 0 (census)"},
        {"mark-sweep", "simple 1     0 references, out of reach"},
        {"semispace", "elsewhere: this collector moved what it found"},
        {"none", "in the heap: 4 objects, then 4, 4 out of reach (census)"},
    };
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        struct text line = {0};
        text_format(&line, "$H names -c %s", facts[i].collector);
        program_assert(text_chars(&line), 0, facts[i].words);
        text_free(&line);
    }
    program_assert("! $H names -c mark-sweep | grep -E 'elsewhere|leaked|WRONG'", 0, "");
}

/* XML that a parser takes, with a title and a description. */
#define READ                                                                                       \
    "/usr/bin/python3 -c 'import sys, xml.etree.ElementTree as e\n"                                \
    "for f in sys.argv[1:]:\n"                                                                     \
    "  r = e.parse(f).getroot(); s = \"{http://www.w3.org/2000/svg}\"\n"                           \
    "  assert r.tag == s + \"svg\" and r.find(s + \"title\").text\n"                               \
    "  assert \"out of reach\" in r.find(s + \"desc\").text or len(sys.argv) > 2\n"                \
    "  print(\"read\", f, sum(1 for t in r.iter(s + \"text\")))' "

static void pictures_are_well_formed(void **state)
{
    (void)state;
    program_assert("$H names -c refcount --svg all.svg >text && " READ "all.svg", 0,
                   "read all.svg");
    program_assert("$H names -c refcount --svg - | cmp - all.svg", 0, "");
    program_assert("grep -c 'prefers-color-scheme:dark' all.svg", 0, "1");
    program_assert("$H names -c mark-sweep --svg steps/ >text && " READ "steps/*.svg | wc -l", 0,
                   "15");
    program_assert("cmp steps/names-12.svg " GOLDEN "/names_step_12.golden.svg", 0, "");
    program_assert("mkdir there && $H names -c none --svg there >text && ls there | wc -l", 0,
                   "15");
}

/* A plugin out of tree, whose path is shown as its label. */
static void what_a_label_holds_is_data(void **state)
{
    (void)state;
    program_assert("dir=$(printf './<b>\\033[1m&') && mkdir \"$dir\" && "
                   "cp \"$(dirname $H)/../lib/heapmark/none.so\" \"$dir/x.so\" && "
                   "$H names -c \"$dir/x.so\" --svg label.svg >text && " READ "label.svg",
                   0, "read label.svg");
    program_assert("grep -c 'on ./&lt;b&gt;\\\\x1b\\[1m&amp;/x.so' label.svg", 0, "2");
    program_assert("! grep -l \"$(printf '\\033')\" label.svg text", 0, "");
}

static void a_faulty_collector_is_shown_as_far_as_it_went(void **state)
{
    (void)state;
    const struct program_result *got = program_run("$H names -c $FAULTY:fault=crash-after");
    assert_int_equal(got->status, 1);
    assert_non_null(strstr(got->output, "\n 4. del K"));
    assert_null(strstr(got->output, "\n 5. "));
    assert_non_null(strstr(got->output, "The play ended after step 4: it crashed (signal 11"));
    program_assert("$H names -c $FAULTY:fault=refuse --svg refused.svg", 0,
                   "The play ended before its first step was done: ");
    program_assert("grep 'before its first step was done' refused.svg", 0, "");
    got = program_run("$H names -c $FAULTY:fault=print");
    assert_int_equal(got->status, 0);
#ifdef ALTERED
    got = program_run("HEAPMARK_FAULT=rc1 $H names -c " ALTERED "/refcount.so");
    assert_int_equal(got->status, 1);
    assert_non_null(strstr(got->output, "WRONG: "));
    got = program_run("HEAPMARK_FAULT=rc3 $H names -c " ALTERED "/refcount.so");
    assert_int_equal(got->status, 1);
    assert_non_null(strstr(got->output, "WRONG: simple 1 has 2 references, and its count is 3"));
#endif
}

static void mistakes_are_said(void **state)
{
    (void)state;
    program_assert("$H names", 2, "no collector is named");
    program_assert("$H names -c refcont", 2, "refcount");
    program_assert("$H names -c refcount,none", 2, "one collector at a time");
    program_assert("$H names -c refcount -c none", 2, "one collector at a time");
    program_assert("$H names -c none --svg missing/x.svg", 2, "missing/x.svg");
    program_assert("$H names -c none --svg /dev/null/deep/", 2, "/dev/null/deep/");
    program_assert("$H names -c none --svg /dev/full", 3, "No space left");
    program_assert("$H names -c none >/dev/full", 3, "standard output");
    program_assert("$H names -c none --svgg x", 2, "did you mean --svg?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_shown_is_as_it_was, program_begin, program_end),
        cmocka_unit_test_setup_teardown(counts_fall_and_rings_stay, program_begin, program_end),
        cmocka_unit_test_setup_teardown(pictures_are_well_formed, program_begin, program_end),
        cmocka_unit_test_setup_teardown(what_a_label_holds_is_data, program_begin, program_end),
        cmocka_unit_test_setup_teardown(a_faulty_collector_is_shown_as_far_as_it_went,
                                        program_begin, program_end),
        cmocka_unit_test_setup_teardown(mistakes_are_said, program_begin, program_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
