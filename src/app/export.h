#ifndef SLEEVE_APP_EXPORT_H
#define SLEEVE_APP_EXPORT_H

#include "app/export_work.h"

/* Writing playlists, lists of models and embeddings of a catalogue as files of other programs. */

/* Exporters of what needs more than the catalogue's tables. */
#define APP_EXPORTERS(EXPORTER)                                                                                        \
    EXPORTER(trec)                                                                                                     \
    EXPORTER(qrels)                                                                                                    \
    EXPORTER(submission)                                                                                               \
    EXPORTER(npz)                                                                                                      \
    EXPORTER(recbole)                                                                                                  \
    EXPORTER(projector)

#define EXPORTER_DECLARE(name) extern const struct exporter exporter_##name;
APP_EXPORTERS(EXPORTER_DECLARE)
#undef EXPORTER_DECLARE

/* All exporters: those of playlists first. NULL-terminated. */
extern const struct exporter *const app_exporters[];

/* STATUS_USAGE for an unknown exporter, or an input that it does not take; the message says what it takes. */
enum status app_exporter_find(const char *name, const struct exporter **exporter, struct error *error);
enum status app_exporter_check(const struct exporter *exporter, const struct export_request *input,
                               struct error *error);
/* The arguments after the name, as in the usage: "PLAYLIST", "--model MODEL [PLAYLIST]". */
const char *app_exporter_arguments(const struct exporter *exporter);

/* The input has passed app_exporter_check. Files appear completely or not at all, each at the end of the work. */
enum status app_export(struct catalogue *catalogue, struct device_use *device, const struct exporter *exporter,
                       const struct export_request *input, struct progress *progress, struct buffer *notes,
                       struct error *error);

#endif
