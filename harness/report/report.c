/* SPDX-License-Identifier: MIT
 *
 * The page becomes a file: written beside and renamed.
 */
#include "report/report.h"

#include <stdlib.h>

#include "report/deliver.h"

bool report_write(const struct report_request *request, struct error *error)
{
    char *target = deliver_find_target(request->out_path, "report", error);
    if (target == NULL)
        return false;
    struct text page = {0};
    bool good = report_make_page(request, &page, error) &&
                deliver_replace(target, &page, request->out_path, "report", error);
    text_free(&page);
    free(target);
    return good;
}
