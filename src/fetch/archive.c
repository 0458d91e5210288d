/* The Cover Art Archive: images of releases and release groups by their MusicBrainz ids. An album whose id is not known
 * is searched at MusicBrainz, which permits one request a second. */
#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "fetch/retry.h"
#include "fetch/run.h"

enum { FAILURES_MAX = 5, LIMITS_MAX = 20, SEARCH_BODY_MAX = 4 << 20 };
static const double SEARCH_SECONDS = 1.05; /* between the starts of two searches */
static const double LONGEST_WAIT = 900;

static const char *const hosts_of_images[] = {"coverartarchive.org", "archive.org", "*.archive.org", NULL};
static const char *const hosts_of_search[] = {"musicbrainz.org", NULL};

struct archive {
    struct fetch_run *run;
    struct url_policy policy;
    struct album_queue waiting;   /* albums to search */
    struct fetch_album *searched; /* the one whose search was sent, or is to be sent again */
    bool sent;
    int failures, limits; /* of that one */
    double not_before;    /* the next search */
};

/* ---- images ---- */

static void set_remote_id(struct fetch_album *album)
{
    snprintf(album->remote_id, sizeof album->remote_id, "%s/%s", mbid_entity(album->mbid.kind), album->mbid.id);
}

static void add_image_url(const struct fetch_album *album, struct buffer *url)
{
    buffer_printf(url, "https://coverartarchive.org/%s/front-500", album->remote_id);
}

static void found(struct fetch_run *run, struct fetch_album *album)
{
    struct buffer url = {0};
    struct error error;
    set_remote_id(album);
    add_image_url(album, &url);
    if (url.failed) {
        run_fail(run, error_no_memory(&error), &error);
        run->at_source--;
        album_free(album);
    } else {
        run_found(run, album, url.data);
    }
    buffer_free(&url);
}

/* A bare id may be that of a release or of a release group. */
static bool other_url(struct fetch_album *album, struct buffer *url)
{
    if (album->mbid.kind != MBID_EITHER)
        return false;
    album->mbid.kind = MBID_GROUP;
    set_remote_id(album);
    add_image_url(album, url);
    return true;
}

/* ---- search ---- */

static void end_search(struct archive *archive)
{
    archive->searched = NULL;
    archive->failures = archive->limits = 0;
}

static void pause_for(struct archive *archive, double seconds)
{
    double until = clock_seconds() + seconds;
    if (until > archive->not_before)
        archive->not_before = until;
}

static void fail_once(struct archive *archive, const struct http_answer *answer)
{
    struct fetch_run *run = archive->run;
    if (++archive->failures < FAILURES_MAX) {
        pause_for(archive, retry_backoff(archive->failures, &run->random) * run->scale);
        return;
    }
    if (run_fail_unreached(run, answer))
        return;
    run_end(run, archive->searched, FETCH_BAD_ANSWER);
    end_search(archive);
}

static void take_limit(struct archive *archive, const struct http_answer *answer)
{
    double seconds = answer->retry_after;
    struct error error;
    if (seconds < 0 || ++archive->limits > LIMITS_MAX) {
        fail_once(archive, answer);
        return;
    }
    if (seconds > LONGEST_WAIT) {
        run_fail(
            archive->run,
            error_set(&error, STATUS_FAILED,
                      "searches are limited by MusicBrainz for the next %.0f minutes; covers that were found stay, and "
                      "the same command continues",
                      seconds / 60),
            &error);
        return;
    }
    archive->run->report->limited_seconds += seconds;
    pause_for(archive, seconds);
}

static void take_results(struct archive *archive, const struct http_answer *answer)
{
    struct fetch_album *album = archive->searched;
    enum musicbrainz_match match;
    struct error error;
    if (musicbrainz_read_search(&answer->body, album->title, album->artist, &match, &album->mbid, &error) !=
        STATUS_OK) {
        log_message(LOG_DEBUG, "answer of MusicBrainz: %s", error.text);
        fail_once(archive, answer);
        return;
    }
    end_search(archive);
    if (match == MATCH_FOUND)
        found(archive->run, album);
    else
        run_end(archive->run, album, match == MATCH_AMBIGUOUS ? FETCH_AMBIGUOUS : FETCH_UNMATCHED);
}

static void take_search(void *context, struct http_answer *answer)
{
    struct archive *archive = context;
    archive->sent = false;
    if (answer->outcome != HTTP_ANSWERED || answer->status != 200)
        log_message(LOG_DEBUG, "search at MusicBrainz: HTTP %d, %s", answer->status, answer->reason);
    if (answer->outcome == HTTP_INSECURE)
        run_fail_insecure(archive->run, answer);
    else if (answer->outcome == HTTP_ANSWERED && answer->status == 200)
        take_results(archive, answer);
    else if (answer->outcome == HTTP_ANSWERED && (answer->status == 429 || answer->status == 503))
        take_limit(archive, answer);
    else
        fail_once(archive, answer);
}

static enum status send_search(struct archive *archive, struct error *error)
{
    struct buffer url = {0};
    musicbrainz_add_search(archive->searched->title, archive->searched->artist, &url);
    const struct http_request request = {.url = url.data,
                                         .body_max = SEARCH_BODY_MAX,
                                         .policy = &archive->policy,
                                         .done = take_search,
                                         .context = archive};
    enum status status = STATUS_OK;
    if (url.failed) {
        status = error_no_memory(error);
    } else if (url.size > URL_MAX) { /* titles and names of several thousand characters */
        run_end(archive->run, archive->searched, FETCH_UNMATCHED);
        end_search(archive);
    } else {
        status = http_start(archive->run->http, &request, error);
        archive->sent = status == STATUS_OK;
        archive->not_before = clock_seconds() + SEARCH_SECONDS * archive->run->scale;
    }
    buffer_free(&url);
    return status;
}

static enum status step(struct fetch_run *run, struct error *error)
{
    struct archive *archive = run->state;
    for (struct fetch_album *album; (album = run_take(run));)
        if (album->has_mbid)
            found(run, album);
        else
            album_queue_add(&archive->waiting, album);
    if (archive->sent)
        return STATUS_OK;
    if (!archive->searched)
        archive->searched = album_queue_take(&archive->waiting);
    if (archive->searched && archive->not_before > run->now) {
        run_wake(run, archive->not_before);
        return STATUS_OK;
    }
    return archive->searched ? send_search(archive, error) : STATUS_OK;
}

/* ---- the source ---- */

static void close_source(struct fetch_run *run)
{
    struct archive *archive = run->state;
    if (!archive)
        return;
    if (archive->searched)
        album_free(archive->searched);
    for (struct fetch_album *album; (album = album_queue_take(&archive->waiting));)
        album_free(album);
    free(archive);
    run->state = NULL;
}

static enum status open_source(struct fetch_run *run, struct error *error)
{
    struct archive *archive = calloc(1, sizeof *archive);
    run->state = archive;
    if (!archive)
        return error_no_memory(error);
    archive->run = run;
    archive->policy = (struct url_policy){hosts_of_search, run->images.substitute};
    return STATUS_OK;
}

const struct fetch_source fetch_archive = {
    .site = {.name = "coverartarchive", .key_prefix = ""},
    .title = "the Cover Art Archive",
    .hosts = hosts_of_images,
    .not_found = FETCH_NO_IMAGE,
    .albums_max = 20,
    .open = open_source,
    .close = close_source,
    .step = step,
    .other_url = other_url,
};
