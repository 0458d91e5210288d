#ifndef SLEEVE_FETCH_REASON_H
#define SLEEVE_FETCH_REASON_H

#include <stdbool.h>

/* Why an album got no cover. The last ones may pass and are tried again some time later. */
enum fetch_reason {
    FETCH_STORED,     /* it got one */
    FETCH_UNKNOWN,    /* the source does not know it */
    FETCH_UNMATCHED,  /* no release is near enough to title and artist */
    FETCH_AMBIGUOUS,  /* several are */
    FETCH_NO_IMAGE,   /* the source has none */
    FETCH_GONE,       /* the link to the image is broken */
    FETCH_REFUSED,    /* the link leads to an address that is not allowed */
    FETCH_TOO_LARGE,  /* the image is larger than IMAGE_FILE_MAX */
    FETCH_NOT_IMAGE,  /* it cannot be decoded */
    FETCH_BAD_ANSWER, /* the source's answer cannot be read */
    FETCH_FAILED,     /* the image could not be transferred */
    FETCH_REASONS
};

/* As it is stored and shown. */
const char *fetch_reason_text(enum fetch_reason reason);
/* The reason with this text; FETCH_GONE if there is none. */
enum fetch_reason fetch_reason_of_text(const char *text);
bool fetch_reason_may_pass(enum fetch_reason reason);

#endif
