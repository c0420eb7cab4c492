/* SPDX-License-Identifier: MIT
 *
 * A folder is made with those above it; what is in the way is told by errno.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"

static int enter_empty_folder(void **state)
{
    static char scratch[] = "/tmp/heapmark-files-XXXXXX";
    *state = scratch;
    return mkdtemp(scratch) != NULL && chdir(scratch) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
    remove("file");
    rmdir("a/b/c");
    rmdir("a/b");
    rmdir("a");
    return chdir("/") == 0 && rmdir(*state) == 0 ? 0 : -1;
}

static void those_above_are_made(void **state)
{
    (void)state;
    struct stat status;
    assert_true(files_make_folder("a/b//c/"));
    assert_int_equal(stat("a/b/c", &status), 0);
    assert_true(S_ISDIR(status.st_mode));
}

static void what_is_there_stays(void **state)
{
    (void)state;
    assert_true(files_make_folder("a"));
    assert_true(files_make_folder("a"));
    assert_true(files_make_folder("/"));
}

static void what_is_in_the_way_is_told(void **state)
{
    (void)state;
    FILE *file = fopen("file", "w");
    assert_non_null(file);
    fclose(file);
    assert_false(files_make_folder("file"));
    assert_int_equal(errno, ENOTDIR);
    assert_false(files_make_folder("file/below/it"));
    assert_int_equal(errno, ENOTDIR);
    assert_false(files_make_folder("/proc/none/at/all"));
    assert_int_equal(errno, ENOENT);
    assert_false(files_make_folder(""));
    assert_int_equal(errno, ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_above_are_made),
        cmocka_unit_test(what_is_there_stays),
        cmocka_unit_test(what_is_in_the_way_is_told),
    };
    return cmocka_run_group_tests_name("files", tests, enter_empty_folder, leave_folder);
}
