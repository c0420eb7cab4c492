/* SPDX-License-Identifier: MIT
 *
 * Quantities as people write and read them.
 */
#ifndef HEAPMARK_BASE_UNITS_H
#define HEAPMARK_BASE_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Bytes: a bare number, or one with k K KB KiB m M MB MiB g G GB GiB t T TB TiB and B.
 * All are powers of 1024. A fraction ("1.5GiB") is allowed, but not of a byte; one space may
 * stand before the unit. `what` names the quantity in the error. */
bool units_parse_bytes(const char *text, const char *what, uint64_t *bytes, struct error *error);

/* Nanoseconds: a number with ns, us, ms, s, min or h; a bare number is seconds. Else as above. */
bool units_parse_ns(const char *text, const char *what, uint64_t *ns, struct error *error);

/* A whole number between least and most. */
bool units_parse_integer(const char *text, const char *what, int64_t least, int64_t most,
                         int64_t *value, struct error *error);

/* A decimal number between least and most ("0.25"); not nan, not inf. */
bool units_parse_decimal(const char *text, const char *what, double least, double most,
                         double *value, struct error *error);

/* For people: "64 MiB", "1.5 GiB", "812 B"; "3.21 ms", "47 ns". Written to `text`. */
enum { UNITS_TEXT_BYTES = 32 };
void units_format_bytes(uint64_t bytes, char text[static UNITS_TEXT_BYTES]);
void units_format_ns(double ns, char text[static UNITS_TEXT_BYTES]);

/* The time that people wait: "400 ms", "47 s", "2 min 5 s", "3 h 20 min". */
void units_format_duration(double ns, char text[static UNITS_TEXT_BYTES]);

#endif
