/* SPDX-License-Identifier: MIT
 *
 * heapmark check, stress and replay: verdicts, files, forms, and what is no program. Seeds and
 * numbers of programs are fixed; nothing here depends on time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/text.h"
#include "program.h"

#define CHECK "$H check -q --programs 2 --profile mix --shrink-time 0 "
#define CHECK_AND_SHRINK "$H check -q --programs 2 --profile mix --jobs 1 --shrink-time 3s "
#define THREADS "$H check -q --programs 2 --profile threads --shrink-time 0 "
#define BROKEN(fault) "$BROKEN:fault=" fault

static void assert_holds(const char *text, const char *words)
{
    if (strstr(text, words) == NULL)
        fail_msg("there is no '%s' in:\n%s", words, text);
}

static void assert_lacks(const char *text, const char *words)
{
    if (strstr(text, words) != NULL)
        fail_msg("there is '%s' in:\n%s", words, text);
}

/* The row of a property has this verdict and number of programs. */
static void assert_row(const char *table, const char *property, const char *verdict, int programs)
{
    struct text start = {0}, rest = {0};
    text_format(&start, "\n  %s ", property);
    text_format(&rest, " %d  ", programs);
    const char *row = strstr(table, text_chars(&start));
    assert_non_null(row);
    row += start.length;
    row += strspn(row, " ");
    if (strncmp(row, verdict, strlen(verdict)) != 0)
        fail_msg("%s is not %s: %.40s", property, verdict, row);
    row += strlen(verdict);
    if (strncmp(row + strspn(row, " ") - 1, text_chars(&rest), rest.length) != 0)
        fail_msg("%s is not judged by %d programs: %.40s", property, programs, row);
    text_free(&start);
    text_free(&rest);
}

static const char *run_to(const char *command, int status)
{
    const struct program_result *result = program_run(command);
    if (result->status != status)
        fail_msg("%s\nended with %d instead of %d:\n%s\n%s", command, result->status, status,
                 result->output, result->complaint);
    return result->output;
}

/* ---- verdicts ---- */

static void sound_collectors_are_called_sound(void **state)
{
    (void)state;
    const char *output = run_to(CHECK "refcount", 0);
    assert_holds(output, "refcount: 2 programs from seed 1 on");
    assert_row(output, "safety", "sound", 2);
    assert_row(output, "counts", "sound", 2);
    assert_lacks(output, "broken");
    assert_false(program_left("results/check"));
    output = run_to(CHECK "none", 0);
    assert_row(output, "completeness", "not promised", 0);
    assert_row(output, "pacing", "not promised", 0);
    assert_row(output, "scaling", "not promised", 0);
    assert_row(output, "safepoint", "cannot be judged", 0);
    assert_holds(output, "at most twice the work (it never frees)\n");
    assert_holds(output, "(it told of no stop)\n");
    /* Its programs are two, and have one thread. */
    assert_row(run_to(CHECK "refcount", 0), "scaling", "not judged", 0);
    output = run_to(CHECK "$LIAR/once", 0);
    assert_row(output, "scaling", "cannot be judged", 0);
    assert_row(output, "completeness", "not promised", 0);
    assert_holds(output, "(it is not reopenable)\n");
    assert_holds(output, "(it is conservative)\n");
    run_to(CHECK "strict mark-sweep 2>/dev/null", 2);
    /* What it checks of programs includes what not every collector has. */
    output = run_to(CHECK "strict", 0);
    assert_row(output, "weak references", "sound", 2);
    assert_row(output, "finalizers", "sound", 2);
    /* One of the programs that judge what lives leave behind; its threads leave nothing. */
    run_to(CHECK "mark-sweep:workers=3 --seed 8", 0);
    run_to(CHECK BROKEN("sound"), 0);
}

static void faults_are_named_and_their_programs_written(void **state)
{
    (void)state;
    const char *output = run_to(CHECK_AND_SHRINK BROKEN("forget") "", 1);
    assert_row(output, "safety", "broken", 2);
    assert_holds(output, "\nsafety: slot ");
    assert_holds(output, "broken in 10 of 10 runs of results/check/broken-default-safety-mix-");
    assert_holds(output, "again: heapmark replay results/check/broken-default-safety-mix-");
    output = run_to("cat results/check/broken-default-safety-mix-*.program", 0);
    assert_holds(output, "heapmark program 1\n# safety: slot ");
    assert_holds(output, "/broken.so/default:fault=forget\ndispatch inline\nseed ");
}

static void what_a_plugin_does_to_its_process_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *command, *words;
        int status;
    } rows[] = {
        {CHECK BROKEN("crash"), "safety: signal 11 (Segmentation fault): ", 1},
        {CHECK BROKEN("crash"), "\n    broken.so(+0x", 1},
        {CHECK BROKEN("crash"), "): thread 0 was at operation ", 1},
        {CHECK BROKEN("overflow"), "safety: signal 11 (Segmentation fault): ", 1},
        {CHECK BROKEN("exit"), "safety: the process ended with status ", 1},
        {CHECK BROKEN("raise"), "safety: signal 15 (Terminated): ", 1},
        {CHECK BROKEN("print"), "of the programs it printed", 0},
        {CHECK BROKEN("fork"), "of the programs it started processes", 0},
        {CHECK BROKEN("close"), "of the programs it closed descriptors that are not its own", 0},
        {CHECK BROKEN("babble"), "of the programs it printed", 0},
        {CHECK BROKEN("hide"), "honesty: statistics: ", 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *output = run_to(rows[i].command, rows[i].status);
        assert_holds(output, rows[i].words);
        assert_lacks(output, "\033");
        assert_lacks(program_run("cat results/check/*")->output, "\033");
    }
}

/* The row of the property says broken, and a find says these words. */
static void assert_broken(const char *command, const char *property, const char *words)
{
    const char *output = run_to(command, 1);
    struct text row = {0};
    text_format(&row, "\n  %s ", property);
    const char *verdict = strstr(output, text_chars(&row));
    assert_non_null(verdict);
    verdict += row.length;
    if (strncmp(verdict + strspn(verdict, " "), "broken ", 7) != 0)
        fail_msg("%s\n%s is not broken:\n%s", command, property, output);
    assert_holds(output, words);
    text_free(&row);
}

static void promises_are_judged(void **state)
{
    (void)state;
    static const struct {
        const char *command, *property, *words;
    } rows[] = {
        {CHECK "$BROKEN/frees", "completeness", "\ncompleteness: "},
        {THREADS "$LIAR/crowded", "threads",
         "threads: attach is refused with fewer mutators than open was told: one is enough"},
        {THREADS "$LIAR/penniless", "threads",
         "threads: attach is refused as memory is out, though everything with an owner needs "},
        {"$H check -q --programs 2 --profile lives --seed 2 --shrink-time 0 $LIAR/mixed", "threads",
         "threads: attach: the mutator's head has a wrong index, heap or top of names"},
        {CHECK "--seed 2 $LIAR/counts", "counts", "counts: the count of object "},
        {THREADS "$LIAR/prompt", "promptness", "promptness: at once the statistics count "},
        {THREADS "--seed 2 $LIAR/finalizers", "finalizers", "finalizers: watch.1: "},
        {THREADS "--seed 2 $LIAR/counted-finalizers", "finalizers",
         "have lost their last reference, and the queue is empty"},
        {THREADS "--seed 7 $LIAR/shares", "safety",
         "safety: set_shared.1: a slot under shared use holds "},
        {CHECK "$LIAR/walk", "honesty", "honesty: the walk shows 0 objects of 0 bytes, and "},
        {CHECK "$LIAR/complete-after", "completeness", "completeness: after a full collection "},
        {"$H check -q --programs 2 --profile steady --seed 32 --shrink-time 0 $LIAR/held-factor",
         "pacing", "pacing: "},
        {"$H check -q --programs 2 --profile full --seed 2 --shrink-time 0 $LIAR/least-heap",
         "limit", "limit: open is refused with a limit of "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_broken(rows[i].command, rows[i].property, rows[i].words);
    program_assert(CHECK "$BROKEN/weak", 2,
                   "took none of 2 programs: the table of operations 'broken' lacks hm_new_weak, "
                   "which the collector's capabilities promise");
}

static void what_was_forked_does_not_outlive_its_program(void **state)
{
    (void)state;
    run_to("cp $H mine && ./mine check -q --programs 3 " BROKEN("fork"), 0);
    run_to("! grep -lz '^./mine$' /proc/[0-9]*/cmdline", 0);
}

static void a_collector_that_takes_no_program_is_not_called_sound(void **state)
{
    (void)state;
    program_assert(CHECK BROKEN("refuse"), 2, "took none of 2 programs: open: it does not want to");
}

static void only_what_is_asked_for_counts(void **state)
{
    (void)state;
    const char *output = run_to(CHECK BROKEN("forget") " --property identity,limit", 0);
    assert_holds(output, "  identity  ");
    assert_lacks(output, "  safety  ");
    assert_holds(output, " programs broke properties that were not asked for");
}

/* ---- forms ---- */

static void junit_is_xml_whatever_plugins_say(void **state)
{
    (void)state;
    run_to(CHECK BROKEN("say") " --junit junit.xml", 1);
    run_to("python3 -c \"\n"
           "import xml.etree.ElementTree as tree\n"
           "suite = tree.parse('junit.xml').getroot()\n"
           "cases = {case.get('name'): case for case in suite.findall('testcase')}\n"
           "assert suite.tag == 'testsuite' and suite.get('failures') == '1', suite.attrib\n"
           "assert len(cases) == int(suite.get('tests')) and len(cases) >= 15, len(cases)\n"
           "message = cases['safety'].find('failure').get('message')\n"
           "assert '<word> & ' + chr(34) + 'quotes' in message, message\n"
           "assert chr(27) not in message and 'x1b[31mred' in message, message\n"
           "assert 'heapmark replay results/check/' in cases['safety'].find('failure').text\n"
           "assert cases['identity'].find('failure') is None\n"
           "assert cases['completeness'].find('skipped').get('message') == 'not promised: it never "
           "frees'\n"
           "\"",
           0);
}

static void json_holds_the_same(void **state)
{
    (void)state;
    json_t *json = json_loads(run_to(CHECK BROKEN("say") " --json --jobs 1", 1), 0, NULL);
    assert_non_null(json);
    json_t *safety = json_array_get(json_object_get(json, "properties"), 0);
    json_t *find = json_array_get(json_object_get(safety, "finds"), 0);
    assert_string_equal(json_string_value(json_object_get(safety, "verdict")), "broken");
    assert_string_equal(json_string_value(json_object_get(find, "guarantee")), "set.1");
    assert_string_equal(json_string_value(json_object_get(find, "dispatch")), "inline");
    assert_int_equal(json_integer_value(json_object_get(json, "programs")), 2);
    json_t *completeness = json_array_get(json_object_get(json, "properties"), 2);
    assert_string_equal(json_string_value(json_object_get(completeness, "reason")),
                        "it never frees");
    assert_null(json_object_get(safety, "reason"));
    json_decref(json);
}

static void stress_keeps_each_sentence_once(void **state)
{
    (void)state;
    run_to("$H stress -q --programs 14 --shrink-time 0 --json " BROKEN("forget") " >finds.json", 1);
    run_to("python3 -c \"\n"
           "import json, os, re\n"
           "finds = [find for property in json.load(open('finds.json'))['properties']\n"
           "         for find in property['finds']]\n"
           "kinds = [re.sub('[0-9a-fx]', '', find['sentence']) for find in finds]\n"
           "assert len(finds) > 1 and len(kinds) == len(set(kinds)), kinds\n"
           "assert all(os.path.exists(find['file']) for find in finds)\n"
           "\"",
           0);
}

static void stress_ends_with_a_table_when_interrupted(void **state)
{
    (void)state;
    /* The first find says that it runs; then it is interrupted. */
    const char *output =
        run_to("mkfifo said && { $H stress " BROKEN(
                   "forget") " --shrink-time 0 "
                             "2>said >table & } && { read -r line && kill -TERM $! && cat; } "
                             "<said && wait $!; status=$?; cat table; exit $status",
               1);
    assert_holds(output, "; interrupted\n");
    assert_holds(output, "\n  safety           broken ");
}

/* ---- replay ---- */

static void a_program_breaks_the_same_again(void **state)
{
    (void)state;
    run_to(CHECK_AND_SHRINK BROKEN("forget"), 1);
    const char *output = run_to("$H replay results/check/*safety*.program", 1);
    assert_holds(output, ": broke a property in 1 of 1 run\nsafety: ");
    assert_holds(output, "\n  at thread 0, operation ");
    run_to("$H replay results/check/*safety*.program refcount", 0);
    run_to("$H replay results/check/*safety*.program --dispatch table --times 3 | grep -q "
           "'by the table: broke a property in 3 of 3 runs'",
           0);
    run_to("sed -i '/^collector/d' results/check/*safety*.program", 0);
    program_assert("$H replay results/check/*safety*.program", 2, "names no collector");
}

static void a_replay_counts_how_often_it_breaks(void **state)
{
    (void)state;
    run_to(CHECK BROKEN("forget"), 1);
    /* This fault depends on the number of the process. */
    run_to("sed -i s/fault=forget/fault=rare/ results/check/*.program", 0);
    const char *output = run_to("$H replay results/check/*.program --times 3 || true", 0);
    assert_holds(output, "broke a property in ");
    assert_holds(output, " of 3 runs\n");
}

#define COMPILE "\"$CC\" -std=gnu11 $SANITIZE -I $INCLUDE test.c -o test -pthread -ldl"

static void a_program_is_printed_as_c_that_fails_alike(void **state)
{
    (void)state;
    run_to(CHECK_AND_SHRINK BROKEN("forget"), 1);
    run_to("$H replay results/check/*safety*.program --c >test.c && " COMPILE, 0);
    assert_holds(run_to("./test", 1), " is there\n");
    assert_holds(run_to("./test ./missing.so", 2), "missing.so");
}

/* Two threads, what they share, a second life, and all that is more than a call. */
static void a_program_of_threads_is_printed_as_c(void **state)
{
    (void)state;
    run_to("printf '%s\\n' 'heapmark program 1' 'collector refcount' 'seed 1' 'heap 0' 'places 2' "
           "'threads 2' 'thread 0' 'new 0 5 0' 'set-shared 0 0' 'meet 0' 'new 1 13 40' "
           "'write 1 3 7 9' 'new 2 12 3' 'set 2 1 1' 'peek-bind 3 2 1' 'pause 5' 'collect 0' "
           "'push 3' 'poll' 'pop' 'meet 1' 'thread 1' 'meet 0' 'get-shared 4 0' 'rebirth' "
           "'new 1 5 0' 'swap-shared 1 1' 'meet 0' 'look' end >p",
           0);
    run_to("$H replay p", 0);
    run_to("$H replay p --c >test.c && " COMPILE, 0);
    assert_holds(run_to("./test", 0), "all that is looked at here is as it should be\n");
    static const char *const lines[] = {"WRITE(hm_at(&n[1]), ", "hm_set(m, hm_at(&n[2]), 1, ",
                                        "peek_bind(m, &n[3], ", "born_again(m)",
                                        "swap_shared(m, ",      "collect(m, HM_COLLECT_FULL)",
                                        "pause_ns(m, ",         "expect(m, &n[2], PATH(1), "};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        assert_holds(run_to("cat test.c", 0), lines[i]);
}

/* Large objects are made by the slow path each. Collections at its 8th, 16th, … time leave what was
 * made since the last, two boards, and what the name owns. */
static void what_collects_inside_does_so_in_c(void **state)
{
    (void)state;
    run_to("{ printf '%s\\n' 'heapmark program 1' 'collector mark-sweep' 'seed 1' 'heap 0' "
           "'places 1' 'collect-every 8' 'threads 1' 'thread 0'; "
           "for i in $(seq 20); do echo 'new 0 13 40000'; done; printf '%s\\n' poll rebirth; "
           "for i in $(seq 12); do echo 'new 0 13 40000'; done; printf '%s\\n' look end; } >p",
           0);
    run_to("$H replay p --c >test.c && " COMPILE, 0);
    assert_holds(run_to("./test", 0), "thread 0: 5 objects live");
    run_to("sed 's/^collect-every .*/collect-at 32/' p >q && $H replay q --c >test.c && " COMPILE,
           0);
    assert_holds(run_to("./test", 0), "thread 0: 5 objects live");
    run_to("grep -v '^collect-' p >q && $H replay q --c >test.c && " COMPILE, 0);
    assert_holds(run_to("./test", 0), "thread 0: 34 objects live");
}

static void bad_programs_are_told_by_line(void **state)
{
    (void)state;
    static const struct {
        const char *sed, *words;
    } rows[] = {
        {"/^end/d", ": the program is cut short: 'end' is missing"},
        {"1s/1/2/", "p:1: a program begins with the line 'heapmark program 1', and this one is of "
                    "another version"},
        {"1d", "p:1: a program begins with the line 'heapmark program 1'"},
        {"s/^new .*/newt 1 2 3/", "p:8: there is no operation 'newt'; did you mean 'new'?"},
        {"s/^new .*/new 1 2/", "p:8: a number is missing"},
        {"s/^new .*/new 1 2 3 4/", "p:8: 'new' takes 3 numbers, and here are 4"},
        {"s/^new .*/new 1 2 99999999999/", "p:8: '99999999999' is no number from 0 to 4294967295"},
        {"s/^new .*/new 1 2 -3/", "p:8: a number is missing before -3"},
        {"s/^thread 0/thread 1/", "p:7: thread 1 is out of place"},
        {"s/^threads 1/threads 33/", "p:6: '33' is no number from 0 to 32"},
        {"s/^threads 1/threads 2/", "p:9: 2 threads were announced, and here are 1"},
        {"s/^seed 1/seeds 1/", "p:3: there is no key 'seeds'"},
        {"s/^seed 1/seed 1 2/", "p:3: 'seed' takes one word, and here are 2"},
        {"s/^seed 1/dispatch sideways/", "p:3: the dispatch is 'sideways'"},
        {"s/^collector.*/collector nnoe/", "did you mean 'none'?"},
        {"$aset 1 2 3", "p:10: 'set' comes after the end"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct text command = {0};
        text_format(&command,
                    "printf 'heapmark program 1\ncollector none\nseed 1\nheap 0\nplaces 1\n"
                    "threads 1\nthread 0\nnew 1 2 3\nend\n' >p && sed -i '%s' p && $H replay p",
                    rows[i].sed);
        program_assert(text_chars(&command), 2, rows[i].words);
        text_free(&command);
    }
    /* Ends of lines that other systems write. */
    run_to("printf 'heapmark program 1\r\nseed 1\r\nheap 0\r\nplaces 1\r\nthreads 1\r\nthread 0"
           "\r\nnew 1 5 0\r\nend\r\n' >p && $H replay p none",
           0);
    /* What a program names need not be there, but it must fit somewhere. */
    run_to(
        "printf '%s\\n' 'heapmark program 1' 'seed 1' 'heap 0' 'places 1' 'threads 1' 'thread 0' "
        "'new 65535 255 4294967295' 'set 65535 4294967295 65535' 'get 9 9 9' 'weak-get 5 6' "
        "'get-shared 1 4000000000' end >p && $H replay p mark-sweep",
        0);
    program_assert("sed -i 's/^heap 0/heap 1/' p && $H replay p mark-sweep", 2,
                   "mark-sweep did not take the program: open: no memory");
    program_assert("$H replay p refcount", 2, "refcount did not take the program: no memory");
    program_assert("$H replay", 2, "the program's file is missing");
    program_assert("$H replay missing", 2, "cannot read the program 'missing'");
    program_assert("$H replay .", 2, "cannot read the program '.'");
    program_assert("printf 'heapmark program 1\n\\000' >p; $H replay p", 2, "zero bytes");
    program_assert("$H replay a b c", 2, "'c' is too many");
    program_assert("$H replay p --times 0", 2, "times");
    program_assert("$H replay p --dispatch both", 2, "inline or table");
}

/* ---- bad input ---- */

static void mistakes_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *command, *words;
    } rows[] = {
        {"$H check", "no collector is named"},
        {"$H check refcuont", "did you mean 'refcount'?"},
        {"$H check refcount/palin", "did you mean 'plain'?"},
        {"$H check refcount mark-sweep", "one collector at a time"},
        {"$H check refcount,mark-sweep", "one collector at a time, and"},
        {"$H check refcount/plain --threads 2", "takes 1 thread at most, and 2 are wanted"},
        {"$H check refcount --threads 33", "1 to 32"},
        {"$H check refcount --time 0", "above 0"},
        {"$H check refcount --time soon", "time"},
        {"$H check refcount --programs 0", "programs"},
        {"$H check refcount --program-memory 511MiB", "at least 512 MiB"},
        {"$H check refcount --program-time 1us", "at least 5 s"},
        {"$H replay p --program-time 4s", "at least 5 s"},
        {"$H replay p --program-time soon", "time for a program"},
        {"$H replay p --program-memory much", "memory for a program"},
        {"$H check refcount --seed x", "seed"},
        {"$H check refcount --jobs 0", "jobs"},
        {"$H check refcount --property saftey", "did you mean 'safety'?"},
        {"$H check refcount --profile mxi", "did you mean 'mix'?"},
        {"$H check refcount --property nothing-like-it", "--help"},
        {"$H check refcount --output /dev/null/such/folder", "/dev/null/such/folder"},
        {"$H check refcount --output $H", "Not a directory"},
        {"$H check refcount --junit no/such/file", "no/such/file"},
        {"$H check $FIXTURES/crash.so", "crashed while it was loaded"},
        {"$H stress refcount --tiem 3", "did you mean --time?"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        program_assert(rows[i].command, 2, rows[i].words);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, program_begin, program_end)

int main(void)
{
    setenv("BROKEN", BROKEN_PLUGIN, 1);
    setenv("LIAR", LIAR_PLUGIN, 1);
    setenv("CC", COMPILER, 1);
    setenv("INCLUDE", INCLUDE, 1);
    setenv("SANITIZE", SANITIZE, 1);
    const struct CMUnitTest tests[] = {
        TEST(sound_collectors_are_called_sound),
        TEST(faults_are_named_and_their_programs_written),
        TEST(what_a_plugin_does_to_its_process_is_told),
        TEST(promises_are_judged),
        TEST(what_was_forked_does_not_outlive_its_program),
        TEST(a_collector_that_takes_no_program_is_not_called_sound),
        TEST(only_what_is_asked_for_counts),
        TEST(junit_is_xml_whatever_plugins_say),
        TEST(json_holds_the_same),
        TEST(stress_keeps_each_sentence_once),
        TEST(stress_ends_with_a_table_when_interrupted),
        TEST(a_program_breaks_the_same_again),
        TEST(a_replay_counts_how_often_it_breaks),
        TEST(a_program_is_printed_as_c_that_fails_alike),
        TEST(a_program_of_threads_is_printed_as_c),
        TEST(what_collects_inside_does_so_in_c),
        TEST(bad_programs_are_told_by_line),
        TEST(mistakes_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
