#ifndef SLEEVE_FETCH_SPOTIFY_ANSWER_H
#define SLEEVE_FETCH_SPOTIFY_ANSWER_H

#include <stdbool.h>

#include "core/buffer.h"
#include "core/status.h"

/* What Spotify's accounts service and Web API answer, in JSON. Answers are not trusted. */

enum { SPOTIFY_BATCH = 20, SPOTIFY_ID = 22, SPOTIFY_TOKEN_MAX = 4096 };

/* {"access_token": ..., "token_type": "Bearer", "expires_in": seconds}. Appends the token, which consists of visible
 * ASCII characters. */
enum status spotify_read_token(const struct buffer *body, struct buffer *token, double *expires_in,
                               struct error *error);

enum spotify_found { SPOTIFY_UNKNOWN, SPOTIFY_NO_IMAGE, SPOTIFY_IMAGE };

struct spotify_album {
    char id[SPOTIFY_ID + 1]; /* set by the caller */
    enum spotify_found found;
    struct buffer url; /* of the largest image; freed by the caller */
};

/* {"albums": [album or null, ...]} for these `count` ids. Albums are found by their ids, whatever their order; one that
 * is null or missing is unknown. STATUS_BAD_DATA for an album that was not requested or comes twice, or another number
 * of albums. */
enum status spotify_read_albums(const struct buffer *body, struct spotify_album *albums, int count,
                                struct error *error);
/* An album that was requested alone. */
enum status spotify_read_album(const struct buffer *body, struct spotify_album *album, struct error *error);

#endif
