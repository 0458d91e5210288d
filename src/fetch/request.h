#ifndef SLEEVE_FETCH_REQUEST_H
#define SLEEVE_FETCH_REQUEST_H

#include <stdint.h>

#include "core/buffer.h"
#include "core/status.h"
#include "fetch/url_check.h"

/* An HTTP request, and its answer. */

enum http_outcome {
    HTTP_ANSWERED,  /* the answer is complete, whatever its status */
    HTTP_FAILED,    /* the connection failed, broke off, or took too long: it may succeed later */
    HTTP_TOO_LARGE, /* the body is larger than the request's limit */
    HTTP_REFUSED,   /* a redirect to an address that is not allowed, or too many redirects */
    HTTP_INSECURE,  /* the server's certificate cannot be verified */
};

struct http_answer {
    enum http_outcome outcome;
    int status; /* 0 if there was none */
    struct buffer body;
    double retry_after; /* seconds of the header Retry-After; -1: none */
    const char *reason; /* if it was not answered: why, without address */
};

struct http_request {
    const char *url;           /* not that of the substitute */
    const char *form;          /* sent with POST; NULL: GET */
    const char *authorization; /* the value of that header; NULL: none. Not sent after a redirect. */
    size_t body_max;
    int redirects_max; /* at most HTTP_REDIRECTS_MAX */
    const struct url_policy *policy;
    /* Called by http_step. The answer is valid during the call; its body may be moved out. */
    void (*done)(void *context, struct http_answer *answer);
    void *context;
};

enum { HTTP_REDIRECTS_MAX = 5, HTTP_HEADERS_MAX = 64 << 10 };

struct http_totals {
    int64_t requests, bytes; /* redirects included; bytes of bodies */
    int unreached;           /* how many requests got no answer since the last one that got one */
    const char *unreached_reason;
};

#endif
