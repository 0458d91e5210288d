/* Artists, albums, genres and years: choosing one searches for its tracks (app/search_scopes.h). */
#include <stdio.h>
#include <string.h>

#include "app/browse.h"
#include "core/buffer.h"
#include "ui/commands.h"
#include "ui/picker.h"
#include "ui/view.h"

/* An album's name in the list is followed by its artist. */
#define OF_ARTIST " · "

struct kind {
    enum picker_kind picker;
    enum browse_kind kind;
    const char *scope, *one, *many; /* one and many: what is counted */
};
static const struct kind kinds[] = {
    {PICK_ARTISTS, BROWSE_ARTISTS, "artist", "track", "tracks"},
    {PICK_ALBUMS, BROWSE_ALBUMS, "album", "track", "tracks"},
    {PICK_GENRES, BROWSE_GENRES, "genre", "playlist", "playlists"},
    {PICK_YEARS, BROWSE_YEARS, "year", "track", "tracks"},
};
enum { N_KINDS = sizeof kinds / sizeof kinds[0], SHOWN = 12 };

static const struct kind *kind_of(enum picker_kind picker)
{
    for (size_t i = 0; i < N_KINDS; i++)
        if (kinds[i].picker == picker)
            return &kinds[i];
    return NULL;
}

/* ---- items ---- */

struct collecting {
    const struct kind *kind;
    struct picker_items *items;
};

static enum status add(const struct browse_row *row, void *context, struct error *error)
{
    struct collecting *collecting = context;
    const struct kind *kind = collecting->kind;
    const struct picker_item item = {.kind = (uint8_t)kind->picker};
    struct buffer name = {0};
    char note[64];
    if (!row->name[0])
        return STATUS_OK;
    buffer_add_text(&name, row->name);
    if (row->artist[0]) {
        buffer_add_text(&name, OF_ARTIST);
        buffer_add_text(&name, row->artist);
    }
    snprintf(note, sizeof note, "%lld %s", (long long)row->count, row->count == 1 ? kind->one : kind->many);
    bool good = !name.failed && picker_items_add(collecting->items, name.data, note, &item);
    buffer_free(&name);
    return good ? STATUS_OK : error_no_memory(error);
}

static enum status collect(struct app *app, const struct picker_input *input, const char *model,
                           struct picker_items *items, bool *more, struct error *error)
{
    enum status status = STATUS_OK;
    (void)model, (void)more;
    for (size_t i = 0; status == STATUS_OK && i < N_KINDS; i++) {
        struct collecting collecting = {.kind = &kinds[i], .items = items};
        if (input->kind == kinds[i].picker || input->kind == PICK_BROWSE)
            status = app_browse(app, kinds[i].kind, add, &collecting, error);
    }
    return status;
}

/* ---- the tracks of one ---- */

static void add_quoted(struct buffer *out, const char *text, size_t size)
{
    buffer_add_byte(out, '"');
    for (size_t i = 0; i < size; i++)
        buffer_add_byte(out, text[i] == '"' ? ' ' : text[i]);
    buffer_add_byte(out, '"');
}

/* Appends the search for its tracks: artist="Air", album="Moon Safari" artist="Air". */
static bool write_search(enum picker_kind picker, const char *name, struct buffer *out)
{
    const struct kind *kind = kind_of(picker);
    const char *artist = NULL;
    for (const char *at = name; picker == PICK_ALBUMS && (at = strstr(at, OF_ARTIST)) != NULL; at++)
        artist = at;
    buffer_printf(out, "%s=", kind->scope);
    add_quoted(out, name, artist ? (size_t)(artist - name) : strlen(name));
    if (artist) {
        buffer_add_text(out, " artist=");
        add_quoted(out, artist + sizeof OF_ARTIST - 1, strlen(artist + sizeof OF_ARTIST - 1));
    }
    return !out->failed;
}

static enum status preview(struct app *app, const struct picker_item *item, const char *name,
                           struct picker_preview *preview, struct error *error)
{
    struct buffer search = {0};
    int64_t total = 0;
    enum status status = write_search((enum picker_kind)item->kind, name, &search) ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK)
        status = app_search(app, search.data, SHOWN, &preview->tracks, &total, NULL, error);
    if (status == STATUS_OK)
        preview_add(preview, NULL, "%lld %s, those in most playlists first", (long long)total,
                    total == 1 ? "track" : "tracks");
    buffer_free(&search);
    return status;
}

static enum status accept(struct state *state, struct effect_list *effects, const struct picker_item *item,
                          const char *name, struct error *error)
{
    struct buffer line = {0};
    buffer_add_text(&line, "search ");
    enum status status = write_search((enum picker_kind)item->kind, name, &line) ? STATUS_OK : error_no_memory(error);
    if (status == STATUS_OK)
        status = command_run(state, effects, line.data, error);
    buffer_free(&line);
    return status;
}

#define SOURCE(NAME, TITLE, WHAT)                                                                                      \
    {                                                                                                                  \
        .name = NAME, .title = TITLE, .what = WHAT, .empty = "The catalogue has none; import says what tables need.",  \
        .collect = collect, .preview = preview, .accept = accept,                                                      \
    }
const struct picker_source picker_browse = SOURCE("browse", "Browse artists, albums, genres and years", "artist");
const struct picker_source picker_artists = SOURCE("artists", "Browse artists", "artist");
const struct picker_source picker_albums = SOURCE("albums", "Browse albums", "album");
const struct picker_source picker_genres = SOURCE("genres", "Browse genres", "genre");
const struct picker_source picker_years = SOURCE("years", "Browse years", "year");
