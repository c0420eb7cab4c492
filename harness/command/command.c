/* SPDX-License-Identifier: MIT
 *
 * The program's frame: finding the command, and what the commands share; see command.h.
 */
#include "command/command.h"

#include <errno.h>
#include <libgen.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "base/units.h"
#include "command/completion.h"
#include "command/layout.h"
#include "store/store.h"
#include "suite/environment.h"

static const struct {
    const char *name;
    const char *summary;
    int (*function)(int argc, char **argv);
} commands[] = {
#define COMMAND_ROW(function, name, summary) {name, summary, function},
    COMMANDS(COMMAND_ROW)
#undef COMMAND_ROW
};
enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

/* ---- saying ---- */

static struct {
    void (*clear)(void *user);
    void *user;
} before_saying;

void command_before_saying(void (*clear)(void *user), void *user)
{
    before_saying.clear = clear;
    before_saying.user = user;
}

void command_say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct text text = {0}, shown = {0};
    text_vformat(&text, format, arguments);
    va_end(arguments);
    text_append_terminal(&shown, text_chars(&text));
    if (before_saying.clear != NULL)
        before_saying.clear(before_saying.user);
    fprintf(stderr, "heapmark: %s\n", text_chars(&shown));
    text_free(&text);
    text_free(&shown);
}

int command_fail(const struct error *error)
{
    command_say("%s", error->text);
    return error_exit_status(error);
}

void command_warn_exposed(const struct suite_entries *entries)
{
    for (size_t i = 0; i < entries->probed_count; i++) {
        struct text place = {0};
        if (plugin_is_exposed(entries->probed[i]->path, &place))
            command_say("warning: every user of this machine may write to %s, and so change what "
                        "the plugin %s does with your rights",
                        text_chars(&place), entries->probed[i]->path);
        text_free(&place);
    }
}

bool command_make_standard_folder(const char *database, struct error *error)
{
    if (strcmp(database, COMMAND_STANDARD_DATABASE) != 0)
        return true;
    char folder[] = COMMAND_STANDARD_DATABASE;
    if (files_make_folder(dirname(folder)))
        return true;
    return error_user(error,
                      "cannot make the folder '%s' for the results: %s; name a file "
                      "elsewhere with --db",
                      dirname(folder), strerror(errno));
}

bool command_print(const struct text *text, struct error *error)
{
    size_t written = fwrite(text_chars(text), 1, text->length, stdout);
    if (written != text->length || fflush(stdout) != 0)
        return error_system(error, "cannot write to standard output: %s", strerror(errno));
    return true;
}

char *command_line(int argc, char **argv)
{
    struct text text = {0};
    text_append(&text, "heapmark");
    for (int i = 0; i < argc; i++) {
        text_append(&text, " ");
        text_append_shell(&text, argv[i]);
    }
    char *line = memory_copy_text(text_chars(&text));
    text_free(&text);
    return line;
}

/* ---- parsing ---- */

/* The argument that getopt stumbled over: the one it has just passed, if that is an option (the
 * last letter of a cluster of short ones is passed later). */
static char *stumbling_block(int argc, char **argv, int next)
{
    if (next > 1 && argv[next - 1][0] == '-' && argv[next - 1][1] != '\0')
        return argv[next - 1];
    return next < argc ? argv[next] : argv[argc - 1];
}

static size_t list_long_names(const struct argp *argp, const char **names, size_t room)
{
    size_t count = 0;
    for (const struct argp_option *row = argp->options;
         row != NULL && (row->name != NULL || row->key != 0 || row->doc != NULL); row++)
        if (row->name != NULL && !(row->flags & (OPTION_HIDDEN | OPTION_DOC)) && count < room)
            names[count++] = row->name;
    return count;
}

const struct argp_option *command_find_option(const struct argp *argp, const char *option)
{
    size_t length = strcspn(option, "=");
    for (const struct argp_option *row = argp->options;
         row != NULL && (row->name != NULL || row->key != 0 || row->doc != NULL); row++) {
        bool is_long = row->name != NULL && strncmp(option, "--", 2) == 0 &&
                       strlen(row->name) == length - 2 &&
                       strncmp(row->name, option + 2, length - 2) == 0;
        bool is_short = option[1] != '-' && row->key == option[1];
        if (is_long || is_short)
            return row;
    }
    return NULL;
}

static bool refuse_option(const struct argp *argp, const char *option, struct error *error)
{
    enum { MOST_NAMES = 64 };
    const char *names[MOST_NAMES];
    const struct argp_option *row = command_find_option(argp, option);
    if (row != NULL && row->arg != NULL && strchr(option, '=') == NULL)
        return error_user(error, "the option %s needs a value (%s)", option, row->arg);
    if (row != NULL && row->arg == NULL && strchr(option, '=') != NULL)
        return error_user(error, "the option --%s takes no value, as in '%s'", row->name, option);
    struct text name = {0};
    text_append_bytes(&name, option, strcspn(option, "="));
    const char *nearest = NULL;
    if (strncmp(option, "--", 2) == 0)
        nearest = text_nearest(name.chars + 2, names, list_long_names(argp, names, MOST_NAMES));
    if (nearest != NULL)
        error_user(error, "there is no option %s; did you mean --%s?", name.chars, nearest);
    else
        error_user(error, "there is no option %s; --help shows all", name.chars);
    text_free(&name);
    return false;
}

static const struct error cannot_print = {.kind = ERROR_SYSTEM};

/* argp answers --help itself, but not while it is kept from printing errors of its own: so the
 * command's argp becomes the child of one that does. */
struct frame {
    const struct argp *argp; /* of the frame, for its help */
    void *input;             /* of the command */
    char *name;
    int next; /* where getopt stood when it failed */
};

static error_t parse_frame(int key, char *argument, struct argp_state *state)
{
    (void)argument;
    struct frame *frame = state->input;
    if (key == ARGP_KEY_INIT)
        state->child_inputs[0] = frame->input;
    if (key == ARGP_KEY_ERROR)
        frame->next = state->next;
    if (key != '?')
        return key == ARGP_KEY_INIT ? 0 : ARGP_ERR_UNKNOWN;
    argp_help(frame->argp, stdout, ARGP_HELP_STD_HELP & ~ARGP_HELP_EXIT_OK, frame->name);
    exit(fflush(stdout) == 0 ? COMMAND_COMPLETED : error_exit_status(&cannot_print));
}

/* The argument that getopt stumbled over, in words. */
static bool refuse(const struct argp *argp, char **argv, const char *block, struct error *error)
{
    if (block[0] == '-' && block[1] != '\0')
        return refuse_option(argp, block, error);
    return error_user(error, "heapmark %s takes no argument '%s'; --help shows its options",
                      argv[0], block);
}

bool command_parse(const struct argp *argp, int argc, char **argv, void *input, struct error *error)
{
    static const struct argp_option help[] = {{"help", '?', NULL, 0, "Show this and end", -1}, {0}};
    const struct argp bare = {.options = argp->options, .parser = argp->parser};
    const struct argp_child children[] = {{.argp = &bare}, {0}};
    const struct argp whole = {help, parse_frame, argp->args_doc, argp->doc, children, NULL, NULL};
    struct text name = {0};
    if (completion_is_wanted())
        completion_answer(argp); /* and ends the process */
    text_format(&name, "heapmark %s", argv[0]);
    struct frame frame = {&whole, input, name.chars, 0};
    int next = 0;
    error_t result = argp_parse(&whole, argc, argv, ARGP_NO_ERRS | ARGP_NO_HELP, &next, &frame);
    text_free(&name);
    if (error->kind != ERROR_NONE)
        return false;
    if (result == 0 && next >= argc)
        return true;
    if (result == ENOMEM)
        return error_system(error, "no memory for the command line");
    const char *block = result == 0 ? argv[next] : stumbling_block(argc, argv, frame.next);
    return refuse(argp, argv, block, error);
}

bool command_parse_run(const char *argument, bool all_is_allowed, int64_t *run, struct error *error)
{
    *run = STORE_LATEST_RUN;
    if (strcmp(argument, "latest") == 0)
        return true;
    if (all_is_allowed && strcmp(argument, "all") == 0) {
        *run = STORE_ALL_RUNS;
        return true;
    }
    if (units_parse_integer(argument, "run", 1, INT64_MAX, run, NULL))
        return true;
    return error_user(error,
                      "the run is '%s', and must be a number that `heapmark list runs` "
                      "shows%s latest%s",
                      argument, all_is_allowed ? "," : " or", all_is_allowed ? " or all" : "");
}

/* ---- the program ---- */

void command_append_help(struct text *text)
{
    text_append(text, "Usage: heapmark COMMAND [OPTION...]\n"
                      "Benchmarks and stress-tests garbage collectors.\n\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        text_format(text, "  %-10s %s\n", commands[i].name, commands[i].summary);
    text_append(text,
                "\n`heapmark COMMAND --help` shows the options of a command, `heapmark help` also "
                "what\nguides there are.\n\n"
                "Exit status: 0 completed (out of memory is a result), 1 a trial crashed, "
                "hung or\nanswered wrongly, 2 the user's mistake, 3 the system's failure, "
                "130 interrupted.\n");
}

static int print_help(void)
{
    struct text text = {0};
    struct error error = {0};
    command_append_help(&text);
    bool fine = command_print(&text, &error);
    text_free(&text);
    return fine ? COMMAND_COMPLETED : command_fail(&error);
}

static int print_version(void)
{
    struct text text = {0};
    struct error error = {0};
    text_format(&text, "heapmark %s\n", environment_heapmark_version());
    bool fine = command_print(&text, &error);
    text_free(&text);
    return fine ? COMMAND_COMPLETED : command_fail(&error);
}

static int refuse_command(const char *name)
{
    const char *names[COMMAND_COUNT];
    struct error error = {0};
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        names[i] = commands[i].name;
    const char *nearest = text_nearest(name, names, COMMAND_COUNT);
    if (nearest != NULL)
        error_user(&error, "there is no command '%s'; did you mean '%s'?", name, nearest);
    else
        error_user(&error, "there is no command '%s'; `heapmark --help` shows what there is", name);
    return command_fail(&error);
}

void command_all(struct text_list *names)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        text_list_add(names, commands[i].name);
}

const char *command_summary(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(name, commands[i].name) == 0)
            return commands[i].summary;
    return NULL;
}

int command_call(int argc, char **argv)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(argv[0], commands[i].name) == 0)
            return commands[i].function(argc, argv);
    return refuse_command(argv[0]);
}

static bool runs_programs(const char *command)
{
    return strcmp(command, "check") == 0 || strcmp(command, "stress") == 0 ||
           strcmp(command, "replay") == 0;
}

int command_main(int argc, char **argv)
{
    /* Where a file may not grow the write that would fails, and is told; a plugin's process has the
     * signal again. */
    signal(SIGXFSZ, SIG_IGN);
    if (argc < 2) {
        struct error error = {0};
        error_user(&error, "a command is missing; `heapmark --help` shows what there is");
        return command_fail(&error);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-?") == 0 || strcmp(argv[1], "-h") == 0)
        return print_help();
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
        return print_version();
    if (strcmp(argv[1], "--complete") == 0)
        return completion_main(argc - 2, argv + 2);
    if (runs_programs(argv[1]))
        layout_begin(argv);
    return command_call(argc - 1, argv + 1);
}
