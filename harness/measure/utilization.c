/* SPDX-License-Identifier: MIT
 *
 * Curves of mutator utilization, of the mutator that fared worst.
 */
#include <math.h>
#include <stdlib.h>

#include "base/text.h"
#include "measure/told.h"
#include "statistics/utilization.h"

/* Windows of 1, 2 and 5 of each decade, from 100 microseconds on. */
enum { FIRST_WINDOW_NS = 100000, MOST_WINDOWS = 64 };

static size_t choose_windows(uint64_t length_ns, uint64_t windows[MOST_WINDOWS])
{
    static const uint64_t factors[] = {1, 2, 5};
    size_t count = 0;
    for (uint64_t decade = FIRST_WINDOW_NS; decade <= length_ns; decade *= 10)
        for (size_t i = 0; i < 3 && decade * factors[i] <= length_ns && count < MOST_WINDOWS; i++)
            windows[count++] = decade * factors[i];
    return count;
}

/* When one mutator was kept from its work: by pauses, which stop all, and by work of its own. */
static struct utilization kept(const struct intervals *pauses, const struct intervals *own,
                               struct metrics_window window, struct utilization_stop *stops)
{
    const struct intervals *const lists[] = {pauses, own};
    size_t count = 0;
    for (size_t list = 0; list < 2; list++)
        for (size_t i = 0; i < lists[list]->count; i++)
            stops[count++] =
                (struct utilization_stop){lists[list]->items[i].start_ns - window.start_ns,
                                          lists[list]->items[i].end_ns - window.start_ns};
    uint64_t length_ns = window.end_ns - window.start_ns;
    return (struct utilization){stops, utilization_merge(stops, count, length_ns), length_ns};
}

/* Both lists, of every window, at their least so far. */
struct worst {
    uint64_t windows[MOST_WINDOWS];
    double minimum[MOST_WINDOWS], bounded[MOST_WINDOWS];
    size_t count;
};

static void add_mutator(struct worst *worst, const struct intervals *pauses,
                        const struct intervals *own, struct metrics_window window)
{
    struct utilization_stop *stops = memory_new((pauses->count + own->count + 1) * sizeof *stops);
    struct utilization of = kept(pauses, own, window, stops);
    for (size_t i = 0; i < worst->count; i++) {
        double minimum = utilization_minimum(of, worst->windows[i]);
        double bounded = utilization_bounded(of, worst->windows[i]);
        worst->minimum[i] = fmin(worst->minimum[i], minimum);
        worst->bounded[i] = fmin(worst->bounded[i], bounded);
    }
    free(stops);
}

void metrics_utilization(struct trial_record *record, const struct log_book *book,
                         struct metrics_window window)
{
    struct told all = told_read_book(book, window);
    struct worst worst = {0};
    if (window.end_ns > window.start_ns)
        worst.count = choose_windows(window.end_ns - window.start_ns, worst.windows);
    for (size_t i = 0; i < worst.count; i++)
        worst.minimum[i] = worst.bounded[i] = 1;
    add_mutator(&worst, &all.pauses, &(struct intervals){0}, window);
    for (const struct hm_log *log = book->first; log != NULL; log = log->next) {
        struct told own = {0};
        if (log->kind != LOG_MUTATOR)
            continue;
        told_read_log(&own, log, window);
        if (own.releases.count > 0)
            add_mutator(&worst, &all.pauses, &own.releases, window);
        told_free(&own);
    }
    for (size_t i = 0; i < worst.count; i++) {
        record_add_point(record, CURVE_MMU, (double)worst.windows[i], worst.minimum[i]);
        record_add_point(record, CURVE_BMU, (double)worst.windows[i], worst.bounded[i]);
    }
    told_free(&all);
}
