/* SPDX-License-Identifier: MIT
 *
 * A recording: when each object of a workload's threads died, as the plugin `oracle` found out and
 * the plugin `explicit` frees by.
 *
 * Time is counted in allocations of the object's own thread: an object that died after the k-th
 * allocation of its thread is freed before the next one. That holds only where a thread does the
 * same in each run and no other thread touches its objects.
 *
 * The file: "HMRECORD", version, number of threads, the work as a text, then for each thread how
 * many objects and bytes it allocated and its deaths in order of time (the time since the death
 * before, and the object's age, as varints); a checksum of all that at the end. It is read on the
 * machine that wrote it.
 */
#ifndef HEAPMARK_KIT_RECORDING_H
#define HEAPMARK_KIT_RECORDING_H

#include <stdbool.h>
#include <stdint.h>

/* One object's death. */
struct kit_death {
    uint32_t when;    /* allocations of the thread until then; above the ordinal */
    uint32_t ordinal; /* of the object among them, from 0 */
};

struct kit_recorded_thread {
    uint64_t allocations; /* below 2^32 */
    uint64_t bytes;
    struct kit_death *deaths; /* by when, then ordinal; what lived to the end is not among them */
    uint64_t death_count;
};

struct kit_recording {
    struct kit_recorded_thread *threads;
    uint32_t thread_count;
    bool is_mapped; /* it was read: the deaths lie in pages of their own */
};

enum { KIT_RECORDING_SENTENCE_BYTES = 256 };

/* Write it beside the file and rename it when it is whole; false with a sentence. */
bool kit_recording_write(const char *path, const char *work, const struct kit_recording *recording,
                         char sentence[static KIT_RECORDING_SENTENCE_BYTES]);

/* Read one of this work; false with a sentence where it is damaged, of another version, or of other
 * work. `recording` is freed by kit_recording_free, also where it was refused. */
bool kit_recording_read(const char *path, const char *work, struct kit_recording *recording,
                        char sentence[static KIT_RECORDING_SENTENCE_BYTES]);
void kit_recording_free(struct kit_recording *recording);

#endif
