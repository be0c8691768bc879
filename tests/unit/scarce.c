/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "scarce.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cjson/cJSON.h>

/* The linker's names: __real_malloc is the C library's, __wrap_malloc is what everybody calls. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_reallocarray(void *block, size_t count, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t size);
void __wrap_free(void *block);

static bool active, lasting;
static unsigned point, count, failures;
static long taken;

static bool fails(void)
{
    if (!active)
        return false;
    count++;
    if (point == 0 || count < point || (count > point && !lasting))
        return false;
    failures++;
    errno = ENOMEM;
    return true;
}

static void *note(void *block)
{
    taken += active && block;
    return block;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : note(__real_malloc(size));
}

void *__wrap_calloc(size_t number, size_t size)
{
    return fails() ? NULL : note(__real_calloc(number, size));
}

void *__wrap_realloc(void *block, size_t size)
{
    if (fails())
        return NULL;
    return block ? __real_realloc(block, size) : note(__real_realloc(NULL, size));
}

void *__wrap_reallocarray(void *block, size_t number, size_t size)
{
    return __wrap_realloc(block, number * size);
}

char *__wrap_strndup(const char *text, size_t size)
{
    size_t length = strnlen(text, size);
    char *copy = __wrap_malloc(length + 1);
    if (!copy)
        return NULL;
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *__wrap_strdup(const char *text)
{
    return __wrap_strndup(text, SIZE_MAX);
}

void __wrap_free(void *block)
{
    taken -= active && block;
    __real_free(block);
}

void scarce_begin(unsigned nth, bool for_ever)
{
    /* cJSON is a shared library, which the linker does not lead here. */
    cJSON_Hooks hooks = {__wrap_malloc, __wrap_free};
    cJSON_InitHooks(&hooks);
    point = nth;
    lasting = for_ever;
    count = failures = 0;
    taken = 0;
    active = true;
}

unsigned scarce_end(long *ret_left)
{
    active = false;
    cJSON_InitHooks(NULL);
    *ret_left = taken;
    return failures;
}
