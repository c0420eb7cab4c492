/* SPDX-License-Identifier: MIT
 *
 * Names of a trial's phases.
 */
#include "trial/trial.h"

const char *trial_phase_name(enum trial_phase phase)
{
    static const char *const names[] = {
#define PHASE_NAME(NAME, name) name,
        TRIAL_PHASES(PHASE_NAME)
#undef PHASE_NAME
    };
    return (unsigned)phase < TRIAL_PHASE_COUNT ? names[phase] : "in an unknown phase";
}
