#include "features/music_reader.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNKS_EACH = 3 /* of a thread: one is being filled, two wait */ };

struct music_reader {
    const char *const *paths;
    size_t n_paths, next_path;
    const struct spectrogram_settings *settings;
    double start;
    int64_t most;
    pthread_mutex_t lock;
    pthread_cond_t filled, freed;
    struct music_chunk *chunks; /* [readers x CHUNKS_EACH] */
    size_t n_chunks;
    struct music_chunk *free;
    struct music_chunk *first, **end; /* filled, in their order */
    bool stopping;
    int readers, running;
    struct reader_thread {
        struct music_reader *reader;
        int number;
        size_t file;
        pthread_t thread;
    } threads[MUSIC_READERS_MAX];
};

/* ---- threads ---- */

/* NULL: the reader is being destroyed. */
static struct music_chunk *chunk_to_fill(struct music_reader *reader)
{
    pthread_mutex_lock(&reader->lock);
    while (!reader->free && !reader->stopping)
        pthread_cond_wait(&reader->freed, &reader->lock);
    struct music_chunk *chunk = reader->stopping ? NULL : reader->free;
    if (chunk)
        reader->free = chunk->next;
    pthread_mutex_unlock(&reader->lock);
    return chunk;
}

static void pass_on(struct music_reader *reader, struct music_chunk *chunk)
{
    chunk->next = NULL;
    pthread_mutex_lock(&reader->lock);
    *reader->end = chunk;
    reader->end = &chunk->next;
    pthread_cond_signal(&reader->filled);
    pthread_mutex_unlock(&reader->lock);
}

static enum status take_patches(void *context, const float *patches, int64_t count, struct error *error)
{
    struct reader_thread *own = context;
    struct music_reader *reader = own->reader;
    struct music_chunk *chunk = chunk_to_fill(reader);
    if (!chunk)
        return error_set(error, STATUS_INTERRUPTED, "stopped");
    chunk->file = own->file;
    chunk->reader = own->number;
    chunk->last = false;
    chunk->count = count;
    memcpy(chunk->patches, patches,
           (size_t)(count * reader->settings->patch * reader->settings->mels) * sizeof *patches);
    pass_on(reader, chunk);
    return STATUS_OK;
}

static void end_file(struct reader_thread *own, enum status status, const struct error *error)
{
    struct music_chunk *chunk = chunk_to_fill(own->reader);
    if (!chunk)
        return;
    chunk->file = own->file;
    chunk->reader = own->number;
    chunk->last = true;
    chunk->status = status;
    chunk->error = *error;
    chunk->count = 0;
    pass_on(own->reader, chunk);
}

static bool take_file(struct reader_thread *own)
{
    struct music_reader *reader = own->reader;
    pthread_mutex_lock(&reader->lock);
    bool any = !reader->stopping && reader->next_path < reader->n_paths;
    if (any)
        own->file = reader->next_path++;
    pthread_mutex_unlock(&reader->lock);
    return any;
}

static void *read_files(void *context)
{
    struct reader_thread *own = context;
    struct music_reader *reader = own->reader;
    struct spectrogram *spectrogram = NULL;
    struct error error = {0};
    enum status status = spectrogram_create(reader->settings, &spectrogram, &error);
    while (take_file(own)) {
        if (status == STATUS_OK)
            end_file(own,
                     music_read_patches(spectrogram, reader->settings, reader->paths[own->file], reader->start,
                                        reader->most, take_patches, own, &error),
                     &error);
        else
            end_file(own, status, &error);
    }
    spectrogram_destroy(spectrogram);
    pthread_mutex_lock(&reader->lock);
    reader->running--;
    pthread_cond_signal(&reader->filled);
    pthread_mutex_unlock(&reader->lock);
    return NULL;
}

/* ---- the caller's side ---- */

static enum status make_chunks(struct music_reader *reader, struct error *error)
{
    size_t floats = (size_t)(reader->most * reader->settings->patch * reader->settings->mels);
    reader->n_chunks = (size_t)reader->readers * CHUNKS_EACH;
    reader->chunks = calloc(reader->n_chunks, sizeof *reader->chunks);
    for (size_t i = 0; reader->chunks && i < reader->n_chunks; i++) {
        struct music_chunk *chunk = &reader->chunks[i];
        chunk->patches = malloc(floats * sizeof *chunk->patches);
        if (!chunk->patches)
            return error_no_memory(error);
        chunk->next = reader->free;
        reader->free = chunk;
    }
    return reader->chunks ? STATUS_OK : error_no_memory(error);
}

static enum status start_threads(struct music_reader *reader, struct error *error)
{
    int started = 0;
    for (; started < reader->readers; started++) {
        struct reader_thread *own = &reader->threads[started];
        *own = (struct reader_thread){.reader = reader, .number = started};
        pthread_mutex_lock(&reader->lock);
        reader->running++;
        pthread_mutex_unlock(&reader->lock);
        if (pthread_create(&own->thread, NULL, read_files, own) == 0)
            continue;
        pthread_mutex_lock(&reader->lock);
        reader->running--;
        pthread_mutex_unlock(&reader->lock);
        break;
    }
    reader->readers = started;
    return started > 0 ? STATUS_OK : error_set(error, STATUS_FAILED, "no thread could be started to read music");
}

enum status music_reader_create(const char *const *paths, size_t n_paths, const struct music_network *network,
                                int readers, struct music_reader **out, struct error *error)
{
    struct music_reader *reader = calloc(1, sizeof *reader);
    *out = NULL;
    if (!reader)
        return error_no_memory(error);
    reader->paths = paths;
    reader->n_paths = n_paths;
    reader->settings = &network->settings;
    reader->start = network->start;
    reader->most = audionet_batch(network->net);
    reader->readers = readers < MUSIC_READERS_MAX ? readers : MUSIC_READERS_MAX;
    reader->end = &reader->first;
    pthread_mutex_init(&reader->lock, NULL);
    pthread_cond_init(&reader->filled, NULL);
    pthread_cond_init(&reader->freed, NULL);
    enum status status = make_chunks(reader, error);
    if (status != STATUS_OK)
        reader->readers = 0;
    else
        status = start_threads(reader, error);
    if (status == STATUS_OK)
        *out = reader;
    else
        music_reader_destroy(reader);
    return status;
}

struct music_chunk *music_reader_next(struct music_reader *reader)
{
    pthread_mutex_lock(&reader->lock);
    while (!reader->first && reader->running > 0)
        pthread_cond_wait(&reader->filled, &reader->lock);
    struct music_chunk *chunk = reader->first;
    if (chunk) {
        reader->first = chunk->next;
        if (!reader->first)
            reader->end = &reader->first;
    }
    pthread_mutex_unlock(&reader->lock);
    return chunk;
}

void music_reader_give_back(struct music_reader *reader, struct music_chunk *chunk)
{
    pthread_mutex_lock(&reader->lock);
    chunk->next = reader->free;
    reader->free = chunk;
    pthread_cond_signal(&reader->freed);
    pthread_mutex_unlock(&reader->lock);
}

void music_reader_destroy(struct music_reader *reader)
{
    if (!reader)
        return;
    pthread_mutex_lock(&reader->lock);
    reader->stopping = true;
    pthread_cond_broadcast(&reader->freed);
    pthread_mutex_unlock(&reader->lock);
    for (int i = 0; i < reader->readers; i++)
        pthread_join(reader->threads[i].thread, NULL);
    for (size_t i = 0; reader->chunks && i < reader->n_chunks; i++)
        free(reader->chunks[i].patches);
    free(reader->chunks);
    pthread_cond_destroy(&reader->filled);
    pthread_cond_destroy(&reader->freed);
    pthread_mutex_destroy(&reader->lock);
    free(reader);
}
