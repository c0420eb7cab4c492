/* SPDX-License-Identifier: MIT
 *
 * Lists of intervals; see intervals.h.
 */
#include "measure/intervals.h"

#include <stdlib.h>

#include "base/text.h"

void intervals_add(struct intervals *intervals, uint64_t start_ns, uint64_t end_ns)
{
    if (intervals->count == intervals->capacity) {
        intervals->capacity = intervals->capacity == 0 ? 64 : 2 * intervals->capacity;
        intervals->items =
            memory_resize(intervals->items, intervals->capacity * sizeof *intervals->items);
    }
    intervals->items[intervals->count++] = (struct interval){start_ns, end_ns};
}

bool intervals_add_cut(struct intervals *intervals, struct interval window, uint64_t start_ns,
                       uint64_t end_ns)
{
    uint64_t from_ns = start_ns > window.start_ns ? start_ns : window.start_ns;
    uint64_t to_ns = end_ns < window.end_ns ? end_ns : window.end_ns;
    bool touches_only = from_ns == to_ns && start_ns != end_ns;
    if (from_ns > to_ns || touches_only)
        return false;
    intervals_add(intervals, from_ns, to_ns);
    return true;
}

void intervals_add_all(struct intervals *intervals, const struct intervals *others)
{
    for (size_t i = 0; i < others->count; i++)
        intervals_add(intervals, others->items[i].start_ns, others->items[i].end_ns);
}

static int compare_starts(const void *a, const void *b)
{
    uint64_t left = ((const struct interval *)a)->start_ns;
    uint64_t right = ((const struct interval *)b)->start_ns;
    return left < right ? -1 : left > right;
}

void intervals_sort(struct intervals *intervals)
{
    if (intervals->count > 0)
        qsort(intervals->items, intervals->count, sizeof *intervals->items, compare_starts);
}

void intervals_melt(struct intervals *intervals)
{
    size_t kept = 0;
    intervals_sort(intervals);
    for (size_t i = 0; i < intervals->count; i++) {
        struct interval item = intervals->items[i];
        struct interval *last = kept > 0 ? &intervals->items[kept - 1] : NULL;
        if (last == NULL || item.start_ns > last->end_ns)
            intervals->items[kept++] = item;
        else if (item.end_ns > last->end_ns)
            last->end_ns = item.end_ns;
    }
    intervals->count = kept;
}

void intervals_free(struct intervals *intervals)
{
    free(intervals->items);
    *intervals = (struct intervals){0};
}

uint64_t intervals_total_ns(const struct intervals *intervals)
{
    uint64_t total_ns = 0;
    for (size_t i = 0; i < intervals->count; i++)
        total_ns += intervals->items[i].end_ns - intervals->items[i].start_ns;
    return total_ns;
}

uint64_t intervals_longest_ns(const struct intervals *intervals)
{
    uint64_t longest_ns = 0;
    for (size_t i = 0; i < intervals->count; i++) {
        uint64_t length_ns = intervals->items[i].end_ns - intervals->items[i].start_ns;
        longest_ns = length_ns > longest_ns ? length_ns : longest_ns;
    }
    return longest_ns;
}

/* The first that ends after this moment. */
static size_t first_after(const struct intervals *melted, uint64_t ns)
{
    size_t low = 0, high = melted->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (melted->items[middle].end_ns <= ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint64_t intervals_cover_ns(const struct intervals *melted, struct interval interval)
{
    uint64_t covered_ns = 0;
    for (size_t i = first_after(melted, interval.start_ns);
         i < melted->count && melted->items[i].start_ns < interval.end_ns; i++) {
        const struct interval *item = &melted->items[i];
        uint64_t from_ns = item->start_ns > interval.start_ns ? item->start_ns : interval.start_ns;
        uint64_t to_ns = item->end_ns < interval.end_ns ? item->end_ns : interval.end_ns;
        covered_ns += to_ns - from_ns;
    }
    return covered_ns;
}
