/* SPDX-License-Identifier: MIT */
/* Which proxy stands between us and the vendor, for who is told that nothing answers there. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "http_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool http_avoids_proxy(const struct http_transfer *transfer)
{
    bool plain = strncasecmp(transfer->request->url, "https:", 6) != 0;
    /* Where plain http is bound to this machine, a proxy would take it elsewhere. */
    return http_is_loopback(transfer->request->url) || (plain && !transfer->terms.allow_http);
}

/* The value of the first of these variables that is set. */
static const char *first_set(const char *const *names)
{
    for (; *names; names++) {
        const char *value = getenv(*names);
        if (value && *value)
            return value;
    }
    return NULL;
}

/* As libcurl reads its environment; HTTP_PROXY is none, since a CGI program has it of whoever asks. With exceptions nobody
   but libcurl knows. */
static const char *environment_proxy(const char *url)
{
    static const char *const plain[] = {"http_proxy", "all_proxy", "ALL_PROXY", NULL};
    static const char *const secure[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", NULL};
    static const char *const exceptions[] = {"no_proxy", "NO_PROXY", NULL};
    if (first_set(exceptions))
        return NULL;
    return first_set(strncasecmp(url, "https:", 6) == 0 ? secure : plain);
}

/* HOST:PORT of the URL: what stands before it may be a password. */
static const char *host_of(const char *proxy, int *ret_size)
{
    const char *scheme = strstr(proxy, "://");
    const char *host = scheme ? scheme + 3 : proxy;
    const char *end = host + strcspn(host, "/");
    for (const char *at = host; at < end; at++) {
        if (*at == '@')
            host = at + 1;
    }
    *ret_size = (int)(end - host < 128 ? end - host : 128);
    return host;
}

const char *http_name_proxy(struct http_transfer *transfer, const char *text)
{
    const char *proxy =
        transfer->terms.proxy ? transfer->terms.proxy : environment_proxy(transfer->request->url);
    if (http_avoids_proxy(transfer) || !proxy || !*proxy)
        return text;
    /* libcurl repeats all of one that it does not understand, and in that there may be a password. */
    if (strchr(proxy, '@') && strstr(text, proxy))
        text = "its URL is not valid";
    int size;
    const char *host = host_of(proxy, &size);
    snprintf(transfer->told, sizeof(transfer->told), "by way of the proxy %.*s: %s", size, host, text);
    return transfer->told;
}
