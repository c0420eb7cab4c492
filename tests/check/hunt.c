/* SPDX-License-Identifier: MIT
 *
 * hunt PLUGIN VARIANT PROFILE FIRST LAST [table] [first] [THREADS] [OPTION=VALUE]...: the programs
 * of these seeds, one after another; what breaks something is shrunk and printed. With `first` the
 * first one that does ends it, not shrunk. PROFILE: a name, or all.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "check/check.h"

static struct check_target target;
static const struct check_limits limits = {.time_ns = UINT64_C(20000000000)};
static struct error error;
static bool only_first;
static uint64_t operations, objects, collections, judged, refused;

static void tell(const struct check_verdict *verdict, const struct program *program)
{
    struct text text = {0};
    printf("%s: %s\n  thread %d, operation %zu; %" PRIu64 " operations, %" PRIu64 " objects\n%s\n",
           check_property_name(verdict->property), verdict->sentence, (int)verdict->thread,
           verdict->op, verdict->operations, verdict->objects, verdict->output);
    program_append(&text, program, NULL);
    puts(text_chars(&text));
    text_free(&text);
}

static bool hunt(enum check_profile profile, uint64_t seed, uint32_t threads)
{
    struct program program;
    struct check_verdict verdict;
    check_generate(&program, profile, seed, target.capabilities, threads);
    if (!check_run(&target, &program, &limits, &verdict, &error)) {
        puts(error.text);
        exit(3);
    }
    operations += verdict.operations;
    objects += verdict.objects;
    collections += verdict.collections;
    judged |= verdict.judged;
    refused += verdict.outcome == CHECK_REFUSED;
    if (verdict.outcome == CHECK_REFUSED)
        printf("refused: %s\n", verdict.sentence);
    if (verdict.outcome != CHECK_BROKEN)
        return true;
    printf("---- %s seed %" PRIu64 ", %zu operations: %s: %s\n", check_profile_name(profile), seed,
           program_length(&program), check_property_name(verdict.property), verdict.sentence);
    if (only_first) {
        program_free(&program);
        return false;
    }
    struct check_shrink shrink = {.target = &target,
                                  .limits = &limits,
                                  .most_runs = 2000,
                                  .most_ns = UINT64_C(60000000000),
                                  .repeats = 1};
    check_shrink(&shrink, &program, &verdict, &error);
    printf("shrunk in %zu runs to %zu operations\n", shrink.runs, program_length(&program));
    tell(&verdict, &program);
    program_free(&program);
    return false;
}

/* What follows the seeds; the number of threads. */
static uint32_t read_rest(char **argv)
{
    static const char *pairs[16];
    uint32_t threads = 0;
    for (; *argv != NULL; argv++)
        if (strcmp(*argv, "table") == 0)
            target.table = true;
        else if (strcmp(*argv, "first") == 0)
            only_first = true;
        else if (strchr(*argv, '=') == NULL)
            threads = (uint32_t)atoi(*argv);
        else if (target.option_count < sizeof pairs / sizeof *pairs)
            pairs[target.option_count++] = *argv;
    target.option_pairs = pairs;
    return threads;
}

int main(int argc, char **argv)
{
    struct plugin_info info;
    bool fine = true;
    if (argc < 6 || !plugin_probe(argv[1], &info, &error)) {
        puts(argc < 6 ? "hunt PLUGIN VARIANT PROFILE FIRST LAST [table] [first] [THREADS] "
                        "[OPTION=VALUE]..."
                      : error.text);
        return 2;
    }
    target = (struct check_target){.path = argv[1], .variant = argv[2]};
    uint32_t threads = read_rest(argv + 6);
    for (size_t i = 0; i < info.variant_count; i++)
        if (strcmp(info.variants[i].name, argv[2]) == 0)
            target.capabilities = &info.variants[i].capabilities;
    uint64_t began_ns = clock_now_ns();
    for (uint64_t seed = strtoull(argv[4], NULL, 10); seed <= strtoull(argv[5], NULL, 10); seed++)
        for (enum check_profile profile = 0; profile < CHECK_PROFILE_COUNT; profile++)
            if (strcmp(argv[3], "all") == 0 || strcmp(argv[3], check_profile_name(profile)) == 0)
                if (fine || !only_first)
                    fine = hunt(profile, seed, threads) && fine;
    printf("%" PRIu64 " operations, %" PRIu64 " objects, %" PRIu64 " collections, %" PRIu64
           " refused, %.1f s\njudged:",
           operations, objects, collections, refused, (double)(clock_now_ns() - began_ns) / 1e9);
    for (enum hm_property property = 0; property < HM_PROPERTY_COUNT; property++)
        if (judged >> property & 1)
            printf(" %s", check_property_name(property));
    puts("");
    return !fine;
}
