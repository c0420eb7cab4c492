/* SPDX-License-Identifier: MIT
 *
 * How much CPU time control groups grant to this process.
 *
 * A quota says nothing about which processors: a process may have eight of them and the time of
 * one and a half, and its threads are then stopped together for the rest of each period.
 */
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "topology/internal.h"

static double least(double one, double other)
{
    if (one <= 0 || other <= 0)
        return one > other ? one : other;
    return one < other ? one : other;
}

static double ratio(double quota, double period)
{
    return quota > 0 && period > 0 ? quota / period : 0;
}

static double read_number(const char *root, const char *folder, const char *name)
{
    struct text text = {0};
    double number = files_read_in(&text, root, folder, name) ? strtod(text_chars(&text), NULL) : 0;
    text_free(&text);
    return number;
}

/* cpu.max: "QUOTA PERIOD" in microseconds, or "max PERIOD". */
static double read_version_2(const char *root, const char *folder)
{
    struct text text = {0};
    double quota = 0, period = 0;
    if (files_read_in(&text, root, folder, "cpu.max") &&
        sscanf(text_chars(&text), "%lf %lf", &quota, &period) != 2)
        quota = 0;
    text_free(&text);
    return ratio(quota, period);
}

/* Two files, and -1 for no quota. */
static double read_version_1(const char *root, const char *folder)
{
    return ratio(read_number(root, folder, "cpu.cfs_quota_us"),
                 read_number(root, folder, "cpu.cfs_period_us"));
}

/* Each group on the way up limits what is below it. */
static double read_groups(const char *root, const char *controller,
                          double (*read)(const char *root, const char *folder))
{
    struct text_list folders = {0};
    double cpus = 0;
    files_group_folders(&folders, root, controller);
    for (size_t i = 0; i < folders.count; i++)
        cpus = least(cpus, read(root, folders.items[i]));
    text_list_free(&folders);
    return cpus;
}

double topology_read_quota(const char *root)
{
    return least(read_groups(root, "", read_version_2), read_groups(root, "cpu", read_version_1));
}

void topology_set_quota(struct topology *topology, double cpus)
{
    topology->quota_cpus = cpus;
}

double topology_quota_cpus(const struct topology *topology)
{
    return topology->quota_cpus;
}

bool topology_exceeds_quota(const struct topology *topology, unsigned threads)
{
    return topology->quota_cpus > 0 && (double)threads > topology->quota_cpus;
}
