/* SPDX-License-Identifier: MIT
 *
 * Bytes as text; see base64.h.
 */
#include "store/base64.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_append(struct text *text, const unsigned char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i += 3) {
        size_t taken = count - i < 3 ? count - i : 3;
        uint32_t bits = (uint32_t)bytes[i] << 16;
        bits |= taken > 1 ? (uint32_t)bytes[i + 1] << 8 : 0;
        bits |= taken > 2 ? bytes[i + 2] : 0;
        char quad[4] = {digits[bits >> 18], digits[bits >> 12 & 63], digits[bits >> 6 & 63],
                        digits[bits & 63]};
        memset(quad + taken + 1, '=', 3 - taken);
        text_append_bytes(text, quad, sizeof quad);
    }
}

/* The value of a digit, or -1. */
static int value_of(char digit)
{
    const char *place = digit != '\0' ? strchr(digits, digit) : NULL;
    return place != NULL ? (int)(place - digits) : -1;
}

/* How many bytes the quad holds; 0 where it is none. */
static size_t read_quad(const char quad[4], unsigned char bytes[3])
{
    size_t taken = quad[3] != '=' ? 3 : quad[2] != '=' ? 2 : 1;
    uint32_t bits = 0;
    for (size_t i = 0; i < 4; i++) {
        int value = i <= taken ? value_of(quad[i]) : 0;
        if (value < 0)
            return 0;
        bits = bits << 6 | (uint32_t)value;
    }
    for (size_t i = 0; i < 3; i++)
        bytes[i] = (unsigned char)(bits >> (16 - 8 * i));
    return taken;
}

unsigned char *base64_read(const char *text, size_t *count)
{
    size_t length = strlen(text);
    *count = 0;
    if (length % 4 != 0)
        return NULL;
    unsigned char *bytes = memory_new(length / 4 * 3 + 1);
    for (size_t i = 0; i < length; i += 4) {
        size_t taken = read_quad(text + i, bytes + *count);
        bool is_last = i + 4 == length;
        if (taken == 0 || (taken < 3 && !is_last)) {
            free(bytes);
            return NULL;
        }
        *count += taken;
    }
    return bytes;
}
