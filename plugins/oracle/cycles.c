/* SPDX-License-Identifier: MIT
 *
 * When cycles died. Counting sees the death of everything else at once.
 *
 * A thread's objects are looked at alone: one that has more references than come from the others is
 * owned by a name or by the globals, and what such objects do not reach is dead. It died when the
 * last of the objects that reach it was last known to be reachable: the greatest stamp among them,
 * since every loss of a reference is stamped (after Merlin: Hertz, Blackburn, Moss, McKinley and
 * Stefanovic, Generating Object Lifetime Traces with Merlin, TOPLAS 2006). So it does not matter
 * how late this is done; it is done when there are twice as many objects as lived the last time.
 */
#include <oracle/heap.h>

#include <stdlib.h>

enum { LEAST_DUE = 100000 };

struct stack {
    struct oracle_head **heads;
    size_t count;
};

static hm_ref *slots_of(struct oracle_head *head, size_t *count)
{
    *count = kit_layout_slots(oracle_object_of(head)->layout);
    return kit_slots(kit_ref(oracle_object_of(head)));
}

static void count_inner(struct oracle_mutator *mutator)
{
    for (struct oracle_head *head = mutator->objects; head != NULL; head = head->next) {
        head->inner = 0;
        head->reached = 0;
    }
    for (struct oracle_head *head = mutator->objects; head != NULL; head = head->next) {
        size_t count;
        const hm_ref *slots = slots_of(head, &count);
        for (size_t i = 0; i < count; i++)
            if (!hm_is_null(slots[i]))
                oracle_head_of(slots[i])->inner++;
    }
}

/* Everything that is reached from what lies on the stack is marked, and gets the death where it is
 * not 0. Each object is put there once, so there is room for all. */
static void reach(struct stack *stack, uint32_t death)
{
    while (stack->count > 0) {
        struct oracle_head *head = stack->heads[--stack->count];
        size_t count;
        const hm_ref *slots = slots_of(head, &count);
        if (death != 0)
            head->inner = death;
        for (size_t i = 0; i < count; i++) {
            struct oracle_head *next = hm_is_null(slots[i]) ? NULL : oracle_head_of(slots[i]);
            if (next == NULL || next->reached)
                continue;
            next->reached = 1;
            stack->heads[stack->count++] = next;
        }
    }
}

static void reach_the_living(struct oracle_mutator *mutator, struct stack *stack)
{
    for (struct oracle_head *head = mutator->objects; head != NULL; head = head->next) {
        if (head->reached || head->count <= head->inner)
            continue;
        head->reached = 1;
        stack->heads[stack->count++] = head;
        reach(stack, 0);
    }
}

static int latest_first(const void *left, const void *right)
{
    const struct oracle_head *const *a = left, *const *b = right;
    return ((*a)->stamp < (*b)->stamp) - ((*a)->stamp > (*b)->stamp);
}

/* The dead in order of their stamps: whoever is reached first is reached by the greatest. */
static void tell_deaths(struct oracle_head **dead, size_t count, struct stack *stack)
{
    qsort(dead, count, sizeof *dead, latest_first);
    for (size_t i = 0; i < count; i++) {
        if (dead[i]->reached)
            continue;
        dead[i]->reached = 1;
        stack->heads[stack->count++] = dead[i];
        reach(stack, dead[i]->stamp);
    }
}

/* What the dead refer to has fewer references from now on. Among them that does not matter. */
static void let_go(struct oracle_head *head)
{
    size_t count;
    const hm_ref *slots = slots_of(head, &count);
    for (size_t i = 0; i < count; i++)
        if (!hm_is_null(slots[i]))
            oracle_head_of(slots[i])->count--;
}

static size_t gather_dead(struct oracle_mutator *mutator, struct oracle_head **dead)
{
    size_t count = 0;
    for (struct oracle_head *head = mutator->objects; head != NULL; head = head->next)
        if (!head->reached)
            dead[count++] = head;
    return count;
}

void oracle_seek_cycles(struct oracle_mutator *mutator)
{
    struct oracle_head **heads = malloc((2 * mutator->object_count + 1) * sizeof *heads);
    if (heads == NULL) {
        oracle_heap_of(&mutator->kit.head)->failed = true;
        return;
    }
    struct stack stack = {heads, 0};
    struct oracle_head **dead = heads + mutator->object_count;
    count_inner(mutator);
    reach_the_living(mutator, &stack);
    size_t count = gather_dead(mutator, dead);
    tell_deaths(dead, count, &stack);
    for (size_t i = 0; i < count; i++)
        let_go(dead[i]);
    for (size_t i = 0; i < count; i++)
        oracle_bury(mutator, dead[i], dead[i]->inner);
    free(heads);
    mutator->cycles_due = 2 * mutator->object_count + LEAST_DUE;
}
