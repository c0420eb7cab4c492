/* SPDX-License-Identifier: MIT
 *
 * A program's actions as statements of C; see trace.h.
 */
#include "check/trace.h"

#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

#include "check/session.h"

enum { MOST_LOOKED_AT = 200, MOST_PATH = 64 };

struct check_trace *check_trace_new(void)
{
    void *memory = mmap(NULL, sizeof(struct check_trace), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void check_trace_free(struct check_trace *trace)
{
    munmap(trace, sizeof *trace);
}

/* A whole line or none; only its thread appends to a text. */
static void put(struct check_thread *thread, const struct text *line)
{
    struct check_trace *trace = thread->session->target->trace;
    uint32_t index = thread->head.index;
    size_t left = TRACE_THREAD_BYTES - thread->traced;
    if (trace->cut[index] || line->length >= left) {
        trace->cut[index] = true;
        return;
    }
    memcpy(trace->text[index] + thread->traced, text_chars(line), line->length);
    thread->traced += line->length;
}

/* ---- pieces ---- */

/* "&n[3]" */
static void append_name(struct text *text, const struct check_thread *thread, const hm_name *name)
{
    text_format(text, "&n[%td]", name - thread->head.names);
}

/* "hm_at(&n[3])", or hm_null */
static void append_ref(struct text *text, const struct check_thread *thread, const hm_name *name)
{
    if (name == NULL) {
        text_append(text, "hm_null");
        return;
    }
    text_append(text, "hm_at(");
    append_name(text, thread, name);
    text_append(text, ")");
}

/* A call, its arguments by letters: a b c names, A B refs of them, x y n numbers, s a shape, v a
 * word, o board and slot of a shared operation. */
static void append_call(struct text *text, const struct check_thread *thread,
                        const struct hm_action *action, const char *function, const char *letters)
{
    text_format(text, "DO(%s(m", function);
    for (; *letters != '\0'; letters++) {
        text_append(text, ", ");
        switch (*letters) {
        case 'a':
            append_name(text, thread, action->a);
            break;
        case 'b':
            append_name(text, thread, action->b);
            break;
        case 'c':
            append_name(text, thread, action->c);
            break;
        case 'A':
            append_ref(text, thread, action->a);
            break;
        case 'B':
            append_ref(text, thread, action->b);
            break;
        case 's':
            text_format(text, "shapes[%" PRIu32 "] /* %s */", action->shape->id,
                        action->shape->name);
            break;
        case 'v':
            text_format(text, "UINT64_C(0x%" PRIx64 ")", action->value);
            break;
        case 'o':
            if (action->board == HM_NO_BOARD)
                text_format(text, "GLOBALS, %zu", action->x);
            else
                text_format(text, "%zu, %zu", action->board, action->x);
            break;
        default:
            text_format(text, "%zu",
                        *letters == 'x'   ? action->x
                        : *letters == 'y' ? action->y
                                          : action->n);
        }
    }
    text_append(text, "));");
}

static const struct {
    const char *function, *letters;
} calls[HM_ACTION_COUNT] = {
    [HM_ACTION_NEW] = {"hm_new", "as"},
    [HM_ACTION_NEW_N] = {"hm_new_n", "asn"},
    [HM_ACTION_TRY_NEW] = {"hm_try_new", "as"},
    [HM_ACTION_TRY_NEW_N] = {"hm_try_new_n", "asn"},
    [HM_ACTION_CLONE] = {"hm_clone", "ab"},
    [HM_ACTION_GET] = {"hm_get", "aBx"},
    [HM_ACTION_PEEK_BIND] = {"peek_bind", "aBx"},
    [HM_ACTION_PEEK_GET] = {"peek_get", "aBxy"},
    [HM_ACTION_PEEK_SET] = {"peek_set", "aBxy"},
    [HM_ACTION_SET_SLOT] = {"set_slot", "axBy"},
    [HM_ACTION_UNLINK] = {"unlink_slot", "axBxy"},
    [HM_ACTION_CUT_CLEAR] = {"cut_clear", "axyn"},
    [HM_ACTION_CUT_SHIFT] = {"cut_shift", "axyn"},
    [HM_ACTION_FILL_SLOT] = {"fill_slot", "axnBy"},
    [HM_ACTION_INIT] = {"hm_init", "AxB"},
    [HM_ACTION_INIT_GIVE] = {"hm_init_give", "Axb"},
    [HM_ACTION_SET] = {"hm_set", "AxB"},
    [HM_ACTION_GIVE] = {"hm_give", "Axb"},
    [HM_ACTION_TAKE] = {"hm_take", "aBx"},
    [HM_ACTION_MOVE] = {"hm_move", "ab"},
    [HM_ACTION_BIND] = {"hm_bind", "aB"},
    [HM_ACTION_CLEAR] = {"hm_clear", "a"},
    [HM_ACTION_PUSH] = {"hm_push", "n"},
    [HM_ACTION_POP] = {"hm_pop", "a"},
    [HM_ACTION_COPY_SLOTS] = {"hm_copy_slots", "AxByn"},
    [HM_ACTION_CLEAR_SLOTS] = {"hm_clear_slots", "Axn"},
    [HM_ACTION_FILL_SLOTS] = {"hm_fill_slots", "AxnB"},
    [HM_ACTION_GET_SHARED] = {"get_shared", "oa"},
    [HM_ACTION_SET_SHARED] = {"set_shared", "oA"},
    [HM_ACTION_SWAP_SHARED] = {"swap_shared", "oa"},
    [HM_ACTION_PUT_WORD] = {"hm_put_word", "Axv"},
    [HM_ACTION_POLL] = {"hm_poll", ""},
    [HM_ACTION_POLL_KEEP] = {"poll_keep", "ab"},
    [HM_ACTION_PAUSE] = {"pause_ns", "v"},
    [HM_ACTION_MEET] = {"meet", ""},
    [HM_ACTION_NEW_WEAK] = {"hm_new_weak", "ab"},
    [HM_ACTION_WEAK_GET] = {"hm_weak_get", "aB"},
    [HM_ACTION_NEW_EPHEMERON] = {"hm_new_ephemeron", "abc"},
    [HM_ACTION_EPHEMERON_GET] = {"hm_ephemeron_get", "aB"},
    [HM_ACTION_WATCH] = {"hm_watch", "a"},
    [HM_ACTION_NEXT_DEAD] = {"hm_next_dead", "a"},
};

/* ---- actions that are more than a call ---- */

static void append_write(struct text *text, const struct check_thread *thread,
                         const struct hm_action *action)
{
    text_append(text, "WRITE(");
    append_ref(text, thread, action->a);
    text_format(text, ", %zu, %zu", action->x, action->n);
    for (size_t i = 0; i < action->n; i++)
        text_format(text, ", %u", ((const unsigned char *)action->bytes)[i]);
    text_append(text, ");");
}

/* After an object is made: the mark by which it is known again. */
static void append_stamp(struct text *text, const struct check_thread *thread,
                         const struct hm_action *action)
{
    const struct hm_shadow *object = action->object;
    if (object == NULL || object->bytes < sizeof(uint64_t))
        return;
    text_append(text, " stamp(m, ");
    append_name(text, thread, action->a);
    text_format(text, ", %" PRIu32 ", UINT64_C(0x%" PRIx64 "));", object->slot_count,
                hm_shadow_stamp(object->id));
}

static void append_collections(struct text *text, const struct check_thread *thread)
{
    static const char *const kinds[] = {"FULL", "MINOR", "MOVING", "STEP", "START", "FINISH"};
    const struct check_session *session = thread->session;
    if (thread->stage == STAGE_LOOK) {
        uint32_t times = session->wants_collect ? session->can.complete_after : 0;
        for (uint32_t i = 0; session->wants_collect && i < (times == 0 ? 1 : times); i++)
            text_append(text, "collect(m, HM_COLLECT_FULL); ");
        text_append(text, "look(m);");
    } else if (thread->op.kind == PROGRAM_COLLECT) {
        text_format(text, "collect(m, HM_COLLECT_%s);",
                    kinds[thread->op.x % (sizeof kinds / sizeof *kinds)]);
    } else {
        text_append(text, "look(m);");
    }
}

/* ---- what should be there ---- */

struct place {
    const struct hm_shadow *object; /* what it should own */
    size_t before;                  /* the place of its holder; SIZE_MAX: it is a name */
    size_t index;                   /* of the slot or name */
};

static void append_expectation(struct text *text, const struct place *places, size_t at)
{
    size_t path[MOST_PATH], length = 0;
    const struct hm_shadow *object = places[at].object;
    if (object == NULL && places[at].before == SIZE_MAX)
        return; /* no collector fills a name that is null */
    for (; places[at].before != SIZE_MAX; at = places[at].before) {
        if (length == MOST_PATH)
            return;
        path[length++] = places[at].index;
    }
    text_format(text, "    expect(m, &n[%zu], PATH(", places[at].index);
    for (size_t i = length; i-- > 0;)
        text_format(text, "%zu%s", path[i], i > 0 ? ", " : "");
    text_format(text, "), ");
    if (object == NULL)
        text_append(text, "NOTHING, 0);\n");
    else if (object->bytes < sizeof(uint64_t))
        text_append(text, "SOMETHING, 0);\n");
    else
        text_format(text, "%" PRIu32 ", UINT64_C(0x%" PRIx64 "));\n", object->slot_count,
                    hm_shadow_stamp(object->id));
}

static bool is_met(const struct place *places, size_t count, const struct hm_shadow *object)
{
    for (size_t i = 0; i < count; i++)
        if (places[i].object == object)
            return true;
    return false;
}

/* Breadth first, from the names, up to a number of places that a person reads. */
static void append_expectations(struct text *text, const struct hm_action *action)
{
    struct place places[MOST_LOOKED_AT];
    size_t count = 0;
    for (size_t i = 0; i < action->n && count < MOST_LOOKED_AT; i++)
        places[count++] = (struct place){action->at[i], SIZE_MAX, i};
    for (size_t at = 0; at < count; at++) {
        const struct hm_shadow *object = places[at].object;
        append_expectation(text, places, at);
        if (object == NULL || is_met(places, at, object))
            continue;
        for (size_t i = 0; i < object->slot_count && count < MOST_LOOKED_AT; i++)
            places[count++] = (struct place){object->slots[i], at, i};
    }
}

/* ---- lines ---- */

static void append_statement(struct text *text, const struct check_thread *thread,
                             const struct hm_action *action)
{
    if (action->kind == HM_ACTION_WRITE)
        append_write(text, thread, action);
    else if (action->kind == HM_ACTION_CALL)
        append_collections(text, thread);
    else if (calls[action->kind].function != NULL)
        append_call(text, thread, action, calls[action->kind].function,
                    calls[action->kind].letters);
    if (action->kind == HM_ACTION_NEW || action->kind == HM_ACTION_NEW_N ||
        action->kind == HM_ACTION_TRY_NEW || action->kind == HM_ACTION_TRY_NEW_N ||
        action->kind == HM_ACTION_CLONE)
        append_stamp(text, thread, action);
}

/* The operation of the program that the action comes from. */
static void append_comment(struct text *text, const struct check_thread *thread)
{
    if (thread->stage != STAGE_NONE || thread->at == 0)
        return;
    text_format(text, " /* %zu: ", thread->at - 1);
    program_append_op(text, &thread->op);
    text_append(text, " */");
}

/* Where it may collect inside, as slow_paths.c has it. Others come to no such place. */
static const char *const insides[HM_ACTION_COUNT] = {
    [HM_ACTION_NEW] = "MAKES",       [HM_ACTION_NEW_N] = "MAKES",
    [HM_ACTION_TRY_NEW] = "MAKES",   [HM_ACTION_TRY_NEW_N] = "MAKES",
    [HM_ACTION_CLONE] = "CLONES",    [HM_ACTION_POLL] = "POLLS",
    [HM_ACTION_POLL_KEEP] = "KEEPS", [HM_ACTION_NEW_WEAK] = "KEEPS",
    [HM_ACTION_PAUSE] = "WAITS",     [HM_ACTION_NEW_EPHEMERON] = "KEEPS",
    [HM_ACTION_MEET] = "QUIET",      [HM_ACTION_CALL] = "QUIET",
};

static void append_inside(struct text *text, const struct check_thread *thread,
                          enum hm_action_kind kind)
{
    if (insides[kind] != NULL && program_collects_inside(thread->session->program))
        text_format(text, "inside(m, %s); ", insides[kind]);
}

void trace_action(struct check_thread *thread, const struct hm_action *action)
{
    struct text line = {0};
    if (action->kind == HM_ACTION_VERIFY) {
        append_expectations(&line, action);
    } else {
        text_append(&line, "    ");
        append_inside(&line, thread, action->kind);
        append_statement(&line, thread, action);
        append_comment(&line, thread);
        text_append(&line, "\n");
    }
    if (line.length > 5)
        put(thread, &line);
    text_free(&line);
}

void trace_rebirth(struct check_thread *thread)
{
    struct text line = {0};
    bool inside = program_collects_inside(thread->session->program);
    text_format(&line, "%s    m = born_again(m);\n%s    n = hm_push(m, BASE_NAMES);\n",
                inside ? "    inside(m, QUIET);\n" : "", inside ? "    collect_inside(m);\n" : "");
    put(thread, &line);
    text_free(&line);
}
