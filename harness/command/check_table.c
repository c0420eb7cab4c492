/* SPDX-License-Identifier: MIT
 *
 * What a hunt came to, for people: a row a property, then what is to be known of each find.
 */
#include <inttypes.h>

#include "base/units.h"
#include "command/check.h"
#include "command/columns.h"

static void append_heading(struct text *text, const struct check_result *result)
{
    const struct check_tally *tally = &result->tally;
    char time[UNITS_TEXT_BYTES];
    units_format_duration((double)result->elapsed_ns, time);
    text_append_terminal(text, result->collector->label);
    text_format(text,
                ": %" PRIu64 " programs from seed %" PRIu64 " on, %" PRIu64 " operations, %" PRIu64
                " objects, in %s%s\n",
                tally->programs, result->seed, tally->operations, tally->objects, time,
                result->interrupted ? "; interrupted" : "");
}

static void append_rows(struct text *text, const struct check_result *result)
{
    struct columns columns = {.layout = "lllrl"};
    static const char *const headings[] = {"property", "verdict", "guarantee", "programs",
                                           "what it means"};
    for (size_t i = 0; i < sizeof headings / sizeof *headings; i++)
        columns_add(&columns, headings[i]);
    for (enum hm_property property = 0; property < HM_PROPERTY_COUNT; property++) {
        enum check_judgement judgement = check_judge(result, property);
        struct text guarantees = {0};
        if (judgement == CHECK_NOT_ASKED)
            continue;
        check_guarantees(result, property, &guarantees);
        columns_add(&columns, check_property_name(property));
        columns_add(&columns, check_judgement_name(judgement));
        columns_add(&columns, text_chars(&guarantees));
        columns_format(&columns, "%" PRIu64, result->tally.judged[property]);
        const char *reason = check_reason(result, property);
        columns_format(&columns, "%s%s%s%s", check_property_words(property),
                       reason == NULL ? "" : " (", reason == NULL ? "" : reason,
                       reason == NULL ? "" : ")");
        text_free(&guarantees);
    }
    columns_append(text, &columns, 2);
    columns_free(&columns);
}

/* Several lines of a plugin's or of the harness's, each behind so many blanks. */
static void append_lines(struct text *text, const char *chars, int indent)
{
    struct text_list lines = {0};
    text_split(&lines, chars, '\n');
    for (size_t i = 0; i < lines.count; i++) {
        if (lines.items[i][0] == '\0')
            continue;
        text_format(text, "%*s", indent, "");
        text_append_terminal(text, lines.items[i]);
        text_append(text, "\n");
    }
    text_list_free(&lines);
}

void check_append_traces(struct text *text, const struct check_verdict *verdict)
{
    if (verdict->backtrace[0] != '\0') {
        text_append(text, "  backtrace:\n");
        append_lines(text, verdict->backtrace, 4);
    }
    if (verdict->output[0] != '\0') {
        text_append(text, "  it printed:\n");
        append_lines(text, verdict->output, 4);
    }
}

static void append_entry(struct text *text, const struct check_entry *entry)
{
    const struct check_verdict *verdict = &entry->verdict;
    text_format(text, "\n%s: ", check_property_name(verdict->property));
    text_append_terminal(text, verdict->sentence);
    text_append(text, "\n");
    if (verdict->thread != UINT32_MAX) {
        text_append(text, "  at ");
        check_append_place(text, entry);
        text_append(text, "\n");
    }
    check_append_traces(text, verdict);
    text_format(text, "  broken in %" PRIu32 " of %" PRIu32 " runs of ", entry->failed,
                entry->runs);
    text_append_terminal(text, entry->path);
    text_format(text, " (%zu operations of %zu)\n  again: ", entry->length, entry->length_before);
    check_append_replay(text, entry->path);
    text_append(text, "\n");
}

/* What is no property's, but worth a word. */
static void append_strange(struct text *text, const struct check_result *result)
{
    static const char *const words_of[] = {
#define WORDS(NAME, words) words,
        CHECK_STRANGENESS(WORDS)
#undef WORDS
    };
    const struct check_tally *tally = &result->tally;
    for (size_t i = 0; i < CHECK_STRANGE_COUNT; i++)
        if (tally->strange[i] > 0)
            text_format(text, "  in %" PRIu64 " of the programs it %s\n", tally->strange[i],
                        words_of[i]);
    uint64_t others = 0;
    for (enum hm_property property = 0; property < HM_PROPERTY_COUNT; property++)
        if (check_judge(result, property) == CHECK_NOT_ASKED)
            others += tally->broken[property];
    if (others > 0)
        text_format(text, "  %" PRIu64 " programs broke properties that were not asked for\n",
                    others);
    if (tally->refused > 0) {
        text_format(text, "  it refused %" PRIu64 " programs: ", tally->refused);
        text_append_terminal(text, tally->refusal);
        text_append(text, "\n");
    }
}

static void append_refusals(struct text *text, const struct check_tally *tally)
{
    if (tally->refused_requests > 0)
        text_format(text,
                    "  %" PRIu64
                    " requests for memory or threads were refused on purpose, in %" PRIu64
                    " runs of these programs\n",
                    tally->refused_requests, tally->runs);
}

void check_append_table(struct text *text, const struct check_result *result)
{
    append_heading(text, result);
    append_rows(text, result);
    append_strange(text, result);
    append_refusals(text, &result->tally);
    for (size_t i = 0; i < result->count; i++)
        append_entry(text, &result->entries[i]);
}
