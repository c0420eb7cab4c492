/* SPDX-License-Identifier: MIT
 *
 * heapmark topology: the machine, and which thread goes where.
 */
#include "topology/topology.h"

#include "base/units.h"
#include "command/command.h"

enum { KEY_PIN = 256, KEY_SYNTHETIC, KEY_ALLOWED, MOST_THREADS = 4096 };

static const struct argp_option options[] = {
    {"pin", KEY_PIN, "POLICY", 0,
     "Show where threads go by this policy: compact, scatter, cores, numa or none", 0},
    {"threads", 't', "N", 0, "How many threads are placed (as many as there are PUs)", 0},
    {"synthetic", KEY_SYNTHETIC, "TEXT", 0,
     "A machine that is not there, as hwloc describes it: \"package:2 core:4 pu:2\"", 0},
    {"allowed", KEY_ALLOWED, "LIST", 0,
     "PUs of a synthetic machine that may be used, such as 0-3,6 (all)", 0},
    {0},
};

struct topology_options {
    bool pinned;
    enum topology_policy policy;
    int64_t threads; /* 0: as many as there are PUs */
    const char *synthetic;
    const char *allowed;
    struct error *error;
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct topology_options *given = state->input;
    switch (key) {
    case KEY_PIN:
        given->pinned = true;
        return topology_policy_parse(argument, &given->policy, given->error) ? 0 : EINVAL;
    case 't':
        given->pinned = true;
        return units_parse_integer(argument, "number of threads", 1, MOST_THREADS, &given->threads,
                                   given->error)
                   ? 0
                   : EINVAL;
    case KEY_SYNTHETIC:
        given->synthetic = argument;
        return 0;
    case KEY_ALLOWED:
        given->allowed = argument;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .doc = "Show the packages, NUMA nodes, cores and processing units (PUs) of the machine, those "
           "that this process may use marked; with --pin or --threads, which thread goes where.",
};

static struct topology *load(const struct topology_options *given, struct error *error)
{
    if (given->synthetic != NULL)
        return topology_load_synthetic(given->synthetic, given->allowed, error);
    if (given->allowed != NULL) {
        error_user(error, "--allowed belongs to --synthetic; the PUs of this machine that may be "
                          "used are set by taskset or its control group");
        return NULL;
    }
    return topology_load(error);
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
    topology_describe_plan(text, &plan);
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
    bool fine = command_print(&text, &error);
    text_free(&text);
    topology_free(topology);
    return fine ? COMMAND_COMPLETED : command_fail(&error);
}
