/* SPDX-License-Identifier: MIT
 *
 * heapmark replay --c: a program as a C program of its own, which needs the contract's headers and
 * the plugin. It calls by the table.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "command/replay.h"

/* clang-format off: these are C programs */
static const char prologue[] =
    "#define _GNU_SOURCE\n"
    "#include <dlfcn.h>\n"
    "#include <inttypes.h>\n"
    "#include <pthread.h>\n"
    "#include <stdio.h>\n"
    "#include <stdlib.h>\n"
    "#include <string.h>\n"
    "#include <time.h>\n"
    "\n"
    "#include <heapmark/workload.h>\n"
    "\n"
    "/* ---- what the operations below need ---- */\n"
    "\n"
    "enum { BASE_NAMES = 16 };\n"
    "#define GLOBALS SIZE_MAX\n"
    "\n"
    "static hm_heap *heap;\n"
    "\n"
    "/* An operation that cannot be done lands here: the frames of the thread are popped, and it "
    "goes on.\n"
    " */\n"
    "#define DO(...)                                                                               "
    "     \\\n"
    "    do {                                                                                      "
    "     \\\n"
    "        struct hm_landing landing = {.name_top = n + BASE_NAMES, .spare_top = m->spare_top};  "
    "     \\\n"
    "        m->landing = &landing;                                                                "
    "     \\\n"
    "        if (setjmp(landing.buffer) == 0) {                                                    "
    "     \\\n"
    "            __VA_ARGS__;                                                                      "
    "     \\\n"
    "        } else {                                                                              "
    "     \\\n"
    "            hm_pop(m, landing.name_top);                                                      "
    "     \\\n"
    "            hm_pop_spare(m, landing.spare_top);                                               "
    "     \\\n"
    "        }                                                                                     "
    "     \\\n"
    "        m->landing = NULL;                                                                    "
    "     \\\n"
    "    } while (0)\n"
    "\n"
    "#define WRITE(ref, at, count, ...)                                                            "
    "     \\\n"
    "    DO(hm_write(m, ref, at, (const unsigned char[]){__VA_ARGS__}, count))\n"
    "\n"
    "#define PATH(...)                                                                             "
    "     \\\n"
    "    (const size_t[]){0, __VA_ARGS__}, sizeof((const size_t[]){0, __VA_ARGS__}) / "
    "sizeof(size_t) - 1\n"
    "\n"
    "/* A mark in the payload of a new object, by which it is known again. */\n"
    "static inline void stamp(hm_mutator *m, hm_name *name, size_t slots, uint64_t mark)\n"
    "{\n"
    "    if (!hm_is_null(hm_at(name)))\n"
    "        hm_put_word(m, hm_at(name), slots, mark);\n"
    "}\n"
    "\n"
    "#define NOTHING SIZE_MAX         /* null is expected */\n"
    "#define SOMETHING (SIZE_MAX - 1) /* an object without room for a mark */\n"
    "\n"
    "/* From the name by the slots of the path: is the right object there? */\n"
    "static inline void expect(hm_mutator *m, hm_name *name, const size_t *path, size_t length,\n"
    "                          size_t slots, uint64_t mark)\n"
    "{\n"
    "    hm_spare *spare = hm_push_spare(m, 2);\n"
    "    hm_ref ref = hm_at(name);\n"
    "    for (size_t i = 1; i <= length && !hm_is_null(ref); i++)\n"
    "        ref = hm_peek(m, &spare[i % 2], ref, path[i]);\n"
    "    bool null = hm_is_null(ref);\n"
    "    bool right = slots == NOTHING ? null : !null;\n"
    "    if (right && slots != NOTHING && slots != SOMETHING)\n"
    "        right = hm_word(m, ref, slots) == mark;\n"
    "    if (!right) {\n"
    "        printf(\"thread %\" PRIu32 \", name %td\", m->index, name - m->name_base);\n"
    "        for (size_t i = 1; i <= length; i++)\n"
    "            printf(\", slot %zu\", path[i]);\n"
    "        printf(\": %s is there\\n\", null ? \"nothing\" : slots == NOTHING ? \"something\" : "
    "\"another object\");\n"
    "        exit(1);\n"
    "    }\n"
    "    hm_pop_spare(m, spare);\n"
    "}\n"
    "\n"
    "static inline void peek_bind(hm_mutator *m, hm_name *to, hm_ref obj, size_t slot)\n"
    "{\n"
    "    hm_spare *spare = hm_push_spare(m, 1);\n"
    "    hm_bind(m, to, hm_peek(m, spare, obj, slot));\n"
    "    hm_pop_spare(m, spare);\n"
    "}\n"
    "\n"
    "static inline void peek_get(hm_mutator *m, hm_name *to, hm_ref obj, size_t slot, size_t "
    "inner)\n"
    "{\n"
    "    hm_spare *spare = hm_push_spare(m, 1);\n"
    "    hm_get(m, to, hm_peek(m, spare, obj, slot), inner);\n"
    "    hm_pop_spare(m, spare);\n"
    "}\n"
    "\n"
    "static inline void peek_set(hm_mutator *m, hm_name *from, hm_ref obj, size_t slot, size_t "
    "inner)\n"
    "{\n"
    "    hm_spare *spare = hm_push_spare(m, 1);\n"
    "    hm_set(m, hm_peek(m, spare, obj, slot), inner, hm_at(from));\n"
    "    hm_pop_spare(m, spare);\n"
    "}\n"
    "\n"
    "/* to[slot] = from[inner], borrowed */\n"
    "static inline void set_slot(hm_mutator *m, hm_name *to, size_t slot, hm_ref from, size_t "
    "inner)\n"
    "{\n"
    "    hm_spare *spare = hm_push_spare(m, 1);\n"
    "    hm_set(m, hm_at(to), slot, hm_peek(m, spare, from, inner));\n"
    "    hm_pop_spare(m, spare);\n"
    "}\n"
    "\n"
    "/* to[slot] = from[outer][inner], both borrowed */\n"
    "static inline void unlink_slot(hm_mutator *m, hm_name *to, size_t slot, hm_ref from, size_t "
    "outer,\n"
    "                               size_t inner)\n"
    "{\n"
    "    hm_spare *spare = hm_push_spare(m, 2);\n"
    "    hm_ref middle = hm_peek(m, &spare[0], from, outer);\n"
    "    hm_set(m, hm_at(to), slot, hm_peek(m, &spare[1], middle, inner));\n"
    "    hm_pop_spare(m, spare);\n"
    "}\n"
    "\n"
    "static inline void fill_slot(hm_mutator *m, hm_name *to, size_t first, size_t count, hm_ref "
    "from,\n"
    "                             size_t inner)\n"
    "{\n"
    "    hm_spare *spare = hm_push_spare(m, 1);\n"
    "    hm_fill_slots(m, hm_at(to), first, count, hm_peek(m, spare, from, inner));\n"
    "    hm_pop_spare(m, spare);\n"
    "}\n"
    "\n"
    "/* Shared slots are in the globals, or in the board that hangs in a slot of them. */\n"
    "static inline hm_ref holder(hm_mutator *m, hm_spare *spare, size_t board)\n"
    "{\n"
    "    return board == GLOBALS ? hm_globals(m) : hm_peek(m, spare, hm_globals(m), board);\n"
    "}\n"
    "\n"
    "static inline void get_shared(hm_mutator *m, size_t board, size_t slot, hm_name *to)\n"
    "{\n"
    "    hm_spare *spare = hm_push_spare(m, 1);\n"
    "    hm_get_shared(m, to, holder(m, spare, board), slot);\n"
    "    hm_pop_spare(m, spare);\n"
    "}\n"
    "\n"
    "static inline void set_shared(hm_mutator *m, size_t board, size_t slot, hm_ref value)\n"
    "{\n"
    "    hm_spare *spare = hm_push_spare(m, 1);\n"
    "    hm_set_shared(m, holder(m, spare, board), slot, value);\n"
    "    hm_pop_spare(m, spare);\n"
    "}\n"
    "\n"
    "static inline void swap_shared(hm_mutator *m, size_t board, size_t slot, hm_name *with)\n"
    "{\n"
    "    hm_spare *spare = hm_push_spare(m, 1);\n"
    "    hm_swap_shared(m, holder(m, spare, board), slot, with);\n"
    "    hm_pop_spare(m, spare);\n"
    "}\n"
    "\n"
    "static inline void poll_keep(hm_mutator *m, hm_name *by, hm_name *kept)\n"
    "{\n"
    "    hm_poll_keep(m, by, hm_at(kept));\n"
    "    hm_clear(m, by);\n"
    "}\n"
    "\n"
    "static inline void pause_ns(hm_mutator *m, uint64_t ns)\n"
    "{\n"
    "    hm_block(m);\n"
    "    nanosleep(&(struct timespec){.tv_nsec = (long)ns}, NULL);\n"
    "    hm_unblock(m);\n"
    "}\n"
    "\n"
    "static inline void collect(hm_mutator *m, enum hm_collection kind)\n"
    "{\n"
    "    m->heap->ops->collect(m->heap, m, kind);\n"
    "}\n"
    "\n"
    "static inline void look(hm_mutator *m)\n"
    "{\n"
    "    struct hm_statistics statistics = {.size = sizeof statistics};\n"
    "    m->heap->ops->statistics(m->heap, &statistics);\n"
    "    printf(\"thread %\" PRIu32 \": %\" PRIu64 \" objects live, %\" PRIu64 \" bytes held\\n\", "
    "m->index,\n"
    "           statistics.live_objects, statistics.held_bytes);\n"
    "}\n"
    "\n"
    "/* ---- threads meet, as long as they are there ---- */\n"
    "\n"
    "static struct {\n"
    "    pthread_mutex_t lock;\n"
    "    pthread_cond_t changed;\n"
    "    unsigned present, met, meetings;\n"
    "} meeting = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};\n"
    "\n"
    "static void open_if_all_are_there(void)\n"
    "{\n"
    "    if (meeting.met < meeting.present)\n"
    "        return;\n"
    "    meeting.met = 0;\n"
    "    meeting.meetings++;\n"
    "    pthread_cond_broadcast(&meeting.changed);\n"
    "}\n"
    "\n"
    "static inline void meet(hm_mutator *m)\n"
    "{\n"
    "    hm_block(m);\n"
    "    pthread_mutex_lock(&meeting.lock);\n"
    "    unsigned mine = meeting.meetings;\n"
    "    meeting.met++;\n"
    "    open_if_all_are_there();\n"
    "    while (meeting.meetings == mine)\n"
    "        pthread_cond_wait(&meeting.changed, &meeting.lock);\n"
    "    pthread_mutex_unlock(&meeting.lock);\n"
    "    hm_unblock(m);\n"
    "}\n"
    "\n"
    "static void leave(void)\n"
    "{\n"
    "    pthread_mutex_lock(&meeting.lock);\n"
    "    meeting.present--;\n"
    "    if (meeting.met > 0)\n"
    "        open_if_all_are_there();\n"
    "    pthread_mutex_unlock(&meeting.lock);\n"
    "}\n"
    "\n"
    "static hm_mutator *be_born(uint32_t index)\n"
    "{\n"
    "    struct hm_refusal refusal = {0};\n"
    "    hm_mutator *m = heap->ops->attach(heap, index, NULL, &refusal);\n"
    "    if (m == NULL) {\n"
    "        printf(\"attach is refused: %s\\n\", refusal.sentence);\n"
    "        exit(1);\n"
    "    }\n"
    "    return m;\n"
    "}\n"
    "\n"
    "static void die(hm_mutator *m)\n"
    "{\n"
    "    hm_pop(m, m->name_base);\n"
    "    heap->ops->detach(m);\n"
    "}\n"
    "\n"
    "static inline hm_mutator *born_again(hm_mutator *m)\n"
    "{\n"
    "    uint32_t index = m->index;\n"
    "    die(m);\n"
    "    return be_born(index);\n"
    "}\n";

static const char epilogue[] =
    "\n"
    "/* ---- the heap ---- */\n"
    "\n"
    "static uint64_t now_ns(void)\n"
    "{\n"
    "    struct timespec now;\n"
    "    clock_gettime(CLOCK_MONOTONIC, &now);\n"
    "    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;\n"
    "}\n"
    "\n"
    "static struct hm_log *begin_thread(const struct hm_host *host, const char *name)\n"
    "{\n"
    "    static char log;\n"
    "    (void)host;\n"
    "    (void)name;\n"
    "    return (struct hm_log *)&log;\n"
    "}\n"
    "\n"
    "static void end_thread(struct hm_log *log)\n"
    "{\n"
    "    (void)log;\n"
    "}\n"
    "\n"
    "static void event(struct hm_log *log, enum hm_event_kind kind, uint64_t time_ns, uint64_t "
    "value)\n"
    "{\n"
    "    (void)log;\n"
    "    (void)kind;\n"
    "    (void)time_ns;\n"
    "    (void)value;\n"
    "}\n"
    "\n"
    "static void note(const struct hm_host *host, const char *sentence)\n"
    "{\n"
    "    (void)host;\n"
    "    puts(sentence);\n"
    "}\n"
    "\n"
    "static __attribute__((noreturn)) void fail(const struct hm_host *host, const char *sentence)\n"
    "{\n"
    "    note(host, sentence);\n"
    "    exit(1);\n"
    "}\n"
    "\n"
    "static const struct hm_host host = {\n"
    "    .size = sizeof host,\n"
    "    .now_ns = now_ns,\n"
    "    .begin_thread = begin_thread,\n"
    "    .end_thread = end_thread,\n"
    "    .event = event,\n"
    "    .note = note,\n"
    "    .fail = fail,\n"
    "};\n"
    "\n"
    "static void open_heap(const char *path)\n"
    "{\n"
    "    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);\n"
    "    const struct hm_plugin *plugin = handle == NULL ? NULL : dlsym(handle, "
    "HM_PLUGIN_SYMBOL);\n"
    "    if (plugin == NULL) {\n"
    "        printf(\"%s\\n\", dlerror());\n"
    "        exit(2);\n"
    "    }\n"
    "    const struct hm_variant *const *variant = plugin->variants;\n"
    "    while (*variant != NULL && strcmp((*variant)->name, VARIANT) != 0)\n"
    "        variant++;\n"
    "    if (*variant == NULL) {\n"
    "        printf(\"there is no variant %s\\n\", VARIANT);\n"
    "        exit(2);\n"
    "    }\n"
    "    static struct hm_open request;\n"
    "    request = (struct hm_open){\n"
    "        .size = sizeof request,\n"
    "        .abi = HM_ABI,\n"
    "        .heap_bytes = HEAP_BYTES,\n"
    "        .most_mutators = THREADS,\n"
    "        .globals = GLOBAL_SLOTS,\n"
    "        .name_depth = 1 << 17,\n"
    "        .spare_depth = 1 << 10,\n"
    "        .shape_count = sizeof shapes / sizeof *shapes,\n"
    "        .shapes = shapes,\n"
    "        .options = options,\n"
    "        .host = &host,\n"
    "        .variant = *variant,\n"
    "    };\n"
    "    struct hm_refusal refusal = {0};\n"
    "    heap = (*variant)->heap_ops->open(&request, &refusal);\n"
    "    if (heap == NULL) {\n"
    "        printf(\"open is refused: %s\\n\", refusal.sentence);\n"
    "        exit(2);\n"
    "    }\n"
    "}\n"
    "\n"
    "static void *run(void *index)\n"
    "{\n"
    "    uint32_t number = (uint32_t)(uintptr_t)index;\n"
    "    hm_mutator *m = threads[number](be_born(number));\n"
    "    leave();\n"
    "    if (number != 0)\n"
    "        die(m);\n"
    "    return m;\n"
    "}\n"
    "\n"
    "int main(int argc, char **argv)\n"
    "{\n"
    "    pthread_t started[THREADS];\n"
    "    open_heap(argc > 1 ? argv[1] : PLUGIN);\n"
    "    meeting.present = THREADS;\n"
    "    for (uintptr_t i = 1; i < THREADS; i++)\n"
    "        pthread_create(&started[i], NULL, run, (void *)i);\n"
    "    hm_mutator *m = run(NULL);\n"
    "    for (uintptr_t i = 1; i < THREADS; i++)\n"
    "        pthread_join(started[i], NULL);\n"
    "    hm_pop(m, m->name_base);\n"
    "    collect(m, HM_COLLECT_FULL);\n"
    "    look(m);\n"
    "    die(m);\n"
    "    heap->ops->close(heap);\n"
    "    puts(\"all that is looked at here is as it should be\");\n"
    "    return 0;\n"
    "}\n";
/* clang-format on */

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

static void append_threads(struct text *text, const struct replay_c *replay)
{
    for (uint32_t i = 0; i < replay->program->thread_count; i++) {
        text_format(text,
                    "\n/* ---- thread %" PRIu32 " ---- */\n\nstatic hm_mutator *thread_%" PRIu32
                    "(hm_mutator *m)\n{\n    hm_name *n = hm_push(m, BASE_NAMES);\n    (void)n;\n",
                    i, i);
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
    text_append(text, prologue);
    append_shapes(text);
    append_options(text, replay);
    append_constants(text, replay);
    append_threads(text, replay);
    text_append(text, epilogue);
}
