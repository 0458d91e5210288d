#ifndef SLEEVE_CLI_CLI_H
#define SLEEVE_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/app.h"
#include "core/json.h"
#include "core/progress.h"
#include "core/status.h"
#include "ranks/ranks.h"

/* The command line: one table of commands (commands.h), from which the parser, the help and the manual page are made,
 * and one file a command. */

struct cli_option {
    const char *name;  /* without the dashes */
    char letter;       /* 0: none */
    const char *value; /* the name of its value in the help; NULL: a flag */
    const char *help;
};

/* What a word as the first argument takes; options of other words are refused. */
struct cli_verb {
    const char *name;  /* "": no argument */
    const char *takes; /* names of options, with | between */
};

struct cli;
struct config;

struct command {
    const char *name;
    const char *arguments; /* as in the help */
    const char *summary;
    const char *details; /* more sentences for `help COMMAND`; may be NULL */
    const struct cli_option *options;
    size_t n_options;
    int arguments_min, arguments_max; /* max -1: any number */
    const char *choices;              /* the words that the first argument may be, with | between; NULL: any text */
    const struct cli_verb *verbs;     /* ended by a name of NULL; NULL: every option goes with every argument */
    bool many_ranks;                  /* may run as several processes (mpirun) */
    void (*prepare)(void); /* writes those texts above that are made from a table of the program; NULL: none */
    enum status (*run)(struct cli *cli, struct error *error);
};

enum { CLI_VALUES_MAX = 256 };

/* The parsed command line. */
struct cli {
    const struct command *command;
    const char *catalogue; /* NULL: not given */
    enum device_choice device;
    int threads;
    bool json, quiet, no_progress;
    int verbose;
    const char **arguments;
    int n_arguments;
    struct {
        const struct cli_option *option;
        const char *value;
    } values[CLI_VALUES_MAX];
    int n_values;
    const struct config *config; /* the person's file of settings */
    struct progress progress;
    struct ranks *ranks; /* NULL: one process */
    bool abandoned;      /* threads are still running: the process can only end by _exit */
};

extern const struct command *const cli_commands[]; /* NULL-terminated */
extern const struct cli_option cli_globals[];
extern const size_t cli_n_globals;

/* Fills `cli`; cli->command is NULL when no command was given. `arguments` must hold argc pointers. */
enum status cli_parse(int argc, char **argv, struct cli *cli, struct error *error);

/* Whether a list of words with | between has the word. */
bool cli_has_word(const char *words, const char *word);
bool cli_flag(const struct cli *cli, const char *name);
/* The last value given, or `otherwise`. */
const char *cli_value(const struct cli *cli, const char *name, const char *otherwise);
/* The i-th value given of an option that may be repeated, NULL past the last. */
const char *cli_value_at(const struct cli *cli, const char *name, int i);
enum status cli_integer(const struct cli *cli, const char *name, int64_t low, int64_t high, int64_t otherwise,
                        int64_t *value, struct error *error);
enum status cli_number(const struct cli *cli, const char *name, double low, double high, double otherwise,
                       double *value, struct error *error);

/* The catalogue's path: -C, else $SLEEVE_CATALOGUE, else that of the person's settings, else the XDG data folder's.
 * malloc'ed. */
enum status cli_catalogue_path(const struct cli *cli, char **path, struct error *error);
/* With several processes: refuses commands that run as one, and versions, command lines or catalogues that differ. */
enum status cli_ranks_check(const struct cli *cli, struct error *error);
enum status cli_open_app(struct cli *cli, bool write, struct app **app, struct error *error);
/* Of several processes rank 0 opens it first; the others open it for reading. */
enum status cli_open_catalogue(struct cli *cli, enum catalogue_mode mode, struct catalogue **catalogue,
                               struct error *error);
/* The device that --device and --threads choose, for one command. Must not be copied. */
struct cli_device {
    struct device device;
    struct device_use use;
};
void cli_device_start(const struct cli *cli, struct cli_device *device);
void cli_device_end(struct cli_device *device);

/* The error for a failed write to stdout; errno is the reason. */
enum status cli_output_failed(struct error *error);
/* Writes the whole buffer to stdout and frees it; a failed write is an error. On a terminal, control characters and
 * characters that hide or reorder text are written as \uXXXX (text_escape); files and pipes get the bytes unchanged. */
enum status cli_print(struct buffer *out, struct error *error);
/* The same without escaping, for text that is sanitised already and may contain bold letters. */
enum status cli_print_shown(struct buffer *out, struct error *error);
/* "3:07", "1:02:03", "" for unknown. */
void cli_add_duration(struct buffer *out, int64_t milliseconds);
/* A year; "" or null when unknown. */
void cli_add_year(struct buffer *out, int32_t year);
void cli_json_year(struct json_writer *json, int32_t year);
/* The width for what is printed: that of the terminal, else $COLUMNS, else 120. */
int cli_columns(void);
/* Whether stdout is a terminal and bold letters may be used (not with NO_COLOR). */
bool cli_bold(void);
/* A table of tab-separated lines with a header, laid out in columns on a terminal, as TSV otherwise. */
enum status cli_print_table(struct buffer *tsv, struct error *error);
void cli_json_track(struct json_writer *json, const struct track *track);

/* Writes the texts of commands that are made from tables (importers, exporters). Call it before anything else here. */
void cli_prepare(void);
/* Appends the text in lines of at most 100 columns; white
 * space, line ends too, separates words. Lines after the first begin with `indent`. */
void cli_add_wrapped(struct buffer *out, const char *text, const char *indent);
/* Copies a text that a command's `prepare` made to where the command expects it; an assertion fails when it does not
 * fit. */
void cli_keep_text(struct buffer *text, char *place, size_t size);

/* The help and the manual page, from the table. */
void cli_help(struct buffer *out);
void cli_help_command(const struct command *command, struct buffer *out);
void cli_manual(struct buffer *out);
/* The manual page of the file of settings. */
void cli_manual_config(struct buffer *out);
/* The completion script of a shell: bash, zsh or fish. */
enum status cli_completion(const char *shell, struct buffer *out, struct error *error);
const struct command *cli_find(const char *name);

#endif
