/* SPDX-License-Identifier: MIT
 *
 * heapmark run --dry-run: what would be done, in its order, and how long it would take.
 */
#include <inttypes.h>
#include <unistd.h>

#include "base/units.h"
#include "command/columns.h"
#include "command/command.h"
#include "command/run.h"
#include "suite/expect.h"

static bool expect(const struct run_options *given, const struct suite_plan *plan,
                   struct suite_expectation *expectation, struct error *error)
{
    if (access(given->database, F_OK) != 0) {
        suite_expect_nothing(plan, expectation);
        return true;
    }
    struct store *store = store_open(given->database, STORE_READ, error);
    bool fine = store != NULL && suite_expect(plan, store, expectation, error);
    store_close(store);
    return fine;
}

static void add_trial(struct columns *columns, const struct suite_plan *plan, size_t trial,
                      const struct suite_expectation *expectation)
{
    const struct suite_point *point = &plan->points[plan->trials[trial].point];
    double time_ns = expectation->point_ns[plan->trials[trial].point];
    char time[UNITS_TEXT_BYTES] = "unknown";
    struct text row = {0};
    suite_append_row(&row, plan->request, &plan->rows[point->row]);
    if (time_ns >= 0)
        units_format_ns(time_ns, time);
    columns_format(columns, "%zu", trial + 1);
    columns_format(columns, "%" PRIu32, plan->trials[trial].block + 1);
    columns_add(columns, point->spec.label);
    columns_add(columns, text_chars(&row));
    columns_add(columns, point->unsupported != NULL ? "none" : time);
    columns_add(columns, point->unsupported != NULL ? point->unsupported : "");
    text_free(&row);
}

static void append_trials(struct text *text, const struct suite_plan *plan,
                          const struct suite_expectation *expectation)
{
    struct columns columns = {.layout = "rrllrl"};
    static const char *const headings[] = {"trial", "block",    "collector",
                                           "point", "expected", "unsupported"};
    for (size_t i = 0; i < sizeof headings / sizeof *headings; i++)
        columns_add(&columns, headings[i]);
    for (size_t i = 0; i < plan->trial_count; i++)
        add_trial(&columns, plan, i, expectation);
    columns_append(text, &columns, 0);
    columns_free(&columns);
}

static void append_scarcity(struct text *text, const struct trial_limits *limits)
{
    char size[UNITS_TEXT_BYTES];
    if (limits->machine_bytes != 0) {
        units_format_bytes(limits->machine_bytes, size);
        text_format(text, "each trial is in a control group with %s of memory\n", size);
    }
    if (limits->outer_bytes != 0) {
        units_format_bytes(limits->outer_bytes, size);
        text_format(text, "beside each trial another process holds %s\n", size);
    }
}

static size_t count_processes(const struct suite_plan *plan)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->point_count; i++)
        count += plan->points[i].unsupported == NULL ? plan->request->invocations : 0;
    return count;
}

static void append_time(struct text *text, const struct suite_plan *plan,
                        const struct suite_expectation *expectation)
{
    char time[UNITS_TEXT_BYTES];
    if (expectation->total_ns >= 0) {
        units_format_duration(expectation->total_ns, time);
        text_format(text, "time expected: %s, by what %zu of the %zu points took before", time,
                    expectation->known_points, plan->point_count);
        if (expectation->known_points < plan->point_count)
            text_append(text, "; the others are taken to last as long as these");
    } else {
        units_format_duration((double)plan->request->limits.time_ns * (double)count_processes(plan),
                              time);
        text_format(text,
                    "time expected: unknown, since the database holds nothing like it; the time "
                    "limit of the trials allows %s",
                    time);
    }
    text_append(text, "\n");
}

int run_show_plan(const struct run_options *given, const struct suite_plan *plan)
{
    struct error error = {0};
    struct suite_expectation expectation = {0};
    struct text text = {0};
    bool fine = expect(given, plan, &expectation, &error);
    if (fine) {
        append_trials(&text, plan, &expectation);
        text_format(&text, "%zu trial%s of %zu point%s, %u of each; the baseline is %s\n",
                    plan->trial_count, plan->trial_count == 1 ? "" : "s", plan->point_count,
                    plan->point_count == 1 ? "" : "s", plan->request->invocations,
                    plan->request->baseline);
        append_scarcity(&text, &plan->request->limits);
        append_time(&text, plan, &expectation);
        text_append(&text, text_chars(&given->to_search));
        fine = command_print(&text, &error);
    }
    text_free(&text);
    suite_expectation_free(&expectation);
    return fine ? COMMAND_COMPLETED : command_fail(&error);
}
