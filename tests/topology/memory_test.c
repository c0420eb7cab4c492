/* SPDX-License-Identifier: MIT
 *
 * Policies of memory: their names, their nodes, what a kernel makes of them, where pages are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../base/fake_machine.h"
#include "machines.h"
#include "refuse_mempolicy.h"
#include "topology/memory.h"

static struct topology_memory parsed(const char *name)
{
    struct error error = {0};
    struct topology_memory memory;
    if (!topology_memory_parse(name, &memory, &error))
        fail_msg("%s", error.text);
    return memory;
}

static void a_name_comes_back(void **state)
{
    (void)state;
    static const char *const names[] = {"none", "local", "interleave", "node:0", "node:17"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct text text = {0};
        struct topology_memory memory = parsed(names[i]);
        topology_memory_append(&text, &memory);
        expect_text(&text, names[i]);
    }
}

static void expect_no_name(const char *name, const char *said)
{
    struct error error = {0};
    struct topology_memory memory = {TOPOLOGY_MEMORY_LOCAL, 5};
    assert_false(topology_memory_parse(name, &memory, &error));
    assert_int_equal(error.kind, ERROR_USER);
    if (strstr(error.text, said) == NULL)
        fail_msg("'%s' does not say '%s'", error.text, said);
    assert_int_equal(memory.node, 5);
}

static void what_is_no_name_is_the_users(void **state)
{
    (void)state;
    expect_no_name("locl", "did you mean local (of none, local, interleave, node:N)?");
    expect_no_name("xyzzyxyzzy", "there are none, local, interleave, node:N.");
    expect_no_name("node", "did you mean node:N");
    expect_no_name("node:N", "NUMA node");
    expect_no_name("node:-1", "NUMA node");
    expect_no_name("node:", "NUMA node");
    expect_no_name("node:1x", "NUMA node");
}

static void a_node_that_is_not_there_names_those_that_are(void **state)
{
    (void)state;
    struct error error = {0};
    struct topology *topology = load_synthetic("package:2 numa:2 core:1 pu:1", NULL);
    struct topology_memory memory = parsed("node:3");
    assert_true(topology_memory_check(topology, &memory, &error));
    memory = parsed("interleave");
    assert_true(topology_memory_check(topology, &memory, &error));
    memory = parsed("node:4");
    assert_false(topology_memory_check(topology, &memory, &error));
    assert_int_equal(error.kind, ERROR_USER);
    assert_string_equal(error.text, "There is no NUMA node 4: there are 0, 1, 2, 3.");
    topology_free(topology);
    topology = load_synthetic("core:1 pu:1", NULL);
    memory = parsed("node:1");
    assert_false(topology_memory_check(topology, &memory, &error));
    assert_string_equal(error.text, "There is no NUMA node 1: there is 0.");
    topology_free(topology);
}

static void another_machine_binds_nothing(void **state)
{
    (void)state;
    struct error error = {0};
    struct text text = {0};
    struct topology *topology = load_synthetic("core:1 pu:1", NULL);
    struct topology_memory memory = parsed("node:0");
    assert_false(topology_bind_memory(topology, &memory, &error));
    assert_int_equal(error.kind, ERROR_USER);
    topology_memory_append_got(&text, topology);
    expect_text(&text, "unknown");
    topology_free(topology);
}

/* In a process of its own, as a policy is inherited by whatever comes later. */
static void in_a_child(bool (*checks)(const struct topology *topology))
{
    struct error error = {0};
    struct topology *topology = topology_load(&error);
    if (!topology)
        fail_msg("%s", error.text);
    pid_t child = fork();
    if (child == 0)
        _exit(checks(topology) ? 0 : 1);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    topology_free(topology);
}

static bool reads_back(const struct topology *topology, const char *name, const char *expected)
{
    struct error error = {0};
    struct text text = {0};
    struct topology_memory memory;
    if (!topology_memory_parse(name, &memory, &error) ||
        !topology_bind_memory(topology, &memory, &error)) {
        fprintf(stderr, "%s: %s\n", name, error.text);
        return false;
    }
    topology_memory_append_got(&text, topology);
    bool same = strncmp(text_chars(&text), expected, strlen(expected)) == 0;
    if (!same)
        fprintf(stderr, "%s: got %s\n", name, text_chars(&text));
    text_free(&text);
    return same;
}

/* A kernel that refuses is a machine on which this cannot be seen. */
static bool policies_are_set(const struct topology *topology)
{
    struct error error = {0};
    struct topology_memory local = {TOPOLOGY_MEMORY_LOCAL, 0};
    if (!topology_bind_memory(topology, &local, &error))
        return strncmp(error.text, "unsupported here: ", 18) == 0;
    return reads_back(topology, "interleave", "interleave:0") &&
           reads_back(topology, "node:0", "node:0") && reads_back(topology, "none", "node:0") &&
           reads_back(topology, "local", "local");
}

static void what_is_set_is_read_back(void **state)
{
    (void)state;
    in_a_child(policies_are_set);
}

static bool is_refused(const struct topology *topology)
{
    struct error error = {0};
    struct topology_memory memory = {TOPOLOGY_MEMORY_INTERLEAVE, 0};
    if (!refuse_mempolicy())
        return true;
    return !topology_bind_memory(topology, &memory, &error) && error.kind == ERROR_SYSTEM &&
           strcmp(error.text, "unsupported here: Operation not permitted") == 0;
}

static void a_kernel_that_refuses_is_said(void **state)
{
    (void)state;
    in_a_child(is_refused);
}

/* Pages of several sizes; a name of a file that looks like a node; a node that is not there. */
static void pages_are_counted_by_node(void **state)
{
    (void)state;
    struct text text = {0};
    struct topology *topology = load_synthetic("package:2 numa:1 core:1 pu:1", NULL);
    assert_false(topology_memory_append_by_node(&text, topology, fake_machine_root()));
    assert_int_equal(text.length, 0);
    fake_machine_put("/proc/self/numa_maps",
                     "1000 default anon=5 dirty=5 N0=2 N1=3 kernelpagesize_kB=4\n"
                     "2000 interleave:0-1 anon=1 N1=1 N7=4 kernelpagesize_kB=2048\n"
                     "3000 default file=/lib/N0=9.so mapped=1 N0=1 kernelpagesize_kB=4\n"
                     "4000 default\n");
    assert_true(topology_memory_append_by_node(&text, topology, fake_machine_root()));
    expect_text(&text, "0=12288 1=2109440");
    topology_free(topology);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_comes_back),
        cmocka_unit_test(what_is_no_name_is_the_users),
        cmocka_unit_test(a_node_that_is_not_there_names_those_that_are),
        cmocka_unit_test(another_machine_binds_nothing),
        cmocka_unit_test(what_is_set_is_read_back),
        cmocka_unit_test(a_kernel_that_refuses_is_said),
        cmocka_unit_test_setup_teardown(pages_are_counted_by_node, fake_machine_make,
                                        fake_machine_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
