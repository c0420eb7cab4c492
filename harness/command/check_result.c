/* SPDX-License-Identifier: MIT
 *
 * What a hunt came to: judgements, and the files of programs; see check.h.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command/check.h"
#include "command/output.h"

/* Why the capabilities promise nothing of it; NULL: they do. */
static const char *why_not_promised(const struct hm_capabilities *can, enum hm_property property)
{
    switch (property) {
    case HM_PROPERTY_COMPLETENESS:
        return !can->frees                        ? "it never frees"
               : can->conservative && can->cycles ? "it is conservative"
                                                  : NULL;
    case HM_PROPERTY_PACING:
        return can->frees ? NULL : "it never frees";
    case HM_PROPERTY_SCALING:
        return can->frees ? NULL : "it never frees";
    case HM_PROPERTY_COUNTS:
        return can->counts ? NULL : "it tells no counts";
    case HM_PROPERTY_PROMPTNESS:
        return can->prompt ? NULL : "it is not prompt";
    case HM_PROPERTY_WEAK:
        return can->weak || can->ephemerons ? NULL : "it has none";
    case HM_PROPERTY_FINALIZERS:
        return can->finalizers ? NULL : "it has none";
    case HM_PROPERTY_LIMIT:
        return can->heap_limit ? NULL : "it keeps none";
    case HM_PROPERTY_THREADS:
        return can->most_mutators != 1 ? NULL : "it takes one thread";
    case HM_PROPERTY_SAFEPOINT:
        return can->reports_pauses ? NULL : "it reports no pauses";
    default:
        return NULL;
    }
}

/* Why no program could look at it, however many there are. The last two: each program that was run
 * would have. */
static const char *why_not_judged(const struct check_result *result, enum hm_property property)
{
    const struct hm_capabilities *can = &result->collector->can->capabilities;
    bool ran = result->tally.programs > result->tally.refused;
    if (property == HM_PROPERTY_SCALING && !can->reopenable)
        return "it is not reopenable";
    if (property == HM_PROPERTY_SAFEPOINT && ran)
        return "it told of no stop";
    if (property == HM_PROPERTY_COMPLETENESS && ran && !can->census)
        return "it tells of no objects";
    return NULL;
}

const char *check_reason(const struct check_result *result, enum hm_property property)
{
    enum check_judgement judgement = check_judge(result, property);
    return judgement == CHECK_NOT_PROMISED
               ? why_not_promised(&result->collector->can->capabilities, property)
           : judgement == CHECK_CANNOT_JUDGE ? why_not_judged(result, property)
                                             : NULL;
}

enum check_judgement check_judge(const struct check_result *result, enum hm_property property)
{
    if ((result->properties >> property & 1) == 0)
        return CHECK_NOT_ASKED;
    if (result->tally.broken[property] > 0)
        return CHECK_JUDGED_BROKEN;
    if (result->tally.judged[property] > 0)
        return CHECK_JUDGED_SOUND;
    if (why_not_promised(&result->collector->can->capabilities, property) != NULL)
        return CHECK_NOT_PROMISED;
    return why_not_judged(result, property) != NULL ? CHECK_CANNOT_JUDGE : CHECK_NOT_JUDGED;
}

const char *check_judgement_name(enum check_judgement judgement)
{
    static const char *const names[] = {
        "sound", "broken", "not judged", "cannot be judged", "not promised", "not asked"};
    return names[judgement];
}

/* ---- sentences ---- */

bool check_guarantee(const char *sentence, struct text *text)
{
    static const char said[] = "the collector says: ";
    size_t word = 0, number = 0;
    if (strncmp(sentence, said, sizeof said - 1) == 0)
        sentence += sizeof said - 1;
    while (isalpha((unsigned char)sentence[word]) || sentence[word] == '_')
        word++;
    if (word == 0 || sentence[word] != '.')
        return false;
    while (isalnum((unsigned char)sentence[word + 1 + number]))
        number++;
    if (number == 0 || number > 2 || sentence[word + 1 + number] != ':')
        return false;
    text_append_bytes(text, sentence, word + 1 + number);
    return true;
}

void check_guarantees(const struct check_result *result, enum hm_property property,
                      struct text *text)
{
    struct text_list list = {0};
    for (size_t i = 0; i < result->count; i++) {
        struct text one = {0};
        if (result->entries[i].verdict.property == property &&
            check_guarantee(result->entries[i].verdict.sentence, &one))
            text_list_add(&list, text_chars(&one));
        text_free(&one);
    }
    text_list_sort(&list);
    for (size_t i = 0; i < list.count; i++)
        text_format(text, "%s%s", i > 0 ? ", " : "", list.items[i]);
    text_list_free(&list);
}

void check_append_place(struct text *text, const struct check_entry *entry)
{
    if (entry->verdict.thread == UINT32_MAX)
        return;
    if (entry->operation == NULL)
        text_format(text, "thread %" PRIu32 ", after its last operation", entry->verdict.thread);
    else
        text_format(text, "thread %" PRIu32 ", operation %zu: %s", entry->verdict.thread,
                    entry->verdict.op, entry->operation);
}

void check_append_replay(struct text *text, const char *path)
{
    text_append(text, "heapmark replay ");
    text_append_shell(text, path);
}

/* ---- files ---- */

static void append_plain(struct text *text, const char *chars)
{
    for (; *chars != '\0'; chars++)
        text_append_bytes(text, isalnum((unsigned char)*chars) ? chars : "-", 1);
}

/* FOLDER/COLLECTOR-VARIANT-PROPERTY-PROFILE-SEED[-table].program */
static char *path_of(const struct check_result *result, const struct check_entry *entry,
                     const char *folder)
{
    struct text text = {0};
    text_format(&text, "%s/", folder);
    append_plain(&text, result->collector->info->name);
    text_append(&text, "-");
    append_plain(&text, result->collector->can->name);
    text_append(&text, "-");
    append_plain(&text, check_property_name(entry->verdict.property));
    text_format(&text, "-%s-%" PRIu64 "%s.program", check_profile_name(entry->profile), entry->seed,
                entry->dispatch == PROGRAM_TABLE ? "-table" : "");
    char *path = memory_copy_text(text_chars(&text));
    text_free(&text);
    return path;
}

static void append_comments(struct text *text, const struct check_entry *entry)
{
    text_format(text, "%s: ", check_property_name(entry->verdict.property));
    text_append_terminal(text, entry->verdict.sentence);
    text_append(text, "\n");
    check_append_place(text, entry);
    text_format(text, "\nseed %" PRIu64 " of profile %s, made smaller from %zu operations\n",
                entry->seed, check_profile_name(entry->profile), entry->length_before);
    text_format(text, "broke it in %" PRIu32 " of %" PRIu32 " runs\n", entry->failed, entry->runs);
}

static bool write_program(const struct check_entry *entry, const struct program *program,
                          struct error *error)
{
    struct text comments = {0}, text = {0};
    struct output output;
    append_comments(&comments, entry);
    program_append(&text, program, text_chars(&comments));
    bool fine = output_open(&output, entry->path, error);
    if (fine) {
        fwrite(text_chars(&text), 1, text.length, output.file);
        fine = output_commit(&output, error);
    }
    text_free(&comments);
    text_free(&text);
    return fine;
}

static char *operation_of(const struct check_find *find)
{
    const struct check_verdict *verdict = &find->verdict;
    if (verdict->thread >= find->program.thread_count ||
        verdict->op >= find->program.threads[verdict->thread].count)
        return NULL;
    struct text text = {0};
    program_append_op(&text, &find->program.threads[verdict->thread].ops[verdict->op]);
    char *operation = memory_copy_text(text_chars(&text));
    text_free(&text);
    return operation;
}

bool check_keep(struct check_result *result, const struct check_find *find, const char *folder,
                struct error *error)
{
    size_t bytes = (result->count + 1) * sizeof *result->entries;
    result->entries = memory_resize(result->entries, bytes);
    struct check_entry *entry = &result->entries[result->count++];
    *entry = (struct check_entry){
        .verdict = find->verdict,
        .profile = find->profile,
        .seed = find->seed,
        .dispatch = find->program.dispatch,
        .operation = operation_of(find),
        .length = program_length(&find->program),
        .length_before = find->length_before,
        .failed = find->failed,
        .runs = find->runs,
    };
    entry->path = path_of(result, entry, folder);
    return write_program(entry, &find->program, error);
}

void check_result_free(struct check_result *result)
{
    for (size_t i = 0; i < result->count; i++) {
        free(result->entries[i].operation);
        free(result->entries[i].path);
    }
    free(result->entries);
}
