#include <stdlib.h>
#include <string.h>
#include <yajl_parse.h>
#include <zlib.h>

#include "core/text.h"
#include "db/import/mpd_pipe.h"
#include "db/import/note.h"

enum {
    BLOCK = 1 << 18,
    BATCH_PLAYLISTS = 64,
    PLAYLIST_TRACKS_MAX = 100000,
    DEPTH_MAX = 64, /* of what is not looked at; the format itself is 5 deep */
};

enum place { OUTSIDE, TOP, PLAYLISTS, PLAYLIST, TRACKS, TRACK };

enum field {
    NO_FIELD,
    TOP_PLAYLISTS,
    PID,
    NAME,
    DESCRIPTION,
    MODIFIED,
    FOLLOWERS,
    EDITS,
    COLLABORATIVE,
    PLAYLIST_TRACKS,
    POS,
    TRACK_URI,
    TRACK_NAME,
    ARTIST_URI,
    ARTIST_NAME,
    ALBUM_URI,
    ALBUM_NAME,
    DURATION,
};

static const struct {
    enum place place;
    enum field field;
    const char *name;
} fields[] = {
    {TRACK, POS, "pos"},
    {TRACK, TRACK_URI, "track_uri"},
    {TRACK, TRACK_NAME, "track_name"},
    {TRACK, ARTIST_URI, "artist_uri"},
    {TRACK, ARTIST_NAME, "artist_name"},
    {TRACK, ALBUM_URI, "album_uri"},
    {TRACK, ALBUM_NAME, "album_name"},
    {TRACK, DURATION, "duration_ms"},
    {PLAYLIST, PID, "pid"},
    {PLAYLIST, NAME, "name"},
    {PLAYLIST, DESCRIPTION, "description"},
    {PLAYLIST, MODIFIED, "modified_at"},
    {PLAYLIST, FOLLOWERS, "num_followers"},
    {PLAYLIST, EDITS, "num_edits"},
    {PLAYLIST, COLLABORATIVE, "collaborative"},
    {PLAYLIST, PLAYLIST_TRACKS, "tracks"},
    {TOP, TOP_PLAYLISTS, "playlists"},
};

struct parser {
    struct mpd_pipe *pipe;
    const char *path, *name;
    size_t file;
    yajl_handle json;
    gzFile input;
    int64_t before; /* bytes that were handed to yajl in earlier blocks */
    struct mpd_batch *batch;
    enum place place;
    enum field field;
    int ignored; /* depth inside something that is not looked at */
    bool met_playlists;
    const char *refused;
    struct mpd_playlist playlist;
    struct mpd_track track;
};

static int64_t byte_of(const struct parser *parser)
{
    return parser->before + (int64_t)yajl_get_bytes_consumed(parser->json);
}

static void skip(struct parser *parser, const char *reason)
{
    import_skipped(&parser->batch->notes, reason, parser->name, "byte", byte_of(parser));
}

static void mend(struct parser *parser, const char *reason)
{
    import_altered(&parser->batch->notes, reason, parser->name, "byte", byte_of(parser));
}

static struct mpd_track *tracks_of(struct mpd_batch *batch)
{
    return (struct mpd_track *)(void *)batch->tracks.data;
}

/* ---- values ---- */

static struct span add_text(struct parser *parser, const unsigned char *text, size_t size)
{
    struct buffer *texts = &parser->batch->texts;
    size_t at = texts->size;
    int repairs = import_text((const char *)text, size, texts);
    if (repairs & TEXT_NOT_UTF8)
        mend(parser, "not UTF-8: wrong bytes replaced");
    if (repairs & TEXT_CUT)
        mend(parser, "text longer than 1,000 bytes: cut");
    if (texts->size > UINT32_MAX)
        texts->failed = true;
    return (struct span){(uint32_t)at, (uint32_t)(texts->size - at)};
}

static int on_string(void *context, const unsigned char *text, size_t size)
{
    struct parser *parser = context;
    if (parser->ignored > 0)
        return 1;
    switch (parser->field) {
    case TRACK_URI:
    case ARTIST_URI:
    case ALBUM_URI:
        if (size > KEY_MAX)
            return 1;
        *(parser->field == TRACK_URI    ? &parser->track.uri
          : parser->field == ARTIST_URI ? &parser->track.artist_uri
                                        : &parser->track.album_uri) = add_text(parser, text, size);
        break;
    case TRACK_NAME:
        parser->track.title = add_text(parser, text, size);
        break;
    case ARTIST_NAME:
        parser->track.artist = add_text(parser, text, size);
        break;
    case ALBUM_NAME:
        parser->track.album = add_text(parser, text, size);
        break;
    case PID:
        if (size <= KEY_MAX)
            parser->playlist.key = add_text(parser, text, size);
        break;
    case NAME:
        parser->playlist.name = add_text(parser, text, size);
        break;
    case DESCRIPTION:
        parser->playlist.description = add_text(parser, text, size);
        parser->playlist.has_description = true;
        break;
    case COLLABORATIVE:
        parser->playlist.collaborative = size == 4 && memcmp(text, "true", 4) == 0    ? 1
                                         : size == 5 && memcmp(text, "false", 5) == 0 ? 0
                                                                                      : -1;
        break;
    default:
        if (parser->place == TRACKS)
            skip(parser, "a track that is not an object");
        else if (parser->place == PLAYLISTS)
            skip(parser, "a playlist that is not an object");
    }
    return 1;
}

static int on_number(void *context, const char *text, size_t size)
{
    struct parser *parser = context;
    if (parser->ignored > 0)
        return 1;
    if (parser->field == PID) {
        if (size <= 40)
            parser->playlist.key = add_text(parser, (const unsigned char *)text, size);
        return 1;
    }
    char copy[32];
    if (size >= sizeof copy)
        return 1;
    memcpy(copy, text, size);
    copy[size] = '\0';
    double value = strtod(copy, NULL);
    if (!(value >= 0 && value <= 1e15))
        return 1;
    switch (parser->field) {
    case POS:
        parser->track.pos = (int64_t)value;
        break;
    case DURATION:
        parser->track.duration_ms = value <= 1e9 ? (int32_t)value : -1;
        break;
    case MODIFIED:
        parser->playlist.modified = (int64_t)value;
        break;
    case FOLLOWERS:
        parser->playlist.followers = (int64_t)value;
        break;
    case EDITS:
        parser->playlist.edits = (int64_t)value;
        break;
    default:
        return on_string(context, (const unsigned char *)"", 0);
    }
    return 1;
}

static int on_boolean(void *context, int value)
{
    struct parser *parser = context;
    if (parser->ignored == 0 && parser->field == COLLABORATIVE)
        parser->playlist.collaborative = value != 0;
    else if (parser->ignored == 0 && (parser->place == TRACKS || parser->place == PLAYLISTS))
        return on_string(context, (const unsigned char *)"", 0);
    return 1;
}

static int on_null(void *context)
{
    struct parser *parser = context;
    if (parser->place == TRACKS || parser->place == PLAYLISTS)
        return on_string(context, (const unsigned char *)"", 0);
    return 1;
}

static int on_key(void *context, const unsigned char *key, size_t size)
{
    struct parser *parser = context;
    parser->field = NO_FIELD;
    for (size_t i = 0; parser->ignored == 0 && i < sizeof fields / sizeof *fields; i++)
        if (fields[i].place == parser->place && strlen(fields[i].name) == size &&
            memcmp(fields[i].name, key, size) == 0) {
            parser->field = fields[i].field;
            break;
        }
    return 1;
}

/* ---- containers ---- */

static int enter_ignored(struct parser *parser)
{
    if (parser->ignored == 0 && (parser->place == TRACKS || parser->place == PLAYLISTS))
        on_string(parser, (const unsigned char *)"", 0);
    if (++parser->ignored <= DEPTH_MAX)
        return 1;
    parser->refused = "it is nested too deeply to be a slice";
    return 0;
}

static int on_object(void *context)
{
    struct parser *parser = context;
    if (parser->ignored == 0 && parser->place == OUTSIDE) {
        parser->place = TOP;
    } else if (parser->ignored == 0 && parser->place == PLAYLISTS) {
        parser->place = PLAYLIST;
        parser->playlist = (struct mpd_playlist){.modified = -1,
                                                 .followers = -1,
                                                 .edits = -1,
                                                 .collaborative = -1,
                                                 .byte = byte_of(parser),
                                                 .first_track = parser->batch->tracks.size / sizeof(struct mpd_track)};
    } else if (parser->ignored == 0 && parser->place == TRACKS) {
        parser->place = TRACK;
        parser->track =
            (struct mpd_track){.pos = (int64_t)parser->playlist.n_tracks, .duration_ms = -1, .byte = byte_of(parser)};
    } else {
        return enter_ignored(parser);
    }
    parser->field = NO_FIELD;
    return 1;
}

static int on_array(void *context)
{
    struct parser *parser = context;
    if (parser->ignored == 0 && parser->place == TOP && parser->field == TOP_PLAYLISTS)
        parser->place = PLAYLISTS;
    else if (parser->ignored == 0 && parser->place == PLAYLIST && parser->field == PLAYLIST_TRACKS)
        parser->place = TRACKS;
    else
        return enter_ignored(parser);
    parser->met_playlists = true;
    parser->field = NO_FIELD;
    return 1;
}

static void end_track(struct parser *parser)
{
    parser->place = TRACKS;
    if (parser->track.uri.size == 0) {
        skip(parser, "a track without track_uri, or with one that is no text of at most 500 bytes");
    } else if (parser->playlist.n_tracks >= PLAYLIST_TRACKS_MAX) {
        skip(parser, "a track beyond the first 100,000 of its playlist");
    } else {
        buffer_add(&parser->batch->tracks, &parser->track, sizeof parser->track);
        parser->playlist.n_tracks++;
    }
}

static int by_position(const void *a, const void *b)
{
    const struct mpd_track *x = a, *y = b;
    if (x->pos != y->pos)
        return x->pos < y->pos ? -1 : 1;
    return (x->byte > y->byte) - (x->byte < y->byte);
}

static bool hand_over(struct parser *parser)
{
    parser->batch->position = parser->input ? (int64_t)gzoffset(parser->input) : 0;
    mpd_pipe_put(parser->pipe, parser->batch);
    parser->batch = mpd_pipe_wants(parser->pipe, parser->file) ? mpd_pipe_blank(parser->pipe) : NULL;
    if (parser->batch)
        parser->batch->file = parser->file;
    return parser->batch != NULL;
}

static int end_playlist(struct parser *parser)
{
    struct mpd_batch *batch = parser->batch;
    struct mpd_playlist *playlist = &parser->playlist;
    parser->place = PLAYLISTS;
    bool failed = batch->texts.failed || batch->tracks.failed;
    if (failed || playlist->key.size == 0 || playlist->n_tracks == 0) {
        if (!failed)
            skip(parser, playlist->key.size == 0 ? "a playlist without pid" : "a playlist without tracks");
        batch->tracks.size = playlist->first_track * sizeof(struct mpd_track);
    } else {
        struct mpd_track *tracks = tracks_of(batch) + playlist->first_track;
        bool sorted = true;
        for (size_t i = 1; sorted && i < playlist->n_tracks; i++)
            sorted = tracks[i - 1].pos <= tracks[i].pos;
        if (!sorted)
            qsort(tracks, playlist->n_tracks, sizeof *tracks, by_position);
        buffer_add(&batch->playlists, playlist, sizeof *playlist);
    }
    if (failed || batch->playlists.failed) {
        parser->refused = "memory ran out";
        return 0;
    }
    return batch->playlists.size / sizeof *playlist < BATCH_PLAYLISTS || hand_over(parser);
}

static int on_end(void *context)
{
    struct parser *parser = context;
    parser->field = NO_FIELD;
    if (parser->ignored > 0) {
        parser->ignored--;
        return 1;
    }
    switch (parser->place) {
    case TRACK:
        end_track(parser);
        return 1;
    case PLAYLIST:
        return end_playlist(parser);
    case TRACKS:
        parser->place = PLAYLIST;
        return 1;
    case PLAYLISTS:
        parser->place = TOP;
        return 1;
    default:
        parser->place = OUTSIDE;
        return 1;
    }
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_object,
    .yajl_map_key = on_key,
    .yajl_end_map = on_end,
    .yajl_start_array = on_array,
    .yajl_end_array = on_end,
};

/* ---- a file ---- */

static enum status explain(struct parser *parser, const unsigned char *block, size_t size, struct error *error)
{
    if (parser->refused)
        return error_set(error, STATUS_BAD_DATA, "%s, byte %lld: %s", parser->path, (long long)byte_of(parser),
                         parser->refused);
    unsigned char *text = yajl_get_error(parser->json, 0, block, size);
    size_t length = text ? strcspn((const char *)text, "\n") : 0;
    enum status status =
        error_set(error, STATUS_BAD_DATA,
                  "%s, byte %lld: this is not JSON as it should be (%.*s); the file is cut or damaged, fetch "
                  "it again",
                  parser->path, (long long)byte_of(parser), (int)length, text ? (const char *)text : "");
    yajl_free_error(parser->json, text);
    return status;
}

static enum status read_blocks(struct parser *parser, unsigned char *block, struct error *error)
{
    for (;;) {
        int got = gzread(parser->input, block, BLOCK);
        int number = Z_OK;
        const char *message = gzerror(parser->input, &number);
        if (got < 0 || number == Z_BUF_ERROR)
            return error_set(error, STATUS_BAD_DATA, "%s: the compressed file is cut or damaged (%s); fetch it again",
                             parser->path, message);
        if (got == 0)
            break;
        yajl_status result = yajl_parse(parser->json, block, (size_t)got);
        if (!parser->batch) /* nobody wants the rest */
            return STATUS_OK;
        if (result != yajl_status_ok)
            return explain(parser, block, (size_t)got, error);
        parser->before += got;
    }
    if (yajl_complete_parse(parser->json) != yajl_status_ok)
        return explain(parser, NULL, 0, error);
    if (!parser->met_playlists)
        return error_set(error, STATUS_BAD_DATA,
                         "%s has no array \"playlists\": it is not a slice of the Million Playlist Dataset",
                         parser->path);
    return STATUS_OK;
}

static enum status parse(struct parser *parser, struct error *error)
{
    parser->input = gzopen(parser->path, "rb");
    if (!parser->input)
        return error_set(error, STATUS_FAILED, "%s cannot be opened; check that it is there and may be read",
                         parser->path);
    gzbuffer(parser->input, BLOCK);
    parser->json = yajl_alloc(&callbacks, NULL, parser);
    unsigned char *block = malloc(BLOCK);
    enum status status = STATUS_OK;
    if (!parser->json || !block) {
        status = error_no_memory(error);
    } else {
        yajl_config(parser->json, yajl_dont_validate_strings, 1); /* they are mended instead */
        status = read_blocks(parser, block, error);
    }
    if (parser->batch)
        parser->batch->position = (int64_t)gzoffset(parser->input);
    free(block);
    if (parser->json)
        yajl_free(parser->json);
    gzclose_r(parser->input);
    return status;
}

void mpd_parse_file(struct mpd_pipe *pipe, const char *path, size_t file)
{
    struct parser parser = {.pipe = pipe, .path = path, .name = import_base_name(path), .file = file};
    parser.batch = mpd_pipe_blank(pipe);
    if (!parser.batch)
        return;
    parser.batch->file = file;
    parser.batch->begins = true;
    struct error error;
    enum status status = import_hash(path, parser.batch->hash, &parser.batch->size, &error);
    /* The hash goes ahead alone: a file that was imported before need not be parsed. */
    if (status == STATUS_OK && !hand_over(&parser))
        return;
    if (status == STATUS_OK)
        status = parse(&parser, &error);
    if (!parser.batch)
        return;
    parser.batch->ends = true;
    parser.batch->status = status;
    if (status != STATUS_OK)
        parser.batch->error = error;
    mpd_pipe_put(pipe, parser.batch);
}
