/* SPDX-License-Identifier: MIT
 *
 * The table of planted faults, read from faults.csv.
 */
#ifndef HEAPMARK_TESTS_FAULTS_TABLE_H
#define HEAPMARK_TESTS_FAULTS_TABLE_H

#include "base/error.h"
#include "base/text.h"

/* A row; faults.csv says what the fields are. */
struct fault {
    char *id, *family, *properties, *wrong, *absent;
    struct text_list carriers; /* "mark-sweep:default:stack=1" */
    bool narrow, refused;
};

struct fault_table {
    struct fault *faults;
    size_t count;
};

/* A collector that carries the fault, taken apart: owned by the caller. */
struct fault_carrier {
    char *collector, *variant;
    struct text_list options;
};

/* Read the file. The user's mistake when it is not there or has a row of another form; then the
 * table is empty. */
bool fault_table_read(struct fault_table *table, const char *path, struct error *error);
void fault_table_free(struct fault_table *table);

bool fault_carrier_read(struct fault_carrier *carrier, const char *text, struct error *error);
void fault_carrier_free(struct fault_carrier *carrier);

#endif
