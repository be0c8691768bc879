/* SPDX-License-Identifier: MIT */
/*
 * LD_PRELOAD: a program whose memory runs out. Counted from the start of main(), allocation number
 * $NUNCIO_FAIL_AT (from 1; 0: none) fails, or with $NUNCIO_FAIL_FOREVER all from it. $NUNCIO_FAIL_IN:
 * "crypto" counts those of OpenSSL alone (three of four, nearly all at its start), "rest" all others.
 * $NUNCIO_FAIL_REPORT is a file that gets "COUNT FAILED LEFT FIRST" when main() has returned: allocations,
 * how many failed, and the blocks that our own code took and did not free, with the place of the first.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <fcntl.h>

#define PUBLIC __attribute__((visibility("default")))
#define SLOTS  (1u << 18)

/* glibc's own, so that none of this needs memory to find them. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void __libc_free(void *block);

PUBLIC void *malloc(size_t size);
PUBLIC void *calloc(size_t count, size_t size);
PUBLIC void *realloc(void *block, size_t size);
PUBLIC void *reallocarray(void *block, size_t count, size_t size);
PUBLIC char *strdup(const char *text);
PUBLIC char *strndup(const char *text, size_t size);
PUBLIC void free(void *block);
typedef int main_function(int, char **, char **);
PUBLIC int __libc_start_main(main_function *program, int count, char **arguments,
                             int (*init)(int, char **, char **), void (*fini)(void), void (*rtld_fini)(void),
                             void *stack_end);

static struct slot {
    void *block;        /* NULL: free; TOMB: was used */
    const void *caller; /* who took it */
} slots[SLOTS];

#define TOMB ((void *)(uintptr_t)1)

static atomic_flag lock = ATOMIC_FLAG_INIT;
static bool active, lasting;
static unsigned long point, count, failures;

/* Where OpenSSL's code lies. */
static struct range {
    uintptr_t start, end;
} crypto[16];
static size_t crypto_count;
static enum { IN_ALL, IN_CRYPTO, IN_REST } counted;

static void enter(void)
{
    while (atomic_flag_test_and_set(&lock))
        continue;
}

static void leave(void)
{
    atomic_flag_clear(&lock);
}

static bool is_counted(const void *caller)
{
    bool found = false;
    for (size_t i = 0; i < crypto_count && !found; i++)
        found = (uintptr_t)caller >= crypto[i].start && (uintptr_t)caller < crypto[i].end;
    return counted == IN_ALL || found == (counted == IN_CRYPTO);
}

static bool fails(const void *caller)
{
    bool result;
    if (!active)
        return false;
    enter();
    result = lasting && failures > 0;
    if (!result && is_counted(caller))
        result = ++count == point;
    failures += result;
    leave();
    if (result)
        errno = ENOMEM;
    return result;
}

static unsigned hash(const void *block)
{
    return (unsigned)((uintptr_t)block >> 4) * 2654435761u % SLOTS;
}

static void *note(void *block, const void *caller)
{
    if (!active || !block)
        return block;
    enter();
    for (unsigned i = hash(block), tries = 0; tries < SLOTS; i = (i + 1) % SLOTS, tries++) {
        if (slots[i].block && slots[i].block != TOMB)
            continue;
        slots[i] = (struct slot){block, caller};
        break;
    }
    leave();
    return block;
}

static void forget(const void *block)
{
    if (!block)
        return;
    enter();
    for (unsigned i = hash(block), tries = 0; slots[i].block && tries < SLOTS; i = (i + 1) % SLOTS, tries++) {
        if (slots[i].block == block) {
            slots[i].block = TOMB;
            break;
        }
    }
    leave();
}

#define CALLER __builtin_return_address(0)

void *malloc(size_t size)
{
    return fails(CALLER) ? NULL : note(__libc_malloc(size), CALLER);
}

void *calloc(size_t number, size_t size)
{
    return fails(CALLER) ? NULL : note(__libc_calloc(number, size), CALLER);
}

static void *resize(void *block, size_t size, const void *caller)
{
    void *other;
    if (fails(caller))
        return NULL;
    forget(block); /* before it is anybody else's */
    other = __libc_realloc(block, size);
    if (!other && size > 0)
        note(block, caller);
    return note(other, caller);
}

void *realloc(void *block, size_t size)
{
    return resize(block, size, CALLER);
}

void *reallocarray(void *block, size_t number, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(number, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return resize(block, bytes, CALLER);
}

static char *copy(const char *text, size_t size, const void *caller)
{
    char *block = fails(caller) ? NULL : note(__libc_malloc(size + 1), caller);
    if (!block)
        return NULL;
    memcpy(block, text, size);
    block[size] = '\0';
    return block;
}

char *strdup(const char *text)
{
    return copy(text, strlen(text), CALLER);
}

char *strndup(const char *text, size_t size)
{
    return copy(text, strnlen(text, size), CALLER);
}

void free(void *block)
{
    forget(block);
    __libc_free(block);
}

/* ---- main() and what is left after it --------------------------------------------------------------------
 */

/* The program, its library and cJSON, which both use: what others keep for the life of the process is theirs.
 */
static bool is_ours(const void *address, Dl_info *ret_info)
{
    const char *name;
    if (!dladdr(address, ret_info) || !ret_info->dli_fname)
        return false;
    name = strrchr(ret_info->dli_fname, '/');
    name = name ? name + 1 : ret_info->dli_fname;
    return strncmp(name, "nuncio", 6) == 0 || strncmp(name, "libnuncio", 9) == 0 ||
           strncmp(name, "libcjson", 8) == 0;
}

static void report(void)
{
    const char *path = getenv("NUNCIO_FAIL_REPORT");
    char line[4200], first[4096] = "-";
    unsigned long left = 0;
    int file, size;
    Dl_info info;

    active = false;
    for (unsigned i = 0; i < SLOTS; i++) {
        if (!slots[i].block || slots[i].block == TOMB || !is_ours(slots[i].caller, &info))
            continue;
        if (left++ == 0)
            snprintf(first, sizeof(first), "%.3000s+0x%lx", info.dli_fname,
                     (unsigned long)((uintptr_t)slots[i].caller - (uintptr_t)info.dli_fbase));
    }
    size = snprintf(line, sizeof(line), "%lu %lu %lu %s\n", count, failures, left, first);
    file = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    if (file >= 0 && write(file, line, (size_t)size) != size)
        _exit(120);
}

static main_function *real_main;

static int find_crypto(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size;
    (void)context;
    if (!strstr(info->dlpi_name, "/libcrypto") && !strstr(info->dlpi_name, "/libssl"))
        return 0;
    for (size_t i = 0; i < info->dlpi_phnum && crypto_count < sizeof(crypto) / sizeof(crypto[0]); i++) {
        uintptr_t start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
        if (info->dlpi_phdr[i].p_type == PT_LOAD && info->dlpi_phdr[i].p_flags & PF_X)
            crypto[crypto_count++] = (struct range){start, start + info->dlpi_phdr[i].p_memsz};
    }
    return 0;
}

static int counted_main(int number, char **arguments, char **environment)
{
    const char *at = getenv("NUNCIO_FAIL_AT");
    const char *in = getenv("NUNCIO_FAIL_IN");
    int status;
    counted = !in ? IN_ALL : strcmp(in, "crypto") == 0 ? IN_CRYPTO : IN_REST;
    dl_iterate_phdr(find_crypto, NULL);
    lasting = getenv("NUNCIO_FAIL_FOREVER") != NULL;
    point = at ? strtoul(at, NULL, 10) : 0;
    unsetenv("LD_PRELOAD"); /* a command that fetches a key is another program */
    active = true;
    status = real_main(number, arguments, environment);
    report();
    return status;
}

int __libc_start_main(main_function *program, int number, char **arguments,
                      int (*init)(int, char **, char **), void (*fini)(void), void (*rtld_fini)(void),
                      void *stack_end)
{
    int (*real)(main_function *, int, char **, int (*)(int, char **, char **), void (*)(void), void (*)(void),
                void *);
    void *address = dlsym(RTLD_NEXT, "__libc_start_main");
    memcpy(&real, &address, sizeof(real));
    real_main = program;
    return real(counted_main, number, arguments, init, fini, rtld_fini, stack_end);
}
