/* SPDX-License-Identifier: MIT
 *
 * Reserving, carving and trimming a space; see space.h for the invariants.
 */
#include <semispace/space.h>

#include <kit/hooks.h>
#include <kit/poison.h>

#include <sys/mman.h>

enum { PAGE_BYTES = 4096 };

static const size_t LEAST_RESERVE_BYTES = (size_t)16 << 20;

bool semispace_reserve(struct semispace_space spaces[2], size_t *bytes, bool may_shrink)
{
    for (;; *bytes /= 2) {
        char *memory = kit_map_fails() ? MAP_FAILED
                                       : mmap(NULL, 2 * *bytes, PROT_READ | PROT_WRITE,
                                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory != MAP_FAILED) {
            spaces[0].base = spaces[0].free = spaces[0].touched = memory;
            spaces[1].base = spaces[1].free = spaces[1].touched = memory + *bytes;
            return true;
        }
        if (!may_shrink || *bytes <= LEAST_RESERVE_BYTES)
            return false;
    }
}

void semispace_release(struct semispace_space spaces[2], size_t bytes)
{
    char *memory = spaces[0].base < spaces[1].base ? spaces[0].base : spaces[1].base;
    for (int i = 0; i < 2; i++)
        kit_unpoison(spaces[i].base, semispace_held(&spaces[i]));
    munmap(memory, 2 * bytes);
}

static char *page_end(const struct semispace_space *space, const char *address)
{
    size_t bytes = (size_t)(address - space->base);
    return space->base + ((bytes + PAGE_BYTES - 1) & ~(size_t)(PAGE_BYTES - 1));
}

void semispace_touch(struct semispace_space *space)
{
    if (space->free > space->touched)
        space->touched = page_end(space, space->free);
}

char *semispace_carve(struct semispace_space *space, size_t bytes, size_t *dirty)
{
    char *memory = space->free;
    char *end = memory + bytes;
    char *dirty_end = end < space->touched ? end : space->touched;
    *dirty = (size_t)(dirty_end - memory);
    kit_unpoison(memory, bytes);
    kit_check_filled(memory, *dirty);
    space->free = end;
    semispace_touch(space);
    return memory;
}

void semispace_trim(struct semispace_space *space, size_t bytes)
{
    char *end = page_end(space, space->base + bytes);
    if (end >= space->touched)
        return;
    kit_unpoison(end, (size_t)(space->touched - end));
    madvise(end, (size_t)(space->touched - end), MADV_DONTNEED);
    space->touched = end;
}
