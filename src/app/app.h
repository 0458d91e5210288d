#ifndef SLEEVE_APP_APP_H
#define SLEEVE_APP_APP_H

#include <stdatomic.h>
#include <stdbool.h>

#include "app/device.h"
#include "app/playlist_merge.h"
#include "db/catalogue.h"
#include "draw/image.h"
#include "features/feature_set.h"
#include "map/tsne.h"
#include "models/recommender.h"
#include "vision/cover_store.h"

/* What a person can ask for, once, for both front ends. An `app` is one open catalogue with its models, search index
 * and compute device. Every function may be called from any thread; those that share something wait for each other, so
 * the explorer calls them from its workers, never from the thread that draws. `cancel` may be NULL. */
struct app;

struct app_options {
    const char *catalogue; /* path */
    struct device_options device;
    bool write; /* playlists and sessions may be saved */
};

/* Whether a catalogue and the files that SQLite makes beside it can be written; also true where there is none. */
bool app_can_write(const char *catalogue);
enum status app_open(const struct app_options *options, struct app **app, struct error *error);
void app_close(struct app *app);

/* For leaving quickly; both act on what runs already. How long the lock of another program is waited for (0: 10
 * seconds); and, while `cancel` is true, all that asks the catalogue ends with STATUS_INTERRUPTED, what is being saved
 * included. */
void app_set_patience(struct app *app, int milliseconds);
void app_cancel_queries(struct app *app, bool cancel);

struct app_summary {
    char name[64];
    char path[512];
    struct catalogue_counts counts;
    bool generated_covers;
    uint64_t covers_version; /* changes when covers were added or replaced */
};
/* Known since app_open; waits for nothing. */
const struct app_summary *app_summary(const struct app *app);

/* The device that computes now. Waits for nothing. */
void app_device(struct app *app, struct device_state *state);
/* Computes on another one from now on, maps that are open too; models are opened again when they are next asked. When
 * it cannot be opened, all goes on as before. */
enum status app_device_choose(struct app *app, enum device_choice choice, struct error *error);

enum status app_search(struct app *app, const char *text, size_t limit, struct track_list *tracks, int64_t *total,
                       const atomic_bool *cancel, struct error *error);
enum status app_tracks(struct app *app, const int64_t *ids, size_t count, struct track_list *tracks,
                       struct error *error);

enum status app_models(struct app *app, struct model_list *models, struct error *error);
/* STATUS_FAILED where there is no model of this name. */
enum status app_model_check(struct app *app, const char *name, struct error *error);
/* Names of a score's parts: "song", then the model's feature sets. */
struct app_parts {
    char names[SCORE_PARTS_MAX][FEATURE_NAME_MAX + 1];
    int count;
};
/* How a list of recommendations came about. */
struct app_answer {
    double milliseconds;        /* the model's own time */
    struct seed_counts seeds;   /* what the model knows of the seeds */
    char note[SEEDS_NOTE_SIZE]; /* a sentence about seeds that it does not know; "" when it knows all */
    struct app_parts parts;     /* what the model's scores consist of */
};
/* The best `k` tracks with their info: recommendations[i] is about tracks->items[i]. `recommendations` holds k;
 * tracks->count of them are filled. */
enum status app_recommend(struct app *app, const char *model, const int64_t *seeds, size_t n_seeds, size_t k,
                          struct recommendation *recommendations, struct track_list *tracks, struct app_answer *answer,
                          struct error *error);

/* An album's picture, edge x edge pixels. */
enum status app_cover(struct app *app, int64_t album_id, int edge, struct image *image, enum cover_origin *origin,
                      struct error *error);
enum status app_albums(struct app *app, const int64_t *ids, size_t count, struct album_list *albums,
                       struct error *error);
/* By key, link or id; STATUS_BAD_DATA when there is none. */
enum status app_album_find(struct app *app, const char *key, int64_t *id, struct error *error);
enum status app_album_tracks(struct app *app, int64_t album_id, struct track_list *tracks, struct error *error);
/* Embedding sets there are, sorted; names are malloc'ed, NULL-terminated. */
enum status app_embedding_sets(struct app *app, char ***names, struct error *error);
void app_names_free(char **names);

/* The map's work: the albums of the n most frequent artists and a t-SNE of their covers, which runs on the device that
 * is the choice and goes on when that is lost. Owned by whoever made it; not for two threads at a time. */
struct app_map {
    struct album_list albums; /* sorted by artist name: labels are in alphabetical order */
    int *labels;              /* [albums.count] */
    char *label_names[10];
    int n_labels;
    char *title;                   /* what is shown, in words */
    struct resumable_tsne *moving; /* app/resumable_tsne.h */
    int dim;
};
enum status app_map_open(struct app *app, const char *set, int n_artists, const struct tsne_settings *settings,
                         struct app_map **map, struct error *error);
void app_map_close(struct app_map *map);
/* Nearest covers of an album in an embedding set. */
enum status app_neighbours(struct app *app, const char *set, int64_t album_id, size_t k, struct album_list *albums,
                           float *distances, struct error *error);

enum status app_playlists(struct app *app, bool own_only, size_t limit, size_t offset, struct playlist_list *list,
                          struct error *error);
enum status app_playlist_open(struct app *app, int64_t id, struct track_list *tracks, struct error *error);
enum status app_playlist_find(struct app *app, const char *key, int64_t *id, struct error *error);
/* One of the person's own; playlist->id is 0 when there is none of this number. */
enum status app_own_playlist(struct app *app, int64_t id, struct own_playlist *playlist, struct error *error);
/* Saves `mine` over the playlist base->id (0: as a new one), in one transaction. What was changed elsewhere since
 * `base` was read or written is not lost: *fate says what became of both, *written (`{0}` before) holds what was
 * written. */
enum status app_playlist_save(struct app *app, const struct own_playlist *base, const struct own_playlist *mine,
                              struct own_playlist *written, enum playlist_fate *fate, struct error *error);
enum status app_playlist_delete(struct app *app, int64_t id, struct error *error);
/* The explorer's session, JSON (of which only "saved", "kept", "name" and "tracks" are understood here). Each explorer
 * that is open has one of its own; the first call takes the one that was written last of those that no other holds,
 * until app_close or the end of the process. *json is malloc'ed, NULL when there is none. An unsaved playlist in a
 * session that was left over, because two explorers were open and one is now, becomes a playlist of the person's; *note
 * (malloc'ed, NULL: nothing) says so. An app that only reads keeps no session and says nothing of it: that nothing is
 * saved was told when it was opened. */
enum status app_session_read(struct app *app, char **json, char **note, struct error *error);
enum status app_session_write(struct app *app, const char *json, struct error *error);

/* Work that could not be saved in time: kept in a file beside the catalogue (or in the data folder, when that cannot be
 * written), which the next app_session_read takes in and removes. `bases` and `playlists` hold n each: what
 * app_playlist_save was or would be given; `kept`: the last one is that of the session. *path (malloc'ed) is the file.
 */
enum status app_rescue(struct app *app, const char *session, const struct own_playlist *bases,
                       const struct own_playlist *playlists, size_t n, bool kept, char **path, struct error *error);

#endif
