/* SPDX-License-Identifier: MIT */
/* Files and URLs that go with a message. */
#ifndef NUNCIO_CORE_ATTACHMENT_H
#define NUNCIO_CORE_ATTACHMENT_H

#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>
#include <nuncio/nuncio.h>
#include <nuncio/plugin.h>

struct attachments {
    struct nuncio_attachment *items; /* slices into `strings` */
    int *files;                      /* open descriptors, -1 for a URL */
    char **strings;                  /* per attachment: name or URL */
    uint32_t count;
};

/* Opens each "FILE" or "http(s)://URL". Failure INVALID: not readable, no regular file, empty. */
int attachments_open(const char *const *sources, uint64_t count, struct attachments *ret_attachments,
                     struct nuncio_failure *failure);
void attachments_finish(struct attachments *attachments);

/* For the journal: a JSON array of the sources, files by their absolute paths; NULL where there is none. False
   without memory, or where the current directory is gone. */
bool attachments_names(const char *const *sources, uint64_t count, char **ret_json);
/* The sources again; *ret_sources is freed with attachments_sources_finish(). */
bool attachments_sources(const char *json, const char ***ret_sources, uint64_t *ret_count);
void attachments_sources_finish(const char **sources);

/* The size of the base64 form of so many bytes. */
uint64_t base64_size(uint64_t bytes);
/* Writes `size` bytes of the base64 form of a file of file_size bytes, from `offset` on, into ret_data.
   Returns the number of bytes written, or -1 where the file cannot be read or has become shorter. */
int64_t base64_read(int file, uint64_t file_size, uint64_t offset, char *ret_data, size_t size);

#endif
