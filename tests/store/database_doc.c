/* SPDX-License-Identifier: MIT
 *
 * Keeps docs/database.md true. Its lists of fields, outcomes and statuses are made from the
 * tables in the code, between lines that say so; its other tables must name each column that
 * a new database has.
 *
 *   database_doc check FILE    fails where the page is not what the code says
 *   database_doc write FILE    puts the lists right
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "store/store.h"

static const char *kind_name(enum value_kind kind)
{
    return kind == VALUE_INTEGER ? "INTEGER" : kind == VALUE_REAL ? "REAL" : "TEXT";
}

static void render_fields(struct text *text)
{
    text_append(text, "| column | type | unit | meaning |\n| --- | --- | --- | --- |\n");
    for (int field = 0; field < TRIAL_FIELD_COUNT; field++) {
        const struct record_field *row = &record_fields[field];
        text_format(text, "| `%s` | %s | %s | %s |\n", row->column, kind_name(row->kind), row->unit,
                    row->sentence);
    }
}

static void render_outcomes(struct text *text)
{
    text_append(text, "| outcome | meaning |\n| --- | --- |\n");
#define ROW(name, word, sentence) text_append(text, "| `" word "` | " sentence " |\n");
    TRIAL_OUTCOMES(ROW)
}

static void render_statuses(struct text *text)
{
    text_append(text, "| status | meaning |\n| --- | --- |\n");
    STORE_RUN_STATUSES(ROW)
#undef ROW
}

static void render_curves(struct text *text)
{
    text_append(text, "| curve | x | y | meaning |\n| --- | --- | --- | --- |\n");
#define CURVE_ROW(name, word, x_unit, y_unit, sentence)                                            \
    text_append(text, "| `" word "` | " x_unit " | " y_unit " | " sentence " |\n");
    TRIAL_CURVES(CURVE_ROW)
#undef CURVE_ROW
}

static const struct section {
    const char *name;
    void (*render)(struct text *text);
} sections[] = {
    {"fields", render_fields},
    {"outcomes", render_outcomes},
    {"statuses", render_statuses},
    {"curves", render_curves},
};

/* The page with this section made anew, or NULL where it has no such section. */
static char *with_section(const char *page, const struct section *section)
{
    struct text begin = {0}, end = {0}, made = {0};
    text_format(&begin, "<!-- made from the code: %s -->\n", section->name);
    text_format(&end, "<!-- end of %s -->\n", section->name);
    const char *from = strstr(page, begin.chars);
    const char *to = from != NULL ? strstr(from, end.chars) : NULL;
    if (to != NULL) {
        text_append_bytes(&made, page, (size_t)(from - page));
        text_append(&made, begin.chars);
        section->render(&made);
        text_append(&made, to);
    } else {
        fprintf(stderr, "database_doc: the page has no section '%s'\n", section->name);
    }
    text_free(&begin);
    text_free(&end);
    return made.chars;
}

static char *with_all_sections(const char *page)
{
    char *made = memory_copy_text(page);
    for (size_t i = 0; made != NULL && i < sizeof sections / sizeof *sections; i++) {
        char *next = with_section(made, &sections[i]);
        free(made);
        made = next;
    }
    return made;
}

static char *read_page(const char *path)
{
    struct text text = {0};
    char block[4096];
    size_t count;
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return NULL;
    while ((count = fread(block, 1, sizeof block, file)) > 0)
        text_append_bytes(&text, block, count);
    fclose(file);
    return text.chars;
}

static int write_page(const char *path, const char *page)
{
    FILE *file = fopen(path, "w");
    bool ok = file != NULL && fputs(page, file) >= 0;
    if (file != NULL && fclose(file) != 0)
        ok = false;
    return ok ? 0 : 1;
}

/* How many columns of the table the page lacks in the chapter of that table. */
static int missing_columns(const char *page, sqlite3_stmt *columns)
{
    int missing = 0, found = 0;
    while (sqlite3_step(columns) == SQLITE_ROW) {
        struct text heading = {0}, cell = {0};
        text_format(&heading, "\n## `%s`", (const char *)sqlite3_column_text(columns, 0));
        text_format(&cell, "\n| `%s` |", (const char *)sqlite3_column_text(columns, 1));
        const char *chapter = strstr(page, heading.chars);
        const char *row = chapter != NULL ? strstr(chapter, cell.chars) : NULL;
        const char *next = chapter != NULL ? strstr(chapter + 1, "\n## ") : NULL;
        if (row == NULL || (next != NULL && row > next)) {
            fprintf(stderr, "database_doc: no '%s' under '%s'\n", cell.chars + 1,
                    heading.chars + 1);
            missing++;
        }
        found++;
        text_free(&heading);
        text_free(&cell);
    }
    return found > TRIAL_FIELD_COUNT ? missing : 1;
}

static int check_columns(const char *page, const char *database_path)
{
    sqlite3 *database;
    sqlite3_stmt *columns = NULL;
    int missing = 1;
    if (sqlite3_open(database_path, &database) == SQLITE_OK &&
        sqlite3_prepare_v2(
            database,
            "SELECT m.name, c.name FROM sqlite_schema AS m, pragma_table_info(m.name)"
            " AS c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'",
            -1, &columns, NULL) == SQLITE_OK)
        missing = missing_columns(page, columns);
    sqlite3_finalize(columns);
    sqlite3_close(database);
    return missing;
}

static int check_new_database(const char *page)
{
    char folder[] = "/tmp/heapmark-doc-XXXXXX";
    if (mkdtemp(folder) == NULL)
        return 1;
    struct text path = {0};
    text_format(&path, "%s/new.db", folder);
    struct error error = {0};
    struct store *store = store_open(path.chars, STORE_WRITE, &error);
    if (store == NULL)
        fprintf(stderr, "database_doc: %s\n", error.text);
    store_close(store);
    int missing = store != NULL ? check_columns(page, path.chars) : 1;
    unlink(path.chars);
    rmdir(folder);
    text_free(&path);
    return missing;
}

static int check_page(const char *path, const char *page, const char *made)
{
    int wrong = check_new_database(page);
    if (strcmp(page, made) != 0) {
        fprintf(stderr, "database_doc: %s is not what the code says: run `database_doc write %s`\n",
                path, path);
        wrong++;
    }
    return wrong == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    bool writes = argc == 3 && strcmp(argv[1], "write") == 0;
    if (!writes && (argc != 3 || strcmp(argv[1], "check") != 0)) {
        fputs("usage: database_doc check|write FILE\n", stderr);
        return 2;
    }
    char *page = read_page(argv[2]);
    char *made = page != NULL ? with_all_sections(page) : NULL;
    int status = made == NULL ? 1
                 : writes     ? write_page(argv[2], made)
                              : check_page(argv[2], page, made);
    free(page);
    free(made);
    return status;
}
