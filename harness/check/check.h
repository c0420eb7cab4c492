/* SPDX-License-Identifier: MIT
 *
 * Stress testing: run a program on a collector in a process of its own, and judge what it did.
 */
#ifndef HEAPMARK_CHECK_CHECK_H
#define HEAPMARK_CHECK_CHECK_H

#include <stdatomic.h>

#include <heapmark/program.h>

#include "check/program.h"
#include "plugin/plugin.h"

struct check_trace;

/* What runs a program. All is owned by the caller. */
struct check_target {
    const char *path; /* the plugin's file */
    const char *variant;
    const struct hm_capabilities *capabilities;
    const char *const *option_pairs; /* "name=value" */
    size_t option_count;
    bool strays; /* some options are other than somebody asked for: check_draw_options */
    bool table;  /* the table instead of the inline kernel */
    /* For who wants to know what these are worth. */
    bool unhooked;             /* the collector cannot tell of its phases */
    bool bare;                 /* its slow paths are not wrapped */
    struct check_trace *trace; /* what the program does is written to it; may be NULL */
    void (*ended)(void);       /* called in the program's process when it has ended well; or NULL */
};

/* What a program may need beside its process with a heap just opened: the model, and the heap,
 * where the limit of that is not even larger; strict has the most. Who takes more than a limit that
 * leaves less than this is not to blame. */
#define CHECK_NEEDED_BYTES (UINT64_C(448) << 20)
#define CHECK_NEEDED_HEAP_BYTES (UINT64_C(256) << 20) /* of these */

struct check_limits {
    uint64_t time_ns;      /* a program that does not go on for so long hangs */
    uint64_t memory_bytes; /* resident, of one program's process; 0: any number */
    /* May be NULL. Not 0: the program that runs is killed, and nothing is said of it. Shrinking
     * ends with what it has. */
    const _Atomic uint32_t *stop;
};

enum check_outcome {
    CHECK_SOUND,
    CHECK_BROKEN,  /* a property is: see the rest of the verdict */
    CHECK_REFUSED, /* the collector did not take the program: no verdict */
    CHECK_STOPPED, /* by limits.stop: no verdict */
};

/* What is to be told of a collector, whatever comes of the program, mostly what it must not do to
 * its process: X(NAME, "words"). */
#define CHECK_STRANGENESS(X)                                                                       \
    X(PRINTED, "printed")                                                                          \
    X(FORKED, "started processes")                                                                 \
    X(CLOSED, "closed descriptors that are not its own")                                           \
    X(UNATTACHED, "had no memory to attach a thread, which did nothing then")

enum check_strange {
#define CHECK_STRANGE_ENUM(NAME, words) CHECK_STRANGE_##NAME,
    CHECK_STRANGENESS(CHECK_STRANGE_ENUM)
#undef CHECK_STRANGE_ENUM
        CHECK_STRANGE_COUNT
};

/* A heap is opened with so many slots of its globals, and one for each of a program's places. */
enum { CHECK_GLOBALS_BEFORE_PLACES = 2 };

/* What came of one program. */
struct check_verdict {
    enum check_outcome outcome;
    enum hm_property property;
    char sentence[512];
    uint32_t thread; /* where it was seen; UINT32_MAX: of no thread */
    size_t op;       /* index in that thread's list; the list's length: at the end */
    int signal;      /* of a crash; 0 */
    uint64_t operations, objects, collections; /* as far as it went */
    uint64_t judged;                           /* a bit for each property that was looked at */
    uint64_t refusals;    /* requests for memory or threads that were refused on purpose, as told */
    uint32_t strange;     /* a bit for each enum check_strange */
    char output[1024];    /* the beginning of what it printed */
    char backtrace[2048]; /* of the thread that crashed, a line a frame; "": none */
};

/* Run the program in a process of its own: another session, without a terminal, without any
 * descriptor of the caller's. False only when the system cannot start one. Call it with one thread
 * and without children: those that there are when the program has ended are killed. */
bool check_run(const struct check_target *target, const struct program *program,
               const struct check_limits *limits, struct check_verdict *verdict,
               struct error *error);

const char *check_property_name(enum hm_property property);
const char *check_property_words(enum hm_property property);

/* ---- making programs ---- */

/* Kinds of programs: X(NAME, "name", "what it aims at"). */
#define CHECK_PROFILES(X)                                                                          \
    X(MIX, "mix", "every operation, small objects, one thread")                                    \
    X(THREADS, "threads", "every operation on several threads, with shared slots")                 \
    X(STRUCTURES, "structures", "deep, wide and cyclic structures, made and dropped")              \
    X(GEOMETRY, "geometry", "sizes and slot counts around powers of two, reuse at once")           \
    X(FULL, "full", "more than fits: out of memory, dropping, going on")                           \
    X(LIVES, "lives", "threads that detach, attach, block, with their pockets full")               \
    X(STEADY, "steady", "constant live size for long")

enum check_profile {
#define CHECK_PROFILE_ENUM(NAME, name, words) CHECK_PROFILE_##NAME,
    CHECK_PROFILES(CHECK_PROFILE_ENUM)
#undef CHECK_PROFILE_ENUM
        CHECK_PROFILE_COUNT
};

const char *check_profile_name(enum check_profile profile);
const char *check_profile_words(enum check_profile profile);

/* The program of this seed, for a collector of these capabilities. Equal seeds give equal programs.
 * `threads`: 0 leaves the number to the seed. */
void check_generate(struct program *program, enum check_profile profile, uint64_t seed,
                    const struct hm_capabilities *capabilities, uint32_t threads);

/* Is the program of this seed one to be run with one heap limit after the other (sweep.h)? Those
 * limits, from the program's own down to the least that the capabilities name; `limits` has room
 * for CHECK_MOST_LIMITS. */
enum { CHECK_MOST_LIMITS = 16 };
bool check_is_swept(enum check_profile profile, uint64_t seed,
                    const struct hm_capabilities *capabilities, uint32_t threads);
size_t check_swept_limits(const struct program *program, const struct hm_capabilities *capabilities,
                          uint64_t *limits);

/* Options of the collector for this program, by its seed, from the rows of its plugin: to most
 * programs none, and none that the target gives already. "name=value", added to `pairs`. */
void check_draw_options(const struct plugin_setting *rows, size_t count,
                        const struct check_target *given, const struct program *program,
                        struct text_list *pairs);

/* A part of check_generate: how often threads are held up, and where they await phases. */
void generate_phases(struct program *program);
/* Another: where inside operations threads ask for collections. */
void generate_collections(struct program *program, enum check_profile profile);

/* ---- shrinking ---- */

struct check_shrink {
    const struct check_target *target;
    const struct check_limits *limits;
    size_t most_runs;
    uint64_t most_ns;
    uint32_t repeats; /* runs of each candidate before it counts as sound: above 1 for races */
    /* What came of it. */
    size_t runs;
    bool always; /* the shrunk program failed in each of `repeats` runs */
};

/* Make the program smaller while it still breaks a property: threads, operations, sizes. The
 * verdict is that of the smaller program. */
bool check_shrink(struct check_shrink *shrink, struct program *program,
                  struct check_verdict *verdict, struct error *error);

#endif
