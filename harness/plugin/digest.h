/* SPDX-License-Identifier: MIT
 *
 * What identifies a plugin's file: its digest, and the build id that the linker left in it.
 */
#ifndef HEAPMARK_PLUGIN_DIGEST_H
#define HEAPMARK_PLUGIN_DIGEST_H

#include "base/error.h"

/* SHA-256 of the file in hexadecimal. False with an error when it cannot be read. */
bool digest_file(const char *path, char sha256[static 65], struct error *error);

/* The same of a text. */
void digest_text(const char *text, char sha256[static 65]);

/* The GNU build id of an ELF file in hexadecimal; "" when it has none or is no ELF file. */
void digest_build_id(const char *path, char build_id[static 129]);

#endif
