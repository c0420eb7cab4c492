/* SPDX-License-Identifier: MIT
 *
 * What a hunt came to, for other programs: JSON, and JUnit's XML for continuous integration.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "command/check.h"

/* ---- JSON ---- */

/* Never fails: whatever is no UTF-8 is shown as \xNN. */
static json_t *data(const char *chars)
{
    struct text text = {0};
    text_append_terminal(&text, chars);
    json_t *json = json_string(text_chars(&text));
    text_free(&text);
    return json;
}

/* Several lines as an array. */
static json_t *lines_of(const char *chars)
{
    json_t *array = json_array();
    struct text_list lines = {0};
    text_split(&lines, chars, '\n');
    for (size_t i = 0; i < lines.count; i++)
        if (lines.items[i][0] != '\0')
            json_array_append_new(array, data(lines.items[i]));
    text_list_free(&lines);
    return array;
}

static json_t *json_of_entry(const struct check_entry *entry)
{
    const struct check_verdict *verdict = &entry->verdict;
    struct text guarantee = {0};
    bool known = check_guarantee(verdict->sentence, &guarantee);
    json_t *json = json_pack(
        "{s:o, s:s, s:I, s:s, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o}", "sentence",
        data(verdict->sentence), "profile", check_profile_name(entry->profile), "seed",
        (json_int_t)entry->seed, "dispatch", entry->dispatch == PROGRAM_TABLE ? "table" : "inline",
        "operations", (json_int_t)entry->length, "operations_before",
        (json_int_t)entry->length_before, "broken_runs", (json_int_t)entry->failed, "runs",
        (json_int_t)entry->runs, "signal", (json_int_t)verdict->signal, "file", data(entry->path),
        "backtrace", lines_of(verdict->backtrace), "printed", lines_of(verdict->output));
    if (known)
        json_object_set_new(json, "guarantee", data(text_chars(&guarantee)));
    if (verdict->thread != UINT32_MAX)
        json_object_set_new(json, "thread", json_integer(verdict->thread));
    if (entry->operation != NULL) {
        json_object_set_new(json, "operation_index", json_integer((json_int_t)verdict->op));
        json_object_set_new(json, "operation", data(entry->operation));
    }
    text_free(&guarantee);
    return json;
}

static json_t *json_of_property(const struct check_result *result, enum hm_property property)
{
    json_t *finds = json_array();
    for (size_t i = 0; i < result->count; i++)
        if (result->entries[i].verdict.property == property)
            json_array_append_new(finds, json_of_entry(&result->entries[i]));
    return json_pack("{s:s, s:s, s:s*, s:s, s:I, s:I, s:o}", "property",
                     check_property_name(property), "verdict",
                     check_judgement_name(check_judge(result, property)), "reason",
                     check_reason(result, property), "meaning", check_property_words(property),
                     "programs", (json_int_t)result->tally.judged[property], "programs_broken",
                     (json_int_t)result->tally.broken[property], "finds", finds);
}

void check_append_json(struct text *text, const struct check_result *result)
{
    const struct check_tally *tally = &result->tally;
    const struct suite_collector *collector = result->collector;
    json_t *properties = json_array();
    for (enum hm_property property = 0; property < HM_PROPERTY_COUNT; property++)
        if (check_judge(result, property) != CHECK_NOT_ASKED)
            json_array_append_new(properties, json_of_property(result, property));
    json_t *json = json_pack(
        "{s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:o}", "collector",
        data(collector->label), "plugin", data(collector->info->path), "variant",
        data(collector->can->name), "options", data(collector->options), "seed",
        (json_int_t)result->seed, "elapsed_ns", (json_int_t)result->elapsed_ns, "programs",
        (json_int_t)tally->programs, "runs", (json_int_t)tally->runs, "requests_refused",
        (json_int_t)tally->refused_requests, "programs_refused", (json_int_t)tally->refused,
        "operations", (json_int_t)tally->operations, "objects", (json_int_t)tally->objects,
        "collections", (json_int_t)tally->collections, "interrupted", result->interrupted,
        "properties", properties);
    char *chars = json == NULL ? NULL : json_dumps(json, JSON_INDENT(2));
    CHECK(chars != NULL, "a hunt that cannot be written as JSON");
    text_format(text, "%s\n", chars);
    free(chars);
    json_decref(json);
}

/* ---- JUnit ---- */

/* XML 1.0 has no U+FFFE and U+FFFF, not even escaped. */
static void append_xml(struct text *text, const char *chars)
{
    struct text shown = {0}, legal = {0};
    text_append_terminal(&shown, chars);
    for (const char *at = text_chars(&shown); *at != '\0'; at++) {
        bool illegal = strncmp(at, "\xef\xbf\xbe", 3) == 0 || strncmp(at, "\xef\xbf\xbf", 3) == 0;
        text_append_bytes(&legal, illegal ? "?" : at, 1);
        at += illegal ? 2 : 0;
    }
    text_append_html(text, text_chars(&legal));
    text_free(&shown);
    text_free(&legal);
}

static void append_xml_lines(struct text *text, const char *heading, const char *chars)
{
    struct text_list lines = {0};
    text_split(&lines, chars, '\n');
    if (chars[0] != '\0')
        text_format(text, "%s\n", heading);
    for (size_t i = 0; i < lines.count; i++) {
        if (lines.items[i][0] == '\0')
            continue;
        text_append(text, "  ");
        append_xml(text, lines.items[i]);
        text_append(text, "\n");
    }
    text_list_free(&lines);
}

static void append_failure(struct text *text, const struct check_entry *entry)
{
    struct text place = {0}, replay = {0};
    check_append_place(&place, entry);
    check_append_replay(&replay, entry->path);
    text_format(text, "    <failure type=\"%s\" message=\"",
                check_property_name(entry->verdict.property));
    append_xml(text, entry->verdict.sentence);
    text_append(text, "\">");
    append_xml_lines(text, "at", text_chars(&place));
    append_xml_lines(text, "backtrace", entry->verdict.backtrace);
    append_xml_lines(text, "it printed", entry->verdict.output);
    append_xml_lines(text, "again", text_chars(&replay));
    text_append(text, "</failure>\n");
    text_free(&place);
    text_free(&replay);
}

static void append_case(struct text *text, const struct check_result *result,
                        enum hm_property property)
{
    enum check_judgement judgement = check_judge(result, property);
    text_append(text, "  <testcase classname=\"heapmark.check.");
    append_xml(text, result->collector->label);
    text_format(text, "\" name=\"%s\" assertions=\"%" PRIu64 "\">\n", check_property_name(property),
                result->tally.judged[property]);
    const char *reason = check_reason(result, property);
    if (judgement != CHECK_JUDGED_SOUND && judgement != CHECK_JUDGED_BROKEN)
        text_format(text, "    <skipped message=\"%s%s%s\"/>\n", check_judgement_name(judgement),
                    reason == NULL ? "" : ": ", reason == NULL ? "" : reason);
    size_t told = 0;
    for (size_t i = 0; i < result->count; i++)
        if (result->entries[i].verdict.property == property && told++ == 0)
            append_failure(text, &result->entries[i]);
    if (judgement == CHECK_JUDGED_BROKEN && told == 0)
        text_append(text,
                    "    <failure message=\"broken, but the hunt ended before a program of it "
                    "was written\"/>\n");
    text_append(text, "  </testcase>\n");
}

void check_append_junit(struct text *text, const struct check_result *result)
{
    unsigned counts[CHECK_NOT_ASKED + 1] = {0}, tests = 0;
    for (enum hm_property property = 0; property < HM_PROPERTY_COUNT; property++)
        counts[check_judge(result, property)]++;
    for (size_t i = 0; i < CHECK_NOT_ASKED; i++)
        tests += counts[i];
    text_append(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"");
    append_xml(text, result->collector->label);
    text_format(text,
                "\" tests=\"%u\" failures=\"%u\" errors=\"0\" skipped=\"%u\" time=\"%.3f\">\n",
                tests, counts[CHECK_JUDGED_BROKEN],
                tests - counts[CHECK_JUDGED_SOUND] - counts[CHECK_JUDGED_BROKEN],
                (double)result->elapsed_ns / 1e9);
    for (enum hm_property property = 0; property < HM_PROPERTY_COUNT; property++)
        if (check_judge(result, property) != CHECK_NOT_ASKED)
            append_case(text, result, property);
    text_append(text, "</testsuite>\n");
}
