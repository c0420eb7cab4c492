/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: any bytes as a suite's file. They are a suite, or one sentence says why not.
 */
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "suite/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    char path[FUZZ_PATH_BYTES];
    struct suite_text suite = {0};
    struct error error = {0};
    int file = fuzz_file(bytes, count, path);
    bool fine = suite_read(path, &suite, &error);
    CHECK(fine == (error.kind == ERROR_NONE), "%s", error.text);
    CHECK(fine || (error.text[0] != '\0' && strchr(error.text, '\n') == NULL), "%s", error.text);
    suite_text_free(&suite);
    close(file);
    return 0;
}
