/* SPDX-License-Identifier: MIT
 *
 * The slow paths of `refcount` with plain counts.
 */
#include <refcount/mutator_plain.h>

#include <kit/release.h>

extern const struct kit_counted_functions refcount_plain;
const struct kit_counted_functions refcount_plain = {
    .slow = &kit_counted_slow,
    .clone = kit_counted_clone,
    .own_weak = kit_counted_own_weak,
};
