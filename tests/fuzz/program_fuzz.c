/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: any bytes as a program's file. They are a program, which is written as it was read,
 * or one sentence says why not.
 */
#include <stdlib.h>
#include <string.h>

#include "check/program.h"
#include "fuzz.h"

static void write_and_read(const struct program *program)
{
    struct program again;
    struct error error = {0};
    struct text first = {0}, second = {0};
    program_append(&first, program, NULL);
    CHECK(program_parse(&again, "again", text_chars(&first), &error), "%s", error.text);
    program_append(&second, &again, NULL);
    /* A collector's name is shown as a terminal can, and that again. */
    CHECK(program->collector != NULL || strcmp(text_chars(&first), text_chars(&second)) == 0,
          "%s\n%s", text_chars(&first), text_chars(&second));
    program_free(&again);
    text_free(&first);
    text_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    char *chars = memory_new(count + 1);
    struct program program;
    struct error error = {0};
    if (count > 0)
        memcpy(chars, bytes, count);
    if (program_parse(&program, "input", chars, &error)) {
        write_and_read(&program);
        program_free(&program);
    } else {
        CHECK(error.kind == ERROR_USER && strchr(error.text, '\n') == NULL, "%s", error.text);
    }
    free(chars);
    return 0;
}
