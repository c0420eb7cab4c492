/* SPDX-License-Identifier: MIT
 *
 * heapmark help [TOPIC]: the commands and the guides.
 */
#include <string.h>

#include "command/columns.h"
#include "command/command.h"
#include "command/topics.h"

struct help_options {
    char *topic;
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct help_options *given = state->input;
    if (key != ARGP_KEY_ARG || given->topic != NULL)
        return ARGP_ERR_UNKNOWN;
    given->topic = argument;
    return 0;
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "[COMMAND|TOPIC]",
    .doc =
        "List the commands and the guides; or show one of them: the options of a command, the text "
        "of a guide.",
};

static void append_all(struct text *text)
{
    struct columns columns = {.layout = "ll"};
    command_append_help(text);
    text_append(text, "\nGuides, for `heapmark help GUIDE`:\n\n");
    columns_add(&columns, "guide");
    columns_add(&columns, "about");
    for (size_t i = 0; i < topic_count; i++) {
        columns_add(&columns, topics[i].name);
        columns_add(&columns, topics[i].title);
    }
    columns_append(text, &columns, 2);
    columns_free(&columns);
}

static bool refuse(const char *name, struct error *error)
{
    struct text_list names = {0};
    command_all(&names);
    for (size_t i = 0; i < topic_count; i++)
        text_list_add(&names, topics[i].name);
    const char *nearest = text_nearest(name, (const char *const *)names.items, names.count);
    if (nearest != NULL)
        error_user(error, "there is no help about '%s'; did you mean '%s'?", name, nearest);
    else
        error_user(error,
                   "there is no help about '%s'; `heapmark help` lists commands and guides, and "
                   "`heapmark explain` tells of workloads, collectors, charts and columns",
                   name);
    text_list_free(&names);
    return false;
}

int command_help(int argc, char **argv)
{
    struct error error = {0};
    struct help_options given = {0};
    struct text text = {0};
    if (!command_parse(&argp, argc, argv, &given, &error))
        return command_fail(&error);
    if (given.topic != NULL && command_summary(given.topic) != NULL) {
        char option[] = "--help";
        char *arguments[] = {given.topic, option, NULL};
        return command_call(2, arguments);
    }
    const struct topic *topic = given.topic != NULL ? topic_find(given.topic) : NULL;
    bool fine = given.topic == NULL || topic != NULL || refuse(given.topic, &error);
    if (topic != NULL)
        topic_append(&text, topic);
    else if (fine)
        append_all(&text);
    fine = fine && command_print(&text, &error);
    text_free(&text);
    return fine ? COMMAND_COMPLETED : command_fail(&error);
}
