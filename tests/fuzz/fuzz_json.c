/* SPDX-License-Identifier: MIT */
/*
 * JSON from outside: a pointer, NUL, a document. What json_parse() takes loses nothing: printed it is the text
 * that came, but for white space and the ways to write a character, and parsed again it is the same tree. One
 * pointer leads to each value and no other, and what json_put() writes is found again.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "fuzz.h"

#include <math.h>
#include "buffer.h"
#include "json.h"

#define PLACES 48 /* how many values are looked up by pointer: the look-ups cost the square of their number */

struct walk {
    const cJSON *root;
    const cJSON *found; /* where the input's pointer leads */
    const char *wanted; /* that pointer */
    struct buffer pointer;
    unsigned places;
    bool twice; /* somewhere a name stands twice in its object */
};

/* cJSON_Compare() does not know of names that stand twice, nor of the order. */
static bool same(const cJSON *left, const cJSON *right)
{
    for (; left && right; left = left->next, right = right->next) {
        if ((left->type & 0xFF) != (right->type & 0xFF) || !left->string != !right->string ||
            (left->string && strcmp(left->string, right->string) != 0) ||
            !left->valuestring != !right->valuestring ||
            (left->valuestring && strcmp(left->valuestring, right->valuestring) != 0) ||
            !same(left->child, right->child))
            return false;
    }
    return !left && !right;
}

static void check_scalar(const cJSON *item)
{
    struct nuncio_slice text = json_string(item);
    struct nuncio_slice id = json_id(item);
    int64_t integer = 0;
    double number = 0;
    bool is_number = json_number(item, &number);
    bool is_integer = json_integer(item, &integer);
    fuzz_clean(text, UINT64_MAX, 0);
    fuzz_clean(id, UINT64_MAX, 0);
    FUZZ_CHECK(!is_number || (isfinite(number) && !text.data));
    FUZZ_CHECK(!is_integer || is_number);
    FUZZ_CHECK(!is_integer || fabs(number - (double)integer) <= fabs(number) * 1e-15);
    FUZZ_CHECK(!id.data || id.size > 0);
    FUZZ_CHECK(!text.data || !id.data || id.data == text.data);
    FUZZ_CHECK(!id.data || text.data || strspn(id.data, "-0123456789") == id.size);
}

static void append_token(struct buffer *pointer, const cJSON *item, unsigned index)
{
    buffer_append_char(pointer, '/');
    if (!item->string)
        buffer_append_format(pointer, "%u", index);
    for (const char *at = item->string; at && *at; at++) {
        if (*at == '~' || *at == '/')
            buffer_append_text(pointer, *at == '~' ? "~0" : "~1");
        else
            buffer_append_char(pointer, *at);
    }
}

/* ---- The text that came, in the one way in which it is printed ------------------------------------------- */

static void append_character(struct buffer *text, unsigned code)
{
    static const char named[] = "\bb\ff\nn\rr\tt\"\"\\\\";
    for (const char *at = named; *at; at += 2) {
        if (code == (unsigned char)*at) {
            buffer_append_char(text, '\\');
            buffer_append_char(text, at[1]);
            return;
        }
    }
    if (code < 0x20)
        buffer_append_format(text, "\\u%04x", code);
    else if (code < 0x80)
        buffer_append_char(text, (char)code);
    else if (code < 0x800)
        buffer_append_format(text, "%c%c", 0xC0 | code >> 6, 0x80 | (code & 63));
    else if (code < 0x10000)
        buffer_append_format(text, "%c%c%c", 0xE0 | code >> 12, 0x80 | (code >> 6 & 63), 0x80 | (code & 63));
    else
        buffer_append_format(text, "%c%c%c%c", 0xF0 | code >> 18, 0x80 | (code >> 12 & 63),
                             0x80 | (code >> 6 & 63), 0x80 | (code & 63));
}

static unsigned hex(const char *at)
{
    char digits[5] = {at[0], at[1], at[2], at[3], '\0'};
    return (unsigned)strtoul(digits, NULL, 16);
}

/* An escape, behind its backslash; returns what follows it. The text is JSON, so it is whole. */
static const char *append_escape(struct buffer *text, const char *at)
{
    static const char named[] = "b\bf\fn\nr\rt\t\"\"\\\\//";
    if (*at != 'u') {
        append_character(text, (unsigned char)strchr(named, *at)[1]);
        return at + 1;
    }
    unsigned code = hex(at + 1);
    bool pair = code >= 0xD800 && code < 0xDC00;
    if (pair)
        code = 0x10000 + ((code & 0x3FF) << 10) + (hex(at + 7) & 0x3FF);
    FUZZ_CHECK(code != 0);
    append_character(text, code);
    return at + (pair ? 11 : 5);
}

static void append_canonical(struct buffer *text, struct nuncio_slice json)
{
    const char *end = json.data + json.size;
    bool inside = false;
    for (const char *at = json.data; at < end;) {
        if (inside && *at == '\\') {
            at = append_escape(text, at + 1);
            continue;
        }
        inside = inside != (*at == '"');
        if (inside || !strchr(" \t\r\n", *at))
            buffer_append_char(text, *at);
        at++;
    }
}

/* ---- The tree -------------------------------------------------------------------------------------------- */

/* Goes through all below `parent`; `unique`: no name on the way there stands twice. */
static void check_below(struct walk *walk, const cJSON *parent, bool unique)
{
    unsigned index = 0;
    for (const cJSON *item = json_first(parent); item; item = json_next(item), index++) {
        size_t size = walk->pointer.size;
        bool alone = !item->string || json_member(parent, item->string) == item;
        walk->twice = walk->twice || !alone;
        check_scalar(item);
        if (walk->places++ < PLACES) {
            append_token(&walk->pointer, item, index);
            const cJSON *found = json_at(walk->root, buffer_text(&walk->pointer));
            FUZZ_CHECK(found == (unique && alone ? item : NULL));
            FUZZ_CHECK(item != walk->found || strcmp(buffer_text(&walk->pointer), walk->wanted) == 0);
            check_below(walk, item, unique && alone);
        } else {
            check_below(walk, item, false);
        }
        walk->pointer.size = size;
        if (walk->pointer.data)
            walk->pointer.data[size] = '\0';
    }
}

static void check_print(const struct json_document *document, struct nuncio_slice came)
{
    struct json_document *again = NULL;
    char *text = json_text(document, json_root(document));
    struct buffer canonical;
    buffer_init(&canonical, SIZE_MAX);
    append_canonical(&canonical, came);
    FUZZ_CHECK(text && strcmp(text, buffer_text(&canonical)) == 0);
    buffer_finish(&canonical);
    FUZZ_CHECK(json_parse(text, strlen(text), &again) == JSON_GOOD);
    FUZZ_CHECK(same(json_root(document), json_root(again)));
    json_destroy(again);
    free(text);
}

/* Whether a token of the pointer means "append". */
static bool appends(const char *pointer)
{
    for (const char *at = pointer; (at = strstr(at, "/-")) != NULL; at += 2) {
        if (at[2] == '/' || at[2] == '\0')
            return true;
    }
    return false;
}

static void check_put(const cJSON *tree, const char *pointer, bool twice)
{
    cJSON *root = tree ? cJSON_Duplicate(tree, true) : NULL;
    const char *problem = json_put(&root, pointer, cJSON_CreateString("new"));
    FUZZ_CHECK(problem != json_put_no_memory);
    if (!problem && !twice && !appends(pointer)) {
        const cJSON *found = json_at(root, pointer);
        FUZZ_CHECK(found && nuncio_equal(json_string(found), "new"));
    }
    if (!problem) {
        char *text = json_text(NULL, root);
        FUZZ_CHECK(text);
        free(text);
    }
    cJSON_Delete(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = fuzz_start(data, size);
    char *pointer = text_copy(fuzz_piece(&input));
    struct nuncio_slice text = fuzz_rest(&input);
    struct json_document *document = NULL;
    enum json_problem problem = json_parse(text.data, (size_t)text.size, &document);
    struct walk walk = {.root = json_root(document)};

    FUZZ_CHECK(pointer && problem != JSON_NO_MEMORY && *json_problem_text(problem));
    FUZZ_CHECK((problem == JSON_GOOD) == (document != NULL));
    FUZZ_CHECK(!document || text_is_utf8(text.data, (size_t)text.size));
    buffer_init(&walk.pointer, SIZE_MAX);
    if (document) {
        check_print(document, text);
        check_scalar(walk.root);
        (void)json_member(walk.root, pointer);
        walk.found = json_at(walk.root, pointer);
        walk.wanted = pointer;
        check_below(&walk, walk.root, true);
    }
    if (*pointer && text_is_utf8(pointer, strlen(pointer)))
        check_put(walk.root, pointer, walk.twice);
    buffer_finish(&walk.pointer);
    json_destroy(document);
    free(pointer);
    return 0;
}
