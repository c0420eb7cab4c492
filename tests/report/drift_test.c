/* SPDX-License-Identifier: MIT
 *
 * How often compare is wrong where runs drift: simulated runs with a drift that is known, from
 * fixed seeds. No trial is made. A share of `wrong` in 2000 is binomial, so 5 % may read 6.5 %
 * (three standard deviations).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "drawn.h"
#include "report/versus.h"

enum { PAIRS = 2000, POINTS = 3, TRIALS = 6, PER_RUN = POINTS * TRIALS, MOST_RUNS = 12 };

static struct store_trial trials[MOST_RUNS * PER_RUN];
static struct versus_run runs[MOST_RUNS];
static struct random random_source;

static int make_records(void **state)
{
    static const char *const workloads[POINTS] = {"churn", "lru", "rings"};
    (void)state;
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) {
        struct trial_record *record = &trials[i].record;
        record_set_text(record, TRIAL_COLLECTOR_LABEL, "a");
        record_set_text(record, TRIAL_PLUGIN_SHA256, "1f");
        record_set_text(record, TRIAL_WORKLOAD, workloads[i % PER_RUN / TRIALS]);
        record_set_outcome(record, OUTCOME_OK);
    }
    for (size_t i = 0; i < MOST_RUNS; i++)
        runs[i] = (struct versus_run){trials + i * PER_RUN, PER_RUN};
    return 0;
}

static int free_records(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++)
        record_free(&trials[i].record);
    return 0;
}

/* What is simulated: each run is slower or faster as a whole by `drift`, each of its points by a
 * third of that once more, and each trial by 2 %. */
struct world {
    size_t base, other, earlier; /* runs */
    double drift;
    bool slow_runs; /* instead: one run in five is slower by 2.5 times that */
    double factor;  /* of the other side */
    double allowed;
};

static double draw_drift(const struct world *world)
{
    if (!world->slow_runs)
        return drawn_normal(&random_source, world->drift);
    return drawn_normal(&random_source, world->drift / 4) +
           (drawn_uniform(&random_source) < 0.2 ? 2.5 * world->drift : 0);
}

static void draw_run(const struct world *world, size_t run, double factor)
{
    double of_run = draw_drift(world);
    for (size_t point = 0; point < POINTS; point++) {
        double of_point = of_run + drawn_normal(&random_source, world->drift / 3);
        for (size_t i = 0; i < TRIALS; i++)
            record_set_integer(
                &trials[run * PER_RUN + point * TRIALS + i].record, TRIAL_WALL_NS,
                (int64_t)(1e9 * factor * exp(of_point + drawn_normal(&random_source, 0.02))));
    }
}

struct found {
    size_t gates;  /* pairs that the gate calls worse by more than 5 % */
    size_t points; /* pairs in which any point is better or worse */
};

static struct found simulate(const struct world *world, size_t pairs)
{
    struct found found = {0};
    random_source.state = 42;
    for (size_t pair = 0; pair < pairs; pair++) {
        size_t all = world->base + world->other + world->earlier;
        for (size_t run = 0; run < all; run++) {
            bool is_other = run >= world->base && run < world->base + world->other;
            draw_run(world, run, is_other ? world->factor : 1);
        }
        struct versus_input input = {
            {runs, world->base},
            {runs + world->base, world->other},
            {runs + world->base + world->other, world->earlier},
            false,
            world->allowed,
        };
        struct versus versus;
        struct error error = {0};
        assert_true(versus_make(&versus, &input, &error));
        found.gates += versus_is_worse(&versus, 0.05, false);
        found.points +=
            versus_count(&versus, VERSUS_BETTER) + versus_count(&versus, VERSUS_WORSE) > 0;
        versus_free(&versus);
    }
    return found;
}

#define assert_at_most(count, share, of)                                                           \
    do {                                                                                           \
        double wanted = (share) * (double)(of);                                                    \
        double most = wanted + 3 * sqrt(wanted * (1 - (share)));                                   \
        if ((double)(count) > most)                                                                \
            fail_msg("%zu of %d, at most %.0f are allowed (seed 42)", (count), (of), most);        \
    } while (0)

/* Two to five runs a side of one build. */
static void runs_of_one_build_are_not_called_worse(void **state)
{
    (void)state;
    static const size_t sides[][2] = {{2, 2}, {3, 3}, {5, 5}, {5, 2}, {4, 1}};
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        struct world world = {sides[i][0], sides[i][1], 0, 0.1, false, 1, 0};
        struct found found = simulate(&world, PAIRS);
        assert_at_most(found.gates, 0.05, PAIRS);
        assert_at_most(found.points, 0.05, PAIRS);
    }
}

/* One run a side, by earlier runs of the build. */
static void earlier_runs_keep_a_pair_from_being_called_worse(void **state)
{
    (void)state;
    for (size_t earlier = 2; earlier <= 8; earlier += 3) {
        struct world world = {1, 1, earlier, 0.1, false, 1, 0};
        struct found found = simulate(&world, PAIRS);
        assert_at_most(found.gates, 0.05, PAIRS);
        assert_at_most(found.points, 0.05, PAIRS);
    }
}

/* Now and then a whole run is slow: nothing like a normal distribution. */
static void slow_runs_are_borne(void **state)
{
    (void)state;
    struct world world = {3, 3, 0, 0.1, true, 1, 0};
    assert_at_most(simulate(&world, PAIRS).gates, 0.05, PAIRS);
}

/* What a bootstrap over trials does with the same runs: the simulation can find fault. */
static void without_it_most_would_be_wrong(void **state)
{
    (void)state;
    enum { FEW = 60 };
    struct world world = {1, 1, 0, 0.1, false, 1, 0};
    struct found blind = simulate(&world, FEW);
    assert_true(blind.gates > FEW / 5);
    world.allowed = VERSUS_STANDARD_DRIFT;
    struct found allowed = simulate(&world, FEW);
    assert_at_most(allowed.gates, 0.05, FEW);
    assert_true(allowed.gates < blind.gates);
}

static void a_change_is_found(void **state)
{
    (void)state;
    struct world world = {5, 5, 0, 0.05, false, 1.2, 0};
    assert_true((double)simulate(&world, PAIRS).gates > PAIRS * 0.97);
    world = (struct world){3, 3, 0, 0.05, false, 1.2, 0};
    assert_true((double)simulate(&world, PAIRS).gates > PAIRS * 0.8);
    world = (struct world){1, 1, 8, 0.05, false, 1.2, 0};
    assert_true((double)simulate(&world, PAIRS).gates > PAIRS * 0.5);
    world = (struct world){1, 1, 0, 0.05, false, 1.7, VERSUS_STANDARD_DRIFT};
    assert_true(simulate(&world, 40).gates > 36);
}

/* ---- failures ---- */

/* With five trials no figure is judged, which costs time and tells nothing here. */
enum { FAILING_PAIRS = 1000, FAILING_POINTS = 20, FEW = 5, FAILING_TRIALS = FAILING_POINTS * FEW };

/* Pairs of one run a side whose gate is red where each trial crashes with this chance. */
static size_t simulate_failures(double of_base, double of_other)
{
    static struct store_trial sides[2][FAILING_TRIALS];
    const struct versus_run base = {sides[0], FAILING_TRIALS}, other = {sides[1], FAILING_TRIALS};
    const struct versus_input input = {{&base, 1}, {&other, 1}, {NULL, 0}, false, 0.3};
    size_t red = 0;
    random_source.state = 42;
    for (size_t pair = 0; pair < FAILING_PAIRS; pair++) {
        for (size_t i = 0; i < 2 * FAILING_TRIALS; i++) {
            struct trial_record *record = &sides[i / FAILING_TRIALS][i % FAILING_TRIALS].record;
            bool fails = drawn_uniform(&random_source) < (i < FAILING_TRIALS ? of_base : of_other);
            record_set_text(record, TRIAL_COLLECTOR_LABEL, "a");
            record_set_text(record, TRIAL_WORKLOAD, "churn");
            record_set_integer(record, TRIAL_THREADS, (int64_t)(i % FAILING_TRIALS / FEW));
            record_set_integer(record, TRIAL_WALL_NS, 1000);
            record_set_outcome(record, fails ? OUTCOME_CRASH : OUTCOME_OK);
        }
        struct versus versus;
        struct error error = {0};
        assert_true(versus_make(&versus, &input, &error));
        struct versus_gate gate = versus_gate(&versus, 0.05, true);
        size_t lost = versus_count(&versus, VERSUS_FAILS);
        red += gate.together || gate.failing > lost;
        versus_free(&versus);
    }
    for (size_t i = 0; i < 2 * FAILING_TRIALS; i++)
        record_free(&sides[i / FAILING_TRIALS][i % FAILING_TRIALS].record);
    return red;
}

/* Without a test nearly all of these were red, as some point failed once more in the second. */
static void what_fails_as_often_is_not_called_worse(void **state)
{
    (void)state;
    static const double shares[] = {0.005, 0.02, 0.1, 0.3, 0.5};
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
        assert_at_most(simulate_failures(shares[i], shares[i]), 0.05, FAILING_PAIRS);
}

static void what_fails_more_often_is_found(void **state)
{
    (void)state;
    assert_true(simulate_failures(0.02, 0.2) > FAILING_PAIRS * 9 / 10);
    assert_true(simulate_failures(0, 0.1) > FAILING_PAIRS * 9 / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_of_one_build_are_not_called_worse),
        cmocka_unit_test(earlier_runs_keep_a_pair_from_being_called_worse),
        cmocka_unit_test(slow_runs_are_borne),
        cmocka_unit_test(without_it_most_would_be_wrong),
        cmocka_unit_test(a_change_is_found),
        cmocka_unit_test(what_fails_as_often_is_not_called_worse),
        cmocka_unit_test(what_fails_more_often_is_found),
    };
    return cmocka_run_group_tests(tests, make_records, free_records);
}
