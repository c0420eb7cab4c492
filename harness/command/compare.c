/* SPDX-License-Identifier: MIT
 *
 * heapmark compare A B: runs against runs, for people and for continuous integration.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "command/command.h"
#include "command/compare.h"

enum { KEY_DATABASE = 256, KEY_FAIL, KEY_ANY, KEY_METRIC, KEY_DRIFT, KEY_JSON };

static const struct argp_option options[] = {
    {"db", KEY_DATABASE, "FILE", 0, "Database of the runs (" COMMAND_STANDARD_DATABASE ")", 0},
    {"fail-if-worse", KEY_FAIL, "PERCENT", 0,
     "End with status 1 when B takes more by so much, by the geometric mean over all points "
     "and told apart from none; and when trials fail more often than in A, or answer otherwise",
     0},
    {"any", KEY_ANY, NULL, 0, "The same when any single point does", 0},
    {"metric", KEY_METRIC, "METRIC", 0,
     "What is compared: time (of open-loop workloads the p99 latency; the standard), or "
     "instructions, where both runs have them counted",
     0},
    {"drift", KEY_DRIFT, "PERCENT", 0,
     "How far two runs of one build may lie apart where no other runs tell (30)", 0},
    {"json", KEY_JSON, NULL, 0, "Write the comparison as JSON", 0},
    {0},
};

struct compare_options {
    const char *names[2];
    const char *database;
    double fail_share; /* NAN: never */
    double drift;
    bool any, instructions, json;
    struct error *error;
};

static bool parse_percent(const char *argument, double *share, struct error *error)
{
    struct text digits = {0};
    size_t length = strlen(argument);
    if (length > 0 && argument[length - 1] == '%')
        length--;
    text_append_bytes(&digits, argument, length);
    bool fine = units_parse_decimal(text_chars(&digits), "percentage", 0, 1000000, share, error);
    *share /= 100;
    text_free(&digits);
    return fine;
}

static bool parse_metric(struct compare_options *given, const char *argument)
{
    given->instructions = strcmp(argument, "instructions") == 0;
    if (given->instructions || strcmp(argument, "time") == 0)
        return true;
    return error_user(given->error, "--metric is 'time' or 'instructions', not '%s'", argument);
}

static bool take_name(struct compare_options *given, const char *argument)
{
    if (given->names[1] != NULL)
        return error_user(
            given->error,
            "two sides are compared, and '%s' is a third: several runs of one side are "
            "separated by commas",
            argument);
    given->names[given->names[0] == NULL ? 0 : 1] = argument;
    return true;
}

static bool check(const struct compare_options *given)
{
    if (given->names[1] == NULL)
        return error_user(given->error,
                          "name two sides, such as `heapmark compare 1 latest`: `heapmark list "
                          "runs` shows them");
    if (given->any && !isfinite(given->fail_share))
        return error_user(given->error, "--any says what --fail-if-worse looks at: give both");
    return true;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct compare_options *given = state->input;
    bool fine = true;
    switch (key) {
    case KEY_DATABASE:
        given->database = argument;
        break;
    case KEY_FAIL:
        fine = parse_percent(argument, &given->fail_share, given->error);
        break;
    case KEY_METRIC:
        fine = parse_metric(given, argument);
        break;
    case KEY_DRIFT:
        fine = parse_percent(argument, &given->drift, given->error);
        break;
    case KEY_ANY:
        given->any = true;
        break;
    case KEY_JSON:
        given->json = true;
        break;
    case ARGP_KEY_ARG:
        fine = take_name(given, argument);
        break;
    case ARGP_KEY_END:
        fine = check(given);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return fine ? 0 : EINVAL;
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "A B",
    .doc = "Compare run B with run A: each collector at each point that both tried. A run is its "
           "number, latest, the first digits of the commit that it was made by (the newest that "
           "fits), its label, or FILE.db:RUN, in another database. A side may be several runs: "
           "1,2,3, or a label that several have.",
};

/* Load all that is meant, and what tells of the drift beside it. */
static bool load(const struct compare_options *given, struct compare_side sides[3],
                 struct error *error)
{
    return compare_load(&sides[0], given->names[0], given->database, error) &&
           compare_load(&sides[1], given->names[1], given->database, error) &&
           compare_check_sides(&sides[0], &sides[1], error) &&
           compare_load_earlier(&sides[2], &sides[0], &sides[1], error);
}

static bool tell(const struct compare_options *given, const struct compare_side sides[2],
                 const struct versus *versus, bool *red, struct error *error)
{
    const struct paint paint = paint_for(stdout);
    struct versus_gate gate = {0};
    struct text text = {0};
    bool gated = isfinite(given->fail_share);
    if (gated)
        gate = versus_gate(versus, given->fail_share, given->any);
    if (given->json)
        compare_append_json(&text, sides, versus, gated ? &gate : NULL);
    else
        compare_append_text(&text, sides, versus, &paint);
    if (gated && !given->json)
        compare_append_gate(&text, &gate, given->fail_share);
    *red = versus_gate_is_red(&gate);
    bool fine = command_print(&text, error);
    text_free(&text);
    return fine;
}

int command_compare(int argc, char **argv)
{
    struct error error = {0};
    struct compare_options given = {.database = COMMAND_STANDARD_DATABASE,
                                    .fail_share = NAN,
                                    .drift = VERSUS_STANDARD_DRIFT,
                                    .error = &error};
    struct compare_side sides[3] = {0};
    struct versus versus = {0};
    if (!command_parse(&argp, argc, argv, &given, &error))
        return command_fail(&error);
    bool fine = load(&given, sides, &error);
    if (fine) {
        struct versus_input input = {compare_runs(&sides[0]), compare_runs(&sides[1]),
                                     compare_runs(&sides[2]), given.instructions, given.drift};
        fine = versus_make(&versus, &input, &error);
    }
    bool red = false;
    if (fine)
        fine = tell(&given, sides, &versus, &red, &error);
    versus_free(&versus);
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++)
        compare_free(&sides[i]);
    return !fine ? command_fail(&error) : red ? COMMAND_WORSE : COMMAND_COMPLETED;
}
