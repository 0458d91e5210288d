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

enum status trec_run_write(const struct trec_run *run, int64_t playlist_id, const struct recommendation *list,
                           size_t count, struct error *error)
{
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
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        write_key(playlists.items[0].key, run->stream);
        fputs(" Q0 ", run->stream);
        write_key(tracks.items[i].key, run->stream);
        fprintf(run->stream, " %zu %.9g %s\n", i + 1, (double)list[i].score, run->model);
    }
    free(ids);
    playlist_list_free(&playlists);
    track_list_free(&tracks);
    return status;
}
