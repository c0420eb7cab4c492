/* SPDX-License-Identifier: MIT
 *
 * Options of a collector, drawn for a program from the rows that its plugin declares.
 *
 * What a row means is not known here, only its type, its range and its standard. Of numbers of
 * things (threads, say) few are drawn, from the least on; of quantities, whose range is wide, what
 * is near the standard, so that nobody is told to do next to nothing else, or to live with a limit
 * of next to nothing. Where a quantity is none by itself, the smallest there is are drawn too.
 */
#include <inttypes.h>
#include <string.h>

#include "base/random.h"
#include "check/check.h"

enum { PROGRAMS_WITH = 4, FEW = 9, WIDE = 1024, LEAST_QUANTITY = 1000, SCALES = 12 };

static bool is_given(const struct check_target *given, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < given->option_count; i++)
        if (strncmp(given->option_pairs[i], name, length) == 0 &&
            given->option_pairs[i][length] == '=')
            return true;
    return false;
}

static int64_t between(int64_t value, int64_t least, int64_t most)
{
    return value < least ? least : value > most ? most : value;
}

/* From a quarter of the standard to four times that. */
static int64_t near_standard(struct random *random, int64_t standard)
{
    uint32_t scale = random_below(random, 5);
    return scale < 2                  ? standard >> (2 - scale)
           : standard > INT64_MAX / 4 ? INT64_MAX
                                      : standard << (scale - 2);
}

static int64_t a_number(struct random *random, const struct plugin_setting *row)
{
    int64_t least = row->least.integer, most = row->most.integer, standard = row->standard.integer;
    bool is_none = standard == least;
    if (most - least <= WIDE)
        return least +
               random_below(random, most - least < FEW ? (uint32_t)(most - least) + 1 : FEW);
    if (!is_none)
        return between(near_standard(random, standard), least, most);
    int64_t more = row->type == HM_BYTES && random_one_in(random, 2)
                       ? 1
                       : (int64_t)LEAST_QUANTITY << random_below(random, SCALES);
    return between(least + more, least, most);
}

static double a_decimal(struct random *random, const struct plugin_setting *row)
{
    double standard = row->standard.decimal, twice = 2 * standard;
    switch (random_below(random, 3)) {
    case 0:
        return row->least.decimal;
    case 1:
        return (row->least.decimal + standard) / 2;
    default:
        return twice > standard && twice < row->most.decimal ? twice : standard;
    }
}

static void append_value(struct text *text, struct random *random, const struct plugin_setting *row)
{
    uint32_t choices = 0;
    switch (row->type) {
    case HM_INTEGER:
    case HM_BYTES:
        text_format(text, "%" PRId64, a_number(random, row));
        break;
    case HM_DECIMAL:
        text_format(text, "%.17g", a_decimal(random, row));
        break;
    case HM_BOOLEAN:
        text_append(text, random_one_in(random, 2) ? "yes" : "no");
        break;
    case HM_CHOICE:
        while (row->choices[choices] != NULL)
            choices++;
        text_append(text, row->choices[random_below(random, choices)]);
        break;
    }
}

void check_draw_options(const struct plugin_setting *rows, size_t count,
                        const struct check_target *given, const struct program *program,
                        struct text_list *pairs)
{
    struct random random = {.state = program->seed * UINT64_C(0x9fb21c651e98df25) +
                                     program->thread_count};
    if (!random_one_in(&random, PROGRAMS_WITH))
        return;
    for (size_t i = 0; i < count; i++) {
        struct text pair = {0};
        text_format(&pair, "%s=", rows[i].name);
        append_value(&pair, &random, &rows[i]);
        if (random_one_in(&random, 2) && !is_given(given, rows[i].name))
            text_list_add(pairs, text_chars(&pair));
        text_free(&pair);
    }
}
