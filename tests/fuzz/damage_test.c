/* SPDX-License-Identifier: MIT
 *
 * Files that were damaged on their way: suites, programs and databases, cut short at one byte after
 * the other, or altered in a few places that a seed says, go through the program itself. Its answer
 * must be an exit status that the documentation has, one sentence where it refuses the file, and
 * never a crash or a hang.
 *
 *     damage_test SHARE     a cut in so many, and so much fewer alterations; 1: all
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/files.h"
#include "base/text.h"

enum { ALTERATIONS = 150, CUTS = 100, PATIENCE_MS = 60000, MOST_ARGUMENTS = 8 };

static size_t share = 1;
static bool failed; /* then the culprit stays */
static char folder[] = "/tmp/heapmark-damage-XXXXXX";

/* What a kind of file is given to; "@" stands for the file. */
struct use {
    const char *arguments[MOST_ARGUMENTS];
};

static const char suite[] = "summary: Does it read?\n"
                            "collectors:\n"
                            "  - none\n"
                            "  - twin=none:limit=64MiB\n"
                            "  - {collector: none, as: third, options: {limit: 1GiB}}\n"
                            "  - {collector: strict, optional: true}\n"
                            "workloads:\n"
                            "  - &first churn:rounds=10\n"
                            "  - workload: binary-trees\n"
                            "    parameters: {depth: [2, 3], \"iterations\": 5}\n"
                            "threads: [1, 2]\nheap: [64MiB, 1GiB]\nwarm-up: false\n"
                            "invocations: 2 # few\nbaseline: 'third'\n";

static const char program[] = "heapmark program 1\n# as it is written\ncollector none\n"
                              "dispatch table\nseed 1\nheap 268435456\nplaces 2\nthreads 2\n"
                              "perturb 9\nthread 0\nnew 1 5 0\nset 1 0 1\nfill-slot 1 0 2 1 1\n"
                              "set-shared 1 1\nmeet 1\nthread 1\nmeet 1\nget-shared 0 1\n"
                              "collect 0\nawait 3 1\nend\n";

/* ---- running ---- */

/* The exit status, 128 and the signal's number, or -1 for what did not end. */
static int outlive(pid_t child)
{
    int status = 0;
    int child_fd = (int)syscall(SYS_pidfd_open, child, 0);
    struct pollfd waiting = {.fd = child_fd, .events = POLLIN};
    bool ended = poll(&waiting, 1, PATIENCE_MS) == 1;
    if (!ended)
        kill(child, SIGKILL);
    waitpid(child, &status, 0);
    close(child_fd);
    return !ended ? -1 : WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int run(const struct use *use, const char *file, struct text *complaint)
{
    char *arguments[MOST_ARGUMENTS + 2] = {(char *)HEAPMARK};
    char said[1024];
    ssize_t count;
    pid_t child;
    int stderr_fd = memfd_create("said", MFD_CLOEXEC);
    posix_spawn_file_actions_t actions;
    for (size_t i = 0; use->arguments[i] != NULL; i++)
        arguments[i + 1] = (char *)(*use->arguments[i] == '@' ? file : use->arguments[i]);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, stderr_fd, STDERR_FILENO);
    assert_int_equal(posix_spawn(&child, HEAPMARK, &actions, NULL, arguments, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    int status = outlive(child);
    while ((count = pread(stderr_fd, said, sizeof said, (off_t)complaint->length)) > 0)
        text_append_bytes(complaint, said, (size_t)count);
    close(stderr_fd);
    return status;
}

/* One sentence; before it may stand what was left out. */
static bool is_answer(const char *complaint)
{
    const char *end = strchr(complaint, '\n');
    if (strncmp(complaint, "heapmark: left out: ", 20) == 0 && end != NULL)
        return is_answer(end + 1);
    return strncmp(complaint, "heapmark: ", 10) == 0 && end != NULL && end[1] == '\0';
}

static void write_file(const char *name, const char *bytes, size_t count)
{
    int file = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    assert_true(file >= 0 && files_write_all(file, bytes, count));
    close(file);
}

/* Let one of the uses have the bytes. What fails stays in the folder. */
static void offer(const struct use *uses, const char *name, const char *bytes, size_t count,
                  const char *what, size_t number)
{
    static size_t turn;
    size_t use_count = 0;
    struct text complaint = {0};
    while (uses[use_count].arguments[0] != NULL)
        use_count++;
    const struct use *use = &uses[turn++ % use_count];
    write_file(name, bytes, count);
    int status = run(use, name, &complaint);
    failed = status != 0 && !((status == 2 || status == 3) && is_answer(text_chars(&complaint)));
    if (failed)
        fail_msg("heapmark %s with %s/%s, %s %zu, ended with %d: %s", use->arguments[0], folder,
                 name, what, number, status, text_chars(&complaint));
    text_free(&complaint);
}

static void read_file(const char *name, struct text *text)
{
    char bytes[4096];
    ssize_t count;
    int file = open(name, O_RDONLY | O_CLOEXEC);
    while ((count = read(file, bytes, sizeof bytes)) > 0)
        text_append_bytes(text, bytes, (size_t)count);
    assert_int_equal(count, 0);
    close(file);
}

/* ---- damage ---- */

static uint64_t draw(uint64_t *state)
{
    uint64_t mixed = *state += UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

/* A bit turned, a byte of consequence written, or some bytes left out or there twice. */
static void alter_once(struct text *text, uint64_t *random)
{
    static const char bytes[] = {0, (char)0xff, (char)0x80, '\n', ' ', '9', '-', '{', '*', ':'};
    size_t at = draw(random) % text->length;
    size_t some = 1 + draw(random) % 8;
    if (some > text->length - at)
        some = text->length - at;
    switch (draw(random) % 4) {
    case 0:
        text->chars[at] = (char)((unsigned char)text->chars[at] ^ 1u << draw(random) % 8);
        break;
    case 1:
        text->chars[at] = bytes[draw(random) % sizeof bytes];
        break;
    case 2:
        memmove(text->chars + at, text->chars + at + some, text->length - at - some);
        text->length -= some;
        break;
    default:
        text_append_bytes(text, "12345678", some);
        memmove(text->chars + at + some, text->chars + at, text->length - at - some);
        break;
    }
}

static void damage(const struct use *uses, const char *name, const char *bytes, size_t count,
                   size_t step)
{
    for (size_t length = 0; length < count; length += step * share)
        offer(uses, name, bytes, length, "cut after byte", length);
    for (uint64_t seed = 1; seed <= ALTERATIONS / share; seed++) {
        struct text text = {0};
        uint64_t random = seed;
        text_append_bytes(&text, bytes, count);
        for (uint64_t times = 1 + draw(&random) % 4; times > 0; times--)
            alter_once(&text, &random);
        offer(uses, name, text.chars, text.length, "altered by seed", seed);
        text_free(&text);
    }
}

/* ---- the kinds of files ---- */

static void suites_may_be_damaged(void **state)
{
    (void)state;
    static const struct use uses[] = {{{"run", "@", "--dry-run"}}, {{NULL}}};
    damage(uses, "damaged.yaml", suite, sizeof suite - 1, 4);
}

static void programs_may_be_damaged(void **state)
{
    (void)state;
    static const struct use uses[] = {{{"replay", "@"}}, {{NULL}}};
    damage(uses, "damaged.program", program, sizeof program - 1, 1);
}

static void databases_may_be_damaged(void **state)
{
    (void)state;
    static const struct use uses[] = {
        {{"export", "--run", "all", "--db", "@"}},
        {{"report", "--out", "page.html", "--db", "@"}},
        {{"list", "runs", "--db", "@"}},
        {{"run", "-cnone", "-wchurn", "--dry-run", "--db", "@"}},
        {{NULL}},
    };
    struct text whole = {0};
    read_file(DATABASE, &whole);
    damage(uses, "damaged.db", whole.chars, whole.length, whole.length / CUTS);
    text_free(&whole);
}

/* ---- where ---- */

static int begin(void **state)
{
    (void)state;
    setenv("PATH", "", 1); /* no gnuplot: its charts are not what is asked for */
    unsetenv("HEAPMARK_PLUGIN_PATH");
    return mkdtemp(folder) == NULL || chdir(folder) != 0;
}

static int end(void **state)
{
    static const char *const names[] = {"damaged.yaml", "damaged.program", "damaged.db",
                                        "page.html", NULL};
    (void)state;
    if (failed)
        return 0;
    for (size_t i = 0; names[i] != NULL; i++)
        unlink(names[i]);
    return chdir("/") != 0 || rmdir(folder) != 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(suites_may_be_damaged),
        cmocka_unit_test(programs_may_be_damaged),
        cmocka_unit_test(databases_may_be_damaged),
    };
    share = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
    return cmocka_run_group_tests(tests, begin, end);
}
