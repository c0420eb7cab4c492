/* SPDX-License-Identifier: MIT
 *
 * Utilization of several mutators together; see utilization.h.
 *
 * S(t) is here what all of them lost up to t: its slope is how many are stopped. A window loses the
 * most where it begins with a stop of one of them or ends with one, for the reasons that hold for a
 * single one; a place where one stop ends as another begins is neither.
 */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/text.h"
#include "statistics/hull.h"
#include "statistics/utilization.h"

/* Where the number of those that are stopped changes. */
struct border {
    uint64_t t_ns;
    uint64_t lost_ns; /* S(t), in ns of a mutator */
    int64_t change;
    uint64_t stopped; /* from here on */
};

struct borders {
    struct border *items; /* by time, no two of one */
    size_t count;
    uint64_t length_ns;
};

static int compare_borders(const void *a, const void *b)
{
    uint64_t left = ((const struct border *)a)->t_ns, right = ((const struct border *)b)->t_ns;
    return (left > right) - (left < right);
}

static size_t count_stops(const struct utilization *of, size_t mutators)
{
    size_t count = 0;
    for (size_t m = 0; m < mutators; m++)
        count += of[m].count;
    return count;
}

/* Those of one time become one. */
static void join(struct borders *borders)
{
    size_t kept = 0;
    for (size_t i = 0; i < borders->count; i++) {
        if (kept > 0 && borders->items[kept - 1].t_ns == borders->items[i].t_ns)
            borders->items[kept - 1].change += borders->items[i].change;
        else
            borders->items[kept++] = borders->items[i];
    }
    borders->count = kept;
}

/* Owned by the caller. */
static struct borders find_borders(const struct utilization *of, size_t mutators)
{
    struct borders borders = {.length_ns = of[0].length_ns};
    borders.items = memory_new((2 * count_stops(of, mutators) + 1) * sizeof *borders.items);
    for (size_t m = 0; m < mutators; m++)
        for (size_t i = 0; i < of[m].count; i++) {
            borders.items[borders.count++] =
                (struct border){.t_ns = of[m].stops[i].start_ns, .change = 1};
            borders.items[borders.count++] =
                (struct border){.t_ns = of[m].stops[i].end_ns, .change = -1};
        }
    qsort(borders.items, borders.count, sizeof *borders.items, compare_borders);
    join(&borders);
    int64_t stopped = 0;
    uint64_t lost_ns = 0;
    for (size_t i = 0; i < borders.count; i++) {
        struct border *border = &borders.items[i];
        if (i > 0)
            lost_ns += (uint64_t)stopped * (border->t_ns - border[-1].t_ns);
        border->lost_ns = lost_ns;
        stopped += border->change;
        border->stopped = (uint64_t)stopped;
    }
    return borders;
}

/* S(t). */
static uint64_t lost_until(const struct borders *borders, uint64_t t_ns)
{
    size_t low = 0, high = borders->count; /* the first border right of t */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (borders->items[middle].t_ns <= t_ns)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return 0;
    const struct border *last = &borders->items[low - 1];
    return last->lost_ns + last->stopped * (t_ns - last->t_ns);
}

static uint64_t lost_in(const struct borders *borders, uint64_t start_ns, uint64_t window_ns)
{
    return lost_until(borders, start_ns + window_ns) - lost_until(borders, start_ns);
}

static uint64_t most_lost(const struct borders *borders, uint64_t window_ns)
{
    uint64_t last_ns = borders->length_ns - window_ns;
    uint64_t most = lost_in(borders, 0, window_ns);
    uint64_t lost = lost_in(borders, last_ns, window_ns);
    most = lost > most ? lost : most;
    for (size_t i = 0; i < borders->count; i++) {
        const struct border *border = &borders->items[i];
        if (border->change > 0 && border->t_ns <= last_ns)
            lost = lost_in(borders, border->t_ns, window_ns);
        else if (border->change < 0 && border->t_ns >= window_ns)
            lost = lost_in(borders, border->t_ns - window_ns, window_ns);
        most = lost > most ? lost : most;
    }
    return most;
}

static struct hull_place place_of(const struct border *border)
{
    return (struct hull_place){(double)border->t_ns, (double)border->lost_ns};
}

/* The steepest loss of windows at least so long, `worst` being that of those of just that length.
 */
static double steepest(const struct borders *borders, uint64_t window_ns, double worst)
{
    struct hull hull = {.places = memory_new((borders->count + 1) * sizeof *hull.places)};
    size_t next = 0; /* not yet far enough to the left */
    for (size_t i = 0; i < borders->count; i++) {
        const struct border *end = &borders->items[i];
        if (end->change >= 0)
            continue;
        for (; borders->items[next].t_ns + window_ns <= end->t_ns; next++)
            if (borders->items[next].change > 0)
                hull_add(&hull, place_of(&borders->items[next]));
        if (hull.count > 0)
            worst = fmax(worst, hull_steepest(&hull, place_of(end)));
    }
    free(hull.places);
    return worst;
}

void utilization_together(const struct utilization *of, size_t mutators, const uint64_t *windows_ns,
                          size_t count, double *minimum, double *bounded)
{
    struct borders borders = find_borders(of, mutators);
    for (size_t i = 0; i < count; i++) {
        minimum[i] = bounded[i] = (double)NAN;
        if (windows_ns[i] == 0 || windows_ns[i] > borders.length_ns)
            continue;
        double worst = (double)most_lost(&borders, windows_ns[i]) / (double)windows_ns[i];
        minimum[i] = 1 - worst / (double)mutators;
        bounded[i] = 1 - steepest(&borders, windows_ns[i], worst) / (double)mutators;
    }
    free(borders.items);
}
