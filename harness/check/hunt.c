/* SPDX-License-Identifier: MIT
 *
 * The hunt; see hunt.h. A worker is a process, since a program's process is the fork of one with a
 * single thread. Workers share a ticket and figures with the parent, and send finds by a pipe.
 */
#include "check/hunt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/files.h"
#include "check/sweep.h"

enum { TICK_MS = 100, MOST_SENTENCES = 1024, MOST_OPERATIONS = 1 << 26 };

/* Shared by the parent and its workers. */
struct arena {
    _Atomic uint64_t ticket;
    _Atomic uint32_t enough; /* no new program */
    _Atomic uint32_t stop;   /* nor the one that runs */
    _Atomic uint64_t programs, refused, operations, objects, collections, runs, refused_requests;
    _Atomic uint64_t judged[HM_PROPERTY_COUNT], broken[HM_PROPERTY_COUNT];
    _Atomic uint64_t strange[CHECK_STRANGE_COUNT];
    _Atomic uint32_t refusals;
    _Atomic uint32_t refusal_written;
    char refusal[512];
    uint64_t start_ns;
    _Atomic uint64_t found;                     /* a bit for each property */
    _Atomic uint64_t sentences[MOST_SENTENCES]; /* hashes; 0: free */
};

/* What a worker sends, followed by the operations of each thread; or only that it failed. */
struct message {
    bool failed;
    struct error error;
    struct check_find find;
    size_t counts[PROGRAM_MOST_THREADS];
};

struct worker {
    pid_t process;
    int pipe; /* -1: ended */
};

struct party {
    const struct check_hunt *hunt;
    struct arena *arena;
    struct worker *workers;
    uint32_t alive;
    uint64_t start_ns;
    bool fine;
    struct error *error;
};

/* ---- which finds are new ---- */

/* FNV-1a of the sentence without its numbers. */
static uint64_t key_of(const struct check_verdict *verdict)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) + (uint64_t)verdict->property;
    for (const char *at = verdict->sentence; *at != '\0'; at++)
        if (strchr("0123456789abcdefx", *at) == NULL)
            hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
    return hash == 0 ? 1 : hash;
}

/* A sentence has a place in the table by its hash; a full table knows all. */
static bool claim_sentence(struct arena *arena, uint64_t key)
{
    for (size_t i = 0; i < MOST_SENTENCES; i++) {
        uint64_t there = 0;
        if (atomic_compare_exchange_strong(&arena->sentences[(key + i) % MOST_SENTENCES], &there,
                                           key))
            return true;
        if (there == key)
            return false;
    }
    return false;
}

static bool claim(const struct check_hunt *hunt, struct arena *arena,
                  const struct check_verdict *verdict)
{
    uint64_t bit = UINT64_C(1) << verdict->property;
    if ((hunt->properties & bit) == 0)
        return false;
    uint64_t found = atomic_fetch_or(&arena->found, bit);
    if (hunt->ends_at_first) {
        atomic_store(&arena->enough, 1);
        return found == 0;
    }
    if (hunt->each_sentence)
        return claim_sentence(arena, key_of(verdict));
    if (((found | bit) & hunt->properties) == hunt->properties)
        atomic_store(&arena->enough, 1);
    return (found & bit) == 0;
}

/* ---- one program, in a worker ---- */

static void count_in(struct arena *arena, const struct check_verdict *verdict)
{
    atomic_fetch_add(&arena->programs, 1);
    atomic_fetch_add(&arena->operations, verdict->operations);
    atomic_fetch_add(&arena->objects, verdict->objects);
    atomic_fetch_add(&arena->collections, verdict->collections);
    atomic_fetch_add(&arena->refused_requests, verdict->refusals);
    bool broken = verdict->outcome == CHECK_BROKEN;
    for (enum hm_property property = 0; property < HM_PROPERTY_COUNT; property++) {
        bool breaks = broken && verdict->property == property;
        atomic_fetch_add(&arena->broken[property], breaks);
        atomic_fetch_add(&arena->judged[property], breaks || (verdict->judged >> property & 1));
    }
    for (size_t i = 0; i < CHECK_STRANGE_COUNT; i++)
        atomic_fetch_add(&arena->strange[i], verdict->strange >> i & 1);
    if (verdict->outcome != CHECK_REFUSED)
        return;
    atomic_fetch_add(&arena->refused, 1);
    if (atomic_fetch_add(&arena->refusals, 1) == 0) {
        memcpy(arena->refusal, verdict->sentence, sizeof arena->refusal);
        atomic_store(&arena->refusal_written, 1);
    }
}

/* Runs of the program that break the same property, of so many. */
static bool count_failures(const struct check_target *target, const struct check_limits *limits,
                           struct check_find *find, uint32_t runs, struct error *error)
{
    find->failed = find->runs = 0;
    while (find->runs < runs) {
        struct check_verdict verdict;
        if (!check_run(target, &find->program, limits, &verdict, error))
            return false;
        if (verdict.outcome == CHECK_STOPPED)
            break;
        find->runs++;
        find->failed +=
            verdict.outcome == CHECK_BROKEN && verdict.property == find->verdict.property;
    }
    return true;
}

/* Make it smaller. Each candidate that hangs costs its whole time limit, so that is shortened for
 * hangs; what does not fail every time is run more often before it counts as sound. */
static bool pursue(const struct check_hunt *hunt, struct arena *arena,
                   const struct check_target *target, struct check_find *find, struct error *error)
{
    if (hunt->ends_at_first && hunt->shrink_ns == 0) /* nobody asks for more than the find */
        return true;
    bool hangs = find->verdict.property == HM_PROPERTY_PROGRESS;
    uint64_t time_ns = hangs ? hunt->program_ns / 4 : hunt->program_ns;
    const struct check_limits limits = {
        .time_ns = time_ns, .memory_bytes = hunt->program_bytes, .stop = &arena->stop};
    if (!count_failures(target, &limits, find, hangs ? 1 : 3, error))
        return false;
    struct check_shrink shrink = {
        .target = target,
        .limits = &limits,
        .most_runs = SIZE_MAX,
        .most_ns = hunt->shrink_ns,
        .repeats = hangs || find->failed == find->runs ? 1 : 8,
    };
    return check_shrink(&shrink, &find->program, &find->verdict, error) &&
           count_failures(target, &limits, find, hangs ? 2 : 10, error);
}

static bool send(int pipe, const struct check_find *find)
{
    struct message *message = memory_new(sizeof *message);
    message->find = *find;
    for (uint32_t i = 0; i < find->program.thread_count; i++)
        message->counts[i] = find->program.threads[i].count;
    bool fine = files_write_all(pipe, message, sizeof *message);
    for (uint32_t i = 0; fine && i < find->program.thread_count; i++)
        fine = files_write_all(pipe, find->program.threads[i].ops,
                               message->counts[i] * sizeof *find->program.threads[i].ops);
    free(message);
    return fine;
}

enum { PROFILES_APART = 5 };

/* The ticket's profile, dispatch and seed: profiles change fastest. Their seeds lie apart, so that
 * what is done after one program in sixteen, by its seed, is done soon after some program. */
static void settle(const struct check_hunt *hunt, uint64_t ticket, struct check_find *find,
                   bool *table)
{
    uint64_t turn = ticket % (uint64_t)__builtin_popcountll(hunt->profiles);
    uint64_t round = ticket / (uint64_t)__builtin_popcountll(hunt->profiles);
    uint64_t apart = PROFILES_APART * turn;
    find->profile = 0;
    while ((hunt->profiles >> find->profile & 1) == 0 || turn-- > 0)
        find->profile++;
    *table = round % 2 != 0;
    find->seed = hunt->seed + round / 2 + apart;
}

/* The options of this program: those of the target, and those that it draws. More than a find has
 * room for are not drawn. The list is the caller's to free, after the target's last use. */
static void choose_options(const struct check_hunt *hunt, struct check_target *target,
                           struct check_find *find, struct text_list *pairs)
{
    struct text words = {0};
    for (size_t i = 0; i < target->option_count; i++)
        text_list_add(pairs, target->option_pairs[i]);
    check_draw_options(hunt->options, hunt->option_count, target, &find->program, pairs);
    for (size_t i = target->option_count; i < pairs->count; i++)
        text_format(&words, "%s%s", i == 0 ? ":" : ",", pairs->items[i]);
    if (words.length > 0 && words.length < sizeof find->options) {
        memcpy(find->options, text_chars(&words), words.length + 1);
        target->strays = true;
        target->option_pairs = (const char *const *)pairs->items;
        target->option_count = pairs->count;
    }
    text_free(&words);
}

/* Once, or as often as the program or the hunt asks for. */
static bool run_all(const struct check_hunt *hunt, struct arena *arena,
                    const struct check_target *target, const struct check_limits *limits,
                    struct check_find *find, struct error *error)
{
    struct random random = {.state = find->seed};
    struct check_sweep sweep = {
        .target = target, .limits = limits, .enough = &arena->enough, .program = &find->program};
    bool fine = true;
    if (hunt->refuses)
        fine = check_draw_refusals(&sweep, false, &random, error) &&
               (check_sweep_ended(&sweep) || check_draw_refusals(&sweep, true, &random, error));
    else if (check_is_swept(find->profile, find->seed, target->capabilities, hunt->threads))
        fine = check_sweep_limits(&sweep, error);
    else
        fine = check_sweep_once(&sweep, error);
    find->verdict = sweep.verdict;
    atomic_fetch_add(&arena->runs, sweep.runs);
    return fine;
}

static bool work_on(const struct check_hunt *hunt, struct arena *arena, uint64_t ticket, int pipe,
                    struct error *error)
{
    struct check_find find = {0};
    struct check_target target = hunt->target;
    struct text_list options = {0};
    /* Who looks for one find does not wait for programs beside it, which may hang as well. */
    const struct check_limits limits = {.time_ns = hunt->program_ns,
                                        .memory_bytes = hunt->program_bytes,
                                        .stop =
                                            hunt->ends_at_first ? &arena->enough : &arena->stop};
    settle(hunt, ticket, &find, &target.table);
    check_generate(&find.program, find.profile, find.seed, target.capabilities, hunt->threads);
    find.length_before = program_length(&find.program);
    choose_options(hunt, &target, &find, &options);
    bool fine = run_all(hunt, arena, &target, &limits, &find, error);
    if (fine && find.verdict.outcome != CHECK_STOPPED)
        count_in(arena, &find.verdict);
    if (fine && find.verdict.outcome == CHECK_BROKEN && claim(hunt, arena, &find.verdict)) {
        uint64_t key = key_of(&find.verdict);
        find.programs = ticket + 1;
        find.operations = atomic_load(&arena->operations);
        find.after_ns = clock_now_ns() - arena->start_ns;
        find.program.dispatch = target.table ? PROGRAM_TABLE : PROGRAM_INLINE;
        fine = pursue(hunt, arena, &target, &find, error);
        /* A smaller program may say what is known already. */
        uint64_t key_now = key_of(&find.verdict);
        if (!hunt->each_sentence || key_now == key || claim_sentence(arena, key_now))
            fine = send(pipe, &find) && fine;
    }
    program_free(&find.program);
    text_list_free(&options);
    return fine;
}

static _Noreturn void work(const struct check_hunt *hunt, struct arena *arena, int pipe,
                           pid_t parent)
{
    static const int of_parent[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
    struct error error = {0};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (size_t i = 0; i < sizeof of_parent / sizeof *of_parent; i++)
        signal(of_parent[i], SIG_IGN);
    bool fine = getppid() == parent;
    while (fine && atomic_load(&arena->enough) == 0) {
        uint64_t ticket = atomic_fetch_add(&arena->ticket, 1);
        if (hunt->programs != 0 && ticket >= hunt->programs)
            break;
        fine = work_on(hunt, arena, ticket, pipe, &error);
    }
    if (error.kind != ERROR_NONE) {
        struct message *message = memory_new(sizeof *message);
        message->failed = true;
        message->error = error;
        files_write_all(pipe, message, sizeof *message);
    }
    _exit(0);
}

/* ---- the parent ---- */

static bool get(int pipe, void *bytes, size_t count)
{
    char *at = bytes;
    while (count > 0) {
        ssize_t got = read(pipe, at, count);
        if (got == 0 || (got < 0 && errno != EINTR))
            return false;
        at += got < 0 ? 0 : got;
        count -= got < 0 ? 0 : (size_t)got;
    }
    return true;
}

static bool get_operations(int pipe, const struct message *message, struct program *program)
{
    memset(program->threads, 0, sizeof program->threads);
    for (uint32_t i = 0; i < program->thread_count; i++) {
        struct program_thread *list = &program->threads[i];
        CHECK(message->counts[i] <= MOST_OPERATIONS, "%zu operations", message->counts[i]);
        if (message->counts[i] == 0)
            continue;
        list->count = list->capacity = message->counts[i];
        list->ops = memory_new(list->count * sizeof *list->ops);
        if (!get(pipe, list->ops, list->count * sizeof *list->ops))
            return false;
    }
    return true;
}

/* With the options that the program drew. */
static char *name_collector(const struct check_hunt *hunt, const struct check_find *find)
{
    struct text name = {0};
    text_format(&name, "%s%s", hunt->collector, find->options);
    char *copy = memory_copy_text(text_chars(&name));
    text_free(&name);
    return copy;
}

/* One message; false when the worker has ended. */
static bool receive(struct party *party, int pipe)
{
    struct message *message = memory_new(sizeof *message);
    struct program *program = &message->find.program;
    bool there = get(pipe, message, sizeof *message);
    if (there && message->failed) {
        party->fine = false;
        *party->error = message->error;
        atomic_store(&party->arena->enough, 1);
    } else if (there) {
        program->collector = NULL;
        there = get_operations(pipe, message, program);
        program->collector = name_collector(party->hunt, &message->find);
        if (there)
            party->hunt->found(party->hunt->user, &message->find);
        program_free(program);
    }
    free(message);
    return there;
}

static void take_tally(const struct arena *arena, struct check_tally *tally)
{
    tally->programs = atomic_load(&arena->programs);
    tally->refused = atomic_load(&arena->refused);
    tally->operations = atomic_load(&arena->operations);
    tally->objects = atomic_load(&arena->objects);
    tally->collections = atomic_load(&arena->collections);
    tally->runs = atomic_load(&arena->runs);
    tally->refused_requests = atomic_load(&arena->refused_requests);
    for (size_t i = 0; i < HM_PROPERTY_COUNT; i++) {
        tally->judged[i] = atomic_load(&arena->judged[i]);
        tally->broken[i] = atomic_load(&arena->broken[i]);
    }
    for (size_t i = 0; i < CHECK_STRANGE_COUNT; i++)
        tally->strange[i] = atomic_load(&arena->strange[i]);
    if (atomic_load(&arena->refusal_written) != 0)
        memcpy(tally->refusal, arena->refusal, sizeof tally->refusal);
}

static bool start_worker(struct party *party, struct worker *worker)
{
    int ends[2];
    pid_t parent = getpid();
    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_system(party->error, "cannot make a pipe: %s", strerror(errno));
    worker->process = fork();
    if (worker->process == 0)
        work(party->hunt, party->arena, ends[1], parent);
    close(ends[1]);
    if (worker->process < 0) {
        close(ends[0]);
        return error_system(party->error, "cannot start a process: %s", strerror(errno));
    }
    worker->pipe = ends[0];
    party->alive++;
    return true;
}

static void end_worker(struct party *party, struct worker *worker)
{
    int status = 0;
    close(worker->pipe);
    worker->pipe = -1;
    party->alive--;
    while (waitpid(worker->process, &status, 0) < 0 && errno == EINTR)
        continue;
    if (status == 0 || !party->fine || atomic_load(&party->arena->stop) != 0)
        return;
    party->fine = error_system(party->error, "a process that ran programs ended with status %#x",
                               (unsigned)status);
    atomic_store(&party->arena->enough, 1);
}

/* A first interruption ends what runs and keeps what was found; a second one waits for nobody. */
static void look_for_end(struct party *party)
{
    const struct check_hunt *hunt = party->hunt;
    int interrupted = hunt->interrupted == NULL ? 0 : atomic_load(hunt->interrupted);
    if (hunt->time_ns != 0 && clock_now_ns() - party->start_ns >= hunt->time_ns)
        atomic_store(&party->arena->enough, 1);
    if (interrupted == 0)
        return;
    atomic_store(&party->arena->enough, 1);
    atomic_store(&party->arena->stop, 1);
    for (uint32_t i = 0; interrupted > 1 && i < hunt->jobs; i++)
        if (party->workers[i].pipe >= 0)
            kill(party->workers[i].process, SIGKILL);
}

static void attend(struct party *party, struct check_tally *tally)
{
    uint32_t jobs = party->hunt->jobs;
    struct pollfd *polled = memory_new(jobs * sizeof *polled);
    while (party->alive > 0) {
        for (uint32_t i = 0; i < jobs; i++)
            polled[i] = (struct pollfd){.fd = party->workers[i].pipe, .events = POLLIN};
        int ready = poll(polled, jobs, TICK_MS);
        for (uint32_t i = 0; ready > 0 && i < jobs; i++)
            if (polled[i].revents != 0 && !receive(party, party->workers[i].pipe))
                end_worker(party, &party->workers[i]);
        look_for_end(party);
        take_tally(party->arena, tally);
        party->hunt->tick(party->hunt->user, tally);
    }
    free(polled);
}

bool check_hunt(const struct check_hunt *hunt, struct check_tally *tally, struct error *error)
{
    *tally = (struct check_tally){0};
    struct arena *arena =
        mmap(NULL, sizeof *arena, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (arena == MAP_FAILED)
        return error_system(error, "cannot get memory to share: %s", strerror(errno));
    struct party party = {
        .hunt = hunt, .arena = arena, .start_ns = clock_now_ns(), .fine = true, .error = error};
    arena->start_ns = party.start_ns;
    party.workers = memory_new(hunt->jobs * sizeof *party.workers);
    for (uint32_t i = 0; i < hunt->jobs; i++)
        party.workers[i].pipe = -1;
    fflush(NULL);
    for (uint32_t i = 0; party.fine && i < hunt->jobs; i++)
        party.fine = start_worker(&party, &party.workers[i]);
    if (!party.fine)
        atomic_store(&arena->enough, 1);
    attend(&party, tally);
    free(party.workers);
    munmap(arena, sizeof *arena);
    return party.fine;
}
