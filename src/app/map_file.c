#include "app/map_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/resumable_tsne.h"
#include "core/file.h"
#include "map/npy.h"

static struct scatter scatter_of(const struct map_file *map)
{
    return (struct scatter){
        .n = map->n,
        .points = map->points,
        .labels = map->labels,
        .label_names = map->label_names,
        .n_labels = map->n_labels,
        .selected = -1,
        .background = 0xffffff,
        .foreground = 0x202020,
    };
}

static void add_caption(const struct map_run *run, struct buffer *caption)
{
    buffer_printf(caption, "t-SNE of %s: %s, perplexity %.4g, %d iteration%s, seed %llu, KL divergence %.3f",
                  run->source, run->points, (double)run->perplexity, run->iterations, run->iterations == 1 ? "" : "s",
                  (unsigned long long)run->seed, fmax(run->kl_divergence, 0));
}

static enum status encode_figure(const struct map_file *map,
                                 enum status (*encode)(const struct scatter *scatter, const struct scatter_figure *of,
                                                       struct buffer *out, struct error *error),
                                 struct buffer *out, struct error *error)
{
    const struct scatter scatter = scatter_of(map);
    struct buffer caption = {0};
    if (map->run)
        add_caption(map->run, &caption);
    const struct scatter_figure of = {.title = map->title, .caption = caption.data, .covers = map->covers};
    enum status status = caption.failed ? error_no_memory(error) : encode(&scatter, &of, out, error);
    buffer_free(&caption);
    return status;
}

static enum status encode_png(const struct map_file *map, struct buffer *out, struct error *error)
{
    return encode_figure(map, scatter_figure_png, out, error);
}

static enum status encode_svg(const struct map_file *map, struct buffer *out, struct error *error)
{
    return encode_figure(map, scatter_figure_svg, out, error);
}

static enum status encode_tsv(const struct map_file *map, struct buffer *out, struct error *error)
{
    const struct scatter scatter = scatter_of(map);
    return scatter_tsv(&scatter, map->keys, out, error);
}

static enum status encode_npy(const struct map_file *map, struct buffer *out, struct error *error)
{
    return npy_write(map->n, 2, map->points, out, error);
}

struct format {
    const char *extension;
    enum status (*encode)(const struct map_file *map, struct buffer *out, struct error *error);
};

static const struct format formats[] = {
    {".png", encode_png}, {".svg", encode_svg}, {".tsv", encode_tsv}, {".npy", encode_npy}};

static const struct format *format_of(const char *path)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (file_has_extension(path, formats[i].extension))
            return &formats[i];
    return NULL;
}

enum status map_file_check(const char *path, struct error *error)
{
    if (format_of(path))
        return STATUS_OK;
    return error_set(error, STATUS_USAGE, "\"%s\" does not end in .png, .svg, .tsv or .npy", path);
}

bool map_file_is_figure(const char *path)
{
    return file_has_extension(path, ".png") || file_has_extension(path, ".svg");
}

enum status map_file_write(const struct map_file *map, const char *path, struct error *error)
{
    struct buffer bytes = {0};
    enum status status = map_file_check(path, error);
    if (status == STATUS_OK)
        status = format_of(path)->encode(map, &bytes, error);
    if (status == STATUS_OK)
        status = atomic_file_write(path, &bytes, error);
    buffer_free(&bytes);
    return status;
}

struct cover_source {
    struct app *app;
    const struct app_map *map;
};

static bool cover_of_point(void *context, int64_t point, int edge, struct image *image)
{
    const struct cover_source *source = context;
    enum cover_origin origin;
    struct error ignored;
    return app_cover(source->app, source->map->albums.items[point].id, edge, image, &origin, &ignored) == STATUS_OK;
}

/* "460 covers", and whether they are generated: then the picture says nothing about real ones. */
static void describe_covers(const struct album_list *albums, char text[64])
{
    size_t generated = 0;
    for (size_t i = 0; i < albums->count; i++)
        generated += albums->items[i].cover == COVER_GENERATED;
    const char *plural = albums->count == 1 ? "" : "s";
    if (generated > 0 && generated == albums->count)
        snprintf(text, 64, "%zu generated cover%s", albums->count, plural);
    else if (generated > 0)
        snprintf(text, 64, "%zu cover%s (%zu generated)", albums->count, plural, generated);
    else
        snprintf(text, 64, "%zu cover%s", albums->count, plural);
}

enum status app_map_write(struct app *app, const struct app_map *map, const float *points, double kl_divergence,
                          bool covers, const char *path, struct error *error)
{
    const char **keys = calloc(map->albums.count + 1, sizeof *keys);
    if (!keys)
        return error_no_memory(error);
    for (size_t i = 0; i < map->albums.count; i++)
        keys[i] = map->albums.items[i].key;
    char described[64];
    describe_covers(&map->albums, described);
    const struct map_run run = {
        .source = map->set,
        .points = described,
        .perplexity = map->moving ? resumable_tsne_perplexity(map->moving) : 0,
        .iterations = map->moving ? resumable_tsne_iteration(map->moving) : 0,
        .seed = map->seed,
        .kl_divergence = kl_divergence,
    };
    struct cover_source source = {app, map};
    const struct scatter_covers drawn = {.image = cover_of_point, .context = &source};
    const struct map_file file = {
        .n = (int64_t)map->albums.count,
        .points = points,
        .labels = map->labels,
        .label_names = (const char *const *)map->label_names,
        .n_labels = map->n_labels,
        .keys = keys,
        .title = map->title,
        .run = map->moving ? &run : NULL,
        .covers = covers ? &drawn : NULL,
    };
    enum status status = map_file_write(&file, path, error);
    free(keys);
    return status;
}
