/* SPDX-License-Identifier: MIT
 *
 * failures_test PROFILE:SEED[,...] PLUGIN [OPTION=VALUE...]: of the program of each seed every
 * request of the collector for memory is refused once, alone and with all after it; then the same
 * for its threads. Each has to be an answer, in bounded time: a refusal, out of memory, or nothing
 * that anybody notices.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/sweep.h"

static struct check_target target;
static const struct check_limits limits = {.time_ns = UINT64_C(30000000000)};

/* True when nothing broke. A collector that refuses nothing was not built for it, and proves
 * nothing: but of threads it may have none. */
static bool is_sound(struct program *program, bool threads)
{
    struct error error = {0};
    struct check_sweep sweep = {.target = &target, .limits = &limits, .program = program};
    if (!check_sweep_refusals(&sweep, threads, &error)) {
        puts(error.text);
        exit(3);
    }
    printf("%s: %" PRIu64 " runs, %" PRIu64 " requests refused\n", threads ? "threads" : "memory",
           sweep.runs, sweep.verdict.refusals);
    if (sweep.verdict.outcome != CHECK_BROKEN)
        return threads || sweep.verdict.refusals > 0;
    struct text text = {0};
    program_append(&text, program, NULL);
    printf("%s: %s\n%s\n%s\n%s\n", check_property_name(sweep.verdict.property),
           sweep.verdict.sentence, sweep.verdict.output, sweep.verdict.backtrace,
           text_chars(&text));
    text_free(&text);
    return false;
}

static bool sweep_program(const char *which)
{
    struct program program;
    enum check_profile profile = 0;
    const char *colon = strchr(which, ':');
    size_t length = colon == NULL ? 0 : (size_t)(colon - which);
    while (profile < CHECK_PROFILE_COUNT &&
           (strlen(check_profile_name(profile)) != length ||
            strncmp(check_profile_name(profile), which, length) != 0))
        profile++;
    if (profile == CHECK_PROFILE_COUNT) {
        printf("'%s' is no PROFILE:SEED\n", which);
        exit(2);
    }
    check_generate(&program, profile, strtoull(colon + 1, NULL, 10), target.capabilities, 0);
    printf("%s: %" PRIu32 " threads, %zu operations\n", which, program.thread_count,
           program_length(&program));
    fflush(stdout);
    bool sound = is_sound(&program, false) && is_sound(&program, true);
    program_free(&program);
    return sound;
}

int main(int argc, char **argv)
{
    struct plugin_info info;
    struct error error = {0};
    struct text_list programs = {0};
    if (argc < 3 || !plugin_probe(argv[2], &info, &error)) {
        puts(argc < 3 ? "failures_test PROFILE:SEED[,...] PLUGIN [OPTION=VALUE]" : error.text);
        return 2;
    }
    const struct plugin_variant_info *variant = &info.variants[0];
    target = (struct check_target){.path = argv[2],
                                   .variant = variant->name,
                                   .capabilities = &variant->capabilities,
                                   .option_pairs = (const char *const *)&argv[3],
                                   .option_count = (size_t)argc - 3};
    bool sound = true;
    text_split(&programs, argv[1], ',');
    for (size_t i = 0; sound && i < programs.count; i++)
        sound = sweep_program(programs.items[i]);
    text_list_free(&programs);
    return sound ? 0 : 1;
}
