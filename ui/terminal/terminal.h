#ifndef SLEEVE_UI_TERMINAL_TERMINAL_H
#define SLEEVE_UI_TERMINAL_TERMINAL_H

#include <stdbool.h>

#include "core/status.h"
#include "ui/event.h"
#include "ui/image_service.h"
#include "ui/screen.h"
#include "ui/terminal/terminal_info.h"
#include "ui/terminal/theme.h"

/* The terminal: the only user of curses, sixel and the tty. */
struct terminal;

struct terminal_options {
    enum image_mode images;
    bool mouse;
    bool no_colour; /* NO_COLOR */
    enum theme_choice theme;
};

/* Reads the terminal's description. To be called before other threads start, because it changes the environment for a
 * moment and the locale of characters; a program without other threads need not call it. */
enum status terminal_prepare(struct error *error);
/* Sends the probe and enters the alternate screen. Delays the first picture by at most 150 ms. */
enum status terminal_open(const struct terminal_options *options, struct terminal **terminal, struct error *error);
/* Leaves the alternate screen but keeps the modes, for work between this and terminal_close. */
void terminal_leave(struct terminal *terminal);
/* Restores the terminal; NULL is ignored. Waits for pending replies, at most two seconds (over a network three), so
 * that the shell does not receive them as input. */
void terminal_close(struct terminal *terminal);
const struct terminal_info *terminal_info(const struct terminal *terminal);
void terminal_set_images(struct terminal *terminal, enum image_mode mode);
void terminal_set_theme(struct terminal *terminal, enum theme_choice theme);
/* The page's colour as 0xRRGGBB: the theme's where it paints the page, or the terminal's; black if unknown. */
uint32_t terminal_page(const struct terminal *terminal);
/* Appends how pictures are shown, and why, as terminal_info_explain. */
void terminal_explain_images(const struct terminal *terminal, struct buffer *out);

/* Waits up to `milliseconds` (-1: for ever) for an event or until one of the descriptors becomes readable (then
 * EVENT_NONE). Replies of the terminal are never reported as keys. */
enum status terminal_wait(struct terminal *terminal, const int *descriptors, int n_descriptors, int milliseconds,
                          struct event *event, struct error *error);

/* Draws this screen: sends the difference to the current contents in one write. Pictures come from the image service;
 * those that are not available yet are requested and shown as a plain colour. */
enum status terminal_show(struct terminal *terminal, const struct screen *screen, struct image_service *images,
                          struct error *error);
/* Requests a picture from the image service that will soon be shown like this. True if it is available. */
bool terminal_prefetch(const struct terminal *terminal, const struct image_rect *rect, struct image_service *images);
/* Discards the known contents: the next terminal_show draws everything (Ctrl-L). */
void terminal_redraw_all(struct terminal *terminal);
/* Copies the text to the terminal's clipboard (OSC 52); terminals may refuse. */
void terminal_copy(struct terminal *terminal, const char *text);
/* Names the window: "sleeve", or "sleeve – NAME" where NAME is not "" and the terminal uses UTF-8. The title before is
 * restored when the screen is left. */
void terminal_set_title(struct terminal *terminal, const char *name);
/* Restores the terminal, stops the process as Ctrl-Z does, and returns when it continues; terminal_wait then reports
 * EVENT_RESIZE and the next terminal_show draws everything. A SIGTSTP from elsewhere does the same within
 * terminal_wait. */
void terminal_suspend(struct terminal *terminal);
/* Probes without curses or the alternate screen, for `doctor`. */
enum status terminal_probe(struct terminal_info *info, struct error *error);

#endif
