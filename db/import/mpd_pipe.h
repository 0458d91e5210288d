#ifndef SLEEVE_DB_IMPORT_MPD_PIPE_H
#define SLEEVE_DB_IMPORT_MPD_PIPE_H

#include <stdatomic.h>

#include "core/buffer.h"
#include "db/import/import.h"

/* Slices are parsed in one thread and written to the catalogue in another. A few batches of playlists
 * are passed between them and reused, so memory does not grow with the number or the size of the slices. */
struct span {
    uint32_t at, size;
};

struct mpd_track {
    struct span uri, title, artist_uri, artist, album_uri, album;
    int64_t pos;
    int64_t byte;
    int32_t duration_ms; /* -1: unknown */
};

struct mpd_playlist {
    struct span key, name, description;
    bool has_description;
    int64_t modified, followers, edits; /* -1: unknown */
    int collaborative;                  /* -1: unknown */
    int64_t byte;
    size_t first_track, n_tracks;
};

struct mpd_batch {
    struct mpd_batch *next;
    size_t file; /* which of the files */
    bool begins, ends;
    char hash[33]; /* of the file, in its first batch */
    int64_t size;
    int64_t position; /* bytes of the file that were read so far */
    struct buffer texts, tracks, playlists;
    struct import_report notes; /* what was skipped or repaired in these playlists */
    enum status status;         /* not STATUS_OK: the rest of the file cannot be read, `error` says why */
    struct error error;
};

struct mpd_pipe;

/* Starts to parse the files. */
enum status mpd_pipe_open(const char *const *files, size_t n_files, struct mpd_pipe **pipe, struct error *error);
/* Stops parsing and frees everything. */
void mpd_pipe_close(struct mpd_pipe *pipe);
/* Waits for the next batch; NULL after the last file. Give it back with mpd_pipe_return. */
struct mpd_batch *mpd_pipe_take(struct mpd_pipe *pipe);
void mpd_pipe_return(struct mpd_pipe *pipe, struct mpd_batch *batch);
/* Skips the rest of this file. */
void mpd_pipe_skip(struct mpd_pipe *pipe, size_t file);

/* For the parser. */
struct mpd_batch *mpd_pipe_blank(struct mpd_pipe *pipe); /* NULL: stop */
void mpd_pipe_put(struct mpd_pipe *pipe, struct mpd_batch *batch);
bool mpd_pipe_wants(struct mpd_pipe *pipe, size_t file);
/* Parses one file into batches (db/import/mpd_parse.c). */
void mpd_parse_file(struct mpd_pipe *pipe, const char *path, size_t file);

#endif
