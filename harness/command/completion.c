/* SPDX-License-Identifier: MIT
 *
 * What a word may become: a command, an option, or a value (completion_values.c).
 */
#include "command/completion.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/command.h"

static struct {
    bool wanted;
    int count;
    char **words; /* the command's, and what follows */
} asked;

bool completion_is_wanted(void)
{
    return asked.wanted;
}

void completion_add(struct completion *on, const char *before, const char *word, const char *after,
                    const char *meaning)
{
    struct text whole = {0}, shown = {0};
    text_format(&whole, "%s%s%s", before, word, after);
    if (strncmp(whole.chars, on->written, strlen(on->written)) == 0) {
        text_append_terminal(&shown, whole.chars);
        if (*meaning != '\0') {
            text_append(&shown, "\t");
            text_append_terminal(&shown, meaning);
        }
        text_format(&on->lines, "%s\n", text_chars(&shown));
    }
    text_free(&whole);
    text_free(&shown);
}

/* Options without their hidden ones, and those that merely are other letters. */
static void add_options(struct completion *on, const struct argp *argp)
{
    for (const struct argp_option *row = argp->options;
         row != NULL && (row->name != NULL || row->key != 0 || row->doc != NULL); row++)
        if (row->name != NULL && !(row->flags & (OPTION_HIDDEN | OPTION_DOC)))
            completion_add(on, "--", row->name, "", row->doc != NULL ? row->doc : "");
    completion_add(on, "", "--help", "", "Show this and end");
}

/* The option that this word is the value of: the word before it names one that needs it. */
static const struct argp_option *option_before(const struct argp *argp, int place)
{
    const char *word = place > 0 ? asked.words[place - 1] : "";
    const struct argp_option *row = word[0] == '-' && word[1] != '\0' && strchr(word, '=') == NULL
                                        ? command_find_option(argp, word)
                                        : NULL;
    return row != NULL && row->arg != NULL && !(row->flags & OPTION_ARG_OPTIONAL) ? row : NULL;
}

/* The long name, where the row is that of a short one (OPTION_ALIAS). */
static const char *long_name(const struct argp *argp, const struct argp_option *row)
{
    while (row > argp->options && row->name == NULL && (row->flags & OPTION_ALIAS))
        row--;
    return row->name != NULL ? row->name : "";
}

/* Arguments of the command before this place that are neither options nor their values. */
static int count_arguments(const struct argp *argp)
{
    int count = 0;
    for (int i = 1; i < asked.count - 1; i++)
        count += asked.words[i][0] != '-' && option_before(argp, i) == NULL;
    return count;
}

static bool add_all(struct completion *on, const struct argp *argp)
{
    const char *word = on->written, *value = strchr(word, '=');
    const struct argp_option *row = option_before(argp, asked.count - 1);
    if (row != NULL)
        return completion_add_value(on, long_name(argp, row), "");
    if (strncmp(word, "--", 2) == 0 && value != NULL) {
        row = command_find_option(argp, word);
        struct text before = {0};
        text_append_bytes(&before, word, (size_t)(value + 1 - word));
        bool answered = row == NULL || completion_add_value(on, long_name(argp, row), before.chars);
        text_free(&before);
        return answered;
    }
    if (word[0] != '-')
        return completion_add_argument(on, asked.words[0], count_arguments(argp));
    add_options(on, argp);
    return true;
}

static _Noreturn void end(struct completion *on)
{
    fputs(text_chars(&on->lines), stdout);
    text_free(&on->lines);
    exit(fflush(stdout) == 0 ? COMMAND_COMPLETED : COMMAND_TRIAL_FAILED);
}

void completion_answer(const struct argp *argp)
{
    struct completion on = {.written = asked.words[asked.count - 1]};
    asked.wanted = false; /* whatever is called from here parses as ever */
    if (!add_all(&on, argp))
        text_append(&on.lines, ":files\n");
    end(&on);
}

static _Noreturn void answer_commands(const char *written)
{
    struct completion on = {.written = written};
    struct text_list names = {0};
    command_all(&names);
    for (size_t i = 0; i < names.count; i++)
        completion_add(&on, "", names.items[i], "", command_summary(names.items[i]));
    completion_add(&on, "", "--help", "", "list the commands");
    completion_add(&on, "", "--version", "", "say which Heapmark it is");
    text_list_free(&names);
    end(&on);
}

int completion_main(int count, char **words)
{
    if (count <= 1)
        answer_commands(count == 1 ? words[0] : "");
    if (command_summary(words[0]) == NULL)
        return COMMAND_COMPLETED; /* nobody knows; the shell says nothing */
    asked.wanted = true;
    asked.count = count;
    asked.words = words;
    return command_call(1, words);
}
