/* SPDX-License-Identifier: MIT
 *
 * Structures that may be collected in more than linear work: see scaling.c.
 */
#include "check/scaling.h"

enum { NUMBER = 2, PAIR = 4, CARRIER = 5, LIST = 12 }; /* as in workloads/program.c */
/* Steps through a list that come to each place of it, and in no order that a collector has: a prime
 * that no size here is a multiple of. */
enum { STRIDE = 7919, MOST_SLOTS = 13 };

static hm_ref at(const struct scaling *s, size_t name)
{
    return hm_at(&s->names[name]);
}

static void make(const struct scaling *s, size_t name, size_t shape)
{
    s->m->ops->new (s->m, &s->names[name], s->session->kernel->shapes[shape]);
}

static void make_list(const struct scaling *s, size_t slots)
{
    s->m->ops->new_n(s->m, &s->names[0], s->session->kernel->shapes[LIST], slots);
}

static void build_chain(const struct scaling *s)
{
    for (size_t i = 0; i < s->n; i++) {
        make(s, 1, PAIR);
        s->m->ops->set(s->m, at(s, 1), 0, at(s, 0));
        s->m->ops->move(s->m, &s->names[0], &s->names[1]);
    }
}

static void build_wide(const struct scaling *s)
{
    make_list(s, s->n);
    for (size_t i = 0; i < s->n; i++) {
        make(s, 1, NUMBER);
        s->m->ops->give(s->m, at(s, 0), i, &s->names[1]);
    }
}

static void build_rings(const struct scaling *s)
{
    build_wide(s);
    for (size_t i = 0; i < s->n; i++) {
        make(s, 1, PAIR);
        s->m->ops->set(s->m, at(s, 1), 0, at(s, 1));
        s->m->ops->give(s->m, at(s, 0), i, &s->names[1]);
    }
}

/* Doubly linked, and its ends linked too. */
static void build_ring(const struct scaling *s)
{
    make(s, 0, PAIR);
    s->m->ops->bind(s->m, &s->names[2], at(s, 0));
    for (size_t i = 1; i < s->n; i++) {
        make(s, 1, PAIR);
        s->m->ops->set(s->m, at(s, 1), 0, at(s, 2));
        s->m->ops->set(s->m, at(s, 2), 1, at(s, 1));
        s->m->ops->move(s->m, &s->names[2], &s->names[1]);
    }
    s->m->ops->set(s->m, at(s, 2), 1, at(s, 0));
    s->m->ops->set(s->m, at(s, 0), 0, at(s, 2));
    s->m->ops->clear(s->m, &s->names[2]);
}

/* Ephemerons in a list, each one's value the next one's key; they lie `step` places apart from
 * `place` on. */
static void chain_ephemerons(const struct scaling *s, size_t place, size_t step)
{
    size_t half = s->n / 2;
    make_list(s, half + 1);
    make(s, 1, CARRIER);
    s->m->ops->set(s->m, at(s, 0), half, at(s, 1));
    for (size_t i = 0; i < half; i++) {
        make(s, 2, CARRIER);
        s->m->ops->new_ephemeron(s->m, &s->names[4], &s->names[1], &s->names[2]);
        s->m->ops->set(s->m, at(s, 0), place, at(s, 4));
        s->m->ops->move(s->m, &s->names[1], &s->names[2]);
        place = (place + step) % half;
    }
    s->m->ops->clear(s->m, &s->names[1]);
}

/* Met last to first. */
static void build_ephemerons(const struct scaling *s)
{
    chain_ephemerons(s, s->n / 2 - 1, s->n / 2 - 1);
}

/* They wait for their keys together: the order of the chain is not that of the list. */
static void build_waiting(const struct scaling *s)
{
    chain_ephemerons(s, 0, STRIDE);
}

/* Targets in the first half of a list, weak objects that refer to them in the second. */
static void build_weak(const struct scaling *s)
{
    size_t half = s->n / 2;
    make_list(s, 2 * half);
    for (size_t i = 0; i < half; i++) {
        make(s, 1, CARRIER);
        s->m->ops->new_weak(s->m, &s->names[2], &s->names[1]);
        s->m->ops->give(s->m, at(s, 0), i, &s->names[1]);
        s->m->ops->give(s->m, at(s, 0), half + i, &s->names[2]);
    }
}

/* Ephemerons whose keys nothing else refers to. */
static void build_dead_keys(const struct scaling *s)
{
    make_list(s, s->n);
    for (size_t i = 0; i < s->n; i++) {
        make(s, 1, CARRIER);
        make(s, 2, CARRIER);
        s->m->ops->new_ephemeron(s->m, &s->names[3], &s->names[1], &s->names[2]);
        s->m->ops->give(s->m, at(s, 0), i, &s->names[3]);
    }
    s->m->ops->clear(s->m, &s->names[1]);
    s->m->ops->clear(s->m, &s->names[2]);
}

/* Ephemerons of one key. */
static void build_one_key(const struct scaling *s)
{
    make_list(s, s->n + 1);
    make(s, 1, CARRIER);
    for (size_t i = 0; i < s->n; i++) {
        make(s, 2, CARRIER);
        s->m->ops->new_ephemeron(s->m, &s->names[3], &s->names[1], &s->names[2]);
        s->m->ops->give(s->m, at(s, 0), i, &s->names[3]);
    }
    s->m->ops->give(s->m, at(s, 0), s->n, &s->names[1]);
    s->m->ops->clear(s->m, &s->names[2]);
}

/* So many weak objects of one target in a list of one slot more, the target in name 1. */
static void refer_to_one(const struct scaling *s)
{
    make_list(s, s->n + 1);
    make(s, 1, CARRIER);
    for (size_t i = 0; i < s->n; i++) {
        s->m->ops->new_weak(s->m, &s->names[2], &s->names[1]);
        s->m->ops->give(s->m, at(s, 0), i, &s->names[2]);
    }
}

/* All of them outlive it. */
static void build_one_target(const struct scaling *s)
{
    refer_to_one(s);
    s->m->ops->clear(s->m, &s->names[1]);
}

/* It outlives them: first to last and last to first they die. */
static void build_outlived(const struct scaling *s)
{
    refer_to_one(s);
    s->m->ops->give(s->m, at(s, 0), s->n, &s->names[1]);
    for (size_t i = 0; i < s->n / 4; i++) {
        s->m->ops->clear_slots(s->m, at(s, 0), i, 1);
        s->m->ops->clear_slots(s->m, at(s, 0), s->n - 1 - i, 1);
    }
}

static void build_watched(const struct scaling *s)
{
    make_list(s, s->n);
    for (size_t i = 0; i < s->n; i++) {
        make(s, 1, CARRIER);
        s->m->ops->watch(s->m, &s->names[1]);
        s->m->ops->give(s->m, at(s, 0), i, &s->names[1]);
    }
}

static void drain_queue(const struct scaling *s)
{
    do
        s->m->ops->next_dead(s->m, &s->names[1]);
    while (!hm_is_null(at(s, 1)));
}

/* One object that all others refer to, each of which is dropped for itself. */
static void build_star(const struct scaling *s)
{
    make_list(s, s->n + 1);
    make(s, 2, PAIR);
    for (size_t i = 0; i < s->n; i++) {
        make(s, 1, PAIR);
        s->m->ops->set(s->m, at(s, 1), 0, at(s, 2));
        s->m->ops->give(s->m, at(s, 0), i, &s->names[1]);
    }
    s->m->ops->give(s->m, at(s, 0), s->n, &s->names[2]);
    for (size_t i = 0; i < s->n; i += 2)
        s->m->ops->clear_slots(s->m, at(s, 0), i, 1);
}

/* Objects of a few sizes, of which every other is dropped, and others made in their place. */
static void build_holes(const struct scaling *s)
{
    make_list(s, s->n);
    for (size_t round = 0; round < 3; round++)
        for (size_t i = 0; i < s->n; i += round == 0 ? 1 : 2) {
            s->m->ops->clear_slots(s->m, at(s, 0), i, 1);
            s->m->ops->new_n(s->m, &s->names[1], s->session->kernel->shapes[LIST],
                             1 + (i * STRIDE + round) % MOST_SLOTS);
            s->m->ops->give(s->m, at(s, 0), i, &s->names[1]);
        }
}

const struct scaling_structure scaling_structures[] = {
    {"a chain", build_chain, NULL, false, false, false},
    {"a wide list", build_wide, NULL, false, false, false},
    {"rings of one", build_rings, NULL, false, false, false},
    {"one ring", build_ring, NULL, false, false, false},
    {"a star", build_star, NULL, false, false, false},
    {"a list with holes", build_holes, NULL, false, false, false},
    {"a chain of ephemerons", build_ephemerons, NULL, true, false, false},
    {"ephemerons that wait for each other", build_waiting, NULL, true, false, false},
    {"ephemerons of dead keys", build_dead_keys, NULL, true, false, false},
    {"ephemerons of one key", build_one_key, NULL, true, false, false},
    {"a list of targets and weak objects", build_weak, NULL, false, true, false},
    {"weak objects of a dead target", build_one_target, NULL, false, true, false},
    {"weak objects that their target outlives", build_outlived, NULL, false, true, false},
    {"a list of watched objects", build_watched, drain_queue, false, false, true},
};

const size_t scaling_structure_count = sizeof scaling_structures / sizeof *scaling_structures;
