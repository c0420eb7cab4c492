/* SPDX-License-Identifier: MIT
 *
 * Recordings: that the oracle dates each death, of cycles too, by a program whose deaths are known
 * by hand; that `explicit` frees by it and notices other work; and what is done of damaged files.
 *
 *     recording_test ORACLE.so EXPLICIT.so
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <kit/recording.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drive.h"

enum { FIRST, SECOND };
enum { MUTATORS = 2 };

static const struct hm_shape PAIR = {.id = 0, .slots = 2, .bytes = 8, .name = "pair"};
static const struct hm_shape BYTES = {.id = 1, .vary = HM_VARY_BYTES, .name = "bytes"};
static const struct hm_shape *const shapes[] = {&PAIR, &BYTES, NULL};

static const char *oracle_path, *explicit_path;
static char folder[] = "/tmp/heapmark-recording-XXXXXX";
static char path[64];
static struct drive_plugin plugin;
static struct drive_heap opened;

/* ---- a heap, a program ---- */

static jmp_buf failed;
static char failure[DRIVE_SENTENCE_BYTES];

static void fail_trial(void *user, const char *sentence)
{
    (void)user;
    snprintf(failure, sizeof failure, "%s", sentence);
    longjmp(failed, 1);
}

static bool open_heap(const char *file, const char *work)
{
    if (!drive_load(&plugin, file, NULL))
        fail_msg("%s", plugin.why);
    memset(&opened, 0, sizeof opened);
    opened.request.most_mutators = MUTATORS;
    opened.request.globals = 1;
    opened.request.name_depth = 64;
    opened.request.spare_depth = 64;
    opened.request.shape_count = 2;
    opened.request.shapes = shapes;
    opened.request.recording = path;
    opened.request.work = work;
    opened.host.fail = fail_trial;
    return drive_open(&opened, &plugin);
}

static void close_heap(void)
{
    opened.heap->ops->close(opened.heap);
    drive_unload(&plugin);
}

static hm_mutator *attach(void)
{
    struct hm_refusal refusal = {0};
    hm_mutator *m = opened.heap->ops->attach(opened.heap, 0, NULL, &refusal);
    assert_non_null(m);
    return m;
}

/* A ring of two with a tail, which dies when the names of the ring do. */
static void make_ring(hm_mutator *m, hm_name *n)
{
    const struct hm_ops *ops = m->ops;
    ops->new (m, &n[2], &PAIR); /* 0: the tail */
    ops->new (m, &n[0], &PAIR); /* 1 */
    ops->set(m, hm_at(&n[0]), SECOND, hm_at(&n[2]));
    ops->clear(m, &n[2]);
    ops->new (m, &n[1], &PAIR); /* 2 */
    ops->set(m, hm_at(&n[1]), FIRST, hm_at(&n[0]));
    ops->give(m, hm_at(&n[0]), FIRST, &n[1]);
    ops->new_n(m, &n[1], &BYTES, 100); /* 3 */
    ops->clear(m, &n[0]);              /* 0, 1 and 2 die at 4 */
}

/* The deaths of the program, by when and ordinal. 11 lives in the globals to the end. */
static const struct kit_death deaths[] = {{4, 0}, {4, 1}, {4, 2},  {4, 3},  {6, 4},  {8, 5},
                                          {8, 7}, {9, 6}, {10, 8}, {12, 9}, {12, 10}};
enum { DEATHS = sizeof deaths / sizeof *deaths, ALLOCATIONS = 12 };

static uint64_t run_program(hm_mutator *m, size_t bytes)
{
    const struct hm_ops *ops = m->ops;
    hm_name *n = ops->push(m, 3);
    make_ring(m, n);
    ops->new (m, &n[1], &PAIR);          /* 4: 3 is dropped before */
    ops->new (m, &n[0], &PAIR);          /* 5 */
    ops->move(m, &n[1], &n[0]);          /* 4 dies at 6 */
    ops->new_n(m, &n[2], &BYTES, bytes); /* 6 */
    ops->put_word(m, hm_at(&n[1]), 2, 42);
    ops->set(m, hm_at(&n[1]), FIRST, hm_at(&n[2]));
    ops->clone(m, &n[0], &n[1]); /* 7: it owns 6, too */
    uint64_t word = ops->word(m, hm_at(&n[0]), 2);
    ops->clear(m, &n[1]);       /* 5 dies at 8 */
    ops->clear(m, &n[0]);       /* 7 likewise, and 6 has the name */
    ops->new (m, &n[0], &PAIR); /* 8 */
    ops->clear(m, &n[2]);       /* 6 dies at 9 */
    ops->new (m, &n[1], &PAIR); /* 9 */
    ops->copy_slots(m, hm_at(&n[0]), 0, hm_at(&n[1]), 0, 2);
    ops->take(m, &n[0], hm_at(&n[1]), FIRST); /* nothing: 8 dies at 10 */
    ops->try_new(m, &n[2], &PAIR);            /* 10 */
    ops->new (m, &n[0], &PAIR);               /* 11 */
    ops->fill_slots(m, ops->globals(m), 0, 1, hm_at(&n[0]));
    ops->pop(m, n); /* 9 and 10 die at 12 */
    return word;
}

static void record(void)
{
    assert_true(open_heap(oracle_path, "this work"));
    hm_mutator *m = attach();
    assert_int_equal(run_program(m, 24), 42);
    opened.heap->ops->detach(m);
    close_heap();
}

/* ---- the oracle ---- */

static void each_death_is_dated(void **state)
{
    (void)state;
    struct kit_recording recording;
    char sentence[KIT_RECORDING_SENTENCE_BYTES];
    record();
    if (!kit_recording_read(path, "this work", &recording, sentence))
        fail_msg("%s", sentence);
    assert_int_equal(recording.thread_count, MUTATORS);
    assert_int_equal(recording.threads[1].allocations, 0);
    assert_int_equal(recording.threads[0].allocations, ALLOCATIONS);
    assert_int_equal(recording.threads[0].death_count, DEATHS);
    for (size_t i = 0; i < DEATHS; i++) {
        assert_int_equal(recording.threads[0].deaths[i].when, deaths[i].when);
        assert_int_equal(recording.threads[0].deaths[i].ordinal, deaths[i].ordinal);
    }
    kit_recording_free(&recording);
}

/* However late a cycle is found: many others come before. And a long chain falls without recursion.
 */
static void cycles_are_dated_whenever_they_are_found(void **state)
{
    (void)state;
    enum { RINGS = 150000, CHAIN = 300000 };
    struct kit_recording recording;
    char sentence[KIT_RECORDING_SENTENCE_BYTES];
    assert_true(open_heap(oracle_path, "rings"));
    hm_mutator *m = attach();
    hm_name *n = m->ops->push(m, 2);
    for (size_t i = 0; i < RINGS; i++) {
        m->ops->new (m, &n[0], &PAIR);
        m->ops->set(m, hm_at(&n[0]), FIRST, hm_at(&n[0]));
    }
    m->ops->clear(m, &n[0]);
    for (size_t i = 0; i < CHAIN; i++) {
        m->ops->new (m, &n[0], &PAIR);
        m->ops->give(m, hm_at(&n[0]), FIRST, &n[1]);
        m->ops->move(m, &n[1], &n[0]);
    }
    m->ops->pop(m, n);
    opened.heap->ops->detach(m);
    close_heap();
    assert_true(kit_recording_read(path, "rings", &recording, sentence));
    assert_int_equal(recording.threads[0].death_count, RINGS + CHAIN);
    for (uint32_t i = 0; i < RINGS + CHAIN; i++) {
        const struct kit_death *death = &recording.threads[0].deaths[i];
        assert_int_equal(death->ordinal, i);
        /* Each ring is dropped before the next one is made. */
        assert_int_equal(death->when, i < RINGS ? i + 1 : RINGS + CHAIN);
    }
    kit_recording_free(&recording);
}

static struct hm_statistics statistics_of(void)
{
    struct hm_statistics statistics;
    memset(&statistics, 0xff, sizeof statistics);
    statistics.size = sizeof statistics;
    opened.heap->ops->statistics(opened.heap, &statistics);
    return statistics;
}

/* A pair has 32 bytes: a header, two slots, eight bytes. The work, with what is reachable just
 * before each allocation and is so for all of its bytes:
 *
 *   allocation   bytes  before it                                     reachable times bytes
 *   0            32     nothing                                                           0
 *   1            32     0                                             32 * 32   =      1024
 *   2            32     0 and 1                                       64 * 32   =      2048
 *   3 of 100     112    0, 1 and 2, the ring with its tail            96 * 112  =     10752
 *   4            32     3: the ring is dead, and nobody knows yet     112 * 32  =      3584
 *   5            32     3 and 4                                       144 * 32  =      4608
 *
 * The ring is found by the full collection that comes at last: it died before allocation 4. */
static void what_is_reachable_is_added_up(void **state)
{
    (void)state;
    assert_true(open_heap(oracle_path, "reach"));
    hm_mutator *m = attach();
    hm_name *n = m->ops->push(m, 3);
    make_ring(m, n); /* 0 to 3; n[1] has 3 */
    m->ops->new (m, &n[0], &PAIR);
    m->ops->new (m, &n[2], &PAIR);
    assert_int_equal(statistics_of().live_bytes, 96 + 112 + 64); /* the ring still counts */
    opened.heap->ops->collect(opened.heap, m, HM_COLLECT_FULL);
    assert_int_equal(statistics_of().allocated_objects, 6);
    assert_int_equal(statistics_of().allocated_bytes, 5 * 32 + 112);
    assert_int_equal(statistics_of().live_objects, 3);
    assert_int_equal(statistics_of().live_bytes, 112 + 64);
    assert_int_equal(statistics_of().reachable_byte_bytes, 1024 + 2048 + 10752 + 3584 + 4608);
    m->ops->pop(m, n); /* what dies takes up no more, and time does not pass */
    assert_int_equal(statistics_of().live_bytes, 0);
    assert_int_equal(statistics_of().reachable_byte_bytes, 22016);
    struct hm_refusal refusal = {0};
    hm_mutator *second = opened.heap->ops->attach(opened.heap, 1, NULL, &refusal);
    assert_true(statistics_of().reachable_byte_bytes == HM_UNKNOWN);
    opened.heap->ops->detach(second);
    opened.heap->ops->detach(m);
    close_heap();
}

static void a_thread_has_one_life(void **state)
{
    (void)state;
    struct hm_refusal refusal = {0};
    assert_true(open_heap(oracle_path, "lives"));
    hm_mutator *m = attach();
    hm_name *n = m->ops->push(m, 1);
    m->ops->new (m, &n[0], &PAIR);
    m->ops->set(m, m->ops->globals(m), 0, hm_at(&n[0]));
    m->ops->pop(m, n);
    opened.heap->ops->detach(m);
    assert_null(opened.heap->ops->attach(opened.heap, 0, NULL, &refusal));
    assert_non_null(strstr(refusal.sentence, "second time"));
    close_heap();
}

/* Run the work in a child, as the trial's process would end: it fails with these words. */
static void assert_fails(void (*work)(void), const char *words)
{
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        if (setjmp(failed) == 0) {
            work();
            snprintf(failure, sizeof failure, "nothing");
        }
        if (strstr(failure, words) == NULL)
            fprintf(stderr, "'%s' is not in '%s'\n", words, failure);
        _exit(strstr(failure, words) != NULL ? 0 : 1);
    }
    assert_true(child > 0 && waitpid(child, &status, 0) == child);
    assert_int_equal(status, 0);
}

static void use_another_ones_object(void)
{
    struct hm_refusal refusal = {0};
    open_heap(oracle_path, "shared");
    hm_mutator *m = attach();
    hm_mutator *other = opened.heap->ops->attach(opened.heap, 1, NULL, &refusal);
    hm_name *n = m->ops->push(m, 1), *o = other->ops->push(other, 1);
    m->ops->new (m, &n[0], &PAIR);
    m->ops->set(m, m->ops->globals(m), 0, hm_at(&n[0]));
    other->ops->get(other, &o[0], other->ops->globals(other), 0);
}

static void objects_of_other_threads_end_the_trial(void **state)
{
    (void)state;
    assert_fails(use_another_ones_object, "an object that another one made");
}

/* ---- explicit ---- */

static void the_same_work_is_done_with_explicit_frees(void **state)
{
    (void)state;
    record();
    if (!open_heap(explicit_path, "this work"))
        fail_msg("%s", opened.refusal.sentence);
    struct hm_statistics figures = {.size = sizeof figures};
    opened.heap->ops->statistics(opened.heap, &figures);
    assert_true(figures.beside_bytes > 0 && figures.beside_bytes < 4096);
    hm_mutator *m = attach();
    assert_int_equal(run_program(m, 24), 42);
    opened.heap->ops->detach(m);
    opened.heap->ops->statistics(opened.heap, &figures);
    /* Eight pairs of two slots and a word, four of them bytes: 100 and 24, each rounded up. */
    assert_int_equal(figures.allocated_bytes, 10 * 32 + (8 + 104) + (8 + 24));
    close_heap();
}

static hm_mutator *begin_recorded(void)
{
    record();
    open_heap(explicit_path, "this work");
    return attach();
}

static void do_more(void)
{
    hm_mutator *m = begin_recorded();
    hm_name *n = m->ops->push(m, 1);
    for (int i = 0; i <= ALLOCATIONS; i++)
        m->ops->new (m, n, &PAIR);
}

static void do_otherwise(void)
{
    hm_mutator *m = begin_recorded();
    run_program(m, 25);
    opened.heap->ops->detach(m);
}

static void other_work_is_noticed(void **state)
{
    (void)state;
    assert_fails(do_more, "it allocates more");
    assert_fails(do_otherwise, "its objects have other sizes");
}

static void assert_refused(const char *work, const char *words)
{
    assert_false(open_heap(explicit_path, work));
    if (strstr(opened.refusal.sentence, words) == NULL)
        fail_msg("'%s' is not in '%s'", words, opened.refusal.sentence);
    drive_unload(&plugin);
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    record();
    assert_refused("other work", "is of other work than this trial's");
    unlink(path);
    assert_refused("this work", "cannot be read: No such file");
}

/* Whatever byte is wrong, and wherever it ends. */
static void what_is_damaged_is_refused(void **state)
{
    (void)state;
    unsigned char bytes[512];
    record();
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t count = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    assert_true(count > 32 && count < sizeof bytes);
    for (size_t i = 0; i < 2 * count; i++) {
        struct kit_recording recording;
        char sentence[KIT_RECORDING_SENTENCE_BYTES];
        file = fopen(path, "wb");
        assert_non_null(file);
        if (i < count)
            bytes[i] ^= 0x41;
        fwrite(bytes, 1, i < count ? count : i - count, file);
        if (i < count)
            bytes[i] ^= 0x41;
        fclose(file);
        if (kit_recording_read(path, "this work", &recording, sentence))
            fail_msg("taken with damage %zu", i);
        assert_non_null(strstr(sentence, "is damaged"));
        kit_recording_free(&recording);
    }
}

static int remove_file(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

#define TEST(name) cmocka_unit_test_teardown(name, remove_file)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(each_death_is_dated),
        TEST(cycles_are_dated_whenever_they_are_found),
        TEST(what_is_reachable_is_added_up),
        TEST(a_thread_has_one_life),
        TEST(objects_of_other_threads_end_the_trial),
        TEST(the_same_work_is_done_with_explicit_frees),
        TEST(other_work_is_noticed),
        TEST(what_does_not_fit_is_refused),
        TEST(what_is_damaged_is_refused),
    };
    if (argc != 3 || mkdtemp(folder) == NULL)
        return 2;
    oracle_path = argv[1];
    explicit_path = argv[2];
    snprintf(path, sizeof path, "%s/r", folder);
    int status = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(folder);
    return status;
}
