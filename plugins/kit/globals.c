/* SPDX-License-Identifier: MIT
 *
 * The globals object; see globals.h.
 */
#include <kit/globals.h>

#include <stdlib.h>

struct kit_object *kit_globals_new(uint32_t slots)
{
    struct kit_object *globals = calloc(1, sizeof *globals + sizeof(hm_ref) * (size_t)slots);
    if (globals != NULL)
        globals->layout = KIT_LAYOUT(KIT_SLOTS, slots);
    return globals;
}

void kit_globals_free(struct kit_object *globals)
{
    free(globals);
}
