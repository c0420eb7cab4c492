/* SPDX-License-Identifier: MIT
 *
 * Listening to the machine: what a thread sees that does nothing but read the clock.
 */
#include <math.h>

#include "base/clock.h"
#include "measure/process.h"
#include "suite/doctor.h"

static uint64_t difference(uint64_t before, uint64_t after)
{
    return before == PROCESS_UNKNOWN || after == PROCESS_UNKNOWN ? UINT64_MAX : after - before;
}

struct doctor_listening doctor_listen(uint64_t length_ns)
{
    struct process_usage before, after;
    struct doctor_listening heard = {0};
    uint64_t readings = 0;
    process_usage(&before);
    uint64_t start_ns = clock_now_ns(), last_ns = start_ns, now_ns = start_ns;
    while (now_ns - start_ns < length_ns) {
        now_ns = clock_now_ns();
        uint64_t gap_ns = now_ns - last_ns;
        last_ns = now_ns;
        readings++;
        if (gap_ns <= DOCTOR_GAP_NS)
            continue;
        heard.lost_ns += gap_ns;
        heard.longest_ns = gap_ns > heard.longest_ns ? gap_ns : heard.longest_ns;
    }
    process_usage(&after);
    heard.length_ns = now_ns - start_ns;
    heard.reading_ns =
        readings == 0 ? (double)NAN : (double)(heard.length_ns - heard.lost_ns) / (double)readings;
    heard.stolen_ns = difference(before.steal_ns, after.steal_ns);
    heard.throttled_ns = difference(before.throttled_ns, after.throttled_ns);
    return heard;
}
