#include <stdlib.h>
#include <string.h>

#include "app/app_internal.h"
#include "app/cover_words.h"
#include "core/log.h"

static const char *const weights_setting = "words.weights"; /* the file that was last named for a set */

void app_words_close(struct app *app)
{
    cover_words_close(app->words.open);
    free(app->words.weights);
    app->words.open = NULL;
    app->words.weights = NULL;
}

/* Which of the two files made the set; otherwise one that exists, of which opening it says what is wrong. */
static const char *choose(const struct feature_set *set, const char *made, const char *last)
{
    const char *const files[] = {made, last};
    const char *found = NULL;
    for (int i = 0; i < 2; i++) {
        bool exists = files[i] && file_exists(files[i]);
        if (exists && cover_words_are_of(set, files[i]))
            return files[i];
        found = found ? found : exists ? files[i] : NULL;
    }
    return found;
}

/* Where the weights are: the file that is named, the one that made the set, or the one that was named last. *path is
 * malloc'ed. */
static enum status find_weights(struct catalogue *catalogue, const struct feature_set *set, const char *set_name,
                                const char *named, char **path, struct error *error)
{
    char *last = NULL;
    const char *made = cover_words_weights_of(set);
    enum status status = named ? STATUS_OK : catalogue_setting_read(catalogue, weights_setting, &last, error);
    const char *found = named ? named : choose(set, made, last);
    *path = NULL;
    if (status == STATUS_OK && found) {
        *path = realpath(found, NULL);
        if (!*path)
            *path = strdup(found); /* opening it says what is wrong */
        status = *path ? STATUS_OK : error_no_memory(error);
    } else if (status == STATUS_OK) {
        status = error_set(error, STATUS_FAILED,
                           "the weights that made the set %s (%s) are not in their folder; name the file once with: "
                           "sleeve search --cover WORDS --weights FILE",
                           set_name, made ? made : "an unknown file");
    }
    free(last);
    return status;
}

static void remember(struct catalogue *catalogue, const char *weights)
{
    struct error error;
    if (catalogue_setting_write(catalogue, weights_setting, weights, &error) != STATUS_OK)
        log_message(LOG_WARNING, "%s was not remembered: %s", weights, error.text);
}

static enum status open_set(struct app *app, struct catalogue *catalogue, const char *name,
                            const struct feature_set **set, struct error *error)
{
    if (app_file_now(catalogue, "embeddings/", name, ".safetensors").inode == 0)
        return error_set(error, STATUS_FAILED,
                         "covers are found by words in a set that CLIP made, and the catalogue has no set %s; make it: "
                         "sleeve embed clip --weights FILE (scripts/get-weights gets the file)",
                         name);
    enum status status = app_embedding_set(app, name, set, error);
    return status == STATUS_OK ? cover_words_check(*set, name, error) : status;
}

/* Called with words_lock held. */
static enum status open_words(struct app *app, struct catalogue *catalogue, const struct app_cover_query *query,
                              const struct feature_set *set, struct error *error)
{
    char *weights = NULL;
    bool open = app->words.open && app->words.set == set;
    if (open && !query->weights)
        return STATUS_OK;
    enum status status = find_weights(catalogue, set, query->set, query->weights, &weights, error);
    if (status == STATUS_OK && open && strcmp(weights, app->words.weights) == 0) {
        free(weights);
        return STATUS_OK;
    }
    app_words_close(app);
    const struct cover_words_options options = {
        .set = query->set, .weights = weights, .threads = app->options.device.threads};
    if (status == STATUS_OK)
        status = cover_words_open(set, &options, &app->words.open, error);
    if (status == STATUS_OK && query->weights && app->options.write)
        remember(catalogue, weights);
    app->words.set = set;
    app->words.weights = weights;
    if (status != STATUS_OK)
        app_words_close(app);
    return status;
}

static enum status find(struct app *app, struct catalogue *catalogue, const struct app_cover_query *query,
                        struct cover_match *matches, struct app_cover_answer *answer, size_t *count,
                        struct error *error)
{
    const struct feature_set *set = NULL;
    enum status status = open_set(app, catalogue, query->set, &set, error);
    if (status != STATUS_OK)
        return status;
    pthread_mutex_lock(&app->words_lock);
    status = query->cancel && atomic_load(query->cancel) ? error_set(error, STATUS_INTERRUPTED, "interrupted")
                                                         : open_words(app, catalogue, query, set, error);
    if (status == STATUS_OK) {
        status =
            cover_words_find(app->words.open, query->text, query->limit, matches, count, &answer->truncated, error);
        if (status == STATUS_FAILED) /* a file was cut short: the next search opens it again */
            app_words_close(app);
    }
    pthread_mutex_unlock(&app->words_lock);
    answer->random_weights = cover_words_are_random(set);
    answer->covers = set->n_present;
    return status;
}

enum status app_search_covers(struct app *app, const struct app_cover_query *query, struct album_list *albums,
                              float *similarities, struct app_cover_answer *answer, struct error *error)
{
    struct cover_match *matches = malloc(sizeof *matches * (query->limit + 1));
    int64_t *ids = malloc(sizeof *ids * (query->limit + 1));
    struct catalogue *catalogue = NULL;
    size_t count = 0;
    *answer = (struct app_cover_answer){0};
    enum status status = matches && ids ? app_borrow(app, &catalogue, error) : error_no_memory(error);
    if (status == STATUS_OK)
        status = find(app, catalogue, query, matches, answer, &count, error);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        ids[i] = matches[i].album;
        similarities[i] = matches[i].similarity;
    }
    if (status == STATUS_OK && count > 0)
        status = catalogue_albums_read(catalogue, ids, count, albums, error);
    if (catalogue)
        app_return(app, catalogue);
    free(matches);
    free(ids);
    return status;
}

/* The track of an album that is in most playlists; among equals, the one with the higher popularity. 0: it has none. */
static enum status best_track(struct catalogue *catalogue, int64_t album, int64_t *id, struct error *error)
{
    struct track_list tracks = {0};
    const struct track *best = NULL;
    enum status status = catalogue_album_tracks(catalogue, album, &tracks, error);
    for (size_t i = 0; status == STATUS_OK && i < tracks.count; i++) {
        const struct track *track = &tracks.items[i];
        if (!best || track->n_playlists > best->n_playlists ||
            (track->n_playlists == best->n_playlists && track->popularity > best->popularity))
            best = track;
    }
    *id = best ? best->id : 0;
    track_list_free(&tracks);
    return status;
}

enum status app_search_cover_tracks(struct app *app, const struct app_cover_query *query, struct track_list *tracks,
                                    struct app_cover_answer *answer, struct error *error)
{
    struct album_list albums = {0};
    float *similarities = malloc(sizeof *similarities * (query->limit + 1));
    int64_t *ids = malloc(sizeof *ids * (query->limit + 1));
    struct catalogue *catalogue = NULL;
    size_t count = 0;
    enum status status = similarities && ids ? app_search_covers(app, query, &albums, similarities, answer, error)
                                             : error_no_memory(error);
    if (status == STATUS_OK)
        status = app_borrow(app, &catalogue, error);
    for (size_t i = 0; i < albums.count && status == STATUS_OK; i++) {
        status = best_track(catalogue, albums.items[i].id, &ids[count], error);
        count += ids[count] > 0;
    }
    if (status == STATUS_OK && count > 0)
        status = catalogue_tracks_read(catalogue, ids, count, tracks, error);
    if (catalogue)
        app_return(app, catalogue);
    album_list_free(&albums);
    free(similarities);
    free(ids);
    return status;
}
