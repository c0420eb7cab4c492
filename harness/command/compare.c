/* SPDX-License-Identifier: MIT
 *
 * heapmark compare A B: one run against another, for people and for continuous integration.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "command/command.h"
#include "command/compare.h"

enum { KEY_DATABASE = 256, KEY_FAIL, KEY_ANY, KEY_JSON };

static const struct argp_option options[] = {
    {"db", KEY_DATABASE, "FILE", 0, "Database of the runs (" COMMAND_STANDARD_DATABASE ")", 0},
    {"fail-if-worse", KEY_FAIL, "PERCENT", 0,
     "End with status 1 when B takes more time by so much, by the geometric mean over all points "
     "and told apart from none; and when a point fails that A completed",
     0},
    {"any", KEY_ANY, NULL, 0, "The same when any single point does", 0},
    {"json", KEY_JSON, NULL, 0, "Write the comparison as JSON", 0},
    {0},
};

struct compare_options {
    const char *names[2];
    const char *database;
    double fail_share; /* NAN: never */
    bool any, json;
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

static bool take_name(struct compare_options *given, const char *argument)
{
    if (given->names[1] != NULL)
        return error_user(given->error, "two runs are compared, and '%s' is a third", argument);
    given->names[given->names[0] == NULL ? 0 : 1] = argument;
    return true;
}

static bool check(const struct compare_options *given)
{
    if (given->names[1] == NULL)
        return error_user(given->error,
                          "name two runs, such as `heapmark compare 1 latest`: `heapmark list "
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
           "number, latest, its label, the first digits of the commit that it was made by, or "
           "FILE.db:RUN, in another database; the newest that fits is taken.",
};

int command_compare(int argc, char **argv)
{
    struct error error = {0};
    struct compare_options given = {
        .database = COMMAND_STANDARD_DATABASE, .fail_share = NAN, .error = &error};
    struct compare_side sides[2] = {0};
    struct versus versus = {0};
    struct text text = {0};
    if (!command_parse(&argp, argc, argv, &given, &error))
        return command_fail(&error);
    bool fine = compare_load(&sides[0], given.names[0], given.database, &error) &&
                compare_load(&sides[1], given.names[1], given.database, &error) &&
                versus_make(&versus, sides[0].trials.trials, sides[0].trials.count,
                            sides[1].trials.trials, sides[1].trials.count, &error);
    bool worse =
        fine && isfinite(given.fail_share) && versus_is_worse(&versus, given.fail_share, given.any);
    if (fine) {
        (given.json ? compare_append_json : compare_append_text)(&text, sides, &versus);
        fine = command_print(&text, &error);
    }
    text_free(&text);
    versus_free(&versus);
    compare_free(&sides[0]);
    compare_free(&sides[1]);
    return !fine ? command_fail(&error) : worse ? COMMAND_WORSE : COMMAND_COMPLETED;
}
