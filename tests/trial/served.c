/* SPDX-License-Identifier: MIT
 *
 * A test as the program of its trials; see served.h.
 */
#include "served.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int served_trial(int argc, char **argv)
{
    struct trial_spec spec;
    struct error error = {0};
    int result_fd = -1, state_fd = -1;
    trial_spec_initialise(&spec);
    for (int i = 2; i < argc; i++) {
        if (sscanf(argv[i], "--result-fd=%d", &result_fd) == 1 ||
            sscanf(argv[i], "--state-fd=%d", &state_fd) == 1)
            continue;
        bool flag = strncmp(argv[i], "--no-", 5) == 0;
        const char *name = argv[i] + 2;
        if (!trial_spec_parse_argument(&spec, name, flag ? NULL : argv[++i], &error))
            return 2;
    }
    int status = trial_serve(&spec, result_fd, state_fd);
    trial_spec_free(&spec);
    return status;
}

void served_replace(char **field, const char *value)
{
    free(*field);
    *field = memory_copy_text(value);
}
