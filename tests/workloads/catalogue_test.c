/* SPDX-License-Identifier: MIT
 *
 * Does the catalogue (docs/workloads.md) have a section for every workload that names each of its
 * parameters, says whether each thread does the work, and warns?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <heapmark/workload.h>

static char *catalogue;

static int read_catalogue(void **state)
{
    (void)state;
    size_t length = 0;
    FILE *file = fopen(CATALOGUE, "r");
    if (file == NULL)
        return -1;
    ssize_t got = getdelim(&catalogue, &length, '\0', file);
    fclose(file);
    return got > 0 ? 0 : -1;
}

static int free_catalogue(void **state)
{
    (void)state;
    free(catalogue);
    return 0;
}

/* The section's text, to be freed. */
static char *section_of(const char *name)
{
    char heading[128];
    snprintf(heading, sizeof heading, "\n## `%s`\n", name);
    const char *begin = strstr(catalogue, heading);
    if (begin == NULL)
        fail_msg("no section '## `%s`'", name);
    const char *end = strstr(begin + 1, "\n## ");
    return end == NULL ? strdup(begin) : strndup(begin, (size_t)(end - begin));
}

static void assert_says(const char *workload, const char *section, const char *words)
{
    if (strstr(section, words) == NULL)
        fail_msg("the section of %s does not say: %s", workload, words);
}

static void assert_described(const struct hm_workload *workload)
{
    char *section = section_of(workload->name);
    for (const struct hm_setting *const *row = workload->parameters; *row != NULL; row++) {
        char words[128];
        snprintf(words, sizeof words, "| `%s` |", (*row)->name);
        assert_says(workload->name, section, words);
    }
    assert_says(workload->name, section,
                workload->sharing == HM_EACH ? "**Threads:** each does the work"
                                             : "**Threads:** they share the work");
    assert_says(workload->name, section, "**Stresses:**");
    assert_says(workload->name, section, "**Do not conclude:**");
    assert_says(workload->name, section, "**Source:**");
    free(section);
}

static void every_workload_is_described(void **state)
{
    (void)state;
    for (const struct hm_workload *const *w = hm_workloads; *w != NULL; w++)
        assert_described(*w);
}

/* A section of a workload that is gone would mislead. */
static void every_section_has_its_workload(void **state)
{
    (void)state;
    size_t sections = 0;
    for (const char *at = catalogue; (at = strstr(at, "\n## `")) != NULL; at++) {
        const char *name = at + strlen("\n## `");
        size_t length = strcspn(name, "`");
        const struct hm_workload *const *w = hm_workloads;
        while (*w != NULL &&
               (strlen((*w)->name) != length || strncmp((*w)->name, name, length) != 0))
            w++;
        if (*w == NULL)
            fail_msg("there is no workload %.*s", (int)length, name);
        sections++;
    }
    assert_true(sections > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_workload_is_described),
        cmocka_unit_test(every_section_has_its_workload),
    };
    return cmocka_run_group_tests_name("workloads/catalogue", tests, read_catalogue,
                                       free_catalogue);
}
