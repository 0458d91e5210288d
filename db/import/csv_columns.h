#ifndef SLEEVE_DB_IMPORT_CSV_COLUMNS_H
#define SLEEVE_DB_IMPORT_CSV_COLUMNS_H

#include "db/import/csv_reader.h"
#include "db/import/import.h"

/* What a column of a table can mean. */
enum csv_field {
    FIELD_PLAYLIST,
    FIELD_PLAYLIST_ID,
    FIELD_POS,
    FIELD_TRACK,
    FIELD_TRACK_ID,
    FIELD_ARTIST,
    FIELD_ARTIST_ID,
    FIELD_ALBUM,
    FIELD_ALBUM_ID,
    FIELD_RELEASE_DATE,
    FIELD_DURATION_MS,
    FIELD_SECONDS,
    FIELD_POPULARITY,
    FIELD_GENRE,
    FIELD_SUBGENRE,
    FIELD_GUARDED, /* not empty: formulas in the row's texts are guarded (db/spreadsheet.h) */
    FIELD_AUDIO,   /* the first of AUDIO_FEATURES */
    CSV_FIELDS = FIELD_AUDIO + AUDIO_FEATURES
};

struct csv_columns {
    int column[CSV_FIELDS]; /* -1: the file has none */
    int n_columns;
    bool na_is_unknown; /* "NA" is how R writes a missing value */
};

/* Finds the columns by the names in the header; columns that nobody knows are left alone. */
enum status csv_columns_find(const char *path, const struct csv_record *header, const struct csv_options *options,
                             struct csv_columns *columns, struct error *error);

#endif
