/* SPDX-License-Identifier: MIT
 *
 * The tables of colours and markers.
 */
#include "report/look.h"

const struct look_colour_row look_colours[LOOK_COLOUR_COUNT] = {
#define LOOK_COLOUR_ROW(name, variable, light, dark) [name] = {variable, light, dark},
    LOOK_COLOURS(LOOK_COLOUR_ROW)
#undef LOOK_COLOUR_ROW
};

const struct look_marker look_markers[LOOK_MARKERS] = {
    {7, 6, "M-1,0a1,1 0 1 0 2,0a1,1 0 1 0 -2,0z"},
    {5, 4, "M-.9,-.9h1.8v1.8h-1.8z"},
    {9, 8, "M0,-1.1L1.1,.8H-1.1z"},
    {13, 12, "M0,-1.2L1.2,0L0,1.2L-1.2,0z"},
    {11, 10, "M0,1.1L1.1,-.8H-1.1z"},
    {15, 14, "M0,-1.1L1.05,-.34L.65,.9H-.65L-1.05,-.34z"},
};

enum look_colour look_colour(size_t look)
{
    return (enum look_colour)(look % LOOK_SERIES_COLOURS);
}

const struct look_marker *look_marker(size_t look)
{
    return &look_markers[look % LOOK_MARKERS];
}
