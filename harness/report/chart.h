/* SPDX-License-Identifier: MIT
 *
 * The model of a chart: what is drawn, apart from who draws it.
 *
 * A chart holds categories (rows, or places along a line) and series; a series has one mark for
 * each category. Texts are data, as they came from plugins and databases: a renderer escapes them.
 */
#ifndef HEAPMARK_REPORT_CHART_H
#define HEAPMARK_REPORT_CHART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum chart_form {
    CHART_DOTS,    /* a row for each category; in it, a dot with its interval for each series */
    CHART_BARS,    /* one category: a labelled bar from zero for each series */
    CHART_LINES,   /* categories from left to right, a line for each series */
    CHART_SCATTER, /* marks at two values each; categories only name them */
    CHART_STACK,   /* a bar for each series, whose parts are the categories, from zero on */
    CHART_HEAT, /* categories down, series across: ratios in cells whose colour grows with them; in
                   a page it is a table */
};

enum chart_unit {
    CHART_NS,
    CHART_BYTES,
    CHART_TIMES, /* a ratio, shown as "2×" */
    CHART_SHARE, /* a part of a whole, shown as "45 %" for 0.45 */
    CHART_PLAIN,
};

/* What stands for one series in one category. Zeroed, it is at 0: see chart_add_series. */
struct chart_mark {
    double value;     /* NAN: nothing to draw */
    double low, high; /* ends of its interval; NAN: none */
    double across;    /* of a scatter: where it stands from left to right; else NAN */
    bool accent;      /* has more weight than others: of a scatter's front; on a dense line, where
                         something happened */
    bool failed;      /* drawn as a cross: there was a try, and no value came of it */
    char *note;       /* why there is no value, in a few words; owned; NULL: not known */
};

struct chart_series {
    char *name;
    size_t look;    /* colour and marker; the same subject looks the same in all charts */
    size_t follows; /* index of the series whose lane it shares; its own index for a lane of its
                       own */
    bool hollow;    /* drawn in outline: the second figure of the subject that it follows */
    struct chart_mark *marks; /* one a category */
};

/* Owns everything in it. */
struct chart {
    enum chart_form form;
    enum chart_unit unit;
    bool log_axis;               /* only marks above 0 are drawn then */
    enum chart_unit across_unit; /* of a scatter, like log_across, joined and across */
    bool log_across;             /* only marks right of 0 are drawn then */
    bool bands;                  /* of lines: intervals are areas along them, rather than bars */
    bool joined;                 /* a thin line from mark to mark of a series */
    char *across;                /* what its axis from left to right shows */
    char *about;       /* what is common to a grid of such charts, which its title leaves out */
    double reference;  /* a value drawn as a line across; NAN: none */
    char *title;       /* what is shown, without units */
    char *axis;        /* what the value axis shows */
    char *verdict;     /* what the chart says, in a sentence */
    char *noise;       /* how much of it is noise, in a sentence */
    char *explanation; /* what the marks and intervals are */
    size_t point;      /* of the summary, which all of it is of; SIZE_MAX: none */
    char **categories;
    size_t *category_points; /* likewise, of each category */
    size_t category_count;
    struct chart_series *series;
    size_t series_count;
};

/* An empty chart with copies of both texts; the others start as "". */
struct chart chart_new(enum chart_form form, enum chart_unit unit, const char *title,
                       const char *axis);
void chart_free(struct chart *chart);

/* Replace one of the chart's texts; `text` is emptied and freed. */
void chart_set_text(char **slot, struct text *text);

/* All categories come before the first series. */
void chart_add_category(struct chart *chart, const char *name);
/* A category that stands for a point of the summary. */
void chart_add_point(struct chart *chart, const char *name, size_t point);

/* Its marks are without value, interval and note. The pointer is good until the next series. */
struct chart_series *chart_add_series(struct chart *chart, const char *name, size_t look);

/* Mark those of a scatter that no other one is at least as good as in both, and better in one. */
void chart_find_front(struct chart *chart);

/* The title with what it leaves out: "Time (inline, 1 thread): churn". */
void chart_append_title(const struct chart *chart, struct text *title);

/* How much a part of a stack covers what is behind it, 0 to 1: the first ones less. */
double chart_part_opacity(const struct chart *chart, size_t category);

/* How deep the colour of a cell is, 0 to 1: three times the least, and more, is the deepest. */
double chart_heat_depth(double ratio);

/* The length of all parts of a series; NAN where it has none. */
double chart_stack_end(const struct chart *chart, const struct chart_series *series);

/* Whether the mark can be drawn at a value. */
bool chart_is_drawn(const struct chart *chart, const struct chart_mark *mark);
bool chart_has_marks(const struct chart *chart);
bool chart_has_failures(const struct chart *chart);

/* Rows of series within a category, and the one that series takes. */
size_t chart_lane_count(const struct chart *chart);
size_t chart_lane(const struct chart *chart, size_t series);

/* The value axis: range and labelled ticks, which renderers share. */
enum { CHART_MOST_TICKS = 16, CHART_LABEL_BYTES = 40 };
struct chart_axis {
    double low, high;
    size_t tick_count;
    double ticks[CHART_MOST_TICKS];
    char labels[CHART_MOST_TICKS][CHART_LABEL_BYTES];
};

/* `most_ticks` is how many labels there is room for, 3 to CHART_MOST_TICKS. */
struct chart_axis chart_axis(const struct chart *chart, size_t most_ticks);
/* That of a scatter from left to right. */
struct chart_axis chart_axis_across(const struct chart *chart, size_t most_ticks);

/* A value of the chart for people, with its unit: "3.21 ms", "1.8×". */
void chart_format(enum chart_unit unit, double value, char text[static CHART_LABEL_BYTES]);

#endif
