/* SPDX-License-Identifier: MIT
 *
 * What a run was begun with, as a text that is stored with it, so that it can be gone on with.
 *
 * It holds the settings as they were given, from a suite file and the command line, and the facts
 * that they came to: the program, each collector's file with its digest, each workload with its
 * revision, all that decides which trials there are, in which order, and what each of them does.
 * Going on means to apply the settings again, and to come to the same facts.
 *
 * The text is an object in JSON: "form" (1), "settings" and "facts" (name to text, in order).
 */
#ifndef HEAPMARK_SUITE_DEFINITION_H
#define HEAPMARK_SUITE_DEFINITION_H

#include "suite/settings.h"

/* The text for a request that these settings were applied to; the caller frees it. */
char *suite_definition_make(const struct suite_request *request,
                            const struct suite_settings *settings);

/* Append the settings of a stored text to those of a suite that is named again (`again`; its own
 * are then there, and the stored ones are left out). Those of a key that `given`, the command
 * line of now, has too are left out. *suite is the stored suite's name, which the caller frees;
 * NULL: none. False (the user's) for a text that cannot be read. */
bool suite_definition_settings(const char *definition, bool again,
                               const struct suite_settings *given, struct suite_settings *settings,
                               char **suite, struct error *error);

/* Take request->smallest_bytes from the facts of a stored text, so that a run goes on with the
 * heaps that it began with, whatever was found since. False (the user's) where they are not there.
 */
bool suite_definition_smallest(const char *definition, struct suite_request *request,
                               struct error *error);

/* Do all facts of `now` stand in `stored`, too? Else the error says the first that differs. */
bool suite_definition_agrees(const char *stored, const char *now, struct error *error);

#endif
