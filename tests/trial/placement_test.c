/* SPDX-License-Identifier: MIT
 *
 * Where a trial's threads and memory were to go and where they went, as its record tells it,
 * against what the operating system is asked here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../topology/refuse_mempolicy.h"
#include "served.h"
#include "trial/placement.h"

enum { WORKERS = 2 }; /* registered by `faulty` with fault=threads */

static struct trial_record run(const char *options, uint32_t threads, enum topology_policy pin,
                               struct topology_memory memory)
{
    static const struct trial_limits generous = {.time_ns = 60000000000};
    struct trial_spec spec;
    struct trial_record record = {0};
    struct error error = {0};
    trial_spec_initialise(&spec);
    served_replace(&spec.plugin_path, FAULTY);
    served_replace(&spec.options, options);
    served_replace(&spec.workload, "binary-trees");
    served_replace(&spec.parameters, "depth=6,iterations=2");
    spec.threads = threads;
    spec.pin = pin;
    spec.memory = memory;
    assert_true(trial_supervise(&spec, &generous, NULL, &record, &error));
    trial_spec_free(&spec);
    return record;
}

static struct trial_record run_pinned(const char *options, uint32_t threads,
                                      enum topology_policy pin)
{
    struct trial_record record =
        run(options, threads, pin, (struct topology_memory){TOPOLOGY_MEMORY_NONE, 0});
    if (record_outcome(&record, OUTCOME_COUNT) != OUTCOME_OK)
        fail_msg("%s: %s", options, record_text(&record, TRIAL_CAUSE, "no cause"));
    return record;
}

static void assert_field(const struct trial_record *record, enum trial_field field,
                         const char *expected)
{
    const char *found = record_text(record, field, "(unknown)");
    if (strcmp(found, expected) != 0)
        fail_msg("%s is '%s', not '%s'", record_fields[field].column, found, expected);
}

static void assert_in_field(const struct trial_record *record, enum trial_field field,
                            const char *part, bool there)
{
    const char *found = record_text(record, field, "(unknown)");
    if ((strstr(found, part) != NULL) != there)
        fail_msg("%s is '%s': '%s' is %s", record_fields[field].column, found, part,
                 there ? "missing" : "too much");
}

/* ThreadSanitizer starts a thread of its own, which nobody has registered either. */
static void assert_others(const struct trial_record *record, const char *expected)
{
#ifdef __SANITIZE_THREAD__
    assert_in_field(record, TRIAL_OTHER_THREADS, expected, true);
#else
    assert_field(record, TRIAL_OTHER_THREADS, expected);
#endif
}

/* Run on as many PUs as there are, and on one of them only. */
static void on_all_and_on_one(void (*check)(const struct topology *topology))
{
    cpu_set_t all, one;
    assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
    CPU_ZERO(&one);
    for (size_t i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; i++)
        if (CPU_ISSET(i, &all))
            CPU_SET(i, &one);
    struct error error = {0};
    struct topology *topology = topology_load(&error);
    assert_non_null(topology);
    check(topology);
    topology_free(topology);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    topology = topology_load(&error);
    assert_non_null(topology);
    check(topology);
    topology_free(topology);
    assert_int_equal(sched_setaffinity(0, sizeof all, &all), 0);
}

/* The list of all PUs that this process may use, as the system writes it. */
static void append_allowed(struct text *text, const struct topology *topology)
{
    struct topology_got got;
    const struct topology_placement unpinned = {0};
    topology_read_back(topology, &unpinned, &got);
    text_append(text, got.os_pus);
}

static void expect_workers(const struct topology *topology, uint32_t threads)
{
    struct topology_plan plan = topology_make_plan(topology, TOPOLOGY_COMPACT, threads);
    struct text asked = {0}, got = {0};
    for (unsigned i = 0; i < WORKERS; i++) {
        struct topology_placement worker = topology_worker_placement(&plan, i);
        text_append(&asked, i == 0 ? "" : " ");
        text_append(&got, i == 0 ? "" : " ");
        if (worker.pinned) {
            text_format(&asked, "%u", worker.os_pu);
            text_format(&got, "%u", worker.os_pu);
        } else {
            text_append(&asked, "any");
            append_allowed(&got, topology);
        }
    }
    struct trial_record record = run_pinned("fault=threads", threads, TOPOLOGY_COMPACT);
    assert_field(&record, TRIAL_WORKERS_ASKED, text_chars(&asked));
    assert_field(&record, TRIAL_WORKERS_GOT, text_chars(&got));
    record_free(&record);
    text_free(&asked);
    text_free(&got);
    topology_plan_free(&plan);
}

static void check_workers(const struct topology *topology)
{
    expect_workers(topology, 1);
    expect_workers(topology, topology_allowed_count(topology));
}

static void registered_threads_take_what_mutators_left(void **state)
{
    (void)state;
    on_all_and_on_one(check_workers);
}

static void check_stray(const struct topology *topology)
{
    struct text expected = {0};
    text_append(&expected, "stray: ");
    append_allowed(&expected, topology);
    struct trial_record record = run_pinned("fault=threads", 1, TOPOLOGY_COMPACT);
    assert_others(&record, text_chars(&expected));
    assert_in_field(&record, TRIAL_WARNING, "did not register", false);
    record_free(&record);
    text_free(&expected);
}

static void what_open_starts_may_run_everywhere(void **state)
{
    (void)state;
    on_all_and_on_one(check_stray);
}

static void check_stuck(const struct topology *topology)
{
    struct topology_plan plan = topology_make_plan(topology, TOPOLOGY_COMPACT, 1);
    struct text expected = {0};
    text_format(&expected, "stray: %u", plan.placements[0].os_pu);
    struct trial_record record = run_pinned("fault=stray-of-mutator", 1, TOPOLOGY_COMPACT);
    assert_others(&record, text_chars(&expected));
    assert_in_field(&record, TRIAL_WARNING, "did not register",
                    topology_allowed_count(topology) > 1);
    record_free(&record);
    text_free(&expected);
    topology_plan_free(&plan);
}

static void what_a_mutator_starts_inherits_and_is_doubted(void **state)
{
    (void)state;
    on_all_and_on_one(check_stuck);
}

/* With a mutator on each PU there is none left, and what the mutator gave does not bind it. */
static void check_released(const struct topology *topology)
{
    struct text allowed = {0};
    append_allowed(&allowed, topology);
    struct trial_record record =
        run_pinned("fault=stray-of-mutator", topology_allowed_count(topology), TOPOLOGY_COMPACT);
    assert_field(&record, TRIAL_WORKERS_ASKED, "any");
    assert_field(&record, TRIAL_WORKERS_GOT, text_chars(&allowed));
    record_free(&record);
    text_free(&allowed);
}

static void a_registered_thread_keeps_nothing_inherited(void **state)
{
    (void)state;
    on_all_and_on_one(check_released);
}

static void check_sampler(const struct topology *topology)
{
    struct text expected = {0};
    text_format(&expected, "sampled on %u PUs", topology_allowed_count(topology));
    struct trial_record record = run_pinned("fault=sampled", 1, TOPOLOGY_COMPACT);
    assert_in_field(&record, TRIAL_WARNING, text_chars(&expected), true);
    record_free(&record);
    text_free(&expected);
}

/* The harness's own thread does not take turns with mutator 0, which starts it. */
static void the_sampler_is_not_bound_to_a_mutators_unit(void **state)
{
    (void)state;
    on_all_and_on_one(check_sampler);
}

static void mutators_are_read_back_at_the_end(void **state)
{
    (void)state;
    struct error error = {0};
    struct topology *topology = topology_load(&error);
    struct topology_plan plan = topology_make_plan(topology, TOPOLOGY_SCATTER, 3);
    struct text asked = {0}, pus = {0};
    topology_append_asked(&asked, &plan);
    for (unsigned i = 0; i < 3; i++)
        text_format(&pus, "%s%u", i == 0 ? "" : " ", plan.placements[i].os_pu);
    struct trial_record record = run_pinned("fault=sound", 3, TOPOLOGY_SCATTER);
    assert_field(&record, TRIAL_PIN_ASKED, text_chars(&asked));
    assert_field(&record, TRIAL_PIN_GOT, text_chars(&pus));
    assert_field(&record, TRIAL_PIN_LAST, text_chars(&pus));
    assert_false(record_is_known(&record, TRIAL_WORKERS_ASKED));
    assert_in_field(&record, TRIAL_OTHER_THREADS, "stray", false);
    record_free(&record);
    text_free(&asked);
    text_free(&pus);
    topology_plan_free(&plan);
    topology_free(topology);
}

static void without_pinning_nobody_is_bound(void **state)
{
    (void)state;
    struct error error = {0};
    struct topology *topology = topology_load(&error);
    struct text allowed = {0}, both = {0};
    append_allowed(&allowed, topology);
    text_format(&both, "%s %s", text_chars(&allowed), text_chars(&allowed));
    struct trial_record record = run_pinned("fault=threads", 1, TOPOLOGY_NONE);
    assert_field(&record, TRIAL_PIN_ASKED, "none");
    assert_field(&record, TRIAL_PIN_GOT, text_chars(&allowed));
    assert_field(&record, TRIAL_WORKERS_ASKED, "any any");
    assert_field(&record, TRIAL_WORKERS_GOT, text_chars(&both));
    record_free(&record);
    text_free(&allowed);
    text_free(&both);
    topology_free(topology);
}

static void check_told(const struct topology *topology)
{
    struct topology_plan plan = topology_make_plan(topology, TOPOLOGY_COMPACT, 1);
    struct text told = {0};
    text_format(&told, "%u PUs, %u free, the first is %d", topology_allowed_count(topology),
                plan.free_count, plan.free_count > 0 ? (int)plan.free[0].os_pu : -1);
    struct trial_record record = run_pinned("fault=look", 1, TOPOLOGY_COMPACT);
    assert_in_field(&record, TRIAL_WARNING, text_chars(&told), true);
    record_free(&record);
    text_free(&told);
    topology_plan_free(&plan);
}

static void a_collector_is_told_of_the_machine(void **state)
{
    (void)state;
    on_all_and_on_one(check_told);
}

static bool is_refused_here(const struct trial_record *record)
{
    return strncmp(record_text(record, TRIAL_MEMORY_GOT, ""), "unsupported here", 16) == 0;
}

static void memory_is_bound_and_read_back(void **state)
{
    (void)state;
    struct trial_record record =
        run("fault=sound", 1, TOPOLOGY_COMPACT, (struct topology_memory){TOPOLOGY_MEMORY_NODE, 0});
    assert_int_equal(record_outcome(&record, OUTCOME_COUNT), OUTCOME_OK);
    assert_field(&record, TRIAL_MEMORY_POLICY, "node:0");
    if (!is_refused_here(&record)) {
        assert_field(&record, TRIAL_MEMORY_GOT, "node:0");
        assert_in_field(&record, TRIAL_WARNING, "memory was not bound", false);
    }
    assert_in_field(&record, TRIAL_COMMAND, "--bind-memory node:0", true);
    record_free(&record);
}

static void a_node_that_is_not_there_is_the_users(void **state)
{
    (void)state;
    struct trial_record record = run("fault=sound", 1, TOPOLOGY_COMPACT,
                                     (struct topology_memory){TOPOLOGY_MEMORY_NODE, 4000});
    assert_int_equal(record_integer(&record, TRIAL_EXIT_STATUS, -1), 2);
    assert_in_field(&record, TRIAL_CAUSE, "There is no NUMA node 4000: there", true);
    record_free(&record);
}

/* The child of a process that may not set policies goes on, and says that it has none. */
static void a_kernel_that_refuses_is_told(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        if (!refuse_mempolicy())
            _exit(0);
        struct trial_record record = run("fault=sound", 1, TOPOLOGY_COMPACT,
                                         (struct topology_memory){TOPOLOGY_MEMORY_INTERLEAVE, 0});
        bool told = record_outcome(&record, OUTCOME_COUNT) == OUTCOME_OK &&
                    strcmp(record_text(&record, TRIAL_MEMORY_GOT, ""),
                           "unsupported here: Operation not permitted") == 0 &&
                    strstr(record_text(&record, TRIAL_WARNING, ""), "memory was not bound") != NULL;
        record_free(&record);
        _exit(told ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void append_doubt(void *user, const char *sentence)
{
    text_format(user, "%s.", sentence);
}

static void assert_doubts(const struct placement *placement, int64_t throttled_ns, const char *said)
{
    struct text text = {0};
    struct trial_record record = {0};
    record_set_integer(&record, TRIAL_THROTTLED_NS, throttled_ns);
    placement_doubt(placement, &record, append_doubt, &text);
    assert_string_equal(text_chars(&text), said);
    text_free(&text);
    record_free(&record);
}

static void limits_and_uneven_cores_are_doubted(void **state)
{
    (void)state;
    struct placement placement = {0};
    assert_doubts(&placement, 0, "");
    assert_doubts(&placement, 1, "a CPU quota stopped the control group in the timed part.");
    placement.plan.over_quota = true;
    placement.plan.mixed_kinds = true;
    assert_doubts(&placement, 0,
                  "more threads than the CPU quota of the control group lets run at once."
                  "the threads ran on cores of different kinds.");
}

/* A mutator that is not where it was to be. */
static void a_miss_is_doubted(void **state)
{
    (void)state;
    struct placement_thread mutator = {.number = 1, .got = {.as_asked = false}};
    struct placement placement = {.plan = {.thread_count = 1}, .mutators = &mutator};
    assert_doubts(&placement, 0,
                  "not every thread was bound to the processor that it was to be bound to.");
    mutator.got.as_asked = true;
    assert_doubts(&placement, 0, "");
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "trial") == 0)
        return served_trial(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registered_threads_take_what_mutators_left),
        cmocka_unit_test(what_open_starts_may_run_everywhere),
        cmocka_unit_test(what_a_mutator_starts_inherits_and_is_doubted),
        cmocka_unit_test(a_registered_thread_keeps_nothing_inherited),
        cmocka_unit_test(the_sampler_is_not_bound_to_a_mutators_unit),
        cmocka_unit_test(mutators_are_read_back_at_the_end),
        cmocka_unit_test(without_pinning_nobody_is_bound),
        cmocka_unit_test(a_collector_is_told_of_the_machine),
        cmocka_unit_test(limits_and_uneven_cores_are_doubted),
        cmocka_unit_test(a_miss_is_doubted),
        cmocka_unit_test(memory_is_bound_and_read_back),
        cmocka_unit_test(a_node_that_is_not_there_is_the_users),
        cmocka_unit_test(a_kernel_that_refuses_is_told),
    };
    return cmocka_run_group_tests_name("trial/placement", tests, NULL, NULL);
}
