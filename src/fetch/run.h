#ifndef SLEEVE_FETCH_RUN_H
#define SLEEVE_FETCH_RUN_H

#include "core/random.h"
#include "core/workers.h"
#include "db/catalogue.h"
#include "fetch/credentials.h"
#include "fetch/http.h"
#include "fetch/musicbrainz.h"
#include "fetch/settings.h"
#include "vision/cover_files.h"

/* Internal to fetch: one run at one source. Everything but decoding happens on one thread.
 *
 * An album goes from the catalogue to the source (run_take), which finds out the address of its image (run_found) or
 * why there is none (run_end). The image is transferred, decoded by a worker, and stored with the next transaction. */

struct fetch_album {
    int64_t id;
    char *key, *title, *artist;
    char remote_id[COVER_REMOTE_ID_MAX]; /* its id at the source; "": not known */
    struct mbid mbid;                    /* of the archive: from the map, the key, tags, or an earlier run */
    bool has_mbid;
    int64_t attempts; /* by earlier runs */
    struct fetch_album *next;
};

struct album_queue {
    struct fetch_album *first, *last;
    int count;
};
void album_queue_add(struct album_queue *queue, struct fetch_album *album);
struct fetch_album *album_queue_take(struct album_queue *queue);
void album_free(struct fetch_album *album);

struct fetch_run;
struct mbid_map;

struct fetch_source {
    struct cover_site site;
    const char *title;           /* "Spotify" */
    const char *const *hosts;    /* of images, and where they redirect to */
    enum fetch_reason not_found; /* what HTTP's 404 of an image means */
    int albums_max;              /* that wait for the source's answer */
    enum status (*open)(struct fetch_run *run, struct error *error);
    void (*close)(struct fetch_run *run);
    /* Sends what can be sent now. */
    enum status (*step)(struct fetch_run *run, struct error *error);
    /* An image was not found: another address to try, appended to `url`; false if there is none. May be NULL. */
    bool (*other_url)(struct fetch_album *album, struct buffer *url);
};

extern const struct fetch_source fetch_spotify, fetch_archive;

struct fetch_run {
    struct catalogue *catalogue;
    const struct fetch_settings *settings;
    const struct fetch_source *source;
    void *state; /* the source's */
    struct credentials *credentials;
    const struct mbid_map *map; /* may be NULL */
    struct url_policy images;   /* where images may be */
    double scale;               /* of all pauses but Retry-After: 0.1 with a substitute, otherwise 1 */
    struct http_client *http;
    struct workers *workers;
    struct random random;
    struct fetch_report *report;

    struct cover_choice choice;
    int64_t after;            /* albums up to this number were taken */
    int64_t taken, limit;     /* albums; limit 0: none */
    bool exhausted;           /* there are no more */
    struct album_queue ready; /* read from the catalogue, not taken yet */
    int at_source;            /* albums that the source has taken and not answered */

    struct image_task *images_first; /* image.h */
    int n_images, n_transfers;
    double images_limited_until; /* no transfer starts before */
    struct outcome *outcomes;    /* outcome.h */
    int n_outcomes;
    int n_failed;   /* the last results that may pass, since one that does not */
    int64_t n_done; /* albums of this run that are finished and stored */
    double stored_at;
    struct cover_tally bad; /* images that cannot be decoded */

    double now;         /* clock_seconds */
    double wake;        /* when something must be done next */
    enum status status; /* of a callback that failed: ends the run */
    struct error error;
};

/* Ends the run with this error, from a callback. */
void run_fail(struct fetch_run *run, enum status status, const struct error *error);
/* The same for an answer with HTTP_INSECURE. */
void run_fail_insecure(struct fetch_run *run, const struct http_answer *answer);
/* After the last attempt at a look-up: false if the source answered, otherwise the run ends, because it is no
 * fault of the album. */
bool run_fail_unreached(struct fetch_run *run, const struct http_answer *answer);
/* Something must be done at this time. */
void run_wake(struct fetch_run *run, double at);
/* Shown after the progress; NULL: nothing. */
void run_note(struct fetch_run *run, const char *note);
/* Whether there are albums to take, now or later. */
bool run_has_more(const struct fetch_run *run);
/* How many albums the source may take at present. */
int run_space(const struct fetch_run *run);
/* The next album to look for; NULL: none at present. The source owns it until run_found or run_end. */
struct fetch_album *run_take(struct fetch_run *run);
/* Its image is there. */
void run_found(struct fetch_run *run, struct fetch_album *album, const char *url);
/* There is none. */
void run_end(struct fetch_run *run, struct fetch_album *album, enum fetch_reason reason);

#endif
