/* SPDX-License-Identifier: MIT
 *
 * The trial's side of supervision: records go up a pipe as JSON, one a line; the phase and the
 * latest event lie in memory shared with the supervisor.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/files.h"
#include "trial/guard.h"
#include "trial/trial.h"

static void send_json(int fd, json_t *json)
{
    char *line = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    if (line == NULL)
        return;
    size_t length = strlen(line);
    line[length] = '\n'; /* the terminator's place: the line goes out by length */
    files_write_all(fd, line,
                    length + 1); /* else the supervisor is gone, and this process soon is */
    free(line);
}

static void send_record(void *user, const struct trial_record *record)
{
    send_json(*(const int *)user, record_to_json_with_events(record));
}

int trial_serve(const struct trial_spec *spec, int result_fd, int state_fd)
{
    enum { SYSTEM_FAILED = 3 };
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    struct trial_state *state =
        mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED, state_fd, 0);
    /* A supervisor that died before prctl is no longer the parent: nobody wants this trial. */
    if (state == MAP_FAILED || getppid() != state->supervisor)
        return SYSTEM_FAILED;
    /* Before it takes memory that would be counted elsewhere. */
    if (state->group_fd != 0 &&
        (write(state->group_fd, "0", 1) != 1 || close(state->group_fd) != 0))
        return SYSTEM_FAILED;
    guard_tell(state->guard_fd);
    struct error error = {0};
    int status = trial_execute(spec, state, send_record, &result_fd, &error);
    if (error.kind != ERROR_NONE)
        send_json(result_fd, json_pack("{s:s}", "error", error.text));
    return status;
}
