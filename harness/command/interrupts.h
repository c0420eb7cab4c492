/* SPDX-License-Identifier: MIT
 *
 * Signals that end what goes on before a run: searches and recordings.
 */
#ifndef HEAPMARK_COMMAND_INTERRUPTS_H
#define HEAPMARK_COMMAND_INTERRUPTS_H

#include <signal.h>

enum { INTERRUPTS_COUNT = 3 };

struct interrupts {
    struct sigaction before[INTERRUPTS_COUNT];
};

/* The number of the signal that came since interrupts_catch; 0: none. */
extern volatile _Atomic int interrupts_came;

/* Catch SIGINT, SIGTERM and SIGHUP, but for those that are ignored: they stay so, as in a run. */
void interrupts_catch(struct interrupts *interrupts);
void interrupts_release(const struct interrupts *interrupts);

#endif
