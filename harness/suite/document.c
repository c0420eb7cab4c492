/* SPDX-License-Identifier: MIT
 *
 * YAML by libyaml; see document.h.
 */
#include "suite/document.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/text.h"

/* No suite is as large; a device that never ends is not read for ever. */
enum { MOST_BYTES = 1 << 20 };

struct document {
    yaml_document_t yaml;
};

static bool read_file(const char *path, struct text *content, struct error *error)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return error_user(error, "cannot open the suite file %s: %s", path, strerror(errno));
    char *bytes = memory_new(MOST_BYTES + 1);
    errno = 0;
    size_t count = fread(bytes, 1, MOST_BYTES + 1, file);
    bool failed = ferror(file) != 0;
    int cause = errno;
    if (!failed && count <= MOST_BYTES)
        text_append_bytes(content, bytes, count);
    fclose(file);
    free(bytes);
    if (failed)
        return error_user(error, "cannot read the suite file %s: %s", path, strerror(cause));
    return count <= MOST_BYTES ||
           error_user(error, "the suite file %s is larger than 1 MiB, which no suite is", path);
}

static bool refuse_syntax(const char *path, const yaml_parser_t *parser, struct error *error)
{
    if (parser->error == YAML_MEMORY_ERROR)
        return error_system(error, "no memory for the suite file %s", path);
    bool located = parser->error != YAML_READER_ERROR;
    return error_user(error, "%s:%zu: this is no YAML: %s%s%s", path,
                      located ? parser->problem_mark.line + 1 : parser->mark.line + 1,
                      parser->context != NULL ? parser->context : "",
                      parser->context != NULL ? ", " : "", parser->problem);
}

static bool is_empty(yaml_document_t *yaml)
{
    return yaml_document_get_root_node(yaml) == NULL;
}

/* What stands behind the first document must be the end. */
static bool ends_there(const char *path, yaml_parser_t *parser, struct error *error)
{
    yaml_document_t further;
    if (!yaml_parser_load(parser, &further))
        return refuse_syntax(path, parser, error);
    bool ends = is_empty(&further);
    size_t line = further.start_mark.line + 1;
    yaml_document_delete(&further);
    return ends || error_user(error, "%s:%zu: a second document begins here; a suite file has one",
                              path, line);
}

static bool parse(const char *path, yaml_parser_t *parser, struct document *document,
                  struct error *error)
{
    if (!yaml_parser_load(parser, &document->yaml))
        return refuse_syntax(path, parser, error);
    bool fine = is_empty(&document->yaml) ? error_user(error, "the suite file %s is empty", path)
                                          : ends_there(path, parser, error);
    if (!fine)
        yaml_document_delete(&document->yaml);
    return fine;
}

struct document *document_read(const char *path, struct error *error)
{
    struct text content = {0};
    yaml_parser_t parser;
    if (!read_file(path, &content, error))
        return NULL;
    CHECK(yaml_parser_initialize(&parser) == 1, "libyaml makes no parser");
    struct document *document = memory_new(sizeof *document);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text_chars(&content),
                                 content.length);
    if (!parse(path, &parser, document, error)) {
        free(document);
        document = NULL;
    }
    yaml_parser_delete(&parser);
    text_free(&content);
    return document;
}

void document_free(struct document *document)
{
    if (document == NULL)
        return;
    yaml_document_delete(&document->yaml);
    free(document);
}

static const yaml_node_t *node_of(struct document_node node)
{
    yaml_node_t *found = yaml_document_get_node(&node.document->yaml, node.number);
    CHECK(found != NULL, "a document without node %d", node.number);
    return found;
}

struct document_node document_root(struct document *document)
{
    return (struct document_node){.document = document, .number = 1};
}

enum document_kind document_kind(struct document_node node)
{
    yaml_node_type_t type = node_of(node)->type;
    CHECK(type != YAML_NO_NODE, "a node of no kind");
    return type == YAML_SCALAR_NODE     ? DOCUMENT_SCALAR
           : type == YAML_SEQUENCE_NODE ? DOCUMENT_SEQUENCE
                                        : DOCUMENT_MAPPING;
}

size_t document_line(struct document_node node)
{
    return node_of(node)->start_mark.line + 1;
}

const char *document_text(struct document_node node)
{
    const yaml_node_t *scalar = node_of(node);
    CHECK(scalar->type == YAML_SCALAR_NODE, "the text of what is no scalar");
    const char *text = (const char *)scalar->data.scalar.value;
    return strlen(text) == scalar->data.scalar.length ? text : NULL;
}

size_t document_count(struct document_node node)
{
    const yaml_node_t *list = node_of(node);
    if (list->type == YAML_SEQUENCE_NODE)
        return (size_t)(list->data.sequence.items.top - list->data.sequence.items.start);
    CHECK(list->type == YAML_MAPPING_NODE, "the items of a scalar");
    return (size_t)(list->data.mapping.pairs.top - list->data.mapping.pairs.start);
}

struct document_node document_item(struct document_node sequence, size_t index)
{
    CHECK(index < document_count(sequence), "item %zu of %zu", index, document_count(sequence));
    return (struct document_node){sequence.document,
                                  node_of(sequence)->data.sequence.items.start[index]};
}

struct document_node document_key(struct document_node mapping, size_t index)
{
    CHECK(index < document_count(mapping), "pair %zu of %zu", index, document_count(mapping));
    return (struct document_node){mapping.document,
                                  node_of(mapping)->data.mapping.pairs.start[index].key};
}

struct document_node document_value(struct document_node mapping, size_t index)
{
    CHECK(index < document_count(mapping), "pair %zu of %zu", index, document_count(mapping));
    return (struct document_node){mapping.document,
                                  node_of(mapping)->data.mapping.pairs.start[index].value};
}
