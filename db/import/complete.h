#ifndef SLEEVE_DB_IMPORT_COMPLETE_H
#define SLEEVE_DB_IMPORT_COMPLETE_H

#include "db/ingest.h"

/* A playlist that an earlier import stored without some of its entries gets those that it lacks, if its entries are
 * among the given ones in their order; *done says whether. Other playlists of this key are left as they are. Counts in
 * report->matches.completed. */
enum status import_complete_playlist(struct catalogue *catalogue, struct ingest *ingest,
                                     const struct playlist_metadata *metadata, const int32_t *tracks, size_t count,
                                     struct import_report *report, bool *done, struct error *error);

/* Commits the import of a file. One with entries that were left out, or with choices of a person (`again`), is not
 * remembered: it may be imported another time. */
enum status import_commit(struct ingest *ingest, struct import_report *report, const struct import_file *file,
                          bool again, struct error *error);

#endif
