/* SPDX-License-Identifier: MIT
 *
 * Quantities: what is read, what is refused and in which words, what is written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/units.h"

#define KIB (UINT64_C(1) << 10)
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define TIB (UINT64_C(1) << 40)

struct quantity {
    const char *text;
    uint64_t value;
};

struct refusal {
    const char *text;
    const char *words;
};

static void assert_read(bool (*parse)(const char *, const char *, uint64_t *, struct error *),
                        const struct quantity *examples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct error error = {0};
        uint64_t value = 77;
        if (!parse(examples[i].text, "heap", &value, &error))
            fail_msg("\"%s\" was refused: %s", examples[i].text, error.text);
        if (value != examples[i].value)
            fail_msg("\"%s\" was read as %ju", examples[i].text, (uintmax_t)value);
        assert_int_equal(error.kind, ERROR_NONE);
    }
}

/* Refused as the user's mistake, in a sentence that begins with the quantity as written
 * and holds `words`; the value stays as it was. */
static void assert_refused(bool (*parse)(const char *, const char *, uint64_t *, struct error *),
                           const struct refusal *examples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct error error = {0};
        uint64_t value = 77;
        if (parse(examples[i].text, "heap", &value, &error))
            fail_msg("\"%s\" was read as %ju", examples[i].text, (uintmax_t)value);
        assert_int_equal(error.kind, ERROR_USER);
        assert_int_equal(strncmp(error.text, "heap \"", 6), 0);
        if (strstr(error.text, examples[i].words) == NULL)
            fail_msg("\"%s\": %s", examples[i].text, error.text);
        assert_int_equal(value, 77);
        assert_false(parse(examples[i].text, "heap", &value, NULL));
    }
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void bytes_are_read(void **state)
{
    (void)state;
    static const struct quantity examples[] = {
        {"0", 0},
        {"1", 1},
        {"4096", 4096},
        {"64m", 64 * MIB},
        {"10M", 10 * MIB},
        {"10MB", 10 * MIB},
        {"10MiB", 10 * MIB},
        {"1k", KIB},
        {"1K", KIB},
        {"1KB", KIB},
        {"1KiB", KIB},
        {"2g", 2 * GIB},
        {"2G", 2 * GIB},
        {"2GB", 2 * GIB},
        {"2GiB", 2 * GIB},
        {"3t", 3 * TIB},
        {"3T", 3 * TIB},
        {"3TB", 3 * TIB},
        {"3TiB", 3 * TIB},
        {"812B", 812},
        {"1.5GiB", 3 * GIB / 2},
        {"0.25k", 256},
        {".5M", MIB / 2},
        {"64 MiB", 64 * MIB},
        {"5.000B", 5},
        {"0.1k", 102},
        {"0.0001k", 0},
        {"0007k", 7 * KIB},
        {"18446744073709551615", UINT64_MAX},
        {"16777215T", 16777215 * TIB},
    };
    assert_read(units_parse_bytes, examples, COUNT(examples));
}

static void bytes_are_refused(void **state)
{
    (void)state;
    static const struct refusal examples[] = {
        {"", "not a number"},
        {" ", "not a number"},
        {"M", "not a number"},
        {".", "not a number"},
        {".M", "not a number"},
        {"+5", "not a number"},
        {"nan", "not a number"},
        {"inf", "not a number"},
        {" 5", "not a number"},
        {"-1", "negative"},
        {"-64m", "negative"},
        {"-0", "negative"},
        {"18446744073709551616", "too large"},
        {"99999999999999999999999", "too large"},
        {"16777216T", "too large"},
        {"16777215.99999999999999999999T", "too large"},
        {"20000000000G", "too large"},
        {"1.5", "fraction"},
        {"1.5B", "fraction"},
        {"64q", "unknown unit \"q\""},
        {"64q", "the units are: B k K KB KiB m M MB MiB g G GB GiB t T TB TiB"},
        {"64mb", "unknown unit \"mb\""},
        {"64 MiB ", "unknown unit"},
        {"64 ", "unknown unit"},
        {"64  M", "unknown unit"},
        {"1e3", "unknown unit \"e3\""},
        {"0x10", "unknown unit \"x10\""},
        {"1.2.3k", "unknown unit \".3k\""},
        {"5.", "unknown unit \".\""},
        {"1,5k", "unknown unit"},
    };
    assert_refused(units_parse_bytes, examples, COUNT(examples));
}

static void ns_are_read(void **state)
{
    (void)state;
    static const struct quantity examples[] = {
        {"0", 0},
        {"1", 1000000000u},
        {"1.5", 1500000000u},
        {"0.25s", 250000000u},
        {"47ns", 47},
        {"3us", 3000},
        {"3.21ms", 3210000},
        {"3.21 ms", 3210000},
        {"2min", 120000000000u},
        {"1h", 3600000000000u},
        {"0.5h", 1800000000000u},
        {"0.000000001s", 1},
        {"0.0000000004s", 0},
    };
    assert_read(units_parse_ns, examples, COUNT(examples));
}

static void ns_are_refused(void **state)
{
    (void)state;
    static const struct refusal examples[] = {
        {"", "not a number"},
        {"-1s", "negative"},
        {"5m", "unknown unit \"m\"; the units are: s ns us ms min h"},
        {"5S", "unknown unit"},
        {"1.5ns", "fraction"},
        {"18446744074s", "too large"},
        {"5124096h", "too large"},
    };
    assert_refused(units_parse_ns, examples, COUNT(examples));
}

static void very_long_input_leaves_the_reason(void **state)
{
    (void)state;
    char text[5000];
    memset(text, 'q', sizeof text);
    text[0] = '7';
    text[sizeof text - 1] = '\0';
    struct error error = {0};
    uint64_t bytes;
    assert_false(units_parse_bytes(text, "heap", &bytes, &error));
    assert_non_null(strstr(error.text, "TiB"));
}

static void integers_have_bounds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t least, most, value;
    } examples[] = {
        {"1", 1, 64, 1},
        {"64", 1, 64, 64},
        {"-5", -5, 5, -5},
        {"0", 0, 0, 0},
        {"007", 0, 9, 7},
        {"9223372036854775807", INT64_MIN, INT64_MAX, INT64_MAX},
        {"-9223372036854775808", INT64_MIN, INT64_MAX, INT64_MIN},
    };
    for (size_t i = 0; i < COUNT(examples); i++) {
        struct error error = {0};
        int64_t value = 77;
        assert_true(units_parse_integer(examples[i].text, "threads", examples[i].least,
                                        examples[i].most, &value, &error));
        assert_true(value == examples[i].value);
    }
}

static void integers_are_refused(void **state)
{
    (void)state;
    static const struct refusal examples[] = {
        {"0", "threads \"0\" must be from 1 to 64"},
        {"65", "must be from 1 to 64"},
        {"-1", "must be from 1 to 64"},
        {"9223372036854775808", "must be from 1 to 64"},
        {"-99999999999999999999", "must be from 1 to 64"},
        {"", "not a whole number"},
        {"-", "not a whole number"},
        {"+1", "not a whole number"},
        {" 1", "not a whole number"},
        {"1 ", "not a whole number"},
        {"1.0", "not a whole number"},
        {"0x1", "not a whole number"},
        {"1e1", "not a whole number"},
        {"--1", "not a whole number"},
        {"four", "not a whole number"},
    };
    for (size_t i = 0; i < COUNT(examples); i++) {
        struct error error = {0};
        int64_t value = 77;
        assert_false(units_parse_integer(examples[i].text, "threads", 1, 64, &value, &error));
        assert_int_equal(error.kind, ERROR_USER);
        assert_non_null(strstr(error.text, examples[i].words));
        assert_int_equal(value, 77);
    }
}

static void decimals_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
    } examples[] = {{"0.25", 0.25}, {"0", 0},      {"1", 1},       {".5", 0.5},     {"1.", 1},
                    {"-0.5", -0.5}, {"-.5", -0.5}, {"1e-3", 1e-3}, {"2.5E-1", 0.25}};
    for (size_t i = 0; i < COUNT(examples); i++) {
        double value = 77;
        struct error error = {0};
        assert_true(units_parse_decimal(examples[i].text, "share", -1, 1, &value, &error));
        assert_true(value == examples[i].value);
    }
}

static void decimals_are_refused(void **state)
{
    (void)state;
    static const struct refusal examples[] = {
        {"1.01", "share \"1.01\" must be from 0 to 1"},
        {"-0.01", "must be from 0 to 1"},
        {"1e999", "must be from 0 to 1"},
        {"nan", "not a decimal number"},
        {"inf", "not a decimal number"},
        {"-inf", "not a decimal number"},
        {"0x1p-1", "not a decimal number"},
        {"", "not a decimal number"},
        {".", "not a decimal number"},
        {"-", "not a decimal number"},
        {" 1", "not a decimal number"},
        {"0,25", "not a decimal number"},
        {"0.2.5", "not a decimal number"},
        {"1e", "not a decimal number"},
        {"25%", "not a decimal number"},
    };
    for (size_t i = 0; i < COUNT(examples); i++) {
        double value = 77;
        struct error error = {0};
        assert_false(units_parse_decimal(examples[i].text, "share", 0, 1, &value, &error));
        assert_int_equal(error.kind, ERROR_USER);
        assert_non_null(strstr(error.text, examples[i].words));
        assert_true(value == 77);
    }
    double value;
    assert_false(units_parse_decimal("1e999", "share", 0, INFINITY, &value, NULL));
}

static void bytes_are_written(void **state)
{
    (void)state;
    static const struct {
        uint64_t bytes;
        const char *text;
    } examples[] = {
        {0, "0 B"},
        {812, "812 B"},
        {1023, "1023 B"},
        {1024, "1 KiB"},
        {1536, "1.5 KiB"},
        {64 * MIB, "64 MiB"},
        {3 * GIB / 2, "1.5 GiB"},
        {100 * KIB, "100 KiB"},
        {1000 * KIB, "1000 KiB"},
        {1023 * KIB, "1023 KiB"},
        {MIB - 1, "1 MiB"},
        {1234567, "1.18 MiB"},
        {12345678, "11.8 MiB"},
        {5 * TIB, "5 TiB"},
        {UINT64_MAX, "16 EiB"},
    };
    for (size_t i = 0; i < COUNT(examples); i++) {
        char text[UNITS_TEXT_BYTES];
        units_format_bytes(examples[i].bytes, text);
        assert_string_equal(text, examples[i].text);
    }
}

static void ns_are_written(void **state)
{
    (void)state;
    static const struct {
        double ns;
        const char *text;
    } examples[] = {
        {0, "0 ns"},           {47, "47 ns"},       {0.35, "0.35 ns"},     {3.3, "3.3 ns"},
        {999, "999 ns"},       {999.9, "1 us"},     {3.21e6, "3.21 ms"},   {45.67e6, "45.7 ms"},
        {123456, "123 us"},    {1e9, "1 s"},        {90e9, "90 s"},        {4e12, "4000 s"},
        {-3.21e6, "-3.21 ms"}, {NAN, "unknown"},    {INFINITY, "unknown"}, {1e20, "1e+11 s"},
        {-1e300, "-1e+291 s"}, {0.001, "0.001 ns"},
    };
    for (size_t i = 0; i < COUNT(examples); i++) {
        char text[UNITS_TEXT_BYTES];
        units_format_ns(examples[i].ns, text);
        assert_string_equal(text, examples[i].text);
    }
}

/* A quantity that was written is read again, to the digits shown. */
static void written_is_read(void **state)
{
    (void)state;
    for (uint64_t bytes = 1; bytes < 1000 * TIB; bytes = bytes * 3 + 1) {
        char text[UNITS_TEXT_BYTES];
        uint64_t again = 0;
        units_format_bytes(bytes, text);
        assert_true(units_parse_bytes(text, "bytes", &again, NULL));
        double error = fabs((double)again - (double)bytes);
        assert_true(error <= 0.005 * (double)bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_read),
        cmocka_unit_test(bytes_are_refused),
        cmocka_unit_test(ns_are_read),
        cmocka_unit_test(ns_are_refused),
        cmocka_unit_test(very_long_input_leaves_the_reason),
        cmocka_unit_test(integers_have_bounds),
        cmocka_unit_test(integers_are_refused),
        cmocka_unit_test(decimals_are_read),
        cmocka_unit_test(decimals_are_refused),
        cmocka_unit_test(bytes_are_written),
        cmocka_unit_test(ns_are_written),
        cmocka_unit_test(written_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
