/* SPDX-License-Identifier: MIT
 *
 * server: requests that are due at set times, over a large session cache.
 *
 * A request reads the profile of its session, builds a list of parts of mixed sizes, reads and
 * drops it, and leaves one object behind that outlives it by a set number of requests. Some give
 * their session another profile. Each thread serves sessions of its own, at times of its own
 * schedule.
 *
 * A profile, and what is left behind, has the size of its place, whatever it holds: so the bytes
 * alive do not depend on rate or duration.
 */
#include <stdio.h>

#include <heapmark/workload.h>

#include "model.h"
#include "text.h"

enum { SESSION_SHAPE, PART_SHAPE, STRING_SHAPE, LIST_SHAPE };
enum { PROFILE, SERVED };
enum { NEXT, CONTENT };
enum {
    RATE,
    ARRIVALS,
    DURATION,
    LIVE,
    PROFILE_BYTES,
    PARTS,
    PART_BYTES,
    OUTLIVING,
    OUTLIVING_BYTES,
    RENEWED
};
enum { SESSIONS_NAME, RING_NAME, SESSION, HEAD, PART, TEXT, OLD, NAMES };
/* Objects made or read between two polls outside of requests. */
enum { BATCH = 32 };

static const struct hm_shape session_shape = {
    .id = SESSION_SHAPE, .slots = 1, .bytes = 8, .hint = HM_INSTANCE, .name = "session"};
static const struct hm_shape part_shape = {
    .id = PART_SHAPE, .slots = 2, .hint = HM_INSTANCE, .name = "part"};
static const struct hm_shape string_shape = {
    .id = STRING_SHAPE, .vary = HM_VARY_BYTES, .hint = HM_STRING, .name = "string"};
static const struct hm_shape list_shape = {
    .id = LIST_SHAPE, .vary = HM_VARY_SLOTS, .hint = HM_LIST, .name = "list"};

static uint64_t setting(const struct hm_plan *plan, int row)
{
    return (uint64_t)plan->parameters[row].integer;
}

static void schedule(const struct hm_plan *plan, struct hm_schedule *schedule)
{
    schedule->rate = (double)setting(plan, RATE);
    schedule->requests = setting(plan, RATE) * setting(plan, DURATION) / 1000;
    schedule->arrivals = setting(plan, ARRIVALS) == 0 ? HM_POISSON : HM_EVEN;
}

static uint64_t requests_of(const struct hm_plan *plan, uint32_t thread)
{
    struct hm_schedule all = {0};
    schedule(plan, &all);
    return hm_requests_of(&all, plan->threads, thread);
}

/* ---- what each place and each request holds, drawn alike by the kernel and the model ---- */

/* A thread's sessions and what its requests leave behind: how many, and of which sizes. */
struct places {
    uint64_t seed, sessions, ring, profile_bytes, outliving_bytes;
};

/* The mean of a skewed size is 21/16 of the mean that is asked for. */
static struct places places_of(const struct hm_plan *plan, uint32_t thread)
{
    uint64_t each = hm_nominal_bytes(&session_shape, 0) +
                    hm_nominal_bytes(&string_shape, setting(plan, PROFILE_BYTES) * 21 / 16) + 8;
    uint64_t sessions = setting(plan, LIVE) / plan->threads / each;
    return (struct places){
        .seed = hm_thread_seed(plan, thread),
        .sessions = sessions > 0 ? sessions : 1,
        .ring = setting(plan, OUTLIVING),
        .profile_bytes = setting(plan, PROFILE_BYTES),
        .outliving_bytes = setting(plan, OUTLIVING_BYTES),
    };
}

/* Requests are of so many kinds, by turns: the kind decides how many parts there are and of which
 * sizes, so that what lives at the most does not depend on how many requests there are. */
enum { KINDS = 64 };

/* Numbers apart from each other for each use of the seed. */
enum use { USE_PROFILE, USE_LEFT, USE_REQUEST, USE_SIZE };

static uint64_t number_of(const struct places *places, enum use use, uint64_t index)
{
    return random_mix(places->seed + 4 * index + (uint64_t)use);
}

static size_t size_of(const struct places *places, uint64_t place, uint64_t mean)
{
    struct random random = random_from(number_of(places, USE_SIZE, place));
    return random_size(&random, RANDOM_SKEWED, mean);
}

/* The profile of the session that came as the version-th: 0 in setup, else the request plus one. */
static struct text profile_of(const struct places *places, uint64_t session, uint64_t version)
{
    return (struct text){.first = number_of(places, USE_PROFILE, session + (version << 32)),
                         .bytes = size_of(places, session, places->profile_bytes)};
}

/* What lies in the place of the ring. */
static struct text left_of(const struct places *places, uint64_t place, uint64_t version)
{
    return (struct text){.first = number_of(places, USE_LEFT, place + (version << 32)),
                         .bytes = size_of(places, ~place, places->outliving_bytes)};
}

struct request {
    struct random random, sizes; /* of what the parts hold; of how long they are */
    uint64_t number, session, parts, part_bytes;
    bool renews;
};

static struct random sizes_of_kind(const struct places *places, uint64_t kind)
{
    return random_from(number_of(places, USE_REQUEST, ~kind));
}

/* Sessions of low numbers come more often: the number is sessions times the square of a random
 * number of [0, 1). */
static struct request request_of(const struct hm_plan *plan, const struct places *places,
                                 uint64_t number)
{
    struct request request = {.random = random_from(number_of(places, USE_REQUEST, number)),
                              .sizes = sizes_of_kind(places, number % KINDS),
                              .number = number,
                              .part_bytes = setting(plan, PART_BYTES)};
    uint64_t u = random_bits32(&request.random);
    request.session = (((u * u) >> 32) * places->sessions) >> 32;
    request.parts = random_size(&request.sizes, RANDOM_UNIFORM, setting(plan, PARTS));
    request.renews =
        random_chance(&request.random, random_share(plan->parameters[RENEWED].decimal));
    return request;
}

static struct text next_part(struct request *request)
{
    struct text part = {.first = random_next(&request->random)};
    part.bytes = random_size(&request->sizes, RANDOM_SKEWED, request->part_bytes);
    return part;
}

/* ---- the cache ---- */

static void make_sessions(hm_mutator *m, hm_name *names, const struct places *places)
{
    hm_new_n(m, &names[SESSIONS_NAME], &list_shape, places->sessions);
    for (uint64_t i = 0; i < places->sessions; i++) {
        text_make(m, &names[TEXT], &string_shape, profile_of(places, i, 0));
        hm_init_give(m, hm_new(m, &names[SESSION], &session_shape), PROFILE, &names[TEXT]);
        hm_give(m, hm_at(&names[SESSIONS_NAME]), i, &names[SESSION]);
        if (i % BATCH == BATCH - 1)
            hm_poll(m);
    }
}

static void make_ring(hm_mutator *m, hm_name *names, const struct places *places)
{
    hm_new_n(m, &names[RING_NAME], &list_shape, places->ring);
    for (uint64_t i = 0; i < places->ring; i++) {
        text_make(m, &names[TEXT], &string_shape, left_of(places, i, 0));
        hm_give(m, hm_at(&names[RING_NAME]), i, &names[TEXT]);
        if (i % BATCH == BATCH - 1)
            hm_poll(m);
    }
}

static void setup(hm_mutator *m, struct hm_thread *t)
{
    struct places places = places_of(t->plan, t->index);
    make_sessions(m, t->names, &places);
    make_ring(m, t->names, &places);
}

/* ---- one request ---- */

static uint64_t read_text(hm_mutator *m, hm_ref holder, size_t slot)
{
    hm_spare *spare = hm_push_spare(m, 1);
    uint64_t sum = text_read(m, hm_peek(m, spare, holder, slot));
    hm_pop_spare(m, spare);
    return sum;
}

static void build_parts(hm_mutator *m, hm_name *names, struct request *request)
{
    for (uint64_t i = 0; i < request->parts; i++) {
        text_make(m, &names[TEXT], &string_shape, next_part(request));
        hm_ref part = hm_new(m, &names[PART], &part_shape);
        hm_init_give(m, part, CONTENT, &names[TEXT]);
        if (!hm_is_null(hm_at(&names[HEAD])))
            hm_init_give(m, part, NEXT, &names[HEAD]);
        hm_move(m, &names[HEAD], &names[PART]);
    }
}

/* Read and let go of them one after the other. */
static uint64_t drop_parts(hm_mutator *m, hm_name *names)
{
    uint64_t sum = 0;
    while (!hm_is_null(hm_at(&names[HEAD]))) {
        sum += read_text(m, hm_at(&names[HEAD]), CONTENT);
        hm_take(m, &names[PART], hm_at(&names[HEAD]), NEXT);
        hm_move(m, &names[HEAD], &names[PART]);
    }
    return sum;
}

/* Put what outlives the request into the place of what was left there longest ago. */
static uint64_t leave_behind(hm_mutator *m, hm_name *names, const struct places *places,
                             const struct request *request)
{
    if (places->ring == 0)
        return 0;
    uint64_t place = request->number % places->ring;
    hm_take(m, &names[OLD], hm_at(&names[RING_NAME]), place);
    uint64_t sum = text_read(m, hm_at(&names[OLD]));
    hm_clear(m, &names[OLD]);
    text_make(m, &names[TEXT], &string_shape, left_of(places, place, request->number + 1));
    hm_give(m, hm_at(&names[RING_NAME]), place, &names[TEXT]);
    return sum;
}

static uint64_t serve(hm_mutator *m, hm_name *names, const struct places *places,
                      struct request *request)
{
    hm_get(m, &names[SESSION], hm_at(&names[SESSIONS_NAME]), request->session);
    uint64_t sum = read_text(m, hm_at(&names[SESSION]), PROFILE);
    hm_ref session = hm_at(&names[SESSION]);
    hm_put_word(m, session, SERVED, hm_word(m, session, SERVED) + 1);
    build_parts(m, names, request);
    sum += drop_parts(m, names) + leave_behind(m, names, places, request);
    if (request->renews) {
        hm_set(m, hm_at(&names[SESSION]), PROFILE, hm_null);
        text_make(m, &names[TEXT], &string_shape,
                  profile_of(places, request->session, request->number + 1));
        hm_give(m, hm_at(&names[SESSION]), PROFILE, &names[TEXT]);
    }
    hm_clear(m, &names[SESSION]);
    return sum;
}

/* ---- a thread's life ---- */

/* After the last request: what no request asked for is whole, too. */
static uint64_t read_all(hm_mutator *m, hm_name *names)
{
    uint64_t sum = 0;
    uint64_t sessions = hm_length(m, hm_at(&names[SESSIONS_NAME]));
    uint64_t ring = hm_length(m, hm_at(&names[RING_NAME]));
    for (uint64_t i = 0; i < sessions; i++) {
        hm_get(m, &names[SESSION], hm_at(&names[SESSIONS_NAME]), i);
        sum += read_text(m, hm_at(&names[SESSION]), PROFILE) +
               hm_word(m, hm_at(&names[SESSION]), SERVED);
        if (i % BATCH == BATCH - 1)
            hm_poll(m);
    }
    hm_clear(m, &names[SESSION]);
    for (uint64_t i = 0; i < ring; i++) {
        sum += read_text(m, hm_at(&names[RING_NAME]), i);
        if (i % BATCH == BATCH - 1)
            hm_poll(m);
    }
    return sum;
}

static void step(hm_mutator *m, struct hm_thread *t)
{
    struct places places = places_of(t->plan, t->index);
    uint64_t number, sum = 0, served = 0;
    while (hm_next_request(m, t, &number)) {
        struct request request = request_of(t->plan, &places, number);
        sum += serve(m, t->names, &places, &request);
        served++;
        hm_end_request(t);
    }
    t->answer = sum + read_all(m, t->names);
    t->operations = served;
}

/* ---- the model ---- */

struct model {
    uint64_t sum, allocated_bytes;
};

static void model_string(struct model *model, struct text text)
{
    model->allocated_bytes += hm_nominal_bytes(&string_shape, text.bytes);
}

static void model_parts(struct model *model, struct request *request)
{
    for (uint64_t i = 0; i < request->parts; i++) {
        struct text part = next_part(request);
        model_string(model, part);
        model->allocated_bytes += hm_nominal_bytes(&part_shape, 0);
        model->sum += text_sum(part);
    }
}

static void model_setup(struct model *model, const struct places *places)
{
    model->allocated_bytes += hm_nominal_bytes(&list_shape, places->sessions) +
                              hm_nominal_bytes(&list_shape, places->ring) +
                              places->sessions * hm_nominal_bytes(&session_shape, 0);
    for (uint64_t i = 0; i < places->sessions; i++)
        model_string(model, profile_of(places, i, 0));
    for (uint64_t i = 0; i < places->ring; i++)
        model_string(model, left_of(places, i, 0));
}

static void model_rest(struct model *model, const struct places *places, const uint64_t *profiles,
                       const uint64_t *left)
{
    for (uint64_t i = 0; i < places->sessions; i++)
        model->sum += text_sum(profile_of(places, i, profiles[i]));
    for (uint64_t i = 0; i < places->ring; i++)
        model->sum += text_sum(left_of(places, i, left[i]));
}

static struct model model_of(const struct hm_plan *plan, uint32_t thread)
{
    struct places places = places_of(plan, thread);
    struct model model = {0};
    uint64_t *profiles = model_array(places.sessions, sizeof *profiles);
    uint64_t *left = model_array(places.ring + 1, sizeof *left);
    uint64_t requests = requests_of(plan, thread);
    model_setup(&model, &places);
    for (uint64_t number = 0; number < requests; number++) {
        struct request request = request_of(plan, &places, number);
        model.sum += text_sum(profile_of(&places, request.session, profiles[request.session])) + 1;
        model_parts(&model, &request);
        if (places.ring > 0) {
            uint64_t place = number % places.ring;
            model.sum += text_sum(left_of(&places, place, left[place]));
            left[place] = number + 1;
            model_string(&model, left_of(&places, place, number + 1));
        }
        if (request.renews) {
            profiles[request.session] = number + 1;
            model_string(&model, profile_of(&places, request.session, number + 1));
        }
    }
    model_rest(&model, &places, profiles, left);
    free(profiles);
    free(left);
    return model;
}

static uint64_t garbage_bytes(const struct hm_plan *plan)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < plan->threads; i++)
        bytes += model_of(plan, i).allocated_bytes;
    return bytes;
}

/* The parts of the largest kind come on top. */
static uint64_t most_part_bytes(const struct hm_plan *plan, const struct places *places)
{
    uint64_t most = 0;
    for (uint64_t kind = 0; kind < KINDS; kind++) {
        struct request request = request_of(plan, places, kind);
        struct model model = {0};
        model_parts(&model, &request);
        most = model.allocated_bytes > most ? model.allocated_bytes : most;
    }
    return most;
}

static uint64_t live_bytes(const struct hm_plan *plan)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < plan->threads; i++) {
        struct places places = places_of(plan, i);
        struct model model = {0};
        model_setup(&model, &places);
        bytes += model.allocated_bytes + most_part_bytes(plan, &places);
    }
    return bytes;
}

static uint64_t expected(const struct hm_plan *plan)
{
    uint64_t answer = 0;
    for (uint32_t i = 0; i < plan->threads; i++)
        answer += model_of(plan, i).sum;
    return answer;
}

static bool accepts(const struct hm_plan *plan, struct hm_refusal *refusal)
{
    struct hm_schedule all = {0};
    schedule(plan, &all);
    if (all.requests >= 1 && all.requests <= HM_MOST_REQUESTS)
        return true;
    snprintf(refusal->sentence, sizeof refusal->sentence,
             "at %ju requests a second for %ju ms there are %ju requests, and there may be 1 to %d",
             (uintmax_t)setting(plan, RATE), (uintmax_t)setting(plan, DURATION),
             (uintmax_t)all.requests, HM_MOST_REQUESTS);
    return false;
}

/* ---- parameters ---- */

static const struct hm_setting rate = {
    .name = "rate",
    .help = "requests that are due a second, over all threads",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = 10000000,
    .standard.integer = 5000,
};

static const struct hm_setting arrivals = {
    .name = "arrivals",
    .help = "how requests are spread in time: at random (Poisson), or evenly",
    .type = HM_CHOICE,
    .choices = (const char *const[]){"poisson", "even", NULL},
};

static const struct hm_setting duration = {
    .name = "duration_ms",
    .help = "for so many milliseconds requests come",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = 3600000,
    .standard.integer = 4000,
};

static const struct hm_setting live = {
    .name = "live",
    .help = "bytes of the session cache, over all threads",
    .type = HM_BYTES,
    .least.integer = 1,
    .most.integer = INT64_C(1) << 40,
    .standard.integer = 16 << 20,
};

static const struct hm_setting profile_bytes = {
    .name = "profile_bytes",
    .help = "mean length of the profile of a session; most are shorter, a few much longer",
    .type = HM_BYTES,
    .least.integer = 1,
    .most.integer = 1 << 20,
    .standard.integer = 512,
};

static const struct hm_setting parts = {
    .name = "parts",
    .help = "mean number of strings that a request is put together of",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = 100000,
    .standard.integer = 100,
};

static const struct hm_setting part_bytes = {
    .name = "part_bytes",
    .help = "mean length of these; most are shorter, a few much longer",
    .type = HM_BYTES,
    .least.integer = 1,
    .most.integer = 65536,
    .standard.integer = 128,
};

static const struct hm_setting outliving = {
    .name = "outliving",
    .help = "each request leaves an object that lives for so many more of its thread; 0: none does",
    .type = HM_INTEGER,
    .most.integer = 10000000,
    .standard.integer = 1000,
};

static const struct hm_setting outliving_bytes = {
    .name = "outliving_bytes",
    .help = "mean length of such an object",
    .type = HM_BYTES,
    .least.integer = 1,
    .most.integer = 1 << 20,
    .standard.integer = 1024,
};

static const struct hm_setting renewed = {
    .name = "renewed",
    .help = "share of the requests that give their session another profile",
    .type = HM_DECIMAL,
    .most.decimal = 1,
    .standard.decimal = 0.1,
};

HM_WORKLOAD(server)
= {
    HM_WORKLOAD_HEAD,
    .name = "server",
    .summary = "Requests that are due at set times, over a large cache of sessions: most of what a "
               "request makes dies with it, some outlives it by many others.",
    .stresses = "how long a request takes from when it was due, whatever the collector does: "
                "pauses, releases, work that the mutator is given, and threads that take its "
                "processor",
    .warning = "The load is set, so its time says nothing of speed; and a latency is that of this "
               "rate: near the rate that a collector can just keep up with, all of them grow.",
    .source = "open-loop load with intended start times, as after Gil Tene's coordinated omission",
    .sharing = HM_SHARED,
    .names = NAMES,
    .parameters = (const struct hm_setting *const[]){&rate, &arrivals, &duration, &live,
                                                     &profile_bytes, &parts, &part_bytes,
                                                     &outliving, &outliving_bytes, &renewed, NULL},
    .shapes = (const struct hm_shape *const[]){&session_shape, &part_shape, &string_shape,
                                               &list_shape, NULL},
    .live_bytes = live_bytes,
    .garbage_bytes = garbage_bytes,
    .accepts = accepts,
    .expected = expected,
    .setup = setup,
    .step = step,
    .schedule = schedule,
};
