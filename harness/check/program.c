/* SPDX-License-Identifier: MIT
 *
 * Programs as data and as text; see program.h.
 */
#include "check/program.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const struct row {
    const char *word, *operands;
} rows[] = {
#define PROGRAM_ROW(NAME, word, operands) {word, operands},
    PROGRAM_OPERATIONS(PROGRAM_ROW)
#undef PROGRAM_ROW
};

const char *program_word(uint32_t kind)
{
    return kind < PROGRAM_KIND_COUNT ? rows[kind].word : "?";
}

const char *program_operands(uint32_t kind)
{
    return kind < PROGRAM_KIND_COUNT ? rows[kind].operands : "";
}

void program_add(struct program *program, uint32_t thread, struct program_op op)
{
    struct program_thread *list = &program->threads[thread];
    if (list->count == list->capacity) {
        list->capacity = list->capacity == 0 ? 256 : 2 * list->capacity;
        list->ops = memory_resize(list->ops, list->capacity * sizeof *list->ops);
    }
    list->ops[list->count++] = op;
}

size_t program_length(const struct program *program)
{
    size_t length = 0;
    for (uint32_t i = 0; i < program->thread_count; i++)
        length += program->threads[i].count;
    return length;
}

void program_copy(struct program *to, const struct program *from)
{
    *to = *from;
    to->collector = from->collector == NULL ? NULL : memory_copy_text(from->collector);
    for (uint32_t i = 0; i < PROGRAM_MOST_THREADS; i++) {
        struct program_thread *list = &to->threads[i];
        size_t bytes = list->count * sizeof *list->ops;
        list->capacity = list->count;
        list->ops = NULL;
        if (bytes > 0)
            list->ops = memcpy(memory_new(bytes), from->threads[i].ops, bytes);
    }
}

void program_free(struct program *program)
{
    for (uint32_t i = 0; i < PROGRAM_MOST_THREADS; i++)
        free(program->threads[i].ops);
    free(program->collector);
    *program = (struct program){0};
}

/* ---- writing ---- */

static uint32_t operand(const struct program_op *op, char letter)
{
    switch (letter) {
    case 'n':
        return op->a;
    case 'm':
        return op->b;
    case 'o':
    case 'h':
        return op->c;
    case 'x':
        return op->x;
    case 'y':
        return op->y;
    default:
        return op->z;
    }
}

void program_append_op(struct text *text, const struct program_op *op)
{
    text_append(text, program_word(op->kind));
    for (const char *letter = program_operands(op->kind); *letter != '\0'; letter++)
        text_format(text, " %" PRIu32, operand(op, *letter));
}

static void append_comments(struct text *text, const char *comments)
{
    struct text_list lines = {0};
    text_split(&lines, comments, '\n');
    for (size_t i = 0; i < lines.count; i++)
        if (lines.items[i][0] != '\0') {
            text_append(text, "# ");
            text_append_terminal(text, lines.items[i]);
            text_append(text, "\n");
        }
    text_list_free(&lines);
}

static const char *const dispatches[] = {NULL, "inline", "table"};

static void append_origin(struct text *text, const struct program *program)
{
    if (program->collector != NULL) {
        text_append(text, "collector ");
        text_append_terminal(text, program->collector);
        text_append(text, "\n");
    }
    if (program->dispatch != PROGRAM_ANY_DISPATCH)
        text_format(text, "dispatch %s\n", dispatches[program->dispatch]);
}

/* A line of the head that most programs have not. */
static void append_number(struct text *text, const char *key, uint32_t number)
{
    if (number != 0)
        text_format(text, "%s %" PRIu32 "\n", key, number);
}

void program_append(struct text *text, const struct program *program, const char *comments)
{
    text_format(text, "heapmark program %d\n", PROGRAM_VERSION);
    if (comments != NULL)
        append_comments(text, comments);
    append_origin(text, program);
    text_format(text,
                "seed %" PRIu64 "\nheap %" PRIu64 "\nplaces %" PRIu32 "\nthreads %" PRIu32 "\n",
                program->seed, program->heap_bytes, program->places, program->thread_count);
    append_number(text, "perturb", program->perturb);
    append_number(text, "interrupt", program->interrupt);
    append_number(text, "collect-every", program->collect_every);
    append_number(text, "collect-at", program->collect_at);
    append_number(text, "refuse-memory", program->refuse_memory);
    append_number(text, "refuse-thread", program->refuse_thread);
    append_number(text, "refuse-rest", program->refuse_rest);
    for (uint32_t i = 0; i < program->thread_count; i++) {
        text_format(text, "thread %" PRIu32 "\n", i);
        for (size_t k = 0; k < program->threads[i].count; k++) {
            program_append_op(text, &program->threads[i].ops[k]);
            text_append(text, "\n");
        }
    }
    text_append(text, "end\n");
}

/* ---- reading ---- */

struct reader {
    struct program *program;
    const char *file;
    size_t line;
    int64_t thread; /* -1: before the first */
    bool ended;
    struct error *error;
};

#define MISTAKE(reader, format, ...)                                                               \
    error_user((reader)->error, "%s:%zu: " format, (reader)->file, (reader)->line, __VA_ARGS__)

static bool read_number(struct reader *reader, const char *word, uint64_t most, uint64_t *number)
{
    char *end = NULL;
    if (word == NULL || *word < '0' || *word > '9')
        return MISTAKE(reader, "a number is missing%s%s", word == NULL ? "" : " before ",
                       word == NULL ? "" : word);
    *number = strtoull(word, &end, 10);
    if (*end != '\0' || *number > most)
        return MISTAKE(reader, "'%s' is no number from 0 to %" PRIu64, word, most);
    return true;
}

static bool set_operand(struct reader *reader, struct program_op *op, char letter, const char *word)
{
    bool name = letter == 'n' || letter == 'm';
    bool small = letter == 'o' || letter == 'h';
    uint64_t number;
    if (!read_number(reader, word, name ? UINT16_MAX : small ? UINT8_MAX : UINT32_MAX, &number))
        return false;
    switch (letter) {
    case 'n':
        op->a = (uint16_t)number;
        break;
    case 'm':
        op->b = (uint16_t)number;
        break;
    case 'o':
    case 'h':
        op->c = (uint8_t)number;
        break;
    case 'x':
        op->x = (uint32_t)number;
        break;
    case 'y':
        op->y = (uint32_t)number;
        break;
    default:
        op->z = (uint32_t)number;
        break;
    }
    return true;
}

static bool read_op(struct reader *reader, const struct text_list *words)
{
    struct program_op op = {0};
    const char *candidates[PROGRAM_KIND_COUNT];
    for (uint32_t kind = 0; kind < PROGRAM_KIND_COUNT; kind++)
        candidates[kind] = rows[kind].word;
    while (op.kind < PROGRAM_KIND_COUNT && strcmp(rows[op.kind].word, words->items[0]) != 0)
        op.kind++;
    if (op.kind == PROGRAM_KIND_COUNT) {
        const char *nearest = text_nearest(words->items[0], candidates, PROGRAM_KIND_COUNT);
        return MISTAKE(reader, "there is no operation '%s'%s%s%s", words->items[0],
                       nearest != NULL ? "; did you mean '" : "", nearest != NULL ? nearest : "",
                       nearest != NULL ? "'?" : "");
    }
    const char *letters = rows[op.kind].operands;
    for (size_t i = 0; letters[i] != '\0'; i++)
        if (!set_operand(reader, &op, letters[i],
                         i + 1 < words->count ? words->items[i + 1] : NULL))
            return false;
    if (words->count > strlen(letters) + 1)
        return MISTAKE(reader, "'%s' takes %zu numbers, and here are %zu", rows[op.kind].word,
                       strlen(letters), words->count - 1);
    program_add(reader->program, (uint32_t)reader->thread, op);
    return true;
}

static bool read_thread(struct reader *reader, const char *word)
{
    uint64_t number;
    if (!read_number(reader, word, PROGRAM_MOST_THREADS - 1, &number))
        return false;
    if (number >= reader->program->thread_count || (int64_t)number != reader->thread + 1)
        return MISTAKE(reader,
                       "thread %" PRIu64 " is out of place: %" PRIu32
                       " threads were announced, and they come in order",
                       number, reader->program->thread_count);
    reader->thread = (int64_t)number;
    return true;
}

static bool read_dispatch(struct reader *reader, const char *word)
{
    for (size_t i = PROGRAM_INLINE; i <= PROGRAM_TABLE; i++)
        if (word != NULL && strcmp(dispatches[i], word) == 0) {
            reader->program->dispatch = (enum program_dispatch)i;
            return true;
        }
    return MISTAKE(reader, "the dispatch is '%s', and must be inline or table",
                   word == NULL ? "" : word);
}

/* The rest of the line, which may hold blanks. */
static bool read_collector(struct reader *reader, const char *line)
{
    const char *name = line + strlen("collector");
    name += strspn(name, " ");
    if (*name == '\0')
        return MISTAKE(reader, "%s", "the collector is missing");
    free(reader->program->collector);
    reader->program->collector = memory_copy_text(name);
    return true;
}

/* Numbers of the head that may be any, and are 0 where they are left out. */
static uint32_t *any_number(struct program *program, const char *key)
{
    return strcmp(key, "perturb") == 0         ? &program->perturb
           : strcmp(key, "interrupt") == 0     ? &program->interrupt
           : strcmp(key, "collect-every") == 0 ? &program->collect_every
           : strcmp(key, "collect-at") == 0    ? &program->collect_at
           : strcmp(key, "refuse-memory") == 0 ? &program->refuse_memory
           : strcmp(key, "refuse-thread") == 0 ? &program->refuse_thread
                                               : NULL;
}

/* The lines before the first thread. */
static bool read_head(struct reader *reader, const char *key, const char *word)
{
    struct program *program = reader->program;
    uint64_t number;
    if (strcmp(key, "dispatch") == 0)
        return read_dispatch(reader, word);
    if (strcmp(key, "seed") == 0)
        return read_number(reader, word, UINT64_MAX, &program->seed);
    if (strcmp(key, "heap") == 0)
        return read_number(reader, word, UINT64_MAX, &program->heap_bytes);
    if (strcmp(key, "refuse-rest") == 0) {
        bool fine = read_number(reader, word, 1, &number);
        program->refuse_rest = fine && number == 1;
        return fine;
    }
    uint32_t *any = any_number(program, key);
    if (any != NULL) {
        bool fine = read_number(reader, word, UINT32_MAX, &number);
        *any = fine ? (uint32_t)number : 0;
        return fine;
    }
    bool places = strcmp(key, "places") == 0;
    if (!places && strcmp(key, "threads") != 0)
        return MISTAKE(
            reader,
            "there is no key '%s'; there are collector, dispatch, seed, "
            "heap, places, perturb, interrupt, collect-every, collect-at, refuse-memory, "
            "refuse-thread, refuse-rest, threads",
            key);
    if (!read_number(reader, word, places ? 64 : PROGRAM_MOST_THREADS, &number))
        return false;
    if (number == 0)
        return MISTAKE(reader, "%s must be at least 1", key);
    *(places ? &program->places : &program->thread_count) = (uint32_t)number;
    return true;
}

static bool read_line(struct reader *reader, const char *line, const struct text_list *words)
{
    const char *first = words->items[0];
    const char *second = words->count > 1 ? words->items[1] : NULL;
    if (reader->ended)
        return MISTAKE(reader, "'%s' comes after the end", first);
    if (reader->thread < 0 && strcmp(first, "collector") == 0)
        return read_collector(reader, line);
    bool head = reader->thread < 0 || strcmp(first, "thread") == 0;
    if (strcmp(first, "end") == 0 && words->count > 1)
        return MISTAKE(reader, "'%s' comes after the end", second);
    if (words->count > 2 && head)
        return MISTAKE(reader, "'%s' takes one word, and here are %zu", first, words->count - 1);
    if (strcmp(first, "end") == 0) {
        reader->ended = true;
        return reader->thread + 1 == (int64_t)reader->program->thread_count ||
               MISTAKE(reader, "%" PRIu32 " threads were announced, and here are %" PRId64,
                       reader->program->thread_count, reader->thread + 1);
    }
    if (strcmp(first, "thread") == 0)
        return read_thread(reader, second);
    return reader->thread < 0 ? read_head(reader, first, second) : read_op(reader, words);
}

static bool read_first(struct reader *reader, const char *line)
{
    char wanted[32];
    snprintf(wanted, sizeof wanted, "heapmark program %d", PROGRAM_VERSION);
    return strcmp(line, wanted) == 0 ||
           MISTAKE(reader, "a program begins with the line '%s'%s", wanted,
                   strncmp(line, "heapmark program ", 17) == 0
                       ? ", and this one is of another version"
                       : "");
}

static bool read_lines(struct reader *reader, const struct text_list *lines)
{
    if (!read_first(reader, lines->items[0]))
        return false;
    for (size_t i = 1; i < lines->count; i++) {
        reader->line = i + 1;
        if (lines->items[i][0] == '\0' || lines->items[i][0] == '#')
            continue;
        struct text_list words = {0};
        text_split(&words, lines->items[i], ' ');
        bool fine = read_line(reader, lines->items[i], &words);
        text_list_free(&words);
        if (!fine)
            return false;
    }
    return reader->ended || MISTAKE(reader, "the program is cut short: %s is missing", "'end'");
}

bool program_parse(struct program *program, const char *file, const char *chars,
                   struct error *error)
{
    *program = (struct program){.thread_count = 1, .places = 1};
    struct reader reader = {
        .program = program, .file = file, .line = 1, .thread = -1, .error = error};
    struct text_list lines = {0};
    text_split(&lines, chars, '\n');
    for (size_t i = 0; i < lines.count; i++) /* as some editors end lines */
        lines.items[i][strcspn(lines.items[i], "\r")] = '\0';
    bool fine = read_lines(&reader, &lines);
    text_list_free(&lines);
    if (!fine)
        program_free(program);
    return fine;
}
