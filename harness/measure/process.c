/* SPDX-License-Identifier: MIT
 *
 * Reading /proc and getrusage; see process.h.
 */
#include "measure/process.h"

#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/files.h"

bool process_is_under_valgrind(void)
{
    const char *preloaded = getenv("LD_PRELOAD");
    return preloaded != NULL && strstr(preloaded, "/vgpreload_") != NULL;
}

uint64_t process_resident_bytes(void)
{
    uint64_t pages = PROCESS_UNKNOWN;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL)
        return PROCESS_UNKNOWN;
    bool read = fscanf(file, "%*u %" SCNu64, &pages) == 1;
    fclose(file);
    return read ? pages * (uint64_t)sysconf(_SC_PAGESIZE) : PROCESS_UNKNOWN;
}

uint64_t process_resident_peak_bytes(void)
{
    uint64_t kib = PROCESS_UNKNOWN;
    char line[256];
    FILE *file = fopen("/proc/self/status", "re");
    if (file == NULL)
        return PROCESS_UNKNOWN;
    bool found = false;
    while (!found && fgets(line, sizeof line, file) != NULL)
        found = sscanf(line, "VmHWM: %" SCNu64 " kB", &kib) == 1;
    fclose(file);
    return found ? kib * 1024 : PROCESS_UNKNOWN;
}

bool process_reset_peak(void)
{
    int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool done = write(fd, "5", 1) == 1;
    close(fd);
    return done;
}

static uint64_t ns_of(struct timeval time)
{
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_usec * 1000;
}

static uint64_t read_steal_ns(void)
{
    uint64_t ticks;
    FILE *file = fopen("/proc/stat", "re");
    if (file == NULL)
        return PROCESS_UNKNOWN;
    bool read = fscanf(file, "cpu %*u %*u %*u %*u %*u %*u %*u %" SCNu64, &ticks) == 1;
    fclose(file);
    return read ? ticks * (1000000000 / (uint64_t)sysconf(_SC_CLK_TCK)) : PROCESS_UNKNOWN;
}

/* The number behind the word in a group's cpu.stat, times `unit_ns`; 0 where there is none. */
static uint64_t read_stat(const char *root, const char *folder, const char *word, uint64_t unit_ns,
                          bool *known)
{
    struct text text = {0};
    const char *at =
        files_read_in(&text, root, folder, "cpu.stat") ? strstr(text_chars(&text), word) : NULL;
    uint64_t number = at != NULL ? strtoull(at + strlen(word), NULL, 10) * unit_ns : 0;
    *known = *known || at != NULL;
    text_free(&text);
    return number;
}

static uint64_t read_throttled(const char *root, const char *controller, const char *word,
                               uint64_t unit_ns, bool *known)
{
    struct text_list folders = {0};
    uint64_t sum_ns = 0;
    files_group_folders(&folders, root, controller);
    for (size_t i = 0; i < folders.count; i++)
        sum_ns += read_stat(root, folders.items[i], word, unit_ns, known);
    text_list_free(&folders);
    return sum_ns;
}

uint64_t process_throttled_ns(const char *root)
{
    bool known = false;
    uint64_t sum_ns = read_throttled(root, "", "throttled_usec ", 1000, &known) +
                      read_throttled(root, "cpu", "throttled_time ", 1, &known);
    return known ? sum_ns : PROCESS_UNKNOWN;
}

void process_usage(struct process_usage *usage)
{
    struct rusage self;
    getrusage(RUSAGE_SELF, &self);
    usage->cpu_user_ns = ns_of(self.ru_utime);
    usage->cpu_system_ns = ns_of(self.ru_stime);
    usage->page_faults_minor = (uint64_t)self.ru_minflt;
    usage->page_faults_major = (uint64_t)self.ru_majflt;
    usage->switches_voluntary = (uint64_t)self.ru_nvcsw;
    usage->switches_involuntary = (uint64_t)self.ru_nivcsw;
    usage->steal_ns = read_steal_ns();
    usage->throttled_ns = process_throttled_ns("");
}

uint64_t process_thread_waited_ns(void)
{
    return process_waited_ns("/proc/thread-self/schedstat");
}

uint64_t process_waited_ns(const char *schedstat)
{
    uint64_t waited_ns;
    FILE *file = fopen(schedstat, "re");
    if (file == NULL)
        return PROCESS_UNKNOWN;
    bool read = fscanf(file, "%*u %" SCNu64, &waited_ns) == 1;
    fclose(file);
    return read ? waited_ns : PROCESS_UNKNOWN;
}

/* The number behind the word in the file; NAN where there is none. */
static double read_number(const char *root, const char *path, const char *word)
{
    struct text text = {0};
    char *end = NULL;
    double number = NAN;
    const char *at = files_read(&text, root, path) ? strstr(text_chars(&text), word) : NULL;
    if (at != NULL)
        number = strtod(at + strlen(word), &end);
    if (at != NULL && end == at + strlen(word))
        number = NAN;
    text_free(&text);
    return number;
}

double process_load(const char *root)
{
    return read_number(root, "/proc/loadavg", "");
}

double process_pressure(const char *root)
{
    return read_number(root, "/proc/pressure/cpu", "some avg10=");
}

uint64_t process_frequency_hz(const char *root, int processor)
{
    struct text path = {0};
    text_format(&path, "/sys/devices/system/cpu/cpu%d/cpufreq/scaling_cur_freq", processor);
    double khz = read_number(root, text_chars(&path), "");
    text_free(&path);
    return khz > 0 ? (uint64_t)(khz * 1000) : PROCESS_UNKNOWN;
}
