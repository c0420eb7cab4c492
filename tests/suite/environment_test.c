/* SPDX-License-Identifier: MIT
 *
 * The environment, read from machines that are folders: one that tells, one that does not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "../base/fake_machine.h"
#include "suite/environment.h"

static void assert_value(const struct store_environment *environment, const char *key,
                         const char *value)
{
    const char *found = store_environment_find(environment, key);
    if (found == NULL || strcmp(found, value) != 0)
        fail_msg("%s is %s, not %s", key, found != NULL ? found : "missing", value);
}

static void what_the_machine_tells_is_read(void **state)
{
    (void)state;
    fake_machine_put("/proc/cpuinfo",
                     "processor\t: 0\nmodel name\t: Test CPU @ 3 GHz\nflags\t\t: fpu "
                     "hypervisor sse\nprocessor\t: 1\nmodel name\t: Other\n");
    fake_machine_put("/proc/meminfo",
                     "MemTotal:       1024 kB\nMemAvailable:    512 kB\nSwapTotal: 0 kB\n");
    fake_machine_put("/proc/loadavg", "0.10 0.20 0.30 1/98 19605\n");
    fake_machine_put("/proc/pressure/cpu", "some avg10=1.00\nfull avg10=0.00\n");
    fake_machine_put("/etc/os-release", "NAME=Test\nPRETTY_NAME=\"Test OS 1\"\n");
    fake_machine_put("/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
    fake_machine_put("/proc/sys/kernel/randomize_va_space", "2\n");
    fake_machine_put("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n");
    fake_machine_put("/sys/devices/system/cpu/intel_pstate/no_turbo", "1\n");
    struct store_environment environment = {0};
    environment_capture(&environment, fake_machine_root());
    assert_value(&environment, "cpu_model", "Test CPU @ 3 GHz");
    assert_value(&environment, "virtual_machine", "yes");
    assert_value(&environment, "memory_total", "1024 kB");
    assert_value(&environment, "load", "0.10 0.20 0.30 1/98 19605");
    assert_value(&environment, "pressure_cpu", "some avg10=1.00");
    assert_value(&environment, "system", "Test OS 1");
    assert_value(&environment, "transparent_huge_pages", "always [madvise] never");
    assert_value(&environment, "aslr", "2");
    assert_value(&environment, "governor", "performance");
    assert_value(&environment, "turbo", "off");
    store_environment_free(&environment);
    assert_int_equal(environment_memory_bytes(fake_machine_root()), 1 << 20);
}

static void what_it_does_not_tell_is_unknown(void **state)
{
    (void)state;
    static const char *const keys[] = {
        "cpu_model", "virtual_machine", "memory_total",   "load",
        "system",    "governor",        "turbo",          "smt_active",
        "aslr",      "clock_source",    "cgroup_cpu_max", "transparent_huge_pages",
    };
    struct store_environment environment = {0};
    environment_capture(&environment, fake_machine_root());
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        assert_value(&environment, keys[i], "unknown");
    store_environment_free(&environment);
    assert_int_equal(environment_memory_bytes(fake_machine_root()), 0);
}

static void the_program_knows_itself(void **state)
{
    (void)state;
    struct store_environment environment = {0};
    environment_capture(&environment, fake_machine_root());
    const char *version = store_environment_find(&environment, "heapmark_version");
    assert_non_null(version);
    assert_int_equal(strncmp(environment_heapmark_version(), version, strlen(version)), 0);
    assert_non_null(strstr(store_environment_find(&environment, "compiler"), "."));
    assert_non_null(strstr(store_environment_find(&environment, "hwloc_version"), "."));
    store_environment_free(&environment);
}

/* The limit may lie in a group above the process's own. */
static void limits_of_control_groups_are_found(void **state)
{
    (void)state;
    fake_machine_put("/proc/meminfo", "MemTotal: 1024 kB\n");
    fake_machine_put("/proc/self/cgroup", "1:name=old:/x\n0::/outer/inner\n");
    fake_machine_put("/sys/fs/cgroup/cgroup.controllers", "cpu memory\n");
    fake_machine_put("/sys/fs/cgroup/outer/inner/memory.max", "max\n");
    fake_machine_put("/sys/fs/cgroup/outer/memory.max", "65536\n");
    fake_machine_put("/sys/fs/cgroup/outer/inner/cpu.max", "max 100000\n");
    struct store_environment environment = {0};
    environment_capture(&environment, fake_machine_root());
    assert_value(&environment, "cgroup_memory_max", "65536");
    assert_value(&environment, "cgroup_cpu_max", "max 100000");
    store_environment_free(&environment);
    assert_int_equal(environment_memory_bytes(fake_machine_root()), 65536);
    fake_machine_put("/sys/fs/cgroup/outer/memory.max", "99999999999\n");
    assert_int_equal(environment_memory_bytes(fake_machine_root()), 1 << 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_the_machine_tells_is_read, fake_machine_make,
                                        fake_machine_remove),
        cmocka_unit_test_setup_teardown(what_it_does_not_tell_is_unknown, fake_machine_make,
                                        fake_machine_remove),
        cmocka_unit_test_setup_teardown(the_program_knows_itself, fake_machine_make,
                                        fake_machine_remove),
        cmocka_unit_test_setup_teardown(limits_of_control_groups_are_found, fake_machine_make,
                                        fake_machine_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
