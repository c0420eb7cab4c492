/* SPDX-License-Identifier: MIT
 *
 * Interruptions: threads of the program are held up at any instruction, by a signal from a timer of
 * their own. Races whose window no phase and no operation borders are met by nothing else, and no
 * collector has to help.
 *
 * The handler runs on the thread's own stack, as a collector that stops threads by signals of its
 * own looks for references between the stack pointer and the stack's beginning. It takes no lock
 * and allocates nothing. System calls that it comes into are begun anew (SA_RESTART), but for those
 * that never are, as sleeping: there a collector sees EINTR, as it would under any profiler.
 *
 * Each thread has a stream of chance of its own. As with other delays (phases.c), what was
 * interrupted often is interrupted ever more seldom, or a long program would do little else. So the
 * count is the thread's of the program, whichever of the machine's goes on with it.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <time.h>

#include "base/clock.h"
#include "base/random.h"
#include "check/session.h"

enum { SELDOMER = 1024, MOST_DOUBLINGS = 16, MOST_DELAY_NS = 100000, DELAY_SCALES = 10 };
static const uint64_t US_NS = 1000, SECOND_NS = 1000000000;

static _Thread_local struct random chance;
static _Thread_local volatile uint64_t mean_ns; /* read by the handler too, as is the next one */
static _Thread_local _Atomic uint64_t *count;
static _Thread_local timer_t timer;

/* Nobody else has use for it; the last ones are debuggers'. */
static int signal_of_timer(void)
{
    return SIGRTMAX - 3;
}

static void arm(void)
{
    uint64_t doublings = atomic_load(count) / SELDOMER;
    uint64_t wait_ns = 1 + (random_next(&chance) % (2 * mean_ns)
                            << (doublings < MOST_DOUBLINGS ? doublings : MOST_DOUBLINGS));
    const struct itimerspec when = {.it_value = {.tv_sec = (time_t)(wait_ns / SECOND_NS),
                                                 .tv_nsec = (long)(wait_ns % SECOND_NS)}};
    timer_settime(timer, 0, &when, NULL);
}

/* Short delays are as likely as long ones. */
static void hold_up(int signal_number)
{
    int before = errno;
    (void)signal_number;
    if (mean_ns == 0) /* it is ending */
        return;
    uint64_t ns = random_below(&chance, MOST_DELAY_NS) >> random_below(&chance, DELAY_SCALES);
    if (random_below(&chance, 2) == 0)
        for (uint64_t end_ns = clock_now_ns() + ns; clock_now_ns() < end_ns;)
            continue;
    else
        nanosleep(&(struct timespec){.tv_nsec = (long)ns}, NULL);
    atomic_fetch_add(count, 1);
    arm();
    errno = before;
}

void interrupts_begin(const struct check_session *session)
{
    struct sigaction action = {.sa_handler = hold_up, .sa_flags = SA_RESTART};
    if (session->program->interrupt != 0)
        sigaction(signal_of_timer(), &action, NULL);
}

void interrupts_begin_thread(struct check_thread *thread)
{
    const struct program *program = thread->session->program;
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = signal_of_timer()};
    event._sigev_un._tid = gettid();
    count = &thread->interrupted;
    if (program->interrupt == 0 || timer_create(CLOCK_MONOTONIC, &event, &timer) != 0)
        return;
    chance.state = program->seed * UINT64_C(0xb5ad4eceda1ce2a9) + thread->head.index +
                   (atomic_load(count) << 32);
    mean_ns = program->interrupt * US_NS;
    arm();
}

uint64_t interrupts_of_thread(void)
{
    return atomic_load(count);
}

void interrupts_end_thread(void)
{
    if (mean_ns == 0)
        return;
    mean_ns = 0;
    timer_delete(timer);
}
