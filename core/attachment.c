/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "attachment.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* By extension: vendors want a media type, and a wrong guess from the content would be worse than none. */
static const char *media_type(struct nuncio_slice name)
{
    static const struct {
        const char *extension, *type;
    } table[] = {
        {"csv", "text/csv"},
        {"doc", "application/msword"},
        {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
        {"gif", "image/gif"},
        {"htm", "text/html"},
        {"html", "text/html"},
        {"jpeg", "image/jpeg"},
        {"jpg", "image/jpeg"},
        {"json", "application/json"},
        {"m4a", "audio/mp4"},
        {"md", "text/markdown"},
        {"mp3", "audio/mpeg"},
        {"mp4", "video/mp4"},
        {"ogg", "audio/ogg"},
        {"pdf", "application/pdf"},
        {"png", "image/png"},
        {"ppt", "application/vnd.ms-powerpoint"},
        {"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
        {"svg", "image/svg+xml"},
        {"txt", "text/plain"},
        {"wav", "audio/wav"},
        {"webm", "video/webm"},
        {"webp", "image/webp"},
        {"xls", "application/vnd.ms-excel"},
        {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
        {"xml", "application/xml"},
        {"zip", "application/zip"},
    };
    const char *dot = name.data ? memrchr(name.data, '.', name.size) : NULL;
    size_t length = dot ? name.size - (size_t)(dot + 1 - name.data) : 0;
    for (size_t i = 0; length > 0 && i < sizeof table / sizeof table[0]; i++) {
        if (strlen(table[i].extension) == length && strncasecmp(dot + 1, table[i].extension, length) == 0)
            return table[i].type;
    }
    return "application/octet-stream";
}

static bool is_url(const char *source)
{
    return strncasecmp(source, "http://", 7) == 0 || strncasecmp(source, "https://", 8) == 0;
}

static int open_url(const char *url, struct nuncio_attachment *item, struct nuncio_failure *failure)
{
    const char *host = strchr(url, ':') + 3;
    if (strcspn(host, "/?#") == 0)
        return failure_set(failure, NUNCIO_CLASS_INVALID, "attachment %s: the URL has no host", url);
    if (text_has_control(url, strlen(url)) || strchr(url, ' ') || !text_is_utf8(url, strlen(url)))
        return failure_set(failure, NUNCIO_CLASS_INVALID,
                           "attachment %s: the URL has a character that must be percent-encoded", url);
    item->url = nuncio_slice(url);
    size_t path = strcspn(host, "?#");
    const char *slash = memrchr(host, '/', path);
    if (slash && slash + 1 < host + path)
        item->file_name = (struct nuncio_slice){slash + 1, (uint64_t)(host + path - slash - 1)};
    return 0;
}

static int open_file(const char *path, struct nuncio_attachment *item, int *ret_file,
                     struct nuncio_failure *failure)
{
    /* O_NONBLOCK: opening a FIFO would wait for its writer. */
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0)
        return failure_set(failure, NUNCIO_CLASS_INVALID, "attachment %s: %s", path, strerror(errno));
    *ret_file = file;
    struct stat status;
    if (fstat(file, &status) != 0)
        return failure_set(failure, NUNCIO_CLASS_INVALID, "attachment %s: %s", path, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return failure_set(failure, NUNCIO_CLASS_INVALID, "attachment %s: is not a regular file", path);
    if (status.st_size == 0)
        return failure_set(failure, NUNCIO_CLASS_INVALID, "attachment %s: is empty", path);
    const char *slash = strrchr(path, '/');
    item->file_name = nuncio_slice(slash ? slash + 1 : path);
    if (!text_is_utf8(item->file_name.data, item->file_name.size))
        return failure_set(failure, NUNCIO_CLASS_INVALID, "attachment %s: its name is not UTF-8", path);
    item->bytes = (uint64_t)status.st_size;
    return 0;
}

static int open_one(const char *source, struct attachments *attachments, uint32_t i,
                    struct nuncio_failure *failure)
{
    struct nuncio_attachment *item = &attachments->items[i];
    item->size = sizeof *item;
    attachments->strings[i] = text_copy(nuncio_slice(source ? source : ""));
    if (!attachments->strings[i])
        return failure_memory(failure);
    const char *copy = attachments->strings[i];
    if (!*copy)
        return failure_set(failure, NUNCIO_CLASS_INVALID, "attachment: the name is empty");
    int result =
        is_url(copy) ? open_url(copy, item, failure) : open_file(copy, item, &attachments->files[i], failure);
    item->media_type = nuncio_slice(media_type(item->file_name));
    return result;
}

int attachments_open(const char *const *sources, uint64_t count, struct attachments *ret_attachments,
                     struct nuncio_failure *failure)
{
    struct attachments opened = {NULL, NULL, NULL, 0};
    if (count > UINT32_MAX || (count > 0 && !sources))
        return failure_set(failure, NUNCIO_CLASS_INVALID, "too many attachments");
    if (count > 0) {
        opened.items = calloc((size_t)count, sizeof *opened.items);
        opened.files = calloc((size_t)count, sizeof *opened.files);
        opened.strings = calloc((size_t)count, sizeof *opened.strings);
        if (!opened.items || !opened.files || !opened.strings) {
            attachments_finish(&opened);
            return failure_memory(failure);
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        opened.files[i] = -1;
        opened.count = i + 1;
        if (open_one(sources[i], &opened, i, failure) < 0) {
            attachments_finish(&opened);
            return -1;
        }
    }
    *ret_attachments = opened;
    return 0;
}

void attachments_finish(struct attachments *attachments)
{
    for (uint32_t i = 0; i < attachments->count; i++) {
        if (attachments->files[i] >= 0)
            (void)close(attachments->files[i]);
        free(attachments->strings[i]);
    }
    free(attachments->items);
    free(attachments->files);
    free(attachments->strings);
    memset(attachments, 0, sizeof *attachments);
}

/* ---- base64 ----------------------------------------------------------------------------------------------
 */

#define CHUNK ((size_t)3 * 4096)

uint64_t base64_size(uint64_t bytes)
{
    return (bytes / 3 + (bytes % 3 != 0)) * 4;
}

/* One group of four characters from up to three bytes. */
static void encode_group(const unsigned char *bytes, size_t size, char ret_group[4])
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned value = (unsigned)bytes[0] << 16 | (size > 1 ? (unsigned)bytes[1] << 8 : 0) |
                     (size > 2 ? (unsigned)bytes[2] : 0);
    ret_group[0] = alphabet[value >> 18];
    ret_group[1] = alphabet[value >> 12 & 63];
    ret_group[2] = size > 1 ? alphabet[value >> 6 & 63] : '=';
    ret_group[3] = size > 2 ? alphabet[value & 63] : '=';
}

/* Exactly `size` bytes from `offset` on. */
static bool read_all(int file, unsigned char *ret_data, size_t size, uint64_t offset)
{
    while (size > 0) {
        ssize_t got = pread(file, ret_data, size, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        ret_data += got;
        size -= (size_t)got;
        offset += (uint64_t)got;
    }
    return true;
}

int64_t base64_read(int file, uint64_t file_size, uint64_t offset, char *ret_data, size_t size)
{
    unsigned char raw[CHUNK];
    uint64_t total = base64_size(file_size);
    if (offset >= total)
        return 0;
    size_t wanted = size < total - offset ? size : (size_t)(total - offset);
    size_t written = 0;
    while (written < wanted) {
        uint64_t start = (offset + written) / 4 * 3; /* in the file */
        size_t skip = (size_t)((offset + written) % 4);
        uint64_t needed = (skip + (wanted - written) + 3) / 4 * 3;
        size_t count = needed < CHUNK ? (size_t)needed : CHUNK;
        count = count < file_size - start ? count : (size_t)(file_size - start);
        if (!read_all(file, raw, count, start))
            return -1;
        for (size_t i = 0; i < count && written < wanted; i += 3) {
            char group[4];
            encode_group(raw + i, count - i < 3 ? count - i : 3, group);
            size_t part = 4 - skip < wanted - written ? 4 - skip : wanted - written;
            memcpy(ret_data + written, group + skip, part);
            written += part;
            skip = 0;
        }
    }
    return (int64_t)written;
}
