/* SPDX-License-Identifier: MIT
 *
 * How the subjects of a report look: colours that colour-blind eyes tell apart (Okabe and Ito,
 * Color Universal Design, 2008), and markers besides.
 */
#ifndef HEAPMARK_REPORT_LOOK_H
#define HEAPMARK_REPORT_LOOK_H

#include <stddef.h>

/* Colours of a page by role: X(enumerator, variable, on light ground, on dark ground). A picture is
 * drawn in the light ones; svg_inline turns them into the page's variables. All are unlike. */
/* clang-format off */
#define LOOK_COLOURS(X)                                                                            \
    X(LOOK_SERIES_0, "--c0", 0x0072B2, 0x4AA8E0) /* blue */                                        \
    X(LOOK_SERIES_1, "--c1", 0xD98E00, 0xF0B440) /* orange */                                      \
    X(LOOK_SERIES_2, "--c2", 0x009E73, 0x2FC79A) /* bluish green */                                \
    X(LOOK_SERIES_3, "--c3", 0xD55E00, 0xF58A3C) /* vermillion */                                  \
    X(LOOK_SERIES_4, "--c4", 0xB8608F, 0xE09CC2) /* reddish purple */                              \
    X(LOOK_SERIES_5, "--c5", 0x3D9BD1, 0x8ED0F5) /* sky blue */                                    \
    X(LOOK_SERIES_6, "--c6", 0x56585C, 0xC9CCD2) /* for black */                                   \
    X(LOOK_SERIES_7, "--c7", 0xA89A00, 0xF0E442) /* yellow */                                      \
    X(LOOK_INK, "--ink", 0x1B1D21, 0xE8EAED)                                                       \
    X(LOOK_MUTED, "--muted", 0x5A5F68, 0xA4AAB4)                                                   \
    X(LOOK_GRID, "--grid", 0xE1E4E8, 0x363B44)                                                     \
    X(LOOK_BAD, "--bad", 0xB3261E, 0xFF8A80)
/* clang-format on */

enum look_colour {
#define LOOK_COLOUR_ENUMERATOR(name, variable, light, dark) name,
    LOOK_COLOURS(LOOK_COLOUR_ENUMERATOR)
#undef LOOK_COLOUR_ENUMERATOR
        LOOK_COLOUR_COUNT
};

enum { LOOK_SERIES_COLOURS = LOOK_SERIES_7 + 1, LOOK_MARKERS = 6 };

struct look_colour_row {
    const char *variable; /* of CSS */
    unsigned light, dark; /* 0xRRGGBB */
};

extern const struct look_colour_row look_colours[LOOK_COLOUR_COUNT];

/* A marker: its type in gnuplot, and its outline as an SVG path within -1..1. */
struct look_marker {
    int filled, hollow;
    const char *path;
};

extern const struct look_marker look_markers[LOOK_MARKERS];

/* Of a subject, by its number: 24 of them before two look alike. */
enum look_colour look_colour(size_t look);
const struct look_marker *look_marker(size_t look);

#endif
