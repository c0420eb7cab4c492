/* SPDX-License-Identifier: MIT
 *
 * Weights that need more than a line: a helper's thread, memory that is held, and bytes that are
 * told.
 */
#ifndef HEAPMARK_CALIBRATION_WEIGHTS_H
#define HEAPMARK_CALIBRATION_WEIGHTS_H

#include <heapmark/plugin.h>

/* A thread that the host knows; each request makes it use so much of its own CPU. */
void helper_start(const struct hm_host *host);
void helper_request(uint64_t cpu_ns);
void helper_stop(void);

/* Memory beside the heap's: in each step more by so many bytes, all of them written to; after STEPS
 * of them less by as many, down to none, and so on. */
enum { FOOTPRINT_STEPS = 12 };
void footprint_step(uint64_t bytes, uint64_t heap_bytes);
uint64_t footprint_held_bytes(void);
/* Write to the journal what is held now, with what the heap holds itself. */
void footprint_note(uint64_t heap_bytes);
uint64_t footprint_peak_bytes(void); /* the most that was noted */
void footprint_close(void);

/* Bytes, all of them of one moment. Each step changes them, by so many bytes. */
struct drag {
    uint64_t allocated_bytes, held_bytes, unreclaimed_bytes;
};
void drag_step(uint64_t step_bytes, uint64_t allocated_bytes);
struct drag drag_now(void);

#endif
