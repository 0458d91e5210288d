#ifndef SLEEVE_DB_IMPORT_CSV_COLUMNS_H
#define SLEEVE_DB_IMPORT_CSV_COLUMNS_H

#include "core/arena.h"
#include "core/table_reader.h"
#include "db/import/importer.h"

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
    FIELD_DURATION, /* m:ss, seconds or milliseconds */
    FIELD_POPULARITY,
    FIELD_GENRE,
    FIELD_SUBGENRE,
    FIELD_ISRC,
    FIELD_GUARDED, /* not empty: formulas in the row's texts are guarded (db/spreadsheet.h) */
    FIELD_AUDIO,   /* the first of AUDIO_FEATURES */
    CSV_FIELDS = FIELD_AUDIO + AUDIO_FEATURES
};

/* A known layout of tables (db/import/csv_names.c): where its columns are, and what is special about its values. */
struct csv_layout {
    struct import_preset row;
    bool is_playlist;          /* a file is one playlist, named after the file, where no column names one */
    bool by_value;             /* columns are also found by Spotify's URIs in the first row */
    enum csv_field needs;      /* the field that identifies the preset: a header that has it is taken for this preset */
    bool matches;              /* rows without an id are matched to tracks of the catalogue before they are added */
    const char *missing_value; /* how a missing value is written; NULL: as an empty field */
};
extern const struct csv_layout csv_layouts[]; /* by enum csv_preset; [CSV_AUTO] is empty */
extern const size_t csv_n_layouts;

/* The names that columns have (db/import/csv_names.c), compared without case, accents, and differences of blanks,
 * hyphens and underscores. */
enum { CSV_NAME_OWN = 1 }; /* the name that --map calls the field by; other bits are 1 << enum csv_preset */
struct csv_name {
    enum csv_field field;
    unsigned presets;
    const char *name;
};
extern const struct csv_name csv_names[];
extern const size_t csv_n_names;

/* The names in a header, as written and normalised for comparison. */
struct csv_header {
    long long line;
    int n_columns;
    const char **names, **folded;
    struct arena memory;
};
enum status csv_header_read(const char *path, const struct table_record *record, struct csv_header *header,
                            struct error *error);
void csv_header_free(struct csv_header *header);

struct csv_columns {
    int column[CSV_FIELDS]; /* index of the field's column; -1: the file has none */
    int n_columns, n_named; /* all columns, and those up to the last that has a name */
    enum csv_preset preset; /* the preset given or found, never CSV_AUTO */
};

/* Finds the columns by the names in the header, those of Exportify's tables also by the values of the first row;
 * unknown columns are ignored. */
enum status csv_columns_find(const char *path, const struct csv_header *header, const struct table_record *first,
                             const struct csv_options *options, struct csv_columns *columns, struct error *error);

#endif
