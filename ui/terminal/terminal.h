#ifndef SLEEVE_UI_TERMINAL_TERMINAL_H
#define SLEEVE_UI_TERMINAL_TERMINAL_H

#include <stdbool.h>

#include "core/status.h"
#include "ui/event.h"
#include "ui/image_service.h"
#include "ui/screen.h"
#include "ui/terminal/terminal_info.h"

/* The only owner of curses, sixel and the tty. */
struct terminal;

struct terminal_options {
    enum image_mode images;
    bool mouse;
    bool no_colour; /* NO_COLOR */
};

/* Sends the probe, enters the alternate screen. Holds the first picture for at most 150 ms. */
enum status terminal_open(const struct terminal_options *options, struct terminal **terminal, struct error *error);
/* Gives the screen back, but not yet the modes: what remains to be done before terminal_close takes time. */
void terminal_leave(struct terminal *terminal);
/* Everything as it was before; NULL is fine. Answers that the terminal still owes are waited for, at most a second
 * (over a network three), so that the shell does not get them as input. */
void terminal_close(struct terminal *terminal);
const struct terminal_info *terminal_info(const struct terminal *terminal);
void terminal_set_images(struct terminal *terminal, enum image_mode mode);

/* Waits up to `milliseconds` (-1: for ever) for an event or until one of the descriptors becomes readable (then
 * EVENT_NONE). Replies of the terminal never come out as keys. */
enum status terminal_wait(struct terminal *terminal, const int *descriptors, int n_descriptors, int milliseconds,
                          struct event *event, struct error *error);

/* Makes the terminal show this screen: compares with what is shown, sends the difference in one write. Pictures come
 * from the image service; those it does not have yet are asked for and shown as their colour. */
enum status terminal_show(struct terminal *terminal, const struct screen *screen, struct image_service *images,
                          struct error *error);
/* Asks the image service for a picture that will soon be shown like this. */
void terminal_prefetch(const struct terminal *terminal, const struct image_rect *rect, struct image_service *images);
/* Forgets what is shown: the next terminal_show draws everything (Ctrl-L). */
void terminal_redraw_all(struct terminal *terminal);
/* Restores the terminal, stops the process as Ctrl-Z does, and comes back; terminal_wait then reports EVENT_RESIZE and
 * the next terminal_show draws everything. A SIGTSTP from elsewhere does the same within terminal_wait. */
void terminal_suspend(struct terminal *terminal);
/* Probes without curses or alternate screen, for `doctor`. */
enum status terminal_probe(struct terminal_info *info, struct error *error);

#endif
