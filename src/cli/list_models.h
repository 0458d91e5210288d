#ifndef SLEEVE_CLI_LIST_MODELS_H
#define SLEEVE_CLI_LIST_MODELS_H

#include "cli/cli.h"
#include "db/catalogue.h"

/* Prints the models of a folder: those of attributes, and those of fitness. */

struct listed_model {
    struct buffer what;     /* attributes, or the kind of the network */
    struct buffer features; /* where inputs come from */
    int64_t classes;        /* playlists; -1: the models have none */
};
struct model_lister {
    const char *what, *classes; /* names of the columns; classes NULL: there is none */
    enum status (*list)(const struct catalogue *catalogue, void (*each)(const char *name, void *context), void *context,
                        struct error *error);
    /* Fills a zeroed struct; after a failure the error stands in the model's place. */
    enum status (*read)(const struct catalogue *catalogue, const char *name, struct listed_model *listed,
                        struct error *error);
};
enum status list_models(const struct cli *cli, const struct catalogue *catalogue, const struct model_lister *lister,
                        struct error *error);

#endif
