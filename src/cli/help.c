#include <string.h>

#include "cli/cli.h"
#include "cli/roff.h"

enum { LEFT_COLUMNS = 32, USAGE_COLUMNS = 100 };

/* What is too long for the left column has a line of its own. */
static void add_options(const struct cli_option *options, size_t count, struct buffer *out)
{
    for (size_t i = 0; i < count; i++) {
        struct buffer left = {0};
        if (options[i].letter)
            buffer_printf(&left, "-%c, ", options[i].letter);
        else
            buffer_add_text(&left, "    ");
        buffer_printf(&left, "--%s%s%s", options[i].name, options[i].value ? " " : "",
                      options[i].value ? options[i].value : "");
        if (left.size > LEFT_COLUMNS)
            buffer_printf(out, "  %s\n%*s", left.data, LEFT_COLUMNS + 3, "");
        else
            buffer_printf(out, "  %-*s ", LEFT_COLUMNS, left.data ? left.data : "");
        buffer_printf(out, "%s\n", options[i].help);
        buffer_free(&left);
    }
}

void cli_help(struct buffer *out)
{
    buffer_add_text(
        out, "sleeve continues playlists with trained models, and shows album covers and where a model fails.\n\n"
             "usage: sleeve [options] [command] [arguments]\n"
             "Without a command, on a terminal, the explorer opens.\n\ncommands\n");
    for (const struct command *const *command = cli_commands; *command; command++)
        buffer_printf(out, "  %-13s %s\n", (*command)->name, (*command)->summary);
    buffer_add_text(out, "\noptions of every command\n");
    add_options(cli_globals, cli_n_globals, out);
    buffer_add_text(out, "\nsleeve help COMMAND explains one command.\n"
                         "Exit status: 0 success, 1 failure, 2 wrong usage, 3 bad input data, 130 interrupted.\n");
}

/* The bytes of `text` that stay on one line: up to a blank outside brackets, an option with its value; if that is
 * longer than `room`, up to any blank; if that is, too, up to the last bar that fits. */
static size_t piece_size(const char *text, size_t room)
{
    size_t size = 0, bar = 0;
    bool value = text[0] == '-';
    for (int depth = 0; text[size] && (text[size] != ' ' || depth > 0 || value); size++) {
        depth += (text[size] == '[') - (text[size] == ']');
        value = value && text[size] != ' ';
    }
    if (size > room)
        size = strcspn(text, " ");
    for (size_t i = 0; size > room && i < room; i++)
        if (text[i] == '|')
            bar = i + 1;
    return bar > 0 ? bar : size;
}

/* A long one continues on further lines, which begin below the first argument. */
static void add_usage(const struct command *command, struct buffer *out)
{
    const size_t indent = strlen("usage: sleeve ") + strlen(command->name);
    size_t column = indent;
    buffer_printf(out, "usage: sleeve %s", command->name);
    for (const char *at = command->arguments; *at;) {
        size_t size = piece_size(at, USAGE_COLUMNS - indent - 1);
        if (column > indent && column + 1 + size > USAGE_COLUMNS) {
            buffer_printf(out, "\n%*s", (int)indent, "");
            column = indent;
        }
        buffer_printf(out, " %.*s", (int)size, at);
        column += 1 + size;
        at += size;
        at += *at == ' ';
    }
    buffer_add_byte(out, '\n');
}

void cli_help_command(const struct command *command, struct buffer *out)
{
    add_usage(command, out);
    buffer_printf(out, "\n%s\n", command->summary);
    if (command->details)
        buffer_printf(out, "\n%s\n", command->details);
    if (command->n_options > 0) {
        buffer_add_text(out, "\noptions\n");
        add_options(command->options, command->n_options, out);
    }
    buffer_add_text(out, "\noptions of every command\n");
    add_options(cli_globals, cli_n_globals, out);
}

/* roff takes a leading dot or quote as a command and a backslash as an escape. A list of choices may be broken after
 * each "|". */
static void add_roff_span(const char *text, size_t size, struct buffer *out)
{
    for (const char *c = text; c < text + size; c++) {
        if (*c == '\\')
            buffer_add_text(out, "\\e");
        else if (*c == '-')
            buffer_add_text(out, "\\-");
        else if ((*c == '.' || *c == '\'') && (c == text || c[-1] == '\n'))
            buffer_printf(out, "\\&%c", *c);
        else if (*c == '|')
            buffer_add_text(out, "|\\:");
        else
            buffer_add_byte(out, *c);
    }
}

void roff_add(const char *text, struct buffer *out)
{
    add_roff_span(text, strlen(text), out);
}

static size_t line_size(const char *text)
{
    return strcspn(text, "\n");
}

/* Details are wrapped for a wide terminal. Lines that were only broken there are filled again. A line begins on a line
 * of its own if it is indented or follows a full stop or colon, and the one before has space for its first word. */
static void add_roff_details(const char *details, struct buffer *out)
{
    size_t longest = 0, size = 0, before = 0;
    for (const char *at = details; *at; at += size + (at[size] != '\0')) {
        size = line_size(at);
        longest = size > longest ? size : longest;
    }
    for (const char *at = details; *at; at += size + (at[size] != '\0')) {
        size = line_size(at);
        const size_t blanks = strspn(at, " "), word = strcspn(at + blanks, " \n");
        const bool ended = before > 0 && (at[-2] == '.' || at[-2] == ':');
        const bool own = before + 1 + word <= longest && (blanks > 0 || ended);
        if (size == 0)
            buffer_add_text(out, ".PP");
        else if (own && blanks == 0)
            buffer_add_text(out, ".br\n");
        add_roff_span(at + (own ? 0 : blanks), size - (own ? 0 : blanks), out);
        buffer_add_byte(out, '\n');
        before = size;
    }
}

static void add_roff_options(const struct cli_option *options, size_t count, struct buffer *out)
{
    for (size_t i = 0; i < count; i++) {
        buffer_add_text(out, ".TP\n.B ");
        if (options[i].letter)
            buffer_printf(out, "\\-%c, ", options[i].letter);
        buffer_add_text(out, "\\-\\-");
        roff_add(options[i].name, out);
        if (options[i].value) {
            buffer_add_text(out, " \\fI");
            roff_add(options[i].value, out);
            buffer_add_text(out, "\\fR");
        }
        buffer_add_byte(out, '\n');
        roff_add(options[i].help, out);
        buffer_add_byte(out, '\n');
    }
}

void cli_manual(struct buffer *out)
{
    buffer_printf(out, ".TH SLEEVE 1 \"\" \"sleeve %s\" \"User Commands\"\n" ROFF_RAGGED, SLEEVE_VERSION);
    buffer_add_text(out,
                    ".SH NAME\nsleeve \\- playlist continuation with album covers in the terminal\n"
                    ".SH SYNOPSIS\n.B sleeve\n[options] [command] [arguments]\n.SH DESCRIPTION\n"
                    "Continues playlists with trained models, shows them with cover thumbnails, and maps the covers "
                    "of the most frequent artists. Without a command, on a terminal, the explorer opens.\n"
                    ".SH OPTIONS OF EVERY COMMAND\n");
    add_roff_options(cli_globals, cli_n_globals, out);
    buffer_add_text(out, ".SH COMMANDS\n");
    for (const struct command *const *at = cli_commands; *at; at++) {
        const struct command *command = *at;
        buffer_printf(out, ".SS %s ", command->name);
        roff_add(command->arguments, out);
        buffer_add_byte(out, '\n');
        roff_add(command->summary, out);
        buffer_add_byte(out, '\n');
        if (command->details) {
            buffer_add_text(out, ".PP\n");
            add_roff_details(command->details, out);
        }
        add_roff_options(command->options, command->n_options, out);
    }
    buffer_add_text(
        out, ".SH EXIT STATUS\n0 success, 1 failure, 2 wrong usage, 3 bad input data, 130 interrupted.\n"
             ".SH ENVIRONMENT\nSLEEVE_CATALOGUE (the catalogue, without -C), SLEEVE_THEME (the explorer's colours), "
             "XDG_DATA_HOME, XDG_CACHE_HOME, XDG_CONFIG_HOME, NO_COLOR.\n.SH SEE ALSO\nsleeve-config(5)\n");
}
