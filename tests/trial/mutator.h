/* SPDX-License-Identifier: MIT
 *
 * The operations of `faulty`: those of `none`.
 */
#include <none/mutator.h>
