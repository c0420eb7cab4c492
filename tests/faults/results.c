/* SPDX-License-Identifier: MIT
 *
 * What came of hunts for planted faults; see run_faults.h.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "run_faults.h"

void fault_results_add(struct fault_results *results, const struct fault_result *result)
{
    results->results =
        memory_resize(results->results, (results->count + 1) * sizeof *results->results);
    results->results[results->count++] = *result;
}

void fault_results_free(struct fault_results *results)
{
    for (size_t i = 0; i < results->count; i++)
        free(results->results[i].catches);
    free(results->results);
    *results = (struct fault_results){0};
}

/* ---- figures of one collector ---- */

static size_t count_caught(const struct fault_result *result)
{
    size_t caught = 0;
    for (size_t i = 0; i < result->count; i++)
        caught += result->catches[i].caught;
    return caught;
}

static size_t count_right(const struct fault_result *result)
{
    size_t right = 0;
    for (size_t i = 0; i < result->count; i++)
        right += result->catches[i].right;
    return right;
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* A hunt that caught nothing took longer than any that did. Of an even number, the upper one. */
static uint64_t median(const struct fault_result *result, size_t offset)
{
    uint64_t *values = memory_new(result->count * sizeof *values);
    for (size_t i = 0; i < result->count; i++) {
        memcpy(&values[i], (const char *)&result->catches[i] + offset, sizeof values[i]);
        if (!result->catches[i].caught)
            values[i] = UINT64_MAX;
    }
    qsort(values, result->count, sizeof *values, compare);
    uint64_t middle = values[result->count / 2];
    free(values);
    return middle;
}

static size_t smallest_length(const struct fault_result *result)
{
    size_t smallest = SIZE_MAX;
    for (size_t i = 0; i < result->count; i++)
        if (result->catches[i].caught && result->catches[i].length < smallest)
            smallest = result->catches[i].length;
    return smallest;
}

/* Each that was named, once. */
static void append_properties(struct text *text, const struct fault_result *result)
{
    uint64_t named = 0;
    for (size_t i = 0; i < result->count; i++)
        named |= (uint64_t)result->catches[i].caught << result->catches[i].property;
    for (enum hm_property property = 0; property < HM_PROPERTY_COUNT; property++)
        if (named >> property & 1)
            text_format(text, "%s%s", text->length > 0 ? ", " : "", check_property_name(property));
}

/* ---- for whoever waits ---- */

bool fault_results_tell(const struct fault_results *results)
{
    size_t caught = 0;
    for (size_t i = 0; i < results->count; i++) {
        const struct fault_result *result = &results->results[i];
        caught += count_right(result) == result->count;
        if (count_caught(result) < result->count)
            printf("not caught: %s on %s, by %zu of %zu seeds\n", result->fault->id,
                   result->carrier, result->count - count_caught(result), result->count);
        if (count_right(result) < count_caught(result))
            printf("wrongly named: %s on %s, by %zu of %zu seeds\n", result->fault->id,
                   result->carrier, count_caught(result) - count_right(result), result->count);
    }
    printf("%zu of %zu caught by every seed, and rightly named\n", caught, results->count);
    return caught == results->count;
}

/* ---- the page ---- */

static void append_cell(struct text *text, uint64_t value)
{
    if (value == UINT64_MAX)
        text_append(text, " – |");
    else
        text_format(text, " %" PRIu64 " |", value);
}

static void append_row(struct text *text, const struct fault_result *result)
{
    struct text properties = {0};
    append_properties(&properties, result);
    uint64_t ns = median(result, offsetof(struct fault_catch, after_ns));
    text_format(text, "| `%s` | %s | %s | `%s` | %s |", result->fault->id, result->fault->wrong,
                result->fault->family, result->carrier, text_chars(&properties));
    append_cell(text, median(result, offsetof(struct fault_catch, programs)));
    append_cell(text, median(result, offsetof(struct fault_catch, operations)));
    if (ns == UINT64_MAX)
        text_append(text, " – |");
    else
        text_format(text, " %.2f |", (double)ns / 1e9);
    append_cell(text, smallest_length(result));
    if (count_caught(result) < result->count)
        text_format(text, " missed by %zu of %zu |", result->count - count_caught(result),
                    result->count);
    else
        text_append(text, " all |");
    text_append(text, "\n");
    text_free(&properties);
}

static void append_page(struct text *text, const struct fault_results *results,
                        const struct fault_table *table)
{
    text_append(
        text,
        "# Planted faults\n\n"
        "Written by `scripts/faults.sh`. Each row is one classic bug of collectors, planted in a\n"
        "build of one of Heapmark's; `heapmark check` looked for it from several seeds. What is\n"
        "given is the property that was named, the median of programs, operations and seconds\n"
        "until the fault was met, the length of the smallest program that was left of it, and how\n"
        "many of the seeds met it within a minute.\n\n");
    text_format(text, "Here: %zu seed%s, %u program%s at once.\n\n", results->results[0].count,
                results->results[0].count == 1 ? "" : "s", results->jobs,
                results->jobs == 1 ? "" : "s");
    text_append(text,
                "| fault | what is wrong | family | collector | property | programs | operations | "
                "seconds | smallest program | seeds |\n"
                "| --- | --- | --- | --- | --- | ---: | ---: | ---: | ---: | --- |\n");
    for (size_t i = 0; i < results->count; i++)
        append_row(text, &results->results[i]);
    text_append(text, "\n## Those that no collector of the tree can carry\n\n"
                      "| fault | what would be wrong | family | why none carries it |\n"
                      "| --- | --- | --- | --- |\n");
    for (size_t i = 0; i < table->count; i++)
        if (table->faults[i].carriers.count == 0)
            text_format(text, "| `%s` | %s | %s | %s |\n", table->faults[i].id,
                        table->faults[i].wrong, table->faults[i].family, table->faults[i].absent);
}

bool fault_results_write(const struct fault_results *results, const struct fault_table *table,
                         const char *path, struct error *error)
{
    struct text text = {0};
    append_page(&text, results, table);
    FILE *file = fopen(path, "w");
    bool fine = file != NULL && fwrite(text_chars(&text), 1, text.length, file) == text.length;
    fine = (file == NULL || fclose(file) == 0) && fine;
    text_free(&text);
    return fine || error_user(error, "cannot write '%s': %s", path, strerror(errno));
}
