#ifndef SLEEVE_APP_PLAYLIST_HISTORY_H
#define SLEEVE_APP_PLAYLIST_HISTORY_H

#include "app/app.h"
#include "app/playlist_moves.h"

/* What a playlist of the explorer has been (db/playlist_versions.h), and going back. */

struct playlist_past {
    int64_t version;
    int64_t saved; /* seconds since 1970; 0: unknown, before versions were kept */
    char *name;
    struct track_numbers tracks;
    struct playlist_changes changes; /* from the version before that is still kept */
    bool *is_added;                  /* [tracks.count] since then */
    bool *is_removed;                /* [tracks.count of the version before]; NULL where there is none */
    bool first;                      /* there is none before */
    bool renamed;                    /* the version before has another name */
};
struct playlist_history {
    struct playlist_past *items; /* the newest first: it is the present one */
    size_t count;
};
void playlist_history_free(struct playlist_history *history);
/* "+3 -1 moved 2 renamed"; "first" or "same tracks". */
enum { PLAYLIST_PAST_TEXT = 96 };
void playlist_past_describe(const struct playlist_past *past, char text[PLAYLIST_PAST_TEXT]);
/* "2026-11-29 20:40" in local time; "earlier" where it is unknown. */
enum { PLAYLIST_PAST_TIME = 32 };
void playlist_past_time(const struct playlist_past *past, char text[PLAYLIST_PAST_TIME]);

/* STATUS_BAD_DATA for a playlist that is not the person's own. */
enum status app_playlist_history(struct app *app, int64_t playlist, struct playlist_history *history,
                                 struct error *error);
/* Makes a version the present one, which is a save like others: what it replaces stays a version. Explorers in which
 * the playlist is open merge it with what they change. *restored: that version. STATUS_BAD_DATA where there is none of
 * this number. */
enum status app_playlist_restore(struct app *app, int64_t playlist, int64_t version, struct own_playlist *restored,
                                 struct error *error);

#endif
