#ifndef SLEEVE_FETCH_TRANSFER_H
#define SLEEVE_FETCH_TRANSFER_H

#include "fetch/curl_library.h"
#include "fetch/request.h"

/* Internal to http.c: one request that runs, and its options in libcurl. */

enum { HEADER_TEXT_MAX = 100 };

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

/* All options of a request. */
CURLcode transfer_set(struct transfer *transfer);
/* Those that change with a redirect: the address in transfer->url; no header of the request is sent again. */
CURLcode transfer_set_redirected(struct transfer *transfer);
/* Overwrites copies of secrets, and frees them. */
void transfer_free_headers(struct transfer *transfer);

#endif
