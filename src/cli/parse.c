#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

const struct cli_option cli_globals[] = {
    {"catalogue", 'C', "FILE", "the catalogue (else $SLEEVE_CATALOGUE, the settings', or sleeve/catalogue.db)"},
    {"config", 0, "FILE", "the file of settings, instead of ~/.config/sleeve/config (\"none\": none)"},
    {"device", 0, "auto|cpu|cuda", "where to compute"},
    {"threads", 0, "N", "threads to compute with (default: all processors)"},
    {"json", 0, NULL, "results as one JSON document, or JSON lines where the command says so"},
    {"quiet", 'q', NULL, "errors only"},
    {"verbose", 'v', NULL, "more messages"},
    {"no-progress", 0, NULL, "no progress bar"},
    {"version", 0, NULL, "print the version"},
    {"help", 'h', NULL, "print help"},
};
const size_t cli_n_globals = sizeof cli_globals / sizeof cli_globals[0];

const struct command *cli_find(const char *name)
{
    for (const struct command *const *command = cli_commands; *command; command++)
        if (strcmp((*command)->name, name) == 0)
            return *command;
    return NULL;
}

static const struct cli_option *find_option(const struct cli *cli, const char *name, size_t size, char letter)
{
    const struct cli_option *tables[2] = {cli->command ? cli->command->options : NULL, cli_globals};
    size_t sizes[2] = {cli->command ? cli->command->n_options : 0, cli_n_globals};
    for (int t = 0; t < 2; t++)
        for (size_t i = 0; i < sizes[t]; i++)
            if (name ? strlen(tables[t][i].name) == size && memcmp(tables[t][i].name, name, size) == 0
                     : tables[t][i].letter == letter)
                return &tables[t][i];
    return NULL;
}

static enum status unknown(const struct cli *cli, const char *text, struct error *error)
{
    if (!cli->command)
        return error_set(error, STATUS_USAGE,
                         "%s is not a global option; options of a command follow its name; see: sleeve help", text);
    return error_set(error, STATUS_USAGE,
                     "%s is not an option of %s; see: sleeve help %s (put \"--\" before a name that begins with \"-\")",
                     text, cli->command->name, cli->command->name);
}

static enum status add_value(struct cli *cli, const struct cli_option *option, const char *value, struct error *error)
{
    if (cli->n_values == CLI_VALUES_MAX)
        return error_set(error, STATUS_USAGE, "more than %d options were given", CLI_VALUES_MAX);
    cli->values[cli->n_values].option = option;
    cli->values[cli->n_values++].value = value;
    return STATUS_OK;
}

/* One argument that begins with a dash; *next is the argument after it, which is taken if it is the option's value. */
static enum status parse_option(struct cli *cli, const char *text, const char *next, bool *took_next,
                                struct error *error)
{
    const struct cli_option *option;
    const char *value = NULL;
    if (text[1] == '-') {
        const char *equals = strchr(text, '=');
        size_t size = equals ? (size_t)(equals - text - 2) : strlen(text + 2);
        option = find_option(cli, text + 2, size, 0);
        value = equals ? equals + 1 : NULL;
    } else {
        option = find_option(cli, NULL, 0, text[1]);
        value = text[2] ? text + 2 : NULL;
    }
    if (!option)
        return unknown(cli, text, error);
    if (!option->value && value)
        return error_set(error, STATUS_USAGE, "--%s takes no value", option->name);
    if (option->value && !value) {
        if (!next)
            return error_set(error, STATUS_USAGE, "--%s needs a value: %s", option->name, option->value);
        value = next;
        *took_next = true;
    }
    return add_value(cli, option, value, error);
}

static enum status read_globals(struct cli *cli, struct error *error)
{
    cli->catalogue = cli_value(cli, "catalogue", NULL);
    if (cli->catalogue && !*cli->catalogue)
        return error_set(error, STATUS_USAGE, "--catalogue needs the name of a file");
    cli->json = cli_flag(cli, "json");
    cli->quiet = cli_flag(cli, "quiet");
    cli->verbose = cli_flag(cli, "verbose");
    cli->no_progress = cli_flag(cli, "no-progress");
    const char *device = cli_value(cli, "device", "auto");
    if (!device_choice_parse(device, &cli->device))
        return error_set(error, STATUS_USAGE, "--device is auto, cpu or cuda, not \"%s\"", device);
    int64_t threads;
    enum status status = cli_integer(cli, "threads", 1, 256, 0, &threads, error);
    cli->threads = (int)threads;
    return status;
}

bool cli_has_word(const char *words, const char *word)
{
    const size_t size = strlen(word);
    for (const char *at = words; at; at = strchr(at, '|')) {
        at += *at == '|';
        if (strncmp(at, word, size) == 0 && (at[size] == '|' || at[size] == '\0'))
            return true;
    }
    return false;
}

/* The other words that take the option: "; it belongs to: a, b". */
static void list_verbs(const struct cli_verb *verbs, const char *option, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (; verbs->name && used < size; verbs++)
        if (*verbs->name && cli_has_word(verbs->takes, option))
            used +=
                (size_t)snprintf(text + used, size - used, "%s%s", used == 0 ? "; it belongs to: " : ", ", verbs->name);
}

/* An option of another word would be passed over silently, and what was meant would not happen. */
static enum status check_verb(const struct cli *cli, struct error *error)
{
    const struct command *command = cli->command;
    const struct cli_verb *verb = command->verbs;
    const char *word = cli->n_arguments > 0 ? cli->arguments[0] : "";
    char others[200];
    while (verb && verb->name && strcmp(verb->name, word) != 0)
        verb++;
    if (!verb || (!verb->name && (!*word || !command->choices || cli_has_word(command->choices, word))))
        return STATUS_OK;
    if (!verb->name)
        return error_set(error, STATUS_USAGE, "there is no \"%s %.40s\"; usage: sleeve %s %s", command->name, word,
                         command->name, command->arguments);
    for (int i = 0; i < cli->n_values; i++) {
        const struct cli_option *option = cli->values[i].option;
        const bool global = option >= cli_globals && option < cli_globals + cli_n_globals;
        if (global || cli_has_word(verb->takes, option->name))
            continue;
        list_verbs(command->verbs, option->name, others, sizeof others);
        return error_set(error, STATUS_USAGE, "%s%s%s does not take --%s%s; see: sleeve help %s", command->name,
                         *word ? " " : "", word, option->name, others, command->name);
    }
    return STATUS_OK;
}

enum status cli_parse(int argc, char **argv, struct cli *cli, struct error *error)
{
    bool options_end = false;
    for (int i = 1; i < argc; i++) {
        const char *text = argv[i];
        if (!options_end && strcmp(text, "--") == 0) {
            options_end = true;
        } else if (!options_end && text[0] == '-' && text[1]) {
            bool took_next = false;
            enum status status = parse_option(cli, text, i + 1 < argc ? argv[i + 1] : NULL, &took_next, error);
            if (status != STATUS_OK)
                return status;
            i += took_next;
        } else if (!cli->command) {
            cli->command = cli_find(text);
            if (!cli->command)
                return error_set(error, STATUS_USAGE, "there is no command \"%s\"; see: sleeve help", text);
        } else {
            cli->arguments[cli->n_arguments++] = text;
        }
    }
    enum status status = read_globals(cli, error);
    const struct command *command = cli->command;
    if (status != STATUS_OK || !command || cli_flag(cli, "help"))
        return status;
    if (cli->n_arguments < command->arguments_min ||
        (command->arguments_max >= 0 && cli->n_arguments > command->arguments_max))
        return error_set(error, STATUS_USAGE, "usage: sleeve %s %s", command->name, command->arguments);
    return check_verb(cli, error);
}

const char *cli_value_at(const struct cli *cli, const char *name, int i)
{
    for (int v = 0; v < cli->n_values; v++)
        if (strcmp(cli->values[v].option->name, name) == 0 && i-- == 0)
            return cli->values[v].value ? cli->values[v].value : "";
    return NULL;
}

const char *cli_value(const struct cli *cli, const char *name, const char *otherwise)
{
    const char *last = otherwise;
    for (int v = 0; v < cli->n_values; v++)
        if (strcmp(cli->values[v].option->name, name) == 0)
            last = cli->values[v].value;
    return last;
}

bool cli_flag(const struct cli *cli, const char *name)
{
    return cli_value_at(cli, name, 0) != NULL;
}

enum status cli_integer(const struct cli *cli, const char *name, int64_t low, int64_t high, int64_t otherwise,
                        int64_t *value, struct error *error)
{
    const char *text = cli_value(cli, name, NULL);
    *value = otherwise;
    if (!text)
        return STATUS_OK;
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (end == text || *end || errno || number < low || number > high)
        return error_set(error, STATUS_USAGE, "--%s is a whole number from %lld to %lld, not \"%s\"", name,
                         (long long)low, (long long)high, text);
    *value = number;
    return STATUS_OK;
}

enum status cli_number(const struct cli *cli, const char *name, double low, double high, double otherwise,
                       double *value, struct error *error)
{
    const char *text = cli_value(cli, name, NULL);
    *value = otherwise;
    if (!text)
        return STATUS_OK;
    char *end;
    double number = strtod(text, &end);
    if (end == text || *end || !isfinite(number) || number < low || number > high)
        return error_set(error, STATUS_USAGE, "--%s is a number from %g to %g, not \"%s\"", name, low, high, text);
    *value = number;
    return STATUS_OK;
}
