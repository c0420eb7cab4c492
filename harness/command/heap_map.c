/* SPDX-License-Identifier: MIT
 *
 * heapmark heap-map: a heap over time, as a table and as a picture.
 */
#include "learn/heap_map.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "command/columns.h"
#include "command/command.h"
#include "command/output.h"
#include "suite/plan.h"

enum { KEY_HEAP = 256, KEY_SEED, KEY_COLLECTIONS, KEY_BY, KEY_SVG };

#define STANDARD_COLLECTIONS 5

static const struct argp_option options[] = {
    {"collector", 'c', "NAME[/VARIANT][:OPTION=VALUE,...]", 0, "The collector", 0},
    {"workload", 'w', "NAME[:PARAMETER=VALUE,...]", 0, "What is run, with one thread", 0},
    {"heap", KEY_HEAP, "BYTES", 0, "Heap limit; 0 is none (as in `heapmark run`)", 0},
    {"seed", KEY_SEED, "S", 0, "Seed of the workload's data (1)", 0},
    {"collections", KEY_COLLECTIONS, "N", 0,
     "Look before and after so many of the collections, 1 to 12 (" COMMAND_TEXT(
         STANDARD_COLLECTIONS) ")",
     0},
    {"by", KEY_BY, "WHAT", 0, "The colour of what lives tells its size, age or thread (size)", 0},
    {"svg", KEY_SVG, "FILE", 0, "Draw it into this file", 0},
    {0},
};

struct heap_map_options {
    const char *collector, *workload, *heap, *seed, *svg;
    int64_t collections;
    enum heap_map_by by;
    struct error *error;
};

static const char *const by_names[] = {
    [HEAP_MAP_BY_SIZE] = "size", [HEAP_MAP_BY_AGE] = "age", [HEAP_MAP_BY_THREAD] = "thread", NULL};

static bool parse_by(struct heap_map_options *given, const char *argument)
{
    for (size_t i = 0; by_names[i] != NULL; i++)
        if (strcmp(argument, by_names[i]) == 0) {
            given->by = (enum heap_map_by)i;
            return true;
        }
    return error_choice(given->error, "--by", argument, by_names);
}

static bool take_once(const char **field, const char *argument, const char *what,
                      struct error *error)
{
    if (*field != NULL)
        return error_user(error, "one %s at a time: '%s' is there already", what, *field);
    *field = argument;
    return true;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct heap_map_options *given = state->input;
    bool fine = true;
    switch (key) {
    case 'c':
        fine = take_once(&given->collector, argument, "collector", given->error);
        break;
    case 'w':
        fine = take_once(&given->workload, argument, "workload", given->error);
        break;
    case KEY_HEAP:
        given->heap = argument;
        break;
    case KEY_SEED:
        given->seed = argument;
        break;
    case KEY_COLLECTIONS:
        fine = units_parse_integer(argument, "number of collections", 1, HEAP_MAP_MOST_COLLECTIONS,
                                   &given->collections, given->error);
        break;
    case KEY_BY:
        fine = parse_by(given, argument);
        break;
    case KEY_SVG:
        given->svg = argument;
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return fine ? 0 : EINVAL;
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .doc =
        "Run a workload on a collector, and show what its heap holds over time: what lives, what "
        "is dead and not reclaimed yet, and what is free, right before and right after its "
        "collections, and at the end.\v"
        "Exit status: 0 completed (out of memory is a result), 1 the collector crashed, hung or "
        "told what cannot be, 2 the user's mistake, 3 the system's failure.",
};

/* ---- what is run ---- */

static bool check_collector(const struct suite_entries *entries, struct error *error)
{
    const struct suite_collector *collector = &entries->collectors[0];
    if (entries->collector_count > 1 || entries->workload_count > 1)
        return error_user(error, "a map is of one collector on one workload");
    return collector->can->capabilities.walk ||
           error_user(error,
                      "%s/%s has no heap walk, by which the heap would be seen; `heapmark list "
                      "collectors` shows which have one",
                      collector->info->name, collector->can->name);
}

static bool look_up(const struct heap_map_options *given, struct suite_request *request,
                    struct suite_plan *plan, struct error *error)
{
    if (given->collector == NULL || given->workload == NULL)
        return error_user(error, "a map needs a collector and a workload: -c NAME -w NAME");
    request->dispatch_table = true;
    request->dispatch_inline = false;
    request->invocations = 1;
    if ((given->heap != NULL && !suite_set(request, "heap", given->heap, error)) ||
        (given->seed != NULL && !suite_set(request, "seed", given->seed, error)) ||
        !suite_add_workloads(&request->entries, given->workload, error) ||
        !suite_add_collectors(&request->entries, given->collector, error) ||
        !check_collector(&request->entries, error))
        return false;
    command_warn_exposed(&request->entries);
    if (!suite_make_plan(request, plan, error))
        return false;
    const char *unsupported = plan->points[0].unsupported;
    return plan->point_count == 1
               ? unsupported == NULL ||
                     error_user(error, "there is no map of that: %s", unsupported)
               : error_user(error, "a map is of one heap limit");
}

/* ---- what is shown ---- */

static void add_bytes(struct columns *columns, uint64_t bytes)
{
    char chars[UNITS_TEXT_BYTES];
    if (bytes != HM_UNKNOWN)
        units_format_bytes(bytes, chars);
    columns_add(columns, bytes == HM_UNKNOWN ? "-" : chars);
}

static void append_pages(struct text *text, const struct heap_map *map)
{
    static const char *const headings[] = {"moment", "made", "live", "", "dead", "", "held"};
    struct columns columns = {.layout = "lrrrrrr"};
    for (size_t i = 0; i < sizeof headings / sizeof *headings; i++)
        columns_add(&columns, headings[i]);
    for (size_t i = 0; i < map->page_count; i++) {
        const struct heap_map_page *page = &map->pages[i];
        struct text moment = {0};
        heap_map_append_moment(&moment, map, page);
        columns_add(&columns, text_chars(&moment));
        columns_format(&columns, "%" PRIu64, page->made);
        columns_format(&columns, "%" PRIu64, page->live_objects);
        add_bytes(&columns, page->live_bytes);
        columns_format(&columns, "%" PRIu64, page->dead_objects);
        add_bytes(&columns, page->dead_bytes);
        add_bytes(&columns, page->held_bytes);
        text_free(&moment);
    }
    columns_append(text, &columns, 2);
    columns_free(&columns);
}

/* Why there is not more, and what is wrong. */
static void append_end(struct text *text, const struct heap_map *map, const struct stage_end *end)
{
    struct text sentence = {0}, remark = {0};
    heap_map_append_remark(&remark, map);
    if (remark.length > 0)
        text_format(text, "%s\n", remark.chars);
    text_free(&remark);
    for (size_t i = 0; i < map->page_count; i++)
        if (map->pages[i].wrong[0] != '\0') {
            heap_map_append_moment(text, map, &map->pages[i]);
            text_format(text, ": WRONG: %s\n", map->pages[i].wrong);
        }
    if (map->is_cut)
        text_append(text, "There were more objects than can be drawn: choose a smaller heap, or "
                          "fewer collections.\n");
    text_append_terminal(&sentence, end->sentence);
    if (end->ending != STAGE_ENDED)
        text_format(text, "It ended after %" PRIu64 " objects were made: %s.\n", map->made,
                    text_chars(&sentence));
    text_free(&sentence);
}

static void append_what(struct text *text, const struct suite_request *request,
                        const struct suite_plan *plan)
{
    char heap[UNITS_TEXT_BYTES];
    uint64_t bytes = plan->points[0].spec.heap_bytes;
    units_format_bytes(bytes, heap);
    text_format(text, "%s on %s, %s%s", request->entries.workloads[0].label,
                request->entries.collectors[0].label, bytes == 0 ? "no heap limit" : "heap ",
                bytes == 0 ? "" : heap);
}

static bool draw(const struct heap_map_options *given, const struct heap_map *map, const char *what,
                 struct error *error)
{
    struct output output;
    struct text svg = {0};
    if (!heap_map_tells(map, given->by))
        return error_user(error,
                          "this collector does not tell the %s of its objects; --by size is "
                          "always told",
                          by_names[given->by]);
    if (!output_open(&output, given->svg, error))
        return false;
    heap_map_append_svg(&svg, map, given->by, what);
    fwrite(text_chars(&svg), 1, svg.length, output.file);
    text_free(&svg);
    return output_commit(&output, error);
}

static bool show(const struct heap_map_options *given, const struct heap_map *map,
                 const struct stage_end *end, const char *what, struct error *error)
{
    struct text text = {0};
    text_append_terminal(&text, what);
    text_append(&text, "\n");
    append_pages(&text, map);
    append_end(&text, map, end);
    /* With the picture on standard output the text would spoil it. */
    bool prints = given->svg == NULL || strcmp(given->svg, "-") != 0;
    bool fine = (!prints || command_print(&text, error)) &&
                (given->svg == NULL || map->page_count == 0 || draw(given, map, what, error));
    text_free(&text);
    return fine;
}

static bool is_broken(const struct heap_map *map, const struct stage_end *end)
{
    for (size_t i = 0; i < map->page_count; i++)
        if (map->pages[i].wrong[0] != '\0')
            return true;
    return end->ending == STAGE_BROKEN;
}

static int run(const struct heap_map_options *given, const struct suite_request *request,
               const struct suite_plan *suite_plan, struct error *error)
{
    const struct trial_spec *spec = &suite_plan->points[0].spec;
    struct hm_plan plan = {0};
    struct heap_map_request wanted = {
        .collector = &request->entries.collectors[0],
        .workload = request->entries.workloads[0].kernel,
        .plan = &plan,
        .heap_bytes = spec->heap_bytes,
        .collections = (uint32_t)given->collections,
    };
    struct heap_map *map;
    struct stage_end end;
    struct text what = {0};
    if (!trial_spec_plan(spec, wanted.workload, &plan, error))
        return command_fail(error);
    bool fine = heap_map_run(&wanted, &map, &end, error);
    free((union hm_value *)(uintptr_t)plan.parameters);
    if (!fine)
        return command_fail(error);
    append_what(&what, request, suite_plan);
    fine = show(given, map, &end, text_chars(&what), error);
    bool broken = is_broken(map, &end);
    heap_map_free(map);
    text_free(&what);
    return !fine ? command_fail(error) : broken ? COMMAND_TRIAL_FAILED : COMMAND_COMPLETED;
}

int command_heap_map(int argc, char **argv)
{
    struct error error = {0};
    struct heap_map_options given = {.collections = STANDARD_COLLECTIONS, .error = &error};
    struct suite_request request;
    struct suite_plan plan = {0};
    suite_request_initialise(&request);
    int status =
        command_parse(&argp, argc, argv, &given, &error) && look_up(&given, &request, &plan, &error)
            ? run(&given, &request, &plan, &error)
            : command_fail(&error);
    suite_plan_free(&plan);
    suite_request_free(&request);
    return status;
}
