#include <stdlib.h>
#include <string.h>
#include <yajl_parse.h>

#include "core/interrupt.h"
#include "core/text_number.h"
#include "core/text_reader.h"
#include "db/import/mpd_pipe.h"
#include "db/import/note.h"

enum {
    BATCH_PLAYLISTS = 64,
    BATCH_TEXTS = 16 << 20,    /* size of a batch's texts from which on it is passed to the writer */
    PLAYLIST_TEXTS = 64 << 20, /* bytes of texts of one playlist */
    VALUE_MAX = 8 << 20,       /* bytes of a text or number: the JSON parser keeps one that is not complete */
    DEPTH_MAX = 64,            /* of values that are skipped; the format itself has a depth of 5 */
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
    HOLDOUTS,
    POS,
    TRACK_URI,
    TRACK_NAME,
    ARTIST_URI,
    ARTIST_NAME,
    ALBUM_URI,
    ALBUM_NAME,
    DURATION,
};

#define FIELD(place, field, name)                                                                                      \
    {                                                                                                                  \
        place, field, name, sizeof(name) - 1                                                                           \
    }
static const struct {
    enum place place;
    enum field field;
    const char *name;
    size_t size;
} fields[] = {
    FIELD(TRACK, POS, "pos"),
    FIELD(TRACK, TRACK_URI, "track_uri"),
    FIELD(TRACK, TRACK_NAME, "track_name"),
    FIELD(TRACK, ARTIST_URI, "artist_uri"),
    FIELD(TRACK, ARTIST_NAME, "artist_name"),
    FIELD(TRACK, ALBUM_URI, "album_uri"),
    FIELD(TRACK, ALBUM_NAME, "album_name"),
    FIELD(TRACK, DURATION, "duration_ms"),
    FIELD(PLAYLIST, PID, "pid"),
    FIELD(PLAYLIST, NAME, "name"),
    FIELD(PLAYLIST, DESCRIPTION, "description"),
    FIELD(PLAYLIST, MODIFIED, "modified_at"),
    FIELD(PLAYLIST, FOLLOWERS, "num_followers"),
    FIELD(PLAYLIST, EDITS, "num_edits"),
    FIELD(PLAYLIST, COLLABORATIVE, "collaborative"),
    FIELD(PLAYLIST, PLAYLIST_TRACKS, "tracks"),
    FIELD(PLAYLIST, HOLDOUTS, "num_holdouts"),
    FIELD(TOP, TOP_PLAYLISTS, "playlists"),
};

struct parser {
    struct mpd_pipe *pipe;
    const char *path, *name;
    size_t file;
    yajl_handle json;
    struct text_reader *input;
    const char *kind;  /* what the file seems to be, NULL: nothing that is known */
    int64_t before;    /* bytes that were handed to yajl in earlier blocks */
    int64_t waiting;   /* bytes since its last event: a value of more than VALUE_MAX is too long */
    int64_t playlists; /* that were read */
    struct mpd_batch *batch;
    enum place place;
    enum field field;
    int ignored; /* depth inside a value that is skipped */
    bool met_playlists;
    const char *refused;
    struct mpd_playlist playlist;
    struct mpd_track track;
    size_t playlist_texts, track_texts; /* where the texts of each begin: those of skipped ones are removed */
};

static int64_t byte_of(const struct parser *parser)
{
    return parser->before + (int64_t)yajl_get_bytes_consumed(parser->json);
}

static void skip(struct parser *parser, const char *reason)
{
    import_skipped(&parser->batch->notes, reason, parser->name, "byte", byte_of(parser));
}

static void alter(struct parser *parser, const char *reason)
{
    import_altered(&parser->batch->notes, reason, parser->name, "byte", byte_of(parser));
}

static void drop(struct parser *parser, const char *reason)
{
    import_dropped(&parser->batch->notes, reason, parser->name, "byte", byte_of(parser));
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
        alter(parser, "a NUL character (\\u0000): replaced");
    if (repairs & TEXT_CUT)
        alter(parser, "text longer than 1,000 bytes: cut");
    if (texts->size > UINT32_MAX)
        texts->failed = true;
    return (struct span){(uint32_t)at, (uint32_t)(texts->size - at)};
}

/* 0, which stops the parser, when the texts of one playlist are more than one can have. */
static int too_much_text(struct parser *parser)
{
    if (parser->batch->texts.size - parser->playlist_texts <= PLAYLIST_TEXTS || parser->place < PLAYLIST)
        return 1;
    parser->refused = "a playlist with more than 64 MB of texts";
    return 0;
}

/* Stores a number; false when the field is not numeric. */
static bool take_number(struct parser *parser, double value)
{
    enum { DURATION_MAX = 1000000000 };
    bool fine = value >= 0 && value <= 1e15;
    switch (parser->field) {
    case POS:
        if (fine)
            parser->track.pos = (int64_t)value;
        break;
    case DURATION:
        fine = fine && value <= DURATION_MAX;
        if (fine)
            parser->track.duration_ms = (int32_t)value;
        break;
    case MODIFIED:
        if (fine)
            parser->playlist.modified = (int64_t)value;
        break;
    case FOLLOWERS:
        if (fine)
            parser->playlist.followers = (int64_t)value;
        break;
    case EDITS:
        if (fine)
            parser->playlist.edits = (int64_t)value;
        break;
    default:
        return false;
    }
    if (!fine)
        drop(parser, "a number that is invalid or out of range");
    return true;
}

/* A value of another type where an object is expected. */
static void refuse_item(struct parser *parser)
{
    if (parser->place == TRACKS)
        skip(parser, "a track that is not an object");
    else if (parser->place == PLAYLISTS)
        skip(parser, "a playlist that is not an object");
}

static struct span *text_field(struct parser *parser)
{
    switch (parser->field) {
    case TRACK_URI:
        return &parser->track.uri;
    case ARTIST_URI:
        return &parser->track.artist_uri;
    case ALBUM_URI:
        return &parser->track.album_uri;
    case TRACK_NAME:
        return &parser->track.title;
    case ARTIST_NAME:
        return &parser->track.artist;
    case ALBUM_NAME:
        return &parser->track.album;
    case PID:
        return &parser->playlist.key;
    case NAME:
        return &parser->playlist.name;
    case DESCRIPTION:
        return &parser->playlist.description;
    default:
        return NULL;
    }
}

static bool is_key(enum field field)
{
    return field == PID || field == TRACK_URI || field == ARTIST_URI || field == ALBUM_URI;
}

static int on_string(void *context, const unsigned char *text, size_t size)
{
    struct parser *parser = context;
    double value = -1;
    parser->waiting = 0;
    if (parser->ignored > 0)
        return 1;
    struct span *field = text_field(parser);
    if (field && !(is_key(parser->field) && size > KEY_MAX)) {
        *field = add_text(parser, text, size);
        parser->playlist.has_description |= parser->field == DESCRIPTION;
    } else if (field) {
        if (parser->field == ARTIST_URI || parser->field == ALBUM_URI)
            drop(parser, "a URI longer than 500 bytes");
    } else if (parser->field == COLLABORATIVE) {
        parser->playlist.collaborative = size == 4 && memcmp(text, "true", 4) == 0    ? 1
                                         : size == 5 && memcmp(text, "false", 5) == 0 ? 0
                                                                                      : -1;
    } else if (parser->field == NO_FIELD) {
        refuse_item(parser);
    } else {
        take_number(parser, text_number((const char *)text, size, ',', &value) ? value : -1);
    }
    return too_much_text(parser);
}

static int on_number(void *context, const char *text, size_t size)
{
    struct parser *parser = context;
    double value = -1;
    parser->waiting = 0;
    if (parser->ignored > 0)
        return 1;
    if (parser->field == PID) {
        if (size <= 40)
            parser->playlist.key = add_text(parser, (const unsigned char *)text, size);
    } else if (!take_number(parser, text_number(text, size, ',', &value) ? value : -1)) {
        refuse_item(parser);
    }
    return 1;
}

static int on_boolean(void *context, int value)
{
    struct parser *parser = context;
    parser->waiting = 0;
    if (parser->ignored == 0 && parser->field == COLLABORATIVE)
        parser->playlist.collaborative = value != 0;
    else if (parser->ignored == 0)
        refuse_item(parser);
    return 1;
}

static int on_null(void *context)
{
    struct parser *parser = context;
    parser->waiting = 0;
    if (parser->ignored == 0)
        refuse_item(parser);
    return 1;
}

static int on_key(void *context, const unsigned char *key, size_t size)
{
    struct parser *parser = context;
    parser->waiting = 0;
    parser->field = NO_FIELD;
    for (size_t i = 0; parser->ignored == 0 && i < sizeof fields / sizeof *fields; i++)
        if (fields[i].size == size && fields[i].place == parser->place && memcmp(fields[i].name, key, size) == 0) {
            parser->field = fields[i].field;
            break;
        }
    if (parser->field == HOLDOUTS) {
        parser->refused =
            "this is the challenge set, whose playlists are incomplete; give the slices (mpd.slice.*.json)";
        return 0;
    }
    return 1;
}

/* ---- containers ---- */

static int enter_ignored(struct parser *parser)
{
    if (parser->ignored == 0)
        refuse_item(parser);
    if (++parser->ignored <= DEPTH_MAX)
        return 1;
    parser->refused = "it is nested too deeply to be a slice";
    return 0;
}

static int on_object(void *context)
{
    struct parser *parser = context;
    parser->waiting = 0;
    if (parser->ignored == 0 && parser->place == OUTSIDE) {
        parser->place = TOP;
    } else if (parser->ignored == 0 && parser->place == PLAYLISTS) {
        parser->place = PLAYLIST;
        parser->playlist_texts = parser->batch->texts.size;
        parser->playlist = (struct mpd_playlist){.modified = -1,
                                                 .followers = -1,
                                                 .edits = -1,
                                                 .collaborative = -1,
                                                 .byte = byte_of(parser),
                                                 .first_track = parser->batch->tracks.size / sizeof(struct mpd_track)};
    } else if (parser->ignored == 0 && parser->place == TRACKS) {
        if (parser->playlist.n_tracks == IMPORT_PLAYLIST_TRACKS_MAX) {
            parser->refused = "a playlist of more than 100,000 tracks; no playlist of the dataset has 400";
            return 0;
        }
        parser->place = TRACK;
        parser->track_texts = parser->batch->texts.size;
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
    parser->waiting = 0;
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
        parser->batch->texts.size = parser->track_texts;
        return;
    }
    buffer_add(&parser->batch->tracks, &parser->track, sizeof parser->track);
    parser->playlist.n_tracks++;
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
    parser->batch->position = parser->input ? (int64_t)text_reader_position(parser->input) : 0;
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
        if (!failed)
            batch->texts.size = parser->playlist_texts;
    } else {
        struct mpd_track *tracks = tracks_of(batch) + playlist->first_track;
        bool sorted = true;
        for (size_t i = 1; sorted && i < playlist->n_tracks; i++)
            sorted = tracks[i - 1].pos <= tracks[i].pos;
        if (!sorted)
            qsort(tracks, playlist->n_tracks, sizeof *tracks, by_position);
        buffer_add(&batch->playlists, playlist, sizeof *playlist);
        parser->playlists++;
    }
    if (failed || batch->playlists.failed) {
        parser->refused = "memory ran out";
        return 0;
    }
    bool full = batch->playlists.size / sizeof *playlist >= BATCH_PLAYLISTS || batch->texts.size > BATCH_TEXTS;
    return !full || hand_over(parser);
}

static int on_end(void *context)
{
    struct parser *parser = context;
    parser->waiting = 0;
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

/* Words that programs write for missing numbers and that JSON does not have; NULL when the error is not at one. */
static const char *foreign_word(const unsigned char *block, size_t size, size_t at)
{
    static const char *const words[] = {"NaN", "Infinity", "None", "undefined"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        for (size_t back = 0, length = strlen(words[i]); back <= length && back <= at; back++)
            if (at - back + length <= size && memcmp(block + at - back, words[i], length) == 0)
                return words[i];
    return NULL;
}

static enum status explain(struct parser *parser, const unsigned char *block, size_t size, struct error *error)
{
    long long byte = (long long)byte_of(parser);
    if (parser->refused)
        return error_set(error, STATUS_BAD_DATA, "%s, byte %lld: %s", parser->path, byte, parser->refused);
    const char *word = block ? foreign_word(block, size, yajl_get_bytes_consumed(parser->json)) : NULL;
    if (word)
        return error_set(error, STATUS_BAD_DATA, "%s, byte %lld: %s is not JSON; write null where a value is missing",
                         parser->path, byte, word);
    unsigned char *text = yajl_get_error(parser->json, 0, block, size);
    size_t length = text ? strcspn((const char *)text, "\n") : 0;
    enum status status =
        error_set(error, STATUS_BAD_DATA,
                  "%s, byte %lld: this is not valid JSON (%.*s); the file is cut or damaged, fetch it again",
                  parser->path, byte, (int)length, text ? (const char *)text : "");
    yajl_free_error(parser->json, text);
    return status;
}

static enum status refuse_kind(const struct parser *parser, struct error *error)
{
    return error_set(error, STATUS_BAD_DATA, "%s: this is %s%s", parser->path, parser->kind,
                     strchr(parser->kind, ';') ? "" : ", not a slice of the Million Playlist Dataset");
}

/* A file of another kind, or one that has no playlists. */
static enum status check_whole(const struct parser *parser, struct error *error)
{
    if (parser->playlists > 0)
        return STATUS_OK;
    if (parser->kind)
        return refuse_kind(parser, error);
    if (!parser->met_playlists)
        return error_set(error, STATUS_BAD_DATA,
                         "%s has no array \"playlists\": it is not a slice of the Million Playlist Dataset",
                         parser->path);
    return STATUS_OK;
}

static enum status read_blocks(struct parser *parser, struct error *error)
{
    enum status status = STATUS_OK;
    char *block;
    for (size_t size; (status = text_reader_fill(parser->input, 1, &block, &size, error)) == STATUS_OK && size > 0;) {
        if (interrupt_requested()) /* much may be skipped between two batches */
            return error_set(error, STATUS_INTERRUPTED, "stopped in %s; run it again to continue", parser->path);
        parser->waiting += (int64_t)size;
        yajl_status result = yajl_parse(parser->json, (unsigned char *)block, size);
        if (!parser->batch) /* the rest is not needed */
            return STATUS_OK;
        if (result != yajl_status_ok)
            return explain(parser, (unsigned char *)block, size, error);
        parser->before += (int64_t)size;
        text_reader_consume(parser->input, size);
        if (parser->waiting > VALUE_MAX)
            return error_set(error, STATUS_BAD_DATA, "%s, before byte %lld: a value of more than %d bytes",
                             parser->path, (long long)parser->before, VALUE_MAX);
    }
    if (status == STATUS_OK && yajl_complete_parse(parser->json) != yajl_status_ok)
        status = explain(parser, NULL, 0, error);
    return status == STATUS_OK ? check_whole(parser, error) : status;
}

static bool is_json(const char *kind)
{
    return !kind || strcmp(kind, "JSON") == 0 || strstr(kind, "import mpd") != NULL;
}

/* Whether the first bytes could be JSON; blanks alone could. */
static bool begins_json(struct text_reader *input)
{
    char *text;
    size_t size, blanks = 0;
    if (text_reader_fill(input, 1, &text, &size, NULL) != STATUS_OK)
        return true; /* the next read reports why */
    while (blanks < size && memchr(" \t\r\n", text[blanks], 4))
        blanks++;
    return blanks == size || text[blanks] == '{' || text[blanks] == '[';
}

static enum status parse(struct parser *parser, struct error *error)
{
    enum status status = text_reader_open(parser->path, TEXT_READER_UTF8, &parser->input, error);
    if (status != STATUS_OK)
        return status;
    const char *kind = text_reader_kind(parser->input);
    parser->kind = is_json(kind) ? NULL : kind;
    parser->before = (int64_t)text_reader_mark(parser->input);
    parser->json = yajl_alloc(&callbacks, NULL, parser);
    if (!parser->kind && !begins_json(parser->input)) {
        status =
            error_set(error, STATUS_BAD_DATA,
                      "%s: this is not JSON, which the slices of the Million Playlist Dataset are; tables are read "
                      "by import csv",
                      parser->path);
    } else if (parser->json) {
        yajl_config(parser->json, yajl_dont_validate_strings, 1); /* the reader did */
        status = read_blocks(parser, error);
    } else {
        status = error_no_memory(error);
    }
    if (parser->kind && status == STATUS_BAD_DATA && !parser->met_playlists)
        status = refuse_kind(parser, error);
    if (parser->batch)
        parser->batch->position = (int64_t)text_reader_position(parser->input);
    if (parser->json)
        yajl_free(parser->json);
    text_reader_close(parser->input);
    parser->input = NULL;
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
    /* The hash is sent first: a file that was imported before need not be parsed. */
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
