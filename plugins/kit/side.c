/* SPDX-License-Identifier: MIT
 *
 * Side bits; see side.h.
 */
#include <kit/side.h>

#include <stdlib.h>

/* Two threads may make it at once: one gives its own away. */
bool kit_side_make(struct kit_pool *pool, const struct kit_object *object)
{
    struct kit_cell_block *block = kit_cell_block_of(object);
    struct kit_side *none = NULL;
    if (atomic_load_explicit(&block->side, memory_order_acquire) != NULL)
        return true;
    if (kit_map_fails() || !kit_pool_charge(pool, sizeof(struct kit_side)))
        return false;
    struct kit_side *side = calloc(1, sizeof *side);
    KIT_PHASE(EXCHANGE);
    if (HM_FAULT(rc34) && side != NULL) {
        atomic_store_explicit(&block->side, side, memory_order_release);
        return true;
    }
    bool made = side != NULL &&
                atomic_compare_exchange_strong_explicit(&block->side, &none, side,
                                                        memory_order_acq_rel, memory_order_acquire);
    if (made)
        return true;
    kit_pool_discharge(pool, sizeof *side);
    free(side);
    return none != NULL;
}

void kit_side_drop(struct kit_pool *pool, struct kit_cell_block *block)
{
    struct kit_side *side = atomic_load_explicit(&block->side, memory_order_acquire);
    if (side == NULL)
        return;
    atomic_store_explicit(&block->side, NULL, memory_order_relaxed);
    kit_pool_discharge(pool, sizeof *side);
    free(side);
}

static _Atomic uint32_t *word_of(const struct kit_object *object)
{
    struct kit_side *side =
        atomic_load_explicit(&kit_cell_block_of(object)->side, memory_order_acquire);
    return &side->words[kit_side_place(object) / KIT_SIDE_PLACES_OF_WORD];
}

static uint32_t shift_of(const struct kit_object *object)
{
    return kit_side_place(object) % KIT_SIDE_PLACES_OF_WORD * KIT_SIDE_BITS;
}

uint32_t kit_side_set(const struct kit_object *object, uint32_t bits)
{
    uint32_t shift = shift_of(object);
    uint32_t before =
        atomic_fetch_or_explicit(word_of(object), bits << shift, memory_order_relaxed);
    return before >> shift & KIT_SIDE_MASK;
}

uint32_t kit_side_clear(const struct kit_object *object, uint32_t bits)
{
    uint32_t shift = shift_of(object);
    uint32_t before =
        atomic_fetch_and_explicit(word_of(object), ~(bits << shift), memory_order_relaxed);
    return before >> shift & KIT_SIDE_MASK;
}
