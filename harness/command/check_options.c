/* SPDX-License-Identifier: MIT
 *
 * The options of heapmark check and heapmark stress; see check.h.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/units.h"
#include "command/check.h"
#include "command/command.h"

enum {
    KEY_TIME = 256,
    KEY_PROGRAMS,
    KEY_SEED,
    KEY_PROPERTY,
    KEY_PROFILE,
    KEY_JOBS,
    KEY_OUTPUT,
    KEY_PROGRAM_TIME,
    KEY_PROGRAM_MEMORY,
    KEY_REFUSE,
    KEY_SHRINK_TIME,
    KEY_JUNIT,
    KEY_JSON,
};

enum { MOST_JOBS = 1024 };
static const uint64_t SECOND_NS = 1000000000;
static const uint64_t STANDARD_SECONDS = 20;

#define TIME_CHECK "End after so long (20 s, or no end where --programs is given)"
#define TIME_STRESS "End after so long (never)"

#define OPTIONS(TIME_WORDS)                                                                        \
    {"time", KEY_TIME, "TIME", 0, TIME_WORDS, 0},                                                  \
        {"programs", KEY_PROGRAMS, "N", 0, "End after so many programs", 0},                       \
        {"seed", KEY_SEED, "S", 0, "Seed of the first program; the others count up (1)", 0},       \
        {"threads", 't', "N", 0, "Threads of each program (by its seed)", 0},                      \
        {"property", KEY_PROPERTY, "NAME[,...]", 0, "Only these properties count (all)", 0},       \
        {"profile", KEY_PROFILE, "NAME[,...]", 0, "Only these kinds of programs (all)", 0},        \
        {"jobs", 'j', "N", 0, "Programs at once (one for each processor that may be used)", 0},    \
        {"program-time",                                                                           \
         KEY_PROGRAM_TIME,                                                                         \
         "TIME",                                                                                   \
         0,                                                                                        \
         "A program that does not go on for so long, or is not done in twenty times that, is a "   \
         "hang (20 s)",                                                                            \
         0},                                                                                       \
        {"program-memory",                                                                         \
         KEY_PROGRAM_MEMORY,                                                                       \
         "SIZE",                                                                                   \
         0,                                                                                        \
         "A program that takes more memory is ended, and its collector broken (2 GiB)",            \
         0},                                                                                       \
        {"refuse",                                                                                 \
         KEY_REFUSE,                                                                               \
         NULL,                                                                                     \
         0,                                                                                        \
         "Run each program again and again, and each time the collector is refused another "       \
         "request for memory or a thread; it has to be an altered build",                          \
         0},                                                                                       \
        {"shrink-time",                                                                            \
         KEY_SHRINK_TIME,                                                                          \
         "TIME",                                                                                   \
         0,                                                                                        \
         "For making one program smaller; 0 leaves it as it is (20 s)",                            \
         0},                                                                                       \
        {"output",                                                                                 \
         KEY_OUTPUT,                                                                               \
         "FOLDER",                                                                                 \
         0,                                                                                        \
         "Folder for the programs that break something (" CHECK_STANDARD_FOLDER ")",               \
         0},                                                                                       \
        {"junit", KEY_JUNIT, "FILE", 0, "Write JUnit's XML, a test case a property", 0},           \
        {"json", KEY_JSON, NULL, 0, "JSON on standard output instead of the table", 0},            \
        {"quiet", 'q', NULL, 0, "Nothing about the progress", 0},                                  \
    {                                                                                              \
        0                                                                                          \
    }

static const struct argp_option check_options[] = {OPTIONS(TIME_CHECK)};
static const struct argp_option stress_options[] = {OPTIONS(TIME_STRESS)};

/* ---- the command line ---- */

/* A list of names, as bits. */
static bool parse_names(const char *list, const char *what, uint32_t count,
                        const char *(*name_of)(uint32_t index), uint64_t *bits, struct error *error)
{
    const char *names[64];
    struct text_list pieces = {0};
    bool fine = true;
    CHECK(count <= 64, "%u names", count);
    for (uint32_t i = 0; i < count; i++)
        names[i] = name_of(i);
    *bits = 0;
    text_split(&pieces, list, ',');
    for (size_t i = 0; fine && i < pieces.count; i++) {
        uint32_t at = 0;
        while (at < count && strcmp(names[at], pieces.items[i]) != 0)
            at++;
        if (at < count) {
            *bits |= UINT64_C(1) << at;
            continue;
        }
        const char *nearest = text_nearest(pieces.items[i], names, count);
        fine = error_user(error, "there is no %s '%s'; %s%s%s", what, pieces.items[i],
                          nearest != NULL ? "did you mean '" : "`heapmark check --help` shows all",
                          nearest != NULL ? nearest : "", nearest != NULL ? "'?" : "");
    }
    text_list_free(&pieces);
    return fine;
}

static const char *property_at(uint32_t index)
{
    return check_property_name((enum hm_property)index);
}

static const char *profile_at(uint32_t index)
{
    return check_profile_name((enum check_profile)index);
}

static bool parse_number(const char *argument, const char *what, int64_t least, int64_t most,
                         uint64_t *number, struct error *error)
{
    int64_t value = 0;
    bool fine = units_parse_integer(argument, what, least, most, &value, error);
    *number = (uint64_t)value;
    return fine;
}

static bool parse_time(const char *argument, const char *what, bool zero_is_allowed, uint64_t *ns,
                       struct error *error)
{
    if (!units_parse_ns(argument, what, ns, error))
        return false;
    return *ns > 0 || zero_is_allowed ||
           error_user(error, "the %s is %s, and must be above 0", what, argument);
}

bool check_parse_memory(const char *argument, uint64_t *bytes, struct error *error)
{
    return units_parse_bytes(argument, "memory for a program", bytes, error) &&
           (*bytes >= CHECK_LEAST_MEMORY_BYTES ||
            error_user(error,
                       "the memory for a program is %s, and must be at least 512 MiB: the model "
                       "beside the collector and the heaps of programs need as much",
                       argument));
}

bool check_parse_program_time(const char *argument, uint64_t *ns, struct error *error)
{
    return units_parse_ns(argument, "time for a program", ns, error) &&
           (*ns >= CHECK_LEAST_TIME_NS ||
            error_user(error,
                       "the time for a program is %s, and must be at least 5 s: a sound collector "
                       "on a busy machine may need some seconds to go on",
                       argument));
}

static bool take_collector(struct check_options *given, const char *argument)
{
    if (given->collector != NULL)
        return error_user(given->error, "one collector at a time: '%s' is there already",
                          given->collector);
    given->collector = argument;
    return true;
}

static bool parse_threads(struct check_options *given, const char *argument)
{
    uint64_t threads;
    bool fine = parse_number(argument, "threads", 1, PROGRAM_MOST_THREADS, &threads, given->error);
    given->hunt.threads = (uint32_t)threads;
    return fine;
}

static bool parse_jobs(struct check_options *given, const char *argument)
{
    uint64_t jobs;
    bool fine = parse_number(argument, "jobs", 1, MOST_JOBS, &jobs, given->error);
    given->hunt.jobs = (uint32_t)jobs;
    return fine;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct check_options *given = state->input;
    struct check_hunt *hunt = &given->hunt;
    struct error *error = given->error;
    bool fine = true;
    switch (key) {
    case KEY_TIME:
        fine = parse_time(argument, "time", false, &hunt->time_ns, error);
        break;
    case KEY_PROGRAMS:
        fine = parse_number(argument, "number of programs", 1, INT64_MAX, &hunt->programs, error);
        break;
    case KEY_SEED:
        fine = parse_number(argument, "seed", 0, INT64_MAX / 2, &hunt->seed, error);
        break;
    case 't':
        fine = parse_threads(given, argument);
        break;
    case 'j':
        fine = parse_jobs(given, argument);
        break;
    case KEY_PROPERTY:
        fine = parse_names(argument, "property", HM_PROPERTY_COUNT, property_at, &hunt->properties,
                           error);
        break;
    case KEY_PROFILE:
        fine = parse_names(argument, "profile", CHECK_PROFILE_COUNT, profile_at, &hunt->profiles,
                           error);
        break;
    case KEY_PROGRAM_TIME:
        fine = check_parse_program_time(argument, &hunt->program_ns, error);
        break;
    case KEY_PROGRAM_MEMORY:
        fine = check_parse_memory(argument, &hunt->program_bytes, error);
        break;
    case KEY_REFUSE:
        hunt->refuses = true;
        break;
    case KEY_SHRINK_TIME:
        fine = parse_time(argument, "time for shrinking", true, &hunt->shrink_ns, error);
        break;
    case KEY_OUTPUT:
        given->folder = argument;
        break;
    case KEY_JUNIT:
        given->junit = argument;
        break;
    case KEY_JSON:
        given->json = true;
        break;
    case 'q':
        given->quiet = true;
        break;
    case ARGP_KEY_ARG:
        fine = take_collector(given, argument);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return fine ? 0 : EINVAL;
}

/* "\n  safety           every reachable object is there, whole", for --help. */
#define HELP_ROW(NAME, name, words) "  " name ": " words "\n"
#define HELP_END                                                                                   \
    "Properties (--property):\n" HM_PROPERTIES(HELP_ROW) "\nKinds of programs "                    \
                                                         "(--profile):\n" CHECK_PROFILES(          \
                                                             HELP_ROW) "\nExit status: 0 sound "   \
                                                                       "as far as was judged, 1 "  \
                                                                       "a property is "            \
                                                                       "broken, 2 the user's "     \
                                                                       "mistake, 3 the system's "  \
                                                                       "failure, 130 interrupted " \
                                                                       "before anything was "      \
                                                                       "found."

static const struct argp check_argp = {
    .options = check_options,
    .parser = parse,
    .args_doc = "COLLECTOR[/VARIANT][:OPTION=VALUE,...]",
    .doc = "Tell whether a collector is right: run generated programs on it, each in a process of "
           "its own, by its inline operations and by its table, and compare all that it holds with "
           "a model. The first program that breaks a property is made smaller and written to a "
           "file.\v" HELP_END,
};

static const struct argp stress_argp = {
    .options = stress_options,
    .parser = parse,
    .args_doc = "COLLECTOR[/VARIANT][:OPTION=VALUE,...]",
    .doc = "The hunt of `heapmark check`, until Ctrl-C: each new sentence about a broken property "
           "is a find of its own, written as it comes.\v" HELP_END,
};

bool check_parse(struct check_options *given, int argc, char **argv, bool stress,
                 struct error *error)
{
    struct check_hunt *hunt = &given->hunt;
    hunt->seed = 1;
    hunt->program_ns = hunt->shrink_ns = STANDARD_SECONDS * SECOND_NS;
    hunt->program_bytes = CHECK_STANDARD_MEMORY_BYTES;
    hunt->profiles = (UINT64_C(1) << CHECK_PROFILE_COUNT) - 1;
    hunt->properties = (UINT64_C(1) << HM_PROPERTY_COUNT) - 1;
    hunt->each_sentence = stress;
    given->folder = CHECK_STANDARD_FOLDER;
    given->error = error;
    if (!command_parse(stress ? &stress_argp : &check_argp, argc, argv, given, error))
        return false;
    if (!stress && hunt->time_ns == 0 && hunt->programs == 0)
        hunt->time_ns = STANDARD_SECONDS * SECOND_NS;
    return true;
}
