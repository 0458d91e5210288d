#ifndef SLEEVE_DB_IMPORT_MATCHER_H
#define SLEEVE_DB_IMPORT_MATCHER_H

#include "db/import/foreign.h"
#include "db/ingest.h"

/* Finds the track of the catalogue that an entry of an imported playlist is: by what a person has chosen, its id, its
 * ISRC, its MusicBrainz recording, its music file (import library), and last by title and artist as docs/keys.md
 * compares them. */
struct matcher;

enum match_how {
    MATCH_NONE,
    MATCH_ID,
    MATCH_ISRC,
    MATCH_MBID,
    MATCH_FILE,
    MATCH_NAMES,
    MATCH_HAND,
    MATCH_NEW,   /* a person wants it to be added */
    MATCH_LEAVE, /* a person wants it to be left out */
};

enum status matcher_open(struct catalogue *catalogue, struct ingest *ingest, const struct import_input *input,
                         struct matcher **matcher, struct error *error);
void matcher_close(struct matcher *matcher);

/* *track is 0 unless one was found. A track with an id of its own that the catalogue lacks is looked for by its names
 * only where nothing may be added: otherwise it is another track. Notes go to reading->report. */
enum status matcher_find(struct matcher *matcher, const struct foreign_reading *reading,
                         const struct foreign_track *entry, int32_t *track, enum match_how *how, struct error *error);
/* The track that the entry describes, which is made: see ingest_track. */
enum status matcher_add(struct matcher *matcher, const struct foreign_reading *reading,
                        const struct foreign_track *entry, int32_t *track, struct error *error);
/* Remembers the ISRC and the recording of a track, beside its key. */
enum status matcher_add_ids(struct matcher *matcher, const struct foreign_track *entry, int32_t track,
                            struct error *error);
/* Counts how a track was found, in report->matches. */
void matcher_count(struct import_report *report, enum match_how how);
/* Gives a track that was found what the entry knows and the catalogue lacks. */
enum status matcher_complete(struct matcher *matcher, const struct foreign_reading *reading,
                             const struct foreign_track *entry, enum match_how how, int32_t track, struct error *error);

#endif
