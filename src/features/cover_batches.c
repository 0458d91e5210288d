#include "features/cover_batches.h"

#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/log.h"
#include "core/pool.h"

enum status cover_batch_init(struct cover_batch *batch, const struct cover_reader *reader, struct error *error)
{
    *batch = (struct cover_batch){0};
    const struct open_extractor *network = reader->network;
    if (!network)
        return STATUS_OK;
    batch->prepared = calloc(reader->size * network->extractor->prepared_size(network->state), sizeof(float));
    return batch->prepared ? STATUS_OK : error_no_memory(error);
}

void cover_batch_clear(struct cover_batch *batch)
{
    for (size_t i = 0; i < COVER_BATCH_MAX; i++) {
        image_free(&batch->images[i]);
        batch->images[i] = (struct image){0};
        buffer_free(&batch->bytes[i]);
        batch->bytes[i] = (struct buffer){0};
    }
    batch->count = 0;
}

void cover_batch_free(struct cover_batch *batch)
{
    cover_batch_clear(batch);
    free(batch->prepared);
    batch->prepared = NULL;
}

/* ---- what a row is made from ---- */

static void add_text(struct hash *hash, const char *text)
{
    hash_add(hash, text ? text : "", (text ? strlen(text) : 0) + 1);
}

/* Artwork is a function of the album's data, of its size and of this version of the program. */
static void hash_artwork(struct hash *hash, const struct album *album, int edge)
{
    const int32_t numbers[] = {edge, album->year};
    add_text(hash, SLEEVE_VERSION);
    add_text(hash, album->key);
    add_text(hash, album->title);
    add_text(hash, album->artist);
    add_text(hash, album->genre);
    hash_add(hash, numbers, sizeof numbers);
    hash_add(hash, album->audio, sizeof album->audio);
}

static void set_source(const struct cover_reader *reader, const struct album *album, bool found,
                       const struct buffer *bytes, struct row_source *source)
{
    struct hash hash;
    source->origin = found ? COVER_STORED : reader->generated ? COVER_GENERATED : COVER_PLACEHOLDER;
    if (!reader->kept || source->origin == COVER_PLACEHOLDER)
        return;
    hash_begin(&hash);
    if (source->origin == COVER_STORED)
        hash_add_words(&hash, bytes->data, bytes->size);
    else
        hash_artwork(&hash, album, reader->edge);
    source->hash[0] = hash.a;
    source->hash[1] = hash.b | 1;
}

/* ---- reading ---- */

/* Adds an album whose row must be computed to the batch. */
static enum status take_album(struct cover_reader *reader, size_t index, struct cover_batch *batch, struct error *error)
{
    const struct album *album = &reader->albums->items[index];
    struct buffer *bytes = &batch->bytes[batch->count];
    struct row_source *source = &reader->sources[index];
    bool found;
    enum status status = catalogue_cover_read(reader->catalogue, album->id, bytes, &found, error);
    if (status != STATUS_OK)
        return status;
    set_source(reader, album, found, bytes, source);
    if (source->origin == COVER_PLACEHOLDER)
        return STATUS_OK;
    if (reader->kept && kept_rows_has(reader->kept, index, source)) {
        source->colour = reader->kept->sources[index].colour;
        reader->n_kept++;
        buffer_free(bytes);
        *bytes = (struct buffer){0};
        return STATUS_OK;
    }
    batch->items[batch->count++] = index;
    return STATUS_OK;
}

static void say_broken(const struct album *album, const struct error *error)
{
    log_message(LOG_WARNING, "album %s: %s; its row stays zero", album->key, error->text);
}

void cover_name_broken(struct cover_reader *reader, size_t index)
{
    const struct album *album = &reader->albums->items[index];
    struct buffer bytes = {0};
    struct image image = {0};
    struct error error = {.text = "its cover cannot be read"};
    bool found;
    if (catalogue_cover_read(reader->catalogue, album->id, &bytes, &found, &error) == STATUS_OK && found)
        cover_decode(&bytes, &image, &error);
    say_broken(album, &error);
    image_free(&image);
    buffer_free(&bytes);
    atomic_fetch_add(&reader->n_broken, 1);
}

static enum status read_image(struct cover_reader *reader, size_t slot, struct error *error)
{
    struct cover_batch *batch = reader->batch;
    const struct album *album = &reader->albums->items[batch->items[slot]];
    struct row_source *source = &reader->sources[batch->items[slot]];
    if (source->origin == COVER_GENERATED)
        return artwork_draw(album, reader->edge, &batch->images[slot], error);
    enum status status = cover_decode(&batch->bytes[slot], &batch->images[slot], error);
    if (status != STATUS_BAD_DATA)
        return status;
    say_broken(album, error);
    source->origin = COVER_PLACEHOLDER;
    atomic_fetch_add(&reader->n_broken, 1);
    return STATUS_OK;
}

static enum status read_slot(struct cover_reader *reader, size_t slot, struct error *error)
{
    const struct open_extractor *network = reader->network;
    struct image *image = &reader->batch->images[slot];
    enum status status = read_image(reader, slot, error);
    if (status == STATUS_OK && image->rgb)
        reader->sources[reader->batch->items[slot]].colour = image_mean_colour(image);
    if (status != STATUS_OK || !network)
        return status;
    size_t size = network->extractor->prepared_size(network->state);
    float *prepared = reader->batch->prepared + slot * size;
    if (image->rgb)
        return network->extractor->prepare(network->state, image, prepared, error);
    memset(prepared, 0, size * sizeof *prepared);
    return STATUS_OK;
}

static void read_task(void *context, size_t slot, int worker)
{
    (void)worker;
    struct cover_reader *reader = context;
    struct error error;
    if (!atomic_load(&reader->failed) && read_slot(reader, slot, &error) != STATUS_OK &&
        !atomic_exchange(&reader->failed, true))
        reader->error = error;
}

static enum status take_albums(struct cover_reader *reader, size_t first, struct cover_batch *batch,
                               struct error *error)
{
    enum status status = STATUS_OK;
    cover_batch_clear(batch);
    for (batch->end = first; status == STATUS_OK && batch->end < reader->albums->count && batch->count < reader->size;
         batch->end++)
        status = take_album(reader, batch->end, batch, error);
    return status;
}

/* Whether the next batch is this reader's. */
static bool is_own(struct cover_reader *reader)
{
    return reader->ranks == 0 || reader->n_begun++ % (size_t)reader->ranks == (size_t)reader->rank;
}

enum status cover_batch_read(struct cover_reader *reader, size_t first, struct cover_batch *batch, struct error *error)
{
    enum status status = take_albums(reader, first, batch, error);
    while (status == STATUS_OK && batch->count > 0 && !is_own(reader))
        status = take_albums(reader, batch->end, batch, error);
    if (status != STATUS_OK)
        return status;
    reader->batch = batch;
    if (reader->pool)
        pool_run(reader->pool, batch->count, read_task, reader);
    else
        for (size_t i = 0; i < batch->count; i++)
            read_task(reader, i, 0);
    if (!atomic_load(&reader->failed))
        return STATUS_OK;
    if (error)
        *error = reader->error;
    return reader->error.status;
}
