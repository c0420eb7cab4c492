/* SPDX-License-Identifier: MIT
 *
 * Guides on a terminal; see topics.h. Of Markdown just what docs/ uses: headings, paragraphs,
 * lists, tables, code.
 */
#include "command/topics.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "command/wrap.h"

enum { TABLE_INDENT = 2, CELL_INDENT = 6, CODE_INDENT = 4 };

const struct topic *topic_find(const char *name)
{
    for (size_t i = 0; i < topic_count; i++)
        if (strcmp(topics[i].name, name) == 0)
            return &topics[i];
    return NULL;
}

/* ---- marks in a line ---- */

/* The words of a link `[words](place)` that begins here, and what follows it; NULL: it is none. */
static const char *append_link(struct text *words, const char *at)
{
    const char *end = strchr(at, ']');
    if (end == NULL || end[1] != '(')
        return NULL;
    const char *after = strchr(end, ')');
    if (after == NULL)
        return NULL;
    text_append_bytes(words, at + 1, (size_t)(end - at - 1));
    return after + 1;
}

/* Code stays as it is; else stars, ticks and the places of links go. */
static void append_plain(struct text *words, const char *line)
{
    struct text linked = {0};
    bool in_code = false;
    for (const char *at = line; *at != '\0'; at++) {
        const char *after = !in_code && *at == '[' ? append_link(&linked, at) : NULL;
        if (after != NULL) {
            at = after - 1;
            continue;
        }
        if (*at == '`')
            in_code = !in_code;
        text_append_bytes(&linked, at, 1);
    }
    in_code = false;
    for (const char *at = text_chars(&linked); *at != '\0'; at++) {
        bool is_escape = *at == '\\' && at[1] == '|';
        if (*at == '`')
            in_code = !in_code;
        else if (!is_escape && (in_code || *at != '*'))
            text_append_bytes(words, at, 1);
    }
    text_free(&linked);
}

/* ---- tables ---- */

static bool is_row(const char *line)
{
    return line[0] == '|';
}

static bool is_rule(const char *line)
{
    return is_row(line) && strspn(line, "|-: ") == strlen(line);
}

static char *trimmed(const char *start, size_t length)
{
    while (length > 0 && isspace((unsigned char)*start))
        start++, length--;
    while (length > 0 && isspace((unsigned char)start[length - 1]))
        length--;
    struct text cell = {0};
    text_append_bytes(&cell, start, length);
    char *copy = memory_copy_text(text_chars(&cell));
    text_free(&cell);
    return copy;
}

/* The cells of `| a | b |`, with their marks; a bar behind a backslash is no border. */
static void split_row(struct text_list *cells, const char *line)
{
    const char *start = line + 1;
    for (const char *at = start; *at != '\0'; at++) {
        if (*at != '|' || at[-1] == '\\')
            continue;
        char *cell = trimmed(start, (size_t)(at - start));
        text_list_add(cells, cell);
        free(cell);
        start = at + 1;
    }
}

static void append_cell(struct text *text, const char *heading, const char *cell, unsigned indent)
{
    struct text words = {0};
    if (*heading != '\0' && *cell != '\0') {
        append_plain(&words, heading);
        text_append(&words, ": ");
    }
    append_plain(&words, cell);
    if (words.length > 0)
        wrap_append(text, words.chars, indent);
    text_free(&words);
}

/* The first cell as a term; the next below it, after the heading where there are more than two. */
static void append_row(struct text *text, const struct text_list *headings,
                       const struct text_list *cells)
{
    for (size_t i = 0; i < cells->count; i++) {
        bool named = i > 0 && cells->count > 2 && i < headings->count;
        append_cell(text, named ? headings->items[i] : "", cells->items[i],
                    i == 0 ? TABLE_INDENT : CELL_INDENT);
    }
}

/* ---- a text ---- */

/* A text while it is shown: a paragraph is gathered before it is wrapped. */
struct showing {
    struct text *text;
    struct text paragraph;
    unsigned indent;
    struct text_list headings; /* of the table that the lines are in; none: in no table */
    bool in_fence;
};

static void end_paragraph(struct showing *on)
{
    if (on->paragraph.length > 0) {
        struct text words = {0};
        append_plain(&words, on->paragraph.chars);
        wrap_append(on->text, text_chars(&words), on->indent);
        text_free(&words);
    }
    text_free(&on->paragraph);
    on->indent = 0;
}

static void add_to_paragraph(struct showing *on, const char *line)
{
    while (*line == ' ')
        line++;
    text_format(&on->paragraph, "%s%s", on->paragraph.length > 0 ? " " : "", line);
}

static void show_row(struct showing *on, const char *line)
{
    struct text_list cells = {0};
    split_row(&cells, line);
    if (on->headings.count == 0) {
        on->headings = cells;
        return;
    }
    if (!is_rule(line))
        append_row(on->text, &on->headings, &cells);
    text_list_free(&cells);
}

static void show_heading(struct showing *on, const char *line)
{
    while (*line == '#' || *line == ' ')
        line++;
    struct text words = {0};
    append_plain(&words, line);
    for (char *at = words.chars; at != NULL && *at != '\0'; at++)
        *at = (char)toupper((unsigned char)*at);
    wrap_append(on->text, text_chars(&words), 0);
    text_free(&words);
}

static void show_item(struct showing *on, const char *line)
{
    end_paragraph(on);
    text_append(&on->paragraph, "-");
    add_to_paragraph(on, line + 2);
    on->indent = TABLE_INDENT;
}

static void show_code(struct showing *on, const char *line)
{
    end_paragraph(on);
    struct text shown = {0};
    text_append_terminal(&shown, line);
    text_format(on->text, "%*s%s\n", on->in_fence ? CODE_INDENT : 0, "", text_chars(&shown));
    text_free(&shown);
}

static void show_line(struct showing *on, const char *line)
{
    if (!is_row(line))
        text_list_free(&on->headings);
    if (strncmp(line, "```", 3) == 0) {
        end_paragraph(on);
        on->in_fence = !on->in_fence;
    } else if (on->in_fence || (strncmp(line, "    ", 4) == 0 && on->paragraph.length == 0)) {
        show_code(on, line);
    } else if (*line == '\0') {
        end_paragraph(on);
        text_append(on->text, "\n");
    } else if (is_row(line)) {
        end_paragraph(on);
        show_row(on, line);
    } else if (*line == '#') {
        end_paragraph(on);
        show_heading(on, line);
    } else if (strncmp(line, "* ", 2) == 0 || strncmp(line, "- ", 2) == 0) {
        show_item(on, line);
    } else if (strncmp(line, "![", 2) != 0) {
        add_to_paragraph(on, line);
    }
}

void topic_append(struct text *text, const struct topic *topic)
{
    struct showing on = {.text = text};
    struct text_list lines = {0};
    text_split(&lines, topic->text, '\n');
    for (size_t i = 0; i + 1 < lines.count; i++) /* the last one is empty */
        show_line(&on, lines.items[i]);
    end_paragraph(&on);
    text_list_free(&on.headings);
    text_list_free(&lines);
}

/* ---- charts ---- */

/* Call for each row of the table of charts; true ends it. */
static bool each_chart(bool (*see)(void *user, const struct text_list *headings,
                                   const struct text_list *cells),
                       void *user)
{
    const struct topic *guide = topic_find("reading-the-report");
    struct text_list lines = {0}, headings = {0};
    bool ended = false;
    text_split(&lines, guide != NULL ? guide->text : "", '\n');
    for (size_t i = 0; !ended && i < lines.count; i++) {
        const char *line = lines.items[i];
        if (strncmp(line, "| chart |", 9) == 0)
            split_row(&headings, line);
        if (!is_row(line) || is_rule(line) || headings.count == 0 ||
            strncmp(line, "| chart |", 9) == 0)
            continue;
        struct text_list cells = {0};
        split_row(&cells, line);
        ended = see(user, &headings, &cells);
        text_list_free(&cells);
    }
    text_list_free(&headings);
    text_list_free(&lines);
    return ended;
}

static bool add_name(void *user, const struct text_list *headings, const struct text_list *cells)
{
    (void)headings;
    text_list_add(user, cells->items[0]);
    return false;
}

void chart_names(struct text_list *names)
{
    each_chart(add_name, names);
}

static bool are_alike(const char *a, const char *b)
{
    for (; *a != '\0' && *b != '\0'; a++, b++) {
        char x = *a == '-' ? ' ' : (char)tolower((unsigned char)*a);
        char y = *b == '-' ? ' ' : (char)tolower((unsigned char)*b);
        if (x != y)
            return false;
    }
    return *a == *b;
}

struct wanted {
    const char *name;
    struct text *text;
};

static bool explain_row(void *user, const struct text_list *headings, const struct text_list *cells)
{
    const struct wanted *wanted = user;
    if (!are_alike(cells->items[0], wanted->name))
        return false;
    text_format(wanted->text, "%s: a chart of the report\n", cells->items[0]);
    for (size_t i = 1; i < cells->count && i < headings->count; i++) {
        struct text heading = {0};
        append_plain(&heading, headings->items[i]);
        heading.chars[0] = (char)toupper((unsigned char)heading.chars[0]);
        text_format(wanted->text, "\n%s\n", heading.chars);
        append_cell(wanted->text, "", cells->items[i], CODE_INDENT);
        text_free(&heading);
    }
    return true;
}

bool chart_explain(struct text *text, const char *name)
{
    return each_chart(explain_row, &(struct wanted){name, text});
}
