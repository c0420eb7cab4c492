/* SPDX-License-Identifier: MIT
 *
 * Noise of the machine; see noise.h.
 */
#include "measure/noise.h"

#include <math.h>
#include <string.h>

/* Without the time that threads waited: less of the processors than this, and so many forced
 * switches for each second of a thread, are taken for waiting. */
enum { SWITCHES_A_SECOND = 10 };
#define NOISE_CPU_SHARE 0.9

/* All mutators' time; NAN where the timed part did not end. */
static double mutators_ns(const struct trial_record *record)
{
    double wall_ns = record_real(record, TRIAL_WALL_NS, NAN);
    return wall_ns > 0 ? wall_ns * record_real(record, TRIAL_THREADS, NAN) : (double)NAN;
}

static void begin_sentence(struct text *text)
{
    text_append(text, text->length > 0 ? "; " : "");
}

/* What else is known of how busy the machine was. */
static void append_load(const struct trial_record *record, struct text *text)
{
    double load = record_real(record, TRIAL_LOAD_BEFORE, NAN);
    double pressure = record_real(record, TRIAL_PRESSURE_BEFORE, NAN);
    if (isfinite(load))
        text_format(text, " (before the trial the machine's load was %.1f", load);
    if (isfinite(load) && isfinite(pressure))
        text_format(text, ", and some task waited %.0f %% of the time", pressure);
    text_append(text, isfinite(load) ? ")" : "");
}

static bool tell_waiting(const struct trial_record *record, struct text *text)
{
    double share = record_real(record, TRIAL_WAITED_NS, NAN) / mutators_ns(record);
    if (!(share >= NOISE_WAITED_SHARE))
        return false;
    if (text == NULL)
        return true;
    begin_sentence(text);
    text_format(text, "mutators were ready to run and waited for a processor %.1f %% of their time",
                100 * share);
    append_load(record, text);
    return true;
}

/* Of fixed work, and where it was asked how long threads waited, which it was not before schema 17.
 * Of a record that does not tell whether threads wait by themselves nothing follows. */
static bool switches_stand_in(const struct trial_record *record)
{
    return !record_is_known(record, TRIAL_WAITED_NS) &&
           record_is_known(record, TRIAL_LOAD_BEFORE) &&
           strcmp(record_text(record, TRIAL_SCHEDULE, ""), "work") == 0;
}

static bool tell_switches(const struct trial_record *record, struct text *text)
{
    double time_ns = mutators_ns(record);
    double cpu_ns =
        record_real(record, TRIAL_CPU_USER_NS, NAN) + record_real(record, TRIAL_CPU_SYSTEM_NS, NAN);
    double switches = record_real(record, TRIAL_SWITCHES_INVOLUNTARY, NAN);
    if (!switches_stand_in(record) ||
        !(cpu_ns < NOISE_CPU_SHARE * time_ns && switches * 1e9 > SWITCHES_A_SECOND * time_ns))
        return false;
    if (text == NULL)
        return true;
    begin_sentence(text);
    text_format(text,
                "threads were forced off their processors %.0f times, and had %.0f %% of the time "
                "of as many as there are mutators",
                switches, 100 * cpu_ns / time_ns);
    append_load(record, text);
    return true;
}

static bool tell_stolen(const struct trial_record *record, struct text *text)
{
    double stolen_ns = record_real(record, TRIAL_STEAL_NS, NAN);
    if (!(stolen_ns >= NOISE_STOLEN_LEAST_NS &&
          stolen_ns >= NOISE_STOLEN_SHARE * mutators_ns(record)))
        return false;
    if (text == NULL)
        return true;
    begin_sentence(text);
    text_format(text, "the hypervisor gave %.0f ms to others meanwhile", stolen_ns / 1e6);
    return true;
}

static bool tell_clock(const struct trial_record *record, struct text *text)
{
    double start_hz = record_real(record, TRIAL_FREQUENCY_START_HZ, NAN);
    double end_hz = record_real(record, TRIAL_FREQUENCY_END_HZ, NAN);
    if (!(fabs(end_hz - start_hz) >= NOISE_CLOCK_SHARE * start_hz))
        return false;
    if (text == NULL)
        return true;
    begin_sentence(text);
    text_format(text, "the processor's clock went from %.2f to %.2f GHz", start_hz / 1e9,
                end_hz / 1e9);
    return true;
}

bool noise_tell(const struct trial_record *record, struct text *text)
{
    bool waited = tell_waiting(record, text);
    bool switched = tell_switches(record, text);
    bool stolen = tell_stolen(record, text);
    bool clock = tell_clock(record, text);
    return waited || switched || stolen || clock;
}
