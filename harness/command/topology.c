/* SPDX-License-Identifier: MIT
 *
 * heapmark topology: the machine, and which thread goes where.
 */
#include "topology/memory.h"

#include "base/units.h"
#include "command/command.h"

enum {
    KEY_PIN = 256,
    KEY_WORKERS,
    KEY_BIND_MEMORY,
    KEY_SYNTHETIC,
    KEY_FILE,
    KEY_ALLOWED,
    KEY_QUOTA
};
enum { MOST_THREADS = 4096 };

static const struct argp_option options[] = {
    {"pin", KEY_PIN, "POLICY", 0,
     "Show where threads go by this policy: compact, scatter, cores, numa or none", 0},
    {"threads", 't', "N", 0, "How many threads are placed (as many as there are PUs)", 0},
    {"workers", KEY_WORKERS, "N", 0,
     "Show where so many threads of a collector go, too: to PUs that the threads left (0)", 0},
    {"bind-memory", KEY_BIND_MEMORY, "POLICY", 0,
     "Try this memory policy, and show what the kernel makes of it: local, interleave or node:N",
     0},
    {"synthetic", KEY_SYNTHETIC, "TEXT", 0,
     "A machine that is not there, as hwloc describes it: \"package:2 core:4 pu:2\"", 0},
    {"file", KEY_FILE, "FILE", 0, "Another machine, as `lstopo FILE.xml` wrote it there", 0},
    {"allowed", KEY_ALLOWED, "LIST", 0,
     "PUs of such a machine that may be used, such as 0-3,6 (all)", 0},
    {"quota", KEY_QUOTA, "CPUS", 0, "CPU time that such a machine grants, such as 1.5 (no limit)",
     0},
    {0},
};

struct topology_options {
    bool pinned;
    enum topology_policy policy;
    int64_t threads; /* 0: as many as there are PUs */
    int64_t workers;
    struct topology_memory memory;
    const char *synthetic;
    const char *file;
    const char *allowed;
    double quota_cpus;
    struct error *error;
};

static bool parse_count(struct topology_options *given, const char *argument, const char *what,
                        int64_t least, int64_t *count)
{
    given->pinned = true;
    return units_parse_integer(argument, what, least, MOST_THREADS, count, given->error);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct topology_options *given = state->input;
    bool fine = true;
    switch (key) {
    case KEY_PIN:
        given->pinned = true;
        fine = topology_policy_parse(argument, &given->policy, given->error);
        break;
    case 't':
        fine = parse_count(given, argument, "number of threads", 1, &given->threads);
        break;
    case KEY_WORKERS:
        fine = parse_count(given, argument, "number of collector threads", 0, &given->workers);
        break;
    case KEY_BIND_MEMORY:
        fine = topology_memory_parse(argument, &given->memory, given->error);
        break;
    case KEY_SYNTHETIC:
        given->synthetic = argument;
        break;
    case KEY_FILE:
        given->file = argument;
        break;
    case KEY_ALLOWED:
        given->allowed = argument;
        break;
    case KEY_QUOTA:
        fine = units_parse_decimal(argument, "CPU quota", 0.01, MOST_THREADS, &given->quota_cpus,
                                   given->error);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return fine ? 0 : EINVAL;
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .doc = "Show the packages, NUMA nodes, cores and processing units (PUs) of the machine, those "
           "that this process may use marked; with --pin, --threads or --workers, which thread "
           "goes where.",
};

static struct topology *load_other(const struct topology_options *given, struct error *error)
{
    if (given->synthetic != NULL && given->file != NULL) {
        error_user(error, "--synthetic and --file each name a machine: give one of them");
        return NULL;
    }
    struct topology *topology =
        given->synthetic != NULL ? topology_load_synthetic(given->synthetic, given->allowed, error)
                                 : topology_load_file(given->file, given->allowed, error);
    if (topology != NULL)
        topology_set_quota(topology, given->quota_cpus);
    return topology;
}

static struct topology *load(const struct topology_options *given, struct error *error)
{
    if (given->synthetic != NULL || given->file != NULL)
        return load_other(given, error);
    if (given->allowed == NULL && given->quota_cpus == 0)
        return topology_load(error);
    error_user(error,
               "%s belongs to --synthetic and --file; what may be used of this machine is "
               "set by taskset or its control group",
               given->allowed != NULL ? "--allowed" : "--quota");
    return NULL;
}

/* The refusal of a kernel is an answer to what was asked. */
static bool describe_memory(struct text *text, const struct topology *topology,
                            const struct topology_memory *memory, struct error *error)
{
    struct error refused = {0};
    if (memory->kind == TOPOLOGY_MEMORY_NONE)
        return true;
    if (!topology_memory_check(topology, memory, error))
        return false;
    bool bound = topology_bind_memory(topology, memory, &refused);
    if (!bound && refused.kind == ERROR_USER) {
        *error = refused;
        return false;
    }
    text_append(text, "\nmemory asked: ");
    topology_memory_append(text, memory);
    text_append(text, "\nmemory got: ");
    if (bound)
        topology_memory_append_got(text, topology);
    else
        text_append(text, refused.text);
    text_append(text, "\n");
    return true;
}

static void describe(struct text *text, const struct topology *topology,
                     const struct topology_options *given)
{
    topology_describe(text, topology);
    if (!given->pinned)
        return;
    unsigned threads =
        given->threads != 0 ? (unsigned)given->threads : topology_allowed_count(topology);
    struct topology_plan plan = topology_make_plan(topology, given->policy, threads);
    text_append(text, "\n");
    topology_describe_plan(text, &plan, (unsigned)given->workers);
    topology_plan_free(&plan);
}

int command_topology(int argc, char **argv)
{
    struct error error = {0};
    struct topology_options given = {.policy = TOPOLOGY_COMPACT, .error = &error};
    if (!command_parse(&argp, argc, argv, &given, &error))
        return command_fail(&error);
    struct topology *topology = load(&given, &error);
    if (topology == NULL)
        return command_fail(&error);
    struct text text = {0};
    describe(&text, topology, &given);
    bool fine =
        describe_memory(&text, topology, &given.memory, &error) && command_print(&text, &error);
    text_free(&text);
    topology_free(topology);
    return fine ? COMMAND_COMPLETED : command_fail(&error);
}
