/* SPDX-License-Identifier: MIT
 *
 * The fixture of the tracing collectors' tests; see tracing_fixture.h.
 */
#include "tracing_fixture.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { MOST_THREADS = 16 };

const struct hm_shape tracing_node = {
    .id = 0, .slots = NODE_SLOTS, .bytes = 8, .hint = HM_INSTANCE, .name = "node"};
const struct hm_shape tracing_list = {
    .id = 1, .vary = HM_VARY_SLOTS, .hint = HM_LIST, .name = "list"};
const struct hm_shape tracing_string = {
    .id = 2, .vary = HM_VARY_BYTES, .hint = HM_STRING, .name = "string"};
const struct hm_shape tracing_link = {.id = 3, .slots = 1, .hint = HM_INSTANCE, .name = "link"};

static const struct hm_shape *const shapes[] = {&tracing_node, &tracing_list, &tracing_string,
                                                &tracing_link, NULL};

static struct drive_plugin loaded;
static size_t scale;

void tracing_arguments(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s PLUGIN SCALE [option=value ...]\n", argv[0]);
        exit(DRIVE_USAGE);
    }
    scale = strtoull(argv[2], NULL, 10);
    if (scale == 0 || !drive_load(&loaded, argv[1], (const char *const *)&argv[3])) {
        fprintf(stderr, "%s: %s\n", argv[0], scale == 0 ? "the scale is 0" : loaded.why);
        exit(DRIVE_USAGE);
    }
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED_SCALE = 10 };
#else
enum { SANITIZED_SCALE = 1 };
#endif

size_t tracing_scaled(size_t full, size_t least)
{
    size_t scaled = full / scale / SANITIZED_SCALE;
    return scaled < least ? least : scaled;
}

bool tracing_is_scaled(void)
{
    return scale > 1;
}

struct drive_heap *tracing_open(uint64_t heap_bytes, uint32_t mutators)
{
    struct drive_heap *opened = calloc(1, sizeof *opened);
    assert_non_null(opened);
    opened->request.heap_bytes = heap_bytes;
    opened->request.most_mutators = mutators;
    opened->request.globals = TRACING_GLOBALS;
    opened->request.name_depth = TRACING_NAME_DEPTH;
    opened->request.spare_depth = TRACING_NAME_DEPTH;
    opened->request.shapes = shapes;
    opened->request.shape_count = sizeof shapes / sizeof *shapes - 1;
    if (!drive_open(opened, &loaded))
        fail_msg("%s", opened->refusal.sentence);
    return opened;
}

void tracing_close(struct drive_heap *opened)
{
    struct hm_refusal broken = {.sentence = ""};
    if (!opened->heap->ops->verify(opened->heap, NULL, &broken))
        fail_msg("%s", broken.sentence);
    opened->heap->ops->close(opened->heap);
    free(opened);
}

hm_mutator *tracing_attach(struct drive_heap *opened, uint32_t index, struct hm_log *log)
{
    struct hm_refusal refusal = {.sentence = ""};
    hm_mutator *m = opened->heap->ops->attach(opened->heap, index, log, &refusal);
    if (m == NULL)
        fail_msg("%s", refusal.sentence);
    return m;
}

void tracing_detach(hm_mutator *m)
{
    hm_pop(m, m->name_base);
    m->heap->ops->detach(m);
}

struct hm_statistics tracing_statistics(const struct drive_heap *opened)
{
    struct hm_statistics statistics = {.size = sizeof statistics};
    opened->heap->ops->statistics(opened->heap, &statistics);
    return statistics;
}

struct hm_census tracing_census(const struct drive_heap *opened, hm_mutator *m)
{
    struct hm_census census = {.size = sizeof census};
    opened->heap->ops->census(opened->heap, m, &census);
    return census;
}

void tracing_collect(const struct drive_heap *opened, hm_mutator *m)
{
    opened->heap->ops->collect(opened->heap, m, HM_COLLECT_FULL);
}

struct runner {
    struct tracing_thread thread;
    void (*body)(struct tracing_thread *);
    pthread_t id;
};

static void *run(void *argument)
{
    struct runner *runner = argument;
    struct tracing_thread *thread = &runner->thread;
    struct hm_refusal refusal;
    hm_heap *heap = thread->opened->heap;
    thread->m = heap->ops->attach(heap, thread->index, NULL, &refusal);
    if (thread->m == NULL) {
        thread->wrong = "attach refused";
        return NULL;
    }
    runner->body(thread);
    tracing_detach(thread->m);
    return NULL;
}

void tracing_threads(struct drive_heap *opened, uint32_t count,
                     void (*body)(struct tracing_thread *), void *user)
{
    struct runner runners[MOST_THREADS];
    assert_true(count <= MOST_THREADS);
    for (uint32_t i = 0; i < count; i++) {
        runners[i] =
            (struct runner){.thread = {.opened = opened, .index = i, .user = user}, .body = body};
        assert_int_equal(pthread_create(&runners[i].id, NULL, run, &runners[i]), 0);
    }
    for (uint32_t i = 0; i < count; i++)
        pthread_join(runners[i].id, NULL);
    for (uint32_t i = 0; i < count; i++)
        if (runners[i].thread.wrong != NULL)
            fail_msg("thread %u: %s", i, runners[i].thread.wrong);
}

bool tracing_chain(hm_mutator *m, hm_name *name, size_t count)
{
    hm_name *tail = hm_push(m, 1);
    hm_clear(m, name);
    for (size_t i = 0; i < count; i++) {
        hm_move(m, tail, name);
        hm_ref link = hm_try_new(m, name, &tracing_link);
        if (hm_is_null(link)) {
            hm_pop(m, tail);
            return false;
        }
        hm_init_give(m, link, 0, tail);
    }
    hm_pop(m, tail);
    return true;
}

size_t tracing_chain_length(hm_mutator *m, hm_name *name)
{
    size_t length = 0;
    hm_name *keep = hm_push(m, 1);
    hm_spare *spare = hm_push_spare(m, 1);
    for (hm_ref link = hm_at(name); !hm_is_null(link); link = hm_peek(m, spare, link, 0)) {
        link = hm_poll_keep(m, keep, link);
        length++;
    }
    hm_pop_spare(m, spare);
    hm_pop(m, keep);
    return length;
}
