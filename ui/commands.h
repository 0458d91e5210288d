#ifndef SLEEVE_UI_COMMANDS_H
#define SLEEVE_UI_COMMANDS_H

#include "ui/command.h"
#include "ui/effect.h"
#include "ui/state.h"

/* The command at this index, in the order of the help; NULL past the last. */
const struct explorer_command *command_at(size_t at);
/* The command of this name; NULL when there is none. */
const struct explorer_command *command_named(const char *name);
/* The command that a line begins with, its longest name; *size is that of the name in the line. NULL when there is
 * none. */
const struct explorer_command *command_of_line(const char *line, size_t *size);
/* Whether it only makes sense in scripts and for keys, so that lists of commands leave it out. */
bool command_is_for_scripts(const struct explorer_command *command);
/* Word `at` of the alternatives of an argument, "auto|cpu|cuda"; arguments are counted from 0. A word in capitals
 * stands for something, as MODEL does. False past the last. */
bool command_choice(const struct explorer_command *command, size_t argument, size_t at, char *word, size_t size);
/* Runs one line. An unknown command or a wrong argument is STATUS_USAGE and changes nothing. */
enum status command_run(struct state *state, struct effect_list *effects, const char *line, struct error *error);
/* Whether a line is a command that has the arguments it needs; the error says what is wrong. Runs nothing. */
enum status command_check(const char *line, struct error *error);

/* Reads a whole number from 1 on; the error message names the command. */
enum status command_number(const char *argument, const char *what, size_t *value, struct error *error);

/* Moves the selection in a list of `count` rows: "next" and "previous" by `step`, another move of ui/list.h, or a
 * number from 1. */
enum status command_select_in(struct list_position *at, size_t count, const char *argument, size_t step,
                              struct error *error);

/* The commands of every view: of the playlist and of what is shown, and of the screen itself. Each table is in the file
 * of its functions. */
struct command_table {
    const struct explorer_command *rows;
    size_t count;
};
extern const struct command_table commands_of_playlist, commands_of_settings, commands_of_tour, commands_of_screen;

/* Commands that other files call or have in their tables. What some of them do depends on the view. */
COMMAND(command_search);
COMMAND(command_add);
COMMAND(command_add_again);
COMMAND(command_page);
COMMAND(command_select);
COMMAND(command_pane);
COMMAND(command_model);
COMMAND(command_command);
COMMAND(command_theme);

#endif
