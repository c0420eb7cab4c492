/* SPDX-License-Identifier: MIT
 *
 * Reading /proc and getrusage; see process.h.
 */
#include "measure/process.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

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
}
