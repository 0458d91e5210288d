#ifndef SLEEVE_UI_COMMANDS_H
#define SLEEVE_UI_COMMANDS_H

#include "ui/command.h"
#include "ui/effect.h"
#include "ui/state.h"

/* The command at this index, in the order of the help; NULL past the last. */
const struct explorer_command *command_at(size_t at);
/* Runs one line. An unknown command or a wrong argument is STATUS_USAGE and changes nothing. */
enum status command_run(struct state *state, struct effect_list *effects, const char *line, struct error *error);

/* Reads a whole number from 1 on; the error message names the command. */
enum status command_number(const char *argument, const char *what, size_t *value, struct error *error);

/* Moves the selection in a list of `count` rows: "next", "previous" (by `step`), "first", "last" or a number from 1. */
enum status command_select_in(struct list_position *at, size_t count, const char *argument, size_t step,
                              struct error *error);

/* views/explore/explore.c */
COMMAND(command_search);
/* commands_playlist.c; "add" and the panes are in the views */
COMMAND(command_move);
COMMAND(command_rename);
COMMAND(command_remove);
COMMAND(command_clear);
COMMAND(command_dedupe);
COMMAND(command_undo);
COMMAND(command_redo);
COMMAND(command_new);
COMMAND(command_save);
COMMAND(command_load);
COMMAND(command_delete);
/* commands_view.c */
COMMAND(command_add);
COMMAND(command_page);
COMMAND(command_select);
COMMAND(command_pane);
COMMAND(command_model);
/* commands_screen.c */
COMMAND(command_close);
COMMAND(command_command);
COMMAND(command_input);
COMMAND(command_redraw);
COMMAND(command_suspend);
COMMAND(command_images);
COMMAND(command_device);
COMMAND(command_resize);
COMMAND(command_key);
COMMAND(command_type);
COMMAND(command_click);
COMMAND(command_wheel);
COMMAND(command_wait);
COMMAND(command_save_display);
COMMAND(command_dump_images);
COMMAND(command_quit);

#endif
