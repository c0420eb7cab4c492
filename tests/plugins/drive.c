/* SPDX-License-Identifier: MIT
 *
 * drive: runs one workload on one plugin, for tests and for authors of plugins.
 *
 *     drive PLUGIN.so[/variant] WORKLOAD [parameter=value …] [-t threads] [--heap bytes]
 *           [--dispatch table|inline] [-o option=value …] [--seed n] [--iterations n]
 *
 * Prints the answer, the statistics and the census. Exit: 0 ok, 1 wrong, 2 usage,
 * 3 unsupported, 4 out of memory.
 */
#include "drive.h"

#include <string.h>
#include <unistd.h>

enum { MOST_PAIRS = 32 };

struct line {
    const char *plugin, *workload;
    const char *options[MOST_PAIRS + 1], *parameters[MOST_PAIRS + 1];
    struct drive_request request;
};

static struct line line;

static _Noreturn void refuse(const char *why)
{
    fprintf(stderr, "drive: %s\n", why);
    exit(DRIVE_USAGE);
}

static void add_pair(const char **pairs, const char *pair)
{
    size_t i = 0;
    while (pairs[i] != NULL)
        i++;
    if (i == MOST_PAIRS)
        refuse("too many options or parameters");
    pairs[i] = pair;
}

static uint64_t number(const char *text)
{
    static const struct hm_setting any = {
        .name = "number", .type = HM_BYTES, .most.integer = INT64_MAX};
    static const struct hm_setting *const rows[] = {&any, NULL};
    char pair[64];
    char why[DRIVE_SENTENCE_BYTES];
    union hm_value value;
    snprintf(pair, sizeof pair, "number=%s", text);
    if (!drive_settings(rows, (const char *const[]){pair, NULL}, &value, "number", why))
        refuse(why);
    return (uint64_t)value.integer;
}

/* An option that takes a value. */
static void read_option(const char *option, const char *value)
{
    if (value == NULL)
        refuse("an option lacks its value");
    if (strcmp(option, "-t") == 0)
        line.request.threads = (uint32_t)number(value);
    else if (strcmp(option, "--heap") == 0)
        line.request.heap_bytes = number(value);
    else if (strcmp(option, "--seed") == 0)
        line.request.seed = number(value);
    else if (strcmp(option, "--iterations") == 0)
        line.request.iterations = number(value);
    else if (strcmp(option, "--dispatch") == 0)
        line.request.kernel = strcmp(value, "inline") == 0;
    else if (strcmp(option, "-o") == 0)
        add_pair(line.options, value);
    else
        refuse("options are -t, --heap, --dispatch, -o, --seed, --iterations");
}

static void read_line(char **words)
{
    line.request.threads = 1;
    line.request.seed = 1;
    line.request.iterations = 100000;
    line.request.heap_bytes = (uint64_t)256 << 20;
    for (; *words != NULL; words++)
        if ((*words)[0] == '-') {
            read_option(words[0], words[1]);
            words++;
        } else if (line.plugin == NULL) {
            line.plugin = *words;
        } else if (line.workload == NULL) {
            line.workload = *words;
        } else {
            add_pair(line.parameters, *words);
        }
    if (line.workload == NULL)
        refuse("usage: drive PLUGIN.so[/variant] WORKLOAD [parameter=value ...]");
}

static void failed(const struct drive_result *result)
{
    drive_print(stdout, &line.request, result);
    fflush(stdout);
    _exit(DRIVE_WRONG);
}

int main(int argc, char **argv)
{
    struct drive_plugin plugin;
    struct drive_result result;
    read_line(argv + (argc > 0));
    line.request.workload = drive_workload(line.workload);
    if (line.request.workload == NULL)
        refuse("no workload has that name");
    if (!drive_load(&plugin, line.plugin, line.options))
        refuse(plugin.why);
    line.request.plugin = &plugin;
    line.request.parameters = line.parameters;
    drive_run(&line.request, &result, failed);
    drive_print(stdout, &line.request, &result);
    drive_unload(&plugin);
    return (int)result.verdict;
}
