/* SPDX-License-Identifier: MIT
 *
 * failures_test PLUGIN [OPTION=VALUE]: the k-th request of the collector for memory fails, alone or
 * with all after it, for each k of the first ones and some later; then the same for its threads.
 * Each has to be an answer, in bounded time: a refusal, out of memory, or nothing that anybody
 * notices.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/check.h"

enum { EVERY_MAP = 12, MOST_MAP = 200, MOST_THREADS = 4, SEED = 5 };

static struct check_target target;
static const struct check_limits limits = {.time_ns = UINT64_C(30000000000)};
static uint32_t runs, refused, failed;

static void run(const struct program *program, const char *variable, uint32_t k, const char *after)
{
    struct check_verdict verdict;
    struct error error = {0};
    char value[16];
    snprintf(value, sizeof value, "%u%s", k, after);
    setenv(variable, value, 1);
    if (!check_run(&target, program, &limits, &verdict, &error)) {
        puts(error.text);
        exit(3);
    }
    unsetenv(variable);
    runs++;
    refused += verdict.outcome == CHECK_REFUSED;
    if (verdict.outcome != CHECK_BROKEN)
        return;
    failed++;
    printf("%s=%s: %s: %s\n%s\n%s\n", variable, value, check_property_name(verdict.property),
           verdict.sentence, verdict.output, verdict.backtrace);
}

static void sweep(enum check_profile profile)
{
    struct program program;
    check_generate(&program, profile, SEED, target.capabilities, 2);
    for (uint32_t k = 1; k <= MOST_MAP; k += k < EVERY_MAP ? 1 : k) {
        run(&program, "HEAPMARK_FAIL_MAP", k, "");
        run(&program, "HEAPMARK_FAIL_MAP", k, "+");
    }
    for (uint32_t k = 1; k <= MOST_THREADS; k++)
        run(&program, "HEAPMARK_FAIL_THREAD", k, "");
    program_free(&program);
}

int main(int argc, char **argv)
{
    struct plugin_info info;
    struct error error = {0};
    if (argc < 2 || !plugin_probe(argv[1], &info, &error)) {
        puts(argc < 2 ? "failures_test PLUGIN [OPTION=VALUE]" : error.text);
        return 2;
    }
    target = (struct check_target){.path = argv[1],
                                   .variant = info.variants[0].name,
                                   .capabilities = &info.variants[0].capabilities,
                                   .option_pairs = (const char *const *)&argv[2],
                                   .option_count = (size_t)argc - 2};
    sweep(CHECK_PROFILE_THREADS);
    sweep(CHECK_PROFILE_FULL);
    printf("%u runs, %u refused, %u failed\n", runs, refused, failed);
    /* The first request of all is for the heap, which is refused then. */
    return failed != 0 || refused < 4;
}
