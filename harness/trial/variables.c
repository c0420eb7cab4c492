/* SPDX-License-Identifier: MIT
 *
 * Environment variables of trials; see variables.h.
 */
#include "trial/variables.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"

extern char **environ;

static const char TUNABLES[] = "GLIBC_TUNABLES=";
static const char TUNABLE[] = "glibc.rtld.optional_static_tls";
enum { ROOM_BYTES = 8192 };

static bool is_tunables(const char *variable)
{
    return strncmp(variable, TUNABLES, strlen(TUNABLES)) == 0;
}

static char *with_room(const char *tunables)
{
    struct text text = {0};
    text_append(&text, tunables);
    if (strstr(tunables, TUNABLE) == NULL)
        text_format(&text, "%s%s=%d", strlen(tunables) > strlen(TUNABLES) ? ":" : "", TUNABLE,
                    ROOM_BYTES);
    return text.chars;
}

char **variables_for_trial(void)
{
    size_t count = 0, made = 0;
    while (environ != NULL && environ[count] != NULL)
        count++;
    char **variables = memory_new((count + 2) * sizeof *variables);
    bool is_there = false;
    for (size_t i = 0; i < count; i++) {
        bool is_it = is_tunables(environ[i]);
        variables[made++] = is_it ? with_room(environ[i]) : memory_copy_text(environ[i]);
        is_there = is_there || is_it;
    }
    if (!is_there)
        variables[made] = with_room(TUNABLES);
    return variables;
}

void variables_free(char **variables)
{
    for (size_t i = 0; variables[i] != NULL; i++)
        free(variables[i]);
    free(variables);
}
