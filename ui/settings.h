#ifndef SLEEVE_UI_SETTINGS_H
#define SLEEVE_UI_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/status.h"
#include "ui/terminal/image_mode.h"
#include "ui/terminal/theme.h"

/* What a person can set: in the file of settings (ui/config.h) for every start, and with `:set` while the explorer
 * runs. The commands `set NAME`, their completion and help, the file's reader, the messages about it and the manual
 * page sleeve-config(5) follow from this list.
 *
 * X(NAME, name, words, help, details): `words` are the values, with | between, or a word in capitals that stands for
 * one (ui/completion.h). `details` are sentences for the manual page. */
#define SETTING_LIST(X)                                                                                                \
    X(CATALOGUE, catalogue, "FILE", "the catalogue to open",                                                           \
      "Used by every command without -C and $SLEEVE_CATALOGUE. ~ is the home folder. It counts from the next start.")  \
    X(MODEL, model, "MODEL", "the model of the suggestions",                                                           \
      "The model at the start, instead of that of the last session. A catalogue without it uses its own first one.")   \
    X(FITNESS, fitness, "NAME", "the model of fitness beside the selected track",                                      \
      "Without it, the model named fitness, otherwise the first of those that `sleeve fitness` lists.")                \
    X(DEVICE, device, "auto|cpu|cuda", "what computes",                                                                \
      "auto is the GPU if there is one that works. --device overrides it.")                                            \
    X(THEME, theme, THEME_USAGE, "the colours",                                                                        \
      "auto is dark or light, by the terminal's background. --theme and $SLEEVE_THEME override it.")                   \
    X(IMAGES, images, IMAGE_MODE_USAGE, "how pictures are drawn",                                                      \
      "auto is the best that the terminal can show. record is for recordings of the terminal. --images overrides it.") \
    X(MOUSE, mouse, "on|off", "whether clicks and the wheel reach the explorer",                                       \
      "off leaves the mouse to the terminal, for selecting text. It counts from the next start.")                      \
    X(PLAYER, player, "COMMAND", "the program that plays music",                                                       \
      "A command line without a shell, such as: mpv --no-video. The files or addresses to play follow it.")            \
    X(RATER, rater, "NAME", "the name under which ratings are stored",                                                 \
      "Without it, ratings have the name that \"rate rater NAME\" has set, else that of the system's user.")

#define SETTING_ENUMERATOR(NAME, name, words, help, details) SETTING_##NAME,
enum setting { SETTING_LIST(SETTING_ENUMERATOR) SETTING_COUNT };
#undef SETTING_ENUMERATOR

struct setting_row {
    const char *name, *words, *help, *details;
};
extern const struct setting_row settings_table[SETTING_COUNT];

enum { SETTING_SIZE = 512 };
struct explorer_settings {
    char values[SETTING_COUNT][SETTING_SIZE]; /* "": not set */
};

/* The setting of this name; SETTING_COUNT when there is none. `size` bytes of the name count. */
enum setting setting_named(const char *name, size_t size);
/* Whether the value may be one of the setting's; the error says which are allowed. */
enum status setting_check(enum setting setting, const char *value, struct error *error);
/* The same, and stores it. */
enum status setting_store(struct explorer_settings *settings, enum setting setting, const char *value,
                          struct error *error);
/* "theme, images, ..." for messages. */
void settings_names(char *text, size_t size);

/* The command line of the person's player, without the files; "" when none was set. */
static inline const char *config_player(const struct explorer_settings *settings)
{
    return settings->values[SETTING_PLAYER];
}

#endif
