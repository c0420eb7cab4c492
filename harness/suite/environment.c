/* SPDX-License-Identifier: MIT
 *
 * What is known of the machine; see environment.h.
 */
#include "suite/environment.h"

#include <ctype.h>
#include <dirent.h>
#include <gnu/libc-version.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/files.h"
#include "base/text.h"
#include "suite/commit.h" /* written by the build: HEAPMARK_COMMIT */
#include "topology/topology.h"

const char *environment_heapmark_version(void)
{
    return *HEAPMARK_COMMIT == '\0' ? HEAPMARK_VERSION : HEAPMARK_VERSION " (" HEAPMARK_COMMIT ")";
}

/* Add the value, which is freed; NULL is unknown. */
static void add_owned(struct store_environment *environment, const char *key, char *value)
{
    store_environment_add(environment, key, value);
    free(value);
}

static void add_number(struct store_environment *environment, const char *key, long number)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%ld", number);
    store_environment_add(environment, key, number >= 0 ? digits : NULL);
}

static void add_file(struct store_environment *environment, const char *root, const char *key,
                     const char *path)
{
    struct text text = {0};
    bool known = files_read(&text, root, path);
    store_environment_add(environment, key, known ? text_chars(&text) : NULL);
    text_free(&text);
}

/* The first line of a file of several. */
static void add_first_line(struct store_environment *environment, const char *root, const char *key,
                           const char *path)
{
    struct text text = {0};
    bool known = files_read(&text, root, path);
    if (known)
        text.chars[strcspn(text.chars, "\n")] = '\0';
    store_environment_add(environment, key, known ? text_chars(&text) : NULL);
    text_free(&text);
}

static void add_program(struct store_environment *environment)
{
    store_environment_add(environment, "heapmark_version", HEAPMARK_VERSION);
    store_environment_add(environment, "heapmark_commit",
                          *HEAPMARK_COMMIT == '\0' ? NULL : HEAPMARK_COMMIT);
    store_environment_add(environment, "compiler", HEAPMARK_COMPILER);
    store_environment_add(environment, "build_type", HEAPMARK_BUILD_TYPE);
    store_environment_add(environment, "sanitizers",
                          *HEAPMARK_SANITIZERS == '\0' ? "none" : HEAPMARK_SANITIZERS);
    store_environment_add(environment, "libc", gnu_get_libc_version());
    store_environment_add(environment, "hwloc_version", HEAPMARK_HWLOC_VERSION);
    store_environment_add(environment, "sqlite_version", HEAPMARK_SQLITE_VERSION);
    store_environment_add(environment, "jansson_version", HEAPMARK_JANSSON_VERSION);
    store_environment_add(environment, "benchmark_version", HEAPMARK_BENCHMARK_VERSION);
}

static void add_system(struct store_environment *environment, const char *root)
{
    struct utsname name;
    struct text kernel = {0};
    bool known = uname(&name) == 0;
    if (known)
        text_format(&kernel, "%s %s %s", name.sysname, name.release, name.version);
    store_environment_add(environment, "kernel", known ? text_chars(&kernel) : NULL);
    store_environment_add(environment, "architecture", known ? name.machine : NULL);
    text_free(&kernel);
    add_owned(environment, "system", files_value(root, "/etc/os-release", "PRETTY_NAME", '='));
}

static void add_topology(struct store_environment *environment)
{
    struct topology *topology = topology_load(NULL);
    struct text summary = {0};
    if (topology != NULL)
        topology_append_summary(&summary, topology);
    store_environment_add(environment, "topology", topology != NULL ? text_chars(&summary) : NULL);
    add_number(environment, "processors_allowed",
               topology != NULL ? (long)topology_allowed_count(topology) : -1);
    text_free(&summary);
    topology_free(topology);
}

/* The governors of all processors, each once. */
static void add_governor(struct store_environment *environment, const char *root)
{
    struct text found = {0};
    for (long i = 0; i < sysconf(_SC_NPROCESSORS_CONF); i++) {
        struct text path = {0}, governor = {0};
        text_format(&path, "/sys/devices/system/cpu/cpu%ld/cpufreq/scaling_governor", i);
        if (files_read(&governor, root, text_chars(&path)) &&
            !text_has_piece(text_chars(&found), ' ', text_chars(&governor)))
            text_format(&found, "%s%s", found.length > 0 ? " " : "", text_chars(&governor));
        text_free(&path);
        text_free(&governor);
    }
    store_environment_add(environment, "governor", found.length > 0 ? text_chars(&found) : NULL);
    text_free(&found);
}

/* Two drivers say it in two ways, one of them the other way round. */
static void add_turbo(struct store_environment *environment, const char *root)
{
    struct text text = {0};
    const char *turbo = NULL;
    if (files_read(&text, root, "/sys/devices/system/cpu/intel_pstate/no_turbo"))
        turbo = strcmp(text.chars, "0") == 0 ? "on" : "off";
    else if (files_read(&text, root, "/sys/devices/system/cpu/cpufreq/boost"))
        turbo = strcmp(text.chars, "0") == 0 ? "off" : "on";
    store_environment_add(environment, "turbo", turbo);
    text_free(&text);
}

static void add_processors(struct store_environment *environment, const char *root)
{
    add_owned(environment, "cpu_model", files_value(root, "/proc/cpuinfo", "model name", ':'));
    add_number(environment, "processors_online", sysconf(_SC_NPROCESSORS_ONLN));
    add_topology(environment);
    char *flags = files_value(root, "/proc/cpuinfo", "flags", ':');
    store_environment_add(environment, "virtual_machine",
                          flags == NULL                              ? NULL
                          : text_has_piece(flags, ' ', "hypervisor") ? "yes"
                                                                     : "no");
    free(flags);
    add_file(environment, root, "smt_active", "/sys/devices/system/cpu/smt/active");
    add_governor(environment, root);
    add_turbo(environment, root);
    add_file(environment, root, "clock_source",
             "/sys/devices/system/clocksource/clocksource0/current_clocksource");
}

static void add_memory(struct store_environment *environment, const char *root)
{
    add_owned(environment, "memory_total", files_value(root, "/proc/meminfo", "MemTotal", ':'));
    add_owned(environment, "memory_available",
              files_value(root, "/proc/meminfo", "MemAvailable", ':'));
    add_owned(environment, "swap_total", files_value(root, "/proc/meminfo", "SwapTotal", ':'));
    add_number(environment, "page_bytes", sysconf(_SC_PAGESIZE));
    add_file(environment, root, "overcommit", "/proc/sys/vm/overcommit_memory");
    add_file(environment, root, "transparent_huge_pages",
             "/sys/kernel/mm/transparent_hugepage/enabled");
    add_file(environment, root, "transparent_huge_pages_defrag",
             "/sys/kernel/mm/transparent_hugepage/defrag");
    add_file(environment, root, "aslr", "/proc/sys/kernel/randomize_va_space");
}

static void add_limits_and_load(struct store_environment *environment, const char *root)
{
    add_owned(environment, "cgroup_cpu_max", files_control_group(root, "cpu.max"));
    add_owned(environment, "cgroup_memory_max", files_control_group(root, "memory.max"));
    add_owned(environment, "cgroup_cpuset", files_control_group(root, "cpuset.cpus.effective"));
    add_file(environment, root, "load", "/proc/loadavg");
    add_first_line(environment, root, "pressure_cpu", "/proc/pressure/cpu");
    add_first_line(environment, root, "pressure_memory", "/proc/pressure/memory");
    add_first_line(environment, root, "pressure_io", "/proc/pressure/io");
    add_file(environment, root, "perf_event_paranoid", "/proc/sys/kernel/perf_event_paranoid");
}

void environment_capture(struct store_environment *environment, const char *root)
{
    add_program(environment);
    add_system(environment, root);
    add_processors(environment, root);
    add_memory(environment, root);
    add_limits_and_load(environment, root);
}

/* A number at the front of the text, times `unit`; UINT64_MAX where there is none. */
static uint64_t leading_number(const char *chars, uint64_t unit)
{
    uint64_t number;
    if (chars == NULL || !isdigit((unsigned char)*chars))
        return UINT64_MAX;
    number = strtoull(chars, NULL, 10);
    return number > UINT64_MAX / unit ? UINT64_MAX : number * unit;
}

uint64_t environment_memory_bytes(const char *root)
{
    char *total = files_value(root, "/proc/meminfo", "MemTotal", ':');
    char *limit = files_control_group(root, "memory.max");
    uint64_t machine = leading_number(total, 1024);
    uint64_t group = leading_number(limit, 1);
    free(total);
    free(limit);
    uint64_t bytes = machine < group ? machine : group;
    return bytes == UINT64_MAX ? 0 : bytes;
}
