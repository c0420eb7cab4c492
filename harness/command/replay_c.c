/* SPDX-License-Identifier: MIT
 *
 * heapmark replay --c: a program as a C program of its own, which needs the contract's headers and
 * the plugin. It calls by the table.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "command/replay.h"

static void append_c_string(struct text *text, const char *chars)
{
    text_append(text, "\"");
    for (; *chars != '\0'; chars++) {
        unsigned char byte = (unsigned char)*chars;
        bool plain = byte >= ' ' && byte < 0x7f && byte != '"' && byte != '\\' && byte != '?';
        text_format(text, plain ? "%c" : "\\%03o", byte);
    }
    text_append(text, "\"");
}

/* In a comment: nothing ends it early. */
static void append_comment(struct text *text, const char *chars)
{
    struct text shown = {0};
    text_append_terminal(&shown, chars);
    for (const char *at = text_chars(&shown); *at != '\0'; at++)
        text_append_bytes(text, *at == '*' || *at == '\\' ? "?" : at, 1);
    text_free(&shown);
}

static void append_shapes(struct text *text)
{
    static const char *const varies[] = {[HM_FIXED] = "HM_FIXED",
                                         [HM_VARY_SLOTS] = "HM_VARY_SLOTS",
                                         [HM_VARY_BYTES] = "HM_VARY_BYTES"};
    text_append(text, "\nstatic const struct hm_shape *const shapes[] = {\n");
    for (size_t i = 0; hm_program->shapes[i] != NULL; i++) {
        const struct hm_shape *shape = hm_program->shapes[i];
        text_format(text,
                    "    &(const struct hm_shape){.id = %" PRIu32 ", .slots = %" PRIu64
                    ", .bytes = %" PRIu64 ", .vary = %s, .hint = %d, .name = \"%s\"},\n",
                    shape->id, (uint64_t)shape->slots, (uint64_t)shape->bytes, varies[shape->vary],
                    (int)shape->hint, shape->name);
    }
    text_append(text, "};\n");
}

/* Parsed already when the collector was named, so they are right. */
static void append_options(struct text *text, const struct replay_c *replay)
{
    const struct hm_setting **rows = plugin_info_rows(replay->collector->info);
    size_t count = setting_count(rows);
    union hm_value *values = memory_new((count + 1) * sizeof *values);
    struct error error = {0};
    bool fine = setting_parse_all(rows, replay->target->option_pairs, replay->target->option_count,
                                  "option", values, &error);
    CHECK(fine, "%s", error.text);
    text_append(text, "\nstatic const union hm_value options[] = {\n");
    for (size_t i = 0; i < count; i++) {
        if (rows[i]->type == HM_DECIMAL)
            text_format(text, "    {.decimal = %.17g}, /* ", values[i].decimal);
        else
            text_format(text, "    {.integer = INT64_C(%" PRId64 ")}, /* ", values[i].integer);
        append_comment(text, rows[i]->name);
        text_append(text, " */\n");
    }
    text_append(text, "    {.integer = 0},\n};\n");
    free(values);
    free(rows);
}

static void append_place_of_failure(struct text *text, const struct check_verdict *verdict)
{
    if (verdict->outcome != CHECK_BROKEN) {
        text_append(text, " * It broke nothing when this was written.\n");
        return;
    }
    text_format(text, " * It broke %s: ", check_property_name(verdict->property));
    append_comment(text, verdict->sentence);
    text_append(text, "\n");
}

static void append_head(struct text *text, const struct replay_c *replay)
{
    text_append(text, "/* ");
    append_comment(text, replay->file);
    text_append(text, ", as a C program, written by `heapmark replay --c`.\n");
    append_place_of_failure(text, replay->verdict);
    text_append(
        text,
        " *\n * What it did up to then stands below, a function a thread; a comment behind a\n"
        " * line is the program's own operation. It compares marks of objects only: what else\n"
        " * `heapmark check` judges (counts, statistics, pauses) is printed where it can be.\n"
        " *\n *     cc -std=gnu11 -I HEAPMARK/include this.c -o this -pthread -ldl && ./this "
        "[PLUGIN]\n"
        " */\n");
}

static void append_constants(struct text *text, const struct replay_c *replay)
{
    char *path = realpath(replay->target->path, NULL);
    text_append(text, "\n#define PLUGIN ");
    append_c_string(text, path != NULL ? path : replay->target->path);
    text_append(text, "\n#define VARIANT ");
    append_c_string(text, replay->target->variant);
    text_format(text,
                "\n#define HEAP_BYTES UINT64_C(%" PRIu64 ")\n#define THREADS %" PRIu32
                "\n#define GLOBAL_SLOTS %" PRIu32 "\n",
                replay->program->heap_bytes, replay->program->thread_count,
                replay->program->places + CHECK_GLOBALS_BEFORE_PLACES);
    free(path);
}

static void append_inside(struct text *text, const struct program *program)
{
    text_format(text,
                "#define COLLECT_EVERY UINT64_C(%" PRIu32 ")\n#define COLLECT_AT UINT64_C(%" PRIu32
                ")\n",
                program->collect_every, program->collect_at);
    text_append(text, replay_c_inside);
}

static void append_threads(struct text *text, const struct replay_c *replay)
{
    const char *first = program_collects_inside(replay->program) ? "    collect_inside(m);\n" : "";
    for (uint32_t i = 0; i < replay->program->thread_count; i++) {
        text_format(
            text,
            "\n/* ---- thread %" PRIu32 " ---- */\n\nstatic hm_mutator *thread_%" PRIu32
            "(hm_mutator *m)\n{\n    hm_name *n = hm_push(m, BASE_NAMES);\n    (void)n;\n%s",
            i, i, first);
        text_append(text, replay->trace->text[i]);
        if (replay->trace->cut[i])
            text_append(text, "    /* and so on: it was too long to be written here */\n");
        text_append(text, "    return m;\n}\n");
    }
    text_append(text, "\nstatic hm_mutator *(*const threads[])(hm_mutator *m) = {");
    for (uint32_t i = 0; i < replay->program->thread_count; i++)
        text_format(text, "%sthread_%" PRIu32, i > 0 ? ", " : "", i);
    text_append(text, "};\n");
}

void replay_append_c(struct text *text, const struct replay_c *replay)
{
    append_head(text, replay);
    text_append(text, replay_c_prologue);
    append_shapes(text);
    append_options(text, replay);
    append_constants(text, replay);
    if (program_collects_inside(replay->program))
        append_inside(text, replay->program);
    append_threads(text, replay);
    text_append(text, replay_c_epilogue);
}
