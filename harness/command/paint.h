/* SPDX-License-Identifier: MIT
 *
 * What a stream can show besides plain text: small pictures of block characters, and colour.
 */
#ifndef HEAPMARK_COMMAND_PAINT_H
#define HEAPMARK_COMMAND_PAINT_H

#include <stdio.h>

#include "base/text.h"
#include "statistics/statistics.h"

struct paint {
    bool pictures;  /* it is a terminal, and the locale is of UTF-8 */
    bool colour;    /* it is a terminal, and NO_COLOR is not set, or empty */
    size_t columns; /* of the terminal; SIZE_MAX elsewhere */
};

/* Neither: a file, a pipe, a test. */
extern const struct paint PAINT_PLAIN;

/* As of now. */
struct paint paint_for(FILE *file);

/* A terminal that can go back in a line: TERM is set and not dumb. */
bool paint_is_able(FILE *file);

/* Of a terminal; 80 where it does not tell. Asked each time, as windows change their size. */
size_t paint_width(FILE *file);

/* NO_COLOR is not set, or empty. */
bool paint_has_colour(void);

/* Append a bar, this share (0 to 1) of so many places long, to an eighth of a place; nothing where
 * the share is no number. What is above 0 is seen. */
void paint_append_bar(struct text *text, double share, size_t places);

/* The scale of ratios around 1, of logarithms: from 1 / limit to limit. */
struct paint_scale {
    double limit;
    size_t places; /* odd, so that 1 has a place */
};

/* The smallest of a few round limits that holds the ratio, if one does, and is not below `limit`.
 */
double paint_limit(double limit, double ratio);

/* Append a ratio and its interval on the scale: a dot, a line, and 1 between them. What lies
 * outside ends in an arrow. Nothing where the ratio is no number. */
void paint_append_ratio(struct text *text, double ratio, struct stats_interval interval,
                        struct paint_scale scale);

#endif
