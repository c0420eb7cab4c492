/* SPDX-License-Identifier: MIT
 *
 * A descriptor as JSON: how a probed plugin's word travels from the child to its parent.
 */
#ifndef HEAPMARK_PLUGIN_INFO_H
#define HEAPMARK_PLUGIN_INFO_H

#include "plugin/plugin.h"

/* The descriptor's texts, variants, capabilities and options. The caller owns it. */
json_t *info_to_json(const struct hm_plugin *descriptor);

/* Fill the info but for path, sha256 and build_id. False when the JSON is not of that form. */
bool info_from_json(struct plugin_info *info, const json_t *json);

#endif
