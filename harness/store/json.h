/* SPDX-License-Identifier: MIT
 *
 * jansson, in which out of memory ends the program and nothing else fails: texts are valid
 * UTF-8 and reals are finite before they come here.
 */
#ifndef HEAPMARK_STORE_JSON_H
#define HEAPMARK_STORE_JSON_H

#include <jansson.h>
#include <stdint.h>

json_t *json_new_object(void);
json_t *json_new_array(void);
json_t *json_of_integer(int64_t integer);
json_t *json_of_count(int64_t count); /* null where it is negative: unknown */
json_t *json_of_real(double real);
json_t *json_of_text(const char *text); /* null for NULL */

/* These own `value` afterwards. */
void json_add(json_t *object, const char *key, json_t *value);
void json_append(json_t *array, json_t *value);

/* Add all members of the other object, which is not changed. */
void json_add_all(json_t *object, json_t *other);

#endif
