/* Spotify: client credentials flow (RFC 6749, section 4.4), then albums by their ids, twenty at a time. Apps in
 * Spotify's development mode may only request one album at a time since March 2026: they answer 403 to twenty. */
#include <stdlib.h>
#include <string.h>

#include "core/base64.h"
#include "core/clock.h"
#include "fetch/retry.h"
#include "fetch/run.h"
#include "fetch/spotify_answer.h"

enum {
    FAILURES_MAX = 5,
    TOKEN_BODY_MAX = 64 << 10,
    ALBUMS_BODY_MAX = 12 << 20,
    REJECTIONS_MAX = 2,
};
static const double DEFAULT_LIMIT = 30; /* Spotify counts requests over 30 s */
static const double LONGEST_WAIT = 900;
static const double TOKEN_MARGIN = 30;

static const char *const hosts_of_images[] = {"*.scdn.co", "*.spotifycdn.com", NULL};
static const char *const hosts_of_api[] = {"accounts.spotify.com", "api.spotify.com", NULL};

struct spotify;

struct client {
    struct spotify *spotify;
    int number;                 /* in messages */
    struct buffer basic, token; /* the values of headers */
    double expires, limited_until;
    bool requesting, refused, single;
    int failures, rejections;
};

struct lookup {
    struct spotify *spotify;
    struct client *client;
    struct fetch_album *albums[SPOTIFY_BATCH];
    int count, failures;
    double not_before;
    struct lookup *next;
};

struct spotify {
    struct fetch_run *run;
    struct url_policy policy;
    struct client clients[CREDENTIALS_MAX];
    int n_clients, current;
    struct lookup *lookups;
    bool sent;            /* one of them */
    double limited_since; /* 0: not */
};

/* ---- look-ups ---- */

static struct lookup *add_lookup(struct spotify *spotify)
{
    struct lookup *lookup = calloc(1, sizeof *lookup);
    struct error error;
    if (!lookup) {
        run_fail(spotify->run, error_no_memory(&error), &error);
        return NULL;
    }
    *lookup = (struct lookup){.spotify = spotify, .next = spotify->lookups};
    spotify->lookups = lookup;
    return lookup;
}

static void free_lookup(struct lookup *lookup)
{
    struct lookup **place = &lookup->spotify->lookups;
    while (*place != lookup)
        place = &(*place)->next;
    *place = lookup->next;
    free(lookup);
}

static void end_all(struct lookup *lookup, enum fetch_reason reason)
{
    for (int i = 0; i < lookup->count; i++)
        run_end(lookup->spotify->run, lookup->albums[i], reason);
    free_lookup(lookup);
}

static void again(struct lookup *lookup, double seconds)
{
    lookup->not_before = clock_seconds() + seconds;
    run_wake(lookup->spotify->run, lookup->not_before);
}

static void fail_once(struct lookup *lookup, enum fetch_reason reason)
{
    struct fetch_run *run = lookup->spotify->run;
    if (++lookup->failures < FAILURES_MAX)
        again(lookup, retry_backoff(lookup->failures, &run->random) * run->scale);
    else
        end_all(lookup, reason);
}

/* Divides the look-up into parts of at most `size` albums. */
static void divide(struct lookup *lookup, int size)
{
    while (lookup->count > size) {
        struct lookup *part = add_lookup(lookup->spotify);
        if (!part)
            return;
        while (part->count < size && lookup->count > size)
            part->albums[part->count++] = lookup->albums[--lookup->count];
    }
    again(lookup, 0);
}

static void take_albums(struct lookup *lookup, const struct buffer *body)
{
    struct spotify_album found[SPOTIFY_BATCH] = {0};
    struct error error;
    for (int i = 0; i < lookup->count; i++)
        memcpy(found[i].id, lookup->albums[i]->remote_id, SPOTIFY_ID + 1);
    enum status status = lookup->count == 1 ? spotify_read_album(body, found, &error)
                                            : spotify_read_albums(body, found, lookup->count, &error);
    if (status != STATUS_OK) {
        log_message(LOG_DEBUG, "answer of Spotify: %s", error.text);
        fail_once(lookup, FETCH_BAD_ANSWER);
        return;
    }
    struct fetch_run *run = lookup->spotify->run;
    for (int i = 0; i < lookup->count; i++) {
        if (found[i].found == SPOTIFY_IMAGE)
            run_found(run, lookup->albums[i], found[i].url.data);
        else
            run_end(run, lookup->albums[i], found[i].found == SPOTIFY_UNKNOWN ? FETCH_UNKNOWN : FETCH_NO_IMAGE);
        buffer_free(&found[i].url);
    }
    free_lookup(lookup);
}

/* ---- credentials ---- */

/* Stays with one credential until it is limited. NULL: none can be used at present. */
static struct client *choose(struct spotify *spotify, double *free_at)
{
    *free_at = -1;
    for (int i = 0; i < spotify->n_clients; i++) {
        int number = (spotify->current + i) % spotify->n_clients;
        struct client *client = &spotify->clients[number];
        if (client->refused)
            continue;
        if (client->limited_until <= spotify->run->now) {
            spotify->current = number;
            return client;
        }
        if (*free_at < 0 || client->limited_until < *free_at)
            *free_at = client->limited_until;
    }
    return NULL;
}

static void forget_token(struct client *client)
{
    secret_free(&client->token);
    client->expires = 0;
}

static void refuse(struct client *client, int status)
{
    forget_token(client);
    client->refused = true;
    log_message(LOG_WARNING, "credential %d of %d is refused by Spotify (HTTP %d)", client->number,
                client->spotify->n_clients, status);
}

static void limit(struct client *client, double seconds)
{
    struct spotify *spotify = client->spotify;
    double now = clock_seconds(), free_at;
    client->limited_until = now + (seconds >= 0 ? seconds : DEFAULT_LIMIT * spotify->run->scale);
    run_wake(spotify->run, client->limited_until);
    if (!choose(spotify, &free_at) && spotify->limited_since <= 0)
        spotify->limited_since = now;
}

/* A token that was valid a moment ago may have expired or been revoked: it is renewed once. */
static void reject(struct client *client, int status)
{
    forget_token(client);
    if (++client->rejections >= REJECTIONS_MAX)
        refuse(client, status);
}

static void take_lookup(void *context, struct http_answer *answer)
{
    struct lookup *lookup = context;
    struct client *client = lookup->client;
    int status = answer->status;
    lookup->spotify->sent = false;
    if (answer->outcome != HTTP_ANSWERED || status != 200)
        log_message(LOG_DEBUG, "albums at Spotify: HTTP %d, %s", status, answer->reason);
    if (answer->outcome == HTTP_INSECURE) {
        run_fail_insecure(lookup->spotify->run, answer);
        again(lookup, 0);
    } else if (answer->outcome != HTTP_ANSWERED) {
        fail_once(lookup, FETCH_BAD_ANSWER);
    } else if (status == 200) {
        client->rejections = 0;
        take_albums(lookup, &answer->body);
    } else if (status == 401) {
        reject(client, status);
        again(lookup, 0);
    } else if (status == 429) {
        limit(client, answer->retry_after);
        again(lookup, 0);
    } else if (lookup->count > 1 && (status == 403 || status == 404 || status == 410)) {
        client->single = true;
        divide(lookup, 1);
    } else if (lookup->count > 1 && status == 400) {
        divide(lookup, (lookup->count + 1) / 2);
    } else if (status == 403) {
        refuse(client, status);
        again(lookup, 0);
    } else if (status == 400 || status == 404) {
        end_all(lookup, FETCH_UNKNOWN);
    } else {
        fail_once(lookup, FETCH_BAD_ANSWER);
    }
}

static void take_token(void *context, struct http_answer *answer)
{
    struct client *client = context;
    struct fetch_run *run = client->spotify->run;
    struct error error;
    double seconds = 0;
    client->requesting = false;
    forget_token(client);
    buffer_reserve(&client->token, SPOTIFY_TOKEN_MAX + 16);
    buffer_add_text(&client->token, "Bearer ");
    bool answered = answer->outcome == HTTP_ANSWERED;
    if (answered && answer->status == 200 &&
        spotify_read_token(&answer->body, &client->token, &seconds, &error) == STATUS_OK) {
        client->expires = clock_seconds() + (seconds > 2 * TOKEN_MARGIN ? seconds - TOKEN_MARGIN : seconds / 2);
        client->failures = 0;
    } else if (answer->outcome == HTTP_INSECURE) {
        run_fail_insecure(run, answer);
    } else if (answered && answer->status == 429) {
        limit(client, answer->retry_after);
    } else if (answered && answer->status >= 400 && answer->status < 500) {
        refuse(client, answer->status);
    } else if (++client->failures < FAILURES_MAX) {
        limit(client, retry_backoff(client->failures, &run->random) * run->scale);
    } else {
        run_fail(run,
                 error_set(&error, STATUS_FAILED, "the accounts service of Spotify gives no token (HTTP %d%s%s)",
                           answer->status, answer->reason ? ": " : "", answer->reason ? answer->reason : ""),
                 &error);
    }
    if (answer->body.data)
        explicit_bzero(answer->body.data, answer->body.capacity);
}

static enum status request_token(struct client *client, struct error *error)
{
    const struct http_request request = {.url = "https://accounts.spotify.com/api/token",
                                         .form = "grant_type=client_credentials",
                                         .authorization = client->basic.data,
                                         .body_max = TOKEN_BODY_MAX,
                                         .policy = &client->spotify->policy,
                                         .done = take_token,
                                         .context = client};
    if (client->requesting)
        return STATUS_OK;
    client->requesting = true;
    return http_start(client->spotify->run->http, &request, error);
}

static enum status all_limited(struct spotify *spotify, double free_at, struct error *error)
{
    struct fetch_run *run = spotify->run;
    if (free_at < 0)
        return error_set(error, STATUS_FAILED,
                         "all credentials are refused by Spotify; check %s or the file " CREDENTIALS_FILE,
                         CREDENTIALS_VARIABLE);
    if (free_at - run->now > LONGEST_WAIT)
        return error_set(
            error, STATUS_FAILED,
            "all credentials are limited by Spotify for the next %.0f minutes; covers that were found stay, and the "
            "same command continues",
            (free_at - run->now) / 60);
    run_note(run, "waiting for the rate limit");
    run_wake(run, free_at);
    return STATUS_OK;
}

static void count_limited(struct spotify *spotify)
{
    if (spotify->limited_since > 0)
        spotify->run->report->limited_seconds += clock_seconds() - spotify->limited_since;
    spotify->limited_since = 0;
    run_note(spotify->run, NULL);
}

/* ---- requests ---- */

static void add_url(const struct lookup *lookup, struct buffer *url)
{
    if (lookup->count == 1) {
        buffer_printf(url, "https://api.spotify.com/v1/albums/%s", lookup->albums[0]->remote_id);
        return;
    }
    buffer_add_text(url, "https://api.spotify.com/v1/albums?ids=");
    for (int i = 0; i < lookup->count; i++)
        buffer_printf(url, "%s%s", i == 0 ? "" : ",", lookup->albums[i]->remote_id);
}

static enum status send(struct lookup *lookup, struct client *client, struct error *error)
{
    struct buffer url = {0};
    add_url(lookup, &url);
    if (url.failed) {
        buffer_free(&url);
        return error_no_memory(error);
    }
    const struct http_request request = {.url = url.data,
                                         .authorization = client->token.data,
                                         .body_max = ALBUMS_BODY_MAX,
                                         .policy = &lookup->spotify->policy,
                                         .done = take_lookup,
                                         .context = lookup};
    lookup->client = client;
    enum status status = http_start(lookup->spotify->run->http, &request, error);
    lookup->spotify->sent = status == STATUS_OK;
    buffer_free(&url);
    return status;
}

/* The id in a key "spotify:album:ID"; an album with any other is not known there. */
static bool take_id(struct fetch_album *album)
{
    const char *id = album->key + strlen(fetch_spotify.site.key_prefix);
    if (strlen(id) != SPOTIFY_ID ||
        strspn(id, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != SPOTIFY_ID)
        return false;
    memcpy(album->remote_id, id, SPOTIFY_ID + 1);
    return true;
}

/* A new look-up; NULL: there are no albums at present. */
static struct lookup *take_batch(struct spotify *spotify, int size)
{
    struct lookup *lookup = NULL;
    for (struct fetch_album *album; (!lookup || lookup->count < size) && (album = run_take(spotify->run));) {
        if (!take_id(album)) {
            run_end(spotify->run, album, FETCH_UNKNOWN);
        } else if (lookup || (lookup = add_lookup(spotify))) {
            lookup->albums[lookup->count++] = album;
        } else {
            album_free(album);
            return NULL;
        }
    }
    return lookup;
}

/* A look-up whose time has come, otherwise a new one. */
static struct lookup *next_lookup(struct spotify *spotify, const struct client *client)
{
    for (struct lookup *lookup = spotify->lookups; lookup; lookup = lookup->next) {
        if (lookup->not_before <= spotify->run->now)
            return lookup;
        run_wake(spotify->run, lookup->not_before);
    }
    if (spotify->lookups || run_space(spotify->run) < SPOTIFY_BATCH)
        return NULL;
    return take_batch(spotify, client->single ? 1 : SPOTIFY_BATCH);
}

/* One request at a time, so that none is sent while the answer that limits the credential is on its way. */
static enum status step(struct fetch_run *run, struct error *error)
{
    struct spotify *spotify = run->state;
    double free_at;
    if (spotify->sent)
        return STATUS_OK;
    struct client *client = choose(spotify, &free_at);
    if (!client)
        return all_limited(spotify, free_at, error);
    count_limited(spotify);
    if (client->expires <= run->now)
        return request_token(client, error);
    struct lookup *lookup = next_lookup(spotify, client);
    if (lookup && client->single && lookup->count > 1)
        divide(lookup, 1);
    return lookup ? send(lookup, client, error) : STATUS_OK;
}

/* ---- the source ---- */

static void close_source(struct fetch_run *run)
{
    struct spotify *spotify = run->state;
    if (!spotify)
        return;
    count_limited(spotify);
    while (spotify->lookups) {
        for (int i = 0; i < spotify->lookups->count; i++)
            album_free(spotify->lookups->albums[i]);
        free_lookup(spotify->lookups);
    }
    for (int i = 0; i < spotify->n_clients; i++) {
        secret_free(&spotify->clients[i].basic);
        secret_free(&spotify->clients[i].token);
    }
    free(spotify);
    run->state = NULL;
}

/* "Basic " and id:secret in base64. */
static bool set_basic(struct client *client, const struct credential *credential)
{
    char pair[2 * CREDENTIAL_PART_MAX + 2];
    size_t id = strlen(credential->id), secret = strlen(credential->secret);
    memcpy(pair, credential->id, id);
    pair[id] = ':';
    memcpy(pair + id + 1, credential->secret, secret);
    buffer_reserve(&client->basic, 2 * sizeof pair);
    buffer_add_text(&client->basic, "Basic ");
    base64_add(pair, id + 1 + secret, &client->basic);
    explicit_bzero(pair, sizeof pair);
    return !client->basic.failed;
}

static enum status open_source(struct fetch_run *run, struct error *error)
{
    struct spotify *spotify = calloc(1, sizeof *spotify);
    run->state = spotify;
    if (!spotify)
        return error_no_memory(error);
    spotify->run = run;
    spotify->policy = (struct url_policy){hosts_of_api, run->images.substitute};
    spotify->n_clients = run->credentials->count;
    for (int i = 0; i < spotify->n_clients; i++) {
        spotify->clients[i].spotify = spotify;
        spotify->clients[i].number = i + 1;
        if (!set_basic(&spotify->clients[i], &run->credentials->items[i]))
            return error_no_memory(error);
    }
    return STATUS_OK;
}

const struct fetch_source fetch_spotify = {
    .site = {.name = "spotify", .key_prefix = "spotify:album:"},
    .title = "Spotify",
    .hosts = hosts_of_images,
    .not_found = FETCH_GONE,
    .albums_max = 2 * SPOTIFY_BATCH,
    .open = open_source,
    .close = close_source,
    .step = step,
};
