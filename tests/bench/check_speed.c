/* SPDX-License-Identifier: MIT
 *
 * How fast stress testing is: operations a second of CPU time, for each kind of program.
 *
 *     check_speed COLLECTOR.so [PROGRAMS [OPERATIONS]]
 *
 * "generate" makes programs; "whole" makes and runs them, all costs of their processes included;
 * "between" runs one program of many operations, in which nobody collects, meets or walks: what is
 * left are the operations themselves, their shadow, and the collector. CPU time of this process and
 * of the programs' is counted, so a machine that does other things matters little.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "check/check.h"

enum { PROGRAMS = 100, OPERATIONS = 2000000 };
#define HEAP_BYTES (UINT64_C(512) << 20)

static double cpu_seconds(void)
{
    static const int whose[] = {RUSAGE_SELF, RUSAGE_CHILDREN};
    double seconds = 0;
    for (size_t i = 0; i < sizeof whose / sizeof *whose; i++) {
        struct rusage usage;
        getrusage(whose[i], &usage);
        seconds += (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                   (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    }
    return seconds;
}

static void run(const struct check_target *target, const struct program *program,
                struct check_verdict *verdict)
{
    struct error error = {0};
    const struct check_limits limits = {.time_ns = UINT64_C(600000000000)};
    if (!check_run(target, program, &limits, verdict, &error))
        exit(error_exit_status(&error));
    if (verdict->outcome == CHECK_SOUND)
        return;
    fprintf(stderr, "check_speed: seed %" PRIu64 ": %s\n", program->seed, verdict->sentence);
    exit(1);
}

static double generate(const struct check_target *target, enum check_profile profile,
                       uint64_t programs)
{
    uint64_t operations = 0;
    double start = cpu_seconds();
    for (uint64_t seed = 1; seed <= programs; seed++) {
        struct program program;
        check_generate(&program, profile, seed, target->capabilities, 0);
        operations += program_length(&program);
        program_free(&program);
    }
    return (double)operations / (cpu_seconds() - start);
}

static double whole(const struct check_target *target, enum check_profile profile,
                    uint64_t programs, double *programs_a_second)
{
    uint64_t operations = 0;
    double start = cpu_seconds();
    for (uint64_t seed = 1; seed <= programs; seed++) {
        struct program program;
        struct check_verdict verdict;
        check_generate(&program, profile, seed, target->capabilities, 0);
        run(target, &program, &verdict);
        operations += verdict.operations;
        program_free(&program);
    }
    double seconds = cpu_seconds() - start;
    *programs_a_second = (double)programs / seconds;
    return (double)operations / seconds;
}

static bool is_between(const struct program_op *op)
{
    switch (op->kind) {
    case PROGRAM_COLLECT:
    case PROGRAM_FLOOD: /* until memory is out */
    case PROGRAM_MEET:
    case PROGRAM_VERIFY:
    case PROGRAM_LOOK:
    case PROGRAM_PAUSE:
    case PROGRAM_REBIRTH:
        return false;
    default:
        return true;
    }
}

/* Programs of one thread, one behind the other, without what is not between collections; none of
 * those whose heap has no limit, as they fill it with large objects until somebody collects. */
static void make_stretch(struct program *stretch, const struct check_target *target,
                         enum check_profile profile, uint64_t operations)
{
    *stretch =
        (struct program){.thread_count = 1, .places = 2, .seed = 1, .heap_bytes = HEAP_BYTES};
    for (uint64_t seed = 1; program_length(stretch) < operations; seed++) {
        struct program program;
        check_generate(&program, profile, seed, target->capabilities, 1);
        bool limited = program.heap_bytes != 0 || seed > operations;
        for (size_t i = 0;
             limited && i < program.threads[0].count && program_length(stretch) < operations; i++)
            if (is_between(&program.threads[0].ops[i]))
                program_add(stretch, 0, program.threads[0].ops[i]);
        program_free(&program);
    }
}

static double between(const struct check_target *target, enum check_profile profile,
                      uint64_t operations, uint64_t *collections)
{
    struct program stretch;
    struct check_verdict verdict;
    double start = cpu_seconds();
    make_stretch(&stretch, target, profile, operations);
    run(target, &stretch, &verdict);
    double seconds = cpu_seconds() - start;
    *collections = verdict.collections;
    program_free(&stretch);
    return (double)verdict.operations / seconds;
}

int main(int argc, char **argv)
{
    struct error error = {0};
    struct plugin_info info;
    uint64_t programs = argc > 2 ? strtoull(argv[2], NULL, 10) : PROGRAMS;
    uint64_t operations = argc > 3 ? strtoull(argv[3], NULL, 10) : OPERATIONS;
    if (argc < 2)
        return fprintf(stderr, "check_speed COLLECTOR.so [PROGRAMS [OPERATIONS]]\n"), 2;
    if (!plugin_probe(argv[1], &info, &error))
        return fprintf(stderr, "check_speed: %s\n", error.text), error_exit_status(&error);
    const struct check_target target = {.path = info.path,
                                        .variant = info.variants[0].name,
                                        .capabilities = &info.variants[0].capabilities};
    printf("%-12s %12s %12s %12s %12s %12s\n", "millions/s", "generate", "whole", "programs/s",
           "between", "collections");
    for (enum check_profile profile = 0; profile < CHECK_PROFILE_COUNT; profile++) {
        uint64_t collections = 0;
        double programs_a_second = 0, generated = generate(&target, profile, programs);
        double all = whole(&target, profile, programs, &programs_a_second);
        double stretch = between(&target, profile, operations, &collections);
        printf("%-12s %12.2f %12.2f %12.0f %12.2f %12" PRIu64 "\n", check_profile_name(profile),
               generated / 1e6, all / 1e6, programs_a_second, stretch / 1e6, collections);
    }
    plugin_info_free(&info);
    return 0;
}
