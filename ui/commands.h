#ifndef SLEEVE_UI_COMMANDS_H
#define SLEEVE_UI_COMMANDS_H

#include "ui/effects.h"
#include "ui/state.h"

/* Every command there is: what keys are bound to, what ':' and scripts run, what help shows. */
struct command {
    const char *name;      /* one or two words */
    const char *arguments; /* "N", "[NAME]", "next|previous|N"; "" when it takes none */
    const char *help;
    /* `argument` is the rest of the line without blanks around it; "" when there is none. */
    enum status (*run)(struct state *state, struct effect_list *effects, const char *argument, struct error *error);
};

const struct command *command_table(size_t *count);
/* Runs one line. An unknown command or a wrong argument is STATUS_USAGE and changes nothing. */
enum status command_run(struct state *state, struct effect_list *effects, const char *line, struct error *error);

/* A whole number from 1 on; the sentence names the command. */
enum status command_number(const char *argument, const char *what, size_t *value, struct error *error);

/* Adds this track, seen in the pane in use. */
enum status command_add_track(struct state *state, struct effect_list *effects, const struct track *track,
                              struct error *error);

#define COMMAND(name)                                                                                                  \
    enum status name(struct state *state, struct effect_list *effects, const char *argument, struct error *error)
/* commands_playlist.c */
COMMAND(command_add);
COMMAND(command_remove);
COMMAND(command_move);
COMMAND(command_rename);
COMMAND(command_clear);
COMMAND(command_dedupe);
COMMAND(command_undo);
COMMAND(command_redo);
COMMAND(command_new);
COMMAND(command_save);
COMMAND(command_load);
COMMAND(command_delete);
/* commands_explore.c */
COMMAND(command_explore);
COMMAND(command_search);
COMMAND(command_page);
COMMAND(command_select);
COMMAND(command_pane);
COMMAND(command_model);
/* commands_map.c */
COMMAND(command_map);
COMMAND(command_map_run);
COMMAND(command_map_stop);
COMMAND(command_map_toggle);
COMMAND(command_map_move);
COMMAND(command_map_set);
COMMAND(command_map_artist);
COMMAND(command_map_add);
COMMAND(command_map_write);
COMMAND(command_map_marks);
/* commands_failures.c */
COMMAND(command_failures);
COMMAND(command_failures_sort);
COMMAND(command_failures_seeds);
COMMAND(command_failures_length);
COMMAND(command_failures_missed);
COMMAND(command_failures_against);
COMMAND(command_failures_next);
COMMAND(command_failures_previous);
COMMAND(command_failures_hit);
COMMAND(command_failures_select); /* what "select", "page" and "pane" are among the failures */
enum status command_failures_page(struct state *state, const char *argument, struct error *error);
enum status command_failures_pane(struct state *state, const char *argument, struct error *error);
COMMAND(command_open);
/* commands_screen.c */
COMMAND(command_help);
COMMAND(command_messages);
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
