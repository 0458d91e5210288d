#include "fetch/outcome.h"

#include <stdlib.h>
#include <time.h>

#include "core/clock.h"

static const double STORE_SECONDS = 1;
/* A failure that may pass is tried again after this time, twice as long after each further run. */
enum { RETRY_SECONDS = 3600, RETRY_SECONDS_MAX = 7 * 24 * 3600 };

void outcome_add(struct fetch_run *run, struct fetch_album *album, enum fetch_reason reason, bool shared,
                 const char *url_hash, struct prepared_cover *cover)
{
    struct outcome *outcome = calloc(1, sizeof *outcome);
    struct error error;
    if (!outcome) {
        if (cover)
            prepared_cover_free(cover);
        run_fail(run, error_no_memory(&error), &error);
        album_free(album);
        return;
    }
    *outcome = (struct outcome){.album = album, .reason = reason, .shared = shared, .next = run->outcomes};
    for (size_t i = 0; url_hash && url_hash[i] && i + 1 < sizeof outcome->url_hash; i++)
        outcome->url_hash[i] = url_hash[i];
    if (cover)
        outcome->cover = *cover;
    run->outcomes = outcome;
    run->n_outcomes++;
    run->n_failed = fetch_reason_may_pass(reason) ? run->n_failed + 1 : 0;
}

void run_end(struct fetch_run *run, struct fetch_album *album, enum fetch_reason reason)
{
    run->at_source--;
    outcome_add(run, album, reason, false, NULL, NULL);
}

static int64_t retry_time(const struct outcome *outcome, int64_t now)
{
    int64_t seconds = RETRY_SECONDS;
    for (int64_t i = 0; i < outcome->album->attempts && seconds < RETRY_SECONDS_MAX; i++)
        seconds *= 2;
    return fetch_reason_may_pass(outcome->reason) ? now + (seconds < RETRY_SECONDS_MAX ? seconds : RETRY_SECONDS_MAX)
                                                  : 0;
}

static enum status store_one(struct fetch_run *run, const struct outcome *outcome, struct error *error)
{
    const struct fetch_album *album = outcome->album;
    int64_t now = time(NULL);
    bool changed;
    const struct cover_fetch fetch = {.album_id = album->id,
                                      .source = run->source->site.name,
                                      .remote_id = album->remote_id,
                                      .url_hash = outcome->url_hash,
                                      .reason = fetch_reason_text(outcome->reason),
                                      .attempts =
                                          album->attempts > 0 && album->attempts < 1000 ? album->attempts + 1 : 1,
                                      .tried = now,
                                      .retry_after = retry_time(outcome, now)};
    enum status status = outcome->reason == FETCH_STORED
                             ? cover_store(run->catalogue, album->id, &outcome->cover, &changed, error)
                             : STATUS_OK;
    return status == STATUS_OK ? catalogue_cover_fetch_write(run->catalogue, &fetch, error) : status;
}

static enum status store_all(struct fetch_run *run, struct error *error)
{
    bool stored = false;
    enum status status = catalogue_begin(run->catalogue, error);
    if (status != STATUS_OK)
        return status;
    for (const struct outcome *outcome = run->outcomes; outcome && status == STATUS_OK; outcome = outcome->next) {
        status = store_one(run, outcome, error);
        stored = stored || outcome->reason == FETCH_STORED;
    }
    if (status == STATUS_OK && stored)
        status = covers_raise_version(run->catalogue, error);
    if (status == STATUS_OK)
        status = catalogue_commit(run->catalogue, error);
    if (status != STATUS_OK)
        catalogue_rollback(run->catalogue);
    return status;
}

enum status outcomes_store(struct fetch_run *run, bool all, struct error *error)
{
    double due = run->stored_at + STORE_SECONDS * run->scale;
    if (run->n_outcomes == 0) {
        run->stored_at = run->now;
        return STATUS_OK;
    }
    if (!all && run->n_outcomes < FETCH_BATCH && run->now < due) {
        run_wake(run, due);
        return STATUS_OK;
    }
    enum status status = store_all(run, error);
    run->stored_at = clock_seconds();
    for (const struct outcome *outcome = run->outcomes; status == STATUS_OK && outcome; outcome = outcome->next) {
        run->report->by_reason[outcome->reason]++;
        run->report->shared += outcome->shared && outcome->reason == FETCH_STORED;
        run->n_done++;
    }
    if (status == STATUS_OK)
        outcomes_free(run);
    return status;
}

void outcomes_free(struct fetch_run *run)
{
    while (run->outcomes) {
        struct outcome *first = run->outcomes;
        run->outcomes = first->next;
        album_free(first->album);
        prepared_cover_free(&first->cover);
        free(first);
    }
    run->n_outcomes = 0;
}
