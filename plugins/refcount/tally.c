/* SPDX-License-Identifier: MIT
 *
 * The slow paths of `refcount` with tallied counts, and the tallies.
 */
#include <refcount/mutator_tally.h>

#include <kit/release.h>

_Atomic uint64_t refcount_ups, refcount_downs;

extern const struct kit_counted_functions refcount_tally;
const struct kit_counted_functions refcount_tally = {
    .slow = &kit_counted_slow,
    .clone = kit_counted_clone,
    .own_weak = kit_counted_own_weak,
};
