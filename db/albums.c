#include "db/albums.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "db/database.h"

struct word_match {
    struct buffer wanted, text; /* folded */
};

static bool contains_words(const char *text, const char *words)
{
    char word[256];
    for (words += strspn(words, " "); *words; words += strspn(words, " ")) {
        size_t size = strcspn(words, " ");
        snprintf(word, sizeof word, "%.*s", (int)(size < sizeof word ? size : sizeof word - 1), words);
        if (!strstr(text, word))
            return false;
        words += size;
    }
    return true;
}

static void add_folded(struct buffer *out, sqlite3_value *value)
{
    const char *text = (const char *)sqlite3_value_text(value);
    if (text)
        text_fold(text, (size_t)sqlite3_value_bytes(value), out);
    buffer_add_byte(out, ' ');
}

/* SQL function: whether an artist and a title together contain all words. */
static void has_words(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    struct word_match *match = sqlite3_user_data(context);
    buffer_clear(&match->text);
    add_folded(&match->text, values[0]);
    add_folded(&match->text, values[1]);
    buffer_add_byte(&match->text, '\0');
    if (match->text.failed)
        sqlite3_result_error_nomem(context);
    else
        sqlite3_result_int(context, contains_words(match->text.data, match->wanted.data));
}

static enum status start_match(struct catalogue *catalogue, const char *text, struct word_match *match,
                               struct error *error)
{
    text_fold(text ? text : "", text ? strlen(text) : 0, &match->wanted);
    buffer_add_byte(&match->wanted, '\0');
    if (match->wanted.failed)
        return error_no_memory(error);
    return sqlite3_create_function(catalogue->db, "has_words", 2, SQLITE_UTF8, match, has_words, NULL, NULL) ==
                   SQLITE_OK
               ? STATUS_OK
               : database_failed(catalogue, "search the albums", error);
}

static struct album_row row_of(sqlite3_stmt *statement)
{
    return (struct album_row){
        .key = database_column_text(statement, 0),
        .title = database_column_text(statement, 1),
        .artist = database_column_text(statement, 2),
        .year = database_year(database_column_text(statement, 3)),
        .n_tracks = sqlite3_column_int64(statement, 4),
        .reason = database_column_text(statement, 5),
    };
}

enum status catalogue_albums_list(struct catalogue *catalogue, const struct album_filter *filter,
                                  void (*each)(const struct album_row *row, void *context), void *context,
                                  struct error *error)
{
    static const char sql[] =
        "SELECT b.key, b.title, a.name, b.release_date, (SELECT count(*) FROM tracks t WHERE t.album_id = b.id),"
        " CASE WHEN v.album_id IS NOT NULL THEN '' ELSE coalesce(c.reason, 'not looked for') END"
        " FROM albums b JOIN artists a ON a.id = b.artist_id LEFT JOIN covers c ON c.album_id = b.id"
        " LEFT JOIN cover_colours v ON v.album_id = b.id AND v.stored = 1"
        " WHERE has_words(a.name, b.title) AND (?1 = 0 OR v.album_id IS NULL)"
        " ORDER BY a.name COLLATE NOCASE, a.id, b.release_date, b.id LIMIT ?2";
    struct word_match match = {0};
    sqlite3_stmt *statement = NULL;
    enum status status = start_match(catalogue, filter->text, &match, error);
    if (status == STATUS_OK)
        status = database_prepare(catalogue, sql, &statement, error);
    sqlite3_bind_int(statement, 1, filter->without_cover);
    sqlite3_bind_int64(statement, 2, filter->limit > 0 ? filter->limit : -1);
    for (bool row = status == STATUS_OK; row;) {
        status = database_step_row(catalogue, statement, &row, "read albums", error);
        const struct album_row found = row ? row_of(statement) : (struct album_row){0};
        if (row)
            each(&found, context);
    }
    sqlite3_finalize(statement);
    buffer_free(&match.wanted);
    buffer_free(&match.text);
    return status;
}
