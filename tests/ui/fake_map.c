/* The map of the fake app. */
#include "fake_app_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct resumable_tsne {
    int n, iteration;
    float twist;
};

enum status resumable_tsne_run(struct resumable_tsne *moving, int count, bool *done, struct error *error)
{
    (void)error;
    moving->iteration = moving->iteration + count * 10 < 1000 ? moving->iteration + count * 10 : 1000;
    *done = moving->iteration == 1000;
    return STATUS_OK;
}

int resumable_tsne_iteration(const struct resumable_tsne *moving)
{
    return moving->iteration;
}

float resumable_tsne_perplexity(const struct resumable_tsne *moving)
{
    (void)moving;
    return 30;
}

/* Weak: programs that draw covers have their own. */
__attribute__((weak)) enum status app_cover(struct app *app, int64_t album_id, int edge, struct image *image,
                                            enum cover_origin *origin, struct error *error)
{
    (void)app, (void)album_id, (void)edge, (void)image, (void)origin;
    return error_set(error, STATUS_FAILED, "there are no covers here");
}

enum status resumable_tsne_points(struct resumable_tsne *moving, float *points, struct error *error)
{
    (void)error;
    for (int i = 0; i < moving->n; i++) {
        float angle = (float)(i / 4) * 0.62831853f + moving->twist;
        float radius = (float)moving->iteration / 1000.0f * (6.0f + (float)(i % 4));
        points[2 * i] = radius * cosf(angle + 0.1f * (float)(i % 4));
        points[2 * i + 1] = radius * sinf(angle + 0.1f * (float)(i % 4));
    }
    return STATUS_OK;
}

enum status resumable_tsne_kl(struct resumable_tsne *moving, double *kl, struct error *error)
{
    (void)error;
    *kl = 4.0 - 3.2 * (double)moving->iteration / 1000.0;
    return STATUS_OK;
}

static struct resumable_tsne *move(int n, const char *set)
{
    struct resumable_tsne *moving = calloc(1, sizeof *moving);
    moving->n = n;
    moving->twist = (float)strlen(set);
    return moving;
}

enum status app_map_open(struct app *app, const char *sets, int n_artists, const struct tsne_settings *settings,
                         struct app_map **out, struct error *error)
{
    (void)settings;
    struct app_map *map = calloc(1, sizeof *map);
    if (!map)
        return error_no_memory(error);
    int64_t ids[64];
    size_t count = 0;
    map->title = strdup("Covers");
    map->labels = calloc(64, sizeof *map->labels);
    for (int artist = 1; artist <= n_artists; artist++) {
        map->label_names[map->n_labels] = strdup(fake_artist(artist));
        for (int64_t album = 1; album <= FAKE_ALBUMS; album++)
            if (fake_album(album).artist_id == artist) {
                map->labels[count] = map->n_labels;
                ids[count++] = album;
            }
        map->n_labels++;
    }
    for (const char *set = sets; map->n_panels < MAP_PANELS_MAX && *set; set += strcspn(set, ",")) {
        struct app_map_panel *panel = &map->panels[map->n_panels++];
        set += *set == ',';
        panel->set = strndup(set, strcspn(set, ","));
        panel->dim = 256;
        panel->space = (struct map_measures){10, 0.28125, 0.0975, -0.0215};
        panel->moving = move((int)count, panel->set);
    }
    *out = map;
    return app_albums(app, ids, count, &map->albums, error);
}

void app_map_close(struct app_map *map)
{
    if (!map)
        return;
    album_list_free(&map->albums);
    for (int i = 0; i < map->n_labels; i++)
        free(map->label_names[i]);
    free(map->labels);
    free(map->title);
    for (int p = 0; p < map->n_panels; p++) {
        free(map->panels[p].moving);
        free(map->panels[p].set);
    }
    free(map);
}

enum status app_map_measure(const struct app_map *map, const float *points, struct map_measures *measures,
                            struct error *error)
{
    (void)points, (void)error;
    const double purity = 0.125 + 0.0625 * (double)strlen(map->panels[0].set);
    *measures = (struct map_measures){10, purity, 0.0975, -0.11};
    return STATUS_OK;
}

enum status app_neighbours(struct app *app, const char *set, int64_t album_id, size_t k, struct album_list *albums,
                           float *distances, struct error *error)
{
    int64_t ids[24];
    size_t count = k < 24 ? k : 24;
    for (size_t i = 0; i < count; i++) {
        ids[i] = 1 + (album_id + (int64_t)(i + 1) * (int64_t)strlen(set)) % FAKE_ALBUMS;
        distances[i] = (float)(i + 1) * 0.125f;
    }
    return app_albums(app, ids, count, albums, error);
}
