/* SPDX-License-Identifier: MIT
 *
 * What cannot be true; see absurd.h.
 */
#include "measure/absurd.h"

#include <inttypes.h>
#include <stdio.h>

/* No machine of today gives a process more than 57 bits of address. */
#define MOST_SIZE (UINT64_C(1) << 57)
#define MOST_COUNT ((uint64_t)INT64_MAX)

static const struct {
    const char *where, *name;
    uint64_t most;
} figures[ABSURD_COUNT] = {
#define ABSURD_ROW(NAME, member, KIND) [ABSURD_##NAME] = {"statistics", #member, MOST_##KIND},
    ABSURD_STATISTICS(ABSURD_ROW)
#undef ABSURD_ROW
#define ABSURD_ROW(NAME, member, KIND) [ABSURD_##NAME] = {"census", #member, MOST_##KIND},
        ABSURD_CENSUS(ABSURD_ROW)
#undef ABSURD_ROW
};

static void see(struct absurd *absurd, enum absurd_figure figure, uint64_t value)
{
    if (absurd->is[figure])
        return;
    absurd->is[figure] = true;
    absurd->first[figure] = value;
}

static uint64_t believed(struct absurd *absurd, enum absurd_figure figure, uint64_t value)
{
    if (value == HM_UNKNOWN || value <= figures[figure].most)
        return value;
    see(absurd, figure, value);
    return HM_UNKNOWN;
}

void absurd_clear_statistics(struct absurd *absurd, struct hm_statistics *statistics)
{
#define ABSURD_CLEAR(NAME, member, KIND)                                                           \
    statistics->member = believed(absurd, ABSURD_##NAME, statistics->member);
    ABSURD_STATISTICS(ABSURD_CLEAR)
#undef ABSURD_CLEAR
}

void absurd_clear_census(struct absurd *absurd, struct hm_census *census)
{
#define ABSURD_CLEAR(NAME, member, KIND)                                                           \
    census->member = believed(absurd, ABSURD_##NAME, census->member);
    ABSURD_CENSUS(ABSURD_CLEAR)
#undef ABSURD_CLEAR
}

void absurd_join(struct absurd *absurd, const struct absurd *other)
{
    for (enum absurd_figure i = 0; i < ABSURD_COUNT; i++)
        if (other->is[i])
            see(absurd, i, other->first[i]);
}

void absurd_tell(const struct absurd *absurd, void (*doubt)(void *user, const char *sentence),
                 void *user)
{
    char sentence[200];
    for (enum absurd_figure i = 0; i < ABSURD_COUNT; i++) {
        if (!absurd->is[i])
            continue;
        if (absurd->first[i] > MOST_COUNT)
            snprintf(sentence, sizeof sentence,
                     "by the collector's %s, %s is %" PRId64
                     ", which is negative: what comes of it is not to be had",
                     figures[i].where, figures[i].name, (int64_t)absurd->first[i]);
        else
            snprintf(sentence, sizeof sentence,
                     "by the collector's %s, %s is %" PRIu64
                     ", which is more than there are addresses: what comes of it is not to be had",
                     figures[i].where, figures[i].name, absurd->first[i]);
        doubt(user, sentence);
    }
}
