#ifndef SLEEVE_APP_APP_H
#define SLEEVE_APP_APP_H

#include <stdatomic.h>
#include <stdbool.h>

#include "app/device.h"
#include "app/playlist_merge.h"
#include "db/catalogue.h"
#include "draw/image.h"
#include "features/feature_set.h"
#include "map/measures.h"
#include "map/tsne.h"
#include "models/recommender.h"
#include "vision/cover_store.h"

/* The use cases that both front ends share. An `app` is one open catalogue with its models, search index and compute
 * device. Every function may be called from any thread; those that share something wait for each other, so the explorer
 * calls them from its workers, never from the thread that draws. `cancel` may be NULL. */
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

/* For leaving quickly; both also act on work that is running. The first sets how many seconds to wait for a lock that
 * another program holds (0: 10 seconds). With the second, while `cancel` is true, every access to the catalogue ends
 * with STATUS_INTERRUPTED, saving included. */
void app_set_lock_timeout(struct app *app, int milliseconds);
void app_cancel_queries(struct app *app, bool cancel);

struct app_summary {
    char name[64];
    char path[512];
    struct catalogue_counts counts;
    bool generated_covers;
    uint64_t covers_version; /* changes when covers were added or replaced */
};
/* Known since app_open; does not wait. */
const struct app_summary *app_summary(const struct app *app);

/* The device that computes now. Does not wait. */
void app_device(struct app *app, struct device_state *state);
/* Computes on another device from now on, open maps included; models are opened again when they are next needed. If the
 * device cannot be opened, nothing changes. */
enum status app_device_choose(struct app *app, enum device_choice choice, struct error *error);

/* *total is the number of matches, or APP_SEARCH_COUNTED if that or more. */
enum { APP_SEARCH_COUNTED = 20000 };
enum status app_search(struct app *app, const char *text, size_t limit, struct track_list *tracks, int64_t *total,
                       const atomic_bool *cancel, struct error *error);
/* Finds covers by words in a set that CLIP made (app/cover_words.h). The text tower and the set stay open. A file of
 * weights that is named is remembered where the catalogue may be written. */
struct app_cover_query {
    const char *text;
    const char *set;     /* "clip" */
    const char *weights; /* NULL: the file that made the set, or the one that was named last */
    size_t limit;
    const atomic_bool *cancel; /* may be NULL */
};
struct app_cover_answer {
    int64_t covers;      /* how many the set has */
    bool truncated;      /* the end of the text is ignored: CLIP reads 75 tokens */
    bool random_weights; /* the set was made with random weights: the order means nothing */
};
/* The best covers first; similarities [query->limit], of which the first albums->count are filled: cosines. */
enum status app_search_covers(struct app *app, const struct app_cover_query *query, struct album_list *albums,
                              float *similarities, struct app_cover_answer *answer, struct error *error);
/* The same, with each album's track that is in most playlists in the album's place. */
enum status app_search_cover_tracks(struct app *app, const struct app_cover_query *query, struct track_list *tracks,
                                    struct app_cover_answer *answer, struct error *error);
enum status app_tracks(struct app *app, const int64_t *ids, size_t count, struct track_list *tracks,
                       struct error *error);

/* By name, but the model that the setting "default_model" of the catalogue names comes first, and those that have seen
 * the answers of their evaluation come last, the default one among them (app/seen_answers.h). */
enum status app_models(struct app *app, struct model_list *models, struct error *error);
/* STATUS_FAILED where there is no model of this name. */
enum status app_model_check(struct app *app, const char *name, struct error *error);
/* The size of a model's file in bytes; 0 where there is none. */
int64_t app_model_bytes(struct app *app, const struct model_record *model);
/* Names of a score's parts: that of recommender_first_part, then those of recommender_parts. */
struct app_parts {
    char names[SCORE_PARTS_MAX][FEATURE_NAME_MAX + 1];
    int count;
};
/* Where a list of recommendations comes from. */
struct app_answer {
    double milliseconds;              /* the model's own time */
    struct seed_counts seeds;         /* how many of the seeds the model knows */
    char note[SEEDS_NOTE_SIZE];       /* a sentence about seeds that the model does not know; "" when it knows all */
    enum title_use title;             /* how the list depends on the title of the query */
    char title_note[TITLE_NOTE_SIZE]; /* a sentence about a title that the model cannot use; "" when it can */
    struct app_parts parts;           /* the parts of the model's scores */
};
/* The best `k` tracks with their info: recommendations[i] belongs to tracks->items[i]. `recommendations` holds k; the
 * first tracks->count are filled. */
enum status app_recommend(struct app *app, const char *model, const struct recommend_query *query, size_t k,
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
/* The names of the embedding sets, sorted; malloc'ed and NULL-terminated. */
enum status app_embedding_sets(struct app *app, char ***names, struct error *error);
void app_names_free(char **names);
struct app_set_info {
    int64_t n_rows, n_present;
    int width;
    bool random_weights;                  /* of the model that made it */
    char extractor[FEATURE_NAME_MAX + 1]; /* "": unknown */
};
/* What an embedding set contains. */
enum status app_embedding_info(struct app *app, const char *name, struct app_set_info *info, struct error *error);

/* The map: the albums of the n most frequent artists and a t-SNE of their covers, or two of the same albums in two
 * embedding sets side by side. Albums without a row in a set are left out. It runs on the chosen device and continues
 * on the CPU if that fails. Owned by the caller that opened it; not for two threads at a time. */
enum { MAP_PANELS_MAX = 2 };
struct app_map {
    struct album_list albums; /* sorted by artist name: labels are in alphabetical order */
    int *labels;              /* [albums.count] */
    char *label_names[10];
    int n_labels;
    char *title; /* what is shown, as a sentence */
    uint64_t seed;
    struct app_map_panel {
        char *set; /* the embedding set */
        int dim;
        bool random_weights;
        struct map_measures space;     /* of the covers' vectors */
        struct resumable_tsne *moving; /* app/resumable_tsne.h */
    } panels[MAP_PANELS_MAX];
    int n_panels;
};
/* `sets`: the name of an embedding set, or two different names with a comma between. */
enum status app_map_open(struct app *app, const char *sets, int n_artists, const struct tsne_settings *settings,
                         struct app_map **map, struct error *error);
void app_map_close(struct app_map *map);
/* The measures of points [albums.count x 2]. */
enum status app_map_measure(const struct app_map *map, const float *points, struct map_measures *measures,
                            struct error *error);
/* Warns if a feature set was made with random weights. */
void app_warn_of_set(struct app *app, const char *set);
/* Nearest covers of an album in an embedding set. */
enum status app_neighbours(struct app *app, const char *set, int64_t album_id, size_t k, struct album_list *albums,
                           float *distances, struct error *error);

enum status app_playlists(struct app *app, bool own_only, size_t limit, size_t offset, struct playlist_list *list,
                          struct error *error);
/* The catalogue's playlists of larger numbers than `after`, at most `limit`. */
enum status app_playlists_after(struct app *app, int64_t after, size_t limit, struct playlist_list *list,
                                struct error *error);
enum status app_playlist_open(struct app *app, int64_t id, struct track_list *tracks, struct error *error);
/* By key, link, or a name that only one playlist has; *id is 0 where there is none. */
enum status app_playlist_find(struct app *app, const char *key, int64_t *id, struct error *error);
/* One of the person's own playlists; playlist->id is 0 when there is none of this number. */
enum status app_own_playlist(struct app *app, int64_t id, struct own_playlist *playlist, struct error *error);
/* Saves `mine` over the playlist base->id (0: as a new one), in one transaction. Changes made elsewhere since `base`
 * was read or written are kept: *outcome says how the two were combined, *written (`{0}` before) holds what was
 * written. A new one that is a copy (base->copy_of) gets the rater's ratings of that playlist. */
enum status app_playlist_save(struct app *app, const struct own_playlist *base, const struct own_playlist *mine,
                              struct own_playlist *written, enum playlist_outcome *outcome, struct error *error);
enum status app_playlist_delete(struct app *app, int64_t id, struct error *error);
/* The explorer's session as JSON, of which only "saved", "kept", "name" and "tracks" are understood here. Each open
 * explorer has its own session. The first call takes the most recent session that no other explorer holds, and keeps it
 * until app_close or the end of the process. *json is malloc'ed, NULL when there is none. An unsaved playlist in
 * another session that nobody holds (two explorers were open, now one is) becomes one of the person's playlists; then
 * *note (malloc'ed, else NULL) says so. An app that only reads keeps no session and sets no note, because app_open has
 * already said that nothing is saved. */
enum status app_session_read(struct app *app, char **json, char **note, struct error *error);
enum status app_session_write(struct app *app, const char *json, struct error *error);

/* Keeps work that could not be saved in time in a file beside the catalogue, or in the data folder when that cannot be
 * written. The next app_session_read restores it and removes the file. `bases` and `playlists` hold n each, as for
 * app_playlist_save; `kept`: the last one belongs to the session. *path (malloc'ed) is the file. */
enum status app_rescue(struct app *app, const char *session, const struct own_playlist *bases,
                       const struct own_playlist *playlists, size_t n, bool kept, char **path, struct error *error);

#endif
