/* SPDX-License-Identifier: MIT
 *
 * heapmark doctor: what on this machine will spoil measurements, and how to mend it.
 */
#include <stdlib.h>

#include "base/units.h"
#include "command/columns.h"
#include "command/command.h"
#include "store/json.h"
#include "suite/doctor.h"
#include "suite/environment.h"

enum { KEY_JSON = 256, KEY_LISTEN };

static const uint64_t STANDARD_LISTEN_NS = 1000000000;

static const struct argp_option options[] = {
    {"listen", KEY_LISTEN, "TIME", 0,
     "Keep a processor busy for so long, to hear what others take of it (1s)", 0},
    {"json", KEY_JSON, NULL, 0, "Write the findings as JSON", 0},
    {0},
};

struct doctor_options {
    uint64_t listen_ns;
    bool json;
    struct error *error;
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct doctor_options *given = state->input;
    bool fine = true;
    switch (key) {
    case KEY_LISTEN:
        fine = units_parse_ns(argument, "time to listen", &given->listen_ns, given->error);
        break;
    case KEY_JSON:
        given->json = true;
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return fine ? 0 : EINVAL;
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .doc = "Tell what on this machine will spoil measurements, and how to mend it. The exit status "
           "is 1 when something will.",
};

static const char *const words[] = {
    [DOCTOR_FINE] = "fine", [DOCTOR_SPOILS] = "spoils", [DOCTOR_UNKNOWN] = "unknown"};

/* What spoils comes first, each with what it does and what to do. */
static void append_spoiling(struct text *text, const struct doctor_findings *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct doctor_finding *finding = &list->findings[i];
        if (finding->verdict != DOCTOR_SPOILS)
            continue;
        text_format(text, "%s: ", finding->about);
        text_append_terminal(text, finding->found);
        text_format(text, "\n    %s\n    %s\n", finding->harm, finding->mend);
    }
}

static void append_others(struct text *text, const struct doctor_findings *list)
{
    struct columns columns = {.layout = "lll"};
    columns_add(&columns, "looked at");
    columns_add(&columns, "verdict");
    columns_add(&columns, "found");
    for (size_t i = 0; i < list->count; i++) {
        const struct doctor_finding *finding = &list->findings[i];
        if (finding->verdict == DOCTOR_SPOILS)
            continue;
        columns_add(&columns, finding->about);
        columns_add(&columns, words[finding->verdict]);
        columns_add(&columns, finding->verdict == DOCTOR_UNKNOWN ? "" : finding->found);
    }
    columns_append(text, &columns, 0);
    columns_free(&columns);
}

static void append_text(struct text *text, const struct doctor_findings *list)
{
    size_t spoiling = doctor_count(list, DOCTOR_SPOILS);
    if (spoiling == 0)
        text_append(text, "Nothing was found that will spoil measurements.\n");
    else
        text_format(text, "%zu thing%s will spoil measurements on this machine:\n\n", spoiling,
                    spoiling == 1 ? "" : "s");
    append_spoiling(text, list);
    text_append(text, "\n");
    append_others(text, list);
}

static void append_json(struct text *text, const struct doctor_findings *list)
{
    json_t *array = json_new_array();
    for (size_t i = 0; i < list->count; i++) {
        const struct doctor_finding *finding = &list->findings[i];
        json_t *row = json_new_object();
        json_add(row, "about", json_of_text(finding->about));
        json_add(row, "verdict", json_of_text(words[finding->verdict]));
        json_add(row, "found", json_of_text(finding->found));
        json_add(row, "harm", json_of_text(finding->harm));
        json_add(row, "mend", json_of_text(finding->mend));
        json_append(array, row);
    }
    char *chars = json_dumps(array, JSON_INDENT(2));
    json_decref(array);
    text_format(text, "%s\n", chars != NULL ? chars : "[]");
    free(chars);
}

int command_doctor(int argc, char **argv)
{
    struct error error = {0};
    struct doctor_options given = {.listen_ns = STANDARD_LISTEN_NS, .error = &error};
    struct store_environment environment = {0};
    struct text text = {0};
    if (!command_parse(&argp, argc, argv, &given, &error))
        return command_fail(&error);
    environment_capture(&environment, "");
    struct doctor_listening heard = doctor_listen(given.listen_ns);
    struct doctor_findings findings = doctor_examine(&environment, &heard);
    (given.json ? append_json : append_text)(&text, &findings);
    bool spoilt = doctor_count(&findings, DOCTOR_SPOILS) > 0;
    bool fine = command_print(&text, &error);
    doctor_findings_free(&findings);
    store_environment_free(&environment);
    text_free(&text);
    return !fine ? command_fail(&error) : spoilt ? COMMAND_SPOILT : COMMAND_COMPLETED;
}
