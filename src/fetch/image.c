#include "fetch/image.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/hash.h"
#include "fetch/outcome.h"
#include "fetch/retry.h"
#include "vision/cover_files.h"
#include "vision/image.h"

enum { FAILURES_MAX = 5, LIMITS_MAX = 20 };
static const double LONGEST_WAIT = 900;

enum image_state { IMAGE_WAITING, IMAGE_TRANSFER, IMAGE_DECODING };

/* An address and the albums whose image it is. */
struct image_task {
    struct job job;
    struct fetch_run *run;
    struct fetch_album *albums;
    struct buffer url, file;
    char url_hash[33];
    enum image_state state;
    int failures, limits;
    double not_before;
    enum status status; /* of decoding */
    struct error error;
    struct prepared_cover cover;
    struct image_task *next;
};

/* ---- the list ---- */

static void free_task(struct image_task *task)
{
    while (task->albums) {
        struct fetch_album *album = task->albums;
        task->albums = album->next;
        album_free(album);
    }
    buffer_free(&task->url);
    buffer_free(&task->file);
    prepared_cover_free(&task->cover);
    free(task);
}

static void take_out(struct image_task *task)
{
    struct image_task **place = &task->run->images_first;
    while (*place != task)
        place = &(*place)->next;
    *place = task->next;
    task->run->n_images--;
}

void images_free(struct fetch_run *run)
{
    while (run->images_first) {
        struct image_task *task = run->images_first;
        take_out(task);
        free_task(task);
    }
}

static bool copy_cover(const struct prepared_cover *from, struct prepared_cover *to)
{
    *to = (struct prepared_cover){.colour = from->colour};
    buffer_add(&to->bytes, from->bytes.data, from->bytes.size);
    return !to->bytes.failed;
}

static void fail_memory(struct fetch_run *run)
{
    struct error error;
    run_fail(run, error_no_memory(&error), &error);
}

/* All albums of the task get the same result. */
static void finish(struct image_task *task, enum fetch_reason reason)
{
    struct fetch_run *run = task->run;
    take_out(task);
    for (bool first = true; task->albums; first = false) {
        struct fetch_album *album = task->albums;
        struct prepared_cover copy = {0};
        task->albums = album->next;
        if (reason == FETCH_STORED && task->albums && !copy_cover(&task->cover, &copy)) {
            prepared_cover_free(&copy);
            fail_memory(run);
            album_free(album);
            continue;
        }
        bool last = !task->albums;
        outcome_add(run, album, reason, !first, task->url_hash,
                    reason != FETCH_STORED ? NULL
                    : last                 ? &task->cover
                                           : &copy);
        if (last)
            task->cover = (struct prepared_cover){0};
    }
    free_task(task);
}

/* ---- decoding ---- */

static void decode(struct job *job)
{
    struct image_task *task = (struct image_task *)job;
    task->status = cover_prepare(&task->file, task->albums->key, &task->cover, &task->error);
}

static void take_decoded(struct job *job, void *user)
{
    struct image_task *task = (struct image_task *)job;
    struct fetch_run *run = user;
    if (task->status == STATUS_OK || task->status == STATUS_BAD_DATA) {
        if (task->status == STATUS_BAD_DATA)
            cover_tally_add(&run->bad, LOG_WARNING, "%s", task->error.text);
        finish(task, task->status == STATUS_OK ? FETCH_STORED : FETCH_NOT_IMAGE);
        return;
    }
    if (task->status != STATUS_INTERRUPTED)
        run_fail(run, task->status, &task->error);
    take_out(task);
    free_task(task);
}

static void start_decoding(struct image_task *task)
{
    task->state = IMAGE_DECODING;
    task->status = STATUS_INTERRUPTED;
    task->job = (struct job){.run = decode, .finish = take_decoded};
    workers_post(task->run->workers, &task->job);
}

/* ---- transfers ---- */

static void wait(struct image_task *task, double seconds)
{
    task->state = IMAGE_WAITING;
    task->not_before = clock_seconds() + seconds;
    run_wake(task->run, task->not_before);
}

static void try_again(struct image_task *task)
{
    if (++task->failures < FAILURES_MAX)
        wait(task, retry_backoff(task->failures, &task->run->random) * task->run->scale);
    else
        finish(task, FETCH_FAILED);
}

/* A limit holds for all images of the source. */
static void pause_all(struct image_task *task, double seconds)
{
    struct fetch_run *run = task->run;
    double now = clock_seconds(), until = now + seconds;
    double from = run->images_limited_until > now ? run->images_limited_until : now;
    if (until > from) {
        run->report->limited_seconds += until - from;
        run->images_limited_until = until;
    }
    wait(task, seconds);
}

/* The source asks to wait. */
static void take_limit(struct image_task *task, const struct http_answer *answer)
{
    double seconds = answer->retry_after;
    if (seconds < 0 || ++task->limits > LIMITS_MAX)
        try_again(task);
    else if (seconds > LONGEST_WAIT)
        finish(task, FETCH_FAILED);
    else
        pause_all(task, seconds);
}

static void take_missing(struct image_task *task, int status)
{
    const struct fetch_source *source = task->run->source;
    struct buffer url = {0};
    bool missing = status == 404 || status == 410;
    if (missing && source->other_url && source->other_url(task->albums, &url) && !url.failed) {
        buffer_free(&task->url);
        task->url = url;
        wait(task, 0);
        return;
    }
    buffer_free(&url);
    finish(task, missing ? source->not_found : FETCH_GONE);
}

static void take_status(struct image_task *task, struct http_answer *answer)
{
    int status = answer->status;
    if (status == 200) {
        task->file = answer->body;
        answer->body = (struct buffer){0};
        start_decoding(task);
    } else if (status == 429 || status == 503) {
        take_limit(task, answer);
    } else if (status >= 400 && status < 500 && status != 408 && status != 425) {
        take_missing(task, status);
    } else {
        try_again(task);
    }
}

static void take_answer(void *context, struct http_answer *answer)
{
    struct image_task *task = context;
    task->run->n_transfers--;
    if (answer->outcome != HTTP_ANSWERED || answer->status != 200)
        log_message(LOG_DEBUG, "%s: HTTP %d, %s", task->albums->key, answer->status, answer->reason);
    switch (answer->outcome) {
    case HTTP_ANSWERED:
        take_status(task, answer);
        break;
    case HTTP_TOO_LARGE:
        finish(task, FETCH_TOO_LARGE);
        break;
    case HTTP_REFUSED:
        finish(task, FETCH_REFUSED);
        break;
    case HTTP_INSECURE:
        run_fail_insecure(task->run, answer);
        break;
    case HTTP_FAILED:
        try_again(task);
    }
}

enum status images_step(struct fetch_run *run, struct error *error)
{
    int in_memory = 0;
    enum status status = STATUS_OK;
    for (const struct image_task *task = run->images_first; task; task = task->next)
        in_memory += task->state != IMAGE_WAITING;
    for (struct image_task *task = run->images_first; task && status == STATUS_OK; task = task->next) {
        const struct http_request request = {.url = task->url.data,
                                             .body_max = IMAGE_FILE_MAX,
                                             .redirects_max = HTTP_REDIRECTS_MAX,
                                             .policy = &run->images,
                                             .done = take_answer,
                                             .context = task};
        if (task->state != IMAGE_WAITING || run->n_transfers >= run->settings->concurrency ||
            in_memory >= 2 * run->settings->concurrency)
            continue;
        double start = task->not_before > run->images_limited_until ? task->not_before : run->images_limited_until;
        if (start > run->now) {
            run_wake(run, start);
            continue;
        }
        status = http_start(run->http, &request, error);
        if (status == STATUS_OK) {
            task->state = IMAGE_TRANSFER;
            run->n_transfers++;
            in_memory++;
        }
    }
    return status;
}

/* ---- new images ---- */

/* Takes over the album if the address was fetched for another one, in this run or before. */
static bool reuse(struct fetch_run *run, struct fetch_album *album, const char *url_hash)
{
    struct prepared_cover cover = {0};
    enum fetch_reason reason = FETCH_STORED;
    char text[200] = "";
    struct error error;
    bool found = false;
    for (struct image_task *task = run->images_first; task; task = task->next)
        if (strcmp(task->url_hash, url_hash) == 0) {
            album->next = task->albums->next; /* the worker reads the first one */
            task->albums->next = album;
            return true;
        }
    for (const struct outcome *outcome = run->outcomes; outcome && !found; outcome = outcome->next) {
        found = strcmp(outcome->url_hash, url_hash) == 0;
        reason = found ? outcome->reason : reason;
        if (found && reason == FETCH_STORED && !copy_cover(&outcome->cover, &cover))
            fail_memory(run);
    }
    if (!found) {
        enum status status = catalogue_cover_of_url(run->catalogue, url_hash, &found, &cover.bytes, &cover.colour, text,
                                                    sizeof text, &error);
        if (status != STATUS_OK)
            run_fail(run, status, &error);
        reason = found ? fetch_reason_of_text(text) : reason;
        found = found && (reason == FETCH_STORED || !run->settings->retry);
    }
    if (!found || run->status != STATUS_OK) {
        prepared_cover_free(&cover);
        return false;
    }
    outcome_add(run, album, reason, true, url_hash, reason == FETCH_STORED ? &cover : NULL);
    return true;
}

void run_found(struct fetch_run *run, struct fetch_album *album, const char *url)
{
    struct hash hash;
    char url_hash[33];
    hash_begin(&hash);
    hash_add(&hash, url, strlen(url));
    hash_end(hash, url_hash);
    run->at_source--;
    album->next = NULL;
    if (!url_allowed(&run->images, url)) {
        outcome_add(run, album, FETCH_REFUSED, false, url_hash, NULL);
        return;
    }
    if (reuse(run, album, url_hash))
        return;
    struct image_task *task = run->status == STATUS_OK ? calloc(1, sizeof *task) : NULL;
    if (task)
        buffer_add_text(&task->url, url);
    if (!task || task->url.failed) {
        free(task);
        fail_memory(run);
        album_free(album);
        return;
    }
    task->run = run;
    task->albums = album;
    memcpy(task->url_hash, url_hash, sizeof url_hash);
    task->next = run->images_first;
    run->images_first = task;
    run->n_images++;
}
