#include "fetch/transfer.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

enum {
    CONNECT_SECONDS = 20,
    TOTAL_SECONDS = 180,
    LOW_SPEED_SECONDS = 20,
    LOW_SPEED_BYTES = 1000, /* a second */
};

/* ---- what libcurl calls ---- */

static size_t take_body(char *bytes, size_t one, size_t size, void *context)
{
    struct transfer *transfer = context;
    size *= one;
    if (size > transfer->request.body_max - transfer->body.size)
        transfer->fault = FAULT_BODY;
    else
        buffer_add(&transfer->body, bytes, size);
    if (transfer->body.failed)
        transfer->fault = FAULT_MEMORY;
    transfer->client->totals.bytes += (int64_t)size;
    return transfer->fault == FAULT_NONE ? size : 0;
}

/* Copies the value of this header if the line is one. */
static void take_value(const char *line, size_t size, const char *name, char value[HEADER_TEXT_MAX])
{
    size_t length = strlen(name);
    if (size <= length || strncasecmp(line, name, length) != 0 || line[length] != ':')
        return;
    line += length + 1;
    size -= length + 1;
    while (size > 0 && (*line == ' ' || *line == '\t'))
        line++, size--;
    while (size > 0 && (unsigned char)line[size - 1] <= ' ')
        size--;
    snprintf(value, HEADER_TEXT_MAX, "%.*s", (int)(size < HEADER_TEXT_MAX ? size : HEADER_TEXT_MAX - 1), line);
}

static size_t take_header(char *line, size_t one, size_t size, void *context)
{
    struct transfer *transfer = context;
    size *= one;
    transfer->header_bytes += size;
    if (transfer->header_bytes > HTTP_HEADERS_MAX) {
        transfer->fault = FAULT_HEADERS;
        return 0;
    }
    take_value(line, size, "Retry-After", transfer->retry_after);
    take_value(line, size, "Date", transfer->date);
    return size;
}

/* Decoders that are started meanwhile do not inherit the connection. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)context;
    (void)purpose;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* ---- options ---- */

/* Sets options until one fails. */
struct setting {
    const struct curl_library *curl;
    CURL *easy;
    CURLcode code;
};

static void set_number(struct setting *setting, CURLoption option, long value)
{
    if (setting->code == CURLE_OK)
        setting->code = setting->curl->curl_easy_setopt(setting->easy, option, value);
}

static void set_pointer(struct setting *setting, CURLoption option, const void *value)
{
    if (setting->code == CURLE_OK)
        setting->code = setting->curl->curl_easy_setopt(setting->easy, option, value);
}

static void set_functions(struct setting *setting, struct transfer *transfer)
{
    const struct curl_library *curl = setting->curl;
    if (setting->code == CURLE_OK)
        setting->code = curl->curl_easy_setopt(setting->easy, CURLOPT_WRITEFUNCTION, take_body);
    if (setting->code == CURLE_OK)
        setting->code = curl->curl_easy_setopt(setting->easy, CURLOPT_HEADERFUNCTION, take_header);
    if (setting->code == CURLE_OK)
        setting->code = curl->curl_easy_setopt(setting->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    set_pointer(setting, CURLOPT_WRITEDATA, transfer);
    set_pointer(setting, CURLOPT_HEADERDATA, transfer);
    set_pointer(setting, CURLOPT_PRIVATE, transfer);
}

static void set_limits(struct setting *setting, const struct transfer *transfer)
{
    bool quick = transfer->client->quick;
    set_number(setting, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_SECONDS * (quick ? 100 : 1000));
    set_number(setting, CURLOPT_TIMEOUT_MS, TOTAL_SECONDS * (quick ? 100 : 1000));
    set_number(setting, CURLOPT_LOW_SPEED_TIME, quick ? 1 : LOW_SPEED_SECONDS);
    set_number(setting, CURLOPT_LOW_SPEED_LIMIT, LOW_SPEED_BYTES);
    if (setting->code == CURLE_OK)
        setting->code = setting->curl->curl_easy_setopt(setting->easy, CURLOPT_MAXFILESIZE_LARGE,
                                                        (curl_off_t)transfer->request.body_max);
    set_number(setting, CURLOPT_FOLLOWLOCATION, 0); /* redirects are checked here */
    set_number(setting, CURLOPT_NOSIGNAL, 1);
    set_number(setting, CURLOPT_QUICK_EXIT, 1); /* ending does not wait for a name that is being resolved */
}

static void set_security(struct setting *setting, const struct transfer *transfer)
{
    bool local = strncmp(transfer->url.data, "http://", 7) == 0; /* only a substitute is */
    set_pointer(setting, CURLOPT_PROTOCOLS_STR, local ? "http" : "https");
    set_number(setting, CURLOPT_SSL_VERIFYPEER, 1);
    set_number(setting, CURLOPT_SSL_VERIFYHOST, 2);
    set_number(setting, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
    set_number(setting, CURLOPT_NETRC, CURL_NETRC_IGNORED);
    if (local)
        set_pointer(setting, CURLOPT_PROXY, "");
}

void transfer_free_headers(struct transfer *transfer)
{
    for (struct curl_slist *header = transfer->headers; transfer->secret && header; header = header->next)
        explicit_bzero(header->data, strlen(header->data));
    transfer->client->curl->curl_slist_free_all(transfer->headers);
    transfer->headers = NULL;
}

static bool add_header(struct transfer *transfer, const char *name, const char *value)
{
    struct buffer line = {0};
    buffer_reserve(&line, strlen(name) + strlen(value) + 2);
    buffer_printf(&line, "%s: %s", name, value);
    struct curl_slist *list =
        line.failed ? NULL : transfer->client->curl->curl_slist_append(transfer->headers, line.data);
    if (list)
        transfer->headers = list;
    if (line.data)
        explicit_bzero(line.data, line.capacity);
    buffer_free(&line);
    return list != NULL;
}

CURLcode transfer_set(struct transfer *transfer)
{
    const struct http_request *request = &transfer->request;
    struct setting setting = {transfer->client->curl, transfer->easy, CURLE_OK};
    set_functions(&setting, transfer);
    set_limits(&setting, transfer);
    set_security(&setting, transfer);
    set_pointer(&setting, CURLOPT_URL, transfer->url.data);
    set_pointer(&setting, CURLOPT_USERAGENT, transfer->client->user_agent);
    if (request->form)
        set_pointer(&setting, CURLOPT_COPYPOSTFIELDS, request->form);
    transfer->secret = request->authorization != NULL;
    if (request->authorization && !add_header(transfer, "Authorization", request->authorization))
        setting.code = CURLE_OUT_OF_MEMORY;
    set_pointer(&setting, CURLOPT_HTTPHEADER, transfer->headers);
    return setting.code;
}

CURLcode transfer_set_redirected(struct transfer *transfer)
{
    struct setting setting = {transfer->client->curl, transfer->easy, CURLE_OK};
    set_pointer(&setting, CURLOPT_HTTPHEADER, NULL);
    transfer_free_headers(transfer);
    set_pointer(&setting, CURLOPT_URL, transfer->url.data);
    set_security(&setting, transfer);
    return setting.code;
}
