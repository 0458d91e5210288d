#ifndef SLEEVE_DB_IMPORTER_H
#define SLEEVE_DB_IMPORTER_H

#include "db/import/import.h"

/* What `sleeve import NAME` can read: one row a format. The command's usage, help, completions and errors follow from
 * the rows. A new format is a file that defines its row, and its name in IMPORTERS; it writes what it reads through
 * db/ingest.h, and reports what it skips through db/import/note.h. */

/* A known layout of a format's files, chosen with --preset. */
struct import_preset {
    const char *name;
    const char *help; /* a phrase for the help */
};

struct match_choices;
struct unmatched;

/* What to read, as a person gave it. */
struct import_input {
    const char *const *paths;
    size_t n_paths;
    const char *preset;                  /* NULL: found by what the file holds */
    const char *map;                     /* "field=column,..."; NULL: columns are found by their names */
    bool match_only;                     /* nothing is added to the catalogue but playlists of tracks that it has */
    const struct match_choices *choices; /* which tracks a person says are meant (db/import/choices.h); may be NULL */
    struct unmatched *unmatched;         /* collects the rows without a track (db/import/unmatched.h); may be NULL */
};

struct importer {
    const char *name;
    const char *arguments; /* the arguments after the name, as in the usage */
    const char *help;      /* what is read; sentences */
    const char *options;   /* options of the command that it takes, with blanks between; "" for none */
    bool many_paths;       /* accepts more than one file or folder */
    /* Whether a file that begins with this text is probably of the format; `name` is its name without the folder. NULL:
     * `import auto` does not try it. */
    bool (*recognises)(const char *text, size_t size, const char *name);
    /* The i-th preset, NULL past the last. The function is NULL where there are none. */
    const struct import_preset *(*preset)(size_t i);
    /* The input has passed importer_check. The report is set whatever the status is. */
    enum status (*run)(struct catalogue *catalogue, const struct import_input *input, struct pool *pool,
                       struct progress *progress, struct import_report *report, struct error *error);
};

#define IMPORTERS(IMPORTER)                                                                                            \
    IMPORTER(mpd)                                                                                                      \
    IMPORTER(csv)                                                                                                      \
    IMPORTER(xspf)                                                                                                     \
    IMPORTER(jspf)                                                                                                     \
    IMPORTER(m3u)                                                                                                      \
    IMPORTER(itunes)                                                                                                   \
    IMPORTER(account_data)                                                                                             \
    IMPORTER(challenge)                                                                                                \
    IMPORTER(uris)                                                                                                     \
    IMPORTER(trec)                                                                                                     \
    IMPORTER(recbole)

#define IMPORTER_DECLARE(name) extern const struct importer importer_##name;
IMPORTERS(IMPORTER_DECLARE)
#undef IMPORTER_DECLARE

extern const struct importer *const importers[]; /* NULL-terminated */

/* In a NULL-terminated list. STATUS_USAGE where there is none of this name; the message lists those there are. */
enum status importer_find(const struct importer *const *list, const char *name, const struct importer **importer,
                          struct error *error);
/* Whether the importer takes the command line option of this name. */
bool importer_takes(const struct importer *importer, const char *option);
/* STATUS_USAGE where the importer does not take such an input. */
enum status importer_check(const struct importer *importer, const struct import_input *input, struct error *error);

#endif
