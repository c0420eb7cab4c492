/* SPDX-License-Identifier: MIT
 *
 * From a recording to the orders of each thread.
 */
#include <explicit/heap.h>

#include <kit/heap_side.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

void *explicit_map(size_t bytes)
{
    void *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    return pages == MAP_FAILED ? NULL : pages;
}

void explicit_unmap(void *pages, size_t bytes)
{
    if (pages != NULL)
        munmap(pages, bytes);
}

/* Places that are free, the latest last; and of each object the place that it had. */
struct places {
    uint32_t *free, *of;
    uint64_t free_count;
    uint32_t count;
};

static void write_orders(struct explicit_orders *orders, const struct kit_recorded_thread *thread,
                         struct places *places)
{
    uint64_t words = 0, deaths = 0;
    for (uint64_t ordinal = 0; ordinal <= thread->allocations; ordinal++) {
        for (; deaths < thread->death_count && thread->deaths[deaths].when == ordinal; deaths++) {
            uint32_t place = places->of[thread->deaths[deaths].ordinal];
            orders->words[words++] = place | EXPLICIT_FREE;
            places->free[places->free_count++] = place;
        }
        if (ordinal == thread->allocations)
            break;
        uint32_t place =
            places->free_count > 0 ? places->free[--places->free_count] : places->count++;
        places->of[ordinal] = place;
        orders->words[words++] = place;
    }
    orders->words[words] = EXPLICIT_END;
    orders->places = places->count;
}

static bool make_orders(struct explicit_orders *orders, const struct kit_recorded_thread *thread)
{
    struct places places = {
        .free = explicit_map((thread->allocations + 1) * sizeof *places.free),
        .of = explicit_map((thread->allocations + 1) * sizeof *places.of),
    };
    orders->bytes = thread->bytes;
    orders->word_count = thread->allocations + thread->death_count + 1;
    orders->words = explicit_map(orders->word_count * sizeof *orders->words);
    bool fine = orders->words != NULL && places.free != NULL && places.of != NULL;
    if (fine)
        write_orders(orders, thread, &places);
    explicit_unmap(places.free, (thread->allocations + 1) * sizeof *places.free);
    explicit_unmap(places.of, (thread->allocations + 1) * sizeof *places.of);
    return fine;
}

static bool take_recording(struct explicit_heap *heap, const struct kit_recording *recording,
                           struct hm_refusal *refusal)
{
    uint32_t count = heap->request->most_mutators;
    if (recording->thread_count != count) {
        snprintf(refusal->sentence, sizeof refusal->sentence,
                 "the recording is of %u threads, and there are %u", recording->thread_count,
                 count);
        return false;
    }
    heap->orders = calloc(count, sizeof *heap->orders);
    for (uint32_t i = 0; i < count; i++) {
        struct explicit_orders *orders = heap->orders != NULL ? &heap->orders[i] : NULL;
        if (orders == NULL || recording->threads[i].allocations >= EXPLICIT_FREE - 1 ||
            !make_orders(orders, &recording->threads[i])) {
            kit_refuse_memory(refusal, "the orders of a recording");
            return false;
        }
        heap->beside_bytes +=
            orders->word_count * sizeof *orders->words + orders->places * sizeof(void *);
    }
    return true;
}

bool explicit_read_orders(struct explicit_heap *heap, struct hm_refusal *refusal)
{
    const struct hm_open *request = heap->request;
    struct kit_recording recording;
    if (!HM_COVERS(request, work) || request->recording == NULL) {
        snprintf(
            refusal->sentence, sizeof refusal->sentence,
            "it frees what a recording says has died, and was given none: `heapmark run` makes "
            "one, and `heapmark trial --recording FILE` names it");
        return false;
    }
    bool fine =
        kit_recording_read(request->recording, request->work, &recording, refusal->sentence) &&
        take_recording(heap, &recording, refusal);
    kit_recording_free(&recording);
    return fine;
}

/* What stands in the table after the orders that were obeyed: globals may own it to the end. */
static void release_the_living(const struct explicit_orders *orders, void (*release)(void *object))
{
    bool *stands = calloc(orders->places + (size_t)1, sizeof *stands);
    for (const uint32_t *word = orders->words; stands != NULL && word < orders->end; word++)
        stands[*word & ~EXPLICIT_FREE] = (*word & EXPLICIT_FREE) == 0;
    for (uint32_t place = 0; stands != NULL && place < orders->places; place++)
        if (stands[place])
            release(orders->table[place]);
    free(stands);
}

void explicit_free_orders(struct explicit_heap *heap)
{
    for (uint32_t i = 0; heap->orders != NULL && i < heap->request->most_mutators; i++) {
        struct explicit_orders *orders = &heap->orders[i];
        if (orders->end != NULL)
            release_the_living(orders, heap->allocator->release);
        explicit_unmap(orders->table, explicit_table_bytes(orders));
        explicit_unmap(orders->words, orders->word_count * sizeof *orders->words);
    }
    free(heap->orders);
}
