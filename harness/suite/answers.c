/* SPDX-License-Identifier: MIT
 *
 * Whether all collectors gave the same answer; see answers.h.
 */
#include "suite/answers.h"

#include <stdlib.h>
#include <string.h>

/* The trials whose answers must be equal: those of one workload at one number of threads. */
struct group {
    const struct suite_plan *plan;
    struct trial_record *results;
    size_t done;
    size_t workload;
    uint32_t threads;
};

/* The answer of trial `i` if it belongs to the group and ran to its end, else NULL. */
static const char *answer_of(const struct group *group, size_t i)
{
    const struct suite_point *point = &group->plan->points[group->plan->trials[i].point];
    const struct suite_row *row = &group->plan->rows[point->row];
    if (row->workload != group->workload || row->threads != group->threads ||
        record_outcome(&group->results[i], OUTCOME_COUNT) != OUTCOME_OK)
        return NULL;
    return record_text(&group->results[i], TRIAL_ANSWER, NULL);
}

static size_t votes_for(const struct group *group, const char *answer)
{
    size_t votes = 0;
    for (size_t i = 0; i < group->done; i++) {
        const char *other = answer_of(group, i);
        votes += other != NULL && strcmp(other, answer) == 0;
    }
    return votes;
}

/* The answer of more than half of the trials, or NULL; *total is how many answered. A candidate
 * that survives being paired off against all others (Boyer and Moore's vote) is then counted. */
static const char *majority(const struct group *group, size_t *total)
{
    const char *candidate = NULL;
    size_t lead = 0;
    *total = 0;
    for (size_t i = 0; i < group->done; i++) {
        const char *answer = answer_of(group, i);
        if (answer == NULL)
            continue;
        ++*total;
        if (lead == 0)
            candidate = answer;
        if (strcmp(candidate, answer) == 0)
            lead++;
        else
            lead--;
    }
    if (candidate == NULL || 2 * votes_for(group, candidate) <= *total)
        return NULL;
    return candidate;
}

static void condemn(struct trial_record *record, const char *answer, const char *expected,
                    size_t votes, size_t total)
{
    struct text cause = {0};
    if (expected != NULL)
        text_format(&cause, "its answer is %s, where %zu of %zu trials of this work gave %s",
                    answer, votes, total, expected);
    else
        text_format(&cause,
                    "its answer is %s, and the %zu trials of this work agree on none, so that no "
                    "answer can be believed",
                    answer, total);
    record_set_text(record, TRIAL_CAUSE, text_chars(&cause));
    if (expected != NULL)
        record_set_text(record, TRIAL_ANSWER_EXPECTED, expected);
    record_set_outcome(record, OUTCOME_WRONG_ANSWER);
    text_free(&cause);
}

static size_t judge(const struct group *group)
{
    size_t total, changed = 0;
    const char *found = majority(group, &total);
    char *expected = found != NULL ? memory_copy_text(found) : NULL;
    size_t votes = expected != NULL ? votes_for(group, expected) : 0;
    for (size_t i = 0; i < group->done; i++) {
        const char *answer = answer_of(group, i);
        if (answer == NULL || (expected != NULL && strcmp(answer, expected) == 0))
            continue;
        condemn(&group->results[i], answer, expected, votes, total);
        changed++;
    }
    free(expected);
    return changed;
}

size_t suite_compare_answers(const struct suite_plan *plan, struct trial_record *results,
                             size_t done)
{
    const struct suite_request *request = plan->request;
    size_t changed = 0;
    for (size_t w = 0; w < request->entries.workload_count; w++) {
        if (request->entries.workloads[w].kernel->expected != NULL)
            continue;
        for (size_t t = 0; t < request->thread_count; t++) {
            struct group group = {plan, results, done, w, request->threads[t]};
            changed += judge(&group);
        }
    }
    return changed;
}
