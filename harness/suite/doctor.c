/* SPDX-License-Identifier: MIT
 *
 * Findings about the machine; see doctor.h.
 *
 * The thresholds are where a figure of a quiet machine begins to move by more than a percent, which
 * is what repeats of one point differ by at best.
 */
#include "suite/doctor.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/units.h"

/* ---- things that are looked up in the environment ---- */

/* Does the value spoil measurements? It is known. */
typedef bool doctor_test(const char *value);

static bool is_not_performance(const char *value)
{
    return strcmp(value, "performance") != 0;
}

static bool is_on(const char *value)
{
    return strcmp(value, "on") == 0;
}

static bool is_one(const char *value)
{
    return strcmp(value, "1") == 0;
}

static bool is_two(const char *value)
{
    return strcmp(value, "2") == 0;
}

static bool is_yes(const char *value)
{
    return strcmp(value, "yes") == 0;
}

static bool is_always(const char *value)
{
    return strstr(value, "[always]") != NULL;
}

/* Of those that Linux has, the others are read by a call into the kernel or over a bus. */
static bool is_slow_clock(const char *value)
{
    static const char *const quick[] = {"tsc", "kvm-clock", "hyperv_clocksource_tsc_page",
                                        "arch_sys_counter"};
    for (size_t i = 0; i < sizeof quick / sizeof *quick; i++)
        if (strcmp(value, quick[i]) == 0)
            return false;
    return true;
}

/* "0.10 0.20 0.30 1/98 19605": the mean of the last minute. */
static bool is_loaded(const char *value)
{
    return strtod(value, NULL) >= 0.5;
}

/* "some avg10=1.00 …": the share of the last ten seconds in which somebody waited, in percent. */
static bool is_pressed(const char *value)
{
    const char *average = strstr(value, "avg10=");
    return average != NULL && strtod(average + strlen("avg10="), NULL) >= 1;
}

/* "max 100000" or "150000 100000". */
static bool has_quota(const char *value)
{
    return strncmp(value, "max", 3) != 0;
}

static bool is_not_release(const char *value)
{
    return strcmp(value, "Release") != 0 && strcmp(value, "RelWithDebInfo") != 0;
}

static bool is_not_none(const char *value)
{
    return strcmp(value, "none") != 0;
}

static const struct row {
    const char *key; /* of the environment */
    const char *about;
    doctor_test *spoils;
    const char *harm, *mend;
} rows[] = {
    {"build_type", "build", is_not_release, "collectors compiled without optimisation are compared",
     "build with `cmake --preset release`"},
    {"sanitizers", "sanitizers", is_not_none, "a sanitizer's checks are timed too",
     "build with `cmake --preset release`"},
    {"governor", "frequency governor", is_not_performance,
     "the clock frequency follows the load, and lags behind it",
     "as root: cpupower frequency-set --governor performance"},
    {"turbo", "turbo", is_on,
     "the clock frequency depends on how many cores are busy and how warm they are",
     "as root: echo 0 >/sys/devices/system/cpu/cpufreq/boost, or with Intel's driver echo 1 "
     ">/sys/devices/system/cpu/intel_pstate/no_turbo"},
    {"smt_active", "several threads a core", is_one,
     "two threads on one core slow each other down by a share that depends on what they do",
     "use --pin cores and no more threads than cores"},
    {"clock_source", "clock source", is_slow_clock, "each reading of the clock is slow",
     "boot with clocksource=tsc where the processor's counter is steady"},
    {"transparent_huge_pages", "huge pages", is_always,
     "memory is put on huge pages when there are some: footprints and times differ by luck",
     "as root: echo madvise >/sys/kernel/mm/transparent_hugepage/enabled"},
    {"overcommit", "overcommit of memory", is_two,
     "collectors that reserve more than they touch are refused",
     "as root: sysctl vm.overcommit_memory=0"},
    {"load", "load", is_loaded, "other work takes processors, caches and memory bandwidth",
     "end it, or wait"},
    {"pressure_cpu", "waiting for processors", is_pressed,
     "work waited for a processor in the last ten seconds", "end other work, or wait"},
    {"pressure_memory", "waiting for memory", is_pressed,
     "work waited for memory in the last ten seconds", "end what takes it, or add some"},
    {"cgroup_cpu_max", "CPU quota", has_quota,
     "what outruns the quota is stopped until the next period, which looks like a pause",
     "take the quota away, or run no more threads than it grants (collectors have some of their "
     "own)"},
    {"virtual_machine", "virtual machine", is_yes,
     "other machines share the hardware, and nothing here shows what they do",
     "use more invocations (--invocations 20), or hardware of your own"},
};

static void add(struct doctor_findings *list, const char *about, enum doctor_verdict verdict,
                const char *found, const char *harm, const char *mend)
{
    list->findings = memory_resize(list->findings, (list->count + 1) * sizeof *list->findings);
    list->findings[list->count++] = (struct doctor_finding){
        .about = about,
        .verdict = verdict,
        .found = memory_copy_text(found),
        .harm = verdict == DOCTOR_SPOILS ? harm : "",
        .mend = verdict == DOCTOR_SPOILS ? mend : "",
    };
}

static void examine_row(struct doctor_findings *list, const struct row *row,
                        const struct store_environment *environment)
{
    const char *value = store_environment_find(environment, row->key);
    bool known = value != NULL && *value != '\0' && strcmp(value, "unknown") != 0;
    enum doctor_verdict verdict = !known               ? DOCTOR_UNKNOWN
                                  : row->spoils(value) ? DOCTOR_SPOILS
                                                       : DOCTOR_FINE;
    add(list, row->about, verdict, known ? value : "unknown", row->harm, row->mend);
}

/* ---- things that need two of them ---- */

/* Threads of a collector need a processor beside the mutator's. */
static void examine_processors(struct doctor_findings *list,
                               const struct store_environment *environment)
{
    const char *value = store_environment_find(environment, "processors_allowed");
    bool known = value != NULL && strcmp(value, "unknown") != 0;
    bool few = known && strtol(value, NULL, 10) < 2;
    add(list, "processors",
        !known ? DOCTOR_UNKNOWN
        : few  ? DOCTOR_SPOILS
               : DOCTOR_FINE,
        known ? value : "unknown",
        "collectors with threads of their own take them from the mutator, and nothing scales",
        "allow more processors (taskset, or the control group's cpuset)");
}

/* "1024 kB". */
static double kilobytes(const struct store_environment *environment, const char *key)
{
    const char *value = store_environment_find(environment, key);
    return value == NULL || strcmp(value, "unknown") == 0 ? (double)NAN : strtod(value, NULL);
}

static void examine_memory(struct doctor_findings *list,
                           const struct store_environment *environment)
{
    double total = kilobytes(environment, "memory_total");
    double available = kilobytes(environment, "memory_available");
    bool known = isfinite(total) && isfinite(available) && total > 0;
    struct text found = {0};
    if (known)
        text_format(&found, "%.0f %% of %.1f GiB", 100 * available / total, total / (1 << 20));
    add(list, "memory available",
        !known                    ? DOCTOR_UNKNOWN
        : available / total < 0.1 ? DOCTOR_SPOILS
                                  : DOCTOR_FINE,
        known ? text_chars(&found) : "unknown", "the kernel reclaims pages while trials run",
        "end what takes the memory");
    text_free(&found);
}

/* ---- what was heard ---- */

static void add_share(struct doctor_findings *list, const char *about, uint64_t lost_ns,
                      uint64_t length_ns, const char *harm, const char *mend)
{
    struct text found = {0};
    bool known = length_ns > 0 && lost_ns != UINT64_MAX;
    double share = known ? (double)lost_ns / (double)length_ns : 0;
    if (known)
        text_format(&found, "%.2f %%", 100 * share);
    add(list, about,
        !known         ? DOCTOR_UNKNOWN
        : share > 0.01 ? DOCTOR_SPOILS
                       : DOCTOR_FINE,
        known ? text_chars(&found) : "unknown", harm, mend);
    text_free(&found);
}

static void examine_gap(struct doctor_findings *list, const struct doctor_listening *heard)
{
    enum { LONG_GAP_NS = 1000000 };
    char text[UNITS_TEXT_BYTES] = "unknown";
    if (heard->length_ns > 0)
        units_format_ns((double)heard->longest_ns, text);
    add(list, "longest interruption",
        heard->length_ns == 0             ? DOCTOR_UNKNOWN
        : heard->longest_ns > LONG_GAP_NS ? DOCTOR_SPOILS
                                          : DOCTOR_FINE,
        text, "a pause or a request is longer by as much, whatever the collector does",
        "end other work; look at medians, and at no maximum below this");
}

static void examine_reading(struct doctor_findings *list, const struct doctor_listening *heard)
{
    char text[UNITS_TEXT_BYTES] = "unknown";
    bool known = heard->length_ns > 0 && isfinite(heard->reading_ns);
    if (known)
        units_format_ns(heard->reading_ns, text);
    add(list, "reading the clock",
        !known                    ? DOCTOR_UNKNOWN
        : heard->reading_ns > 200 ? DOCTOR_SPOILS
                                  : DOCTOR_FINE,
        text, "stamps and events cost more than the percent that they may",
        "boot with another clock source; use --no-stamps");
}

static void examine_heard(struct doctor_findings *list, const struct doctor_listening *heard)
{
    static const char others[] = "end other work, or reserve processors (isolcpus, cpuset)";
    examine_reading(list, heard);
    add_share(list, "lost to others", heard->lost_ns, heard->length_ns,
              "a thread that only counts does not get its processor's time", others);
    examine_gap(list, heard);
    add_share(list, "stolen by other machines", heard->stolen_ns, heard->length_ns,
              "the hardware is shared, and busy", "measure at another time, or elsewhere");
    add_share(list, "stopped by a quota", heard->throttled_ns, heard->length_ns,
              "quotas stop threads in the middle of their work", "take the quota away");
}

/* ---- the whole ---- */

struct doctor_findings doctor_examine(const struct store_environment *environment,
                                      const struct doctor_listening *heard)
{
    struct doctor_findings list = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        examine_row(&list, &rows[i], environment);
    examine_processors(&list, environment);
    examine_memory(&list, environment);
    examine_heard(&list, heard);
    return list;
}

void doctor_findings_free(struct doctor_findings *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->findings[i].found);
    free(list->findings);
    *list = (struct doctor_findings){0};
}

size_t doctor_count(const struct doctor_findings *list, enum doctor_verdict verdict)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++)
        count += list->findings[i].verdict == verdict;
    return count;
}
