/* SPDX-License-Identifier: MIT
 *
 * Answers that nobody can compute beforehand are compared between collectors.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "made.h"
#include "suite/answers.h"

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})
enum { MOST = 16 };

/* One trial: collector, answer (NULL: it did not run to its end), and what is to become of it. */
struct example {
    size_t collector;
    const char *answer;
    bool condemned;
};

/* A plan whose trials are those of the examples, in their order. */
static void compare(const char *workload, const struct example *examples, size_t count)
{
    struct suite_request request;
    struct suite_plan plan;
    struct trial_record *results = memory_new(MOST * sizeof *results);
    made_request(&request, LIST("able", "plain", "single"), LIST(workload));
    request.invocations = MOST;
    assert_true(suite_make_plan(&request, &plan, NULL));
    size_t expected = 0;
    for (size_t i = 0; i < count; i++) {
        plan.trials[i].point = examples[i].collector;
        record_set_outcome(&results[i], examples[i].answer != NULL ? OUTCOME_OK : OUTCOME_CRASH);
        record_set_text(&results[i], TRIAL_ANSWER, examples[i].answer);
        expected += examples[i].condemned;
    }
    assert_int_equal(suite_compare_answers(&plan, results, count), expected);
    for (size_t i = 0; i < count; i++) {
        bool condemned = record_outcome(&results[i], OUTCOME_COUNT) == OUTCOME_WRONG_ANSWER;
        assert_int_equal(condemned, examples[i].condemned);
        assert_int_equal(record_is_known(&results[i], TRIAL_CAUSE), condemned);
        record_free(&results[i]);
    }
    free(results);
    suite_plan_free(&plan);
    suite_request_free(&request);
}

static void equal_answers_stand(void **state)
{
    (void)state;
    compare("unsure", (struct example[]){{0, "a", false}, {1, "a", false}, {2, "a", false}}, 3);
    compare("unsure", (struct example[]){{0, "a", false}}, 1);
    compare("unsure", NULL, 0);
}

static void a_minority_is_wrong(void **state)
{
    (void)state;
    compare("unsure",
            (struct example[]){{0, "a", false}, {1, "b", true}, {2, "a", false}, {0, "a", false}},
            4);
    compare("unsure",
            (struct example[]){
                {0, "b", true}, {1, "a", false}, {2, "a", false}, {0, "c", true}, {1, "a", false}},
            5);
}

static void without_a_majority_none_is_believed(void **state)
{
    (void)state;
    compare("unsure", (struct example[]){{0, "a", true}, {1, "b", true}}, 2);
    compare("unsure", (struct example[]){{0, "a", true}, {1, "b", true}, {2, "c", true}}, 3);
}

static void trials_without_an_answer_have_no_vote(void **state)
{
    (void)state;
    compare(
        "unsure",
        (struct example[]){{0, NULL, false}, {1, "a", false}, {2, NULL, false}, {0, NULL, false}},
        4);
}

static void what_a_trial_checks_itself_is_left_alone(void **state)
{
    (void)state;
    compare("tiny", (struct example[]){{0, "a", false}, {1, "b", false}, {2, "a", false}}, 3);
}

/* With 1 and 2 threads the work differs, and so may the answers. */
static void threads_are_not_mixed(void **state)
{
    (void)state;
    struct suite_request request;
    struct suite_plan plan;
    struct trial_record *results = memory_new(MOST * sizeof *results);
    made_request(&request, LIST("able", "plain"), LIST("unsure"));
    assert_true(suite_set(&request, "threads", "1,2", NULL));
    request.invocations = 1;
    assert_true(suite_make_plan(&request, &plan, NULL));
    assert_int_equal(plan.trial_count, 4);
    for (size_t i = 0; i < plan.trial_count; i++) {
        size_t row = plan.points[plan.trials[i].point].row;
        record_set_outcome(&results[i], OUTCOME_OK);
        record_set_text(&results[i], TRIAL_ANSWER, row == 0 ? "one" : "two");
    }
    assert_int_equal(suite_compare_answers(&plan, results, plan.trial_count), 0);
    for (size_t i = 0; i < plan.trial_count; i++)
        record_free(&results[i]);
    free(results);
    suite_plan_free(&plan);
    suite_request_free(&request);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_answers_stand),
        cmocka_unit_test(a_minority_is_wrong),
        cmocka_unit_test(without_a_majority_none_is_believed),
        cmocka_unit_test(trials_without_an_answer_have_no_vote),
        cmocka_unit_test(what_a_trial_checks_itself_is_left_alone),
        cmocka_unit_test(threads_are_not_mixed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
