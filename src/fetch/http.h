#ifndef SLEEVE_FETCH_HTTP_H
#define SLEEVE_FETCH_HTTP_H

#include <stdint.h>

#include "core/buffer.h"
#include "core/status.h"
#include "fetch/url_check.h"

/* HTTP requests that run at the same time on one thread, over libcurl's multi interface.
 *
 * Only addresses that the request's policy allows are connected to, and after every redirect the new one is checked;
 * certificates are always verified. Limits: the size of a body, 64 KB of headers, five redirects, time, and the lowest
 * speed. Bodies are not decompressed, no cookies are kept, no files of libcurl's or .netrc are read. A proxy that the
 * environment names (https_proxy) is used. */
struct http_client;

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

/* `user_agent` is copied. With `quick`, for tests with a server on this machine, time limits are a tenth. */
enum status http_client_create(const char *user_agent, bool quick, struct http_client **client, struct error *error);
/* Ends all requests without calling `done`. */
void http_client_destroy(struct http_client *client);
/* The strings are copied. */
enum status http_start(struct http_client *client, const struct http_request *request, struct error *error);
int http_in_flight(const struct http_client *client);
const struct http_totals *http_totals(const struct http_client *client);
/* Waits for at most `seconds` for requests or for the descriptor to become readable, and calls `done` of those that
 * have ended. */
enum status http_step(struct http_client *client, int descriptor, double seconds, struct error *error);

#endif
