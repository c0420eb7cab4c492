/* SPDX-License-Identifier: MIT
 *
 * Reports and pictures reach the disk whole, or what was there stays.
 */
#ifndef HEAPMARK_REPORT_DELIVER_H
#define HEAPMARK_REPORT_DELIVER_H

#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"

/* Where a file of that path goes: where a link leads if there is one, so that the link stays; owned
 * by the caller. A path at which nothing is stays as it is. NULL: the user's mistake, a path that
 * is a directory or anything but a plain file, or may not be written. `what` is what is to be
 * written, for the error: "report". */
char *deliver_find_target(const char *path, const char *what, struct error *error);

/* Write `content`, which may hold any bytes, beside `target`, and rename it when it is whole on the
 * disk: what was there is replaced or left as it was. `path` is what the user calls it. A folder
 * that is not there is the user's mistake; other failures, such as a full disk, are the system's.
 */
bool deliver_replace(const char *target, const struct text *content, const char *path,
                     const char *what, struct error *error);

#endif
