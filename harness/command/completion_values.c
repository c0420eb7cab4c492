/* SPDX-License-Identifier: MIT
 *
 * What values may be: of options by their long names, of arguments by their commands.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "check/check.h"
#include "command/command.h"
#include "command/completion.h"
#include "command/topics.h"
#include "plugin/plugin.h"
#include "store/record.h"
#include "suite/read.h"
#include "topology/topology.h"

/* ---- lists of names ---- */

static void add_words(struct completion *on, const char *before, const char *words)
{
    struct text_list list = {0};
    text_split(&list, words, ' ');
    for (size_t i = 0; i < list.count; i++)
        completion_add(on, before, list.items[i], "", "");
    text_list_free(&list);
}

static void add_list(struct completion *on, const char *before, struct text_list *names,
                     const char *meaning)
{
    for (size_t i = 0; i < names->count; i++)
        completion_add(on, before, names->items[i], "", meaning);
    text_list_free(names);
}

static void add_collectors(struct completion *on, const char *before)
{
    struct text_list names = {0};
    plugin_names(&names);
    add_list(on, before, &names, "a collector");
}

static void add_workloads(struct completion *on, const char *before)
{
    for (size_t i = 0; hm_workloads[i] != NULL; i++)
        completion_add(on, before, hm_workloads[i]->name, "", hm_workloads[i]->summary);
}

static void add_policies(struct completion *on, const char *before)
{
    for (unsigned i = 0; i < TOPOLOGY_POLICY_COUNT; i++)
        completion_add(on, before, topology_policy_name((enum topology_policy)i), "", "");
}

static void add_properties(struct completion *on, const char *before)
{
    for (unsigned i = 0; i < HM_PROPERTY_COUNT; i++)
        completion_add(on, before, check_property_name((enum hm_property)i), "",
                       check_property_words((enum hm_property)i));
}

static void add_profiles(struct completion *on, const char *before)
{
    for (unsigned i = 0; i < CHECK_PROFILE_COUNT; i++)
        completion_add(on, before, check_profile_name((enum check_profile)i), "",
                       check_profile_words((enum check_profile)i));
}

/* ---- lists of collectors and workloads, with their options ---- */

/* What is being written of a list `A:x=1,y=2,B`: its last item, and, if an item before or at it has
 * a colon, whose settings it may be going on with. */
struct list_word {
    size_t item;       /* where the last item begins, in the whole word */
    bool in_item;      /* it has no colon of its own: it may be a name */
    struct text owner; /* whose settings they are; empty: nobody's */
    size_t setting;    /* where the setting begins */
};

static size_t after_last(const char *chars, size_t begin, size_t end, char wanted)
{
    for (size_t i = end; i > begin; i--)
        if (chars[i - 1] == wanted)
            return i;
    return begin;
}

static void read_list(struct list_word *word, const char *written, size_t begin)
{
    size_t end = strlen(written);
    if (written[begin] == '+') /* adds to a suite's list */
        begin++;
    size_t colon = after_last(written, begin, end, ':');
    *word = (struct list_word){.item = after_last(written, begin, end, ',')};
    word->in_item = colon <= word->item;
    if (colon == begin)
        return;
    size_t owner = after_last(written, begin, colon, ',');
    owner = after_last(written, owner, colon, '='); /* behind an alias */
    text_append_bytes(&word->owner, written + owner, colon - 1 - owner);
    word->setting = colon > word->item ? colon : word->item;
}

/* Settings: names up to a '=', then what may be chosen. */
static void add_settings(struct completion *on, size_t begin, const struct hm_setting *const *rows)
{
    struct text before = {0};
    const char *setting = on->written + begin;
    size_t length = strcspn(setting, "=");
    text_append_bytes(&before, on->written, begin);
    for (size_t i = 0; rows != NULL && rows[i] != NULL; i++) {
        struct text whole = {0};
        bool is_it = setting[length] == '=' && strlen(rows[i]->name) == length &&
                     strncmp(rows[i]->name, setting, length) == 0;
        text_format(&whole, "%s%s=", text_chars(&before), rows[i]->name);
        if (setting[length] != '=')
            completion_add(on, text_chars(&before), rows[i]->name, "=", rows[i]->help);
        for (size_t k = 0; is_it && rows[i]->choices != NULL && rows[i]->choices[k] != NULL; k++)
            completion_add(on, whole.chars, rows[i]->choices[k], "", "");
        if (is_it && rows[i]->type == HM_BOOLEAN)
            add_words(on, whole.chars, "yes no");
        text_free(&whole);
    }
    text_free(&before);
}

static void add_workload_list(struct completion *on, size_t begin)
{
    struct list_word word;
    struct text before = {0};
    read_list(&word, on->written, begin);
    text_append_bytes(&before, on->written, word.item);
    if (word.in_item)
        add_workloads(on, text_chars(&before));
    for (size_t i = 0; word.owner.length > 0 && hm_workloads[i] != NULL; i++)
        if (strcmp(hm_workloads[i]->name, word.owner.chars) == 0)
            add_settings(on, word.setting, hm_workloads[i]->parameters);
    text_free(&before);
    text_free(&word.owner);
}

/* Ask the plugin itself, which takes some milliseconds. A path may have a variant behind it, and so
 * may a name. */
static bool probe(const char *named, struct plugin_info *info)
{
    struct text name = {0};
    char *path = NULL;
    const char *slash = strrchr(named, '/');
    bool found = plugin_find(named, &path, NULL);
    if (!found && slash != NULL) {
        text_append_bytes(&name, named, (size_t)(slash - named));
        found = plugin_find(text_chars(&name), &path, NULL);
    }
    bool probed = found && plugin_probe(path, info, NULL);
    free(path);
    text_free(&name);
    return probed;
}

static void add_options_of(struct completion *on, const struct list_word *word)
{
    struct plugin_info info;
    if (word->owner.length == 0 || !probe(word->owner.chars, &info))
        return;
    const struct hm_setting **rows = plugin_info_rows(&info);
    add_settings(on, word->setting, rows);
    free(rows);
    plugin_info_free(&info);
}

/* NAME/ and what follows it. */
static void add_variants(struct completion *on, size_t item)
{
    struct plugin_info info;
    struct text before = {0}, name = {0};
    const char *slash = strrchr(on->written + item, '/');
    text_append_bytes(&before, on->written, (size_t)(slash + 1 - on->written));
    text_append_bytes(&name, on->written + item, (size_t)(slash - on->written) - item);
    if (probe(text_chars(&name), &info)) {
        for (size_t i = 0; i < info.variant_count; i++)
            completion_add(on, before.chars, info.variants[i].name, "", info.variants[i].summary);
        plugin_info_free(&info);
    }
    text_free(&before);
    text_free(&name);
}

/* False where the item is the path of a plugin. */
static bool add_collector_list(struct completion *on, size_t begin)
{
    struct list_word word;
    struct text before = {0};
    read_list(&word, on->written, begin);
    size_t item = after_last(on->written, word.item, strlen(on->written), '=');
    bool is_path = on->written[item] == '.' || on->written[item] == '/';
    text_append_bytes(&before, on->written, item);
    if (word.in_item && !is_path && strchr(on->written + item, '/') != NULL)
        add_variants(on, item);
    else if (word.in_item && !is_path)
        add_collectors(on, text_chars(&before));
    add_options_of(on, &word);
    text_free(&before);
    text_free(&word.owner);
    return !(word.in_item && is_path);
}

/* ---- values of options ---- */

/* The last of a list of names with commas between. */
static void add_after_comma(struct completion *on, const char *before,
                            void (*add)(struct completion *on, const char *before))
{
    struct text whole = {0};
    text_append_bytes(&whole, on->written,
                      after_last(on->written, strlen(before), strlen(on->written), ','));
    add(on, text_chars(&whole));
    text_free(&whole);
}

static const struct {
    const char *option;
    void (*add)(struct completion *on, const char *before);
} lists[] = {
    {"pin", add_policies},     {"property", add_properties}, {"profile", add_profiles},
    {"twins", add_collectors}, {"baseline", add_collectors},
};

static const struct {
    const char *option, *words;
} words[] = {
    {"dispatch", "table inline both"},
    {"metric", "time instructions"},
    {"bind-memory", "none local interleave node:"},
    {"format", "json csv markdown gbench svg png pdf"},
    {"by", "size age thread"},
    {"run", "latest all"},
};

static bool is_file(const char *option)
{
    static const char all[] = "db out svg file junit plugin output charts heap-map";
    return text_has_piece(all, ' ', option);
}

bool completion_add_value(struct completion *on, const char *option, const char *before)
{
    if (strncmp(option, "collector", 9) == 0)
        return add_collector_list(on, strlen(before));
    if (strncmp(option, "workload", 8) == 0)
        add_workload_list(on, strlen(before));
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (strcmp(lists[i].option, option) == 0)
            add_after_comma(on, before, lists[i].add);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].option, option) == 0)
            add_words(on, before, words[i].words);
    return !is_file(option);
}

/* ---- arguments ---- */

static void add_what_is_explained(struct completion *on)
{
    struct text_list charts = {0};
    add_collectors(on, "");
    add_workloads(on, "");
    for (size_t i = 0; i < TRIAL_FIELD_COUNT; i++)
        completion_add(on, "", record_fields[i].column, "", record_fields[i].sentence);
    chart_names(&charts);
    for (size_t i = 0; i < charts.count; i++) {
        for (char *at = charts.items[i]; *at != '\0'; at++)
            *at = *at == ' ' ? '-' : (char)tolower((unsigned char)*at);
        completion_add(on, "", charts.items[i], "", "a chart of the report");
    }
    text_list_free(&charts);
}

static void add_what_has_help(struct completion *on)
{
    struct text_list names = {0};
    command_all(&names);
    for (size_t i = 0; i < names.count; i++)
        completion_add(on, "", names.items[i], "", command_summary(names.items[i]));
    for (size_t i = 0; i < topic_count; i++)
        completion_add(on, "", topics[i].name, "", topics[i].title);
    text_list_free(&names);
}

static bool add_suites(struct completion *on)
{
    struct text_list names = {0};
    if (strchr(on->written, '/') != NULL)
        return false;
    suite_names(&names);
    add_list(on, "", &names, "a suite");
    return true;
}

bool completion_add_argument(struct completion *on, const char *command, int place)
{
    bool hunts = strcmp(command, "check") == 0 || strcmp(command, "stress") == 0;
    bool replays = strcmp(command, "replay") == 0;
    if ((hunts && place == 0) || (replays && place == 1))
        return add_collector_list(on, 0);
    if (strcmp(command, "run") == 0 && place == 0)
        return add_suites(on);
    if (strcmp(command, "list") == 0 && place == 0)
        add_words(on, "", "collectors workloads suites runs");
    if (strcmp(command, "compare") == 0 && place < 2)
        add_words(on, "", "latest");
    if (strcmp(command, "explain") == 0 && place == 0)
        add_what_is_explained(on);
    if (strcmp(command, "help") == 0 && place == 0)
        add_what_has_help(on);
    return !(replays && place == 0);
}
