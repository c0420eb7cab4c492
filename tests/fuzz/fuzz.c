/* SPDX-License-Identifier: MIT
 *
 * What fuzz targets share; see fuzz.h.
 */
#include "fuzz.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"

int fuzz_file(const uint8_t *bytes, size_t count, char path[static FUZZ_PATH_BYTES])
{
    int file = memfd_create("input", MFD_CLOEXEC);
    CHECK(file >= 0 && files_write_all(file, bytes, count), "a file of %zu bytes", count);
    snprintf(path, FUZZ_PATH_BYTES, "/proc/self/fd/%d", file);
    return file;
}
