/* SPDX-License-Identifier: MIT
 *
 * What the doctor makes of machines that are made up, and what he hears.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "suite/doctor.h"

static const struct {
    const char *key, *fine, *spoils, *about;
} facts[] = {
    {"build_type", "Release", "Debug", "build"},
    {"sanitizers", "none", "thread", "sanitizers"},
    {"governor", "performance", "powersave performance", "frequency governor"},
    {"turbo", "off", "on", "turbo"},
    {"smt_active", "0", "1", "several threads a core"},
    {"clock_source", "tsc", "hpet", "clock source"},
    {"transparent_huge_pages", "always [madvise] never", "[always] madvise never", "huge pages"},
    {"overcommit", "0", "2", "overcommit of memory"},
    {"load", "0.49 9.00 9.00 1/98 19605", "0.50 0.00 0.00 1/98 19605", "load"},
    {"pressure_cpu", "some avg10=0.99 avg60=9.00", "some avg10=1.00 avg60=0.00",
     "waiting for processors"},
    {"pressure_memory", "some avg10=0.00", "some avg10=12.50", "waiting for memory"},
    {"cgroup_cpu_max", "max 100000", "150000 100000", "CPU quota"},
    {"virtual_machine", "no", "yes", "virtual machine"},
    {"processors_allowed", "2", "1", "processors"},
};
enum { FACTS = sizeof facts / sizeof *facts };

static const struct doctor_listening quiet = {
    .length_ns = 1000000000, .lost_ns = 9000000, .longest_ns = 900000, .reading_ns = 30};

static const struct doctor_finding *find(const struct doctor_findings *list, const char *about)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->findings[i].about, about) == 0)
            return &list->findings[i];
    fail_msg("nothing about %s", about);
    return NULL;
}

/* All facts are fine but the one with this index. */
static struct doctor_findings examine(size_t spoilt, const struct doctor_listening *heard)
{
    struct store_environment environment = {0};
    for (size_t i = 0; i < FACTS; i++)
        store_environment_add(&environment, facts[i].key,
                              i == spoilt ? facts[i].spoils : facts[i].fine);
    store_environment_add(&environment, "memory_total", "1048576 kB");
    store_environment_add(&environment, "memory_available",
                          spoilt == FACTS + 1 ? "104000 kB" : "105000 kB");
    struct doctor_findings list = doctor_examine(&environment, heard);
    store_environment_free(&environment);
    return list;
}

static void each_fact_spoils_on_its_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < FACTS; i++) {
        struct doctor_findings list = examine(i, &quiet);
        const struct doctor_finding *finding = find(&list, facts[i].about);
        if (finding->verdict != DOCTOR_SPOILS || doctor_count(&list, DOCTOR_SPOILS) != 1)
            fail_msg("%s: %zu things spoil", facts[i].about, doctor_count(&list, DOCTOR_SPOILS));
        assert_string_equal(finding->found, facts[i].spoils);
        assert_string_not_equal(finding->harm, "");
        assert_string_not_equal(finding->mend, "");
        doctor_findings_free(&list);
    }
}

static void a_quiet_machine_is_fine(void **state)
{
    (void)state;
    struct doctor_findings list = examine(FACTS, &quiet);
    assert_int_equal(doctor_count(&list, DOCTOR_SPOILS), 0);
    assert_int_equal(doctor_count(&list, DOCTOR_UNKNOWN), 0);
    assert_string_equal(find(&list, "lost to others")->found, "0.90 %");
    assert_string_equal(find(&list, "load")->harm, "");
    doctor_findings_free(&list);
    list = examine(FACTS + 1, &quiet);
    assert_int_equal(find(&list, "memory available")->verdict, DOCTOR_SPOILS);
    doctor_findings_free(&list);
}

static void what_is_not_told_is_unknown(void **state)
{
    (void)state;
    struct store_environment environment = {0};
    struct doctor_listening nothing = {0};
    store_environment_add(&environment, "load", NULL);
    struct doctor_findings list = doctor_examine(&environment, &nothing);
    assert_int_equal(doctor_count(&list, DOCTOR_UNKNOWN), list.count);
    doctor_findings_free(&list);
    store_environment_free(&environment);
}

static void what_is_heard_spoils(void **state)
{
    (void)state;
    const struct {
        struct doctor_listening heard;
        const char *about;
    } loud[] = {
        {{.length_ns = 1000, .lost_ns = 11, .reading_ns = 30}, "lost to others"},
        {{.length_ns = 1000, .longest_ns = 1000001, .reading_ns = 30}, "longest interruption"},
        {{.length_ns = 1000, .reading_ns = 201}, "reading the clock"},
        {{.length_ns = 1000, .reading_ns = 30, .stolen_ns = 11}, "stolen by other machines"},
        {{.length_ns = 1000, .reading_ns = 30, .throttled_ns = 11}, "stopped by a quota"},
    };
    for (size_t i = 0; i < sizeof loud / sizeof *loud; i++) {
        struct doctor_findings list = examine(FACTS, &loud[i].heard);
        assert_int_equal(doctor_count(&list, DOCTOR_SPOILS), 1);
        assert_int_equal(find(&list, loud[i].about)->verdict, DOCTOR_SPOILS);
        doctor_findings_free(&list);
    }
}

/* Whatever else the machine does meanwhile. */
static void listening_adds_up(void **state)
{
    (void)state;
    uint64_t before_ns = clock_now_ns();
    struct doctor_listening heard = doctor_listen(2000000);
    uint64_t most_ns = clock_now_ns() - before_ns;
    assert_true(heard.length_ns >= 2000000 && heard.length_ns <= most_ns);
    assert_true(heard.lost_ns <= heard.length_ns);
    assert_true(heard.longest_ns <= heard.lost_ns);
    assert_true(heard.reading_ns >= 0 && heard.reading_ns <= DOCTOR_GAP_NS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fact_spoils_on_its_own), cmocka_unit_test(a_quiet_machine_is_fine),
        cmocka_unit_test(what_is_not_told_is_unknown), cmocka_unit_test(what_is_heard_spoils),
        cmocka_unit_test(listening_adds_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
