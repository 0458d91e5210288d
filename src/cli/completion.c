/* Completions for bash, zsh and fish, made from the table of commands. They complete commands, options and then file
 * names, and values and first arguments that are one of a few words (written a|b|c in the table). */
#include <string.h>

#include "cli/cli.h"

/* A value written as "auto|cpu|cuda" is one of these words. */
static bool is_choice(const char *value)
{
    return value && strchr(value, '|') && !strpbrk(value, " [].{}");
}

static void add_words(const char *choice, struct buffer *out)
{
    for (const char *c = choice; *c; c++)
        buffer_add_byte(out, *c == '|' ? ' ' : *c);
}

/* Text inside single quotes of a shell. */
static void add_quoted(const char *text, const char *escape, struct buffer *out)
{
    for (const char *c = text; *c; c++)
        if (*c == '\'')
            buffer_add_text(out, escape);
        else
            buffer_add_byte(out, *c);
}

static void add_option_names(const struct cli_option *options, size_t count, struct buffer *out)
{
    for (size_t i = 0; i < count; i++) {
        buffer_printf(out, " --%s", options[i].name);
        if (options[i].letter)
            buffer_printf(out, " -%c", options[i].letter);
    }
}

/* ---- bash ---- */

static void add_bash_values(const struct cli_option *options, size_t count, struct buffer *out)
{
    for (size_t i = 0; i < count; i++)
        if (is_choice(options[i].value)) {
            buffer_printf(out, "        --%s) COMPREPLY=($(compgen -W '", options[i].name);
            add_words(options[i].value, out);
            buffer_add_text(out, "' -- \"$word\")); return ;;\n");
        }
}

/* The first argument, where it is one of a few words. */
static void add_bash_choices(const struct command *command, struct buffer *out)
{
    if (!command->choices)
        return;
    buffer_printf(out, "        [[ $before == %s && $word != -* ]] && { COMPREPLY=($(compgen -W '", command->name);
    add_words(command->choices, out);
    buffer_add_text(out, "' -- \"$word\")); return; }\n");
}

static void add_bash(struct buffer *out)
{
    buffer_add_text(out, "# bash completion of sleeve\n_sleeve() {\n"
                         "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command= i\n"
                         "    local commands='");
    for (const struct command *const *at = cli_commands; *at; at++)
        buffer_printf(out, "%s%s", at == cli_commands ? "" : " ", (*at)->name);
    buffer_add_text(out, "'\n    local options='");
    add_option_names(cli_globals, cli_n_globals, out);
    buffer_add_text(
        out, "'\n    for ((i = 1; i < COMP_CWORD; i++)); do\n"
             "        [[ \" $commands \" == *\" ${COMP_WORDS[i]} \"* ]] && { command=${COMP_WORDS[i]}; break; }\n"
             "    done\n    case $before in\n");
    add_bash_values(cli_globals, cli_n_globals, out);
    buffer_add_text(out, "    esac\n    case $command in\n");
    for (const struct command *const *at = cli_commands; *at; at++) {
        if ((*at)->n_options == 0 && !(*at)->choices)
            continue;
        buffer_printf(out, "    %s)\n", (*at)->name);
        add_bash_choices(*at, out);
        buffer_add_text(out, "        options+='");
        add_option_names((*at)->options, (*at)->n_options, out);
        buffer_add_text(out, "'\n        case $before in\n");
        add_bash_values((*at)->options, (*at)->n_options, out);
        buffer_add_text(out, "        esac ;;\n");
    }
    buffer_add_text(out, "    esac\n    if [[ $word == -* ]]; then\n"
                         "        COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
                         "    elif [[ -z $command || $command == help ]]; then\n"
                         "        COMPREPLY=($(compgen -W \"$commands\" -- \"$word\"))\n"
                         "    fi\n}\ncomplete -o bashdefault -o default -F _sleeve sleeve\n");
}

/* ---- zsh ---- */

/* Inside single quotes of an _arguments specification, where brackets and colons end a part. */
static void add_zsh_text(const char *text, struct buffer *out)
{
    for (const char *c = text; *c; c++) {
        if (strchr("[]:\\", *c))
            buffer_add_byte(out, '\\');
        if (*c == '\'')
            buffer_add_text(out, "'\\''");
        else
            buffer_add_byte(out, *c);
    }
}

static void add_zsh_options(const struct cli_option *options, size_t count, const char *indent, struct buffer *out)
{
    for (size_t i = 0; i < count; i++)
        for (int form = options[i].letter ? 0 : 1; form < 2; form++) {
            buffer_printf(out, "%s'", indent);
            if (form == 0)
                buffer_printf(out, "-%c[", options[i].letter);
            else
                buffer_printf(out, "--%s[", options[i].name);
            add_zsh_text(options[i].help, out);
            buffer_add_byte(out, ']');
            if (options[i].value) {
                buffer_add_byte(out, ':');
                add_zsh_text(options[i].value, out);
                buffer_add_byte(out, ':');
                if (is_choice(options[i].value)) {
                    buffer_add_byte(out, '(');
                    add_words(options[i].value, out);
                    buffer_add_byte(out, ')');
                } else {
                    buffer_add_text(out, "_files");
                }
            }
            buffer_add_text(out, "' \\\n");
        }
}

static void add_zsh(struct buffer *out)
{
    buffer_add_text(out, "#compdef sleeve\n_sleeve() {\n    local state line\n    _arguments -C \\\n");
    add_zsh_options(cli_globals, cli_n_globals, "        ", out);
    buffer_add_text(out, "        '1:command:->command' '*::argument:->argument'\n"
                         "    case $state in\n    command)\n        local -a commands=(\n");
    for (const struct command *const *at = cli_commands; *at; at++) {
        buffer_printf(out, "            '%s:", (*at)->name);
        add_zsh_text((*at)->summary, out);
        buffer_add_text(out, "'\n");
    }
    buffer_add_text(out, "        )\n        _describe command commands ;;\n    argument)\n        case $line[1] in\n");
    for (const struct command *const *at = cli_commands; *at; at++) {
        buffer_printf(out, "        %s)\n            _arguments \\\n", (*at)->name);
        add_zsh_options((*at)->options, (*at)->n_options, "                ", out);
        if ((*at)->choices) {
            buffer_add_text(out, "                '1:argument:(");
            add_words((*at)->choices, out);
            buffer_add_text(out, ")' \\\n");
        }
        buffer_add_text(out, "                '*:argument:_files' ;;\n");
    }
    buffer_add_text(out, "        esac ;;\n    esac\n}\n_sleeve \"$@\"\n");
}

/* ---- fish ---- */

static void add_fish_options(const struct cli_option *options, size_t count, const char *command, struct buffer *out)
{
    for (size_t i = 0; i < count; i++) {
        buffer_add_text(out, "complete -c sleeve");
        if (command)
            buffer_printf(out, " -n '__fish_seen_subcommand_from %s'", command);
        if (options[i].letter)
            buffer_printf(out, " -s %c", options[i].letter);
        buffer_printf(out, " -l %s", options[i].name);
        if (is_choice(options[i].value)) {
            buffer_add_text(out, " -x -a '");
            add_words(options[i].value, out);
            buffer_add_byte(out, '\'');
        } else if (options[i].value) {
            buffer_add_text(out, " -r");
        }
        buffer_add_text(out, " -d '");
        add_quoted(options[i].help, "\\'", out);
        buffer_add_text(out, "'\n");
    }
}

static void add_fish_choices(const struct command *command, struct buffer *out)
{
    if (!command->choices)
        return;
    buffer_printf(out, "complete -c sleeve -n '__fish_seen_subcommand_from %s; and not __fish_seen_subcommand_from ",
                  command->name);
    add_words(command->choices, out);
    buffer_add_text(out, "' -f -a '");
    add_words(command->choices, out);
    buffer_add_text(out, "'\n");
}

static void add_fish(struct buffer *out)
{
    buffer_add_text(out, "# fish completion of sleeve\n");
    add_fish_options(cli_globals, cli_n_globals, NULL, out);
    for (const struct command *const *at = cli_commands; *at; at++) {
        buffer_printf(out, "complete -c sleeve -n __fish_use_subcommand -f -a %s -d '", (*at)->name);
        add_quoted((*at)->summary, "\\'", out);
        buffer_add_text(out, "'\n");
        add_fish_choices(*at, out);
        add_fish_options((*at)->options, (*at)->n_options, (*at)->name, out);
    }
}

enum status cli_completion(const char *shell, struct buffer *out, struct error *error)
{
    static const struct {
        const char *shell;
        void (*add)(struct buffer *out);
    } shells[] = {{"bash", add_bash}, {"zsh", add_zsh}, {"fish", add_fish}};
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
        if (strcmp(shell, shells[i].shell) == 0) {
            shells[i].add(out);
            return STATUS_OK;
        }
    return error_set(error, STATUS_USAGE, "there is no completion for \"%s\"; there is one for bash, zsh and fish",
                     shell);
}
