/* SPDX-License-Identifier: MIT
 *
 * The driver's child process, finding workloads, and printing.
 */
#include "drive.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int child_pipe = -1; /* in the child only */

/* A result is smaller than PIPE_BUF, so one write is whole. */
static void send_and_exit(const struct drive_result *result)
{
    ssize_t sent = write(child_pipe, result, sizeof *result);
    _exit(sent == (ssize_t)sizeof *result ? 0 : 1);
}

void drive_run_child(const struct drive_request *request, struct drive_result *result,
                     unsigned limit_s)
{
    int ends[2];
    fflush(NULL);
    if (pipe(ends) != 0)
        abort();
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        child_pipe = ends[1];
        alarm(limit_s);
        drive_run(request, result, send_and_exit);
        send_and_exit(result);
    }
    close(ends[1]);
    ssize_t got = child > 0 ? read(ends[0], result, sizeof *result) : 0;
    close(ends[0]);
    int status = 0;
    if (child > 0)
        waitpid(child, &status, 0);
    if (got == (ssize_t)sizeof *result && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return;
    memset(result, 0, sizeof *result);
    result->verdict = DRIVE_CRASHED;
    if (WIFSIGNALED(status))
        snprintf(result->sentence, sizeof result->sentence, "the child ended by signal %d (%s)",
                 WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(result->sentence, sizeof result->sentence, "the child told nothing");
}

const struct hm_workload *drive_workload(const char *name)
{
    for (const struct hm_workload *const *row = hm_workloads; *row != NULL; row++)
        if (strcmp((*row)->name, name) == 0)
            return *row;
    return NULL;
}

static void print_figure(FILE *out, const char *name, uint64_t value)
{
    if (value != HM_UNKNOWN)
        fprintf(out, "  %-18s %llu\n", name, (unsigned long long)value);
}

static void print_statistics(FILE *out, const struct hm_statistics *s)
{
    print_figure(out, "held_bytes", s->held_bytes);
    print_figure(out, "held_peak_bytes", s->held_peak_bytes);
    print_figure(out, "live_objects", s->live_objects);
    print_figure(out, "live_bytes", s->live_bytes);
    print_figure(out, "allocated_objects", s->allocated_objects);
    print_figure(out, "allocated_bytes", s->allocated_bytes);
    print_figure(out, "collections", s->collections);
    print_figure(out, "increments", s->increments);
    print_figure(out, "decrements", s->decrements);
    print_figure(out, "atomic_operations", s->atomic_operations);
    print_figure(out, "longest_cascade", s->longest_cascade);
    print_figure(out, "cycle_candidates", s->cycle_candidates);
    print_figure(out, "cycle_freed", s->cycle_freed);
}

void drive_print(FILE *out, const struct drive_request *request, const struct drive_result *result)
{
    static const char *const words[] = {"ok",          "wrong",         "usage",
                                        "unsupported", "out of memory", "crashed"};
    fprintf(out, "%s on %s/%s, %s, %u threads: %s%s%s\n", request->workload->name,
            request->plugin->plugin->name, request->plugin->variant->name,
            result->kernel ? "inline" : "table", request->threads, words[result->verdict],
            result->sentence[0] != '\0' ? ": " : "", result->sentence);
    fprintf(out, "  %-18s %llu%s\n", "answer", (unsigned long long)result->answer,
            result->has_expected ? "" : " (nothing to compare with)");
    print_figure(out, "operations", result->operations);
    print_figure(out, "step_ns", result->step_ns);
    print_statistics(out, &result->statistics);
    if (!result->has_census)
        return;
    print_figure(out, "census objects", result->census.objects);
    print_figure(out, "census bytes", result->census.bytes);
    print_figure(out, "unreachable", result->census.unreachable_objects);
    print_figure(out, "unreachable bytes", result->census.unreachable_bytes);
}
