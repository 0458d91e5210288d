#include "fetch/url_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char https[] = "https://";

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Visible ASCII without what is not allowed in an address, or is read differently by different programs. */
static bool is_path(const char *path)
{
    if (*path && *path != '/' && *path != '?')
        return false;
    for (; *path; path++)
        if (*path <= ' ' || *path >= 0x7f || strchr("\"#<>\\^`{|}", *path))
            return false;
    return true;
}

/* The size of the host after "https://"; 0 if it is not the name of one. */
static size_t host_size(const char *host)
{
    size_t size = strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-");
    bool letter = false;
    for (size_t i = 0; i < size; i++)
        letter = letter || !strchr("0123456789.", host[i]);
    bool framed = size > 0 && is_letter_or_digit(host[0]) && is_letter_or_digit(host[size - 1]);
    return letter && framed && size <= 253 ? size : 0;
}

static bool host_matches(const char *wanted, const char *host, size_t size)
{
    size_t length = strlen(wanted);
    if (strncmp(wanted, "*.", 2) != 0)
        return length == size && strncasecmp(wanted, host, size) == 0;
    wanted += 2;
    length -= 2;
    if (size < length || strncasecmp(wanted, host + size - length, length) != 0)
        return false;
    return size == length || host[size - length - 1] == '.';
}

static bool of_substitute(const char *substitute, const char *url)
{
    size_t size = strlen(substitute);
    return strncmp(url, substitute, size) == 0 && url[size] == '/' && is_path(url + size);
}

bool url_allowed(const struct url_policy *policy, const char *url)
{
    if (strnlen(url, URL_MAX + 1) > URL_MAX)
        return false;
    if (policy->substitute && of_substitute(policy->substitute, url))
        return true;
    if (strncmp(url, https, sizeof https - 1) != 0)
        return false;
    const char *host = url + sizeof https - 1;
    size_t size = host_size(host);
    const char *path = host + size;
    path += strncmp(path, ":443", 4) == 0 ? 4 : 0;
    if (size == 0 || !is_path(path))
        return false;
    for (const char *const *wanted = policy->hosts; *wanted; wanted++)
        if (host_matches(*wanted, host, size))
            return true;
    return false;
}

enum status url_substitute_check(const char *substitute, struct error *error)
{
    static const char *const starts[] = {"http://127.0.0.1:", "http://[::1]:"};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        size_t size = strlen(starts[i]);
        if (strncmp(substitute, starts[i], size) != 0)
            continue;
        const char *port = substitute + size;
        size_t digits = strspn(port, "0123456789");
        if (digits > 0 && digits <= 5 && !port[digits] && atoi(port) > 0 && atoi(port) < 65536)
            return STATUS_OK;
    }
    return error_set(error, STATUS_USAGE,
                     "%s may only name a server on this machine, which is for tests: http://127.0.0.1:PORT or "
                     "http://[::1]:PORT; unset it",
                     URL_SUBSTITUTE_VARIABLE);
}

void url_add(const struct url_policy *policy, const char *url, struct buffer *out)
{
    if (policy->substitute && strncmp(url, https, sizeof https - 1) == 0)
        buffer_printf(out, "%s/%s", policy->substitute, url + sizeof https - 1);
    else
        buffer_add_text(out, url);
}

void url_add_encoded(const char *text, struct buffer *out)
{
    for (; *text; text++)
        if (is_letter_or_digit(*text) || strchr("-._~", *text))
            buffer_add_byte(out, *text);
        else
            buffer_printf(out, "%%%02X", (unsigned)(unsigned char)*text);
}
