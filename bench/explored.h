#ifndef SLEEVE_BENCH_EXPLORED_H
#define SLEEVE_BENCH_EXPLORED_H

#include "bench/bench.h"
#include "bench/pty_terminal.h"

/* Runs the program's explorer on a pseudo-terminal and measures what a user sees: from the key (or exec) to the last
 * byte of the page's tenth picture, including process start, catalogue, model, drawing, encoding and writing. */
struct explored {
    char program[4096];
    char folder[64]; /* for files of the measurement: caches, scripts */
    struct buffer catalogue;
    int rows, columns; /* of the terminal: 36 x 120, unless they are changed */
};

enum { EXPLORED_ENTRIES = 2 };

/* Creates a new folder in /tmp; the caller sets the catalogue. explored_close deletes the folder. */
enum status explored_open(struct explored *explored, struct error *error);
void explored_close(struct explored *explored);

/* Runs commands of the explorer, which leave the session to be measured. */
enum status explored_script(const struct explored *explored, const char *commands, struct error *error);
/* Starts the explorer and waits for the page with its covers, in addition to those of a playlist of EXPLORED_ENTRIES.
 */
enum status explored_start(const struct explored *explored, bool answers, struct pty_terminal *terminal,
                           double *seconds, struct error *error);
void explored_quit(struct pty_terminal *terminal);

/* In a terminal with sixel: to the whole page with a filled cache of pictures, or to its first picture with an empty
 * one; in a terminal that does not answer: to the page. */
enum explored_start { EXPLORED_WARM, EXPLORED_COLD, EXPLORED_SILENT };

/* Rows of the benchmark: starts, and flips to the next page. */
enum status explored_measure_start(struct bench *bench, const struct explored *explored, const char *name,
                                   enum explored_start start, struct error *error);
/* `key` turns the page: "n" or "p". */
enum status explored_measure_pages(struct bench *bench, const struct explored *explored, const char *name,
                                   const char *key, struct error *error);
/* Adds the selected suggestion and measures from the key to the first byte of the changed screen: the time of the
 * drawing thread. */
enum status explored_measure_adds(struct bench *bench, const struct explored *explored, const char *name,
                                  struct error *error);
/* Runs the program repeatedly with these arguments (after -C CATALOGUE) to its end. */
enum status explored_measure_command(struct bench *bench, const struct explored *explored, const char *name,
                                     const char *const *arguments, struct error *error);

#endif
