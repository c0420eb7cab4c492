/* SPDX-License-Identifier: MIT
 *
 * Instructions of a trial, by repeating it under callgrind.
 *
 * A count does not depend on what else the machine does, so it tells builds apart where times are
 * too noisy to. With one mutator it is nearly the same each time; with several, threads wait for
 * each other in another order, and valgrind runs one at a time.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "measure/counting.h"
#include "trial/launcher.h"

enum { SLOWER = 100, MOST_PATH = 4096 };

static bool is_in_path(const char *program)
{
    struct text_list folders = {0};
    struct text file = {0};
    const char *path = getenv("PATH");
    bool found = false;
    text_split(&folders, path != NULL ? path : "/usr/bin:/bin", ':');
    for (size_t i = 0; i < folders.count && !found; i++) {
        text_free(&file);
        text_format(&file, "%s/%s", *folders.items[i] != '\0' ? folders.items[i] : ".", program);
        found = access(text_chars(&file), X_OK) == 0;
    }
    text_free(&file);
    text_list_free(&folders);
    return found;
}

bool trial_can_count(struct error *error)
{
    if (!counting_is_built)
        return error_user(error, "this heapmark was built without valgrind's headers, so it cannot "
                                 "count instructions: install valgrind and build it again");
    return is_in_path("valgrind") ||
           error_system(error, "there is no valgrind in PATH to count instructions with: install "
                               "it, or leave --instructions out");
}

/* Owned by the caller. */
static char *own_file(void)
{
    char *path = memory_new(MOST_PATH);
    ssize_t length = readlink("/proc/self/exe", path, MOST_PATH - 1);
    CHECK(length > 0, "the file of this program cannot be found: %m");
    return path;
}

static void build_launcher(struct trial_launcher *launcher, const char *out_file)
{
    struct text out = {0};
    char *self = own_file();
    text_format(&out, "--callgrind-out-file=%s", out_file);
    const char *const words[] = {
        "valgrind",       "--quiet", "--tool=callgrind", "--instr-atstart=no", "--fair-sched=try",
        text_chars(&out), self};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        text_list_add(&launcher->arguments, words[i]);
    launcher->program = "valgrind";
    free(self);
    text_free(&out);
}

/* The number behind "totals:", which callgrind writes at the end. */
static bool read_total(const char *path, uint64_t *total)
{
    static const char WORD[] = "totals: ";
    char line[512];
    bool found = false;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, WORD, sizeof WORD - 1) != 0)
            continue;
        *total = strtoull(line + sizeof WORD - 1, NULL, 10);
        found = true;
    }
    fclose(file);
    return found;
}

static void warn(struct trial_record *record, const struct trial_record *repetition)
{
    struct text text = {0};
    text_format(&text, "instructions were not counted: under callgrind the trial ended as %s",
                record_outcome_word(record_outcome(repetition, OUTCOME_CRASH)));
    const char *cause = record_text(repetition, TRIAL_CAUSE, NULL);
    if (cause != NULL)
        text_format(&text, " (%s)", cause);
    record_add_warning(record, text_chars(&text));
    text_free(&text);
}

/* One repetition: what is counted, and what came of it. */
struct repetition {
    enum trial_counting counting;
    uint32_t rounds;
    uint64_t total; /* UINT64_MAX: it was not completed, or counted something else */
    uint64_t operations;
};

struct counting {
    const struct trial_spec *spec;
    struct trial_limits limits;
    const struct trial_attention *attention;
    struct trial_record *record;
};

/* Is the total that of what was to be counted? */
static bool is_whole(const struct counting *counting, const struct trial_record *repetition)
{
    bool torn = strstr(record_text(repetition, TRIAL_WARNING, ""), TRIAL_WORK_UNTOLD) != NULL;
    if (torn)
        record_add_warning(counting->record, TRIAL_WORK_UNTOLD);
    return !torn;
}

static bool repeat(const struct counting *counting, struct repetition *one, const char *out_file,
                   struct error *error)
{
    struct trial_launcher launcher = {.counting = one->counting, .rounds = one->rounds};
    struct trial_record repetition = {0};
    build_launcher(&launcher, out_file);
    one->total = UINT64_MAX;
    bool fine = trial_supervise_by(&launcher, counting->spec, &counting->limits,
                                   counting->attention, &repetition, error);
    bool completed = fine && record_outcome(&repetition, OUTCOME_CRASH) == OUTCOME_OK;
    if (fine && !(completed && read_total(out_file, &one->total)))
        warn(counting->record, &repetition);
    if (completed && !is_whole(counting, &repetition))
        one->total = UINT64_MAX;
    one->operations = (uint64_t)record_integer(&repetition, TRIAL_OPERATIONS, 0);
    record_free(&repetition);
    text_list_free(&launcher.arguments);
    return fine;
}

static bool count_whole(const struct counting *counting, const char *out_file, struct error *error)
{
    struct repetition all = {.counting = TRIAL_COUNTS_ALL},
                      mutators = {.counting = TRIAL_COUNTS_MUTATORS};
    if (!repeat(counting, &all, out_file, error))
        return false;
    if (all.total == UINT64_MAX)
        return true;
    record_set_count(counting->record, TRIAL_COUNTED_INSTRUCTIONS, all.total);
    if (!repeat(counting, &mutators, out_file, error))
        return false;
    if (mutators.total != UINT64_MAX)
        record_set_count(counting->record, TRIAL_COUNTED_COLLECTOR_INSTRUCTIONS,
                         all.total > mutators.total ? all.total - mutators.total : 0);
    return true;
}

/* What both have once, from the first batch's way in to the last one's way out, is in neither. */
static bool count_micro(const struct counting *counting, const char *out_file, struct error *error)
{
    struct repetition once = {.counting = TRIAL_COUNTS_ALL, .rounds = 1}, twice = once;
    twice.rounds = 2;
    if (!repeat(counting, &once, out_file, error))
        return false;
    if (once.total == UINT64_MAX)
        return true;
    if (!repeat(counting, &twice, out_file, error))
        return false;
    if (twice.total != UINT64_MAX && twice.total >= once.total &&
        twice.operations > once.operations)
        record_set_real(counting->record, TRIAL_INSTRUCTIONS_PER_OPERATION,
                        (double)(twice.total - once.total) /
                            (double)(twice.operations - once.operations));
    return true;
}

bool trial_count_instructions(const struct trial_spec *spec, const struct trial_limits *limits,
                              const struct trial_attention *attention, struct trial_record *record,
                              struct error *error)
{
    struct counting counting = {spec, *limits, attention, record};
    /* valgrind takes memory of its own, and counts do not depend on how scarce it is. */
    counting.limits.machine_bytes = counting.limits.outer_bytes = 0;
    counting.limits.time_ns =
        limits->time_ns < UINT64_MAX / SLOWER ? limits->time_ns * SLOWER : UINT64_MAX;
    const char *folder = getenv("TMPDIR");
    struct text out_file = {0};
    text_format(&out_file, "%s/heapmark-count-XXXXXX", folder != NULL ? folder : "/tmp");
    int fd = mkostemp(out_file.chars, O_CLOEXEC);
    bool fine = fd >= 0 || error_system(error, "cannot make a temporary file %s: %s",
                                        text_chars(&out_file), strerror(errno));
    if (fine) {
        close(fd);
        fine = record_integer(record, TRIAL_MICRO, 0) != 0
                   ? count_micro(&counting, text_chars(&out_file), error)
                   : count_whole(&counting, text_chars(&out_file), error);
        unlink(text_chars(&out_file));
    }
    text_free(&out_file);
    return fine;
}
