#include "eval/trec_run.h"

#include <stdlib.h>
#include <string.h>

/* The number of bytes of a non-ASCII white-space character at the start of the text; 0 if there is none. */
static size_t wide_space(const char *text)
{
    static const char *const spaces[] = {"\u00a0", "\u1680", "\u2000", "\u2001", "\u2002",  "\u2003", "\u2004",
                                         "\u2005", "\u2006", "\u2007", "\u2008", "\u2009",  "\u200a", "\u2028",
                                         "\u2029", "\u202f", "\u205f", "\u3000", "\xc2\x85"};
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++)
        if (strncmp(text, spaces[i], strlen(spaces[i])) == 0)
            return strlen(spaces[i]);
    return 0;
}

/* The format separates fields by white space, which for some readers includes all of Unicode's. */
static void write_key(const char *key, FILE *stream)
{
    size_t space = 0; /* bytes left in it */
    for (const char *c = key; *c; c++) {
        if (space == 0 && (unsigned char)*c >= 0x80)
            space = wide_space(c);
        if (space > 0 || (unsigned char)*c <= ' ' || *c == '%' || *c == 0x7f)
            fprintf(stream, "%%%02X", (unsigned)(unsigned char)*c);
        else
            fputc(*c, stream);
        space -= space > 0;
    }
}

static void write_row(const struct trec_writer *writer, const char *query, const char *track, size_t rank, double score,
                      const char *model)
{
    write_key(query, writer->stream);
    fputs(" Q0 ", writer->stream);
    write_key(track, writer->stream);
    fprintf(writer->stream, " %zu %.9g %s\n", rank, score, model);
}

enum status trec_run_write(const struct trec_run *run, int64_t playlist_id, const struct recommendation *list,
                           size_t count, struct error *error)
{
    const struct trec_writer writer = {run->stream, run->catalogue};
    struct playlist_list playlists = {0};
    struct track_list tracks = {0};
    int64_t *ids = malloc((count + 1) * sizeof *ids);
    if (!ids)
        return error_no_memory(error);
    for (size_t i = 0; i < count; i++)
        ids[i] = list[i].track;
    enum status status = catalogue_playlist_read(run->catalogue, playlist_id, &playlists, error);
    if (status == STATUS_OK)
        status = catalogue_tracks_read(run->catalogue, ids, count, &tracks, error);
    for (size_t i = 0; status == STATUS_OK && i < count; i++)
        write_row(&writer, playlists.items[0].key, tracks.items[i].key, i + 1, (double)list[i].score, run->model);
    free(ids);
    playlist_list_free(&playlists);
    track_list_free(&tracks);
    return status;
}

enum status trec_list_write(const struct trec_writer *writer, const struct trec_list *list, const char *model,
                            struct error *error)
{
    struct track_list tracks = {0};
    int64_t *ids = malloc((list->count + 1) * sizeof *ids);
    if (!ids)
        return error_no_memory(error);
    for (size_t i = 0; i < list->count; i++)
        ids[i] = list->tracks[i];
    enum status status = catalogue_tracks_read(writer->catalogue, ids, list->count, &tracks, error);
    for (size_t i = 0; status == STATUS_OK && i < list->count; i++)
        write_row(writer, list->query, tracks.items[i].key, i + 1, (double)list->scores[i], model);
    free(ids);
    track_list_free(&tracks);
    return status;
}

enum status trec_judgements_write(const struct trec_writer *writer, const char *query, const int64_t *held_out,
                                  size_t count, struct error *error)
{
    struct track_list tracks = {0};
    enum status status = catalogue_tracks_read(writer->catalogue, held_out, count, &tracks, error);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        write_key(query, writer->stream);
        fputs(" 0 ", writer->stream);
        write_key(tracks.items[i].key, writer->stream);
        fputs(" 1\n", writer->stream);
    }
    track_list_free(&tracks);
    return status;
}
