/* SPDX-License-Identifier: MIT
 *
 * Honesty of the walk, of the census and of the figures of what lives: three ways in which a
 * collector tells what is in its heap, held against each other.
 */
#include <inttypes.h>

#include "check/session.h"

/* Bytes may be counted when memory is handed to a thread, and not when it makes an object of it;
 * they may be told late, too. */
enum { BYTES_SHARE = 4 };
#define BYTES_SLACK (UINT64_C(256) << 10)

struct walked {
    struct check_session *session;
    struct check_thread *thread;
    uintptr_t end; /* of the last piece */
    uint64_t objects, bytes;
};

static void look_at_piece(void *user, const struct hm_walked *piece)
{
    struct walked *walked = user;
    if (piece->bytes == 0 || piece->address < walked->end)
        check_broken(walked->session, walked->thread, HM_PROPERTY_HONESTY,
                     "walk: a piece of %" PRIu64 " bytes at %#" PRIxPTR
                     " follows one that ends at %#" PRIxPTR
                     ", and pieces have a size and ascend without overlap",
                     piece->bytes, piece->address, walked->end);
    walked->end = piece->address + piece->bytes;
    if (piece->state == HM_WALKED_FREE)
        return;
    walked->objects++;
    walked->bytes += piece->bytes;
    if (piece->slots > piece->bytes / sizeof(uint32_t))
        check_broken(walked->session, walked->thread, HM_PROPERTY_HONESTY,
                     "walk: an object of %" PRIu64 " bytes has %" PRIu64 " slots", piece->bytes,
                     piece->slots);
}

static void judge_walk(struct check_thread *thread, const struct hm_census *census)
{
    struct check_session *session = thread->session;
    struct walked walked = {.session = session, .thread = thread};
    session->heap->ops->walk(session->heap, thread->m, look_at_piece, &walked);
    if (walked.objects != census->objects || walked.bytes != census->bytes)
        check_broken(session, thread, HM_PROPERTY_HONESTY,
                     "the walk shows %" PRIu64 " objects of %" PRIu64
                     " bytes, and the census counts %" PRIu64 " of %" PRIu64,
                     walked.objects, walked.bytes, census->objects, census->bytes);
}

static void judge_figures(struct check_thread *thread, const struct hm_census *census)
{
    struct check_session *session = thread->session;
    struct hm_statistics now;
    read_statistics(thread, &now, true);
    if (now.live_objects != HM_UNKNOWN && now.live_objects != census->objects)
        check_broken(session, thread, HM_PROPERTY_HONESTY,
                     "the statistics count %" PRIu64 " live objects, and the census %" PRIu64,
                     now.live_objects, census->objects);
    if (now.held_bytes != HM_UNKNOWN && census->bytes > now.held_bytes)
        check_broken(session, thread, HM_PROPERTY_HONESTY,
                     "the census says that objects occupy %" PRIu64 " bytes, and %" PRIu64
                     " are held",
                     census->bytes, now.held_bytes);
    uint64_t slack = census->bytes / BYTES_SHARE + session->thread_count * BYTES_SLACK;
    if (now.live_bytes != HM_UNKNOWN && now.live_bytes > census->bytes + slack)
        check_broken(session, thread, HM_PROPERTY_HONESTY,
                     "statistics: live objects occupy %" PRIu64
                     " bytes, and by the census %" PRIu64,
                     now.live_bytes, census->bytes);
}

void judge_what_is_told(struct check_thread *thread, const struct hm_census *census)
{
    judge_figures(thread, census);
    if (thread->session->can.walk)
        judge_walk(thread, census);
}
