/* SPDX-License-Identifier: MIT
 *
 * Gives each file of some folders to a fuzz target, once: what a fuzzer found worth keeping is
 * tried in every build, with whatever compiler and sanitizers.
 *
 *     NAME_fuzz FOLDER|FILE...
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "fuzz.h"

static size_t count;

static void replay_file(const char *path)
{
    char bytes[65536];
    size_t got;
    struct text text = {0};
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        perror(path);
        exit(2);
    }
    while ((got = fread(bytes, 1, sizeof bytes, file)) > 0)
        text_append_bytes(&text, bytes, got);
    fclose(file);
    /* On the heap without a byte more, so that a sanitizer sees who reads too far. */
    uint8_t *exact = malloc(text.length);
    if (exact != NULL && text.length > 0)
        memcpy(exact, text.chars, text.length);
    fprintf(stderr, "%s\n", path); /* the last one is the culprit */
    LLVMFuzzerTestOneInput(exact, exact == NULL ? 0 : text.length);
    free(exact);
    text_free(&text);
    count++;
}

static void replay(const char *path)
{
    struct dirent **entries = NULL;
    struct stat status;
    if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode)) {
        replay_file(path);
        return;
    }
    int entry_count = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < entry_count; i++) {
        struct text name = {0};
        text_format(&name, "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.')
            replay_file(text_chars(&name));
        text_free(&name);
        free(entries[i]);
    }
    free(entries);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        replay(argv[i]);
    if (count == 0) {
        fprintf(stderr, "there is no file to replay\n");
        return 2;
    }
    printf("%zu inputs\n", count);
    return 0;
}
