/* SPDX-License-Identifier: MIT
 *
 * What is asked, before it is looked up: the lines of a suite file and the options of a command
 * line, one after another, so that what comes later overrides what came before.
 *
 * Collectors and workloads are lists. A setting of theirs begins the list anew or adds to it, and
 * what is overridden is never looked up: a suite whose collectors the command line replaces needs
 * none of its plugins.
 */
#ifndef HEAPMARK_SUITE_SETTINGS_H
#define HEAPMARK_SUITE_SETTINGS_H

#include "suite/request.h"

struct suite_setting {
    const char *key; /* "collectors", "workloads" or that of a suite_setting_kind; static */
    char *value;     /* as on the command line */
    char *where;     /* "FILE:LINE" in a suite file; NULL on the command line */
    bool adds;       /* to the list, which else begins here */
    bool optional;   /* left out, and said, where there is no such collector */
};

/* Zero-initialise it, free it with suite_settings_free. */
struct suite_settings {
    struct suite_setting *items;
    size_t count;
    size_t capacity;
};

/* Append a copy. */
void suite_settings_add(struct suite_settings *settings, const struct suite_setting *setting);
void suite_settings_free(struct suite_settings *settings);

/* The static text of a key, or NULL where there is no such setting. */
const char *suite_setting_key(const char *key);

/* Fill the request in: plain settings first, since nothing has to be looked up for them, then
 * workloads, then collectors (each is probed in a process of its own: call it with one thread),
 * then suite_settle. A suite's baseline and twins are forgotten where the command line begins the
 * list of collectors anew. `left_out` is called with the reason for each optional collector that
 * is not there. Mistakes are the user's, with file, line and key where they stand in a file. */
bool suite_settings_apply(const struct suite_settings *settings, struct suite_request *request,
                          void (*left_out)(const char *reason), struct error *error);

#endif
