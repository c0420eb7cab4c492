/* SPDX-License-Identifier: MIT
 *
 * Much data in little text.
 */
#ifndef HEAPMARK_REPORT_PACKED_H
#define HEAPMARK_REPORT_PACKED_H

#include "base/text.h"

/* Append the bytes deflated (RFC 1950, as a browser's DecompressionStream('deflate') reads it) and
 * in base64 (RFC 4648). */
void packed_append(const char *bytes, size_t count, struct text *page);

/* The same without deflating: what a browser takes as it is. */
void packed_append_base64(const char *bytes, size_t count, struct text *page);

#endif
