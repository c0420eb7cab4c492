/* SPDX-License-Identifier: MIT
 *
 * Runs the inline kernel of a workload once, on a collector that is loaded from a .so or linked
 * into this program: the same code otherwise, so that the two can be compared instruction by
 * instruction.
 *
 *     run PLUGIN.so WORKLOAD [parameter=value…]
 *     run linked WORKLOAD [parameter=value…]
 */
#include "drive.h"

#include <string.h>

/* Defined where a collector is linked in. */
extern const struct hm_plugin heapmark_plugin __attribute__((weak));

static bool take_linked(struct drive_plugin *loaded)
{
    if (&heapmark_plugin == NULL)
        return false;
    loaded->plugin = &heapmark_plugin;
    loaded->variant = heapmark_plugin.variants[0];
    return drive_settings(heapmark_plugin.options, NULL, loaded->options, "option", loaded->why);
}

int main(int argc, char **argv)
{
    static struct drive_plugin loaded;
    static struct drive_result result;
    if (argc < 3)
        return DRIVE_USAGE;
    bool linked = strcmp(argv[1], "linked") == 0;
    if (!(linked ? take_linked(&loaded) : drive_load(&loaded, argv[1], NULL))) {
        fprintf(stderr, "%s\n", loaded.why);
        return DRIVE_USAGE;
    }
    struct drive_request request = {
        .plugin = &loaded,
        .workload = drive_workload(argv[2]),
        .parameters = (const char *const *)&argv[3],
        .threads = 1,
        .seed = 1,
        .iterations = 1000,
        .kernel = true,
    };
    drive_run(&request, &result, NULL);
    if (!result.kernel || result.verdict != DRIVE_OK) {
        drive_print(stderr, &request, &result);
        return DRIVE_WRONG;
    }
    return DRIVE_OK;
}
