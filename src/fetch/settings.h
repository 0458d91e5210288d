#ifndef SLEEVE_FETCH_SETTINGS_H
#define SLEEVE_FETCH_SETTINGS_H

#include <stdint.h>

#include "core/progress.h"
#include "fetch/reason.h"

/* What `covers fetch` does, and what it did. */

enum fetch_from { FETCH_AUTO, FETCH_SPOTIFY, FETCH_ARCHIVE };

enum { FETCH_BATCH = 32, FETCH_CONCURRENCY_MAX = 16 };

struct fetch_settings {
    enum fetch_from from; /* FETCH_AUTO: Spotify if there are credentials, then the archive if there is a contact */
    const char *map;      /* a table of album keys and MusicBrainz ids; NULL: none */
    int64_t limit;        /* albums to look for at each source; 0: all */
    bool retry;           /* also those that are known to have no cover there */
    int concurrency;      /* images that are transferred at the same time */
    int threads;          /* that decode; 0: all */
    struct progress *progress;
};

struct fetch_report {
    int64_t already;    /* albums that had a cover */
    int64_t known;      /* albums that were not looked for, because an earlier run knows why; once for each source */
    int64_t foreign;    /* albums that no source of the run can look for */
    int64_t looked_for; /* albums, once for each source */
    int64_t shared;     /* of the stored ones: with the same image as another album, which was not fetched again */
    int64_t left;       /* albums that were not finished: at the limit, or when it was stopped */
    int64_t by_reason[FETCH_REASONS];
    int64_t requests, bytes;
    double limited_seconds; /* waited, because the source said so */
};

#endif
