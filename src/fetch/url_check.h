#ifndef SLEEVE_FETCH_URL_CHECK_H
#define SLEEVE_FETCH_URL_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buffer.h"
#include "core/status.h"

/* Which addresses requests may go to. Addresses are compared with a strict form of RFC 3986, so that no other parser
 * can read another host out of them: "https://", a host of letters, digits, dots and hyphens, nothing or ":443", then
 * the end or a path and query of visible ASCII characters. No user, no other port, no fragment, no IP address but in a
 * substitute. */

enum { URL_MAX = 2048 };

/* A server on this machine in the place of all sources, for tests: "http://127.0.0.1:PORT" or "http://[::1]:PORT". An
 * address "https://HOST/PATH" becomes "http://127.0.0.1:PORT/HOST/PATH". */
#define URL_SUBSTITUTE_VARIABLE "SLEEVE_FETCH_URL"

struct url_policy {
    const char *const *hosts; /* NULL-terminated; "*.example.org" also permits example.org itself */
    const char *substitute;   /* NULL: none */
};

/* Whether the whole text is an address as above whose host is one of the policy's, or one of the substitute. */
bool url_allowed(const struct url_policy *policy, const char *url);

/* Checks the substitute's form: STATUS_USAGE unless it names this machine. */
enum status url_substitute_check(const char *substitute, struct error *error);
/* Appends the address to send the request to: that of `url`, or of the substitute. */
void url_add(const struct url_policy *policy, const char *url, struct buffer *out);
/* Appends the text percent-encoded as a value in a query. */
void url_add_encoded(const char *text, struct buffer *out);

#endif
