/* SPDX-License-Identifier: MIT
 *
 * Escapers: whatever a string holds, it is data in HTML, CSV, a terminal, a shell.
 */
#include "base/text.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

void text_append_html(struct text *text, const char *chars)
{
    for (; *chars != '\0'; chars++) {
        switch (*chars) {
        case '&':
            text_append(text, "&amp;");
            break;
        case '<':
            text_append(text, "&lt;");
            break;
        case '>':
            text_append(text, "&gt;");
            break;
        case '"':
            text_append(text, "&quot;");
            break;
        case '\'':
            text_append(text, "&#39;");
            break;
        default:
            text_append_bytes(text, chars, 1);
        }
    }
}

void text_append_markdown(struct text *text, const char *chars)
{
    static const char special[] = "\\`*_[]<>#|~@&!:";
    struct text shown = {0};
    text_append_terminal(&shown, chars);
    for (const char *at = text_chars(&shown); *at != '\0'; at++) {
        if (strchr(special, *at) != NULL)
            text_format(text, "&#%d;", *at);
        else if (strncasecmp(at, "www.", 4) == 0)
            text_format(text, "&#%d;", *at);
        else
            text_append_bytes(text, at, 1);
    }
    text_free(&shown);
}

static const char *skip_digits(const char *chars)
{
    return chars + strspn(chars, "0123456789");
}

/* A sign, digits, a fraction, an exponent, and nothing else. */
static bool is_plain_number(const char *chars)
{
    if (*chars == '+' || *chars == '-')
        chars++;
    const char *end = skip_digits(chars);
    size_t digits = (size_t)(end - chars);
    if (*end == '.') {
        const char *fraction = end + 1;
        end = skip_digits(fraction);
        digits += (size_t)(end - fraction);
    }
    if (digits == 0)
        return false;
    if (*end == 'e' || *end == 'E') {
        const char *exponent = end + 1;
        if (*exponent == '+' || *exponent == '-')
            exponent++;
        end = skip_digits(exponent);
        if (end == exponent)
            return false;
    }
    return *end == '\0';
}

/* Spreadsheets run a cell that begins so as a formula, even a quoted one. */
static bool is_formula(const char *chars)
{
    return *chars != '\0' && strchr("=+-@\t\r", *chars) != NULL && !is_plain_number(chars);
}

/* Control codes, which a cell has no use for and a terminal obeys, are written as C does. */
static void append_csv_byte(struct text *text, const char *at)
{
    unsigned char byte = (unsigned char)*at;
    if ((byte < ' ' && strchr("\t\r\n", byte) == NULL) || byte == 0x7f)
        text_format(text, "\\x%02x", byte);
    else
        text_append_bytes(text, at, 1);
}

void text_append_csv(struct text *text, const char *chars)
{
    bool formula = is_formula(chars);
    bool quoted = formula || strpbrk(chars, "\",\r\n") != NULL;
    if (quoted)
        text_append(text, formula ? "\"'" : "\"");
    for (; *chars != '\0'; chars++) {
        if (*chars == '"')
            text_append(text, "\"");
        append_csv_byte(text, chars);
    }
    if (quoted)
        text_append(text, "\"");
}

/* How many bytes the lead byte of a UTF-8 sequence announces; 0 for none. */
static size_t utf8_announced(unsigned char lead)
{
    if (lead < 0x80u)
        return 1;
    if (lead < 0xC2u || lead > 0xF4u)
        return 0;
    return lead < 0xE0u ? 2 : lead < 0xF0u ? 3 : 4;
}

/* Decode one character of well-formed UTF-8 (Unicode, table 3-7): its length, or 0. */
static size_t decode_utf8(const unsigned char *bytes, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = utf8_announced(bytes[0]);
    if (length <= 1) {
        *code = bytes[0];
        return length;
    }
    *code = bytes[0] & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xC0u) != 0x80u)
            return 0;
        *code = *code << 6 | (bytes[i] & 0x3Fu);
    }
    bool surrogate = *code >= 0xD800 && *code <= 0xDFFF;
    return *code < least[length] || *code > 0x10FFFF || surrogate ? 0 : length;
}

/* Moves the cursor, sets the terminal, breaks the line, or reorders what is around it. */
static bool commands_terminal(uint32_t code)
{
    bool control = code < 0x20 || (code >= 0x7F && code <= 0x9F);
    bool line = code == 0x2028 || code == 0x2029;
    bool mark = code == 0x061C || code == 0x200E || code == 0x200F;
    bool reorder = (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
    return control || line || mark || reorder;
}

void text_append_terminal(struct text *text, const char *chars)
{
    while (*chars != '\0') {
        uint32_t code = 0;
        size_t length = decode_utf8((const unsigned char *)chars, &code);
        size_t taken = length > 0 ? length : 1;
        if (length > 0 && !commands_terminal(code)) {
            text_append_bytes(text, chars, taken);
        } else {
            for (size_t i = 0; i < taken; i++)
                text_format(text, "\\x%02x", (unsigned char)chars[i]);
        }
        chars += taken;
    }
}

/* Bare words stay readable. An "=" is bare only behind a dash, where it is no assignment. */
static bool is_bare_word(const char *chars)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "0123456789_@%+:,./-=";
    bool assignment = *chars != '-' && strchr(chars, '=') != NULL;
    return *chars != '\0' && !assignment && chars[strspn(chars, safe)] == '\0';
}

void text_append_shell(struct text *text, const char *chars)
{
    if (is_bare_word(chars)) {
        text_append(text, chars);
        return;
    }
    text_append(text, "'");
    for (; *chars != '\0'; chars++) {
        if (*chars == '\'')
            text_append(text, "'\\''");
        else
            text_append_bytes(text, chars, 1);
    }
    text_append(text, "'");
}
