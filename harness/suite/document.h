/* SPDX-License-Identifier: MIT
 *
 * A YAML file as a tree of nodes that know their lines, by libyaml. Nothing here knows what a
 * suite is.
 */
#ifndef HEAPMARK_SUITE_DOCUMENT_H
#define HEAPMARK_SUITE_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct document;

enum document_kind { DOCUMENT_SCALAR, DOCUMENT_SEQUENCE, DOCUMENT_MAPPING };

/* A place in the tree; valid as long as its document. */
struct document_node {
    struct document *document;
    int number;
};

/* Read a file that holds exactly one document. Mistakes in it are the user's, with file and line.
 * Free it with document_free; NULL with an error. */
struct document *document_read(const char *path, struct error *error);
void document_free(struct document *document);

struct document_node document_root(struct document *document);
enum document_kind document_kind(struct document_node node);
size_t document_line(struct document_node node); /* from 1 */

/* The text of a scalar; NULL where it holds a zero byte, which no setting may. */
const char *document_text(struct document_node node);

/* Items of a sequence, pairs of a mapping. */
size_t document_count(struct document_node node);
struct document_node document_item(struct document_node sequence, size_t index);
struct document_node document_key(struct document_node mapping, size_t index);
struct document_node document_value(struct document_node mapping, size_t index);

#endif
