#ifndef SLEEVE_UI_PLAYLIST_EDIT_H
#define SLEEVE_UI_PLAYLIST_EDIT_H

#include "app/playlist_merge.h"
#include "core/status.h"
#include "ui/tracks.h"

/* The session's JSON cannot hold more (core/json_reader.h). */
enum { PLAYLIST_TRACKS_MAX = 500000 };

/* The name under which one without a name is saved so that its suggestions can be rated. */
#define PLAYLIST_NAMELESS "New playlist"

/* The playlist being built, with all its earlier versions: undo and redo move between them without limit. */
struct playlist_version {
    char *name;
    const struct track **items; /* the book's */
    size_t count;
    uint64_t serial; /* identifies the playlist: a new or loaded one has another serial */
    bool kept;       /* it is saved under its name as one of the person's playlists */
    char *what;      /* the edit that made this version: "added Strobe" */
    size_t
        *shifted; /* where the entries stand that this edit has moved by one position or more, in order; NULL: none */
    size_t n_shifted;
    bool shifted_up;
    int64_t *rejected; /* suggestions that were rejected for it, which are not suggested again; NULL: none */
    size_t n_rejected;
};

struct playlist_edits {
    struct playlist_version *versions;
    size_t count, capacity, current;
    uint64_t serials;
};

/* One empty, unnamed version. */
enum status playlist_edits_start(struct playlist_edits *edits, struct error *error);
void playlist_edits_free(struct playlist_edits *edits);
const struct playlist_version *playlist_now(const struct playlist_edits *edits);

/* The position, from 1, at which the track first occurs; 0 when it is not in the playlist. */
size_t playlist_find(const struct playlist_version *version, int64_t track);

/* Each function makes a new version; positions from 0. A position that does not exist is STATUS_USAGE. */
enum status playlist_move(struct playlist_edits *edits, size_t from, size_t to, struct error *error);
/* `at` past the end: at the end. Positions are in order, without repeats. */
enum status playlist_insert(struct playlist_edits *edits, size_t at, const struct track *const *tracks, size_t n,
                            struct error *error);
enum status playlist_remove_all(struct playlist_edits *edits, const size_t *positions, size_t n, struct error *error);
/* Moves each entry by one position, up or down, as far as the ends and the others let it; `positions` becomes where
 * they are then. Without any move there is no new version, nor where the present one has moved the same entries the
 * same way: steps that follow each other are undone at once. */
enum status playlist_shift(struct playlist_edits *edits, size_t *positions, size_t n, bool up, struct error *error);
/* Moves the entries next to each other, the first to position `to`; `positions` becomes where they are then. */
enum status playlist_gather(struct playlist_edits *edits, size_t *positions, size_t n, size_t to, struct error *error);
/* Entry i of the new version is entry order[i] of the present one; `what` says so: "sorted by tempo". */
enum status playlist_reorder(struct playlist_edits *edits, const int32_t *order, const char *what, struct error *error);
/* Adds a track to those that were rejected; an edit like others, which can be undone. */
enum status playlist_reject(struct playlist_edits *edits, const struct track *track, struct error *error);
/* Sets those of the present version, as a session has them; without memory there are none. */
void playlist_set_rejected(struct playlist_edits *edits, const int64_t *ids, size_t count);
enum status playlist_rename(struct playlist_edits *edits, const char *name, bool keep, struct error *error);
enum status playlist_clear(struct playlist_edits *edits, struct error *error);
/* Removes later repeats; when *removed is 0 there is no new version. */
enum status playlist_dedupe(struct playlist_edits *edits, size_t *removed, struct error *error);
/* Replaces this playlist by another one. */
enum status playlist_open(struct playlist_edits *edits, const char *name, const struct track_row *tracks, bool kept,
                          const char *what, struct error *error);
/* Replaces the name and the tracks of this playlist; an edit like others. */
enum status playlist_replace(struct playlist_edits *edits, const char *name, const struct track_row *tracks,
                             const char *what, struct error *error);
/* Makes the present version the first: nothing before it can be undone. */
void playlist_forget(struct playlist_edits *edits);
/* *what is the edit that was undone or redone; STATUS_USAGE when there is none. */
enum status playlist_undo(struct playlist_edits *edits, const char **what, struct error *error);
enum status playlist_redo(struct playlist_edits *edits, const char **what, struct error *error);

/* Applies changes made elsewhere to every version of a playlist, so that undo reverts only what was done here: the
 * change from `before` to `after`. `wanted` chooses the versions by their serial, `book` has the tracks of both.
 * *changed: the present version has changed. */
enum status playlist_rebase_versions(struct playlist_edits *edits, const struct own_playlist *before,
                                     const struct own_playlist *after,
                                     bool (*wanted)(const void *context, uint64_t serial), const void *context,
                                     const struct track_book *book, bool *changed, struct error *error);

#endif
