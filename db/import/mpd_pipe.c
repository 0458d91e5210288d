#include "db/import/mpd_pipe.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { BATCHES = 4 };

struct mpd_pipe {
    const char *const *files;
    size_t n_files;
    pthread_t parser;
    bool running;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct mpd_batch batches[BATCHES];
    struct mpd_batch *blank, *first, **last; /* lists under the lock */
    bool finished;
    atomic_size_t skipped_before; /* files below this number are skipped */
    atomic_bool stop;
};

static void *parse_all(void *argument)
{
    struct mpd_pipe *pipe = argument;
    for (size_t file = 0; file < pipe->n_files && !atomic_load(&pipe->stop); file++)
        mpd_parse_file(pipe, pipe->files[file], file);
    pthread_mutex_lock(&pipe->lock);
    pipe->finished = true;
    pthread_cond_broadcast(&pipe->changed);
    pthread_mutex_unlock(&pipe->lock);
    return NULL;
}

enum status mpd_pipe_open(const char *const *files, size_t n_files, struct mpd_pipe **out, struct error *error)
{
    struct mpd_pipe *pipe = calloc(1, sizeof *pipe);
    *out = pipe;
    if (!pipe)
        return error_no_memory(error);
    pipe->files = files;
    pipe->n_files = n_files;
    pipe->last = &pipe->first;
    for (int i = 0; i < BATCHES; i++) {
        pipe->batches[i].next = pipe->blank;
        pipe->blank = &pipe->batches[i];
    }
    pthread_mutex_init(&pipe->lock, NULL);
    pthread_cond_init(&pipe->changed, NULL);
    pipe->running = pthread_create(&pipe->parser, NULL, parse_all, pipe) == 0;
    if (!pipe->running)
        return error_set(error, STATUS_FAILED, "no thread could be started to read the slices; close other programs");
    return STATUS_OK;
}

void mpd_pipe_close(struct mpd_pipe *pipe)
{
    if (!pipe)
        return;
    atomic_store(&pipe->stop, true);
    pthread_mutex_lock(&pipe->lock);
    pthread_cond_broadcast(&pipe->changed);
    pthread_mutex_unlock(&pipe->lock);
    if (pipe->running)
        pthread_join(pipe->parser, NULL);
    for (int i = 0; i < BATCHES; i++) {
        buffer_free(&pipe->batches[i].texts);
        buffer_free(&pipe->batches[i].tracks);
        buffer_free(&pipe->batches[i].playlists);
    }
    pthread_mutex_destroy(&pipe->lock);
    pthread_cond_destroy(&pipe->changed);
    free(pipe);
}

struct mpd_batch *mpd_pipe_take(struct mpd_pipe *pipe)
{
    pthread_mutex_lock(&pipe->lock);
    while (!pipe->first && !pipe->finished)
        pthread_cond_wait(&pipe->changed, &pipe->lock);
    struct mpd_batch *batch = pipe->first;
    if (batch) {
        pipe->first = batch->next;
        if (!pipe->first)
            pipe->last = &pipe->first;
    }
    pthread_mutex_unlock(&pipe->lock);
    return batch;
}

void mpd_pipe_return(struct mpd_pipe *pipe, struct mpd_batch *batch)
{
    pthread_mutex_lock(&pipe->lock);
    batch->next = pipe->blank;
    pipe->blank = batch;
    pthread_cond_broadcast(&pipe->changed);
    pthread_mutex_unlock(&pipe->lock);
}

void mpd_pipe_skip(struct mpd_pipe *pipe, size_t file)
{
    atomic_store(&pipe->skipped_before, file + 1);
}

struct mpd_batch *mpd_pipe_blank(struct mpd_pipe *pipe)
{
    pthread_mutex_lock(&pipe->lock);
    while (!pipe->blank && !atomic_load(&pipe->stop))
        pthread_cond_wait(&pipe->changed, &pipe->lock);
    struct mpd_batch *batch = atomic_load(&pipe->stop) ? NULL : pipe->blank;
    if (batch)
        pipe->blank = batch->next;
    pthread_mutex_unlock(&pipe->lock);
    if (batch) {
        buffer_clear(&batch->texts);
        buffer_clear(&batch->tracks);
        buffer_clear(&batch->playlists);
        batch->notes = (struct import_report){0};
        batch->begins = batch->ends = false;
        batch->status = STATUS_OK;
    }
    return batch;
}

void mpd_pipe_put(struct mpd_pipe *pipe, struct mpd_batch *batch)
{
    pthread_mutex_lock(&pipe->lock);
    batch->next = NULL;
    *pipe->last = batch;
    pipe->last = &batch->next;
    pthread_cond_broadcast(&pipe->changed);
    pthread_mutex_unlock(&pipe->lock);
}

bool mpd_pipe_wants(struct mpd_pipe *pipe, size_t file)
{
    return !atomic_load(&pipe->stop) && file >= atomic_load(&pipe->skipped_before);
}
