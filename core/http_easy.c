/* SPDX-License-Identifier: MIT */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "http_internal.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>
#include "clock.h"

#define HEADER_LIMIT   (256 * 1024) /* bytes of all headers of a response, interim ones included */
#define IDLE_EFFECTS_S 10L          /* a connection that was idle for longer is not used for effects */
#define IDLE_S         60L
#define STALL_S        30L /* without a byte: for requests that are answered at once */

static bool is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)address;
        return (ntohl(in->sin_addr.s_addr) >> 24) == 127;
    }
    if (address->sa_family == AF_INET6) {
        const struct in6_addr *in6 = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
        return IN6_IS_ADDR_LOOPBACK(in6) || (IN6_IS_ADDR_V4MAPPED(in6) && in6->s6_addr[12] == 127);
    }
    return false;
}

/* libcurl takes schemes in any case. */
static bool is_plain(const struct http_transfer *transfer)
{
    return strncasecmp(transfer->request->url, "https:", 6) != 0;
}

/* Plain http goes to this machine alone: judged by the address, after names were resolved. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    struct http_transfer *transfer = context;
    if (is_plain(transfer) && !transfer->terms.allow_http && !is_loopback(&address->addr)) {
        transfer->not_loopback = true;
        return CURL_SOCKET_BAD;
    }
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    transfer->sockets[transfer->connects++ % HTTP_SOCKETS] = fd;
    return fd;
}

/* 0 where it is none that is connected. */
static uint16_t local_port_of(int fd)
{
    struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
    socklen_t size = sizeof(address);
    if (fd < 0 || getsockname(fd, (struct sockaddr *)(void *)&address, &size) < 0)
        return 0;
    if (address.ss_family == AF_INET6)
        return ntohs(((const struct sockaddr_in6 *)(const void *)&address)->sin6_port);
    return address.ss_family == AF_INET
               ? ntohs(((const struct sockaddr_in *)(const void *)&address)->sin_port)
               : 0;
}

/* libcurl 7.88 does not tell the socket of a reused connection, but its port: kept where it was connected. */
static void keep_socket(struct http_transfer *transfer, int port)
{
    for (uint32_t i = 0; i < HTTP_SOCKETS && i < transfer->connects; i++) {
        if (local_port_of(transfer->sockets[i]) == port)
            transfer->http->sockets[port] = transfer->sockets[i];
    }
}

/* Is there something to read on a connection on which nothing was asked? It would be taken for the answer to
   what is asked next, and so on with every later answer; or it is the end, and the request would be lost.
   libcurl looks for the end alone, and before 8.1 takes what is unread for a sign of life. */
static bool has_unread(const struct http_transfer *transfer, int port)
{
    int fd = transfer->http->sockets[port];
    char byte;
    return fd > 0 && local_port_of(fd) == port && recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
}

/* Runs before the first byte of the request, and again when libcurl wants to send it a second time by itself,
   because a reused connection died: that would be two charges. */
static int prerequest(void *context, char *remote_ip, char *local_ip, int remote_port, int local_port)
{
    (void)remote_ip, (void)local_ip, (void)remote_port;
    struct http_transfer *transfer = context;
    int port = local_port > 0 && local_port < HTTP_PORTS ? local_port : 0;
    if (transfer->connects > 0)
        keep_socket(transfer, port);
    else
        transfer->stale = has_unread(transfer, port);
    if (transfer->stale)
        return CURL_PREREQFUNC_ABORT;
    if (!transfer->terms.effects) {
        transfer->left = true;
        return CURL_PREREQFUNC_OK;
    }
    if (transfer->left || !transfer->events.leaves(transfer->events.context)) {
        transfer->refused = true;
        return CURL_PREREQFUNC_ABORT;
    }
    transfer->left = true;
    return CURL_PREREQFUNC_OK;
}

static size_t take_header(char *data, size_t size, size_t count, void *context)
{
    struct http_transfer *transfer = context;
    size_t bytes = size * count;
    transfer->header_bytes += bytes;
    if (transfer->header_bytes > HEADER_LIMIT) {
        transfer->too_large = true;
        return 0;
    }
    if (bytes >= 5 && memcmp(data, "HTTP/", 5) == 0) {
        transfer->headers_over = false;
        buffer_reset(&transfer->response->headers);
        return bytes;
    }
    size_t length = bytes;
    while (length > 0 && (data[length - 1] == '\r' || data[length - 1] == '\n'))
        length--;
    if (length > 0) {
        buffer_append(&transfer->response->headers, data, length);
        buffer_append_char(&transfer->response->headers, '\n');
    } else {
        transfer->headers_over = true;
    }
    return buffer_failed(&transfer->response->headers) ? 0 : bytes;
}

static size_t take_body(char *data, size_t size, size_t count, void *context)
{
    struct http_transfer *transfer = context;
    buffer_append(&transfer->response->body, data, size * count);
    if (buffer_failed(&transfer->response->body)) {
        transfer->too_large = true;
        return 0;
    }
    return size * count;
}

static size_t give_body(char *data, size_t size, size_t count, void *context)
{
    struct http_transfer *transfer = context;
    const struct http_request *request = transfer->request;
    while (transfer->segment < request->segment_count) {
        const struct request_segment *segment = &request->segments[transfer->segment];
        uint64_t left = segment->size - transfer->segment_offset;
        if (left == 0) {
            transfer->segment++;
            transfer->segment_offset = 0;
            continue;
        }
        size_t room = size * count;
        int64_t given = left < room ? (int64_t)left : (int64_t)room;
        if (segment->data) {
            memcpy(data, segment->data + transfer->segment_offset, (size_t)given);
        } else {
            uint32_t index = segment->attachment;
            given =
                base64_read(transfer->attachments->files[index], transfer->attachments->items[index].bytes,
                            transfer->segment_offset, data, (size_t)given);
            if (given <= 0)
                return CURL_READFUNC_ABORT;
        }
        transfer->segment_offset += (uint64_t)given;
        return (size_t)given;
    }
    return 0;
}

static int append_header(struct http_transfer *transfer, const char *line)
{
    struct curl_slist *headers = curl_slist_append(transfer->headers, line);
    if (!headers)
        return -1;
    transfer->headers = headers;
    return 0;
}

static int prepare_headers(struct http_transfer *transfer)
{
    const struct http_request *request = transfer->request;
    if (append_header(transfer, "Accept: application/json") < 0)
        return -1;
    /* Without a value it takes back libcurl's own, which is that of a form. */
    if (append_header(transfer, request->body_text ? "Content-Type: application/json" : "Content-Type:") < 0)
        return -1;
    /* Without this libcurl waits a second for a 100 before it sends a large body. */
    if (append_header(transfer, "Expect:") < 0)
        return -1;
    for (uint32_t i = 0; i < request->header_count; i++) {
        if (append_header(transfer, request->headers[i].line) < 0)
            return -1;
    }
    return curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, transfer->headers) == CURLE_OK ? 0 : -1;
}

static int prepare_body(struct http_transfer *transfer)
{
    CURL *easy = transfer->easy;
    const struct http_request *request = transfer->request;
    CURLcode code = CURLE_OK;
    if (!request->body_text) {
        if (strcmp(request->method, "GET") == 0)
            return curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L) == CURLE_OK ? 0 : -1;
        code = curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, 0L);
    } else if (request->segment_count == 1) {
        code = curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_size);
        if (code == CURLE_OK)
            code = curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body_text);
    } else {
        code = curl_easy_setopt(easy, CURLOPT_POST, 1L);
        if (code == CURLE_OK)
            code = curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_size);
        if (code == CURLE_OK)
            code = curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_body);
        if (code == CURLE_OK)
            code = curl_easy_setopt(easy, CURLOPT_READDATA, transfer);
    }
    if (code == CURLE_OK && !request->body_text)
        code = curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "");
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    return code == CURLE_OK ? 0 : -1;
}

/* Whose certificates count. */
static int prepare_authorities(struct http_transfer *transfer)
{
    CURL *easy = transfer->easy;
    const char *directory = transfer->http->short_start ? http_hashed_ca_directory() : NULL;
    CURLcode code = CURLE_OK;
    if (transfer->terms.ca_file) {
        code = curl_easy_setopt(easy, CURLOPT_CAINFO, transfer->terms.ca_file);
        if (code == CURLE_OK)
            code = curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    } else if (directory) {
        code = curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
        if (code == CURLE_OK)
            code = curl_easy_setopt(easy, CURLOPT_CAPATH, directory);
    } else if (curl_version_info(CURLVERSION_NOW)->cainfo) {
        /* With a directory set, libcurl does not cache the bundle, and every handshake reads it anew. */
        code = curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }
    return code == CURLE_OK ? 0 : -1;
}

static int prepare_security(struct http_transfer *transfer)
{
    CURL *easy = transfer->easy;
    CURLcode code = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
    if (code == CURLE_OK && http_avoids_proxy(transfer))
        code = curl_easy_setopt(easy, CURLOPT_PROXY, "");
    else if (code == CURLE_OK && transfer->terms.proxy)
        code = curl_easy_setopt(easy, CURLOPT_PROXY, transfer->terms.proxy);
    if (code != CURLE_OK)
        return -1;
    return is_plain(transfer) ? 0 : prepare_authorities(transfer);
}

static int prepare_times(struct http_transfer *transfer)
{
    CURL *easy = transfer->easy;
    const struct http_terms *terms = &transfer->terms;
    int64_t left = transfer->until - clock_monotonic(); /* redirects that are followed share the time */
    CURLcode code = curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)terms->connect_timeout_ms);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, left > 1 ? (long)left : 1L);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, terms->effects ? IDLE_EFFECTS_S : IDLE_S);
    if (code == CURLE_OK && transfer->request->patience_ms == 0) {
        code = curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
        if (code == CURLE_OK)
            code = curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, STALL_S);
    }
    return code == CURLE_OK ? 0 : -1;
}

static int prepare_callbacks(struct http_transfer *transfer)
{
    CURL *easy = transfer->easy;
    bool good = curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, prerequest) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer) == CURLE_OK;
    return good ? 0 : -1;
}

int http_easy_prepare(struct http_transfer *transfer)
{
    CURL *easy = transfer->easy;
    bool good = curl_easy_setopt(easy, CURLOPT_URL, transfer->request->url) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_USERAGENT, "nuncio/" PACKAGE_VERSION) == CURLE_OK &&
                /* h2 fails on reused connections and on early answers in libcurl 7.88. */
                curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
                curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK;
    if (!good || prepare_callbacks(transfer) < 0 || prepare_body(transfer) < 0)
        return -1;
    if (prepare_headers(transfer) < 0 || prepare_security(transfer) < 0)
        return -1;
    return prepare_times(transfer);
}

/* Names like 5ad8a5d6.0: eight hexadecimal digits and a number. */
static bool is_hash_name(const char *name)
{
    return strspn(name, "0123456789abcdef") == 8 && name[8] == '.' && name[9] == '0';
}

const char *http_hashed_ca_directory(void)
{
    const char *directory = curl_version_info(CURLVERSION_NOW)->capath;
    DIR *stream = directory ? opendir(directory) : NULL;
    if (!stream)
        return NULL;
    bool hashed = false;
    for (const struct dirent *entry; !hashed && (entry = readdir(stream));)
        hashed = is_hash_name(entry->d_name);
    closedir(stream);
    return hashed ? directory : NULL;
}
