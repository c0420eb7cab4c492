/* SPDX-License-Identifier: MIT
 *
 * Whatever bytes a trial or a foreign hand left, as text that JSON can carry.
 */
#ifndef HEAPMARK_STORE_UTF8_H
#define HEAPMARK_STORE_UTF8_H

#include <stddef.h>

/* A copy that is UTF-8 without NUL: each byte that is not becomes \xNN. The caller frees it. */
char *utf8_copy(const char *bytes, size_t count);

#endif
