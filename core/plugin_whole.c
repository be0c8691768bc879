/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "plugin_whole.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "text.h"

static bool read_at(int file, void *ret_data, size_t size, uint64_t offset)
{
    return offset <= INT64_MAX && pread(file, ret_data, size, (off_t)offset) == (ssize_t)size;
}

/* A header that tells where the segments are, in the layout of this process. */
static bool is_ours(const ElfW(Ehdr) * header)
{
    const uint8_t wanted = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;
    return memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 && header->e_ident[EI_CLASS] == wanted &&
           header->e_phentsize == sizeof(ElfW(Phdr));
}

/* How many bytes the file must have so that each segment is there. */
static uint64_t bytes_needed(int file, const ElfW(Ehdr) * header)
{
    uint64_t needed = 0;
    for (uint64_t i = 0; i < header->e_phnum; i++) {
        ElfW(Phdr) segment;
        uint64_t offset = header->e_phoff + i * sizeof(segment);
        if (!read_at(file, &segment, sizeof(segment), offset))
            return offset < UINT64_MAX - sizeof(segment) ? offset + sizeof(segment) : UINT64_MAX;
        uint64_t end = (uint64_t)segment.p_offset + segment.p_filesz;
        if (end < segment.p_offset)
            return UINT64_MAX;
        if (segment.p_type == PT_LOAD && end > needed)
            needed = end;
    }
    return needed;
}

int plugin_whole_check(const char *path, struct nuncio_failure *failure)
{
    ElfW(Ehdr) header;
    struct stat info;
    uint64_t needed = 0;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &info) < 0) {
        failure_set(failure, NUNCIO_ERROR_INVALID, "plugin %s cannot be read: %s; check its mode", path,
                    strerror(errno));
        if (file >= 0)
            close(file);
        return -1;
    }
    if (read_at(file, &header, sizeof(header), 0) && is_ours(&header))
        needed = bytes_needed(file, &header);
    close(file);
    if ((uint64_t)info.st_size >= needed)
        return 0;
    return failure_set(failure, NUNCIO_ERROR_INVALID,
                       "plugin %s is cut off: it has %" PRIu64 " bytes and needs at least %" PRIu64
                       "; install it again",
                       path, (uint64_t)info.st_size, needed);
}
