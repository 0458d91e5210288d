#ifndef SLEEVE_DB_IMPORT_CSV_ROW_H
#define SLEEVE_DB_IMPORT_CSV_ROW_H

#include "db/import/csv_columns.h"
#include "db/ingest.h"

/* One row of a table: its fields as texts, what they mean, and its track in the catalogue. Values that are altered or
 * dropped are counted in the report. */
struct csv_row {
    const char *where;    /* the file, for notes */
    const char *playlist; /* of tables of one playlist without a column that names it */
    char delimiter;       /* decides what commas in numbers are */
    const struct csv_columns *columns;
    struct import_report *report;
    struct ingest *ingest;
    struct table_record record; /* what the other functions read */
    struct buffer texts[CSV_FIELDS];
    struct buffer row_keys[KEY_KINDS]; /* of the row's track, album and artist */
    struct buffer scratch;
    char date[11];
};

void csv_row_free(struct csv_row *row);
/* Reads the record. *fault says why the row cannot be used, NULL when it can: it then has a playlist, a title and an
 * artist. *position is its position in the playlist, unchanged where the table has no positions. */
enum status csv_row_read(struct csv_row *row, int64_t *position, const char **fault, struct error *error);
struct text csv_row_text(const struct csv_row *row, enum csv_field field);
/* Whether the field has a value. */
bool csv_row_known(const struct csv_row *row, enum csv_field field);
/* The field that identifies the playlist: its id, or its name where it has none. */
enum csv_field csv_row_playlist(const struct csv_row *row);
/* The number of the row's track: csv_row_find gives 0 where there is none, csv_row_track makes it. */
enum status csv_row_find(struct csv_row *row, int32_t *track, struct error *error);
enum status csv_row_track(struct csv_row *row, int32_t *track, struct error *error);

#endif
