/* SPDX-License-Identifier: MIT
 *
 * jansson without failures.
 */
#include "store/json.h"

#include <stdio.h>
#include <unistd.h>

/* As base/text.c ends: no atexit handlers, which may want memory too. */
static _Noreturn void out_of_memory(void)
{
    fputs("heapmark: out of memory for JSON\n", stderr);
    _exit(3);
}

static json_t *must(json_t *json)
{
    if (json == NULL)
        out_of_memory();
    return json;
}

json_t *json_new_object(void)
{
    return must(json_object());
}

json_t *json_new_array(void)
{
    return must(json_array());
}

json_t *json_of_integer(int64_t integer)
{
    return must(json_integer(integer));
}

json_t *json_of_count(int64_t count)
{
    return count < 0 ? json_null() : json_of_integer(count);
}

json_t *json_of_real(double real)
{
    return must(json_real(real));
}

json_t *json_of_text(const char *text)
{
    return text == NULL ? json_null() : must(json_string(text));
}

void json_add(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        out_of_memory();
}

void json_append(json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0)
        out_of_memory();
}

void json_add_all(json_t *object, json_t *other)
{
    if (json_object_update(object, other) != 0)
        out_of_memory();
}
