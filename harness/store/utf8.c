/* SPDX-License-Identifier: MIT
 *
 * Bytes made valid UTF-8.
 */
#include "store/utf8.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* Bytes that follow a lead byte, and the least code point that needs so many; -1: no lead byte. */
static int continuation_count(unsigned char lead, uint32_t *least)
{
    static const uint32_t leasts[] = {0x01, 0x80, 0x800, 0x10000};
    int count = lead < 0x80             ? 0
                : (lead & 0xE0) == 0xC0 ? 1
                : (lead & 0xF0) == 0xE0 ? 2
                : (lead & 0xF8) == 0xF0 ? 3
                                        : -1;
    *least = count < 0 ? 0 : leasts[count];
    return count;
}

/* Length of the UTF-8 sequence at `bytes`, or 0: cut short, overlong, a surrogate,
 * over U+10FFFF, or NUL. */
static size_t utf8_length(const unsigned char *bytes, size_t count)
{
    uint32_t least;
    int more = continuation_count(bytes[0], &least);
    if (more < 0 || (size_t)more >= count)
        return 0;
    uint32_t code = more == 0 ? bytes[0] : bytes[0] & (0x3FU >> more);
    for (int i = 1; i <= more; i++) {
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
        code = code << 6 | (bytes[i] & 0x3FU);
    }
    bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    return code < least || surrogate || code > 0x10FFFF ? 0 : (size_t)more + 1;
}

static size_t valid_length(const char *bytes, size_t count)
{
    size_t length = 0, step;
    while (length < count &&
           (step = utf8_length((const unsigned char *)bytes + length, count - length)) > 0)
        length += step;
    return length;
}

char *utf8_copy(const char *bytes, size_t count)
{
    struct text text = {0};
    text_append(&text, "");
    while (count > 0) {
        size_t valid = valid_length(bytes, count);
        text_append_bytes(&text, bytes, valid);
        bytes += valid;
        count -= valid;
        if (count > 0) {
            text_format(&text, "\\x%02X", (unsigned char)*bytes++);
            count--;
        }
    }
    return text.chars;
}
