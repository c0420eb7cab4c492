/* SPDX-License-Identifier: MIT
 *
 * How `strict` says which rule was broken, by which operation, and where.
 */
#include <strict/heap.h>

#include <stdarg.h>
#include <stdio.h>

const char *const strict_operation_names[] = {
#define NAME_VALUE(result, name, parameters, arguments) [STRICT_OP_##name] = "hm_" #name,
#define NAME_VOID(name, parameters, arguments) [STRICT_OP_##name] = "hm_" #name,
    HM_REQUIRED_OPERATIONS(NAME_VALUE, NAME_VOID) HM_WEAK_OPERATIONS(NAME_VALUE, NAME_VOID)
        HM_EPHEMERON_OPERATIONS(NAME_VALUE, NAME_VOID)
            HM_FINALIZER_OPERATIONS(NAME_VALUE, NAME_VOID)
#undef NAME_VALUE
#undef NAME_VOID
                [STRICT_OP_attach] = "attach",
    [STRICT_OP_detach] = "detach",
    [STRICT_OP_collect] = "collect",
    [STRICT_OP_count] = "count",
};

_Noreturn void strict_broken(struct strict_mutator *self, const char *label, const char *format,
                             ...)
{
    char sentence[640];
    struct strict_heap *heap = strict_heap(self);
    int length =
        snprintf(sentence, sizeof sentence, "%s broken in %s, operation %llu of thread %u: ", label,
                 strict_operation_names[self->operation], (unsigned long long)self->operations,
                 self->kit.head.index);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence + length, sizeof sentence - (size_t)length, format, arguments);
    va_end(arguments);
    pthread_mutex_unlock(&heap->lock);
    heap->head.host->fail(heap->head.host, sentence);
}

const char *strict_say_object(char *words, const struct strict_object *object)
{
    const char *name = object->shape->name != NULL ? object->shape->name : "nameless";
    snprintf(words, STRICT_WORDS_BYTES, "'%s' (object %llu of thread %u)", name,
             (unsigned long long)object->number, object->maker);
    return words;
}

/* The frame that a cell lies in: the last that begins at or before it. */
static size_t frame_of(const struct strict_frames *frames, uint32_t cell)
{
    size_t i = frames->count;
    while (i > 0 && frames->start[i - 1] > cell)
        i--;
    return i;
}

static void say_in_frame(char *words, const char *what, const struct strict_frames *frames,
                         uint32_t cell)
{
    size_t frame = frame_of(frames, cell);
    uint32_t start = frame > 0 ? frames->start[frame - 1] : 0;
    snprintf(words, STRICT_WORDS_BYTES, "%s %u of frame %zu", what, cell - start,
             frame > 0 ? frame - 1 : 0);
}

const char *strict_say_cell(char *words, const struct strict_mutator *self, uint32_t cell)
{
    if (cell < self->name_cells)
        say_in_frame(words, "name", &self->frames, cell);
    else if (cell < strict_kept_cell(self))
        say_in_frame(words, "spare", &self->spare_frames, cell);
    else
        snprintf(words, STRICT_WORDS_BYTES, "%s",
                 cell == strict_kept_cell(self) ? "hm_poll_keep" : "hm_globals");
    return words;
}
