/* Spotify: client credentials flow (RFC 6749, section 4.4), then albums by their ids, twenty at a time. Apps in
 * Spotify's development mode may only request one album at a time since March 2026: they answer 403 to twenty. */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "fetch/retry.h"
#include "fetch/spotify_answer.h"
#include "fetch/spotify_clients.h"

enum { FAILURES_MAX = 5, LIMITS_MAX = 20, ALBUMS_BODY_MAX = 12 << 20 };

static const char *const hosts_of_images[] = {"*.scdn.co", "*.spotifycdn.com", NULL};
static const char *const hosts_of_api[] = {"accounts.spotify.com", "api.spotify.com", NULL};

struct spotify;

struct lookup {
    struct spotify *spotify;
    struct spotify_client *client;
    struct fetch_album *albums[SPOTIFY_BATCH];
    int count, failures, limits;
    double not_before;
    struct lookup *next;
};

struct spotify {
    struct fetch_run *run;
    struct url_policy policy;
    struct spotify_clients clients;
    struct lookup *lookups;
    bool sent; /* one of them */
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

static void fail_once(struct lookup *lookup, const struct http_answer *answer)
{
    struct fetch_run *run = lookup->spotify->run;
    if (++lookup->failures < FAILURES_MAX)
        again(lookup, retry_backoff(lookup->failures, &run->random) * run->scale);
    else if (run_fail_unreached(run, answer))
        again(lookup, 0);
    else
        end_all(lookup, FETCH_BAD_ANSWER);
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

static void take_albums(struct lookup *lookup, const struct http_answer *answer)
{
    struct spotify_album found[SPOTIFY_BATCH] = {0};
    struct error error;
    for (int i = 0; i < lookup->count; i++)
        memcpy(found[i].id, lookup->albums[i]->remote_id, SPOTIFY_ID + 1);
    enum status status = lookup->count == 1 ? spotify_read_album(&answer->body, found, &error)
                                            : spotify_read_albums(&answer->body, found, lookup->count, &error);
    if (status != STATUS_OK) {
        log_message(LOG_DEBUG, "answer of Spotify: %s", error.text);
        fail_once(lookup, answer);
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

static void take_lookup(void *context, struct http_answer *answer)
{
    struct lookup *lookup = context;
    struct spotify_client *client = lookup->client;
    int status = answer->status;
    lookup->spotify->sent = false;
    if (answer->outcome != HTTP_ANSWERED || status != 200)
        log_message(LOG_DEBUG, "albums at Spotify: HTTP %d, %s", status, answer->reason);
    if (answer->outcome == HTTP_INSECURE) {
        run_fail_insecure(lookup->spotify->run, answer);
        again(lookup, 0);
    } else if (answer->outcome != HTTP_ANSWERED) {
        fail_once(lookup, answer);
    } else if (status == 200) {
        spotify_client_accepted(client);
        take_albums(lookup, answer);
    } else if (status == 401) {
        spotify_client_rejected(client, status);
        again(lookup, 0);
    } else if (status == 429) {
        spotify_client_limited(client, answer->retry_after);
        if (++lookup->limits <= LIMITS_MAX)
            again(lookup, 0);
        else
            fail_once(lookup, answer);
    } else if (lookup->count > 1 && (status == 403 || status == 404 || status == 410)) {
        client->single = true;
        divide(lookup, 1);
    } else if (lookup->count > 1 && status == 400) {
        divide(lookup, (lookup->count + 1) / 2);
    } else if (status == 403) {
        spotify_client_refused(client, status);
        again(lookup, 0);
    } else if (status == 400 || status == 404) {
        end_all(lookup, FETCH_UNKNOWN);
    } else {
        fail_once(lookup, answer);
    }
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

static enum status send(struct lookup *lookup, struct spotify_client *client, struct error *error)
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

/* A look-up whose time has come. */
static struct lookup *find_due(const struct spotify *spotify)
{
    for (struct lookup *lookup = spotify->lookups; lookup; lookup = lookup->next) {
        if (lookup->not_before <= spotify->run->now)
            return lookup;
        run_wake(spotify->run, lookup->not_before);
    }
    return NULL;
}

/* Batches are full, unless they are the last ones. */
static bool may_take_batch(const struct spotify *spotify)
{
    return !spotify->lookups && run_has_more(spotify->run) && run_space(spotify->run) >= SPOTIFY_BATCH;
}

/* One request at a time, so that none is sent while the answer that limits the credential is on its way. */
static enum status step(struct fetch_run *run, struct error *error)
{
    struct spotify *spotify = run->state;
    struct lookup *lookup = find_due(spotify);
    struct spotify_client *client;
    if (spotify->sent || (!lookup && !may_take_batch(spotify)))
        return STATUS_OK;
    enum status status = spotify_clients_ready(&spotify->clients, &client, error);
    if (!client)
        return status;
    if (!lookup)
        lookup = take_batch(spotify, client->single ? 1 : SPOTIFY_BATCH);
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
    while (spotify->lookups) {
        for (int i = 0; i < spotify->lookups->count; i++)
            album_free(spotify->lookups->albums[i]);
        free_lookup(spotify->lookups);
    }
    spotify_clients_close(&spotify->clients);
    free(spotify);
    run->state = NULL;
}

static enum status open_source(struct fetch_run *run, struct error *error)
{
    struct spotify *spotify = calloc(1, sizeof *spotify);
    run->state = spotify;
    if (!spotify)
        return error_no_memory(error);
    spotify->run = run;
    spotify->policy = (struct url_policy){hosts_of_api, run->images.substitute};
    return spotify_clients_open(run, &spotify->policy, &spotify->clients, error);
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
