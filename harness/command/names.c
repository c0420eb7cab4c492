/* SPDX-License-Identifier: MIT
 *
 * heapmark names: the worked example of what owns an object, on any collector.
 */
#include "learn/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/files.h"
#include "command/command.h"
#include "command/output.h"

enum { KEY_SVG = 256 };

static const struct argp_option options[] = {
    {"collector", 'c', "NAME[/VARIANT][:OPTION=VALUE,...]", 0, "The collector", 0},
    {"svg", KEY_SVG, "FILE", 0,
     "Draw all steps into this file; or each into one of its own, where this is a folder (it is "
     "one, "
     "or ends in /)",
     0},
    {0},
};

struct names_options {
    const char *collector, *svg;
    struct error *error;
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct names_options *given = state->input;
    switch (key) {
    case 'c':
        if (given->collector != NULL) {
            error_user(given->error, "one collector at a time: '%s' is there already",
                       given->collector);
            return EINVAL;
        }
        given->collector = argument;
        return 0;
    case KEY_SVG:
        given->svg = argument;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .doc =
        "Play the worked example of what owns an object on a collector, step by step: names, "
        "what they refer to, counts where it counts, and what is in the heap; then the same with "
        "a ring.\v"
        "Exit status: 0 played, 1 the collector crashed, hung or told what cannot be, "
        "2 the user's mistake, 3 the system's failure.",
};

/* ---- pictures ---- */

static bool write_picture(const char *path, const struct text *svg, struct error *error)
{
    struct output output;
    if (!output_open(&output, path, error))
        return false;
    fwrite(text_chars(svg), 1, svg->length, output.file);
    return output_commit(&output, error);
}

static bool is_folder(const char *path)
{
    struct stat status;
    size_t length = strlen(path);
    return (length > 0 && path[length - 1] == '/') ||
           (stat(path, &status) == 0 && S_ISDIR(status.st_mode));
}

static bool make_folder(const char *path, struct error *error)
{
    if (files_make_folder(path))
        return true;
    return error_user(error, "cannot make the folder '%s': %s; name another", path,
                      strerror(errno));
}

static bool draw_steps(const char *folder, const struct names_play *play,
                       const struct suite_collector *collector, struct error *error)
{
    bool fine = make_folder(folder, error);
    for (uint32_t i = 0; fine && i < play->steps; i++) {
        struct text path = {0}, svg = {0};
        size_t length = strlen(folder);
        text_format(&path, "%s%snames-%02u.svg", folder, folder[length - 1] == '/' ? "" : "/",
                    i + 1);
        names_append_svg_step(&svg, play, i, collector->label, &collector->can->capabilities);
        fine = write_picture(text_chars(&path), &svg, error);
        text_free(&path);
        text_free(&svg);
    }
    return fine;
}

static bool draw(const char *path, const struct names_play *play, const struct stage_end *end,
                 const struct suite_collector *collector, struct error *error)
{
    if (is_folder(path))
        return draw_steps(path, play, collector, error);
    struct text svg = {0};
    names_append_svg(&svg, play, end, collector->label, &collector->can->capabilities);
    bool fine = write_picture(path, &svg, error);
    text_free(&svg);
    return fine;
}

/* ---- the command ---- */

static bool find_collector(const char *named, struct suite_entries *entries, struct error *error)
{
    if (named == NULL)
        return error_user(error, "no collector is named: -c NAME; `heapmark list collectors` shows "
                                 "what there is");
    if (!suite_add_collectors(entries, named, error))
        return false;
    if (entries->collector_count != 1)
        return error_user(error, "one collector at a time, and '%s' names %zu", named,
                          entries->collector_count);
    command_warn_exposed(entries);
    return true;
}

static int play(const struct names_options *given, const struct suite_collector *collector,
                struct error *error)
{
    static struct names_play play;
    struct stage_end end;
    struct text text = {0};
    bool fine = names_run(collector, &play, &end, error);
    /* With the picture on standard output the text would spoil it. */
    bool prints = given->svg == NULL || strcmp(given->svg, "-") != 0;
    if (fine)
        names_append_text(&text, &play, &end, collector->label, &collector->can->capabilities);
    fine = fine && (!prints || command_print(&text, error)) &&
           (given->svg == NULL || draw(given->svg, &play, &end, collector, error));
    text_free(&text);
    if (!fine)
        return command_fail(error);
    return names_is_broken(&play, &end) ? COMMAND_TRIAL_FAILED : COMMAND_COMPLETED;
}

int command_names(int argc, char **argv)
{
    struct error error = {0};
    struct names_options given = {.error = &error};
    struct suite_entries entries = {0};
    int status = command_parse(&argp, argc, argv, &given, &error) &&
                         find_collector(given.collector, &entries, &error)
                     ? play(&given, &entries.collectors[0], &error)
                     : command_fail(&error);
    suite_entries_free(&entries);
    return status;
}
