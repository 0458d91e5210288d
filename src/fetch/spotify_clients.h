#ifndef SLEEVE_FETCH_SPOTIFY_CLIENTS_H
#define SLEEVE_FETCH_SPOTIFY_CLIENTS_H

#include "fetch/run.h"

/* Internal to fetch: the credentials of Spotify, their tokens, and which one is used. One is used until it is limited,
 * then the next. */

struct spotify_clients;

struct spotify_client {
    struct spotify_clients *clients;
    int number;                 /* in messages */
    struct buffer basic, token; /* the values of headers */
    double expires, limited_until;
    bool requesting, refused;
    bool single;          /* albums can only be requested one at a time */
    int failures, limits; /* of requests for a token */
    int rejections;
};

struct spotify_clients {
    struct fetch_run *run;
    const struct url_policy *policy;
    struct spotify_client items[CREDENTIALS_MAX];
    int count, current;
    double limited_since; /* 0: not */
};

enum status spotify_clients_open(struct fetch_run *run, const struct url_policy *policy,
                                 struct spotify_clients *clients, struct error *error);
void spotify_clients_close(struct spotify_clients *clients);

/* One with a valid token; NULL: none at present, a token was requested or all are limited. STATUS_FAILED if all are
 * refused, or limited for more than 15 minutes. */
enum status spotify_clients_ready(struct spotify_clients *clients, struct spotify_client **client, struct error *error);

/* After an answer with 200; with 401: a token that was valid a moment ago may have expired, it is renewed once; with
 * 429, and the seconds of Retry-After; with 403. */
void spotify_client_accepted(struct spotify_client *client);
void spotify_client_rejected(struct spotify_client *client, int status);
void spotify_client_limited(struct spotify_client *client, double retry_after);
void spotify_client_refused(struct spotify_client *client, int status);

#endif
