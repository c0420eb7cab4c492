/* SPDX-License-Identifier: MIT
 *
 * calibration: `none` with a known weight, to hold the harness's figures against.
 *
 * Each variant is one weight. What it weighs is no wish: it is whatever really happened, as read
 * off the clock here and written to a journal (journal.h), so that a test holds on a machine that
 * is busy. Weights are put on where memory is asked of the heap, once in a run of 8 MiB:
 * milliseconds apart, so that no two of them meet.
 */
#include <heapmark/plugin.h>

/* Its descriptor is not ours, and not exported. */
#pragma push_macro("HM_PLUGIN")
#undef HM_PLUGIN
#define HM_PLUGIN static const __attribute__((unused)) struct hm_plugin none_plugin
#define NONE_RUN_BLOCKS 128
#define hm_set_none hm_set_calibration_plain
#include <none/none.c>
#pragma pop_macro("HM_PLUGIN")

#include <calibration/barrier_count.h>
#include <calibration/journal.h>
#include <calibration/serving.h>
#include <calibration/weights.h>

#include <errno.h>
#include <stdio.h>
#include <time.h>

enum weight {
    PAUSES,
    HELPER,
    UNREPORTED,
    LEAK,
    FOOTPRINT,
    BARRIER,
    RELEASES,
    COUNTS,
    STEPS,
    ASLEEP,
    DRAG,
    SERVE,
    NEEDS
};

enum { OPTION_LENGTH = 1, OPTION_STEP, OPTION_LEAST };

/* Instructions of a release or sweep of `steps`; what is shorter than the time is not told. */
enum { CALIBRATION_STEPS = 20000, TOLD_NS = 10000 };

extern const struct hm_kernel_set hm_set_calibration_barrier, hm_set_calibration_serve;

uint64_t calibration_barriers;

static struct {
    enum weight weight;
    uint64_t length_ns, step_bytes;
    bool enough;         /* is the heap's limit, for NEEDS? */
    struct hm_host host; /* what `none` is given: the real one's, but the clock is ours */
    const struct hm_host *real;
    uint64_t stop_ns, stop_cpu_ns; /* of the one thread that has the world stopped */
    uint64_t works;
    _Atomic uint64_t raised, lowered;
    struct hm_slow slow;
} set;

/* ---- weights ---- */

static void spin(uint64_t length_ns)
{
    uint64_t end_ns = journal_now_ns() + length_ns;
    while (journal_now_ns() < end_ns)
        continue;
}

/* Whoever sleeps is let run again at once on a machine that is busy. */
static void sleep_until(uint64_t end_ns)
{
    struct timespec until = {.tv_sec = (time_t)(end_ns / 1000000000),
                             .tv_nsec = (long)(end_ns % 1000000000)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        continue;
}

void calibration_serve(void)
{
    uint64_t start_ns = journal_now_ns();
    sleep_until(start_ns + set.length_ns);
    journal_note(JOURNAL_SERVED, start_ns, journal_now_ns(), 0);
}

/* Events go through here: the moments that are told are those of the journal. Reading the thread's
 * clock is where a thread that has used up its slice loses the processor, so a stop is told before
 * that is read for the journal: it would be told late. */
static void tell(struct hm_log *log, enum hm_event_kind kind, uint64_t time_ns, uint64_t value)
{
    if (kind == HM_EVENT_STOPPED)
        journal_note(JOURNAL_SAFEPOINT, set.stop_ns, time_ns, 0);
    else if (kind == HM_EVENT_RESUMED)
        journal_note(JOURNAL_PAUSE, set.stop_ns, time_ns, journal_cpu_ns() - set.stop_cpu_ns);
    set.real->event(log, kind, time_ns, value);
    if (kind == HM_EVENT_STOP_REQUESTED) {
        set.stop_ns = time_ns;
        set.stop_cpu_ns = journal_cpu_ns();
    }
}

/* The pause that is told is longer than what is done in it, and shorter than all of this. */
static void pause_all(struct none_heap *heap, struct kit_mutator *m)
{
    uint64_t before_ns = journal_now_ns();
    if (!kit_world_stop(&heap->world, m))
        return;
    kit_event(&set.host, m, HM_EVENT_COLLECTION_BEGIN, HM_COLLECT_FULL);
    uint64_t start_ns = journal_now_ns();
    spin(set.length_ns);
    uint64_t within_ns = journal_now_ns() - start_ns;
    kit_event(&set.host, m, HM_EVENT_COLLECTION_END, 0);
    kit_world_resume(&heap->world, m);
    journal_note(JOURNAL_AROUND, before_ns, journal_now_ns(), within_ns);
}

/* By turns a release and a sweep, each of so much CPU of the thread. */
static void work(hm_mutator *m)
{
    bool sweeps = set.works++ % 2 != 0;
    uint64_t start_cpu_ns = journal_cpu_ns();
    journal_note(JOURNAL_THREAD, journal_now_ns(), start_cpu_ns, 0);
    uint64_t start_ns = kit_work_begins(set.real, m->log);
    start_cpu_ns = journal_cpu_ns();
    while (journal_cpu_ns() < start_cpu_ns + set.length_ns)
        continue;
    uint64_t cpu_ns = journal_cpu_ns() - start_cpu_ns, end_ns = journal_now_ns();
    set.real->event(m->log, sweeps ? HM_EVENT_SWEEP_BEGIN : HM_EVENT_RELEASE_BEGIN, start_ns, 0);
    set.real->event(m->log, sweeps ? HM_EVENT_SWEEP_END : HM_EVENT_RELEASE_END, end_ns, 0);
    journal_note(JOURNAL_WORK, start_ns, end_ns, cpu_ns);
}

/* By turns a release and a sweep, each of so many instructions and hardly more. They are short, so
 * by the clock only some would have to be told. */
static void work_steps(hm_mutator *m)
{
    bool sweeps = set.works++ % 2 != 0;
    uint64_t start_ns = kit_work_begins(set.real, m->log);
    __asm__ volatile(".rept %c0\n\tnop\n\t.endr" : : "i"(CALIBRATION_STEPS));
    uint64_t end_ns = set.real->now_ns();
    if (end_ns - start_ns < TOLD_NS)
        return;
    set.real->event(m->log, sweeps ? HM_EVENT_SWEEP_BEGIN : HM_EVENT_RELEASE_BEGIN, start_ns, 0);
    set.real->event(m->log, sweeps ? HM_EVENT_SWEEP_END : HM_EVENT_RELEASE_END, end_ns, 0);
}

static void count(void)
{
    enum { RAISED = 1000, LOWERED = 900 };
    atomic_fetch_add(&set.raised, RAISED);
    atomic_fetch_add(&set.lowered, LOWERED);
    journal_note(JOURNAL_COUNTS, journal_now_ns(), RAISED, LOWERED);
}

static void put_weight_on(struct none_heap *heap, struct kit_mutator *m)
{
    switch (set.weight) {
    case PAUSES:
        pause_all(heap, m);
        break;
    case HELPER:
        helper_request(set.length_ns);
        break;
    case UNREPORTED:
        spin(set.length_ns);
        break;
    case FOOTPRINT:
        footprint_step(set.step_bytes, kit_pool_held_bytes(&heap->pool));
        break;
    case RELEASES:
        work(&m->head);
        break;
    case COUNTS:
        count();
        break;
    case STEPS:
        work_steps(&m->head);
        journal_note(JOURNAL_STEPS, journal_now_ns(), CALIBRATION_STEPS, 0);
        break;
    case ASLEEP:
    case DRAG: /* so that each of its states is looked at */
        sleep_until(journal_now_ns() + set.length_ns);
        break;
    case LEAK:
    case BARRIER:
    case SERVE:
    case NEEDS:
        break;
    }
}

static uint64_t allocated_bytes(struct none_heap *heap)
{
    struct hm_statistics report = {.size = sizeof report};
    statistics(&heap->head, &report);
    return report.allocated_bytes;
}

static hm_ref weighed_allocate(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n,
                               uint32_t flags)
{
    struct none_heap *heap = heap_of(m);
    uint64_t entered_ns = journal_now_ns();
    struct journal_moment start = {0};
    bool stalls = set.weight == UNREPORTED || set.weight == ASLEEP;
    if (set.weight == NEEDS && !set.enough)
        hm_land(m, HM_OUT_OF_MEMORY);
    if (stalls)
        start = journal_moment();
    put_weight_on(heap, (struct kit_mutator *)m);
    hm_ref ref = allocate(m, name, shape, n, flags);
    if (stalls) {
        struct journal_moment end = journal_moment();
        journal_note(JOURNAL_STALL, start.ns, end.ns, end.waited_ns - start.waited_ns);
        journal_note(JOURNAL_SLOW, entered_ns, journal_now_ns(), 0);
    }
    if (set.weight == FOOTPRINT)
        footprint_note(kit_pool_held_bytes(&heap->pool));
    if (set.weight == LEAK)
        journal_note(JOURNAL_LIVE, journal_now_ns(), allocated_bytes(heap), 0);
    if (set.weight == DRAG)
        drag_step(set.step_bytes, allocated_bytes(heap));
    return ref;
}

/* ---- the heap side ---- */

static enum weight weight_of(const struct hm_variant *variant);

static hm_heap *weighed_open(const struct hm_open *request, struct hm_refusal *refusal)
{
    static struct hm_open changed;
    changed = *request;
    set.weight = weight_of(request->variant);
    set.length_ns = (uint64_t)request->options[OPTION_LENGTH].integer * 1000;
    set.step_bytes = (uint64_t)request->options[OPTION_STEP].integer;
    set.enough = request->heap_bytes == 0 ||
                 request->heap_bytes >= (uint64_t)request->options[OPTION_LEAST].integer;
    if (set.weight == NEEDS)
        journal_note(JOURNAL_LIMIT, request->heap_bytes, set.enough, 0);
    set.real = request->host;
    set.host = (struct hm_host){
        .size = offsetof(struct hm_host, phase), .now_ns = journal_now_ns, .event = tell};
    set.slow = slow;
    set.slow.allocate = weighed_allocate;
    changed.host = &set.host;
    hm_heap *heap = open_heap(&changed, refusal);
    if (heap == NULL)
        return NULL;
    if (set.weight == BARRIER)
        heap->set = &hm_set_calibration_barrier;
    if (set.weight == SERVE)
        heap->set = &hm_set_calibration_serve;
    if (set.weight == HELPER)
        helper_start(set.real);
    return heap;
}

static hm_mutator *weighed_attach(hm_heap *heap, uint32_t index, struct hm_log *log,
                                  struct hm_refusal *refusal)
{
    hm_mutator *m = attach(heap, index, log, refusal);
    if (m != NULL)
        m->slow = &set.slow;
    return m;
}

static void weighed_statistics(hm_heap *heap, struct hm_statistics *report)
{
    statistics(heap, report);
    if (set.weight == PAUSES)
        report->collections = HM_UNKNOWN; /* `none` says 0, and that would come before the events */
    if (set.weight == COUNTS) {
        report->increments = atomic_load(&set.raised);
        report->decrements = atomic_load(&set.lowered);
    }
    if (set.weight == DRAG) {
        struct drag now = drag_now();
        report->allocated_bytes = now.allocated_bytes;
        report->live_bytes = now.unreclaimed_bytes;
        report->held_bytes = now.held_bytes;
    }
    if (set.weight != FOOTPRINT)
        return;
    report->held_bytes += footprint_held_bytes();
    report->held_peak_bytes = footprint_peak_bytes();
}

static void weighed_close(hm_heap *base)
{
    struct none_heap *heap = (struct none_heap *)base;
    if (set.weight == HELPER)
        helper_stop();
    if (set.weight == BARRIER)
        journal_note(JOURNAL_BARRIERS, calibration_barriers, CALIBRATION_BARRIER, 0);
    if (set.weight == LEAK)
        journal_note(JOURNAL_ALLOCATED, heap->bytes, 0, 0);
    footprint_close();
    close_heap(base);
    journal_close();
}

static const struct hm_heap_ops weighed_ops = {
    .size = sizeof weighed_ops,
    .abi = HM_ABI,
    .open = weighed_open,
    .attach = weighed_attach,
    .detach = detach,
    .collect = collect,
    .statistics = weighed_statistics,
    .close = weighed_close,
    .census = census,
};

static const struct hm_capabilities limited_capabilities = {
    .size = sizeof limited_capabilities,
    .shares = true,
    .reopenable = true,
    .reports_pauses = true,
    .heap_limit = true,
    .least_heap_bytes = 1 << 16,
    .most_slots = KIT_MOST,
    .most_bytes = KIT_MOST,
    .granule_bytes = KIT_GRANULE_BYTES,
};

#define VARIANT_THAT(can, id, word, sentence)                                                      \
    static const struct hm_variant id = {                                                          \
        .size = sizeof id,                                                                         \
        .name = word,                                                                              \
        .summary = sentence,                                                                       \
        .capabilities = &can,                                                                      \
        .heap_ops = &weighed_ops,                                                                  \
    }
#define VARIANT(id, word, sentence) VARIANT_THAT(capabilities, id, word, sentence)

VARIANT(pauses, "pauses", "stops the world for `length` every 8 MiB that a mutator allocates");
VARIANT(helper, "helper", "has a thread use `length` of CPU every 8 MiB");
VARIANT(unreported, "unreported", "holds a mutator up for `length` every 8 MiB, and tells nobody");
VARIANT(leak, "leak", "puts no weight on, but all that is ever made stays");
VARIANT(footprint, "footprint",
        "holds `step` bytes more every 8 MiB, 12 times, then as often less, and so on");
VARIANT(barrier, "barrier", "takes 1000 instructions to store a reference by hm_set");

VARIANT(releases, "releases", "by turns releases and sweeps for `length` of CPU every 8 MiB");
VARIANT(steps, "steps", "by turns releases and sweeps of 20000 instructions every 8 MiB");
VARIANT(counts, "counts", "raises 1000 counts and lowers 900 every 8 MiB");

VARIANT(asleep, "asleep", "lets a mutator sleep for `length` every 8 MiB, and tells nobody");
VARIANT(drag_variant, "drag", "holds and reclaims by known functions of what was allocated");
VARIANT(serve, "serve",
        "takes `length` to read a reference by hm_get, as each request of `server` does");
VARIANT_THAT(limited_capabilities, needs, "needs",
             "is out of memory at once in a heap of less than `least` bytes, and never else");

static const struct hm_variant *const variants[] = {
    [PAUSES] = &pauses,         [HELPER] = &helper,
    [UNREPORTED] = &unreported, [LEAK] = &leak,
    [FOOTPRINT] = &footprint,   [BARRIER] = &barrier,
    [RELEASES] = &releases,     [COUNTS] = &counts,
    [STEPS] = &steps,           [ASLEEP] = &asleep,
    [DRAG] = &drag_variant,     [SERVE] = &serve,
    [NEEDS] = &needs,           NULL};

static enum weight weight_of(const struct hm_variant *variant)
{
    enum weight weight = PAUSES;
    while (variants[weight + 1] != NULL && variants[weight] != variant)
        weight++;
    return weight;
}

static const struct hm_setting length = {
    .name = "length",
    .help = "microseconds of a pause, a stall, or of CPU",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = 10000000,
    .standard.integer = 2000,
};

static const struct hm_setting step = {
    .name = "step",
    .help = "bytes of a step of the footprint",
    .type = HM_BYTES,
    .least.integer = 1 << 12,
    .most.integer = 1 << 30,
    .standard.integer = 16 << 20,
};

static const struct hm_setting least = {
    .name = "least",
    .help = "bytes of the smallest heap that is enough",
    .type = HM_BYTES,
    .least.integer = 1,
    .most.integer = INT64_C(1) << 40,
    .standard.integer = 50000000,
};

HM_PLUGIN = {
    HM_PLUGIN_HEAD,
    .name = "calibration",
    .version = "1",
    .summary =
        "Has a known weight, to hold the harness's figures against; no collector to compare.",
    .source = "none",
    .variants = variants,
    .options = (const struct hm_setting *const[]){&limit, &length, &step, &least, NULL},
};
