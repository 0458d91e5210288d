/* Ratings as a table of text. */
#include "app/rating_file.h"

#include <string.h>

#include "app/ratings.h"
#include "core/table_reader.h"
#include "db/catalogue.h"
#include "db/spreadsheet.h"

struct writer {
    struct catalogue *catalogue;
    struct buffer *out;
    bool spreadsheet;
    struct playlist_list playlist; /* of the last rating */
    struct track_list tracks;      /* [ratings] */
};

static void add_field(const struct writer *writer, const char *text, const char *after)
{
    if (writer->spreadsheet && spreadsheet_guards(text, strlen(text))) {
        struct buffer guarded = {0};
        buffer_printf(&guarded, "'%s", text);
        writer->out->failed = writer->out->failed || guarded.failed;
        if (!guarded.failed)
            table_add_field(writer->out, guarded.data, guarded.size, ',');
        buffer_free(&guarded);
    } else if (text[0]) {
        table_add_field(writer->out, text, strlen(text), ',');
    }
    buffer_add_text(writer->out, after);
}

static void add_row(const struct writer *writer, const struct rating *rating, const struct track *track)
{
    const struct playlist *playlist = &writer->playlist.items[0];
    char time[RATING_TIME_SIZE];
    rating_time(rating->rated, time);
    add_field(writer, playlist->key, ",");
    add_field(writer, playlist->name, ",");
    add_field(writer, track->key, ",");
    add_field(writer, track->title, ",");
    add_field(writer, track->artist, ",");
    add_field(writer, rating->model, ",");
    if (rating->rank > 0)
        buffer_printf(writer->out, "%d", (int)rating->rank);
    buffer_printf(writer->out, ",%s,", rating_names[rating->value]);
    add_field(writer, rating->reason, ",");
    buffer_printf(writer->out, "%s,", rating->metadata ? "yes" : "");
    add_field(writer, rating->rater, ",");
    buffer_printf(writer->out, "%s%s\r\n", time, writer->spreadsheet ? ",yes" : "");
}

static enum status add_rows(struct writer *writer, const struct rating_list *ratings, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < ratings->count; i++) {
        const struct rating *rating = &ratings->items[i];
        if (writer->playlist.count == 0 || writer->playlist.items[0].id != rating->playlist_id) {
            playlist_list_free(&writer->playlist);
            status = catalogue_playlist_read(writer->catalogue, rating->playlist_id, &writer->playlist, error);
        }
        if (status == STATUS_OK && writer->playlist.count > 0)
            add_row(writer, rating, &writer->tracks.items[i]);
    }
    return status;
}

enum status ratings_write(struct catalogue *catalogue, const struct rating_filter *filter, bool spreadsheet,
                          struct buffer *out, size_t *count, struct error *error)
{
    struct writer writer = {.catalogue = catalogue, .out = out, .spreadsheet = spreadsheet};
    struct rating_list ratings;
    struct buffer ids = {0};
    enum status status = catalogue_ratings_read(catalogue, filter, &ratings, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < ratings.count; i++)
        buffer_add(&ids, &ratings.items[i].track_id, sizeof ratings.items[i].track_id);
    buffer_add_text(out,
                    "playlist_key,playlist,track_key,track,artist,model,rank,rating,reason,wrong_metadata,rater,rated");
    buffer_add_text(out, spreadsheet ? "," SPREADSHEET_COLUMN "\r\n" : "\r\n");
    if (ids.failed)
        status = error_no_memory(error);
    else if (ratings.count > 0)
        status = catalogue_tracks_read(catalogue, (const int64_t *)(const void *)ids.data, ratings.count,
                                       &writer.tracks, error);
    if (status == STATUS_OK)
        status = add_rows(&writer, &ratings, error);
    *count = ratings.count;
    playlist_list_free(&writer.playlist);
    track_list_free(&writer.tracks);
    rating_list_free(&ratings);
    buffer_free(&ids);
    return status == STATUS_OK && out->failed ? error_no_memory(error) : status;
}
