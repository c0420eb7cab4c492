/* SPDX-License-Identifier: MIT
 *
 * For tests of what is read of /proc and /sys: a machine that is a folder. Include after cmocka.h.
 */
#ifndef HEAPMARK_TESTS_BASE_FAKE_MACHINE_H
#define HEAPMARK_TESTS_BASE_FAKE_MACHINE_H

/* Make it, with nothing in it, and remove it: setup and teardown of a test. One at a time. */
int fake_machine_make(void **state);
int fake_machine_remove(void **state);

/* What its files' paths begin with. */
const char *fake_machine_root(void);

/* Write its file of this path ("/proc/…"), with the folders that lead there. */
void fake_machine_put(const char *path, const char *content);

#endif
