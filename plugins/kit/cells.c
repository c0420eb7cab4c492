/* SPDX-License-Identifier: MIT
 *
 * Cells: taking, freeing across threads, blocks that empty. See cells.h for the invariants.
 */
#include <kit/side.h>

#include <stdlib.h>

/* Cells carved at once: few enough that a rarely used class touches little memory. */
enum { CARVE_BYTES = KIT_NARROWED(4096, 128) };
enum { FEW_CELLS = KIT_NARROWED(16, 2) };
enum { KEEP_SHARE = 32, KEEP_MOST_BLOCKS = KIT_NARROWED(16, 2) };

void kit_cells_open(struct kit_cells *cells, struct kit_pool *pool, uint32_t mutators)
{
    uint64_t share = (pool->limit_bytes >> KIT_BLOCK_BITS) / KEEP_SHARE / mutators;
    cells->pool = pool;
    cells->keep = share < KEEP_MOST_BLOCKS ? (uint32_t)share : KEEP_MOST_BLOCKS;
    cells->owners = NULL;
    cells->blocks = NULL;
    pthread_mutex_init(&cells->lock, NULL);
}

void kit_cells_close(struct kit_cells *cells)
{
    for (struct kit_cell_block *block = cells->blocks; block != NULL; block = block->next)
        kit_side_drop(cells->pool, block);
    while (cells->owners != NULL) {
        struct kit_cell_owner *owner = cells->owners;
        cells->owners = owner->next;
        free(owner);
    }
    pthread_mutex_destroy(&cells->lock);
}

bool kit_cells_attach(struct kit_cells *cells, struct kit_cell_mutator *m)
{
    pthread_mutex_lock(&cells->lock);
    struct kit_cell_owner *owner = cells->owners;
    while (owner != NULL && (owner->in_use || HM_FAULT(th4)))
        owner = owner->next;
    if (owner == NULL) {
        owner = kit_map_fails() ? NULL : calloc(1, sizeof *owner);
        if (owner != NULL) {
            owner->cells = cells;
            owner->next = cells->owners;
            cells->owners = owner;
        }
    }
    if (owner != NULL)
        owner->in_use = true;
    pthread_mutex_unlock(&cells->lock);
    m->owner = owner;
    return owner != NULL;
}

/* ---- blocks ---- */

static char *first_cell(struct kit_cell_block *block)
{
    size_t astray = HM_FAULT(al2) && block->owner == NULL ? KIT_GRANULE_BYTES / 2 : 0;
    return (char *)block + KIT_CELL_HEAD_BYTES + astray;
}

/* Lists and pool are under two locks, taken one after the other. */
static void enter_block(struct kit_cells *cells, struct kit_cell_block *block)
{
    pthread_mutex_lock(&cells->lock);
    block->previous = NULL;
    block->next = cells->blocks;
    if (block->next != NULL)
        block->next->previous = block;
    cells->blocks = block;
    pthread_mutex_unlock(&cells->lock);
}

static void remove_block(struct kit_cells *cells, struct kit_cell_block *block)
{
    pthread_mutex_lock(&cells->lock);
    if (block->previous == NULL)
        cells->blocks = block->next;
    else
        block->previous->next = block->next;
    if (block->next != NULL)
        block->next->previous = block->previous;
    pthread_mutex_unlock(&cells->lock);
}

static struct kit_cell_block *new_block(struct kit_cells *cells, struct kit_cell_owner *owner,
                                        uint32_t size_class)
{
    bool zeroed;
    struct kit_cell_block *block = kit_pool_take(cells->pool, 1, &zeroed);
    if (block == NULL)
        return NULL;
    memset(block, 0, sizeof *block);
    block->owner = owner;
    block->size_class = size_class;
    block->cell_bytes = (uint32_t)kit_size_class_bytes(size_class);
    block->capacity = (KIT_BLOCK_BYTES - (HM_FAULT(al16) ? 0u : (unsigned)KIT_CELL_HEAD_BYTES)) /
                      block->cell_bytes;
    block->block_count = 1;
    kit_fill(first_cell(block), KIT_BLOCK_BYTES - KIT_CELL_HEAD_BYTES);
    kit_poison(first_cell(block), KIT_BLOCK_BYTES - KIT_CELL_HEAD_BYTES);
    enter_block(cells, block);
    return block;
}

static void unlink_partial(struct kit_cell_block *block)
{
    struct kit_cell_owner *owner = block->owner;
    uint32_t size_class = block->size_class;
    if (block->previous_partial == NULL)
        owner->partial[size_class] = block->next_partial;
    else
        block->previous_partial->next_partial = block->next_partial;
    if (block->next_partial == NULL)
        owner->partial_end[size_class] = block->previous_partial;
    else
        block->next_partial->previous_partial = block->previous_partial;
    block->partial = false;
    if (block->frees == 0)
        owner->kept--;
}

/* Not full, and not empty. */
static void enter_partial(struct kit_cell_block *block)
{
    struct kit_cell_owner *owner = block->owner;
    if ((block->partial && !HM_FAULT(al14)) || owner->current[block->size_class] == block)
        return;
    struct kit_cell_block *end = owner->partial_end[block->size_class];
    block->previous_partial = end;
    block->next_partial = NULL;
    if (end == NULL)
        owner->partial[block->size_class] = block;
    else
        end->next_partial = block;
    owner->partial_end[block->size_class] = block;
    block->partial = true;
}

static void give_block(struct kit_cell_block *block)
{
    struct kit_cells *cells = block->owner->cells;
    remove_block(cells, block);
    kit_side_drop(cells->pool, block);
    kit_pool_give(cells->pool, block, 1);
}

/* A few empty blocks are kept, so that what is built and dropped in turns does not take and give
 * the same blocks for ever. A block that waits in the stack of those with remote cells is not
 * empty, as what is in `remote` counts as live: so nobody else knows of this one. */
static void emptied(struct kit_cell_block *block)
{
    struct kit_cell_owner *owner = block->owner;
    if (owner->current[block->size_class] == block)
        return;
    if (owner->kept < owner->cells->keep) {
        enter_partial(block);
        owner->kept++;
        return;
    }
    if (block->partial) {
        unlink_partial(block);
        owner->kept++; /* it was not counted yet */
    }
    give_block(block);
}

void kit_cells_block_event(struct kit_cell_block *block)
{
    if (block->full) {
        block->full = false;
        block->frees = block->carved - 1;
        if (block->frees != 0)
            enter_partial(block);
    }
    if (block->frees == 0)
        emptied(block);
}

/* al4: one object lives. */
static void give_too_early(struct kit_cell_block *block)
{
    if (block->owner->current[block->size_class] == block)
        return;
    if (block->partial)
        unlink_partial(block);
    give_block(block);
}

/* So many live cells of the block went home at once. */
static void count_home(struct kit_cell_block *block, uint32_t cells)
{
    if (cells == 0)
        return;
    if (block->full) {
        block->full = false;
        block->frees = block->carved;
    }
    block->frees -= cells;
    if (HM_FAULT(al4) && block->frees == 1)
        give_too_early(block);
    else if (block->frees != 0)
        enter_partial(block);
    else
        emptied(block);
}

/* ---- remote cells ---- */

static void give_remote(struct kit_cell_block *block, struct kit_cell *cell)
{
    struct kit_cell_owner *owner = block->owner;
    kit_cell_close(cell, block->cell_bytes);
    struct kit_cell *first = atomic_load_explicit(&block->remote, memory_order_relaxed);
    /* Acquire: the owner has read the link below before it emptied the list that is found empty. */
    KIT_PHASE(EXCHANGE);
    do
        kit_cell_link(cell, first);
    while (!atomic_compare_exchange_weak_explicit(&block->remote, &first, cell,
                                                  memory_order_acq_rel, memory_order_relaxed));
    if (first != NULL)
        return;
    /* The first remote cell: tell the owner. The block cannot vanish before the owner has taken it
     * off the stack, as this cell counts as live until then. */
    struct kit_cell_block *top = atomic_load_explicit(&owner->remote_blocks, memory_order_relaxed);
    KIT_PHASE(EXCHANGE);
    do
        block->next_remote = top;
    while (!atomic_compare_exchange_weak_explicit(&owner->remote_blocks, &top, block,
                                                  memory_order_release, memory_order_relaxed));
}

size_t kit_cells_give_foreign(struct kit_cell_owner *owner, struct kit_cell_block *block,
                              struct kit_cell *cell)
{
    size_t bytes = kit_cell_occupied(cell);
    if (block->owner == NULL)
        kit_cells_give_large(owner->cells, block);
    else
        give_remote(block, cell);
    return bytes;
}

/* Move the block's remote cells to its local ones. */
static void take_home(struct kit_cell_block *block)
{
    struct kit_cell *cell = atomic_exchange_explicit(&block->remote, NULL, memory_order_acq_rel);
    uint32_t count = 0;
    for (; cell != NULL; count++) {
        struct kit_cell *next = kit_cell_next(cell);
        kit_cell_link(cell, block->local);
        block->local = cell;
        cell = next;
    }
    count_home(block, count);
}

/* The link is read before the cells are taken: from then on another thread may push the block
 * again, and the block may be gone after. */
static void drain_remote(struct kit_cell_owner *owner)
{
    if (atomic_load_explicit(&owner->remote_blocks, memory_order_relaxed) == NULL)
        return;
    struct kit_cell_block *block =
        atomic_exchange_explicit(&owner->remote_blocks, NULL, memory_order_acquire);
    KIT_PHASE(EXCHANGE);
    while (block != NULL) {
        struct kit_cell_block *next = HM_FAULT(al5) ? NULL : block->next_remote;
        take_home(block);
        block = next;
    }
}

void kit_cells_gather(struct kit_cells *cells)
{
    for (struct kit_cell_owner *owner = cells->owners; owner != NULL; owner = owner->next)
        if (!HM_FAULT(th6) || owner->in_use)
            drain_remote(owner);
}

/* ---- taking ---- */

/* Link fresh cells of the block into a list; at least one. */
static struct kit_cell *carve(struct kit_cell_block *block)
{
    uint32_t most = CARVE_BYTES / block->cell_bytes;
    uint32_t count = block->capacity - block->carved;
    if (count > most)
        count = most == 0 ? 1 : most;
    char *cell = first_cell(block) + (size_t)block->carved * block->cell_bytes;
    struct kit_cell *list = NULL;
    for (uint32_t i = count; i-- > 0;) {
        struct kit_cell *fresh = (struct kit_cell *)(void *)(cell + (size_t)i * block->cell_bytes);
        kit_cell_link(fresh, list);
        list = fresh;
    }
    block->carved += count;
    block->frees += count;
    return list;
}

/* All local cells of the block, as a list for the mutator. */
static struct kit_cell *take_local(struct kit_cell_block *block)
{
    struct kit_cell *list = block->local;
    block->local = NULL;
    block->frees = block->carved;
    return list;
}

/* The current block is left: full, or, with a few free cells, to wait until it has more. */
static void leave_current(struct kit_cell_owner *owner, uint32_t size_class)
{
    struct kit_cell_block *block = owner->current[size_class];
    owner->current[size_class] = NULL;
    if (block == NULL)
        return;
    if (block->local != NULL) {
        enter_partial(block);
        return;
    }
    size_t filled = KIT_CELL_HEAD_BYTES + (size_t)block->capacity * block->cell_bytes;
    if (HM_FAULT(al10) && filled % KIT_BLOCK_BYTES == 0) {
        give_block(block);
        return;
    }
    block->full = true;
    block->frees = 1;
}

/* Where objects die one by one, the current block has a cell or two at each refill, and each refill
 * costs more than the cells: others are then used first, while it gathers. */
static bool has_few(const struct kit_cell_owner *owner, const struct kit_cell_block *block)
{
    return block->carved - block->frees < FEW_CELLS && owner->partial[block->size_class] != NULL;
}

/* A list of free cells of this class from the owner's blocks, or from a new one. What is in
 * `remote` counts as live, so all that was carved is live once `local` is taken. */
static struct kit_cell *find_cells(struct kit_cells *cells, struct kit_cell_owner *owner,
                                   uint32_t size_class)
{
    drain_remote(owner);
    struct kit_cell_block *block = owner->current[size_class];
    if (block != NULL && block->local == NULL && block->carved < block->capacity)
        return carve(block);
    if (block == NULL || block->local == NULL || has_few(owner, block)) {
        leave_current(owner, size_class);
        block = owner->partial[size_class];
        KIT_PHASE(BLOCK_CHOSEN);
        if (block != NULL)
            unlink_partial(block);
        else
            block = new_block(cells, owner, size_class);
        if (block == NULL)
            return NULL;
        owner->current[size_class] = block;
    }
    return block->local != NULL ? take_local(block) : carve(block);
}

static uint64_t length_of(const struct kit_cell *list)
{
    uint64_t length = 0;
    for (; list != NULL; list = kit_cell_next(list))
        length++;
    return length;
}

static void *take_large(struct kit_cells *cells, struct kit_cell_owner *owner, size_t bytes)
{
    bool zeroed;
    size_t needed = KIT_CELL_HEAD_BYTES + bytes;
    if (HM_FAULT(al17))
        needed -= KIT_CELL_HEAD_BYTES;
    if (HM_FAULT(al6))
        needed -= needed % (KIT_BLOCK_BYTES / 16);
    size_t count = (needed + KIT_BLOCK_BYTES - 1) >> KIT_BLOCK_BITS;
    struct kit_cell_block *block = kit_pool_take(cells->pool, count, &zeroed);
    if (block == NULL)
        return NULL;
    memset(block, 0, sizeof *block);
    block->block_count = (uint32_t)count;
    enter_block(cells, block);
    kit_cell_account(&owner->handed_objects, 1);
    kit_cell_account(&owner->handed_bytes, (uint64_t)count << KIT_BLOCK_BITS);
    kit_cell_account(&owner->used_objects, 1);
    kit_cell_account(&owner->used_bytes, (uint64_t)count << KIT_BLOCK_BITS);
    return first_cell(block);
}

/* The mutator's list of this class is used up but for `left` cells. */
static void account_used(struct kit_cell_mutator *m, uint32_t size_class, uint64_t left)
{
    uint64_t used = m->listed[size_class] - left;
    kit_cell_account(&m->owner->used_objects, used);
    kit_cell_account(&m->owner->used_bytes, used * kit_size_class_bytes(size_class));
    m->listed[size_class] = 0;
}

static struct kit_cell *hand_over(struct kit_cells *cells, struct kit_cell_mutator *m,
                                  uint32_t size_class)
{
    account_used(m, size_class, 0);
    struct kit_cell *list = find_cells(cells, m->owner, size_class);
    uint64_t length = length_of(list);
    m->listed[size_class] = length;
    kit_cell_account(&m->owner->handed_objects, length);
    kit_cell_account(&m->owner->handed_bytes, length * kit_size_class_bytes(size_class));
    KIT_PHASE(BLOCK_HANDED_OUT);
    return list;
}

void *kit_cells_take(struct kit_cells *cells, struct kit_cell_mutator *m, size_t bytes)
{
    if (bytes > KIT_CELL_MOST_BYTES)
        return take_large(cells, m->owner, bytes);
    uint32_t size_class = kit_size_class(bytes);
    struct kit_cell *cell = m->free[size_class];
    if (cell == NULL)
        cell = hand_over(cells, m, size_class);
    if (cell == NULL)
        return NULL;
    m->free[size_class] = kit_cell_next(cell);
    kit_cell_open(cell, kit_size_class_bytes(size_class));
    return cell;
}

/* ---- giving back ---- */

void kit_cells_give_large(struct kit_cells *cells, struct kit_cell_block *block)
{
    struct kit_object *object = (struct kit_object *)(void *)first_cell(block);
    kit_check_object(object, object->layout, kit_layout_bytes(object->layout));
    ((struct kit_cell *)(void *)object)->header = 0;
    remove_block(cells, block);
    if (!HM_FAULT(al19))
        kit_side_drop(cells->pool, block);
    kit_pool_give(cells->pool, block, block->block_count);
}

/* The mutator's list of this class, which it no longer has. */
static struct kit_cell *take_list(struct kit_cell_mutator *m, uint32_t size_class)
{
    struct kit_cell *list = m->free[size_class];
    uint64_t count = length_of(list);
    account_used(m, size_class, count);
    m->free[size_class] = NULL;
    kit_cell_account(&m->owner->handed_objects, -count);
    kit_cell_account(&m->owner->handed_bytes, -(count * kit_size_class_bytes(size_class)));
    return list;
}

/* Take the mutator's list of this class back. Its cells may be of several blocks. */
static void flush_list(struct kit_cell_mutator *m, uint32_t size_class)
{
    struct kit_cell *cell = take_list(m, size_class);
    while (cell != NULL) {
        struct kit_cell *next = kit_cell_next(cell);
        struct kit_cell_block *block = kit_cell_block_of(cell);
        kit_cell_link(cell, block->local);
        block->local = cell;
        count_home(block, 1);
        cell = next;
    }
}

/* The current block becomes a block like any other, and carving goes on where it stopped once it is
 * current again. */
static void retire_current(struct kit_cell_owner *owner, uint32_t size_class)
{
    struct kit_cell_block *block = owner->current[size_class];
    owner->current[size_class] = NULL;
    if (block == NULL)
        return;
    if (block->frees == 0)
        emptied(block);
    else if (block->local != NULL || block->carved < block->capacity)
        enter_partial(block);
    else {
        block->full = true;
        block->frees = 1;
    }
}

/* Give away what was kept. */
static void give_kept(struct kit_cell_owner *owner, uint32_t size_class)
{
    struct kit_cell_block *next;
    for (struct kit_cell_block *block = owner->partial[size_class]; block != NULL; block = next) {
        next = block->next_partial;
        if (block->frees == 0) {
            unlink_partial(block);
            give_block(block);
        }
    }
}

void kit_cells_flush(struct kit_cells *cells, struct kit_cell_mutator *m)
{
    (void)cells;
    drain_remote(m->owner);
    for (uint32_t c = 0; c < KIT_CELL_CLASSES; c++) {
        retire_current(m->owner, c);
        flush_list(m, c);
        give_kept(m->owner, c);
    }
}

void kit_cells_count_unused(const struct kit_cell_mutator *m, uint64_t *objects, uint64_t *bytes,
                            uint64_t *used_objects, uint64_t *used_bytes)
{
    for (uint32_t c = 0; c < KIT_CELL_CLASSES; c++) {
        uint64_t left = length_of(m->free[c]);
        uint64_t used = m->listed[c] - left;
        *objects += left;
        *bytes += left * kit_size_class_bytes(c);
        *used_objects += used;
        *used_bytes += used * kit_size_class_bytes(c);
    }
}

void kit_cells_detach(struct kit_cells *cells, struct kit_cell_mutator *m)
{
    for (uint32_t c = 0; c < KIT_CELL_CLASSES && HM_FAULT(al7); c++)
        take_list(m, c);
    kit_cells_flush(cells, m);
    if (HM_FAULT(rp6))
        m->owner->used_objects = m->owner->used_bytes = 0;
    pthread_mutex_lock(&cells->lock);
    m->owner->in_use = false;
    pthread_mutex_unlock(&cells->lock);
    m->owner = NULL;
}

void kit_cells_free_stopped(struct kit_cells *cells, struct kit_object *object)
{
    struct kit_cell_block *block = kit_cell_block_of(object);
    struct kit_cell *cell = (struct kit_cell *)(void *)object;
    struct kit_cell_owner *owner = block->owner != NULL ? block->owner : cells->owners;
    kit_cell_account(&owner->freed_objects, 1);
    kit_cell_account(&owner->freed_bytes, kit_cell_occupied(object));
    if (block->owner == NULL) {
        kit_cells_give_large(cells, block);
        return;
    }
    kit_cell_close(cell, block->cell_bytes);
    kit_cell_link(cell, block->local);
    block->local = cell;
    count_home(block, 1);
}

uint32_t kit_cells_sweep_block(struct kit_cell_block *block,
                               bool (*dead)(const void *user, const struct kit_object *object),
                               const void *user)
{
    char *at = first_cell(block);
    uint32_t count = 0;
    for (uint32_t i = 0; i < block->carved; i++, at += block->cell_bytes) {
        struct kit_cell *cell = (struct kit_cell *)(void *)at;
        if (kit_read_poisoned(&cell->header) == 0 || !dead(user, (struct kit_object *)(void *)at))
            continue;
        kit_cell_close(cell, block->cell_bytes);
        kit_cell_link(cell, block->local);
        block->local = cell;
        count++;
    }
    kit_cell_account(&block->owner->freed_objects, count);
    kit_cell_account(&block->owner->freed_bytes, (uint64_t)count * block->cell_bytes);
    count_home(block, count);
    return count;
}

/* ---- walking ---- */

void kit_cells_each_of_block(struct kit_cell_block *block,
                             void (*visit)(void *user, struct kit_object *object), void *user)
{
    char *cell = first_cell(block);
    uint32_t count = block->owner == NULL ? 1 : block->carved;
    for (uint32_t i = 0; i < count; i++, cell += block->cell_bytes)
        if (kit_read_poisoned(&((struct kit_cell *)(void *)cell)->header) != 0)
            visit(user, (struct kit_object *)(void *)cell);
}

void kit_cells_each(struct kit_cells *cells, void (*visit)(void *user, struct kit_object *object),
                    void *user)
{
    struct kit_cell_block *next;
    for (struct kit_cell_block *block = cells->blocks; block != NULL; block = next) {
        next = block->next;
        kit_cells_each_of_block(block, visit, user);
    }
}
