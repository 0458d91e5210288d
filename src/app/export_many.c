#include "app/export_many.h"

#include <string.h>

#include "core/file.h"
#include "core/text.h"
#include "db/id_map.h"
#include "db/playlists.h"

enum { NAME_MAX_BYTES = 120, PART = 256 };

struct many {
    const struct export_work *work;
    struct id_map names; /* folded, of the files that were written */
    struct buffer name, folded, path, bytes;
    int64_t written;
};

/* Letters that file systems allow everywhere. No dot at the start, so that no file is hidden, and no "-", which
 * programs take for an option. */
static void make_stem(const char *name, struct buffer *stem)
{
    for (size_t i = 0, size; name[i] && stem->size < NAME_MAX_BYTES; i += size) {
        size = text_character_size(name + i, strlen(name + i));
        size = size > 0 ? size : 1;
        const bool odd = (size == 1 && ((unsigned char)name[i] < ' ' || (unsigned char)name[i] >= 0x7f ||
                                        strchr("/\\:*?\"<>|", name[i])));
        if (stem->size == 0 && (odd || name[i] == '.' || name[i] == '-'))
            continue;
        if (odd)
            buffer_add_byte(stem, '-');
        else
            buffer_add(stem, name + i, size);
    }
    while (stem->size > 0 && strchr(" .-", stem->data[stem->size - 1]))
        stem->data[--stem->size] = '\0';
    if (stem->size == 0)
        buffer_add_text(stem, "playlist");
}

/* Names are compared as systems that ignore case compare them. */
static bool is_taken(struct many *many)
{
    buffer_clear(&many->folded);
    text_key(many->name.data, many->name.size, &many->folded);
    return id_map_find(&many->names, many->folded.data, many->folded.size) != 0;
}

static bool make_name(struct many *many, const char *playlist)
{
    buffer_clear(&many->name);
    make_stem(playlist, &many->name);
    const size_t size = many->name.size;
    for (int number = 2; !many->name.failed && !many->folded.failed && is_taken(many); number++) {
        many->name.size = size;
        buffer_printf(&many->name, " (%d)", number);
    }
    return !many->name.failed && !many->folded.failed &&
           id_map_add(&many->names, many->folded.data, many->folded.size) != 0;
}

static enum status write_playlist(struct many *many, const struct playlist *playlist, struct error *error)
{
    const struct export_work *work = many->work;
    buffer_clear(&many->bytes);
    buffer_clear(&many->path);
    if (!make_name(many, playlist->name))
        return error_no_memory(error);
    buffer_printf(&many->path, "%s/%s%s", work->input->out, many->name.data, work->exporter->extension);
    enum status status =
        export_playlist(work->catalogue, playlist->id, work->exporter, work->input->spreadsheet, &many->bytes, error);
    if (status == STATUS_OK)
        status = many->path.failed ? error_no_memory(error) : atomic_file_write(many->path.data, &many->bytes, error);
    many->written += status == STATUS_OK;
    progress_step(work->progress, (double)many->written);
    if (status == STATUS_OK && progress_cancelled(work->progress))
        status = error_set(error, STATUS_INTERRUPTED, "stopped after %lld files, which are complete",
                           (long long)many->written);
    return status;
}

static enum status write_all(struct many *many, bool own, struct error *error)
{
    enum status status = STATUS_OK;
    bool more = true;
    int64_t after = 0;
    while (status == STATUS_OK && more) {
        struct playlist_list playlists = {0};
        status = own ? catalogue_playlists_read(many->work->catalogue, true, 0, 0, &playlists, error)
                     : catalogue_playlists_after(many->work->catalogue, after, PART, &playlists, error);
        more = !own && playlists.count > 0;
        for (size_t i = 0; status == STATUS_OK && i < playlists.count; i++) {
            after = playlists.items[i].id;
            status = write_playlist(many, &playlists.items[i], error);
        }
        playlist_list_free(&playlists);
    }
    return status;
}

enum status export_many(const struct export_work *work, struct error *error)
{
    struct many many = {.work = work};
    progress_stage(work->progress, "exporting", "playlists", 0);
    enum status status = write_all(&many, true, error);
    if (status == STATUS_OK)
        status = write_all(&many, false, error);
    progress_end(work->progress);
    if (status == STATUS_OK)
        buffer_printf(work->notes, "%lld playlists, a file each\n", (long long)many.written);
    id_map_free(&many.names);
    buffer_free(&many.name);
    buffer_free(&many.folded);
    buffer_free(&many.path);
    buffer_free(&many.bytes);
    return status;
}
