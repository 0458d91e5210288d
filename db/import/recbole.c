/* RecBole's atomic files: NAME.inter with the entries, and beside it NAME.item and NAME.user with names, where there
 * are any. */
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/table_reader.h"
#include "core/text_number.h"
#include "db/import/groups.h"
#include "db/import/note.h"

enum { TITLE, ARTIST, ALBUM, DURATION, TEXTS };

struct item {
    const char *texts[DURATION];
    int32_t duration_ms;
    bool known;
};

struct recbole {
    const struct foreign_reading *reading;
    struct foreign_groups groups;
    struct foreign_playlist names; /* only its memory */
    struct item *items;            /* [groups.items.count] */
    struct buffer scratch[2];
};

/* ---- columns ---- */

/* Where the column of one of these names is ("title" for "title:token_seq"); -1: there is none. Names end with NULL. */
static int find_column(const struct table_record *header, const char *const *names)
{
    for (; *names; names++)
        for (int i = 0; i < header->n_fields && i < TABLE_COLUMNS_MAX; i++)
            if (strcspn(header->fields[i], ":") == strlen(*names) &&
                strncmp(header->fields[i], *names, strlen(*names)) == 0)
                return i;
    return -1;
}

#define NAMES(...)                                                                                                     \
    (const char *const[])                                                                                              \
    {                                                                                                                  \
        __VA_ARGS__, NULL                                                                                              \
    }

static const char *field(const struct table_record *record, int column)
{
    return column >= 0 && column < record->n_fields ? record->fields[column] : "";
}

/* Reads a table row by row; `columns` are found in the header. */
static enum status read_table(struct recbole *recbole, const char *path, const char *const *const *columns, int n,
                              enum status (*row)(struct recbole *recbole, const struct table_record *record,
                                                 const int *at, struct error *error),
                              struct error *error)
{
    enum { COLUMNS_MAX = 8 };
    struct table_reader *table;
    struct table_record record;
    const struct table_options options = {.tabs_first = true};
    int at[COLUMNS_MAX];
    bool more;
    enum status status = table_open(path, &options, &table, error);
    if (status != STATUS_OK)
        return status;
    status = table_next(table, &record, &more, error);
    if (status == STATUS_OK && !more)
        status = error_set(error, STATUS_BAD_DATA, "%s is empty", path);
    for (int i = 0; status == STATUS_OK && i < n && i < COLUMNS_MAX; i++)
        at[i] = find_column(&record, columns[i]);
    if (status == STATUS_OK && (at[0] < 0 || at[1] < 0))
        status = error_set(error, STATUS_BAD_DATA,
                           "%s, line %lld: no column %s; the header of RecBole's atomic files names columns as "
                           "item_id:token",
                           path, record.line, columns[at[0] < 0 ? 0 : 1][0]);
    while (status == STATUS_OK && (status = table_next(table, &record, &more, error)) == STATUS_OK && more) {
        status = row(recbole, &record, at, error);
        progress_step(recbole->reading->progress, (double)text_reader_position(table_text(table)));
    }
    table_close(table);
    return status;
}

/* ---- entries ---- */

static enum status add_entry(struct recbole *recbole, const struct table_record *record, const int *at,
                             struct error *error)
{
    const struct foreign_reading *reading = recbole->reading;
    const char *playlist = foreign_unescaped(field(record, at[0]), &recbole->scratch[0]),
               *item = foreign_unescaped(field(record, at[1]), &recbole->scratch[1]), *position = field(record, at[2]);
    double value = 0;
    if (recbole->scratch[0].failed || recbole->scratch[1].failed)
        return error_no_memory(error);
    if (!*playlist || !*item) {
        import_skipped(reading->report, "a line without user or item", reading->name, "line", record->line);
        return STATUS_OK;
    }
    if (at[2] >= 0 && !text_number(position, strlen(position), '\t', &value))
        import_dropped(reading->report, "a position that is not a number", reading->name, "line", record->line);
    return foreign_groups_add(&recbole->groups, reading, playlist, item, value, record->line, error);
}

/* ---- names ---- */

static enum status add_item(struct recbole *recbole, const struct table_record *record, const int *at,
                            struct error *error)
{
    const char *id = foreign_unescaped(field(record, at[0]), &recbole->scratch[0]);
    const int32_t number = id_map_find(&recbole->groups.items, id, strlen(id));
    if (number == 0 || recbole->items[number - 1].known)
        return STATUS_OK;
    struct item *item = &recbole->items[number - 1];
    item->known = true;
    for (int i = TITLE; i <= ALBUM; i++) {
        const char *text = field(record, at[1 + i]);
        item->texts[i] =
            *text ? foreign_text(&recbole->names, recbole->reading, record->line, text, strlen(text)) : NULL;
    }
    const char *duration = field(record, at[1 + DURATION]);
    if (*duration)
        item->duration_ms = foreign_duration(recbole->reading, record->line, duration, strlen(duration), 1);
    return recbole->names.failed ? error_no_memory(error) : STATUS_OK;
}

static enum status add_user(struct recbole *recbole, const struct table_record *record, const int *at,
                            struct error *error)
{
    const char *id = foreign_unescaped(field(record, at[0]), &recbole->scratch[0]), *name = field(record, at[1]);
    const int32_t number = id_map_find(&recbole->groups.playlists, id, strlen(id));
    if (number == 0 || !*name)
        return STATUS_OK;
    struct group *group = (struct group *)(void *)recbole->groups.groups.data + number - 1;
    if (!group->name)
        group->name = foreign_text(&recbole->names, recbole->reading, record->line, name, strlen(name));
    return recbole->names.failed ? error_no_memory(error) : STATUS_OK;
}

static void describe(void *context, int32_t number, struct foreign_track *track)
{
    const struct recbole *recbole = context;
    const struct item *item = &recbole->items[number - 1];
    track->title = item->texts[TITLE];
    track->artist = item->texts[ARTIST];
    track->album = item->texts[ALBUM];
    track->duration_ms = item->duration_ms;
}

/* The file beside `path` with another ending. */
static enum status read_beside(struct recbole *recbole, const char *ending, const char *const *const *columns, int n,
                               enum status (*row)(struct recbole *recbole, const struct table_record *record,
                                                  const int *at, struct error *error),
                               struct error *error)
{
    struct buffer path = {0};
    const char *inter = recbole->reading->path, *dot = strrchr(inter, '.');
    buffer_add(&path, inter, dot && !strchr(dot, '/') ? (size_t)(dot - inter) : strlen(inter));
    buffer_add_text(&path, ending);
    enum status status = path.failed ? error_no_memory(error) : STATUS_OK;
    if (status == STATUS_OK && file_exists(path.data))
        status = read_table(recbole, path.data, columns, n, row, error);
    buffer_free(&path);
    return status;
}

static enum status read_all(struct recbole *recbole, struct error *error)
{
    const char *const *const entries[] = {NAMES("user_id", "session_id"), NAMES("item_id"),
                                          NAMES("position", "timestamp", "time")};
    const char *const *const items[] = {NAMES("item_id"), NAMES("title", "name", "track_name", "item_name"),
                                        NAMES("artist", "artist_name", "artists"), NAMES("album", "album_name"),
                                        NAMES("duration_ms", "duration")};
    const char *const *const users[] = {NAMES("user_id", "session_id"), NAMES("name", "title", "playlist_name")};
    enum status status = read_table(recbole, recbole->reading->path, entries, 3, add_entry, error);
    recbole->items = calloc((size_t)recbole->groups.items.count + 1, sizeof *recbole->items);
    if (status == STATUS_OK && !recbole->items)
        return error_no_memory(error);
    for (int32_t i = 0; status == STATUS_OK && i < recbole->groups.items.count; i++)
        recbole->items[i].duration_ms = -1;
    if (status == STATUS_OK)
        status = read_beside(recbole, ".item", items, 5, add_item, error);
    if (status == STATUS_OK)
        status = read_beside(recbole, ".user", users, 2, add_user, error);
    return status == STATUS_OK ? foreign_groups_end(&recbole->groups, recbole->reading,
                                                    &(struct group_items){describe, recbole, NULL}, error)
                               : status;
}

static enum status read(const struct foreign_reading *reading, struct error *error)
{
    struct recbole recbole = {.reading = reading};
    enum status status = read_all(&recbole, error);
    foreign_groups_free(&recbole.groups);
    foreign_playlist_free(&recbole.names);
    buffer_free(&recbole.scratch[0]);
    buffer_free(&recbole.scratch[1]);
    free(recbole.items);
    return status;
}

static bool is_recbole(const char *text, size_t size, const char *name)
{
    const size_t line = strcspn(text, "\r\n");
    (void)name;
    return memmem(text, line < size ? line : size, "item_id:token", 13) &&
           memmem(text, line < size ? line : size, "_id:token\t", 10);
}

FOREIGN_IMPORTER(
    recbole, "a data set of RecBole", "line", is_recbole, read, "FILE.inter",
    "RecBole's atomic files: users of NAME.inter become playlists, ordered by position or timestamp; names "
    "are taken\nfrom NAME.item and NAME.user beside it.")
