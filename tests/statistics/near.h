/* SPDX-License-Identifier: MIT
 *
 * Comparison of doubles to a relative error (cmocka's own is of floats).
 */
#ifndef HEAPMARK_TESTS_STATISTICS_NEAR_H
#define HEAPMARK_TESTS_STATISTICS_NEAR_H

#include <math.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define assert_near(value, wanted) assert_close(value, wanted, 1e-12)

/* A nan is never near. */
#define assert_close(value, wanted, relative)                                                      \
    do {                                                                                           \
        double near_value = (value), near_wanted = (wanted);                                       \
        if (!(fabs(near_value - near_wanted) <= (relative)*fabs(near_wanted)))                     \
            fail_msg("%s is %.17g, not %.17g", #value, near_value, near_wanted);                   \
    } while (0)

#define assert_nan(value) assert_true(isnan(value))

#endif
