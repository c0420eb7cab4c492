/* SPDX-License-Identifier: MIT
 *
 * Bytes as a program; see operations.h.
 */
#include "operations.h"

/* More kinds than there are: a new one changes no other's byte. */
enum { MOST_OPERATIONS = 4096, NAMES = 16, KINDS = 64, NEXT_THREAD = KINDS - 1 };
_Static_assert((int)PROGRAM_KIND_COUNT <= (int)NEXT_THREAD, "a byte for each kind");

struct reading {
    const uint8_t *bytes;
    size_t count, at;
};

static uint8_t next(struct reading *reading)
{
    return reading->at < reading->count ? reading->bytes[reading->at++] : 0;
}

/* Small numbers as they are, and those around powers of two up to 2^20, where borders are. */
static uint32_t number(uint8_t byte)
{
    enum { SMALL = 193, POWERS = 21 };
    if (byte < SMALL)
        return byte;
    uint32_t power = UINT32_C(1) << (byte - SMALL) % POWERS;
    return power + (uint32_t)(byte - SMALL) / POWERS - 1;
}

static void read_operand(struct reading *reading, char letter, struct program_op *op)
{
    uint8_t byte = next(reading);
    switch (letter) {
    case 'n':
        op->a = byte % NAMES;
        break;
    case 'm':
        op->b = byte % NAMES;
        break;
    case 'o':
        op->c = byte % NAMES;
        break;
    case 'h':
        op->c = byte;
        break;
    case 'x':
        op->x = number(byte);
        break;
    case 'y':
        op->y = number(byte);
        break;
    default:
        op->z = number(byte);
        break;
    }
}

static void read_head(struct reading *reading, struct program *program,
                      const struct hm_capabilities *can)
{
    uint8_t head = next(reading), heap = next(reading), perturb = next(reading);
    program->thread_count = 1 + head % 4;
    if (!can->shares || can->most_mutators == 1)
        program->thread_count = 1;
    program->places = 1 + (head >> 2) % 8;
    program->dispatch = head >> 5 & 1 ? PROGRAM_TABLE : PROGRAM_INLINE;
    program->heap_bytes = can->least_heap_bytes + program->thread_count * can->least_mutator_bytes +
                          ((uint64_t)heap << 18);
    program->perturb = perturb;
    /* Neither one whose lives are counted, nor one whose work is: those take a hundred times as
     * long, whatever the operations are. */
    program->seed = 1;
}

void operations_read(struct program *program, const uint8_t *bytes, size_t count,
                     const struct hm_capabilities *can)
{
    struct reading reading = {.bytes = bytes, .count = count};
    uint32_t thread = 0;
    *program = (struct program){0};
    read_head(&reading, program, can);
    for (size_t i = 0; i < MOST_OPERATIONS && reading.at < count; i++) {
        struct program_op op = {.kind = next(&reading) % KINDS};
        if (op.kind == NEXT_THREAD)
            thread = (thread + 1) % program->thread_count;
        if (op.kind >= PROGRAM_KIND_COUNT)
            continue;
        for (const char *letter = program_operands(op.kind); *letter != '\0'; letter++)
            read_operand(&reading, *letter, &op);
        program_add(program, thread, op);
    }
}
