#include "app/map_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/resumable_tsne.h"
#include "core/file.h"
#include "figure/scatter_pair.h"
#include "map/npy.h"

static struct scatter scatter_of(const struct map_file *map, int panel)
{
    return (struct scatter){
        .n = map->n,
        .points = map->panels[panel].points,
        .labels = map->labels,
        .label_names = map->label_names,
        .n_labels = map->n_labels,
        .selected = -1,
        .background = 0xffffff,
        .foreground = 0x202020,
    };
}

static enum status encode_one(const struct map_file *map, bool svg, struct buffer *out, struct error *error)
{
    const struct scatter scatter = scatter_of(map, 0);
    struct buffer caption = {0}, note = {0};
    if (map->panels[0].run) {
        map_caption(map->panels[0].run, &caption);
        if (map->covers)
            buffer_add_text(&caption, "; overlapping covers are left out");
        map_purity_caption(map->panels[0].run, &note);
        if (note.size > 0)
            buffer_add_text(&note, ", ");
        map_silhouette_caption(map->panels[0].run, &note);
    }
    const struct scatter_figure of = {
        .title = map->title, .caption = caption.data, .note = note.data, .covers = map->covers};
    enum status status = caption.failed || note.failed ? error_no_memory(error)
                         : svg                         ? scatter_figure_svg(&scatter, &of, out, error)
                                                       : scatter_figure_png(&scatter, &of, out, error);
    buffer_free(&caption);
    buffer_free(&note);
    return status;
}

/* The texts of a panel: its name and three lines below it. */
struct panel_texts {
    struct buffer name, lines[SCATTER_PAIR_LINES];
};

static void write_texts(const struct map_run *run, bool covers, struct panel_texts *texts)
{
    if (!run)
        return;
    buffer_printf(&texts->name, "%s%s", run->source, run->random_weights ? " (random weights)" : "");
    map_settings_caption(run, &texts->lines[0]);
    map_purity_caption(run, &texts->lines[1]);
    map_silhouette_caption(run, &texts->lines[2]);
    if (covers)
        buffer_printf(&texts->lines[2], "%soverlapping covers are left out", texts->lines[2].size > 0 ? "; " : "");
}

/* Frees the texts; false when memory had run out. */
static bool free_texts(struct panel_texts *texts)
{
    bool good = !texts->name.failed;
    buffer_free(&texts->name);
    for (int line = 0; line < SCATTER_PAIR_LINES; line++) {
        good = good && !texts->lines[line].failed;
        buffer_free(&texts->lines[line]);
    }
    return good;
}

static enum status encode_pair(const struct map_file *map, bool svg, struct buffer *out, struct error *error)
{
    struct panel_texts texts[2] = {0};
    struct scatter_pair pair = {.title = map->title, .covers = map->covers};
    for (int p = 0; p < 2; p++) {
        struct scatter_pair_panel *panel = &pair.panels[p];
        write_texts(map->panels[p].run, map->covers != NULL, &texts[p]);
        panel->scatter = scatter_of(map, p);
        panel->name = texts[p].name.data;
        for (int line = 0; line < SCATTER_PAIR_LINES; line++)
            panel->lines[line] = texts[p].lines[line].data;
    }
    enum status status = scatter_pair_figure(&pair, svg, out, error);
    bool first = free_texts(&texts[0]), second = free_texts(&texts[1]);
    return status == STATUS_OK && !(first && second) ? error_no_memory(error) : status;
}

static enum status encode_png(const struct map_file *map, struct buffer *out, struct error *error)
{
    return (map->n_panels == 2 ? encode_pair : encode_one)(map, false, out, error);
}

static enum status encode_svg(const struct map_file *map, struct buffer *out, struct error *error)
{
    return (map->n_panels == 2 ? encode_pair : encode_one)(map, true, out, error);
}

static enum status encode_tsv(const struct map_file *map, struct buffer *out, struct error *error)
{
    const struct scatter scatter = scatter_of(map, 0);
    return scatter_tsv(&scatter, map->n_panels == 2 ? map->panels[1].points : NULL, map->keys, out, error);
}

static enum status encode_npy(const struct map_file *map, struct buffer *out, struct error *error)
{
    if (map->n_panels < 2)
        return npy_write(map->n, 2, map->panels[0].points, out, error);
    float *both = malloc(((size_t)map->n + 1) * 4 * sizeof *both);
    if (!both)
        return error_no_memory(error);
    for (int64_t i = 0; i < map->n; i++)
        for (int p = 0; p < 2; p++)
            memcpy(both + 4 * i + 2 * p, map->panels[p].points + 2 * i, 2 * sizeof *both);
    enum status status = npy_write(map->n, 4, both, out, error);
    free(both);
    return status;
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

static struct map_run run_of(const struct app_map *map, int panel, const struct app_map_points *points,
                             const char *described)
{
    const struct app_map_panel *of = &map->panels[panel];
    return (struct map_run){
        .source = of->set,
        .random_weights = of->random_weights,
        .points = described,
        .label = "artist",
        .perplexity = resumable_tsne_perplexity(of->moving),
        .iterations = resumable_tsne_iteration(of->moving),
        .seed = map->seed,
        .kl_divergence = points->kl_divergence,
        .map = &points->measures,
        .space = &of->space,
    };
}

enum status app_map_write(struct app *app, const struct app_map *map, const struct app_map_points *panels, bool covers,
                          const char *path, struct error *error)
{
    const char **keys = calloc(map->albums.count + 1, sizeof *keys);
    if (!keys)
        return error_no_memory(error);
    for (size_t i = 0; i < map->albums.count; i++)
        keys[i] = map->albums.items[i].key;
    char described[64];
    describe_covers(&map->albums, described);
    struct map_run runs[MAP_PANELS_MAX];
    struct cover_source source = {app, map};
    const struct scatter_covers drawn = {.image = cover_of_point, .context = &source};
    struct map_file file = {
        .n = (int64_t)map->albums.count,
        .n_panels = map->n_panels,
        .labels = map->labels,
        .label_names = (const char *const *)map->label_names,
        .n_labels = map->n_labels,
        .keys = keys,
        .title = map->title,
        .covers = covers ? &drawn : NULL,
    };
    for (int p = 0; p < map->n_panels; p++) {
        file.panels[p].points = panels[p].points;
        if (!map->panels[p].moving)
            continue;
        runs[p] = run_of(map, p, &panels[p], described);
        file.panels[p].run = &runs[p];
    }
    enum status status = map_file_write(&file, path, error);
    free(keys);
    return status;
}
