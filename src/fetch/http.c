#include "fetch/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>

#include "fetch/curl_library.h"
#include "fetch/retry.h"

enum {
    CONNECT_SECONDS = 20,
    TOTAL_SECONDS = 180,
    LOW_SPEED_SECONDS = 20,
    LOW_SPEED_BYTES = 1000, /* a second */
    HEADER_TEXT_MAX = 100,
};

struct http_client {
    const struct curl_library *curl;
    CURLM *multi;
    struct transfer *transfers; /* a list */
    int n_transfers;
    bool quick;
    char user_agent[300];
    struct http_totals totals;
};

enum fault { FAULT_NONE, FAULT_BODY, FAULT_HEADERS, FAULT_MEMORY };

struct transfer {
    struct http_client *client;
    CURL *easy;
    struct transfer *next;
    struct http_request request; /* its strings are not used after the start */
    struct curl_slist *headers;
    bool secret; /* a header is one */
    struct buffer url, body;
    size_t header_bytes;
    int redirects;
    enum fault fault;
    char retry_after[HEADER_TEXT_MAX], date[HEADER_TEXT_MAX];
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

/* ---- transfers ---- */

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

/* Overwrites the copies of secrets before they are freed. */
static void free_headers(struct transfer *transfer)
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

static CURLcode set_request(struct transfer *transfer)
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

static void free_transfer(struct transfer *transfer)
{
    const struct curl_library *curl = transfer->client->curl;
    if (transfer->easy) {
        curl->curl_multi_remove_handle(transfer->client->multi, transfer->easy);
        curl->curl_easy_cleanup(transfer->easy);
    }
    free_headers(transfer);
    buffer_free(&transfer->url);
    buffer_free(&transfer->body);
    free(transfer);
}

static void take_out(struct http_client *client, const struct transfer *transfer)
{
    struct transfer **place = &client->transfers;
    while (*place != transfer)
        place = &(*place)->next;
    *place = transfer->next;
    client->n_transfers--;
}

static enum status option_failed(const struct http_client *client, CURLcode code, struct error *error)
{
    if (code == CURLE_OUT_OF_MEMORY)
        return error_no_memory(error);
    return error_set(error, STATUS_FAILED, "a request cannot be made, libcurl is too old or lacks TLS: %s",
                     client->curl->curl_easy_strerror(code));
}

enum status http_start(struct http_client *client, const struct http_request *request, struct error *error)
{
    if (!url_allowed(request->policy, request->url))
        return error_set(error, STATUS_FAILED, "a request to an address that is not allowed");
    struct transfer *transfer = calloc(1, sizeof *transfer);
    if (!transfer)
        return error_no_memory(error);
    transfer->client = client;
    transfer->request = *request;
    url_add(request->policy, request->url, &transfer->url);
    transfer->easy = transfer->url.failed ? NULL : client->curl->curl_easy_init();
    CURLcode code = transfer->easy ? set_request(transfer) : CURLE_OUT_OF_MEMORY;
    if (code == CURLE_OK && client->curl->curl_multi_add_handle(client->multi, transfer->easy) != CURLM_OK)
        code = CURLE_OUT_OF_MEMORY;
    if (code != CURLE_OK) {
        free_transfer(transfer);
        return option_failed(client, code, error);
    }
    transfer->request.url = transfer->request.form = transfer->request.authorization = NULL;
    transfer->next = client->transfers;
    client->transfers = transfer;
    client->n_transfers++;
    client->totals.requests++;
    return STATUS_OK;
}

/* ---- answers ---- */

/* Appends the address that a redirect leads to, with https in the place of http, which archives still send; false if it
 * is not allowed. */
static bool add_secure(const struct url_policy *policy, const char *url, struct buffer *address)
{
    struct buffer secure = {0};
    bool plain = strncmp(url, "http://", 7) == 0 && !url_allowed(policy, url);
    buffer_printf(&secure, "%s%s", plain ? "https://" : "", plain ? url + 7 : url);
    bool allowed = !secure.failed && url_allowed(policy, secure.data);
    if (allowed)
        url_add(policy, secure.data, address);
    buffer_free(&secure);
    return allowed;
}

/* Sends the request to the new address. False: it ends here, with the outcome set. */
static bool redirect(struct transfer *transfer, const char *url, struct http_answer *answer)
{
    struct http_client *client = transfer->client;
    answer->outcome = HTTP_REFUSED;
    answer->reason = "a redirect to an address that is not allowed";
    if (transfer->redirects >= transfer->request.redirects_max) {
        answer->reason = "too many redirects";
        return false;
    }
    struct buffer address = {0};
    if (!add_secure(transfer->request.policy, url, &address)) {
        buffer_free(&address);
        return false;
    }
    buffer_free(&transfer->url);
    transfer->url = address;
    transfer->redirects++;
    transfer->header_bytes = 0;
    transfer->retry_after[0] = transfer->date[0] = '\0';
    buffer_clear(&transfer->body);
    client->curl->curl_multi_remove_handle(client->multi, transfer->easy);
    struct setting setting = {client->curl, transfer->easy, CURLE_OK};
    set_pointer(&setting, CURLOPT_HTTPHEADER, NULL);
    free_headers(transfer);
    if (!address.failed)
        set_pointer(&setting, CURLOPT_URL, transfer->url.data);
    if (!address.failed)
        set_security(&setting, transfer);
    if (address.failed || setting.code != CURLE_OK ||
        client->curl->curl_multi_add_handle(client->multi, transfer->easy) != CURLM_OK) {
        answer->outcome = HTTP_FAILED;
        answer->reason = "out of memory";
        return false;
    }
    client->totals.requests++;
    return true;
}

static enum http_outcome outcome_of(const struct transfer *transfer, CURLcode code, const char **reason)
{
    static const char *const faults[] = {[FAULT_BODY] = "the body is too large",
                                         [FAULT_HEADERS] = "more than 64 KB of headers",
                                         [FAULT_MEMORY] = "out of memory"};
    *reason =
        transfer->fault != FAULT_NONE ? faults[transfer->fault] : transfer->client->curl->curl_easy_strerror(code);
    if (code == CURLE_OK)
        return HTTP_ANSWERED;
    if (transfer->fault == FAULT_BODY || code == CURLE_FILESIZE_EXCEEDED)
        return HTTP_TOO_LARGE;
    if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_ISSUER_ERROR)
        return HTTP_INSECURE;
    return HTTP_FAILED;
}

static void end(struct transfer *transfer, CURLcode code)
{
    struct http_client *client = transfer->client;
    long status = 0;
    char *location = NULL;
    struct http_answer answer = {.retry_after = -1};
    client->curl->curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    client->curl->curl_easy_getinfo(transfer->easy, CURLINFO_REDIRECT_URL, &location);
    answer.outcome = outcome_of(transfer, code, &answer.reason);
    answer.status = (int)status;
    client->totals.unreached = status > 0 || code == CURLE_OK ? 0 : client->totals.unreached + 1;
    client->totals.unreached_reason = answer.reason;
    if (answer.outcome == HTTP_ANSWERED && status >= 300 && status < 400 && location &&
        redirect(transfer, location, &answer))
        return;
    if (transfer->retry_after[0])
        answer.retry_after = retry_after(transfer->retry_after, transfer->date, time(NULL));
    answer.body = transfer->body;
    transfer->body = (struct buffer){0};
    take_out(client, transfer);
    transfer->request.done(transfer->request.context, &answer);
    buffer_free(&answer.body);
    free_transfer(transfer);
}

enum status http_step(struct http_client *client, int descriptor, double seconds, struct error *error)
{
    int running, waiting;
    struct curl_waitfd other = {.fd = descriptor, .events = CURL_WAIT_POLLIN};
    CURLMcode code = client->curl->curl_multi_perform(client->multi, &running);
    if (code == CURLM_OK && running == client->n_transfers)
        code = client->curl->curl_multi_poll(client->multi, &other, descriptor >= 0 ? 1 : 0, (int)(seconds * 1000) + 1,
                                             NULL);
    if (code == CURLM_OK)
        code = client->curl->curl_multi_perform(client->multi, &running);
    if (code != CURLM_OK)
        return error_set(error, STATUS_FAILED, "the transfers failed: %s", client->curl->curl_multi_strerror(code));
    for (CURLMsg *message; (message = client->curl->curl_multi_info_read(client->multi, &waiting));) {
        char *private = NULL;
        CURLcode result = message->data.result;
        if (message->msg != CURLMSG_DONE)
            continue;
        client->curl->curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
        end((struct transfer *)(void *)private, result);
    }
    return STATUS_OK;
}

/* ---- the client ---- */

enum status http_client_create(const char *user_agent, bool quick, struct http_client **out, struct error *error)
{
    struct http_client *client = calloc(1, sizeof *client);
    *out = client;
    if (!client)
        return error_no_memory(error);
    client->quick = quick;
    snprintf(client->user_agent, sizeof client->user_agent, "%s", user_agent);
    enum status status = curl_library_load(&client->curl, error);
    if (status == STATUS_OK && !(client->multi = client->curl->curl_multi_init()))
        status = error_no_memory(error);
    if (status != STATUS_OK) {
        free(client);
        *out = NULL;
    }
    return status;
}

void http_client_destroy(struct http_client *client)
{
    if (!client)
        return;
    while (client->transfers) {
        struct transfer *first = client->transfers;
        client->transfers = first->next;
        free_transfer(first);
    }
    client->curl->curl_multi_cleanup(client->multi);
    free(client);
}

int http_in_flight(const struct http_client *client)
{
    return client->n_transfers;
}

const struct http_totals *http_totals(const struct http_client *client)
{
    return &client->totals;
}
