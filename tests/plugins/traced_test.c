/* SPDX-License-Identifier: MIT
 *
 * The work that plugins/kit/traced.c does for chains of ephemerons, counted in questions and
 * answers between it and a collector: here one whose objects never move and have no slots, so that
 * nothing but ephemerons reaches anything. Twice the chain is twice the work, in every order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include <kit/counts.h>
#include <kit/traced.h>

enum { NOTED = 1, REACHED = 2 };

struct collector {
    struct kit_traced traced;
    uint64_t asked, reached; /* calls of find, objects reached */
};

static hm_ref find(void *user, hm_ref ref)
{
    struct collector *collector = user;
    collector->asked++;
    return (kit_object(ref)->own & REACHED) != 0 ? ref : hm_null;
}

static hm_ref reach(void *user, hm_ref ref)
{
    struct collector *collector = user;
    if (hm_is_null(ref) || (kit_object(ref)->own & REACHED) != 0)
        return ref;
    bool noted = (kit_object(ref)->own & NOTED) != 0;
    kit_object(ref)->own = REACHED;
    collector->reached++;
    if (noted)
        kit_traced_noticed(&collector->traced, ref, ref);
    return ref;
}

static void drain(void *user)
{
    (void)user;
}

static void *take(void *user)
{
    (void)user;
    return NULL;
}

static void give(void *user, void *chunk)
{
    (void)user;
    (void)chunk;
}

/* What is made in memory: keys[i] for i <= n, and an ephemeron from each to the next. */
struct chain {
    size_t n;
    struct kit_object *keys;
    struct kit_ephemeron *ephemerons;
};

enum order { FORWARD, BACKWARD, MIXED, ORDERS };

static size_t place(enum order order, size_t n, size_t i)
{
    return order == FORWARD ? i : order == BACKWARD ? n - 1 - i : i * 4099 % n;
}

/* The ephemerons are reached, the keys are not. */
static struct chain make_chain(struct collector *collector, enum order order, size_t n)
{
    struct chain chain = {n, calloc(n + 1, sizeof *chain.keys), NULL};
    chain.ephemerons = calloc(n, sizeof *chain.ephemerons);
    assert_non_null(chain.keys);
    assert_non_null(chain.ephemerons);
    for (size_t i = 0; i <= n; i++)
        chain.keys[i].layout = KIT_LAYOUT(KIT_BYTES, 0);
    for (size_t i = 0; i < n; i++) {
        size_t at = place(order, n, i);
        kit_traced_ephemeron_born(&collector->traced, &chain.ephemerons[at], REACHED,
                                  kit_ref(&chain.keys[at]), kit_ref(&chain.keys[at + 1]));
    }
    return chain;
}

static void free_chain(struct chain chain)
{
    free(chain.keys);
    free(chain.ephemerons);
}

/* Finish a marking that reached all ephemerons, and the first key if asked; the calls of find. */
static uint64_t finish(enum order order, size_t n, bool first)
{
    static const struct kit_traced_functions functions = {find, reach, drain};
    struct kit_watch_memory memory = {take, give, NULL};
    struct collector collector = {.asked = 0};
    kit_traced_open(&collector.traced, memory, NOTED);
    struct chain chain = make_chain(&collector, order, n);
    chain.keys[0].own = first ? REACHED : 0;
    assert_int_equal(kit_traced_finish(&collector.traced, &functions, &collector), 0);
    assert_int_equal(collector.reached, first ? n : 0);
    for (size_t i = 0; i < n; i++) {
        assert_true(hm_is_null(chain.ephemerons[i].key) == !first);
        assert_true(hm_is_null(chain.ephemerons[i].value) == !first);
    }
    kit_traced_close(&collector.traced);
    free_chain(chain);
    return collector.asked;
}

static void twice_the_chain_is_twice_the_work(void **state)
{
    (void)state;
    for (enum order order = FORWARD; order < ORDERS; order++) {
        uint64_t once = finish(order, 5000, true);
        uint64_t twice = finish(order, 10000, true);
        assert_true(once <= 5000 * 12);
        assert_true(twice <= 2 * once + 100);
    }
}

static void a_dead_chain_costs_no_more(void **state)
{
    (void)state;
    for (enum order order = FORWARD; order < ORDERS; order++)
        assert_true(finish(order, 5000, false) <= 5000 * 12);
}

/* An ephemeron in the value of another, each with the next one's key beside it: every one is
 * reached only when the one before it was looked at. */
static void ephemerons_reached_one_by_one(void **state)
{
    enum { N = 5000 };
    (void)state;
    static const struct kit_traced_functions functions = {find, reach, drain};
    struct kit_watch_memory memory = {take, give, NULL};
    for (enum order order = FORWARD; order < ORDERS; order++) {
        struct collector collector = {.asked = 0};
        kit_traced_open(&collector.traced, memory, NOTED);
        struct chain chain = make_chain(&collector, order, N);
        chain.keys[0].own = REACHED;
        for (size_t i = 0; i < N; i++) {
            chain.ephemerons[i].own = i == 0 ? REACHED : 0;
            chain.ephemerons[i].key = kit_ref(&chain.keys[0]);
            chain.ephemerons[i].value =
                i + 1 < N ? (hm_ref){(uintptr_t)&chain.ephemerons[i + 1]} : hm_null;
        }
        kit_traced_finish(&collector.traced, &functions, &collector);
        assert_int_equal(collector.reached, N - 1);
        assert_true(collector.asked <= N * 12);
        kit_traced_close(&collector.traced);
        free_chain(chain);
    }
}

/* So many with one key that a chain behind it is what they are looked up in. */
static void many_ephemerons_of_one_key(void **state)
{
    enum { N = 5000 };
    (void)state;
    static const struct kit_traced_functions functions = {find, reach, drain};
    struct kit_watch_memory memory = {take, give, NULL};
    for (enum order order = FORWARD; order < ORDERS; order++) {
        struct collector collector = {.asked = 0};
        kit_traced_open(&collector.traced, memory, NOTED);
        struct chain chain = make_chain(&collector, order, N);
        chain.keys[0].own = REACHED;
        for (size_t i = 1; i < N; i++)
            chain.ephemerons[i].key = kit_ref(&chain.keys[1]); /* the value of the first */
        kit_traced_finish(&collector.traced, &functions, &collector);
        assert_int_equal(collector.reached, N);
        assert_true(collector.asked <= N * 12);
        kit_traced_close(&collector.traced);
        free_chain(chain);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twice_the_chain_is_twice_the_work),
        cmocka_unit_test(a_dead_chain_costs_no_more),
        cmocka_unit_test(ephemerons_reached_one_by_one),
        cmocka_unit_test(many_ephemerons_of_one_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
