#include "fetch/spotify_clients.h"

#include <string.h>

#include "core/base64.h"
#include "core/clock.h"
#include "fetch/retry.h"
#include "fetch/spotify_answer.h"

enum { FAILURES_MAX = 5, LIMITS_MAX = 20, TOKEN_BODY_MAX = 64 << 10, REJECTIONS_MAX = 2 };
static const double DEFAULT_LIMIT = 30; /* Spotify counts requests over 30 s */
static const double SHORTEST_LIMIT = 1; /* also where Retry-After is 0 */
static const double LONGEST_WAIT = 900;
static const double TOKEN_MARGIN = 30;

/* NULL: none can be used before *free_at; -1: never. */
static struct spotify_client *choose(struct spotify_clients *clients, double *free_at)
{
    *free_at = -1;
    for (int i = 0; i < clients->count; i++) {
        int number = (clients->current + i) % clients->count;
        struct spotify_client *client = &clients->items[number];
        if (client->refused)
            continue;
        if (client->limited_until <= clients->run->now) {
            clients->current = number;
            return client;
        }
        if (*free_at < 0 || client->limited_until < *free_at)
            *free_at = client->limited_until;
    }
    return NULL;
}

static void forget_token(struct spotify_client *client)
{
    secret_free(&client->token);
    client->expires = 0;
}

void spotify_client_refused(struct spotify_client *client, int status)
{
    forget_token(client);
    client->refused = true;
    log_message(LOG_WARNING, "credential %d of %d is refused by Spotify (HTTP %d)", client->number,
                client->clients->count, status);
}

void spotify_client_limited(struct spotify_client *client, double retry_after)
{
    struct spotify_clients *clients = client->clients;
    double now = clock_seconds(), shortest = SHORTEST_LIMIT * clients->run->scale, free_at;
    double seconds = retry_after >= 0 ? retry_after : DEFAULT_LIMIT * clients->run->scale;
    client->limited_until = now + (seconds > shortest ? seconds : shortest);
    run_wake(clients->run, client->limited_until);
    if (!choose(clients, &free_at) && clients->limited_since <= 0)
        clients->limited_since = now;
}

void spotify_client_accepted(struct spotify_client *client)
{
    client->rejections = 0;
}

void spotify_client_rejected(struct spotify_client *client, int status)
{
    forget_token(client);
    if (++client->rejections >= REJECTIONS_MAX)
        spotify_client_refused(client, status);
}

/* ---- tokens ---- */

static enum status no_token(const struct http_answer *answer, struct error *error)
{
    static const char text[] = "the accounts service of Spotify gives no token";
    if (answer->status > 0)
        return error_set(error, STATUS_FAILED, "%s, it answers with HTTP status %d", text, answer->status);
    return error_set(error, STATUS_FAILED, "%s: %s", text, answer->reason);
}

static void take_token(void *context, struct http_answer *answer)
{
    struct spotify_client *client = context;
    struct fetch_run *run = client->clients->run;
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
    } else if (answered && answer->status == 429 && ++client->limits <= LIMITS_MAX) {
        spotify_client_limited(client, answer->retry_after);
    } else if (answered && answer->status >= 400 && answer->status < 500) {
        spotify_client_refused(client, answer->status);
    } else if (++client->failures < FAILURES_MAX) {
        spotify_client_limited(client, retry_backoff(client->failures, &run->random) * run->scale);
    } else {
        run_fail(run, no_token(answer, &error), &error);
    }
    if (answer->body.data)
        explicit_bzero(answer->body.data, answer->body.capacity);
}

static enum status request_token(struct spotify_client *client, struct error *error)
{
    const struct http_request request = {.url = "https://accounts.spotify.com/api/token",
                                         .form = "grant_type=client_credentials",
                                         .authorization = client->basic.data,
                                         .body_max = TOKEN_BODY_MAX,
                                         .policy = client->clients->policy,
                                         .done = take_token,
                                         .context = client};
    if (client->requesting)
        return STATUS_OK;
    client->requesting = true;
    return http_start(client->clients->run->http, &request, error);
}

/* ---- which one ---- */

static enum status all_limited(struct spotify_clients *clients, double free_at, struct error *error)
{
    struct fetch_run *run = clients->run;
    if (run->n_images > 0 && (free_at < 0 || free_at - run->now > LONGEST_WAIT))
        return STATUS_OK; /* they are finished first */
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

static void count_limited(struct spotify_clients *clients)
{
    if (clients->limited_since > 0)
        clients->run->report->limited_seconds += clock_seconds() - clients->limited_since;
    clients->limited_since = 0;
    run_note(clients->run, NULL);
}

enum status spotify_clients_ready(struct spotify_clients *clients, struct spotify_client **out, struct error *error)
{
    double free_at;
    struct spotify_client *client = choose(clients, &free_at);
    *out = NULL;
    if (!client)
        return all_limited(clients, free_at, error);
    count_limited(clients);
    if (client->expires <= clients->run->now)
        return request_token(client, error);
    *out = client;
    return STATUS_OK;
}

/* ---- opening ---- */

/* "Basic " and id:secret in base64. */
static bool set_basic(struct spotify_client *client, const struct credential *credential)
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

enum status spotify_clients_open(struct fetch_run *run, const struct url_policy *policy,
                                 struct spotify_clients *clients, struct error *error)
{
    *clients = (struct spotify_clients){.run = run, .policy = policy, .count = run->credentials->count};
    for (int i = 0; i < clients->count; i++) {
        clients->items[i].clients = clients;
        clients->items[i].number = i + 1;
        if (!set_basic(&clients->items[i], &run->credentials->items[i]))
            return error_no_memory(error);
    }
    return STATUS_OK;
}

void spotify_clients_close(struct spotify_clients *clients)
{
    count_limited(clients);
    for (int i = 0; i < clients->count; i++) {
        secret_free(&clients->items[i].basic);
        secret_free(&clients->items[i].token);
    }
}
