/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: any bytes as a program of operations (operations.h), run on a collector and judged
 * as by `heapmark check`, in a process of its own: so a find does not depend on the inputs before
 * it, and threads, leaks and what a crash leaves are gone with the process. A broken property is a
 * find.
 *
 *     HEAPMARK_FUZZ_COLLECTOR   the plugin's file
 *     HEAPMARK_FUZZ_PRINT       not empty: print the program, for `heapmark replay`, and do not run
 * it
 *
 * The counters of coverage are those of this process. The program's process was forked from it, and
 * hands its own back when it has ended well.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "check/check.h"
#include "counters.h"
#include "fuzz.h"
#include "operations.h"

static const struct check_limits limits = {.time_ns = UINT64_C(20000000000),
                                           .memory_bytes = UINT64_C(2) << 30};

static struct {
    struct plugin plugin;
    struct check_target target;
    struct fuzz_counters counters; /* of the plugin */
    uint8_t *copy;                 /* of them, shared with the program's process */
} fuzzed;

static void hand_back(void)
{
    if (fuzzed.copy != NULL)
        memcpy(fuzzed.copy, fuzzed.counters.first, fuzzed.counters.count);
}

static void find_counters(void)
{
    fuzz_counters_function *of_plugin =
        (fuzz_counters_function *)dlsym(fuzzed.plugin.handle, FUZZ_COUNTERS_SYMBOL);
    if (of_plugin == NULL)
        return;
    fuzzed.counters = of_plugin();
    fuzzed.copy = mmap(NULL, fuzzed.counters.count, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(fuzzed.copy != MAP_FAILED, "%zu counters", fuzzed.counters.count);
}

static void begin(void)
{
    struct error error = {0};
    const char *path = getenv("HEAPMARK_FUZZ_COLLECTOR");
    if (path == NULL || !plugin_load(&fuzzed.plugin, path, &error)) {
        fprintf(stderr, "HEAPMARK_FUZZ_COLLECTOR is to be a plugin's file: %s\n", error.text);
        exit(2);
    }
    const struct hm_variant *variant = fuzzed.plugin.descriptor->variants[0];
    fuzzed.target = (struct check_target){.path = path,
                                          .variant = variant->name,
                                          .capabilities = variant->capabilities,
                                          .ended = hand_back};
    find_counters();
}

static void print(const struct program *program, FILE *file)
{
    struct text text = {0};
    program_append(&text, program, NULL);
    fprintf(file, "%s", text_chars(&text));
    text_free(&text);
}

static void run(const struct program *program)
{
    struct check_verdict verdict;
    struct error error = {0};
    fuzzed.target.table = program->dispatch == PROGRAM_TABLE;
    if (!check_run(&fuzzed.target, program, &limits, &verdict, &error)) {
        fprintf(stderr, "%s\n", error.text);
        exit(3);
    }
    if (verdict.outcome == CHECK_SOUND && fuzzed.copy != NULL)
        memcpy(fuzzed.counters.first, fuzzed.copy, fuzzed.counters.count);
    if (verdict.outcome != CHECK_BROKEN)
        return;
    fprintf(stderr, "%s: %s\nthread %u, operation %zu\n%s%s", check_property_name(verdict.property),
            verdict.sentence, verdict.thread, verdict.op, verdict.output, verdict.backtrace);
    print(program, stderr);
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    struct program program;
    const char *prints = getenv("HEAPMARK_FUZZ_PRINT");
    if (fuzzed.plugin.handle == NULL)
        begin();
    operations_read(&program, bytes, count, fuzzed.target.capabilities);
    program.collector = memory_copy_text(fuzzed.target.path);
    if (prints != NULL && *prints != '\0')
        print(&program, stdout);
    else
        run(&program);
    program_free(&program);
    return 0;
}
