/* SPDX-License-Identifier: MIT
 *
 * Making recordings; see recordings.h.
 */
#include "suite/recordings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "plugin/digest.h"

static const char ORACLE[] = "oracle";

static bool needs_one(const struct suite_plan *plan, const struct suite_point *point)
{
    const struct suite_collector *collector = &plan->request->entries.collectors[point->collector];
    return point->unsupported == NULL && collector->can->capabilities.replays;
}

bool recordings_are_needed(const struct suite_plan *plan)
{
    for (size_t i = 0; i < plan->point_count; i++)
        if (needs_one(plan, &plan->points[i]))
            return true;
    return false;
}

/* "FOLDER/binary-trees-0123456789abcdef.recording": the digits are a digest of the work. */
static bool name_file(const struct recordings_making *making, const struct suite_plan *plan,
                      const struct suite_point *point, struct text *path, struct error *error)
{
    enum { DIGITS = 16 };
    const struct hm_workload *workload =
        plan->request->entries.workloads[plan->rows[point->row].workload].kernel;
    struct hm_plan work_plan;
    struct text work = {0};
    char digest[65];
    if (!trial_spec_plan(&point->spec, workload, &work_plan, error))
        return false;
    trial_spec_append_work(&work, &point->spec, workload, &work_plan);
    digest_text(text_chars(&work), digest);
    text_format(path, "%s/%s-%.*s.recording", making->folder, workload->name, DIGITS, digest);
    text_free(&work);
    free((void *)(uintptr_t)work_plan.parameters);
    return true;
}

/* Why there is none, in a sentence that the caller frees; NULL where there is. */
static char *record(const struct recordings_making *making, const struct suite_plan *plan,
                    const struct suite_point *point, const char *oracle, const char *path,
                    struct error *error)
{
    struct trial_spec spec;
    struct trial_record result = {0};
    const struct trial_attention attention = {.interrupted = making->interrupted};
    /* It is no measurement, so memory is not made scarce for it. */
    const struct trial_limits limits = {.time_ns = plan->request->limits.time_ns,
                                        .memory_bytes = plan->request->limits.memory_bytes};
    struct text why = {0};
    trial_spec_copy(&spec, &point->spec);
    char **const fields[] = {&spec.plugin_path, &spec.variant, &spec.options, &spec.label};
    const char *const texts[] = {oracle, "", "", ORACLE};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        free(*fields[i]);
        *fields[i] = memory_copy_text(texts[i]);
    }
    spec.dispatch = TRIAL_DISPATCH_TABLE;
    spec.heap_bytes = 0;
    spec.stamps = false;
    if (trial_supervise(&spec, &limits, &attention, &result, error)) {
        bool fine = record_outcome(&result, OUTCOME_REFUSED) == OUTCOME_OK;
        if (!fine || access(path, R_OK) != 0)
            text_format(&why, "its recording could not be made: the oracle's run ended as %s%s%s",
                        record_text(&result, TRIAL_OUTCOME, "unknown"), fine ? "" : ": ",
                        fine ? ", and left no file" : record_text(&result, TRIAL_CAUSE, "unknown"));
        if (!fine)
            unlink(path); /* of a part of the work */
    }
    record_free(&result);
    trial_spec_free(&spec);
    return why.chars;
}

/* What was tried in vain is not tried again for the next collector. */
static bool has_failed(const struct suite_plan *plan, struct suite_point *point, const char *path)
{
    for (const struct suite_point *other = plan->points; other < point; other++) {
        if (other->unsupported != NULL && strcmp(other->spec.recording, path) == 0) {
            point->unsupported = memory_copy_text(other->unsupported);
            return true;
        }
    }
    return false;
}

/* Give the point the file's name. */
static bool set_file(const struct recordings_making *making, const struct suite_plan *plan,
                     struct suite_point *point, struct error *error)
{
    struct text path = {0};
    bool fine = name_file(making, plan, point, &path, error);
    if (fine) {
        free(point->spec.recording);
        point->spec.recording = memory_copy_text(text_chars(&path));
    }
    text_free(&path);
    return fine;
}

static bool is_named_before(const struct suite_plan *plan, const struct suite_point *point)
{
    for (const struct suite_point *other = plan->points; other < point; other++)
        if (strcmp(other->spec.recording, point->spec.recording) == 0)
            return true;
    return false;
}

bool recordings_foresee(const struct recordings_making *making, struct suite_plan *plan,
                        struct error *error)
{
    for (size_t i = 0; i < plan->point_count; i++) {
        struct suite_point *point = &plan->points[i];
        if (!needs_one(plan, point))
            continue;
        if (!set_file(making, plan, point, error))
            return false;
        if (access(point->spec.recording, F_OK) != 0 && !is_named_before(plan, point))
            making->begins(making->user, point);
    }
    return true;
}

static bool make_one(const struct recordings_making *making, struct suite_plan *plan,
                     struct suite_point *point, const char *oracle, struct error *error)
{
    if (!set_file(making, plan, point, error))
        return false;
    const char *path = point->spec.recording;
    if (access(path, F_OK) != 0 && !has_failed(plan, point, path)) {
        if (making->begins != NULL)
            making->begins(making->user, point);
        point->unsupported = record(making, plan, point, oracle, path, error);
    }
    return error->kind == ERROR_NONE && *making->interrupted == 0;
}

static bool make_folder(const char *folder, struct error *error)
{
    if (files_make_folder(folder))
        return true;
    return error_user(error, "cannot make the folder '%s' for recordings: %s", folder,
                      strerror(errno));
}

bool recordings_make(const struct recordings_making *making, struct suite_plan *plan,
                     struct error *error)
{
    char *oracle = NULL;
    bool fine = make_folder(making->folder, error) && plugin_find(ORACLE, &oracle, error);
    for (size_t i = 0; fine && i < plan->point_count; i++)
        if (needs_one(plan, &plan->points[i]))
            fine = make_one(making, plan, &plan->points[i], oracle, error);
    free(oracle);
    return fine;
}
