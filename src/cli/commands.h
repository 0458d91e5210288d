#ifndef SLEEVE_CLI_COMMANDS_H
#define SLEEVE_CLI_COMMANDS_H

#include "cli/cli.h"
#include "core/log.h"

struct album_filter;

/* The list of commands, X(name), in the order of the help: each is a `struct command cli_command_name` in a file of its
 * own. Parser, help, manual page and completions follow from it. */
#define COMMAND_LIST(X)                                                                                                \
    X(explore)                                                                                                         \
    X(demo)                                                                                                            \
    X(doctor)                                                                                                          \
    X(import)                                                                                                          \
    X(covers)                                                                                                          \
    X(embed)                                                                                                           \
    X(audio)                                                                                                           \
    X(fitness)                                                                                                         \
    X(features)                                                                                                        \
    X(attributes)                                                                                                      \
    X(split)                                                                                                           \
    X(train)                                                                                                           \
    X(evaluate)                                                                                                        \
    X(failures)                                                                                                        \
    X(compare)                                                                                                         \
    X(ablation)                                                                                                        \
    X(models)                                                                                                          \
    X(recommend)                                                                                                       \
    X(rate)                                                                                                            \
    X(explain)                                                                                                         \
    X(recipe)                                                                                                          \
    X(steer)                                                                                                           \
    X(content)                                                                                                         \
    X(neighbours)                                                                                                      \
    X(spectrogram)                                                                                                     \
    X(space)                                                                                                           \
    X(tsne)                                                                                                            \
    X(contact_sheet)                                                                                                   \
    X(search)                                                                                                          \
    X(show)                                                                                                            \
    X(playlists)                                                                                                       \
    X(export)                                                                                                          \
    X(bench)                                                                                                           \
    X(help)

#define COMMAND_DECLARATION(name) extern const struct command cli_command_##name;
COMMAND_LIST(COMMAND_DECLARATION)

/* What several of them print. */

extern const char *const cli_track_header;
/* One sanitised field, followed by the byte. */
void cli_add_field(struct buffer *tsv, const char *text, char after);
/* The same for a key, which can be passed to other commands: only on a terminal are more than its control characters
 * replaced. */
void cli_add_key(struct buffer *tsv, const char *key, char after);
/* The fields of cli_track_header. */
void cli_add_track(struct buffer *tsv, const struct track *track);
enum status cli_print_tracks(const struct cli *cli, const struct track_list *tracks, struct error *error);
/* The albums of the filter with their keys; *count: how many. */
enum status cli_print_albums(struct cli *cli, const struct album_filter *filter, int64_t *count, struct error *error);

#endif
