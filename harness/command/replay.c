/* SPDX-License-Identifier: MIT
 *
 * heapmark replay: the program of a file, run again.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "command/check.h"
#include "command/command.h"
#include "command/replay.h"

enum { KEY_TIMES = 256, KEY_DISPATCH, KEY_PROGRAM_TIME, KEY_PROGRAM_MEMORY, KEY_C };
enum { MOST_FILE_BYTES = 64 << 20 };

static const struct argp_option options[] = {
    {"times", KEY_TIMES, "N", 0,
     "Run it so often, and say how often it broke something: for races (1)", 0},
    {"dispatch", KEY_DISPATCH, "HOW", 0, "inline or table (what the file says, else inline)", 0},
    {"program-time", KEY_PROGRAM_TIME, "TIME", 0,
     "If it does not go on for so long, or is not done in five times that, it hangs (20 s)", 0},
    {"program-memory", KEY_PROGRAM_MEMORY, "SIZE", 0,
     "If it takes more memory, it is ended (2 GiB)", 0},
    {"c", KEY_C, NULL, 0,
     "Run it once, and print what it did as a C program that needs no Heapmark to run", 0},
    {0},
};

struct replay_options {
    const char *file, *collector;
    enum program_dispatch dispatch;
    int64_t times;
    struct check_limits limits;
    bool c;
    struct error *error;
};

static bool parse_dispatch(struct replay_options *given, const char *argument)
{
    static const char *const both[] = {"inline", "table", NULL};
    if (strcmp(argument, "inline") != 0 && strcmp(argument, "table") != 0)
        return error_choice(given->error, "the dispatch", argument, both);
    given->dispatch = *argument == 'i' ? PROGRAM_INLINE : PROGRAM_TABLE;
    return true;
}

static bool take_argument(struct replay_options *given, const char *argument)
{
    const char **place = given->file == NULL ? &given->file : &given->collector;
    if (*place != NULL)
        return error_user(given->error,
                          "a replay takes one file and one collector; '%s' is too "
                          "many",
                          argument);
    *place = argument;
    return true;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct replay_options *given = state->input;
    bool fine = true;
    switch (key) {
    case KEY_TIMES:
        fine = units_parse_integer(argument, "number of times", 1, 1000000, &given->times,
                                   given->error);
        break;
    case KEY_DISPATCH:
        fine = parse_dispatch(given, argument);
        break;
    case KEY_PROGRAM_TIME:
        fine = check_parse_program_time(argument, &given->limits.time_ns, given->error);
        break;
    case KEY_PROGRAM_MEMORY:
        fine = check_parse_memory(argument, &given->limits.memory_bytes, given->error);
        break;
    case KEY_C:
        given->c = true;
        break;
    case ARGP_KEY_ARG:
        fine = take_argument(given, argument);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return fine ? 0 : EINVAL;
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "FILE [COLLECTOR[/VARIANT][:OPTION=VALUE,...]]",
    .doc = "Run the program of a file again, which `heapmark check` or `heapmark stress` has "
           "written: on the collector and by the dispatch that stand in it, or on another "
           "collector.\vExit status: 0 it broke nothing, 1 it broke a property, 2 the user's "
           "mistake, 3 the system's failure.",
};

/* ---- the file ---- */

static bool read_all(FILE *file, struct text *text)
{
    char bytes[65536];
    size_t count;
    while ((count = fread(bytes, 1, sizeof bytes, file)) > 0 && text->length <= MOST_FILE_BYTES)
        text_append_bytes(text, bytes, count);
    return !ferror(file);
}

static bool read_program(const char *path, struct program *program, struct error *error)
{
    struct text text = {0};
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return error_user(error, "cannot read the program '%s': %s", path, strerror(errno));
    bool fine = read_all(file, &text);
    if (!fine)
        error_user(error, "cannot read the program '%s': %s", path, strerror(errno));
    else if (text.length > MOST_FILE_BYTES)
        fine = error_user(error, "'%s' is no program: it has more than 64 MiB", path);
    else if (text.length != strlen(text_chars(&text)))
        fine = error_user(error, "'%s' is no program: there are zero bytes in it", path);
    else
        fine = program_parse(program, path, text_chars(&text), error);
    fclose(file);
    text_free(&text);
    return fine;
}

static bool find_collector(const struct replay_options *given, const struct program *program,
                           struct suite_entries *entries, struct error *error)
{
    const char *name = given->collector != NULL ? given->collector : program->collector;
    if (name == NULL)
        return error_user(error, "the file '%s' names no collector; name one behind it",
                          given->file);
    if (!suite_add_collectors(entries, name, error))
        return false;
    if (entries->collector_count != 1)
        return error_user(error, "one collector at a time, and '%s' names %zu", name,
                          entries->collector_count);
    uint32_t most = entries->collectors[0].can->capabilities.most_mutators;
    if (most != 0 && program->thread_count > most)
        return error_user(error,
                          "the program has %" PRIu32 " threads, and %s takes %" PRIu32 " at most",
                          program->thread_count, name, most);
    command_warn_exposed(entries);
    return true;
}

/* ---- running ---- */

struct replay {
    struct check_target target;
    struct check_verdict verdict; /* the first that broke something, else the last */
    uint32_t broken, refused;
};

static bool run(struct replay *replay, const struct program *program,
                const struct replay_options *given, struct error *error)
{
    for (int64_t i = 0; i < given->times; i++) {
        struct check_verdict verdict;
        if (!check_run(&replay->target, program, &given->limits, &verdict, error))
            return false;
        replay->refused += verdict.outcome == CHECK_REFUSED;
        if (replay->broken == 0)
            replay->verdict = verdict;
        replay->broken += verdict.outcome == CHECK_BROKEN;
    }
    return true;
}

static void append_operation(struct text *text, const struct check_verdict *verdict,
                             const struct program *program)
{
    struct check_entry entry = {.verdict = *verdict};
    struct text operation = {0};
    if (verdict->thread == UINT32_MAX)
        return;
    if (verdict->thread < program->thread_count &&
        verdict->op < program->threads[verdict->thread].count) {
        program_append_op(&operation, &program->threads[verdict->thread].ops[verdict->op]);
        entry.operation = operation.chars;
    }
    text_append(text, "  at ");
    check_append_place(text, &entry);
    text_append(text, "\n");
    text_free(&operation);
}

static void append_result(struct text *text, const struct replay *replay,
                          const struct program *program, const struct replay_options *given,
                          const char *label)
{
    const struct check_verdict *verdict = &replay->verdict;
    text_append_terminal(text, given->file);
    text_append(text, " on ");
    text_append_terminal(text, label);
    text_format(text, " by %s: broke a property in %" PRIu32 " of %" PRId64 " run%s\n",
                replay->target.table ? "the table" : "inline operations", replay->broken,
                given->times, given->times == 1 ? "" : "s");
    if (replay->broken > 0) {
        text_format(text, "%s: ", check_property_name(verdict->property));
        text_append_terminal(text, verdict->sentence);
        text_append(text, "\n");
        append_operation(text, verdict, program);
    }
    check_append_traces(text, verdict);
}

static int tell(const struct replay *replay, const struct program *program,
                const struct replay_options *given, const struct suite_collector *collector,
                struct error *error)
{
    struct text text = {0};
    if (replay->refused == given->times) {
        error_user(error, "%s did not take the program: %s", collector->label,
                   replay->verdict.sentence);
        return command_fail(error);
    }
    append_result(&text, replay, program, given, collector->label);
    bool fine = command_print(&text, error);
    text_free(&text);
    if (!fine)
        return command_fail(error);
    return replay->broken > 0 ? COMMAND_BROKEN : COMMAND_COMPLETED;
}

static int print_c(struct replay *replay, const struct program *program,
                   const struct replay_options *given, const struct suite_collector *collector,
                   struct error *error)
{
    struct check_trace *trace = check_trace_new();
    struct text text = {0};
    if (trace == NULL) {
        error_system(error, "no memory for what the program does");
        return command_fail(error);
    }
    replay->target.trace = trace;
    bool fine = check_run(&replay->target, program, &given->limits, &replay->verdict, error);
    if (fine && replay->verdict.outcome == CHECK_REFUSED)
        fine = error_user(error, "%s did not take the program: %s", collector->label,
                          replay->verdict.sentence);
    if (fine) {
        replay_append_c(&text, &(struct replay_c){given->file, &replay->target, collector, program,
                                                  trace, &replay->verdict});
        fine = command_print(&text, error);
    }
    text_free(&text);
    check_trace_free(trace);
    return fine ? COMMAND_COMPLETED : command_fail(error);
}

static int carry_out(const struct replay_options *given, const struct program *program,
                     const struct suite_collector *collector, struct error *error)
{
    struct text_list pairs = {0};
    enum program_dispatch dispatch =
        given->dispatch != PROGRAM_ANY_DISPATCH ? given->dispatch : program->dispatch;
    if (collector->options[0] != '\0')
        text_split(&pairs, collector->options, ',');
    struct replay replay = {
        .target =
            {
                .path = collector->info->path,
                .variant = collector->can->name,
                .capabilities = &collector->can->capabilities,
                .option_pairs = (const char *const *)pairs.items,
                .option_count = pairs.count,
                .table = dispatch == PROGRAM_TABLE,
            },
    };
    int status;
    if (given->c)
        status = print_c(&replay, program, given, collector, error);
    else if (run(&replay, program, given, error))
        status = tell(&replay, program, given, collector, error);
    else
        status = command_fail(error);
    text_list_free(&pairs);
    return status;
}

int command_replay(int argc, char **argv)
{
    struct error error = {0};
    struct program program = {0};
    struct suite_entries entries = {0};
    struct replay_options given = {
        .times = 1,
        .limits = {.time_ns = UINT64_C(20000000000), .memory_bytes = CHECK_STANDARD_MEMORY_BYTES},
        .error = &error};
    int status;
    bool fine = command_parse(&argp, argc, argv, &given, &error);
    if (fine && given.file == NULL)
        fine = error_user(&error, "the program's file is missing: heapmark replay FILE");
    if (fine && read_program(given.file, &program, &error) &&
        find_collector(&given, &program, &entries, &error))
        status = carry_out(&given, &program, &entries.collectors[0], &error);
    else
        status = command_fail(&error);
    program_free(&program);
    suite_entries_free(&entries);
    return status;
}
