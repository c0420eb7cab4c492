/* SPDX-License-Identifier: MIT
 *
 * A specification goes through a command line and comes back whole.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "trial/spec.h"

static void replace(char **field, const char *value)
{
    free(*field);
    *field = memory_copy_text(value);
}

static struct trial_spec unusual(void)
{
    struct trial_spec spec;
    trial_spec_initialise(&spec);
    replace(&spec.label, "my 'own' build");
    replace(&spec.plugin_path, "/tmp/a b.so");
    replace(&spec.variant, "plain");
    replace(&spec.options, "workers=2,mode=fast");
    replace(&spec.workload, "binary-trees");
    replace(&spec.parameters, "depth=3");
    spec.dispatch = TRIAL_DISPATCH_TABLE;
    spec.threads = 7;
    spec.heap_bytes = 12345678901;
    spec.pin = TOPOLOGY_SCATTER;
    spec.memory = (struct topology_memory){TOPOLOGY_MEMORY_NODE, 3};
    spec.seed = 9007199254740993;
    spec.micro_min_time_s = 0.125;
    spec.warm_up = false;
    spec.stamps = false;
    return spec;
}

static void assert_same(const struct trial_spec *a, const struct trial_spec *b)
{
    assert_string_equal(a->label, b->label);
    assert_string_equal(a->plugin_path, b->plugin_path);
    assert_string_equal(a->variant, b->variant);
    assert_string_equal(a->options, b->options);
    assert_string_equal(a->workload, b->workload);
    assert_string_equal(a->parameters, b->parameters);
    assert_int_equal(a->dispatch, b->dispatch);
    assert_int_equal(a->threads, b->threads);
    assert_true(a->heap_bytes == b->heap_bytes);
    assert_int_equal(a->pin, b->pin);
    assert_int_equal(a->memory.kind, b->memory.kind);
    assert_int_equal(a->memory.node, b->memory.node);
    assert_true(a->seed == b->seed);
    assert_true(a->micro_min_time_s == b->micro_min_time_s);
    assert_int_equal(a->warm_up, b->warm_up);
    assert_int_equal(a->stamps, b->stamps);
}

static void goes_through_arguments(void **state)
{
    (void)state;
    struct trial_spec spec = unusual(), back;
    struct text_list arguments = {0};
    struct error error = {0};
    trial_spec_append_arguments(&arguments, &spec);
    trial_spec_initialise(&back);
    for (size_t i = 0; i < arguments.count; i++) {
        const char *name = arguments.items[i] + 2;
        bool flag = strncmp(name, "no-", 3) == 0;
        assert_true(
            trial_spec_parse_argument(&back, name, flag ? NULL : arguments.items[++i], &error));
    }
    assert_same(&spec, &back);
    text_list_free(&arguments);
    trial_spec_free(&back);
    trial_spec_copy(&back, &spec);
    assert_same(&spec, &back);
    trial_spec_free(&back);
    trial_spec_free(&spec);
}

static void the_command_is_one_for_a_shell(void **state)
{
    (void)state;
    struct trial_spec spec = unusual();
    struct text command = {0};
    text_append(&command, "set -- ");
    struct text heapmark = {0};
    trial_spec_append_command(&heapmark, &spec);
    text_append(&command, text_chars(&heapmark));
    text_append(&command, "; printf '%s' \"$4|$6|$8|${10}\"");
    FILE *shell = popen(text_chars(&command), "r");
    assert_non_null(shell);
    char line[200] = "";
    assert_non_null(fgets(line, sizeof line, shell));
    pclose(shell);
    assert_string_equal(line, "/tmp/a b.so|plain|workers=2,mode=fast|my 'own' build");
    text_free(&command);
    text_free(&heapmark);
    trial_spec_free(&spec);
}

static void refuses(const char *name, const char *value, const char *words)
{
    struct trial_spec spec;
    struct error error = {0};
    trial_spec_initialise(&spec);
    assert_false(trial_spec_parse_argument(&spec, name, value, &error));
    assert_int_equal(error.kind, ERROR_USER);
    if (strstr(error.text, words) == NULL)
        fail_msg("'%s' does not contain '%s'", error.text, words);
    trial_spec_free(&spec);
}

static void refusals(void **state)
{
    (void)state;
    refuses("dispatch", "fast", "must be table or inline");
    refuses("threads", "0", "number of threads");
    refuses("threads", "many", "number of threads");
    refuses("heap", "5 parsecs", "heap");
    refuses("pin", "compat", "compact");
    refuses("seed", "-1", "seed");
    refuses("micro-min-time", "0", "least time");
    refuses("nonsense", "1", "no option --nonsense");
    refuses("threads", NULL, "needs a value");
}

static void a_plan_checks_the_workload(void **state)
{
    (void)state;
    struct trial_spec spec;
    struct hm_plan plan;
    struct error error = {0};
    trial_spec_initialise(&spec);
    assert_null(trial_find_workload("binary-tree", &error));
    assert_non_null(strstr(error.text, "did you mean 'binary-trees'?"));
    const struct hm_workload *workload = trial_find_workload("binary-trees", &error);
    assert_non_null(workload);
    replace(&spec.parameters, "dept=3");
    assert_false(trial_spec_plan(&spec, workload, &plan, &error));
    assert_non_null(strstr(error.text, "parameter of binary-trees 'dept'; did you mean 'depth'?"));
    replace(&spec.parameters, "depth=3");
    spec.threads = 2;
    assert_true(trial_spec_plan(&spec, workload, &plan, &error));
    assert_int_equal(plan.parameters[0].integer, 3);
    assert_true(workload->live_bytes(&plan) > 0);
    free((void *)(uintptr_t)plan.parameters);
    trial_spec_free(&spec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_through_arguments),
        cmocka_unit_test(the_command_is_one_for_a_shell),
        cmocka_unit_test(refusals),
        cmocka_unit_test(a_plan_checks_the_workload),
    };
    return cmocka_run_group_tests_name("trial/spec", tests, NULL, NULL);
}
