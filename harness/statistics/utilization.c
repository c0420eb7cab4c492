/* SPDX-License-Identifier: MIT
 *
 * Mutator utilization; see utilization.h.
 *
 * Let S(t) be the time stopped up to t: piecewise linear, flat while the mutator runs, of slope 1
 * while it is stopped. A window of length w that begins at t loses S(t + w) - S(t). As t moves,
 * this is greatest where the window begins with a stop, ends with one, or lies at an end of the
 * whole. If the window may also grow, a window that neither begins nor ends with a stop loses a
 * greater share once it is cut to one that does: so the bounded form looks at windows of length w
 * and at those from the beginning of one stop to the end of another.
 */
#include "statistics/utilization.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/text.h"
#include "statistics/hull.h"

static int compare_starts(const void *a, const void *b)
{
    uint64_t left = ((const struct utilization_stop *)a)->start_ns;
    uint64_t right = ((const struct utilization_stop *)b)->start_ns;
    return (left > right) - (left < right);
}

size_t utilization_merge(struct utilization_stop *stops, size_t count, uint64_t length_ns)
{
    size_t kept = 0;
    if (count > 0)
        qsort(stops, count, sizeof *stops, compare_starts);
    for (size_t i = 0; i < count; i++) {
        struct utilization_stop stop = stops[i];
        if (stop.end_ns > length_ns)
            stop.end_ns = length_ns;
        if (stop.start_ns >= stop.end_ns)
            continue;
        if (kept > 0 && stop.start_ns <= stops[kept - 1].end_ns) {
            if (stop.end_ns > stops[kept - 1].end_ns)
                stops[kept - 1].end_ns = stop.end_ns;
        } else {
            stops[kept++] = stop;
        }
    }
    return kept;
}

/* Time stopped before each stop, and with all of them: count + 1 values. Owned by the caller. */
static uint64_t *sum_up(struct utilization of)
{
    uint64_t *before = memory_new((of.count + 1) * sizeof *before);
    for (size_t i = 0; i < of.count; i++)
        before[i + 1] = before[i] + of.stops[i].end_ns - of.stops[i].start_ns;
    return before;
}

double utilization_mean(struct utilization of)
{
    uint64_t stopped_ns = 0;
    for (size_t i = 0; i < of.count; i++)
        stopped_ns += of.stops[i].end_ns - of.stops[i].start_ns;
    return of.length_ns == 0 ? (double)NAN : 1 - (double)stopped_ns / (double)of.length_ns;
}

/* S(t). */
static uint64_t stopped_until(struct utilization of, const uint64_t *before, uint64_t t_ns)
{
    size_t low = 0, high = of.count; /* the first stop that begins at t or later */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (of.stops[middle].start_ns < t_ns)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return 0;
    const struct utilization_stop *last = &of.stops[low - 1];
    return t_ns < last->end_ns ? before[low - 1] + t_ns - last->start_ns : before[low];
}

/* The most that a window of this length loses. */
static uint64_t most_lost(struct utilization of, const uint64_t *before, uint64_t window_ns)
{
    uint64_t last_ns = of.length_ns - window_ns; /* where the last window begins */
    uint64_t most = stopped_until(of, before, window_ns);
    uint64_t lost = stopped_until(of, before, of.length_ns) - stopped_until(of, before, last_ns);
    most = lost > most ? lost : most;
    for (size_t i = 0; i < of.count; i++) {
        uint64_t start_ns = of.stops[i].start_ns, end_ns = of.stops[i].end_ns;
        if (start_ns <= last_ns) {
            lost = stopped_until(of, before, start_ns + window_ns) - before[i];
            most = lost > most ? lost : most;
        }
        if (end_ns >= window_ns) {
            lost = before[i + 1] - stopped_until(of, before, end_ns - window_ns);
            most = lost > most ? lost : most;
        }
    }
    return most;
}

static bool is_window(struct utilization of, uint64_t window_ns)
{
    return window_ns > 0 && window_ns <= of.length_ns;
}

static double minimum_of(struct utilization of, const uint64_t *before, uint64_t window_ns)
{
    if (!is_window(of, window_ns))
        return (double)NAN;
    return 1 - (double)most_lost(of, before, window_ns) / (double)window_ns;
}

/* ---- windows from the beginning of a stop to the end of one ---- */

static double bounded_of(struct utilization of, const uint64_t *before, uint64_t window_ns)
{
    if (!is_window(of, window_ns))
        return (double)NAN;
    struct hull hull = {.places = memory_new((of.count + 1) * sizeof *hull.places)};
    double worst = (double)most_lost(of, before, window_ns) / (double)window_ns;
    size_t next = 0; /* the first stop whose beginning is not yet far enough to the left */
    for (size_t j = 0; j < of.count; j++) {
        uint64_t end_ns = of.stops[j].end_ns;
        for (; next <= j && end_ns - of.stops[next].start_ns >= window_ns; next++)
            hull_add(&hull,
                     (struct hull_place){(double)of.stops[next].start_ns, (double)before[next]});
        if (hull.count == 0)
            continue;
        double lost =
            hull_steepest(&hull, (struct hull_place){(double)end_ns, (double)before[j + 1]});
        worst = lost > worst ? lost : worst;
    }
    free(hull.places);
    return 1 - worst;
}

void utilization_curves(struct utilization of, const uint64_t *windows_ns, size_t count,
                        double *minimum, double *bounded)
{
    uint64_t *before = sum_up(of);
    for (size_t i = 0; i < count; i++) {
        if (minimum != NULL)
            minimum[i] = minimum_of(of, before, windows_ns[i]);
        if (bounded != NULL)
            bounded[i] = bounded_of(of, before, windows_ns[i]);
    }
    free(before);
}

double utilization_minimum(struct utilization of, uint64_t window_ns)
{
    double minimum;
    utilization_curves(of, &window_ns, 1, &minimum, NULL);
    return minimum;
}

double utilization_bounded(struct utilization of, uint64_t window_ns)
{
    double bounded;
    utilization_curves(of, &window_ns, 1, NULL, &bounded);
    return bounded;
}
