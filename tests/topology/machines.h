/* SPDX-License-Identifier: MIT
 *
 * For tests of the topology: machines that are not there, and what is said of them. Include after
 * cmocka.h.
 */
#ifndef HEAPMARK_TESTS_TOPOLOGY_MACHINES_H
#define HEAPMARK_TESTS_TOPOLOGY_MACHINES_H

#include "topology/topology.h"

/* Load it, or fail the test with the sentence. */
static inline struct topology *load_synthetic(const char *description, const char *allowed)
{
    struct error error = {0};
    struct topology *topology = topology_load_synthetic(description, allowed, &error);
    if (!topology)
        fail_msg("%s", error.text);
    return topology;
}

/* The text is this, and is freed. */
static inline void expect_text(struct text *text, const char *expected)
{
    assert_string_equal(text_chars(text), expected);
    text_free(text);
}

#endif
