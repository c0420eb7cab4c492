/* SPDX-License-Identifier: MIT
 *
 * The plugin interface: what a collector's shared object exports and what it is given.
 *
 * A plugin exports one symbol, `heapmark_plugin`, a constant descriptor. It imports nothing
 * from the program that loads it: the host's services come as a table in struct hm_open. It is
 * loaded with RTLD_NOW | RTLD_LOCAL, in a process that opens its heaps, one at a time unless
 * it is reopenable, and that may end at any moment.
 *
 * Every struct begins with its size, so that one that was compiled against an older contract
 * is understood: fields are only appended, and what lies beyond `size` is taken as zero. Lists
 * are null-terminated arrays of pointers, so that rows may grow. A different `abi`, a short
 * required table or a missing operation is a refusal in words, never a crash.
 *
 * Heap-side functions are called by the harness only, never by a workload, by any thread. attach,
 * detach and collect may be called by several threads at once, and statistics during any of them,
 * so it must not wait for a stop; all others one at a time for a heap.
 */
#ifndef HEAPMARK_PLUGIN_H
#define HEAPMARK_PLUGIN_H

#include <heapmark/events.h>
#include <heapmark/operations.h>
#include <heapmark/phases.h>

enum { HM_ABI = 1 };

/* "This figure is not known", wherever a collector reports one. */
#define HM_UNKNOWN UINT64_MAX

/* ---- values: options of collectors, parameters of workloads ---- */

enum hm_type {
    HM_INTEGER, /* value.integer */
    HM_BYTES,   /* value.integer; written with units: 64MiB */
    HM_DECIMAL, /* value.decimal */
    HM_BOOLEAN, /* value.integer 0 or 1; written yes, no, true, false, 1, 0 */
    HM_CHOICE,  /* value.integer, an index into choices */
};

union hm_value {
    int64_t integer;
    double decimal;
};

/* One option or parameter: a row that says all there is to say. The harness parses, checks the
 * range, proposes the nearest name, and shows it in `heapmark list`. */
struct hm_setting {
    const char *name; /* lower-case words joined by '_' or '-' */
    const char *help; /* one sentence, with the unit */
    enum hm_type type;
    union hm_value least, most,
        standard;               /* bounds are inclusive; for a choice unused but standard */
    const char *const *choices; /* null-terminated; for HM_CHOICE */
};

/* ---- what a collector can do: data, not code ---- */

struct hm_capabilities {
    uint32_t size;
    uint32_t most_mutators; /* attached at once; 0: any number */

    bool frees;          /* false: never reclaims (a floor, a template) */
    bool cycles;         /* reclaims unreachable cycles */
    bool prompt;         /* reclaims at the operation that drops the last reference */
    bool moves;          /* objects change their address (the bits of a reference may, too) */
    bool shares;         /* an object may be reached by several threads */
    bool counts;         /* `count` gives the references from names and slots, exactly */
    bool heap_limit;     /* keeps bytes held under open's heap_bytes */
    bool reports_pauses; /* emits the events of its stops */
    bool census;         /* has `census` */
    bool walk;           /* has `walk` */
    bool weak;           /* the groups of optional operations */
    bool ephemerons;
    bool finalizers;
    bool pins;
    bool reopenable;      /* open again after close in one process; several heaps at once */
    bool concurrent;      /* works while mutators run, in threads of its own */
    bool conservative;    /* may take a word for a reference: completeness has a slack */
    bool checks_workload; /* `strict`: it tests the workload, and its times mean nothing */

    uint32_t complete_after;      /* full collections after which nothing unreachable is held */
    uint64_t most_slots;          /* of one object; 0: bounded by memory only */
    uint64_t most_bytes;          /* of one object's payload; 0: bounded by memory only */
    uint64_t least_heap_bytes;    /* the smallest heap_bytes that open accepts: this, and … */
    uint64_t least_mutator_bytes; /* … this for each of most_mutators */
    uint64_t granule_bytes;       /* object sizes are rounded up to a multiple of this */

    /* Pacing, for a heap without heap_bytes and with standard options. Bytes held stay under
     * held_factor times the most nominal bytes that were owned at once (a word for each header and
     * slot, payload) since the latest full collection that was asked for, plus held_beside_bytes,
     * plus 4 MiB for each of most_mutators: for ever, whatever was there before that collection and
     * however many mutators have ended. One that does not move may keep what it held right after
     * it. And what the collections mark or copy that nobody asked for is in proportion to what is
     * allocated. 0: not promised. */
    uint32_t held_factor;
    uint64_t held_beside_bytes;

    /* A recording (open's) says when each object of the work dies: of threads that do the same in
     * each run, each with objects of its own. */
    bool records; /* writes one */
    bool replays; /* frees by one, and so works for the recorded work only */

    /* Has threads that collect and cannot call begin_thread, as they are a library's: what CPU of
     * the process is nobody else's is counted as collecting. */
    bool hidden_threads;

    /* HM_COLLECT_MINOR is a collection of its own, of the youngest generation; without it a full
     * one is done instead. */
    bool generations;
};

/* ---- services of the host ---- */

/* All may be called from any thread, at any time from open to close. */
struct hm_host {
    uint32_t size;
    /* CLOCK_MONOTONIC in nanoseconds: the clock of all events. */
    uint64_t (*now_ns)(void);
    /* A collector thread calls this first: it is placed by the trial's pinning policy (on a free PU
     * of its own while there are some, else on all that the process may use), its CPU time is
     * counted apart, and the log for its events is returned (never null). A thread that does not
     * call it runs where its maker runs: started in open, on all that the process may use; started
     * by a mutator, on that mutator's PU. */
    struct hm_log *(*begin_thread)(const struct hm_host *host, const char *name);
    /* The same thread, last. */
    void (*end_thread)(struct hm_log *log);
    /* Record an event. A log belongs to one thread: no locks, some tens of nanoseconds. Mutators
     * use m->log; a null log is ignored. */
    void (*event)(struct hm_log *log, enum hm_event_kind kind, uint64_t time_ns, uint64_t value);
    /* Keep one sentence with the trial's result: a warning, a broken rule. */
    void (*note)(const struct hm_host *host, const char *sentence);
    /* End the trial with a result of "wrong answer" and this sentence: for a collector that
     * checks the workload or itself. Does not return. */
    __attribute__((noreturn)) void (*fail)(const struct hm_host *host, const char *sentence);
    /* Younger than the contract's first version: look at it where HM_COVERS says so. Null in
     * ordinary trials. A collector that is built for stress testing calls it when it comes to a
     * phase, by the thread that does the phase. It may take some time, so no lock is held that
     * others need to get to a safepoint; it calls nothing of the heap. */
    void (*phase)(const struct hm_host *host, enum hm_phase phase);
    /* Younger still; look at it where HM_COVERS says so. Work begins in a mutator that is told as
     * RELEASE or SWEEP once it turned out to be long: returns now_ns. By the log's own thread; a
     * null log is ignored. Once in a millisecond it costs a system call, which reads the thread's
     * CPU clock. Without it, what CPU the work took is only estimated. Where instructions are
     * counted it returns 1, so that all that begins is long enough to be told. */
    uint64_t (*work_begins)(struct hm_log *log);
    /* The youngest; look at it where HM_COVERS says so. Null in ordinary trials. A collector that
     * is built for stress testing tells that it has just refused itself memory or a thread on
     * purpose, by the thread that asked, with whatever locks it holds: it only counts. */
    void (*refused)(const struct hm_host *host);
};

/* ---- opening a heap ---- */

/* What a heap is opened for. Owned by the harness; good until close returns. */
struct hm_open {
    uint32_t size;
    uint32_t abi;
    /* Limit on bytes held from the operating system; 0: none. Counted is memory for objects and for
     * tables that grow with them; not counted: reserved pages that are not touched, name stacks,
     * mutators, the heap's own struct. */
    uint64_t heap_bytes;
    uint32_t most_mutators; /* attached at once, never 0; decides e.g. plain or atomic counts */
    uint32_t globals;       /* slots of the globals */
    uint32_t name_depth;    /* names a mutator's stack holds at least */
    uint32_t spare_depth;   /* spares likewise */
    uint32_t shape_count;
    uint32_t reserved;
    const struct hm_shape *const *shapes; /* shapes[i]->id == i */
    const union hm_value *options;        /* one for each row of the descriptor, in its order */
    const struct hm_host *host;
    const struct hm_variant *variant; /* the row that was asked for */
    /* Where threads of the collector run. The fields are younger than the contract's first version:
     * look at them where HM_COVERS says so. While the world is stopped, so many threads as there
     * are PUs run at once; beside the mutators, as many as there are free ones. */
    uint32_t pu_count;      /* processing units that the process may use; 0: unknown */
    uint32_t free_pu_count; /* those of them that no mutator is pinned to; 0 if none is pinned */
    const uint32_t
        *free_pus; /* their numbers in the operating system, as begin_thread gives them */
    /* Likewise younger, and null where there is none: the file of the recording to be written
     * (`records`) or read (`replays`); and what is run, in words that are the same where the same
     * is done: workload, parameters, revision, threads, seed, lives. */
    const char *recording;
    const char *work;
};

/* Does the struct, as its maker knew it, have the field? */
#define HM_COVERS(pointer, field)                                                                  \
    ((pointer)->size >= offsetof(__typeof__(*(pointer)), field) + sizeof((pointer)->field))

/* Why open or attach was refused: one sentence, written by the collector. */
struct hm_refusal {
    char sentence[256];
    bool out_of_memory; /* the heap limit is too small, rather than the request wrong */
};

/* The head of every heap; the collector's own struct begins with it. */
struct hm_heap {
    const struct hm_heap_ops *ops;
    /* The operations and kernels for this heap, fixed at open: &hm_set_NAME, which
     * heapmark_add_collector defines (hm_set_NAME_SET for the set SET; '-' reads '_'). */
    const struct hm_kernel_set *set;
    const struct hm_host *host;
    void *harness; /* the harness's own */
};

/* ---- reports ---- */

/* Readable at any moment by any thread, mutators running or not; monotone where it says so.
 * HM_UNKNOWN where the collector does not count. */
struct hm_statistics {
    uint32_t size;
    uint32_t reserved;
    /* The globals and side tables are not counted as objects. With no mutator running the figures
     * of objects are exact; else they may lag. */
    uint64_t held_bytes;        /* from the operating system, free blocks included */
    uint64_t held_peak_bytes;   /* monotone */
    uint64_t live_objects;      /* allocated and not yet reclaimed, dead or not */
    uint64_t live_bytes;        /* what they occupy, headers and rounding included */
    uint64_t allocated_objects; /* monotone */
    uint64_t allocated_bytes;   /* monotone */
    uint64_t collections;       /* monotone; cycle detections count */
    uint64_t increments;        /* monotone; reference counts raised */
    uint64_t decrements;        /* monotone; and lowered */
    uint64_t atomic_operations; /* monotone; how many of both were atomic */
    uint64_t longest_cascade;   /* monotone; objects freed by one drop */
    uint64_t cycle_candidates;  /* monotone; entered into a buffer or examined */
    uint64_t cycle_freed;       /* monotone; objects freed by cycle detection */
    /* Younger than the contract's first version: memory that is the measurement's and not the
     * heap's, such as a recording, from open to close. It is in none of the figures above, and the
     * harness takes it off the footprint that it sees. */
    uint64_t beside_bytes;
    /* Younger still: bytes reachable times bytes allocated, added up over all that the one mutator
     * has allocated: what was reachable just before an allocation counts for each of its bytes.
     * Monotone, and exact right after a full collection; only who knows when objects die tells. */
    uint64_t reachable_byte_bytes;
};

/* What is in the heap: a trace from names, globals and the finalizer queue that frees nothing. */
struct hm_census {
    uint32_t size;
    uint32_t reserved;
    uint64_t objects;             /* not reclaimed; the globals are not counted */
    uint64_t bytes;               /* what they occupy */
    uint64_t unreachable_objects; /* of those, reached from none of these */
    uint64_t unreachable_bytes;
};

enum hm_walked_state { HM_WALKED_LIVE, HM_WALKED_DEAD, HM_WALKED_FREE };

/* One piece of the heap, as `walk` shows it: in ascending order of address, without overlap; the
 * globals are not shown. Live and dead pieces add up to the census. `visit` calls nothing in the
 * heap. */
struct hm_walked {
    uint32_t size;
    enum hm_walked_state state; /* LIVE also where the collector does not know that it is dead */
    uintptr_t address;
    uint64_t bytes;  /* occupied, header included */
    uint64_t slots;  /* 0 for a free piece */
    uint64_t block;  /* number of the block or region that it lies in */
    uint64_t age;    /* collections survived; HM_UNKNOWN */
    uint64_t thread; /* index of the mutator that made it; HM_UNKNOWN */
};

/* Kinds of collection that can be asked for. A collector that has no such kind does a full one,
 * or nothing for STEP. */
enum hm_collection {
    HM_COLLECT_FULL,   /* everything unreachable now, as far as `complete_after` promises */
    HM_COLLECT_MINOR,  /* the youngest generation */
    HM_COLLECT_MOVING, /* full, and moving what it can */
    HM_COLLECT_STEP,   /* one increment */
    HM_COLLECT_START,  /* begin a concurrent one */
    HM_COLLECT_FINISH, /* end it */
};

/* ---- the heap side ---- */

struct hm_heap_ops {
    uint32_t size;
    uint32_t abi;
    /* A new heap, or null with the refusal filled in. */
    hm_heap *(*open)(const struct hm_open *request, struct hm_refusal *refusal);
    /* Make the calling thread a mutator; a safepoint: waits for a stop to end. The head is
     * filled in (ops = heap->set->ops, slow, the stacks) but for `landing` and `harness`, which
     * are null; from here on the thread runs. Null with a refusal when more
     * than most_mutators are attached or memory is out. Called by the thread itself. */
    hm_mutator *(*attach)(hm_heap *heap, uint32_t index, struct hm_log *log,
                          struct hm_refusal *refusal);
    /* The end of a mutator, called by its thread with no frame pushed; a safepoint. What it left
     * in buffers is handed on; its objects stay as long as they are reachable. */
    void (*detach)(hm_mutator *m);
    /* Collect. `m` is the calling thread's mutator, for which it is a safepoint, or null when the
     * thread is not attached. Returns when the collection is complete. */
    void (*collect)(hm_heap *heap, hm_mutator *m, enum hm_collection kind);
    /* Fill in as many fields as statistics->size covers. */
    void (*statistics)(hm_heap *heap, struct hm_statistics *statistics);
    /* Give everything back. No mutator is attached. */
    void (*close)(hm_heap *heap);

    /* Optional; null when the capability is absent. For these four the world is quiet: every
     * mutator is blocked, detached, or the caller's own (`m`, may be null). */
    void (*census)(hm_heap *heap, hm_mutator *m, struct hm_census *census);
    void (*walk)(hm_heap *heap, hm_mutator *m,
                 void (*visit)(void *user, const struct hm_walked *piece), void *user);
    /* The references to the object from names and slots (not the borrow itself), and one from the
     * finalizer queue while it waits there. */
    uint64_t (*count)(hm_mutator *m, hm_ref ref);
    /* Check the collector's own invariants; false with a sentence when one is broken. */
    bool (*verify)(hm_heap *heap, hm_mutator *m, struct hm_refusal *broken);
};

/* One set of operations with the kernels compiled against the same inline functions. A
 * collector has one set or several (plain and atomic counts); open chooses. */
struct hm_kernel_set {
    uint32_t size;
    uint32_t reserved;
    const char *name;
    const struct hm_ops *ops;
    const struct hm_workload *const *kernels; /* null-terminated; may be empty */
};

/* One way in which a collector can be run: `-c refcount/plain`. The first row is the default. */
struct hm_variant {
    uint32_t size;
    uint32_t reserved;
    const char *name;    /* "default" for the first row, if there is nothing better */
    const char *summary; /* one sentence */
    const struct hm_capabilities *capabilities;
    const struct hm_heap_ops *heap_ops;
};

struct hm_plugin {
    uint32_t size;
    uint32_t abi;
    uint32_t mutator_head_bytes; /* HM_MUTATOR_HEAD_BYTES as compiled */
    uint32_t ops_bytes;          /* sizeof(struct hm_ops) as compiled */
    const char *name;            /* lower-case letters, digits, '-' */
    const char *version;
    const char *summary; /* one sentence: the algorithm, and who should use it */
    const char *source;  /* the paper or book that the algorithm comes from */
    const char *build;   /* compiler and flags, HM_BUILD */
    const struct hm_variant *const *variants;
    const struct hm_setting *const *options; /* {NULL} for none; no field here may be null */
};

/* The symbol. A plugin's .c has, once:
 *     HM_PLUGIN = { HM_PLUGIN_HEAD, .name = "mine", … };
 */
#define HM_PLUGIN_SYMBOL "heapmark_plugin"
#define HM_PLUGIN                                                                                  \
    extern const struct hm_plugin heapmark_plugin;                                                 \
    __attribute__((visibility("default"))) const struct hm_plugin heapmark_plugin
#ifndef HM_BUILD
#define HM_BUILD __VERSION__
#endif
#define HM_PLUGIN_HEAD                                                                             \
    .size = sizeof(struct hm_plugin), .abi = HM_ABI, .mutator_head_bytes = HM_MUTATOR_HEAD_BYTES,  \
    .ops_bytes = sizeof(struct hm_ops), .build = HM_BUILD

#endif
