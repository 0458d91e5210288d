#include "app/map_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "figure/scatter.h"
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

static enum status encode_png(const struct map_file *map, struct buffer *out, struct error *error)
{
    const struct scatter scatter = scatter_of(map);
    return scatter_figure_png(&scatter, map->title, out, error);
}

static enum status encode_svg(const struct map_file *map, struct buffer *out, struct error *error)
{
    const struct scatter scatter = scatter_of(map);
    return scatter_figure_svg(&scatter, map->title, out, error);
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

static enum status write_bytes(const char *path, const struct buffer *bytes, struct error *error)
{
    struct atomic_file file;
    if (bytes->failed)
        return error_no_memory(error);
    enum status status = atomic_file_open(path, &file, error);
    if (status != STATUS_OK)
        return status;
    fwrite(bytes->data, 1, bytes->size, file.stream);
    status = atomic_file_commit(&file, error);
    atomic_file_abort(&file);
    return status;
}

enum status map_file_write(const struct map_file *map, const char *path, struct error *error)
{
    struct buffer bytes = {0};
    enum status status = map_file_check(path, error);
    if (status == STATUS_OK)
        status = format_of(path)->encode(map, &bytes, error);
    if (status == STATUS_OK)
        status = write_bytes(path, &bytes, error);
    buffer_free(&bytes);
    return status;
}

enum status app_map_write(const struct app_map *map, const float *points, const char *path, struct error *error)
{
    const char **keys = calloc(map->albums.count + 1, sizeof *keys);
    if (!keys)
        return error_no_memory(error);
    for (size_t i = 0; i < map->albums.count; i++)
        keys[i] = map->albums.items[i].key;
    const struct map_file file = {
        .n = (int64_t)map->albums.count,
        .points = points,
        .labels = map->labels,
        .label_names = (const char *const *)map->label_names,
        .n_labels = map->n_labels,
        .keys = keys,
        .title = map->title,
    };
    enum status status = map_file_write(&file, path, error);
    free(keys);
    return status;
}
