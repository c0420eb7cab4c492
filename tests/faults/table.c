/* SPDX-License-Identifier: MIT
 *
 * The table of planted faults; see table.h.
 */
#include "table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { ID, FAMILY, CARRIERS, THREADS, PROPERTIES, NARROW, REFUSED, WRONG, ABSENT, FIELDS };

static void free_fault(struct fault *fault)
{
    free(fault->id);
    free(fault->family);
    free(fault->properties);
    free(fault->wrong);
    free(fault->absent);
    text_list_free(&fault->carriers);
}

static bool read_choice(bool *choice, char *const *fields, int field, const char *name,
                        struct error *error)
{
    *choice = strcmp(fields[field], "yes") == 0;
    return *choice || strcmp(fields[field], "no") == 0 ||
           error_user(error, "%s: %s is yes or no, and not '%s'", fields[ID], name, fields[field]);
}

static bool read_fields(struct fault *fault, char *const *fields, struct error *error)
{
    if (!read_choice(&fault->narrow, fields, NARROW, "narrow", error) ||
        !read_choice(&fault->refused, fields, REFUSED, "refused", error))
        return false;
    if ((fields[CARRIERS][0] == '\0') == (fields[ABSENT][0] == '\0'))
        return error_user(error, "%s: it has carriers, or a reason why nothing carries it",
                          fields[ID]);
    fault->id = memory_copy_text(fields[ID]);
    fault->family = memory_copy_text(fields[FAMILY]);
    fault->properties = memory_copy_text(fields[PROPERTIES]);
    fault->wrong = memory_copy_text(fields[WRONG]);
    fault->absent = memory_copy_text(fields[ABSENT]);
    if (fields[CARRIERS][0] != '\0')
        text_split(&fault->carriers, fields[CARRIERS], '|');
    return true;
}

static bool read_row(struct fault_table *table, const char *line, struct error *error)
{
    struct text_list fields = {0};
    struct fault fault = {0};
    text_split(&fields, line, ',');
    bool fine = fields.count == FIELDS || error_user(error, "a row has %d fields, and not %zu: %s",
                                                     FIELDS, fields.count, line);
    if (fine && strcmp(fields.items[ID], "id") != 0 && read_fields(&fault, fields.items, error)) {
        table->faults = memory_resize(table->faults, (table->count + 1) * sizeof fault);
        table->faults[table->count++] = fault;
    }
    text_list_free(&fields);
    return fine && (error == NULL || error->kind == ERROR_NONE);
}

bool fault_table_read(struct fault_table *table, const char *path, struct error *error)
{
    *table = (struct fault_table){0};
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return error_user(error, "cannot read the table of faults '%s': %s", path, strerror(errno));
    char *line = NULL;
    size_t capacity = 0;
    bool fine = true;
    while (fine && getline(&line, &capacity, file) > 0) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] != '#' && line[0] != '\0')
            fine = read_row(table, line, error);
    }
    free(line);
    fclose(file);
    if (!fine)
        fault_table_free(table);
    return fine;
}

void fault_table_free(struct fault_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        free_fault(&table->faults[i]);
    free(table->faults);
    *table = (struct fault_table){0};
}

bool fault_carrier_read(struct fault_carrier *carrier, const char *text, struct error *error)
{
    struct text_list pieces = {0};
    *carrier = (struct fault_carrier){0};
    text_split(&pieces, text, ':');
    bool fine = pieces.count >= 2 ||
                error_user(error, "a carrier is collector:variant, and not '%s'", text);
    if (fine) {
        carrier->collector = memory_copy_text(pieces.items[0]);
        carrier->variant = memory_copy_text(pieces.items[1]);
        for (size_t i = 2; i < pieces.count; i++)
            text_list_add(&carrier->options, pieces.items[i]);
    }
    text_list_free(&pieces);
    return fine;
}

void fault_carrier_free(struct fault_carrier *carrier)
{
    free(carrier->collector);
    free(carrier->variant);
    text_list_free(&carrier->options);
}
