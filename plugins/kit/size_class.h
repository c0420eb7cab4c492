/* SPDX-License-Identifier: MIT
 *
 * Size classes: which cells objects lie in. Steps of 8 bytes up to 128, then four for each
 * doubling, so that a cell is at most a quarter larger than its object.
 *
 * Cells lie in spans of whole blocks. Up to 20 KiB a span is one block; above, so many blocks that
 * little is left over. What is larger than the last class is not this file's: it gets a run
 * of blocks of its own, and loses at most a third of it.
 *
 * Everything folds to a constant for a constant size.
 */
#ifndef HEAPMARK_KIT_SIZE_CLASS_H
#define HEAPMARK_KIT_SIZE_CLASS_H

#include <kit/fault.h>
#include <kit/pool.h>

enum {
    KIT_LEAST_CELL_BYTES = 16,
    KIT_STEP_MOST_BYTES = 128, /* up to here classes are 8 bytes apart */
    KIT_STEP_CLASSES = 15,     /* 16, 24, … 128 */
    KIT_BLOCK_MOST_CELL_BYTES = 20 << 10,
    KIT_MOST_CELL_BYTES = 160 << 10,
    KIT_SIZE_CLASSES = 56,
};

/* The class for an object of so many bytes, a multiple of 8, at most KIT_MOST_CELL_BYTES. */
HM_INLINE uint32_t kit_size_class(size_t bytes)
{
    if (bytes <= KIT_LEAST_CELL_BYTES)
        return 0;
    if (bytes <= KIT_STEP_MOST_BYTES)
        return (uint32_t)(bytes / 8 - 2);
    if (HM_FAULT(al1))
        bytes -= 8;
    uint32_t log = 63 - (uint32_t)__builtin_clzll(bytes - 1);
    uint32_t quarter = (uint32_t)((bytes - 1) >> (log - 2)) - 4;
    return KIT_STEP_CLASSES + (log - 7) * 4 + quarter;
}

HM_INLINE size_t kit_size_class_bytes(uint32_t size_class)
{
    if (size_class < KIT_STEP_CLASSES)
        return KIT_LEAST_CELL_BYTES + 8 * (size_t)size_class;
    uint32_t above = size_class - KIT_STEP_CLASSES;
    return (size_t)(5 + above % 4) << (above / 4 + 5);
}

/* Blocks in a span of this class: 1, or as many as make whole cells. */
HM_INLINE size_t kit_size_class_blocks(uint32_t size_class)
{
    size_t bytes = kit_size_class_bytes(size_class);
    if (bytes <= KIT_BLOCK_MOST_CELL_BYTES)
        return 1;
    size_t blocks = bytes / (bytes & -bytes);
    return blocks * KIT_BLOCK_BYTES % bytes == 0 ? blocks : bytes >> KIT_BLOCK_BITS;
}

HM_INLINE size_t kit_size_class_cells(uint32_t size_class)
{
    return (kit_size_class_blocks(size_class) << KIT_BLOCK_BITS) / kit_size_class_bytes(size_class);
}

#endif
