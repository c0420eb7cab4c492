/* SPDX-License-Identifier: MIT
 *
 * The operations of `broken`: those of `none`.
 */
#include <none/mutator.h>
