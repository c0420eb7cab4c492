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
#include <unistd.h>

#include "base/clock.h"
#include "base/files.h"
#include "base/units.h"
#include "command/command.h"
#include "command/output.h"
#include "command/progress.h"

static const uint64_t SECOND_NS = 1000000000;

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
    *made = access(folder, F_OK) != 0;
    if (!files_make_folder(folder))
        return error_user(error, "cannot make the folder '%s': %s; name another with --output",
                          folder, strerror(errno));
    if (access(folder, W_OK | X_OK) != 0)
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
    const struct hm_capabilities *can = &entries->collectors[0].can->capabilities;
    if (can->records || can->replays)
        return error_user(error,
                          "%s cannot be checked by generated programs: it %s, and a program has no "
                          "recording",
                          given->collector,
                          can->records ? "records when objects die" : "frees by a recording");
    uint32_t most = can->most_mutators;
    if (most != 0 && given->hunt.threads > most)
        return error_user(error,
                          "%s takes %" PRIu32 " thread%s at most, and %" PRIu32 " are wanted",
                          given->collector, most, most == 1 ? "" : "s", given->hunt.threads);
    command_warn_exposed(entries);
    return true;
}

/* The options that the user gave: all others are standard, or drawn by programs. */
static void keep_given(struct text_list *given, const struct suite_collector *collector,
                       const char *argument)
{
    struct text_list all = {0};
    if (collector->options[0] != '\0')
        text_split(&all, collector->options, ',');
    for (size_t i = 0; i < all.count; i++) {
        size_t length = strcspn(all.items[i], "=") + 1;
        for (const char *at = strchr(argument, ':'); at != NULL; at = strpbrk(at + 1, ":,"))
            if (strncmp(at + 1, all.items[i], length) == 0) {
                text_list_add(given, all.items[i]);
                break;
            }
    }
    text_list_free(&all);
}

/* The collector as a program's file names it: by its whole path. */
static char *name_wholly(const struct suite_collector *collector, const struct text_list *given)
{
    struct text text = {0};
    char *path = realpath(collector->info->path, NULL);
    text_append(&text, path != NULL ? path : collector->info->path);
    text_format(&text, "/%s", collector->can->name);
    for (size_t i = 0; i < given->count; i++)
        text_format(&text, "%s%s", i == 0 ? ":" : ",", given->items[i]);
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
    if (live->given->hunt.refuses && tally->runs > 0 && tally->refused_requests == 0) {
        error_user(error,
                   "%s was refused nothing, as it is not built for it; leave out --refuse, or take "
                   "a build with the kit's hooks (docs/stress.md)",
                   live->given->collector);
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
    keep_given(&options, collector, given->collector);
    char *whole_name = name_wholly(collector, &options);
    given->hunt.collector = whole_name;
    given->hunt.options = collector->info->options;
    given->hunt.option_count = collector->info->option_count;
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

static int check(int argc, char **argv, bool stress)
{
    struct error error = {0};
    struct suite_entries entries = {0};
    struct check_options given = {.hunt.jobs = processors()};
    int status;
    bool made = false;
    if (check_parse(&given, argc, argv, stress, &error) &&
        find_collector(&given, &entries, &error) && make_folder(given.folder, &made, &error))
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
    return check(argc, argv, false);
}

int command_stress(int argc, char **argv)
{
    return check(argc, argv, true);
}
