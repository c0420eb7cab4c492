/* SPDX-License-Identifier: MIT
 *
 * For the models that compute a workload's answer, and its bytes, without a heap. A model runs
 * outside every operation that can land, so it may allocate; it frees before it returns.
 */
#ifndef HEAPMARK_WORKLOADS_MODEL_H
#define HEAPMARK_WORKLOADS_MODEL_H

#include <stdint.h>
#include <stdlib.h>

#include <heapmark/types.h>

/* `count` zeroed elements, to be freed. Ends the process when there is no memory. */
HM_INLINE void *model_array(size_t count, size_t bytes)
{
    void *array = calloc(count, bytes);
    if (array == NULL)
        abort();
    return array;
}

#endif
