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
    {"churn", {"live=100", "rounds=1000", "young=10"}},
    {"churn", {"live=1", "rounds=300", "young=1", "sizes=fixed", "string_bytes=7", "length=1"}},
    {"churn", {"live=50", "rounds=500", "sizes=uniform", "lifetime=oldest", "survival=1"}},
    {"churn", {"live=5", "rounds=100", "length=200", "lists=0", "numbers=0", "survival=0"}},
    {"gcbench", {"long_depth=11", "least_depth=0", "most_depth=4", "array=5000"}},
    {"gcbench", {"long_depth=3", "least_depth=3", "most_depth=5", "array=0", "holes=1"}},
    {"gcbench",
     {"long_depth=3", "least_depth=1", "most_depth=3", "array=1", "node_bytes=48", "validate=yes"}},
    {"gcbench", {"long_depth=0", "most_depth=4", "node_bytes=64", "validate=yes", "holes=0.01"}},
    {"get", {"objects=1"}},
    {"get", {"objects=4096"}},
    {"handoff", {"batches=1"}},
    {"handoff", {"batches=100", "batch=3", "window=2", "objects=1", "string_bytes=1"}},
    {"handoff", {"batches=70", "batch=1", "window=1", "publish=set", "string_bytes=100"}},
    {"lru", {"capacity=1", "keys=3", "requests=50"}},
    {"lru", {"capacity=100", "keys=400", "requests=3000"}},
    {"lru", {"capacity=64", "keys=50", "requests=1000", "skew=1", "value_bytes=1"}},
    {"lru", {"capacity=30", "keys=1000", "requests=1000", "skew=8", "value_bytes=1000"}},
    {"names", {"rounds=1", "rings=0"}},
    {"names", {"rounds=100", "rings=100"}},
    {"new", {"kind=number"}},
    {"new", {"kind=pair", "window=1024"}},
    {"new", {"kind=record", "window=2"}},
    {"new", {"kind=string", "length=13"}},
    {"new", {"kind=list", "length=0"}},
    {"peek", {"objects=1"}},
    {"peek", {"objects=4096"}},
    {"rings", {"cyclic=0", "size=3", "live=20", "rounds=200"}},
    {"rings", {"cyclic=1", "size=1", "live=1", "rounds=50", "payload=9"}},
    {"rings", {"cyclic=0.5", "size=700", "live=3", "rounds=30", "payload=40"}},
    {"set", {"objects=1"}},
    {"set", {"objects=4096"}},
    {NULL, {NULL}},
};
