/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "attachment.h"
#include "support.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[] = "attachment-XXXXXX";

static int enter_directory(void **state)
{
    (void)state;
    return mkdtemp(directory) && chdir(directory) == 0 ? 0 : -1;
}

static int leave_directory(void **state)
{
    (void)state;
    return chdir("..") == 0 && rmdir(directory) == 0 ? 0 : -1;
}

static void write_file(const char *name, const void *data, size_t size)
{
    int file = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(file >= 0);
    assert_int_equal(write(file, data, size), size);
    close(file);
}

static void test_file(void **state)
{
    static const char *const sources[] = {"./picture.PNG", "notes"};
    struct attachments attachments;
    struct nuncio_failure failure;
    (void)state;
    write_file("picture.PNG", "12345", 5);
    write_file("notes", "1", 1);
    assert_int_equal(attachments_open(sources, 2, &attachments, &failure), 0);
    assert_int_equal(attachments.count, 2);
    assert_int_equal(attachments.items[0].size, sizeof(struct nuncio_attachment));
    assert_slice(attachments.items[0].url, NULL);
    assert_slice(attachments.items[0].file_name, "picture.PNG");
    assert_slice(attachments.items[0].media_type, "image/png");
    assert_int_equal(attachments.items[0].bytes, 5);
    assert_true(attachments.files[0] >= 0);
    assert_int_equal(fcntl(attachments.files[0], F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    assert_slice(attachments.items[1].file_name, "notes");
    assert_slice(attachments.items[1].media_type, "application/octet-stream");
    /* What is open stays readable when the name goes. */
    unlink("picture.PNG");
    unlink("notes");
    char text[16] = "";
    assert_int_equal(base64_read(attachments.files[0], 5, 0, text, sizeof text), 8);
    assert_string_equal(text, "MTIzNDU=");
    attachments_finish(&attachments);
    assert_int_equal(attachments.count, 0);
    attachments_finish(&attachments);
}

static void test_url(void **state)
{
    static const struct {
        const char *url, *name, *type;
    } table[] = {
        {"https://example.com/a/b.pdf", "b.pdf", "application/pdf"},
        {"HTTP://example.com/a.jpeg?x=/y.png#z/w", "a.jpeg", "image/jpeg"},
        {"https://example.com/a/", NULL, "application/octet-stream"},
        {"https://example.com", NULL, "application/octet-stream"},
        {"https://example.com?a=b/c.txt", NULL, "application/octet-stream"},
        {"https://example.com/x", "x", "application/octet-stream"},
        {"https://example.com/file.", "file.", "application/octet-stream"},
        {"https://example.com/file.unheard", "file.unheard", "application/octet-stream"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        struct attachments attachments;
        assert_int_equal(attachments_open(&table[i].url, 1, &attachments, NULL), 0);
        assert_slice(attachments.items[0].url, table[i].url);
        assert_slice(attachments.items[0].file_name, table[i].name);
        assert_slice(attachments.items[0].media_type, table[i].type);
        assert_int_equal(attachments.items[0].bytes, 0);
        assert_int_equal(attachments.files[0], -1);
        attachments_finish(&attachments);
    }
}

static void check_refused(const char *source, const char *word)
{
    struct attachments attachments;
    struct nuncio_failure failure;
    memset(&attachments, 'x', sizeof attachments);
    struct attachments before = attachments;
    assert_int_equal(attachments_open(&source, 1, &attachments, &failure), -1);
    assert_int_equal(failure.error_class, NUNCIO_CLASS_INVALID);
    assert_holds(failure.text, word);
    assert_memory_equal(&attachments, &before, sizeof before);
}

static void test_refused(void **state)
{
    (void)state;
    check_refused(NULL, "empty");
    check_refused("", "empty");
    check_refused("not-there.txt", "not-there.txt: No such file");
    check_refused(".", "regular");
    check_refused("/dev/null", "regular");
    assert_int_equal(mkfifo("fifo", 0600), 0);
    check_refused("fifo", "regular");
    unlink("fifo");
    write_file("empty", "", 0);
    check_refused("empty", "is empty");
    unlink("empty");
    write_file("\xFF.txt", "1", 1);
    check_refused("\xFF.txt", "not UTF-8");
    unlink("\xFF.txt");
    check_refused("http:///path", "no host");
    check_refused("https://", "no host");
    check_refused("https://a/b c", "percent-encoded");
    check_refused("https://a/b\nc", "percent-encoded");
    check_refused("https://a/\xFF", "percent-encoded");
    /* No scheme that we fetch: a file of that name. */
    check_refused("ftp://a/b", "No such file");
}

static void test_all_or_none(void **state)
{
    static const char *const sources[] = {"https://a/b", "first", "not-there"};
    struct attachments attachments;
    struct nuncio_failure failure;
    (void)state;
    write_file("first", "1", 1);
    int next = dup(0);
    close(next);
    assert_int_equal(attachments_open(sources, 3, &attachments, &failure), -1);
    assert_holds(failure.text, "not-there");
    int now = dup(0);
    close(now);
    assert_int_equal(now, next);
    unlink("first");
    assert_int_equal(attachments_open(NULL, 0, &attachments, &failure), 0);
    assert_int_equal(attachments.count, 0);
    attachments_finish(&attachments);
    assert_int_equal(attachments_open(NULL, 1, &attachments, &failure), -1);
    assert_int_equal(attachments_open(sources, UINT64_C(1) << 32, &attachments, &failure), -1);
}

static void test_base64_size(void **state)
{
    (void)state;
    assert_int_equal(base64_size(0), 0);
    assert_int_equal(base64_size(1), 4);
    assert_int_equal(base64_size(2), 4);
    assert_int_equal(base64_size(3), 4);
    assert_int_equal(base64_size(4), 8);
    assert_true(base64_size(UINT64_C(6000000001)) == UINT64_C(8000000004));
}

static void test_base64_vectors(void **state)
{
    /* RFC 4648, section 10. */
    static const char *const table[][2] = {
        {"f", "Zg=="},         {"fo", "Zm8="},         {"foo", "Zm9v"},         {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}, {"\xFB\xFF\xFE", "+//+"}};
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        char text[16] = "";
        write_file("data", table[i][0], strlen(table[i][0]));
        int file = open("data", O_RDONLY);
        int64_t size = base64_read(file, strlen(table[i][0]), 0, text, sizeof text);
        assert_int_equal(size, strlen(table[i][1]));
        assert_string_equal(text, table[i][1]);
        close(file);
    }
    unlink("data");
}

/* Any offset and any size give the same bytes as the whole. */
static void test_base64_any_offset(void **state)
{
    enum { SIZE = 40001 }; /* several chunks, one byte in the last group */
    static unsigned char data[SIZE];
    static char whole[SIZE * 2], part[SIZE * 2];
    static const size_t sizes[] = {1, 2, 3, 4, 5, 7, 4096, 16383, 16384, 16385, 50000};
    (void)state;
    for (size_t i = 0; i < SIZE; i++)
        data[i] = (unsigned char)(i * 7 + i / 256);
    write_file("data", data, SIZE);
    int file = open("data", O_RDONLY);
    uint64_t total = base64_size(SIZE);
    assert_int_equal(base64_read(file, SIZE, 0, whole, sizeof whole), total);
    for (uint64_t offset = 0; offset < 9; offset++) {
        assert_int_equal(base64_read(file, SIZE, offset, part, 50000), 50000);
        assert_memory_equal(part, whole + offset, 50000);
    }
    for (size_t i = 0; i < COUNT(sizes); i++) {
        uint64_t offset = i == 0 ? total - 100 : 0;
        while (offset < total) {
            int64_t got = base64_read(file, SIZE, offset, part, sizes[i]);
            assert_true(got > 0 && (uint64_t)got <= sizes[i]);
            assert_memory_equal(part, whole + offset, (size_t)got);
            offset += (uint64_t)got;
        }
        assert_int_equal(offset, total);
    }
    assert_int_equal(base64_read(file, SIZE, total, part, 10), 0);
    assert_int_equal(base64_read(file, SIZE, total + 5, part, 10), 0);
    assert_int_equal(base64_read(file, SIZE, 0, part, 0), 0);
    close(file);
    unlink("data");
}

static void test_base64_shorter_file(void **state)
{
    char text[64];
    (void)state;
    write_file("data", "123456", 6);
    int file = open("data", O_RDONLY);
    assert_int_equal(base64_read(file, 7, 0, text, sizeof text), -1);
    assert_int_equal(base64_read(file, 6, 0, text, sizeof text), 8);
    /* A file that has grown is sent as it was. */
    assert_int_equal(base64_read(file, 3, 0, text, sizeof text), 4);
    close(file);
    assert_int_equal(base64_read(file, 6, 0, text, sizeof text), -1);
    unlink("data");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_url),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_all_or_none),
        cmocka_unit_test(test_base64_size),
        cmocka_unit_test(test_base64_vectors),
        cmocka_unit_test(test_base64_any_offset),
        cmocka_unit_test(test_base64_shorter_file),
    };
    return cmocka_run_group_tests(tests, enter_directory, leave_directory);
}
