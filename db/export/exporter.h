#ifndef SLEEVE_DB_EXPORTER_H
#define SLEEVE_DB_EXPORTER_H

#include "db/catalogue.h"

/* What `sleeve export NAME` can write: one row a format. The command's usage, help, completions and errors follow from
 * the rows. A new format is a file that defines its row, and its name in EXPORTERS; one that needs models, embeddings
 * or covers is in src/app/ and in APP_EXPORTERS (src/app/export.h).
 *
 * Exports hold the texts of the catalogue as they are, control characters included. */

/* A playlist to write: its entries in order, repeats included. */
struct exported {
    const char *name;
    const char *id; /* the key by which an import finds the playlist again; NULL: an import makes one from the name */
    const struct track_list *tracks;
    const char *const *files;     /* of each track: the path of its music file or NULL; NULL: not known */
    const struct export_ids *ids; /* [tracks->count], where the exporter uses them (db/export/other_ids.h);
                                     NULL: not known */
    bool spreadsheet;             /* guard fields that a spreadsheet would compute (db/spreadsheet.h) */
};

/* What an exporter writes. */
enum export_subject {
    EXPORT_PLAYLIST,  /* one playlist; with --all each playlist as a file of its own */
    EXPORT_CATALOGUE, /* all playlists */
    EXPORT_EMBEDDING, /* a feature set */
    EXPORT_LISTS,     /* the lists of a model for the playlists of a split, or for one playlist */
};

struct export_work; /* src/app/export.h */

struct exporter {
    const char *name;
    const char *extension; /* of its files, with the dot; "/": a folder of files */
    const char *help;      /* what is written; sentences */
    enum export_subject subject;
    const char *options; /* beside those of the subject, with blanks between; NULL: none */
    bool guards;         /* takes `spreadsheet` */
    bool files;          /* uses the paths of music files */
    bool ids;            /* uses ids that are not keys */
    bool binary;         /* not for a terminal */
    /* Appends the file's bytes; NULL for other subjects than EXPORT_PLAYLIST. */
    enum status (*write)(const struct exported *playlist, struct buffer *out, struct error *error);
    /* The other subjects; NULL for EXPORT_PLAYLIST. */
    enum status (*run)(const struct export_work *work, struct error *error);
};

#define EXPORTERS(EXPORTER)                                                                                            \
    EXPORTER(csv)                                                                                                      \
    EXPORTER(m3u8)                                                                                                     \
    EXPORTER(xspf)                                                                                                     \
    EXPORTER(jspf)                                                                                                     \
    EXPORTER(uris)

#define EXPORTER_DECLARE(name) extern const struct exporter exporter_##name;
EXPORTERS(EXPORTER_DECLARE)
#undef EXPORTER_DECLARE

extern const struct exporter *const exporters[]; /* NULL-terminated */

/* STATUS_USAGE where there is none of this name, or it takes no `spreadsheet`; the message lists those that do. */
enum status exporter_find(const char *name, bool spreadsheet, const struct exporter **exporter, struct error *error);

/* Appends a list of tracks of the catalogue; `files` of the list is looked up where the exporter uses it. */
enum status export_tracks(struct catalogue *catalogue, const struct exported *list, const struct exporter *exporter,
                          struct buffer *out, struct error *error);

/* Appends a playlist of the catalogue. */
enum status export_playlist(struct catalogue *catalogue, int64_t playlist_id, const struct exporter *exporter,
                            bool spreadsheet, struct buffer *out, struct error *error);

/* Appends a text in one line: line ends become spaces. For formats of lines. */
void export_add_line(struct buffer *out, const char *text);

#endif
