#include "fetch/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fetch/retry.h"
#include "fetch/transfer.h"

/* ---- transfers ---- */

static void free_transfer(struct transfer *transfer)
{
    const struct curl_library *curl = transfer->client->curl;
    if (transfer->easy) {
        curl->curl_multi_remove_handle(transfer->client->multi, transfer->easy);
        curl->curl_easy_cleanup(transfer->easy);
    }
    transfer_free_headers(transfer);
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
    CURLcode code = transfer->easy ? transfer_set(transfer) : CURLE_OUT_OF_MEMORY;
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
    if (address.failed || transfer_set_redirected(transfer) != CURLE_OK ||
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

const struct http_totals *http_totals(const struct http_client *client)
{
    return &client->totals;
}
