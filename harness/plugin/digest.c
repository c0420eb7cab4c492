/* SPDX-License-Identifier: MIT
 *
 * Digest and build id of a file; see digest.h.
 */
#include "plugin/digest.h"

#include <elf.h>
#include <errno.h>
#include <sys/types.h>

#include <sha256.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool digest_file(const char *path, char sha256[static 65], struct error *error)
{
    if (SHA256File(path, sha256) == NULL)
        return error_user(error, "cannot read the plugin %s: %s", path, strerror(errno));
    return true;
}

void digest_text(const char *text, char sha256[static 65])
{
    SHA256Data((const uint8_t *)text, strlen(text), sha256);
}

static bool read_at(FILE *file, uint64_t offset, void *to, size_t bytes)
{
    return fseeko(file, (off_t)offset, SEEK_SET) == 0 && fread(to, 1, bytes, file) == bytes;
}

static void append_hex(char *text, const unsigned char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

/* Look through the notes of one segment. */
static bool find_in_notes(const unsigned char *notes, size_t bytes, char build_id[static 129])
{
    size_t at = 0;
    while (at + sizeof(Elf64_Nhdr) <= bytes) {
        Elf64_Nhdr note;
        memcpy(&note, notes + at, sizeof note);
        size_t name = at + sizeof note;
        size_t value = name + (((size_t)note.n_namesz + 3) & ~(size_t)3);
        size_t next = value + (((size_t)note.n_descsz + 3) & ~(size_t)3);
        if (next > bytes || next <= at)
            return false;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && note.n_descsz <= 64 &&
            memcmp(notes + name, "GNU", 4) == 0) {
            append_hex(build_id, notes + value, note.n_descsz);
            return true;
        }
        at = next;
    }
    return false;
}

static bool find_in_segment(FILE *file, const Elf64_Phdr *segment, char build_id[static 129])
{
    enum { MOST_NOTES_BYTES = 1 << 16 };
    if (segment->p_type != PT_NOTE || segment->p_filesz > MOST_NOTES_BYTES)
        return false;
    unsigned char *notes = malloc(segment->p_filesz + 1);
    bool found = notes != NULL && read_at(file, segment->p_offset, notes, segment->p_filesz) &&
                 find_in_notes(notes, segment->p_filesz, build_id);
    free(notes);
    return found;
}

void digest_build_id(const char *path, char build_id[static 129])
{
    build_id[0] = '\0';
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return;
    Elf64_Ehdr header;
    if (read_at(file, 0, &header, sizeof header) && memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
        header.e_ident[EI_CLASS] == ELFCLASS64 && header.e_phentsize == sizeof(Elf64_Phdr)) {
        for (unsigned i = 0; i < header.e_phnum; i++) {
            Elf64_Phdr segment;
            if (read_at(file, header.e_phoff + i * sizeof segment, &segment, sizeof segment) &&
                find_in_segment(file, &segment, build_id))
                break;
        }
    }
    fclose(file);
}
