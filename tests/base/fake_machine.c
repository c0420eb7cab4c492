/* SPDX-License-Identifier: MIT
 *
 * A machine that is a folder; see fake_machine.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "fake_machine.h"

static char root[] = "/tmp/heapmark-machine-XXXXXX";

int fake_machine_make(void **state)
{
    (void)state;
    memcpy(root + sizeof root - 7, "XXXXXX", 6);
    return mkdtemp(root) == NULL;
}

int fake_machine_remove(void **state)
{
    (void)state;
    struct text command = {0};
    text_format(&command, "rm -rf %s", root);
    int result = system(command.chars);
    text_free(&command);
    return result;
}

const char *fake_machine_root(void)
{
    return root;
}

void fake_machine_put(const char *path, const char *content)
{
    struct text whole = {0};
    text_format(&whole, "%s%s", root, path);
    for (char *slash = whole.chars + strlen(root) + 1; (slash = strchr(slash, '/')) != NULL;
         slash++) {
        *slash = '\0';
        mkdir(whole.chars, 0700);
        *slash = '/';
    }
    FILE *file = fopen(whole.chars, "we");
    assert_non_null(file);
    fputs(content, file);
    assert_int_equal(fclose(file), 0);
    text_free(&whole);
}
