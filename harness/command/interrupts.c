/* SPDX-License-Identifier: MIT
 *
 * Catching signals; see interrupts.h.
 */
#include "command/interrupts.h"

#include <stddef.h>

volatile _Atomic int interrupts_came;

static void note(int number)
{
    interrupts_came = number;
}

static const int signals[INTERRUPTS_COUNT] = {SIGINT, SIGTERM, SIGHUP};

void interrupts_catch(struct interrupts *interrupts)
{
    interrupts_came = 0;
    for (size_t i = 0; i < INTERRUPTS_COUNT; i++) {
        struct sigaction ours = {.sa_handler = note};
        sigemptyset(&ours.sa_mask);
        sigaction(signals[i], NULL, &interrupts->before[i]);
        if (interrupts->before[i].sa_handler != SIG_IGN)
            sigaction(signals[i], &ours, NULL);
    }
}

void interrupts_release(const struct interrupts *interrupts)
{
    for (size_t i = 0; i < INTERRUPTS_COUNT; i++)
        sigaction(signals[i], &interrupts->before[i], NULL);
}
