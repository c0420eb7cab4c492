/* SPDX-License-Identifier: MIT
 *
 * Bytes as text (RFC 4648, section 4), for a way that carries text only.
 */
#ifndef HEAPMARK_STORE_BASE64_H
#define HEAPMARK_STORE_BASE64_H

#include "base/text.h"

void base64_append(struct text *text, const unsigned char *bytes, size_t count);

/* The bytes, which the caller frees; NULL where the text is no such one. */
unsigned char *base64_read(const char *text, size_t *count);

#endif
