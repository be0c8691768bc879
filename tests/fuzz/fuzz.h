/* SPDX-License-Identifier: MIT */
/*
 * What the fuzz targets share. A target is one file with LLVMFuzzerTestOneInput(); libFuzzer's main drives it
 * in "./dev fuzz", main.c runs the corpus through it in every "make check". An input is a few bytes that
 * choose, then texts that end with NUL, then the rest.
 */
#ifndef NUNCIO_TESTS_FUZZ_H
#define NUNCIO_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <nuncio/plugin.h>
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold for every input. assert() would vanish with NDEBUG. */
#define FUZZ_CHECK(condition) ((condition) ? (void)0 : fuzz_broken(__FILE__, __LINE__, #condition))

static inline void __attribute__((noreturn)) fuzz_broken(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
    abort();
}

struct fuzz_input {
    const char *at, *end;
};

static inline struct fuzz_input fuzz_start(const uint8_t *data, size_t size)
{
    const char *start = size > 0 ? (const char *)data : "";
    return (struct fuzz_input){start, start + size};
}

/* 0 at the end. */
static inline uint8_t fuzz_byte(struct fuzz_input *input)
{
    return input->at < input->end ? (uint8_t)*input->at++ : 0;
}

static inline struct nuncio_slice fuzz_rest(struct fuzz_input *input)
{
    struct nuncio_slice rest = {input->at, (uint64_t)(input->end - input->at)};
    input->at = input->end;
    return rest;
}

/* Up to the next NUL, which is passed over, or to the end: not always a terminated string. */
static inline struct nuncio_slice fuzz_piece(struct fuzz_input *input)
{
    const char *end = memchr(input->at, '\0', (size_t)(input->end - input->at));
    struct nuncio_slice piece = {input->at, (uint64_t)((end ? end : input->end) - input->at)};
    input->at = end ? end + 1 : input->end;
    return piece;
}

/* A piece as the core would hand it to a plugin: valid UTF-8, at most so long; absent where it is empty or
   neither. "~" stands for an empty one. */
static inline struct nuncio_slice fuzz_text(struct fuzz_input *input, uint64_t limit)
{
    struct nuncio_slice piece = fuzz_piece(input);
    if (piece.size == 0 || piece.size > limit || !text_is_utf8(piece.data, (size_t)piece.size))
        return nuncio_slice(NULL);
    if (nuncio_equal(piece, "~"))
        piece.size = 0;
    return piece;
}

/* What journal, JSON and terminal may get: UTF-8 without NUL, and where `shown` without control characters. */
static inline void fuzz_clean(struct nuncio_slice text, uint64_t limit, int shown)
{
    if (!text.data)
        return;
    FUZZ_CHECK(text.size <= limit);
    FUZZ_CHECK(text_is_utf8(text.data, (size_t)text.size));
    FUZZ_CHECK(!memchr(text.data, '\0', (size_t)text.size));
    FUZZ_CHECK(!shown || !text_has_control(text.data, (size_t)text.size));
}

#endif
