#ifndef SLEEVE_FETCH_MUSICBRAINZ_H
#define SLEEVE_FETCH_MUSICBRAINZ_H

#include <stdbool.h>

#include "core/buffer.h"
#include "core/status.h"

/* Ids of MusicBrainz, and its search for releases. */

enum { MBID_SIZE = 36 };

enum mbid_kind { MBID_RELEASE, MBID_GROUP, MBID_EITHER };

struct mbid {
    char id[MBID_SIZE + 1]; /* in lower case */
    enum mbid_kind kind;
};

/* Reads "release/ID", "release-group/ID", the same as an address (https://musicbrainz.org/release/ID), as a URI
 * (musicbrainz:release:ID), or the bare id, which is of either kind. False if the text is none of them. */
bool mbid_read(const char *text, struct mbid *mbid);
/* "release" or "release-group". */
const char *mbid_entity(enum mbid_kind kind);

/* Appends the address of a search for releases with this title and artist (ten results). */
void musicbrainz_add_search(const char *title, const char *artist, struct buffer *url);

enum musicbrainz_match { MATCH_FOUND, MATCH_NONE, MATCH_AMBIGUOUS };

/* Chooses among the results of a search: those with a score of at least MUSICBRAINZ_SCORE whose title and artist are
 * the same (text_fold without punctuation). They are one album if they are releases of one release group, whose
 * id is then returned; otherwise the match is ambiguous. */
enum { MUSICBRAINZ_SCORE = 90 };
enum status musicbrainz_read_search(const struct buffer *body, const char *title, const char *artist,
                                    enum musicbrainz_match *match, struct mbid *mbid, struct error *error);

#endif
