/* SPDX-License-Identifier: MIT
 *
 * What heapmark maxrate tells; see maxrate.h.
 */
#include "command/maxrate.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/units.h"
#include "command/columns.h"
#include "store/json.h"

void maxrate_append_verdict(struct text *text, const struct maxrate_options *given,
                            const struct maxrate_answer *answer)
{
    char bound[UNITS_TEXT_BYTES];
    units_format_ns((double)given->bound_ns, bound);
    if (answer->cause != NULL)
        text_format(text, "none: %s", answer->cause);
    else if (answer->found.kept == 0)
        text_format(text, "none: even at %" PRIu64 "/s p%.6g is over %s", answer->found.broken,
                    given->percentile, bound);
    else if (answer->found.broken == 0)
        text_format(text,
                    "above %" PRIu64 "/s: more requests than the workload takes are needed to find "
                    "it",
                    answer->found.kept);
    else
        text_format(text, "%" PRIu64 "/s keeps p%.6g within %s, %" PRIu64 "/s does not",
                    answer->found.kept, given->percentile, bound, answer->found.broken);
}

static void add_answer(struct columns *columns, const char *label,
                       const struct maxrate_options *given, const struct maxrate_answer *answer)
{
    struct text verdict = {0};
    maxrate_append_verdict(&verdict, given, answer);
    columns_add(columns, label);
    if (answer->found.kept > 0 && answer->cause == NULL)
        columns_format(columns, "%" PRIu64 "/s", answer->found.kept);
    else
        columns_add(columns, "-");
    columns_format(columns, "%u", answer->trials);
    columns_add(columns, text_chars(&verdict));
    text_free(&verdict);
}

void maxrate_append_row(struct text *text, const struct maxrate_options *given,
                        const struct suite_plan *plan, size_t row,
                        const struct maxrate_answer *answers)
{
    static const char *const headings[] = {"collector", "highest rate", "trials", "verdict"};
    const struct suite_entries *entries = &given->request.entries;
    struct columns columns = {.layout = "lrrl"};
    struct text name = {0};
    for (size_t i = 0; i < sizeof headings / sizeof *headings; i++)
        columns_add(&columns, headings[i]);
    for (size_t c = 0; c < entries->collector_count; c++)
        add_answer(&columns, entries->collectors[c].label, given,
                   &answers[row * entries->collector_count + c]);
    suite_append_row(&name, &given->request, &plan->rows[row]);
    text_append_terminal(text, text_chars(&name));
    text_append(text, "\n");
    columns_append(text, &columns, 2);
    text_append(text, "\n");
    text_free(&name);
    columns_free(&columns);
}

static json_t *count_or_null(uint64_t count)
{
    return count > 0 ? json_of_integer((int64_t)count) : json_null();
}

void maxrate_append_json(struct text *text, const struct maxrate_options *given,
                         const struct trial_spec *spec, int64_t run_id,
                         const struct maxrate_answer *answer)
{
    json_t *json = json_new_object();
    json_add(json, "run_id", json_of_integer(run_id));
    json_add(json, "collector", json_of_text(spec->label));
    json_add(json, "workload", json_of_text(spec->workload));
    json_add(json, "threads", json_of_integer(spec->threads));
    json_add(json, "heap_bytes", count_or_null(spec->heap_bytes));
    json_add(json, "percentile", json_of_real(given->percentile));
    json_add(json, "bound_ns", json_of_integer((int64_t)given->bound_ns));
    json_add(json, "kept", count_or_null(answer->found.kept));
    json_add(json, "over", count_or_null(answer->found.broken));
    json_add(json, "trials", json_of_integer(answer->trials));
    json_add(json, "cause", answer->cause != NULL ? json_of_text(answer->cause) : json_null());
    char *chars = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    text_format(text, "%s\n", chars);
    free(chars);
}
