/* SPDX-License-Identifier: MIT
 *
 * Addresses that are the same in each process; see layout.h.
 */
#include "command/layout.h"

#include <limits.h>
#include <sys/personality.h>
#include <unistd.h>

#include "measure/process.h"

#define ASK_ONLY 0xffffffffUL

void layout_begin(char **argv)
{
    char path[PATH_MAX];
    int now = personality(ASK_ONLY);
    if (now == -1 || (now & ADDR_NO_RANDOMIZE) != 0 || process_is_under_valgrind())
        return;
    /* By its path, since the process gets its name from it. */
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0 || personality((unsigned long)now | ADDR_NO_RANDOMIZE) == -1)
        return;
    path[length] = '\0';
    /* A kernel that obeys in words only would have it begin for ever. */
    if ((personality(ASK_ONLY) & ADDR_NO_RANDOMIZE) != 0)
        execv(path, argv);
}
