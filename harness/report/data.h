/* SPDX-License-Identifier: MIT
 *
 * What the page's script works on, as JSON: the chart model, the points,
 * and the trials of each cell. web/page.js is its only reader.
 */
#ifndef HEAPMARK_REPORT_DATA_H
#define HEAPMARK_REPORT_DATA_H

#include <jansson.h>

#include "report/chart.h"
#include "report/summary.h"

/* The chart as the script draws it; owned by the caller. */
json_t *data_of_chart(const struct chart *chart);

/* Append all. Control codes are shown as in text_append_terminal. */
void data_append(const struct summary *summary, json_t *charts, struct text *data);

#endif
