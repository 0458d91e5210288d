#include "ui/commands.h"

#include <stdlib.h>
#include <string.h>

static const struct command table[] = {
    {"search", "[TEXT]", "look for tracks; without TEXT: type in the search line", command_search},
    {"add", "[N]", "add the selected track, or row N", command_add},
    {"remove", "[N]", "take an entry out of the playlist", command_remove},
    {"move", "up|down|N", "move the selected entry of the playlist", command_move},
    {"undo", "", "take back the last edit of the playlist", command_undo},
    {"redo", "", "do the edit again that was taken back", command_redo},
    {"page", "next|previous|first|N", "another page of suggestions", command_page},
    {"select", "next|previous|first|last|N", "move the selection", command_select},
    {"pane", "next|previous|results|playlist|suggestions|list|held-out|page", "go to another pane", command_pane},
    {"model", "[next|NAME]", "which model makes the suggestions", command_model},
    {"rename", "NAME", "name the playlist", command_rename},
    {"playlist save", "[NAME]", "keep it; later edits are saved by themselves", command_save},
    {"playlist load", "[NAME]", "open a playlist; without NAME: choose from a list", command_load},
    {"playlist new", "[NAME]", "start another playlist", command_new},
    {"playlist dedupe", "", "take out repeated tracks", command_dedupe},
    {"playlist clear", "", "take out all tracks", command_clear},
    {"playlist delete", "NAME", "delete a saved playlist", command_delete},
    {"explore", "", "search, playlist and suggestions", command_explore},
    {"map", "", "covers of the ten most frequent artists", command_map},
    {"map move", "up|down|left|right", "go to the nearest cover in that direction", command_map_move},
    {"map artist", "next|previous|N", "go to an artist of the legend", command_map_artist},
    {"map add", "", "add the album's most popular track", command_map_add},
    {"map set", "next|NAME", "which embedding the map shows", command_map_set},
    {"map run", "", "let the points move until the layout is done", command_map_run},
    {"map stop", "", "hold the points", command_map_stop},
    {"map toggle", "", "hold the points, or let them move again", command_map_toggle},
    {"map marks", "", "draw the map with characters or as a picture", command_map_marks},
    {"map write", "FILE", "write the map as .png, .svg or .tsv", command_map_write},
    {"failures", "[MODEL]", "test playlists of an evaluated model, worst first", command_failures},
    {"failures next", "", "the next playlist of the list", command_failures_next},
    {"failures previous", "", "the playlist before", command_failures_previous},
    {"failures hit", "next|previous", "the page with another held-out track", command_failures_hit},
    {"failures sort", "next|ndcg|clicks|loss", "what stands first: worst, most clicks, largest loss",
     command_failures_sort},
    {"failures against", "next|MODEL|none", "compare with another evaluated model", command_failures_against},
    {"failures seeds", "more|fewer|all|N", "only playlists that show so many tracks", command_failures_seeds},
    {"failures missed", "", "only playlists without a hit, or all again", command_failures_missed},
    {"failures length", "FROM-TO|all", "only playlists of so many tracks", command_failures_length},
    {"open", "", "build on the seeds of the test playlist in Explore", command_open},
    {"help", "", "keys and commands", command_help},
    {"messages", "", "what was said so far", command_messages},
    {"close", "", "close what lies on top, leave the line being typed", command_close},
    {"command", "[TEXT]", "type a command", command_command},
    {"input", "accept|cancel|older|newer|left|right|home|end|backspace|delete|word|clear", "edit the line being typed",
     command_input},
    {"images", "auto|sixel|half|256|ascii|none", "how pictures are drawn", command_images},
    {"device", "[auto|cpu|cuda]", "what computes; without a name: what does now", command_device},
    {"redraw", "", "draw the whole screen again", command_redraw},
    {"suspend", "", "back to the shell; fg returns", command_suspend},
    {"resize", "COLSxROWS", "lay the screen out for another size", command_resize},
    {"key", "NAME", "as if the key were pressed: j, ctrl+r, alt+3, up, enter, ...", command_key},
    {"type", "TEXT", "as if the text were typed", command_type},
    {"click", "ROW COLUMN [2]", "as if the mouse clicked there, once or twice", command_click},
    {"wheel", "ROW COLUMN up|down", "as if the wheel turned there", command_wheel},
    {"wait", "", "until everything asked for is there", command_wait},
    {"save-display", "FILE", "write the screen as text", command_save_display},
    {"dump-images", "[FILE]", "write where pictures stand", command_dump_images},
    {"quit", "", "leave; playlist and session are saved", command_quit},
};

const struct command *command_table(size_t *count)
{
    *count = sizeof table / sizeof table[0];
    return table;
}

/* The length of the command's name at the start of the line, any blanks between its words; 0 when it is another. */
static size_t match(const char *line, const char *name)
{
    size_t at = 0;
    for (; *name; name++) {
        if (*name == ' ') {
            size_t blanks = strspn(line + at, " \t");
            if (blanks == 0)
                return 0;
            at += blanks;
        } else if (line[at++] != *name) {
            return 0;
        }
    }
    return line[at] == '\0' || line[at] == ' ' || line[at] == '\t' ? at : 0;
}

enum status command_run(struct state *state, struct effect_list *effects, const char *line, struct error *error)
{
    line += strspn(line, " \t:");
    const struct command *best = NULL;
    size_t best_size = 0;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        size_t size = match(line, table[i].name);
        if (size > best_size) {
            best = &table[i];
            best_size = size;
        }
    }
    if (!best)
        return error_set(error, STATUS_USAGE, "there is no command \"%.*s\"; ? shows those there are",
                         (int)strcspn(line, " \t"), line);
    const char *start = line + best_size + strspn(line + best_size, " \t");
    size_t size = strlen(start);
    while (size > 0 && (start[size - 1] == ' ' || start[size - 1] == '\t' || start[size - 1] == '\r'))
        size--;
    char *argument = strndup(start, size);
    if (!argument)
        return error_no_memory(error);
    enum status status;
    if (argument[0] && best->arguments[0] == '\0')
        status = error_set(error, STATUS_USAGE, "%s takes nothing behind it, not \"%s\"", best->name, argument);
    else if (!argument[0] && best->arguments[0] != '\0' && best->arguments[0] != '[')
        status = error_set(error, STATUS_USAGE, "%s needs %s", best->name, best->arguments);
    else
        status = best->run(state, effects, argument, error);
    free(argument);
    return status;
}

enum status command_number(const char *argument, const char *what, size_t *value, struct error *error)
{
    size_t digits = strspn(argument, "0123456789");
    if (digits == 0 || digits > 9 || argument[digits] != '\0' || atol(argument) < 1)
        return error_set(error, STATUS_USAGE, "%s: \"%s\" is not a number from 1 on", what, argument);
    *value = (size_t)atol(argument);
    return STATUS_OK;
}
