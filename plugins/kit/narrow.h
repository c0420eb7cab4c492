/* SPDX-License-Identifier: MIT
 *
 * Widths for stress testing: a build with KIT_NARROW has tiny blocks, lists, buffers and steps, so
 * that a small program meets each border and each overflow many times. The two values stand side
 * by side where a width is defined:
 *
 *     enum { CARVE_BYTES = KIT_NARROWED(4096, 128) };
 *
 * Only what the collector has a defined behaviour for is narrowed. Counts are not, as one that is
 * full has none, and to fill one takes gigabytes of slots: docs/decisions/0136.
 */
#ifndef HEAPMARK_KIT_NARROW_H
#define HEAPMARK_KIT_NARROW_H

#ifdef KIT_NARROW
#define KIT_NARROWED(normal, narrow) (narrow)
#else
#define KIT_NARROWED(normal, narrow) (normal)
#endif

#endif
