/* SPDX-License-Identifier: MIT
 *
 * The slow paths of `refcount-cycles` with plain counts.
 */
#include <refcount-cycles/mutator_plain.h>

#include <kit/release.h>

extern const struct kit_counted_functions refcount_cycles_plain;
const struct kit_counted_functions refcount_cycles_plain = {
    .slow = &kit_counted_slow,
    .clone = kit_counted_clone,
    .own_weak = kit_counted_own_weak,
};
