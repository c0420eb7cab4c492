/* SPDX-License-Identifier: MIT
 *
 * Raw events as bytes; see event_blob.h.
 */
#include "store/event_blob.h"

#include <string.h>

#include "base/text.h"

static const unsigned char magic[] = {'H', 'M', 'E', 'V'};

/* ---- writing ---- */

static void put_byte(struct event_blob_writer *writer, unsigned char byte)
{
    if (writer->count == writer->capacity) {
        writer->capacity = writer->capacity == 0 ? 4096 : 2 * writer->capacity;
        writer->bytes = memory_resize(writer->bytes, writer->capacity);
    }
    writer->bytes[writer->count++] = byte;
}

static void put(struct event_blob_writer *writer, uint64_t number)
{
    for (; number >= 128; number >>= 7)
        put_byte(writer, (unsigned char)(number | 128));
    put_byte(writer, (unsigned char)number);
}

/* Small numbers of either sign become small: 0, -1, 1, -2 … are 0, 1, 2, 3 … */
static void put_difference(struct event_blob_writer *writer, uint64_t difference)
{
    uint64_t sign = difference >> 63 != 0 ? UINT64_MAX : 0;
    put(writer, difference << 1 ^ sign);
}

void event_blob_put_head(struct event_blob_writer *writer, const struct event_blob_head *head)
{
    for (size_t i = 0; i < sizeof magic; i++)
        put_byte(writer, magic[i]);
    put(writer, EVENT_BLOB_VERSION);
    put(writer, head->start_ns);
    put(writer, head->end_ns - head->start_ns);
    put(writer, head->refused);
    put(writer, head->threads);
    writer->last_ns = head->start_ns;
}

void event_blob_put_thread(struct event_blob_writer *writer, const struct event_blob_thread *thread)
{
    put(writer, thread->number);
    put(writer, thread->flags);
    put(writer, thread->count);
    put(writer, thread->lost);
    put(writer, thread->left_out);
}

void event_blob_put_event(struct event_blob_writer *writer, const struct event_blob_event *event)
{
    put(writer, event->kind);
    put_difference(writer, event->time_ns - writer->last_ns);
    put(writer, event->value);
    writer->last_ns = event->time_ns;
}

void event_blob_put_bytes(struct event_blob_writer *writer, const struct event_blob_writer *other)
{
    for (size_t i = 0; i < other->count; i++)
        put_byte(writer, other->bytes[i]);
    writer->last_ns = other->last_ns;
}

/* ---- reading ---- */

static bool get(struct event_blob_reader *reader, uint64_t *number)
{
    *number = 0;
    for (unsigned shift = 0; shift < 64 && reader->bytes < reader->end; shift += 7) {
        uint64_t byte = *reader->bytes++;
        uint64_t bits = byte & 127;
        if (shift == 63 && bits > 1)
            return false;
        *number |= bits << shift;
        if (byte < 128)
            return true;
    }
    return false;
}

static bool get_difference(struct event_blob_reader *reader, uint64_t *difference)
{
    uint64_t folded;
    if (!get(reader, &folded))
        return false;
    *difference = folded >> 1 ^ ((folded & 1) != 0 ? UINT64_MAX : 0);
    return true;
}

bool event_blob_get_head(struct event_blob_reader *reader, const void *bytes, size_t count,
                         struct event_blob_head *head)
{
    uint64_t length_ns;
    *reader = (struct event_blob_reader){.bytes = bytes};
    reader->end = reader->bytes + count;
    if (count < sizeof magic || memcmp(bytes, magic, sizeof magic) != 0)
        return false;
    reader->bytes += sizeof magic;
    if (!get(reader, &head->version) || head->version != EVENT_BLOB_VERSION ||
        !get(reader, &head->start_ns) || !get(reader, &length_ns) || !get(reader, &head->refused) ||
        !get(reader, &head->threads))
        return false;
    head->end_ns = head->start_ns + length_ns;
    reader->last_ns = head->start_ns;
    return true;
}

bool event_blob_get_thread(struct event_blob_reader *reader, struct event_blob_thread *thread)
{
    return get(reader, &thread->number) && get(reader, &thread->flags) &&
           get(reader, &thread->count) && get(reader, &thread->lost) &&
           get(reader, &thread->left_out);
}

bool event_blob_get_event(struct event_blob_reader *reader, struct event_blob_event *event)
{
    uint64_t kind, difference_ns;
    if (!get(reader, &kind) || kind > UINT32_MAX || !get_difference(reader, &difference_ns) ||
        !get(reader, &event->value))
        return false;
    event->kind = (uint32_t)kind;
    reader->last_ns += difference_ns;
    event->time_ns = reader->last_ns;
    return true;
}

bool event_blob_is_at_end(const struct event_blob_reader *reader)
{
    return reader->bytes == reader->end;
}
