/* SPDX-License-Identifier: MIT
 *
 * See rows.h.
 */
#include "rows.h"

#include <stddef.h>

const struct row rows[] = {
    {"bind", {"objects=1"}},
    {"bind", {"objects=1024"}},
    {"binary-trees", {"depth=0", "iterations=2"}},
    {"binary-trees", {"depth=12", "iterations=3"}},
    {"gcbench", {"long_depth=11", "least_depth=0", "most_depth=4", "array=5000"}},
    {"gcbench", {"long_depth=3", "least_depth=3", "most_depth=5", "array=0", "holes=1"}},
    {"gcbench",
     {"long_depth=3", "least_depth=1", "most_depth=3", "array=1", "node_bytes=48", "validate=yes"}},
    {"gcbench", {"long_depth=0", "most_depth=4", "node_bytes=64", "validate=yes", "holes=0.01"}},
    {"get", {"objects=1"}},
    {"get", {"objects=4096"}},
    {"new", {"kind=number"}},
    {"new", {"kind=pair", "window=1024"}},
    {"new", {"kind=record", "window=2"}},
    {"new", {"kind=string", "length=13"}},
    {"new", {"kind=list", "length=0"}},
    {"peek", {"objects=1"}},
    {"peek", {"objects=4096"}},
    {"set", {"objects=1"}},
    {"set", {"objects=4096"}},
    {NULL, {NULL}},
};
