#ifndef SLEEVE_FETCH_OUTCOME_H
#define SLEEVE_FETCH_OUTCOME_H

#include "fetch/run.h"
#include "vision/cover_prepare.h"

/* Internal to fetch: results that are not in the catalogue yet. */

struct outcome {
    struct fetch_album *album;
    enum fetch_reason reason;
    bool shared;                 /* its image was fetched for another album */
    char url_hash[33];           /* "": none */
    struct prepared_cover cover; /* of a stored one; owned */
    struct outcome *next;
};

/* Takes over the album and what `cover` (may be NULL) holds. */
void outcome_add(struct fetch_run *run, struct fetch_album *album, enum fetch_reason reason, bool shared,
                 const char *url_hash, struct prepared_cover *cover);
/* Stores them in one transaction if they are many or wait for long, or with `all`. */
enum status outcomes_store(struct fetch_run *run, bool all, struct error *error);
void outcomes_free(struct fetch_run *run);

#endif
