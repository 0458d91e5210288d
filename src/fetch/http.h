#ifndef SLEEVE_FETCH_HTTP_H
#define SLEEVE_FETCH_HTTP_H

#include "fetch/request.h"

/* HTTP requests that run at the same time on one thread, over libcurl's multi interface.
 *
 * Only addresses that the request's policy allows are connected to, and after every redirect the new one is checked;
 * certificates are always verified. Limits: the size of a body, 64 KB of headers, five redirects, time, and the lowest
 * speed. Bodies are not decompressed, no cookies are kept, no files of libcurl's or .netrc are read. A proxy that the
 * environment names (https_proxy) is used. */
struct http_client;

/* `user_agent` is copied. With `quick`, for tests with a server on this machine, time limits are a tenth. */
enum status http_client_create(const char *user_agent, bool quick, struct http_client **client, struct error *error);
/* Ends all requests without calling `done`. */
void http_client_destroy(struct http_client *client);
/* The strings are copied. */
enum status http_start(struct http_client *client, const struct http_request *request, struct error *error);
const struct http_totals *http_totals(const struct http_client *client);
/* Waits for at most `seconds` for requests or for the descriptor to become readable, and calls `done` of those that
 * have ended. */
enum status http_step(struct http_client *client, int descriptor, double seconds, struct error *error);

#endif
