/* SPDX-License-Identifier: MIT
 *
 * Hunts every planted fault on the collectors that carry it, as `heapmark check` would, and tells
 * which were caught, by what, and how soon:
 *
 *     run_faults FOLDER TABLE [OPTION...]
 *
 * FOLDER holds the altered collectors (build/release/lib/heapmark-altered), TABLE is faults.csv.
 * The exit status is 1 when a fault was not caught, or a property that is not the row's was named.
 */
#include <argp.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/units.h"
#include "run_faults.h"

static const uint64_t SECOND_NS = 1000000000;

enum {
    KEY_SEEDS = 256,
    KEY_ONLY,
    KEY_EXCEPT,
    KEY_FAMILY,
    KEY_FIRST_CARRIER,
    KEY_PROGRAMS,
    KEY_TIME,
    KEY_SHRINK_TIME,
    KEY_PROGRAM_TIME,
    KEY_MARKDOWN,
    KEY_UNHOOKED,
    KEY_BARE,
};

static const struct argp_option option_table[] = {
    {"seeds", KEY_SEEDS, "FIRST[-LAST]", 0,
     "So many hunts, from FIRST and seeds a million apart (1)", 0},
    {"only", KEY_ONLY, "ID[,...]", 0, "Only these faults (all)", 0},
    {"except", KEY_EXCEPT, "ID[,...]", 0, "Without these faults", 0},
    {"family", KEY_FAMILY, "NAME[,...]", 0, "Only these families (all)", 0},
    {"first-carrier", KEY_FIRST_CARRIER, NULL, 0, "Only the first collector of each fault", 0},
    {"programs", KEY_PROGRAMS, "N", 0, "A fault is missed after so many programs (any number)", 0},
    {"time", KEY_TIME, "TIME", 0, "A fault is missed after so long (60 s; 0: never)", 0},
    {"program-time", KEY_PROGRAM_TIME, "TIME", 0,
     "A program that does not go on for so long hangs (20 s)", 0},
    {"shrink-time", KEY_SHRINK_TIME, "TIME", 0, "For making a program smaller (10 s)", 0},
    {"jobs", 'j', "N", 0, "Programs at once (2)", 0},
    {"markdown", KEY_MARKDOWN, "FILE", 0, "Write the table of docs/faults.md", 0},
    {"unhooked", KEY_UNHOOKED, NULL, 0, "As collectors from elsewhere, which tell of no phases", 0},
    {"bare", KEY_BARE, NULL, 0, "Do not wrap their slow paths", 0},
    {0}};

struct options {
    const char *folder, *table, *only, *except, *family, *markdown;
    bool first_carrier, unhooked, bare;
    uint64_t first_seed, last_seed;
    struct check_hunt hunt;
    struct error *error;
};

/* ---- the command line ---- */

static bool parse_number(const char *argument, const char *what, int64_t least, int64_t most,
                         uint64_t *number, struct error *error)
{
    int64_t value = 0;
    bool fine = units_parse_integer(argument, what, least, most, &value, error);
    *number = (uint64_t)value;
    return fine;
}

static bool parse_seeds(struct options *given, const char *argument)
{
    struct text_list pieces = {0};
    text_split(&pieces, argument, '-');
    const char *last = pieces.items[pieces.count - 1];
    bool fine =
        parse_number(pieces.items[0], "seed", 0, INT64_MAX / 2, &given->first_seed, given->error) &&
        parse_number(last, "seed", 0, INT64_MAX / 2, &given->last_seed, given->error);
    if (fine && (pieces.count > 2 || given->last_seed < given->first_seed))
        fine = error_user(given->error, "seeds are FIRST-LAST, and not '%s'", argument);
    text_list_free(&pieces);
    return fine;
}

static bool parse_jobs(struct options *given, const char *argument)
{
    uint64_t jobs = 0;
    bool fine = parse_number(argument, "jobs", 1, 1024, &jobs, given->error);
    given->hunt.jobs = (uint32_t)jobs;
    return fine;
}

static bool take_path(struct options *given, const char *argument)
{
    if (given->table != NULL)
        return error_user(given->error, "a folder and a table, and not '%s' too", argument);
    *(given->folder == NULL ? &given->folder : &given->table) = argument;
    return true;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct options *given = state->input;
    bool fine = true;
    switch (key) {
    case KEY_SEEDS:
        fine = parse_seeds(given, argument);
        break;
    case KEY_ONLY:
        given->only = argument;
        break;
    case KEY_EXCEPT:
        given->except = argument;
        break;
    case KEY_FAMILY:
        given->family = argument;
        break;
    case KEY_FIRST_CARRIER:
        given->first_carrier = true;
        break;
    case KEY_PROGRAMS:
        fine = parse_number(argument, "number of programs", 0, INT64_MAX, &given->hunt.programs,
                            given->error);
        break;
    case KEY_TIME:
        fine = units_parse_ns(argument, "time", &given->hunt.time_ns, given->error);
        break;
    case KEY_PROGRAM_TIME:
        fine =
            units_parse_ns(argument, "time for a program", &given->hunt.program_ns, given->error);
        break;
    case KEY_SHRINK_TIME:
        fine = units_parse_ns(argument, "time for shrinking", &given->hunt.shrink_ns, given->error);
        break;
    case 'j':
        fine = parse_jobs(given, argument);
        break;
    case KEY_MARKDOWN:
        given->markdown = argument;
        break;
    case KEY_UNHOOKED:
        given->unhooked = true;
        break;
    case KEY_BARE:
        given->bare = true;
        break;
    case ARGP_KEY_ARG:
        fine = take_path(given, argument);
        break;
    case ARGP_KEY_END:
        fine = given->table != NULL || error_user(given->error, "name the folder of the altered "
                                                                "collectors and the table");
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return fine ? 0 : EINVAL;
}

/* ---- one hunt ---- */

static void keep_first(void *user, const struct check_find *find)
{
    struct fault_catch *caught = user;
    if (caught->caught)
        return;
    caught->caught = true;
    caught->property = find->verdict.property;
    caught->programs = find->programs;
    caught->operations = find->operations;
    caught->after_ns = find->after_ns;
    caught->length = program_length(&find->program);
    memcpy(caught->sentence, find->verdict.sentence, sizeof caught->sentence);
}

static void ignore(void *user, const struct check_tally *tally)
{
    (void)user;
    (void)tally;
}

/* The properties of the row have the names that `heapmark check` prints. */
static bool is_named_rightly(const struct fault *fault, const struct fault_catch *caught)
{
    return text_has_piece(fault->properties, '|', check_property_name(caught->property));
}

static void tell(const struct fault *fault, const struct fault_result *result, uint64_t seed,
                 const struct fault_catch *caught)
{
    char time[UNITS_TEXT_BYTES];
    units_format_ns((double)caught->after_ns, time);
    printf("%-5s %-34s seed %-3" PRIu64 " ", fault->id, result->carrier, seed);
    if (!caught->caught)
        printf("NOT CAUGHT in %" PRIu64 " programs, %" PRIu64 " operations, %s\n", caught->programs,
               caught->operations, time);
    else
        printf("%s%s; program %" PRIu64 ", %" PRIu64 " operations, %s, kept %zu: %s\n",
               caught->right ? "" : "WRONGLY NAMED ", check_property_name(caught->property),
               caught->programs, caught->operations, time, caught->length, caught->sentence);
    fflush(stdout);
}

static bool hunt(const struct fault *fault, struct check_hunt *hunt, struct fault_catch *caught,
                 struct error *error)
{
    struct check_tally tally;
    *caught = (struct fault_catch){0};
    hunt->found = keep_first;
    hunt->tick = ignore;
    hunt->user = caught;
    uint64_t start_ns = clock_now_ns();
    if (!check_hunt(hunt, &tally, error))
        return false;
    if (tally.programs > 0 && tally.refused == tally.programs)
        return error_user(error, "none of %" PRIu64 " programs was taken: %s", tally.programs,
                          tally.refusal);
    caught->right = caught->caught && is_named_rightly(fault, caught);
    if (!caught->caught) {
        caught->programs = tally.programs;
        caught->operations = tally.operations;
        caught->after_ns = clock_now_ns() - start_ns;
    }
    return true;
}

/* ---- one collector ---- */

static bool find_variant(const struct plugin_info *info, const struct fault_carrier *carrier,
                         struct check_target *target, struct error *error)
{
    for (size_t i = 0; i < info->variant_count; i++)
        if (strcmp(info->variants[i].name, carrier->variant) == 0) {
            *target = (struct check_target){
                .path = info->path,
                .variant = carrier->variant,
                .capabilities = &info->variants[i].capabilities,
                .option_pairs = (const char *const *)carrier->options.items,
                .option_count = carrier->options.count,
            };
            return true;
        }
    return error_user(error, "%s has no variant '%s'", info->path, carrier->variant);
}

/* A hunt of seed 2 has the programs of one of seed 1 but for fourteen: of rare faults both would
 * find the same one. */
enum { HUNTS_APART = 1000000 };

static bool hunt_seeds(const struct options *given, const struct fault *fault,
                       const struct check_target *target, const struct plugin_info *info,
                       struct fault_result *result, struct error *error)
{
    struct check_hunt wanted = given->hunt;
    bool fine = true;
    wanted.target = *target;
    wanted.target.unhooked = given->unhooked;
    wanted.target.bare = given->bare;
    wanted.collector = result->carrier;
    wanted.options = info->options;
    wanted.option_count = info->option_count;
    wanted.refuses = fault->refused;
    result->count = given->last_seed - given->first_seed + 1;
    result->catches = memory_new(result->count * sizeof *result->catches);
    for (size_t i = 0; fine && i < result->count; i++) {
        wanted.seed = given->first_seed + i * HUNTS_APART;
        fine = hunt(fault, &wanted, &result->catches[i], error);
        if (fine)
            tell(fault, result, wanted.seed, &result->catches[i]);
    }
    return fine;
}

static bool hunt_on(const struct options *given, const struct fault *fault,
                    struct fault_result *result, struct error *error)
{
    struct fault_carrier carrier;
    struct plugin_info info;
    struct check_target target;
    struct text path = {0};
    if (!fault_carrier_read(&carrier, result->carrier, error))
        return false;
    text_format(&path, "%s/%s%s.so", given->folder, carrier.collector,
                fault->narrow ? "-narrow" : "");
    /* Read by the collector in each program's process. */
    setenv("HEAPMARK_FAULT", fault->id, 1);
    bool fine = plugin_probe(text_chars(&path), &info, error);
    if (fine) {
        fine = find_variant(&info, &carrier, &target, error) &&
               hunt_seeds(given, fault, &target, &info, result, error);
        plugin_info_free(&info);
    }
    text_free(&path);
    fault_carrier_free(&carrier);
    return fine;
}

/* ---- all ---- */

static bool is_wanted(const struct options *given, const struct fault *fault)
{
    return (given->only == NULL || text_has_piece(given->only, ',', fault->id)) &&
           (given->except == NULL || !text_has_piece(given->except, ',', fault->id)) &&
           (given->family == NULL || text_has_piece(given->family, ',', fault->family));
}

static bool hunt_fault(const struct options *given, const struct fault *fault,
                       struct fault_results *results, struct error *error)
{
    size_t carriers = given->first_carrier && fault->carriers.count > 1 ? 1 : fault->carriers.count;
    bool fine = true;
    for (size_t i = 0; fine && i < carriers; i++) {
        struct fault_result result = {.fault = fault, .carrier = fault->carriers.items[i]};
        fine = hunt_on(given, fault, &result, error);
        fault_results_add(results, &result);
    }
    return fine;
}

static bool hunt_all(const struct options *given, const struct fault_table *table,
                     struct fault_results *results, struct error *error)
{
    for (size_t i = 0; i < table->count; i++)
        if (is_wanted(given, &table->faults[i]) &&
            !hunt_fault(given, &table->faults[i], results, error))
            return false;
    if (results->count == 0)
        return error_user(error, "no fault of the table is wanted that a collector carries");
    return given->markdown == NULL || fault_results_write(results, table, given->markdown, error);
}

static int fail(const struct error *error)
{
    fprintf(stderr, "run_faults: %s\n", error->text);
    return error_exit_status(error);
}

int main(int argc, char **argv)
{
    struct error error = {0};
    struct fault_table table;
    struct fault_results results = {0};
    struct options given = {
        .first_seed = 1,
        .last_seed = 1,
        .hunt = {.jobs = 2,
                 .time_ns = 60 * SECOND_NS,
                 .program_ns = 20 * SECOND_NS,
                 .program_bytes = UINT64_C(2) << 30,
                 .shrink_ns = 10 * SECOND_NS,
                 .profiles = (UINT64_C(1) << CHECK_PROFILE_COUNT) - 1,
                 .properties = (UINT64_C(1) << HM_PROPERTY_COUNT) - 1,
                 .ends_at_first = true},
        .error = &error,
    };
    static const struct argp argp = {
        .options = option_table,
        .parser = parse,
        .args_doc = "FOLDER TABLE",
        .doc = "Hunt every planted fault of TABLE on the altered collectors in FOLDER."};
    argp_parse(&argp, argc, argv, 0, NULL, &given);
    if (error.kind != ERROR_NONE || !fault_table_read(&table, given.table, &error))
        return fail(&error);
    results.jobs = given.hunt.jobs;
    bool fine = hunt_all(&given, &table, &results, &error);
    bool all_caught = fault_results_tell(&results);
    fault_results_free(&results);
    fault_table_free(&table);
    return !fine ? fail(&error) : all_caught ? 0 : 1;
}
