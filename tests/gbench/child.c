/* SPDX-License-Identifier: MIT
 *
 * A benchmark in a child process.
 */
#include "child.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { HANG_SECONDS = 120 };

struct child {
    int status;
    char output[4096];
};

struct shared *shared;

int child_setup(void **state)
{
    (void)state;
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return shared == MAP_FAILED;
}

int child_teardown(void **state)
{
    (void)state;
    return munmap(shared, sizeof(*shared));
}

static _Noreturn void be_child(int output, const struct gbench_request *request, unsigned times)
{
    alarm(HANG_SECONDS);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    for (unsigned i = 0; i < times; i++)
        gbench_run(request, &shared->result);
    exit(0); /* not _exit: a leak checker then looks at what the library left */
}

static void run_in_child(struct child *child, const struct gbench_request *request, unsigned times)
{
    *child = (struct child){0};
    int output = memfd_create("output", 0);
    assert_true(output >= 0);
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        be_child(output, request, times);
    assert_int_equal(waitpid(pid, &child->status, 0), pid);
    ssize_t length = pread(output, child->output, sizeof(child->output) - 1, 0);
    assert_true(length >= 0);
    close(output);
}

const struct gbench_result *child_run(const struct gbench_request *request)
{
    struct child child;
    run_in_child(&child, request, 1);
    assert_string_equal(child.output, "");
    assert_int_equal(child.status, 0);
    assert_int_equal(shared->result.threads, request->threads);
    assert_in_range(shared->result.library_version[0], '1', '9');
    return &shared->result;
}

void child_expect_bug(const struct gbench_request *request, unsigned times, const char *named)
{
    struct child child;
    run_in_child(&child, request, times);
    assert_true(WIFSIGNALED(child.status));
    assert_int_equal(WTERMSIG(child.status), SIGABRT);
    assert_non_null(strstr(child.output, "heapmark: bug:"));
    assert_non_null(strstr(child.output, named));
}
