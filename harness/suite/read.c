/* SPDX-License-Identifier: MIT
 *
 * From YAML to settings; see read.h.
 *
 * Entries of collectors and workloads are written out in the form of the command line, which is
 * the one way in which they are looked up.
 */
#include "suite/read.h"

#include <stdlib.h>
#include <string.h>

#include "suite/document.h"

struct reader {
    const char *path;
    struct suite_text *suite;
    size_t workloads; /* how many the suite has so far */
    struct error *error;
};

/* ---- mistakes ---- */

static bool refuse(const struct reader *reader, struct document_node node, const char *key,
                   const char *sentence)
{
    return error_user(reader->error, "%s:%zu: %s%s%s", reader->path, document_line(node), key,
                      *key != '\0' ? ": " : "", sentence);
}

static bool refuse_key(const struct reader *reader, struct document_node node, const char *within,
                       const char *key, const char *const *allowed, size_t count)
{
    struct text sentence = {0};
    const char *nearest = text_nearest(key, allowed, count);
    text_format(&sentence, "there is no key '%s' here", key);
    if (nearest != NULL)
        text_format(&sentence, "; did you mean '%s'?", nearest);
    else
        for (size_t i = 0; i < count; i++)
            text_format(&sentence, "%s%s", i == 0 ? "; allowed are " : ", ", allowed[i]);
    refuse(reader, node, within, text_chars(&sentence));
    text_free(&sentence);
    return false;
}

/* ---- pieces ---- */

/* A scalar that can stand in a list of the command line. */
static bool read_piece(const struct reader *reader, struct document_node node, const char *key,
                       const char **piece)
{
    if (document_kind(node) != DOCUMENT_SCALAR)
        return refuse(reader, node, key, "a single value must stand here");
    *piece = document_text(node);
    if (*piece == NULL || **piece == '\0')
        return refuse(reader, node, key, "the value is empty");
    return strchr(*piece, ',') == NULL ||
           refuse(reader, node, key, "the value has a comma; several values are [a, b]");
}

/* One value, or several in brackets: `pieces` gets each. */
static bool read_pieces(const struct reader *reader, struct document_node node, const char *key,
                        struct text_list *pieces)
{
    const char *piece;
    if (document_kind(node) == DOCUMENT_MAPPING)
        return refuse(reader, node, key, "a value or a list of values must stand here");
    if (document_kind(node) == DOCUMENT_SCALAR) {
        bool fine = read_piece(reader, node, key, &piece);
        if (fine)
            text_list_add(pieces, piece);
        return fine;
    }
    size_t count = document_count(node);
    if (count == 0)
        return refuse(reader, node, key, "the list is empty");
    for (size_t i = 0; i < count; i++) {
        if (!read_piece(reader, document_item(node, i), key, &piece))
            return false;
        text_list_add(pieces, piece);
    }
    return true;
}

/* A key of a mapping, which must be text and there only once. */
static bool read_key(const struct reader *reader, struct document_node mapping, size_t index,
                     const char *within, const char **key)
{
    struct document_node node = document_key(mapping, index);
    if (document_kind(node) != DOCUMENT_SCALAR || document_text(node) == NULL)
        return refuse(reader, node, within, "a key must be a single word");
    *key = document_text(node);
    for (size_t i = 0; i < index; i++) {
        const char *before = document_text(document_key(mapping, i));
        if (strcmp(before, *key) == 0)
            return refuse(reader, node, *key, "this key is given twice; once is enough");
    }
    return true;
}

/* ---- the entries of a list ---- */

static void add_setting(const struct reader *reader, struct document_node node,
                        struct suite_setting setting)
{
    struct text where = {0};
    text_format(&where, "%s:%zu", reader->path, document_line(node));
    setting.where = where.chars;
    suite_settings_add(&reader->suite->settings, &setting);
    text_free(&where);
}

/* What a mapping of a list may hold; `pairs` is that of options or parameters. */
struct entry {
    const char *name, *alias, *variant, *optional;
    struct document_node pairs;
    bool has_pairs;
};

struct entry_key {
    const char *key;
    size_t field; /* offset of a text in struct entry; of `pairs` for a mapping */
};

static const struct entry_key collector_keys[] = {
    {"collector", offsetof(struct entry, name)},    {"as", offsetof(struct entry, alias)},
    {"variant", offsetof(struct entry, variant)},   {"options", offsetof(struct entry, pairs)},
    {"optional", offsetof(struct entry, optional)},
};
static const struct entry_key workload_keys[] = {
    {"workload", offsetof(struct entry, name)},
    {"parameters", offsetof(struct entry, pairs)},
};
enum { ENTRY_KEYS_MOST = sizeof collector_keys / sizeof *collector_keys };

static bool take_pair(const struct reader *reader, struct document_node mapping, size_t index,
                      const struct entry_key *keys, size_t count, struct entry *entry)
{
    const char *allowed[ENTRY_KEYS_MOST], *key;
    if (!read_key(reader, mapping, index, keys[0].key, &key))
        return false;
    struct document_node value = document_value(mapping, index);
    for (size_t i = 0; i < count; i++) {
        allowed[i] = keys[i].key;
        if (strcmp(keys[i].key, key) != 0)
            continue;
        if (keys[i].field != offsetof(struct entry, pairs))
            return read_piece(reader, value, key, (const char **)((char *)entry + keys[i].field));
        entry->pairs = value;
        entry->has_pairs = true;
        return document_kind(value) == DOCUMENT_MAPPING ||
               refuse(reader, value, key, "pairs must stand here, as in {name: value}");
    }
    return refuse_key(reader, document_key(mapping, index), keys[0].key, key, allowed, count);
}

static bool read_entry(const struct reader *reader, struct document_node node,
                       const struct entry_key *keys, size_t count, struct entry *entry)
{
    *entry = (struct entry){0};
    if (document_kind(node) == DOCUMENT_SEQUENCE)
        return refuse(reader, node, keys[0].key, "a name, or pairs, must stand here, not a list");
    for (size_t i = 0; i < document_count(node); i++)
        if (!take_pair(reader, node, i, keys, count, entry))
            return false;
    return entry->name != NULL || refuse(reader, node, keys[0].key, "this key is missing");
}

/* ---- collectors ---- */

static bool append_options(const struct reader *reader, const struct entry *entry,
                           struct text *value)
{
    for (size_t i = 0; entry->has_pairs && i < document_count(entry->pairs); i++) {
        const char *key, *piece;
        if (!read_key(reader, entry->pairs, i, "options", &key) ||
            !read_piece(reader, document_value(entry->pairs, i), key, &piece))
            return false;
        text_format(value, "%c%s=%s", i == 0 ? ':' : ',', key, piece);
    }
    return true;
}

static bool read_optional(const struct reader *reader, struct document_node node,
                          const struct entry *entry, bool *optional)
{
    *optional = entry->optional != NULL && strcmp(entry->optional, "true") == 0;
    return entry->optional == NULL || *optional || strcmp(entry->optional, "false") == 0 ||
           refuse(reader, node, "optional", "this must be true or false");
}

static bool read_collector(struct reader *reader, struct document_node node, bool adds)
{
    struct suite_setting setting = {.key = suite_setting_key("collectors"), .adds = adds};
    if (document_kind(node) == DOCUMENT_SCALAR) {
        setting.value = (char *)document_text(node);
        if (setting.value == NULL)
            return refuse(reader, node, setting.key, "this holds a zero byte");
        add_setting(reader, node, setting);
        return true;
    }
    struct entry entry;
    struct text value = {0};
    bool fine = read_entry(reader, node, collector_keys, ENTRY_KEYS_MOST, &entry) &&
                read_optional(reader, node, &entry, &setting.optional);
    if (fine) {
        if (entry.alias != NULL)
            text_format(&value, "%s=", entry.alias);
        text_append(&value, entry.name);
        if (entry.variant != NULL)
            text_format(&value, "/%s", entry.variant);
        fine = append_options(reader, &entry, &value);
    }
    if (fine) {
        setting.value = value.chars;
        add_setting(reader, node, setting);
    }
    text_free(&value);
    return fine;
}

/* ---- workloads ---- */

/* The values of each parameter, and which of them is next. */
struct product {
    const char **names;
    struct text_list *values;
    size_t *next;
    size_t count;
};

static bool read_product(const struct reader *reader, const struct entry *entry,
                         struct product *product)
{
    size_t count = entry->has_pairs ? document_count(entry->pairs) : 0;
    product->names = memory_new((count + 1) * sizeof *product->names);
    product->values = memory_new((count + 1) * sizeof *product->values);
    product->next = memory_new((count + 1) * sizeof *product->next);
    for (; product->count < count; product->count++) {
        size_t i = product->count;
        if (!read_key(reader, entry->pairs, i, "parameters", &product->names[i]) ||
            !read_pieces(reader, document_value(entry->pairs, i), product->names[i],
                         &product->values[i]))
            return false;
    }
    return true;
}

static void product_free(struct product *product)
{
    /* The list where reading stopped may have begun. */
    for (size_t i = 0; i <= product->count; i++)
        text_list_free(&product->values[i]);
    free(product->names);
    free(product->values);
    free(product->next);
}

/* The last parameter varies fastest. False after the last combination. */
static bool product_step(struct product *product)
{
    for (size_t i = product->count; i-- > 0;) {
        if (++product->next[i] < product->values[i].count)
            return true;
        product->next[i] = 0;
    }
    return false;
}

static bool product_is_bearable(struct reader *reader, struct document_node node,
                                const struct product *product)
{
    size_t combinations = 1;
    for (size_t i = 0; i < product->count && combinations <= SUITE_WORKLOADS_MOST; i++)
        combinations *= product->values[i].count;
    reader->workloads += combinations;
    if (combinations <= SUITE_WORKLOADS_MOST && reader->workloads <= SUITE_WORKLOADS_MOST)
        return true;
    return error_user(reader->error,
                      "%s:%zu: workloads: the lists of parameters make more than %d workloads, and "
                      "a suite has at most so many",
                      reader->path, document_line(node), SUITE_WORKLOADS_MOST);
}

static void add_combinations(const struct reader *reader, struct document_node node,
                             const char *name, struct product *product, bool adds)
{
    do {
        struct text value = {0};
        text_append(&value, name);
        for (size_t i = 0; i < product->count; i++)
            text_format(&value, "%c%s=%s", i == 0 ? ':' : ',', product->names[i],
                        product->values[i].items[product->next[i]]);
        add_setting(reader, node,
                    (struct suite_setting){
                        .key = suite_setting_key("workloads"), .value = value.chars, .adds = adds});
        adds = true;
        text_free(&value);
    } while (product_step(product));
}

static bool read_workload(struct reader *reader, struct document_node node, bool adds)
{
    struct entry entry = {0};
    struct product product = {0};
    if (document_kind(node) == DOCUMENT_SCALAR) {
        entry.name = document_text(node);
        if (entry.name == NULL)
            return refuse(reader, node, "workloads", "this holds a zero byte");
    } else if (!read_entry(reader, node, workload_keys,
                           sizeof workload_keys / sizeof *workload_keys, &entry)) {
        return false;
    }
    bool fine =
        read_product(reader, &entry, &product) && product_is_bearable(reader, node, &product);
    if (fine)
        add_combinations(reader, node, entry.name, &product, adds);
    product_free(&product);
    return fine;
}

/* ---- the keys of a suite ---- */

static bool read_list(struct reader *reader, struct document_node node, const char *key,
                      bool (*read)(struct reader *reader, struct document_node node, bool adds))
{
    if (document_kind(node) != DOCUMENT_SEQUENCE || document_count(node) == 0)
        return refuse(reader, node, key, "a list must stand here, such as [one, another]");
    for (size_t i = 0; i < document_count(node); i++)
        if (!read(reader, document_item(node, i), i > 0))
            return false;
    return true;
}

static bool read_plain(const struct reader *reader, struct document_node node,
                       const struct suite_setting_kind *kind)
{
    struct text_list pieces = {0};
    struct text value = {0};
    bool fine = kind->arity == SUITE_LIST || document_kind(node) == DOCUMENT_SCALAR
                    ? read_pieces(reader, node, kind->key, &pieces)
                    : refuse(reader, node, kind->key, "a single value must stand here");
    for (size_t i = 0; fine && i < pieces.count; i++)
        text_format(&value, "%s%s", i == 0 ? "" : ",", pieces.items[i]);
    if (fine)
        add_setting(reader, node, (struct suite_setting){.key = kind->key, .value = value.chars});
    text_free(&value);
    text_list_free(&pieces);
    return fine;
}

static bool read_summary(const struct reader *reader, struct document_node node)
{
    if (document_kind(node) != DOCUMENT_SCALAR || document_text(node) == NULL)
        return refuse(reader, node, "summary", "one sentence must stand here");
    reader->suite->summary = memory_copy_text(document_text(node));
    return true;
}

static bool refuse_suite_key(const struct reader *reader, struct document_node node,
                             const char *key)
{
    size_t count = 0;
    const char **allowed = memory_new((suite_setting_kind_count + 3) * sizeof *allowed);
    allowed[count++] = "summary";
    allowed[count++] = "collectors";
    allowed[count++] = "workloads";
    for (size_t i = 0; i < suite_setting_kind_count; i++)
        allowed[count++] = suite_setting_kinds[i].key;
    refuse_key(reader, node, "", key, allowed, count);
    free(allowed);
    return false;
}

static bool read_pair(struct reader *reader, struct document_node root, size_t index)
{
    const char *key;
    if (!read_key(reader, root, index, "", &key))
        return false;
    struct document_node value = document_value(root, index);
    if (strcmp(key, "summary") == 0)
        return read_summary(reader, value);
    if (strcmp(key, "collectors") == 0)
        return read_list(reader, value, key, read_collector);
    if (strcmp(key, "workloads") == 0)
        return read_list(reader, value, key, read_workload);
    for (size_t i = 0; i < suite_setting_kind_count; i++)
        if (strcmp(suite_setting_kinds[i].key, key) == 0)
            return read_plain(reader, value, &suite_setting_kinds[i]);
    return refuse_suite_key(reader, document_key(root, index), key);
}

bool suite_read(const char *path, struct suite_text *suite, struct error *error)
{
    struct reader reader = {.path = path, .suite = suite, .error = error};
    struct document *document = document_read(path, error);
    if (document == NULL)
        return false;
    struct document_node root = document_root(document);
    bool fine = document_kind(root) == DOCUMENT_MAPPING ||
                refuse(&reader, root, "", "a suite is pairs, as in 'collectors: [none]'");
    for (size_t i = 0; fine && i < document_count(root); i++)
        fine = read_pair(&reader, root, i);
    document_free(document);
    return fine;
}

void suite_text_free(struct suite_text *suite)
{
    free(suite->summary);
    suite_settings_free(&suite->settings);
    *suite = (struct suite_text){0};
}
