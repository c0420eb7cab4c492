/* SPDX-License-Identifier: MIT
 *
 * Inside the generator: what its parts share.
 */
#ifndef HEAPMARK_CHECK_GENERATE_H
#define HEAPMARK_CHECK_GENERATE_H

#include "base/random.h"
#include "check/check.h"

/* Short, as the generator's lines are full of them. */
static inline uint32_t below(struct random *random, uint32_t bound)
{
    return random_below(random, bound);
}

static inline bool one_in(struct random *random, uint32_t times)
{
    return random_one_in(random, times);
}

/* Shapes by what they are for; ids as in workloads/program.c. */
enum {
    EMPTY,
    BYTE,
    NUMBER,
    LINK,
    PAIR,
    CARRIER,
    NODE,
    ENTRY,
    WIDE,
    TABLE,
    RECORD,
    BOARD,
    LIST,
    STRING,
    TAGGED,
    SHAPES
};

struct maker {
    struct random random;
    struct program *program;
    uint32_t thread;
    enum check_profile profile;
    uint32_t collect_every; /* operations between collections, on the average */
    uint32_t meet_every;
    uint32_t names;      /* numbers below this are drawn mostly */
    uint32_t most_bytes; /* of one object */
    bool contends;       /* all threads use few shared slots, and little else */
    uint64_t budget;     /* bytes that large objects of this thread may still take */
    const struct hm_capabilities *can;
};

/* A stream beside the maker's, which does not go on by it: for a sequence that some programs have
 * in addition, so that all the rest of them stays what it was. */
static inline struct random a_stream_beside(const struct maker *maker, uint64_t which)
{
    return (struct random){maker->random.state ^ which * UINT64_C(0x9fb21c651e98df25)};
}

void put(struct maker *maker, struct program_op op);
uint16_t a_name(struct maker *maker);
/* Small mostly; else around a power of two, which is where borders are. */
uint32_t a_size(struct maker *maker, uint32_t most);
/* Slots or bytes of a varying shape; what is large is paid from the budget. */
uint32_t an_extent(struct maker *maker, uint32_t shape);
uint32_t a_shape(struct maker *maker);
void make(struct maker *maker, uint16_t name, uint32_t shape, uint32_t n);
void put_set(struct maker *maker, uint16_t a, uint32_t slot, uint16_t b);
void put_move(struct maker *maker, uint16_t a, uint16_t b);
void put_clear(struct maker *maker, uint16_t a);
/* A collection, full mostly. */
void put_collect(struct maker *maker);

/* Sequences that build something aimed at. */
void generate_structure(struct maker *maker);
void generate_array(struct maker *maker);
void generate_flood(struct maker *maker);
/* `count` objects into the slots of the list of that name, or as many as there is memory for. */
void generate_filling(struct maker *maker, uint16_t list, uint32_t shape, uint32_t n,
                      uint32_t count);
void generate_lives(struct maker *maker);
/* One of all threads' parts: each thread of the program has to have it. */
void generate_crowd(struct maker *maker);
/* Minor collections in a planned order, where the collector has them; by streams of its own, so
 * that programs of all other collectors stay what they are. One of all threads' parts, and the
 * first. */
void generate_generations(struct maker *maker);
/* Constant live size for long, and threads that end while it stays so. */
void generate_paces(struct maker *maker, uint32_t turns);
void generate_trail(struct maker *maker);
/* Few large objects at a time, each replaced by one of another size. */
void generate_replaced(struct maker *maker);
/* Threads that end with free memory in hand; objects that one makes and another drops, which each
 * thread of the program has to have. */
void generate_pockets(struct maker *maker);
void generate_hand_over(struct maker *maker);
/* A heap that is full nearly all the time; each thread of the program has to have it, and draws the
 * same from `together`. */
void generate_scarcity(struct maker *maker, struct random *together);
/* A heap that is full to its last cell, and what else may need memory then. */
void generate_brim(struct maker *maker);
/* A whole program, of several threads, that check_sweep_limits runs with ever less. */
void generate_swept(struct program *program, const struct hm_capabilities *can, uint32_t threads);
/* Nothing but the few shared slots of the program. */
void generate_contention(struct maker *maker, uint32_t turns);
/* With weak objects, ephemerons or the finalizer queue, as far as the collector has them. */
bool generates_optional(const struct maker *maker);
void generate_optional(struct maker *maker);

#endif
