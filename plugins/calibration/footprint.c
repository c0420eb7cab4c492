/* SPDX-License-Identifier: MIT
 *
 * Memory that is held by a known curve, and really there.
 */
#include <calibration/journal.h>
#include <calibration/weights.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

static struct {
    char *pieces[FOOTPRINT_STEPS];
    uint64_t bytes[FOOTPRINT_STEPS];
    unsigned count;
    bool falling;
    _Atomic uint64_t held_bytes, peak_bytes;
} footprint;

uint64_t footprint_held_bytes(void)
{
    return atomic_load(&footprint.held_bytes);
}

uint64_t footprint_peak_bytes(void)
{
    return atomic_load(&footprint.peak_bytes);
}

void footprint_note(uint64_t heap_bytes)
{
    uint64_t bytes = heap_bytes + footprint_held_bytes();
    journal_note(JOURNAL_HELD, journal_now_ns(), bytes, 0);
    if (bytes > footprint.peak_bytes)
        atomic_store(&footprint.peak_bytes, bytes);
}

static void grow(uint64_t bytes, uint64_t heap_bytes)
{
    char *piece = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (piece == MAP_FAILED)
        return;
    atomic_fetch_add(&footprint.held_bytes, bytes);
    footprint_note(heap_bytes);
    memset(piece, 1, bytes);
    footprint.pieces[footprint.count] = piece;
    footprint.bytes[footprint.count++] = bytes;
}

static void shrink(void)
{
    unsigned last = --footprint.count;
    munmap(footprint.pieces[last], footprint.bytes[last]);
    atomic_fetch_sub(&footprint.held_bytes, footprint.bytes[last]);
}

void footprint_step(uint64_t bytes, uint64_t heap_bytes)
{
    if (footprint.falling)
        shrink();
    else
        grow(bytes, heap_bytes);
    if (footprint.count == 0 || footprint.count == FOOTPRINT_STEPS)
        footprint.falling = footprint.count != 0;
}

void footprint_close(void)
{
    while (footprint.count > 0)
        shrink();
}
