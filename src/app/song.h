#ifndef SLEEVE_APP_SONG_H
#define SLEEVE_APP_SONG_H

#include "core/buffer.h"

/* Which version of a song a title says it is. The order is that in which versions are preferred: the studio recording
 * before what was made of it. */
enum song_version {
    SONG_STUDIO, /* nothing else is said */
    SONG_REMASTER,
    SONG_ACOUSTIC,
    SONG_LIVE,
    SONG_REMIX,
    SONG_INSTRUMENTAL,
    SONG_DEMO,
    SONG_COVER,
    SONG_OTHER, /* "Taylor's Version", "sped up" */
    SONG_VERSIONS
};
extern const char *const song_version_names[SONG_VERSIONS]; /* "studio", "remaster", ... */

/* Appends the title of the song, folded, without parts in brackets or after " - " that name an edition (app/editions.h)
 * or a version: "halo" for "Halo (Live at Wembley) - 2010 Remaster". Words outside such parts say nothing: "Live
 * Forever" is a studio recording. Any bytes; check out->failed. */
enum song_version song_of_title(const char *title, struct buffer *out);

#endif
