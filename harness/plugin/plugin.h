/* SPDX-License-Identifier: MIT
 *
 * Plugins: finding them, loading one, and asking one about itself from a safe distance.
 *
 * Only a trial's process loads a plugin. Everybody else probes: a child process loads it and
 * tells what its descriptor says, so that a plugin that crashes while it is loaded, or is no
 * plugin at all, costs nobody more than a sentence.
 */
#ifndef HEAPMARK_PLUGIN_PLUGIN_H
#define HEAPMARK_PLUGIN_PLUGIN_H

#include <jansson.h>

#include <heapmark/plugin.h>

#include "base/error.h"
#include "base/text.h"

/* ---- finding ---- */

/* The file of a plugin. What contains '/' or ends in ".so" is a path, all else a name, looked
 * for as NAME.so in the folders of plugin_folders. The caller frees *path. An error (the user's)
 * for a file that is not there, with the nearest name; or with the reason, where a file NAME.absent
 * says why the build left the plugin out. */
bool plugin_find(const char *name_or_path, char **path, struct error *error);

/* Did the build leave out the plugin of this name? Then `reason` gets why, and what would help: a
 * sentence without its subject. A plugin that plugin_find finds is there all the same. */
bool plugin_absent(const char *name, struct text *reason);

/* The folders searched: those of HEAPMARK_PLUGIN_PATH (separated by ':'), then
 * ../lib/heapmark beside the folder of the program. */
void plugin_folders(struct text_list *folders);

/* The names of all plugins that can be found or are known to be absent, sorted, each once. */
void plugin_names(struct text_list *names);

/* ---- loading, in the process that will use it ---- */

struct plugin {
    void *handle;
    const struct hm_plugin *descriptor;
    char *path;
};

/* Load and check: a symbol heapmark_plugin, versions and sizes, names, at least one variant with
 * every required function. An error (the user's) says in words what is wrong. */
bool plugin_load(struct plugin *plugin, const char *path, struct error *error);
void plugin_unload(struct plugin *plugin);

/* The variant of this name (NULL or "": the first), or NULL with the nearest proposed. */
const struct hm_variant *plugin_variant(const struct plugin *plugin, const char *name,
                                        struct error *error);

/* Does a kernel set have every required operation, and those that the capabilities promise? Checked
 * once a heap is open, since open chooses the set. */
bool plugin_check_set(const struct hm_kernel_set *set, const struct hm_capabilities *can,
                      struct error *error);

/* It checks or records the workload: its times mean nothing, and it is compared with nobody. */
bool plugin_is_instrument(const struct hm_capabilities *can);

/* The set's kernel of this workload, if it has one of the same revision; else NULL with a note
 * that says why. The note is a static text or written to `note`. */
const struct hm_workload *plugin_kernel(const struct hm_kernel_set *set,
                                        const struct hm_workload *table, char note[static 160]);

/* ---- probing, from a safe distance ---- */

struct plugin_setting {
    char *name, *help;
    enum hm_type type;
    union hm_value least, most, standard;
    char **choices; /* null-terminated; NULL where there is none */
};

struct plugin_variant_info {
    char *name, *summary;
    struct hm_capabilities capabilities;
};

/* What a plugin says of itself, copied out of it. */
struct plugin_info {
    char *path;
    char sha256[65];
    char build_id[129]; /* "" when the file has none */
    char *name, *version, *summary, *source, *build;
    struct plugin_variant_info *variants;
    size_t variant_count;
    struct plugin_setting *options;
    size_t option_count;
};

/* Probe in a child process. Errors are the user's, one sentence each: not a plugin, another
 * version, lacks an operation, crashed while it was loaded. Call it with one thread only. */
bool plugin_probe(const char *path, struct plugin_info *info, struct error *error);

/* One of many to be probed: a path that goes in, and what comes of it. */
struct plugin_probe {
    const char *path; /* the caller's */
    bool usable;      /* then the info is the caller's to free, else the error says why */
    struct plugin_info info;
    struct error error;
};

/* Probe all, several processes at once, for the time that few of them take: a bad plugin costs
 * none of the others more than being loaded a second time. Without `identified` sha256 and build_id
 * stay empty, which saves reading the files. Call it with one thread only. */
void plugin_probe_all(struct plugin_probe *probes, size_t count, bool identified);

void plugin_info_free(struct plugin_info *info);

/* The variant of this name (NULL or "": the first), or NULL with the nearest proposed. */
const struct plugin_variant_info *plugin_info_variant(const struct plugin_info *info,
                                                      const char *name, struct error *error);

/* ---- settings: options of a collector, parameters of a workload ---- */

/* Parse "name=value" pairs (count of them) against rows; rows not named get their standard
 * value. `what` is "option of mark-sweep", "parameter of lru". `values` has one for each row. */
bool setting_parse_all(const struct hm_setting *const *rows, const char *const *pairs, size_t count,
                       const char *what, union hm_value *values, struct error *error);

size_t setting_count(const struct hm_setting *const *rows);

/* Does a row of this name exist? */
bool setting_exists(const struct hm_setting *const *rows, const char *name, size_t length);

/* "depth=14,iterations=100": every row in order, in a form that setting_parse_all reads back. */
void setting_append_all(struct text *text, const struct hm_setting *const *rows,
                        const union hm_value *values);

/* For people: one value ("14", "64 MiB", "yes"), and a range ("0 to 30"). */
void setting_append_value(struct text *text, const struct hm_setting *row, union hm_value value);
void setting_append_range(struct text *text, const struct hm_setting *row);

/* The rows of a probed plugin in the form of the functions above. The rows live as long as the
 * info; the caller frees the array. */
const struct hm_setting **plugin_info_rows(const struct plugin_info *info);

/* May any user of the machine write to the plugin's file, or replace it by a folder that any user
 * may write to? Its code runs with this user's rights, so that is worth a warning. Appends the
 * place: the file or folder. */
bool plugin_is_exposed(const char *path, struct text *place);

#endif
