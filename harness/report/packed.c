/* SPDX-License-Identifier: MIT
 *
 * zlib and base64; see packed.h.
 */
#include "report/packed.h"

#include <stdlib.h>
#include <zlib.h>

#include "base/error.h"

static void append_base64(const unsigned char *bytes, size_t count, struct text *page)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < count; i += 3) {
        size_t here = count - i < 3 ? count - i : 3;
        unsigned long group = (unsigned long)bytes[i] << 16;
        group |= here > 1 ? (unsigned long)bytes[i + 1] << 8 : 0;
        group |= here > 2 ? bytes[i + 2] : 0;
        char text[4] = {digits[group >> 18], digits[group >> 12 & 63],
                        here > 1 ? digits[group >> 6 & 63] : '=',
                        here > 2 ? digits[group & 63] : '='};
        text_append_bytes(page, text, sizeof text);
    }
}

void packed_append_base64(const char *bytes, size_t count, struct text *page)
{
    append_base64((const unsigned char *)bytes, count, page);
}

void packed_append(const char *bytes, size_t count, struct text *page)
{
    uLongf length = compressBound((uLong)count);
    unsigned char *packed = memory_new(length);
    int result = compress2(packed, &length, (const Bytef *)bytes, (uLong)count, 9);
    CHECK(result == Z_OK, "zlib cannot pack %zu bytes: %d", count, result);
    append_base64(packed, length, page);
    free(packed);
}
