#include "fetch/run.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "fetch/mbid_map.h"

void album_queue_add(struct album_queue *queue, struct fetch_album *album)
{
    album->next = NULL;
    if (queue->last)
        queue->last->next = album;
    else
        queue->first = album;
    queue->last = album;
    queue->count++;
}

struct fetch_album *album_queue_take(struct album_queue *queue)
{
    struct fetch_album *album = queue->first;
    if (!album)
        return NULL;
    queue->first = album->next;
    if (!queue->first)
        queue->last = NULL;
    queue->count--;
    album->next = NULL;
    return album;
}

void album_free(struct fetch_album *album)
{
    if (!album)
        return;
    free(album->key);
    free(album->title);
    free(album->artist);
    free(album);
}

void run_fail(struct fetch_run *run, enum status status, const struct error *error)
{
    if (run->status != STATUS_OK)
        return;
    run->status = status;
    run->error = *error;
}

void run_fail_insecure(struct fetch_run *run, const struct http_answer *answer)
{
    struct error error;
    run_fail(
        run,
        error_set(&error, STATUS_FAILED,
                  "a server of %s could not be verified, its certificate is not valid here: %s; check the clock and "
                  "the package ca-certificates",
                  run->source->title, answer->reason),
        &error);
}

bool run_fail_unreached(struct fetch_run *run, const struct http_answer *answer)
{
    struct error error;
    if (answer->outcome != HTTP_FAILED || answer->status > 0)
        return false;
    run_fail(run,
             error_set(&error, STATUS_FAILED,
                       "%s cannot be reached: %s; covers that were found stay, and the same command continues",
                       run->source->title, answer->reason),
             &error);
    return true;
}

void run_wake(struct fetch_run *run, double at)
{
    if (at < run->wake)
        run->wake = at;
}

void run_note(struct fetch_run *run, const char *note)
{
    if (run->settings->progress)
        run->settings->progress->note = note;
}

/* ---- albums from the catalogue ---- */

enum { PAGE = 200 };

/* Its id in the map, in its key, in the tags of its files, or found by an earlier run. */
static void find_mbid(const struct fetch_run *run, struct fetch_album *album, const struct cover_wanted *wanted)
{
    const struct mbid *mapped = mbid_map_find(run->map, album->key);
    if (mapped)
        album->mbid = *mapped;
    album->has_mbid = mapped || mbid_read(wanted->key, &album->mbid) || mbid_read(wanted->release, &album->mbid) ||
                      mbid_read(wanted->remote_id, &album->mbid);
}

static enum status add_ready(const struct cover_wanted *wanted, void *context, struct error *error)
{
    struct fetch_run *run = context;
    struct fetch_album *album = calloc(1, sizeof *album);
    if (!album)
        return error_no_memory(error);
    album->id = wanted->album_id;
    album->attempts = wanted->attempts;
    album->key = strdup(wanted->key);
    album->title = strdup(wanted->title);
    album->artist = strdup(wanted->artist);
    if (!album->key || !album->title || !album->artist) {
        album_free(album);
        return error_no_memory(error);
    }
    find_mbid(run, album, wanted);
    run->after = album->id;
    album_queue_add(&run->ready, album);
    return STATUS_OK;
}

static void read_page(struct fetch_run *run)
{
    struct error error;
    enum status status =
        catalogue_covers_wanted(run->catalogue, &run->choice, run->after, PAGE, add_ready, run, &error);
    if (status != STATUS_OK)
        run_fail(run, status, &error);
    run->exhausted = run->ready.count < PAGE;
}

bool run_has_more(const struct fetch_run *run)
{
    return (!run->exhausted || run->ready.first) && (run->limit == 0 || run->taken < run->limit);
}

int run_space(const struct fetch_run *run)
{
    int at_source = run->source->albums_max - run->at_source;
    int in_all = run->source->albums_max + 4 * run->settings->concurrency - run->at_source - run->n_images;
    return at_source < in_all ? at_source : in_all;
}

struct fetch_album *run_take(struct fetch_run *run)
{
    if (run->status != STATUS_OK || run_space(run) <= 0 || !run_has_more(run))
        return NULL;
    if (!run->ready.first && !run->exhausted)
        read_page(run);
    struct fetch_album *album = album_queue_take(&run->ready);
    if (album) {
        run->taken++;
        run->at_source++;
        run->report->looked_for++;
    }
    return album;
}
