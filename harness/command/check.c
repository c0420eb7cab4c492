/* SPDX-License-Identifier: MIT
 *
 * heapmark check and heapmark stress: the same hunt, for a while or until told to stop.
 */
#include "command/check.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/units.h"
#include "command/command.h"
#include "command/output.h"
#include "command/progress.h"

enum {
    KEY_TIME = 256,
    KEY_PROGRAMS,
    KEY_SEED,
    KEY_PROPERTY,
    KEY_PROFILE,
    KEY_JOBS,
    KEY_OUTPUT,
    KEY_PROGRAM_TIME,
    KEY_SHRINK_TIME,
    KEY_JUNIT,
    KEY_JSON,
};

#define STANDARD_FOLDER "results/check"
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
         "A program that is not done by then is a hang (20 s)",                                    \
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
         "Folder for the programs that break something (" STANDARD_FOLDER ")",                     \
         0},                                                                                       \
        {"junit", KEY_JUNIT, "FILE", 0, "Write JUnit's XML, a test case a property", 0},           \
        {"json", KEY_JSON, NULL, 0, "JSON on standard output instead of the table", 0},            \
        {"quiet", 'q', NULL, 0, "Nothing about the progress", 0},                                  \
    {                                                                                              \
        0                                                                                          \
    }

static const struct argp_option check_options[] = {OPTIONS(TIME_CHECK)};
static const struct argp_option stress_options[] = {OPTIONS(TIME_STRESS)};

struct check_options {
    struct check_hunt hunt;
    const char *collector, *folder, *junit;
    bool json, quiet, time_given;
    struct error *error;
};

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
        given->time_given = true;
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
        fine = parse_time(argument, "time for a program", false, &hunt->program_ns, error);
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

/* ---- before ---- */

static uint32_t processors(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    return (uint32_t)CPU_COUNT(&set);
}

static bool make_folder(const char *folder, bool *made, struct error *error)
{
    char above[] = STANDARD_FOLDER;
    struct stat status;
    if (strcmp(folder, STANDARD_FOLDER) == 0) {
        *strchr(above, '/') = '\0';
        mkdir(above, 0777); /* what is wrong, if anything, is wrong with the next one too */
    }
    *made = mkdir(folder, 0777) == 0;
    if (!*made && errno != EEXIST)
        return error_user(error, "cannot make the folder '%s': %s; name another with --output",
                          folder, strerror(errno));
    if (stat(folder, &status) != 0 || !S_ISDIR(status.st_mode) || access(folder, W_OK | X_OK) != 0)
        return error_user(error,
                          "'%s' is no folder that can be written to; name another with "
                          "--output",
                          folder);
    return true;
}

static bool find_collector(struct check_options *given, struct suite_entries *entries,
                           struct error *error)
{
    if (given->collector == NULL)
        return error_user(error, "no collector is named; `heapmark list collectors` shows what "
                                 "there is");
    if (!suite_add_collectors(entries, given->collector, error))
        return false;
    if (entries->collector_count != 1)
        return error_user(error, "one collector at a time, and '%s' names %zu", given->collector,
                          entries->collector_count);
    uint32_t most = entries->collectors[0].can->capabilities.most_mutators;
    if (most != 0 && given->hunt.threads > most)
        return error_user(error,
                          "%s takes %" PRIu32 " thread%s at most, and %" PRIu32 " are wanted",
                          given->collector, most, most == 1 ? "" : "s", given->hunt.threads);
    command_warn_exposed(entries);
    return true;
}

/* The collector as a program's file names it: by its whole path. */
static char *name_wholly(const struct suite_collector *collector)
{
    struct text text = {0};
    char *path = realpath(collector->info->path, NULL);
    text_append(&text, path != NULL ? path : collector->info->path);
    text_format(&text, "/%s", collector->can->name);
    if (collector->options[0] != '\0')
        text_format(&text, ":%s", collector->options);
    char *name = memory_copy_text(text_chars(&text));
    free(path);
    text_free(&text);
    return name;
}

/* ---- signals ---- */

static volatile _Atomic int interrupted;

static void note_signal(int signal_number)
{
    (void)signal_number;
    atomic_fetch_add(&interrupted, 1);
}

static void catch_signals(void)
{
    static const int caught[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof caught / sizeof *caught; i++) {
        struct sigaction action = {.sa_handler = note_signal}, before;
        if (sigaction(caught[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(caught[i], &action, NULL);
    }
}

/* ---- while it runs ---- */

struct live {
    const struct check_options *given;
    struct check_result result;
    uint64_t begun_ns, drawn_ns;
    bool draws;
    struct error *error;
};

static void clear(void *user)
{
    struct live *live = user;
    if (live->drawn_ns != 0)
        progress_clear_line(stderr);
    live->drawn_ns = 0;
}

static void draw(struct live *live, const struct check_tally *tally, uint64_t now_ns)
{
    struct text line = {0};
    progress_append_time(&line, now_ns - live->begun_ns);
    if (live->given->hunt.time_ns != 0) {
        text_append(&line, " of ");
        progress_append_time(&line, live->given->hunt.time_ns);
    }
    text_format(&line,
                ": %" PRIu64 " programs, %" PRIu64 " operations, %zu find%s: ", tally->programs,
                tally->operations, live->result.count, live->result.count == 1 ? "" : "s");
    text_append_terminal(&line, live->result.collector->label);
    progress_draw_line(stderr, text_chars(&line));
    live->drawn_ns = now_ns;
    text_free(&line);
}

static void tick(void *user, const struct check_tally *tally)
{
    struct live *live = user;
    uint64_t now_ns = clock_now_ns();
    if (live->draws && now_ns - live->drawn_ns >= SECOND_NS / 5)
        draw(live, tally, now_ns);
}

static void found(void *user, const struct check_find *find)
{
    struct live *live = user;
    if (live->error->kind != ERROR_NONE)
        return;
    if (!check_keep(&live->result, find, live->given->folder, live->error)) {
        atomic_store(&interrupted, 1); /* nobody could read what else is found */
        return;
    }
    const struct check_entry *entry = &live->result.entries[live->result.count - 1];
    if (!live->given->quiet)
        command_say("%s: %s: %s", check_property_name(entry->verdict.property),
                    entry->verdict.sentence, entry->path);
}

static bool hunt(struct live *live, struct error *error)
{
    struct check_hunt hunt = live->given->hunt;
    hunt.found = found;
    hunt.tick = tick;
    hunt.user = live;
    hunt.interrupted = &interrupted;
    live->draws = !live->given->quiet && progress_form_for(stderr) == PROGRESS_DRAWN;
    live->begun_ns = clock_now_ns();
    live->error = error;
    catch_signals();
    command_before_saying(clear, live);
    bool fine = check_hunt(&hunt, &live->result.tally, error);
    clear(live);
    command_before_saying(NULL, NULL);
    live->result.elapsed_ns = clock_now_ns() - live->begun_ns;
    live->result.interrupted = atomic_load(&interrupted) != 0;
    return fine && error->kind == ERROR_NONE;
}

/* ---- after ---- */

static bool tell(const struct live *live, struct output *junit, struct error *error)
{
    struct text text = {0}, xml = {0};
    if (live->given->json)
        check_append_json(&text, &live->result);
    else
        check_append_table(&text, &live->result);
    bool fine = command_print(&text, error);
    if (junit->file != NULL) {
        check_append_junit(&xml, &live->result);
        fwrite(text_chars(&xml), 1, xml.length, junit->file);
        fine = output_commit(junit, error) && fine;
    }
    text_free(&text);
    text_free(&xml);
    return fine;
}

/* Soundness is not what follows from programs that were never run. */
static int conclude(const struct live *live, bool stress, struct error *error)
{
    const struct check_tally *tally = &live->result.tally;
    for (enum hm_property property = 0; property < HM_PROPERTY_COUNT; property++)
        if (check_judge(&live->result, property) == CHECK_JUDGED_BROKEN)
            return COMMAND_BROKEN;
    if (tally->programs > 0 && tally->refused == tally->programs) {
        error_user(error, "%s took none of %" PRIu64 " programs: %s", live->given->collector,
                   tally->programs, tally->refusal);
        return command_fail(error);
    }
    return live->result.interrupted && !stress ? COMMAND_INTERRUPTED : COMMAND_COMPLETED;
}

static int carry_out(struct check_options *given, const struct suite_collector *collector,
                     bool stress, struct error *error)
{
    struct output junit = {0};
    if (given->junit != NULL && !output_open(&junit, given->junit, error))
        return command_fail(error);
    struct live live = {.given = given};
    live.result.collector = collector;
    live.result.seed = given->hunt.seed;
    live.result.properties = given->hunt.properties;
    int status = COMMAND_COMPLETED;
    if (hunt(&live, error) && tell(&live, &junit, error))
        status = conclude(&live, stress, error);
    else
        status = command_fail(error);
    if (junit.file != NULL)
        output_abandon(&junit);
    check_result_free(&live.result);
    return status;
}

static int run(struct check_options *given, const struct suite_entries *entries, bool stress,
               struct error *error)
{
    const struct suite_collector *collector = &entries->collectors[0];
    struct text_list options = {0};
    char *whole_name = name_wholly(collector);
    if (collector->options[0] != '\0')
        text_split(&options, collector->options, ',');
    given->hunt.collector = whole_name;
    given->hunt.target = (struct check_target){
        .path = collector->info->path,
        .variant = collector->can->name,
        .capabilities = &collector->can->capabilities,
        .option_pairs = (const char *const *)options.items,
        .option_count = options.count,
    };
    int status = carry_out(given, collector, stress, error);
    text_list_free(&options);
    free(whole_name);
    return status;
}

static int check(const struct argp *argp, int argc, char **argv, bool stress)
{
    struct error error = {0};
    struct suite_entries entries = {0};
    struct check_options given = {
        .hunt = {.seed = 1,
                 .jobs = processors(),
                 .program_ns = 20 * SECOND_NS,
                 .shrink_ns = 20 * SECOND_NS,
                 .profiles = (UINT64_C(1) << CHECK_PROFILE_COUNT) - 1,
                 .properties = (UINT64_C(1) << HM_PROPERTY_COUNT) - 1,
                 .each_sentence = stress},
        .folder = STANDARD_FOLDER,
        .error = &error,
    };
    int status;
    bool made = false;
    bool fine = command_parse(argp, argc, argv, &given, &error);
    if (fine && !stress && !given.time_given && given.hunt.programs == 0)
        given.hunt.time_ns = STANDARD_SECONDS * SECOND_NS;
    if (fine && find_collector(&given, &entries, &error) &&
        make_folder(given.folder, &made, &error))
        status = run(&given, &entries, stress, &error);
    else
        status = command_fail(&error);
    if (made)
        rmdir(given.folder); /* which fails if a program was written to it */
    suite_entries_free(&entries);
    return status;
}

int command_check(int argc, char **argv)
{
    return check(&check_argp, argc, argv, false);
}

int command_stress(int argc, char **argv)
{
    return check(&stress_argp, argc, argv, true);
}
