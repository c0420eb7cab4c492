/* SPDX-License-Identifier: MIT
 *
 * Heapmark: benchmarks and stress-tests garbage collectors.
 */
#include "command/command.h"

int main(int argc, char **argv)
{
    return command_main(argc, argv);
}
