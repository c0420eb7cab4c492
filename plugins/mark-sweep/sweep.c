/* SPDX-License-Identifier: MIT
 *
 * Sweeping, lazily: a block waits until somebody needs cells of its size, or memory is out. An
 * object whose epoch is not the current one was not marked and is dead; it stays so in every later
 * epoch, so a block may be swept any time after the marking, or after several.
 *
 * Invariant: an unswept block is in its owner's list for its size. Objects born in it meanwhile
 * carry the current epoch.
 */
#include <mark-sweep/heap.h>

enum { SWEEP_THRESHOLD_NS = 10000 };

/* Another mutator may be watching the object just now. */
static bool is_dead(const void *heap, const struct kit_object *object)
{
    const _Atomic uint32_t *word = (const _Atomic uint32_t *)&object->own;
    uint32_t own = atomic_load_explicit(word, memory_order_relaxed);
    return own >> 1 != ((const struct ms_heap *)heap)->epoch;
}

/* An empty block, which an owner without a mutator may have kept, has nothing to sweep; and who
 * gives it back to the pool does not look whether it is in this list. All others hold an object,
 * which is there until they are swept. */
static void enter_unswept(struct kit_cell_block *block)
{
    if (block->unswept || block->frees == 0)
        return;
    block->unswept = true;
    block->next_unswept = block->owner->unswept[block->size_class];
    block->owner->unswept[block->size_class] = block;
}

void ms_begin_sweep(struct ms_heap *heap)
{
    struct kit_cell_block *next;
    for (struct kit_cell_block *block = heap->base.cells.blocks; block != NULL; block = next) {
        next = block->next;
        if (block->owner != NULL)
            enter_unswept(block);
        else if (is_dead(heap, (struct kit_object *)(void *)((char *)block + KIT_CELL_HEAD_BYTES)))
            kit_cells_free_stopped(
                &heap->base.cells,
                (struct kit_object *)(void *)((char *)block + KIT_CELL_HEAD_BYTES));
    }
    KIT_PHASE(SWEEP_BEGUN);
}

/* Off the list before it is swept, as the block may be gone then. */
static uint32_t sweep_first(struct ms_heap *heap, struct kit_cell_owner *owner, uint32_t size_class)
{
    struct kit_cell_block *block = owner->unswept[size_class], *next = block->next_unswept;
    KIT_PHASE(BLOCK_CHOSEN);
    owner->unswept[size_class] = next;
    block->unswept = false;
    KIT_PHASE(BLOCK_SWEPT);
    return kit_cells_sweep_block(block, is_dead, heap);
}

static bool sweep_owner(struct ms_heap *heap, struct kit_cell_owner *owner)
{
    bool any = false;
    for (uint32_t c = 0; c < KIT_CELL_CLASSES; c++)
        for (; owner->unswept[c] != NULL; any = true)
            sweep_first(heap, owner, c);
    return any;
}

/* Tell of work in a mutator that took long. */
static void tell(struct ms_heap *heap, struct kit_mutator *m, uint64_t start_ns, uint64_t freed)
{
    const struct hm_host *host = heap->base.head.host;
    uint64_t end_ns = host->now_ns();
    if (end_ns - start_ns < SWEEP_THRESHOLD_NS || m->head.log == NULL)
        return;
    host->event(m->head.log, HM_EVENT_SWEEP_BEGIN, start_ns, 0);
    host->event(m->head.log, HM_EVENT_SWEEP_END, end_ns, freed);
}

bool ms_sweep_for(struct ms_heap *heap, struct kit_cell_mutator *m, uint32_t size_class)
{
    struct kit_cell_owner *owner = m->owner;
    if (owner->unswept[size_class] == NULL)
        return false;
    uint64_t start_ns = kit_work_begins(heap->base.head.host, m->kit.head.log);
    uint64_t freed = 0;
    while (freed == 0 && owner->unswept[size_class] != NULL)
        freed += sweep_first(heap, owner, size_class);
    tell(heap, &m->kit, start_ns, freed * kit_size_class_bytes(size_class));
    return freed != 0;
}

bool ms_sweep_own(struct ms_heap *heap, struct kit_cell_mutator *m)
{
    uint64_t start_ns = kit_work_begins(heap->base.head.host, m->kit.head.log);
    bool any = sweep_owner(heap, m->owner);
    tell(heap, &m->kit, start_ns, 0);
    return any;
}

bool ms_sweep_all(struct ms_heap *heap)
{
    bool any = false;
    for (struct kit_cell_owner *o = heap->base.cells.owners; o != NULL; o = o->next)
        if (!HM_FAULT(th6) || o->in_use)
            any = sweep_owner(heap, o) || any;
    return any;
}
