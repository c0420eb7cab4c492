/* SPDX-License-Identifier: MIT
 *
 * Scarce memory: an outer load holds what it was asked for, as the kernel counts it; control groups
 * are used where there are any, and one sentence says why there are none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/sanitized.h"
#include "served.h"
#include "trial/scarcity.h"

#define MIB ((uint64_t)1 << 20)

/* ---- the outer load ---- */

static uint64_t resident_bytes(pid_t process)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/status", (int)process);
    char *resident = files_value("", path, "VmRSS", ':');
    uint64_t bytes = resident != NULL ? strtoull(resident, NULL, 10) * 1024 : 0;
    free(resident);
    return bytes;
}

static void the_load_holds_what_it_is_asked_for(void **state)
{
    (void)state;
    const struct trial_limits limits = {.outer_bytes = 64 * MIB};
    struct scarcity scarcity;
    struct error error = {0};
    struct trial_record record = {0};
    assert_true(scarcity_begin(&scarcity, &limits, &error));
    pid_t load = scarcity.load;
    uint64_t held = resident_bytes(load);
    /* ThreadSanitizer keeps some bytes for each that is touched. */
    assert_in_range(held, 64 * MIB, SANITIZED_THREAD ? UINT64_MAX : 80 * MIB);
    scarcity_tell(&scarcity, &record);
    assert_int_equal(record_integer(&record, TRIAL_OUTER_LOAD_BYTES, -1), 64 * MIB);
    assert_in_range(record_integer(&record, TRIAL_OUTER_LOAD_HELD_BYTES, -1), 64 * MIB, held);
    assert_false(record_is_known(&record, TRIAL_MACHINE_MEMORY_BYTES));
    scarcity_end(&scarcity);
    assert_int_equal(kill(load, 0), -1); /* it is gone, and was waited for */
    record_free(&record);
}

/* More than there are addresses for. */
static void a_load_that_cannot_be_had_is_said(void **state)
{
    (void)state;
    const struct trial_limits limits = {.outer_bytes = (uint64_t)1 << 60};
    struct scarcity scarcity;
    struct error error = {0};
    assert_false(scarcity_begin(&scarcity, &limits, &error));
    assert_int_equal(error.kind, ERROR_SYSTEM);
    assert_non_null(strstr(error.text, "an outer load of 1 EiB cannot be had"));
    scarcity_end(&scarcity);
}

static struct trial_record run(const char *plugin, const char *options,
                               const struct trial_limits *limits)
{
    struct trial_spec spec;
    struct trial_record record = {0};
    struct error error = {0};
    trial_spec_initialise(&spec);
    served_replace(&spec.plugin_path, plugin);
    served_replace(&spec.options, options);
    served_replace(&spec.workload, "binary-trees");
    served_replace(&spec.parameters, "depth=6,iterations=2");
    if (!trial_supervise(&spec, limits, NULL, &record, &error))
        fail_msg("%s", error.text);
    trial_spec_free(&spec);
    return record;
}

static void a_trial_beside_a_load_says_so(void **state)
{
    (void)state;
    const struct trial_limits limits = {.time_ns = 60000000000, .outer_bytes = 32 * MIB};
    struct trial_record record = run(NONE, "", &limits);
    assert_int_equal(record_outcome(&record, OUTCOME_COUNT), OUTCOME_OK);
    assert_int_equal(record_integer(&record, TRIAL_OUTER_LOAD_BYTES, -1), 32 * MIB);
    assert_true(record_integer(&record, TRIAL_OUTER_LOAD_HELD_BYTES, -1) >= (int64_t)(32 * MIB));
    record_free(&record);
}

/* ---- control groups ---- */

static char folder[] = "/tmp/heapmark-scarcity-XXXXXX";

static void write_file(const char *name, const char *content)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs(content, file);
    assert_int_equal(fclose(file), 0);
}

static void make_folder(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(mkdir(path, 0755), 0);
}

static void assert_no_place(const char *why)
{
    struct scarcity_place place;
    struct error error = {0};
    assert_false(scarcity_place_open(&place, folder, &error));
    assert_int_equal(error.kind, ERROR_USER);
    if (strstr(error.text, why) == NULL)
        fail_msg("\"%s\" is not in: %s", why, error.text);
    assert_null(place.parent);
    assert_null(place.leaf);
}

/* A made-up machine: first without groups, then with one that lacks the controller, then with one
 * that is divided already, which is what is wanted. */
static void where_groups_are_is_found_out(void **state)
{
    (void)state;
    struct scarcity_place place;
    assert_non_null(mkdtemp(folder));
    make_folder("proc");
    make_folder("proc/self");
    assert_no_place("this process is in none");
    write_file("proc/self/cgroup", "0::/mine\n");
    assert_no_place("this process is in none");
    make_folder("sys");
    make_folder("sys/fs");
    make_folder("sys/fs/cgroup");
    make_folder("sys/fs/cgroup/mine");
    write_file("sys/fs/cgroup/cgroup.controllers", "cpu memory\n");
    write_file("sys/fs/cgroup/mine/cgroup.controllers", "cpu pids\n");
    assert_no_place("has no memory controller");
    write_file("sys/fs/cgroup/mine/cgroup.controllers", "cpu memory pids\n");
    write_file("sys/fs/cgroup/mine/cgroup.subtree_control", "memory\n");
    assert_true(scarcity_place_open(&place, folder, NULL));
    assert_non_null(strstr(place.parent, "/sys/fs/cgroup/mine"));
    assert_null(place.leaf);
    scarcity_place_close(&place);
}

/* What the kernel writes into a group of its own is made up here, as few machines let a test make
 * it write that. */
static void what_the_kernel_killed_is_told_by_its_events(void **state)
{
    (void)state;
    char group[sizeof folder];
    const struct trial_limits limits = {.machine_bytes = 64 * MIB};
    struct scarcity scarcity = {
        .limits = &limits, .group = group, .group_fd = -1, .kills_before = UINT64_MAX};
    struct text cause = {0};
    strcpy(group, folder);
    write_file("memory.events", "low 0\nmax 31\noom 2\noom_kill 0\noom_group_kill 0\n");
    assert_false(scarcity_killed(&scarcity, &cause));
    assert_int_equal(cause.length, 0);
    write_file("memory.events", "low 0\nmax 31\noom 2\noom_kill 1\noom_group_kill 0\n");
    assert_true(scarcity_killed(&scarcity, &cause));
    assert_string_equal(text_chars(&cause),
                        "the kernel killed it, as the 64 MiB of its control group ran out");
    text_free(&cause);
}

static int sweep(void **state)
{
    (void)state;
    char command[300];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command) == 0 ? 0 : -1;
}

/* On a machine that lets us: a collector that eats more than its group may have is killed by the
 * kernel, and that is told apart from a full heap and from a crash. Elsewhere it is said why not.
 */
static void a_full_machine_is_a_result_with_a_cause(void **state)
{
    (void)state;
    struct scarcity_place place;
    struct error error = {0};
    if (!scarcity_place_open(&place, "", &error)) {
        assert_int_equal(error.kind, ERROR_USER);
        assert_non_null(strstr(error.text, "leave --machine-memory out"));
        print_message("not tried here: %s\n", error.text);
        skip();
    }
    const struct trial_limits limits = {
        .time_ns = 60000000000, .machine_bytes = 256 * MIB, .place = &place};
    struct trial_record record = run(FAULTY, "fault=eat-memory", &limits);
    assert_int_equal(record_outcome(&record, OUTCOME_COUNT), OUTCOME_MACHINE_MEMORY);
    assert_int_equal(record_integer(&record, TRIAL_MACHINE_MEMORY_BYTES, -1), 256 * MIB);
    assert_non_null(strstr(record_text(&record, TRIAL_CAUSE, ""), "256 MiB"));
    record_free(&record);
    scarcity_place_close(&place);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "trial") == 0)
        return served_trial(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_load_holds_what_it_is_asked_for),
        cmocka_unit_test(a_load_that_cannot_be_had_is_said),
        cmocka_unit_test(a_trial_beside_a_load_says_so),
        cmocka_unit_test(where_groups_are_is_found_out),
        cmocka_unit_test_teardown(what_the_kernel_killed_is_told_by_its_events, sweep),
        cmocka_unit_test(a_full_machine_is_a_result_with_a_cause),
    };
    return cmocka_run_group_tests_name("trial/scarcity", tests, NULL, NULL);
}
