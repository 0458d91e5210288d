#ifndef SLEEVE_DB_COVER_FETCHES_H
#define SLEEVE_DB_COVER_FETCHES_H

#include "db/connection.h"

/* What `covers fetch` remembers: which albums were looked for at which source, and with what result. */

enum { COVER_REMOTE_ID_MAX = 100 };

struct cover_site {
    const char *name;       /* as it is stored: "spotify" */
    const char *key_prefix; /* only albums whose key begins with it are known there; "": all */
};

/* An album without a cover. */
struct cover_wanted {
    int64_t album_id;
    const char *key, *title, *artist;
    /* Its id at the source, from an earlier run, and "musicbrainz:release:ID" from the tags of its files; "": not
     * known. Not trusted. */
    const char *remote_id, *release;
    int64_t attempts; /* by earlier runs */
};

/* Which albums without a cover are looked for at the source: those that never were, those whose failure may have passed
 * by `now` (seconds since 1970), and with `retry` all. */
struct cover_choice {
    const struct cover_site *site;
    bool retry;
    int64_t now;
};

struct cover_counts {
    int64_t wanted;  /* albums of the choice */
    int64_t covered; /* albums with a cover */
    int64_t known;   /* albums that the source is known not to have, or not yet again; they are not in the choice */
    int64_t foreign; /* albums without a cover whose keys are not the source's */
};

enum status catalogue_covers_wanted_count(struct catalogue *catalogue, const struct cover_choice *choice,
                                          struct cover_counts *counts, struct error *error);
/* Calls `each` for up to `limit` albums of the choice with numbers above `after`, in their order. The texts are valid
 * during the call. */
enum status
catalogue_covers_wanted(struct catalogue *catalogue, const struct cover_choice *choice, int64_t after, int limit,
                        enum status (*each)(const struct cover_wanted *album, void *context, struct error *error),
                        void *context, struct error *error);

struct cover_fetch {
    int64_t album_id;
    const char *source, *remote_id, *url_hash;
    const char *reason; /* "": its image was stored */
    int64_t attempts, tried;
    int64_t retry_after; /* 0: never again by itself */
};

/* Remembers the result, and where it is a reason also that as the reason why the album has no cover. */
enum status catalogue_cover_fetch_write(struct catalogue *catalogue, const struct cover_fetch *fetch,
                                        struct error *error);

/* What an earlier fetch of the same address gave: *found, then the image of the album that has it (appended to `bytes`)
 * and its colour, or the reason why there is none (at most `size` bytes with the NUL). Failures that may pass are not
 * found. */
enum status catalogue_cover_of_url(struct catalogue *catalogue, const char *url_hash, bool *found, struct buffer *bytes,
                                   uint32_t *colour, char *reason, size_t size, struct error *error);

#endif
