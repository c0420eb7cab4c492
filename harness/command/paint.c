/* SPDX-License-Identifier: MIT
 *
 * What a stream can show besides plain text; see paint.h.
 */
#include "command/paint.h"

#include <langinfo.h>
#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { COLUMNS_UNLESS_TOLD = 80, EIGHTHS = 8 };

const struct paint PAINT_PLAIN = {.columns = SIZE_MAX};

bool paint_is_able(FILE *file)
{
    const char *terminal = getenv("TERM");
    bool able = terminal != NULL && *terminal != '\0' && strcmp(terminal, "dumb") != 0;
    return able && isatty(fileno(file));
}

/* The program itself stays in the locale "C", so that numbers have a point. */
static bool is_utf8(void)
{
    locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    if (locale == (locale_t)0)
        return false;
    bool is = strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
    freelocale(locale);
    return is;
}

size_t paint_width(FILE *file)
{
    struct winsize size;
    if (ioctl(fileno(file), TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return COLUMNS_UNLESS_TOLD;
    return size.ws_col;
}

bool paint_has_colour(void)
{
    const char *refused = getenv("NO_COLOR");
    return refused == NULL || *refused == '\0';
}

struct paint paint_for(FILE *file)
{
    if (!paint_is_able(file))
        return PAINT_PLAIN;
    return (struct paint){
        .pictures = is_utf8(),
        .colour = paint_has_colour(),
        .columns = paint_width(file),
    };
}

/* ---- bars ---- */

void paint_append_bar(struct text *text, double share, size_t places)
{
    static const char *const parts[EIGHTHS] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    if (!isfinite(share) || share <= 0)
        return;
    double most = (double)(places * EIGHTHS);
    size_t eighths = (size_t)fmax(1, fmin(most, round(share * most)));
    for (size_t i = 0; i < eighths / EIGHTHS; i++)
        text_append(text, "█");
    text_append(text, parts[eighths % EIGHTHS]);
}

/* ---- ratios ---- */

double paint_limit(double limit, double ratio)
{
    static const double limits[] = {1.05, 1.1, 1.25, 1.5, 2, 4, 8, 16};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (isfinite(ratio) && limits[i] > limit && fmax(ratio, 1 / ratio) > limit)
            limit = limits[i];
    return limit;
}

/* From 0; below it or from `places` on where it lies outside. */
static long place_of(double ratio, struct paint_scale scale)
{
    double half = (double)(scale.places / 2);
    double place = ratio > 0 ? half + half * log(ratio) / log(scale.limit) : -1;
    return lround(fmax(-1, fmin((double)scale.places, place)));
}

static const char *mark_at(long place, long dot, long low, long high, long last)
{
    if (place == dot)
        return "●";
    if (place == 0 && (low < 0 || dot < 0))
        return "◂";
    if (place == last && (high > last || dot > last))
        return "▸";
    if (place == last / 2)
        return "│";
    return place >= low && place <= high ? "─" : " ";
}

void paint_append_ratio(struct text *text, double ratio, struct stats_interval interval,
                        struct paint_scale scale)
{
    if (!isfinite(ratio))
        return;
    bool has_interval =
        interval.kind != STATS_NONE && isfinite(interval.low) && isfinite(interval.high);
    long dot = place_of(ratio, scale), last = (long)scale.places - 1;
    long low = has_interval ? place_of(interval.low, scale) : dot;
    long high = has_interval ? place_of(interval.high, scale) : dot;
    for (long place = 0; place <= last; place++)
        text_append(text, mark_at(place, dot, low, high, last));
}
