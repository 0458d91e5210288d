#include "app/recipe_attributes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/attributes.h"
#include "db/attribute_labels.h"

bool recipe_attributes_has(const struct feature_set *set)
{
    return set->item == FEATURE_TRACKS && set->columns && strcmp(set->extractor, ATTRIBUTE_EXTRACTOR) == 0;
}

bool recipe_attributes_open(struct catalogue *catalogue, struct feature_set *set)
{
    if (feature_set_open(catalogue, ATTRIBUTE_SET, set, NULL) != STATUS_OK)
        return false;
    if (recipe_attributes_has(set))
        return true;
    feature_set_close(set);
    return false;
}

/* ---- what people say ---- */

struct label_load {
    struct recipe_index *index;
    int64_t track; /* of the sum below */
    int kind;
    double sum;
    int count;
};

static struct recipe_column *column_of(struct recipe_index *index, const char *name)
{
    struct recipe_column *column = recipe_index_find(index, name);
    return column ? column : recipe_index_column(index, name, "");
}

/* Labels come in the order of tracks and attributes. */
static void close_sum(struct label_load *load)
{
    struct recipe_index *index = load->index;
    struct recipe_column *column = load->count > 0 && load->track >= 1 && load->track <= index->n
                                       ? column_of(index, attribute_specs[load->kind].name)
                                       : NULL;
    const int32_t row = column ? index->row_of[load->track - 1] : 0;
    if (column && isnan(column->values[row]))
        column->values[row] = (float)(load->sum / load->count);
    load->count = 0;
    load->sum = 0;
}

static bool take_label(const struct attribute_label *label, void *context)
{
    struct label_load *load = context;
    enum attribute_kind kind;
    if (!attribute_kind_named(label->attribute, &kind) || kind == ATTRIBUTE_GENRE)
        return true;
    if (label->track != load->track || (int)kind != load->kind)
        close_sum(load);
    load->track = label->track;
    load->kind = (int)kind;
    load->sum += label->value;
    load->count++;
    return true;
}

/* ---- predictions ---- */

static bool add_predictions(const struct feature_set *set, int c, struct recipe_index *index)
{
    struct recipe_column *column = column_of(index, set->columns[c]);
    for (int64_t i = 0; column && i < set->n_rows && i < index->n; i++) {
        const float value = set->values[i * set->width + c];
        const int32_t row = index->row_of[i];
        if (feature_set_has(set, i) && isfinite(value) && isnan(column->values[row]) &&
            !recipe_column_predict(index, column, row, value))
            return false;
    }
    return true;
}

enum status recipe_attributes_load(struct catalogue *catalogue, struct recipe_index *index, struct error *error)
{
    struct label_load labels = {.index = index};
    struct feature_set set;
    enum attribute_kind kind;
    bool good = true;
    enum status status = catalogue_attribute_labels(catalogue, 0, take_label, &labels, error);
    if (status != STATUS_OK)
        return status;
    close_sum(&labels);
    if (recipe_attributes_open(catalogue, &set)) {
        for (int c = 0; good && c < set.width; c++)
            if (attribute_kind_named(set.columns[c], &kind) && kind != ATTRIBUTE_GENRE)
                good = add_predictions(&set, c, index);
        feature_set_close(&set);
    }
    for (int i = 0; i < ATTRIBUTE_KINDS; i++) {
        struct recipe_column *column = recipe_index_find(index, attribute_specs[i].name);
        if (column)
            recipe_column_finish(index, column);
    }
    return good ? STATUS_OK : error_no_memory(error);
}

/* ---- genres ---- */

double recipe_attributes_threshold(const struct feature_set *set, const char *column)
{
    const char *at = feature_set_metadata(set, "attributes.thresholds"); /* "genre:metal\t0.31\n..." */
    const size_t size = strlen(column);
    for (; at && *at; at += strcspn(at, "\n"), at += *at == '\n')
        if (strncmp(at, column, size) == 0 && at[size] == '\t')
            return strtod(at + size + 1, NULL);
    return INFINITY;
}

static enum status take_genres(const struct feature_set *set, int c, const struct recipe_index *index,
                               const uint64_t *has_genre, struct recipe_genres *genres, struct buffer *items)
{
    const double threshold = recipe_attributes_threshold(set, set->columns[c]);
    const char *name = set->columns[c] + sizeof ATTRIBUTE_GENRE_COLUMN - 1;
    for (int64_t i = 0; i < set->n_rows && i < index->n; i++) {
        const struct recipe_genre_row item = {index->row_of[i], name};
        const bool known = has_genre[item.row / 64] >> item.row % 64 & 1;
        if (known || !feature_set_has(set, i) || !((double)set->values[i * set->width + c] >= threshold))
            continue;
        buffer_add(items, &item, sizeof item);
        genres->count++;
    }
    return items->failed ? STATUS_FAILED : STATUS_OK;
}

enum status recipe_genres_load(struct catalogue *catalogue, const struct recipe_index *index, const uint64_t *has_genre,
                               struct recipe_genres *genres, struct error *error)
{
    struct feature_set *set = malloc(sizeof *set);
    struct buffer items = {0};
    enum status status = set ? STATUS_OK : STATUS_FAILED;
    *genres = (struct recipe_genres){.owner = set};
    if (set && !recipe_attributes_open(catalogue, set)) {
        free(set);
        genres->owner = NULL;
        return STATUS_OK;
    }
    for (int c = 0; status == STATUS_OK && c < set->width; c++)
        if (strncmp(set->columns[c], ATTRIBUTE_GENRE_COLUMN, sizeof ATTRIBUTE_GENRE_COLUMN - 1) == 0)
            status = take_genres(set, c, index, has_genre, genres, &items);
    genres->items = (struct recipe_genre_row *)(void *)items.data;
    return status == STATUS_OK ? STATUS_OK : error_no_memory(error);
}

void recipe_genres_free(struct recipe_genres *genres)
{
    struct feature_set *set = genres->owner;
    if (set)
        feature_set_close(set);
    free(set);
    free(genres->items);
    *genres = (struct recipe_genres){0};
}

/* ---- versions ---- */

struct label_version {
    int64_t count, latest;
    double sum;
};

static bool count_label(const struct attribute_label *label, void *context)
{
    struct label_version *version = context;
    version->count++;
    version->sum += label->value;
    version->latest = label->labelled > version->latest ? label->labelled : version->latest;
    return true;
}

void recipe_attributes_version(struct catalogue *catalogue, struct buffer *version)
{
    struct label_version labels = {0};
    struct buffer path = {0};
    struct stat file = {0};
    catalogue_sidecar(catalogue, "embeddings/" ATTRIBUTE_SET ".safetensors", &path);
    if (!path.failed && stat(path.data, &file) != 0)
        file = (struct stat){0};
    if (catalogue_attribute_labels(catalogue, 0, count_label, &labels, NULL) != STATUS_OK)
        labels = (struct label_version){.count = -1};
    buffer_printf(version, " %lld %lld %.17g %llu %lld", (long long)labels.count, (long long)labels.latest, labels.sum,
                  (unsigned long long)file.st_ino, (long long)file.st_mtim.tv_nsec);
    buffer_free(&path);
}
