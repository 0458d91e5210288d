#ifndef SLEEVE_DB_PLAYLISTS_H
#define SLEEVE_DB_PLAYLISTS_H

#include "core/arena.h"
#include "db/connection.h"

/* The playlists of the catalogue: those that were imported, and people's own. */

struct playlist {
    int64_t id;
    const char *key;
    const char *name;
    bool own; /* made by a person in the explorer: never in split, counts, training or evaluation */
    int64_t n_entries;
    int64_t duration_ms; /* of the tracks whose duration is known */
};

struct playlist_list {
    struct playlist *items;
    size_t count;
    struct arena memory;
};
void playlist_list_free(struct playlist_list *list);

/* `own_only`: the person's playlists, latest change first; otherwise all others in number order. limit 0: no limit. */
enum status catalogue_playlists_read(struct catalogue *catalogue, bool own_only, size_t limit, size_t offset,
                                     struct playlist_list *list, struct error *error);
/* The catalogue's playlists of larger numbers than `after`, in number order, at most `limit`: for reading all of them
 * in parts. */
enum status catalogue_playlists_after(struct catalogue *catalogue, int64_t after, size_t limit,
                                      struct playlist_list *list, struct error *error);
/* Those that a model was evaluated on (db/results.h), in number order. */
enum status catalogue_playlists_evaluated(struct catalogue *catalogue, const char *model, struct playlist_list *list,
                                          struct error *error);
/* One playlist by its number, as a list of one. */
enum status catalogue_playlist_read(struct catalogue *catalogue, int64_t id, struct playlist_list *list,
                                    struct error *error);
/* By key: byte by byte, then in NFC, then the Spotify playlist that a URI, a link or a bare id names; *id is 0 when
 * there is none. */
enum status catalogue_playlist_find(struct catalogue *catalogue, const char *key, int64_t *id, struct error *error);
/* By name, where no key fits: one of exactly this name, else of the same name in another case or composition. Reads all
 * names. Fails when more than one has it, naming their keys. */
enum status catalogue_playlist_find_named(struct catalogue *catalogue, const char *name, int64_t *id,
                                          struct error *error);
/* Track numbers in order, repeats included; *ids is malloc'ed. */
enum status catalogue_playlist_entries(struct catalogue *catalogue, int64_t playlist_id, int64_t **ids, size_t *count,
                                       struct error *error);
/* One of the person's playlists, as it was when it was read or written. Start with `{0}`. */
struct own_playlist {
    int64_t id;      /* 0: there is none, or it was not saved yet */
    int64_t changed; /* grows with each change of the playlist */
    int64_t copy_of; /* of one that is not saved yet: the playlist that it is a copy of; 0: none */
    char *name;
    int64_t *ids; /* track numbers in order, repeats included */
    size_t count;
};
void own_playlist_free(struct own_playlist *playlist);
/* Replaces the content by copies. */
enum status own_playlist_set(struct own_playlist *playlist, int64_t id, const char *name, const int64_t *ids,
                             size_t count, struct error *error);
/* playlist->id is 0 when there is none of this number, or it is not the person's. */
enum status catalogue_own_playlist_read(struct catalogue *catalogue, int64_t id, struct own_playlist *playlist,
                                        struct error *error);
/* Replaces a person's playlist in one transaction; with *id 0, makes a new one and sets *id. Refuses playlists that are
 * not the person's. */
enum status catalogue_own_playlist_save(struct catalogue *catalogue, int64_t *id, const char *name, const int64_t *ids,
                                        size_t count, struct error *error);
enum status catalogue_own_playlist_delete(struct catalogue *catalogue, int64_t id, struct error *error);

#endif
