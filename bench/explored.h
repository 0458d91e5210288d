#ifndef SLEEVE_BENCH_EXPLORED_H
#define SLEEVE_BENCH_EXPLORED_H

#include "bench/bench.h"
#include "bench/pty_terminal.h"

/* The program itself exploring a catalogue on a pseudo-terminal, as a person sees it: from the key (or exec) to the
 * last byte of the page's tenth picture. Everything counts: process start, catalogue, model, drawing, encoding,
 * writing. */
struct explored {
    char program[4096];
    char folder[64]; /* for what is written beside the measurement: caches, scripts */
    struct buffer catalogue;
};

enum { EXPLORED_ENTRIES = 2 };

/* A new folder in /tmp; the caller names the catalogue. explored_close deletes the folder. */
enum status explored_open(struct explored *explored, struct error *error);
void explored_close(struct explored *explored);

/* Runs commands of the explorer, which leaves the session that is to be measured. */
enum status explored_script(const struct explored *explored, const char *commands, struct error *error);
/* Starts the explorer and waits for the page with its covers, besides those of a playlist of EXPLORED_ENTRIES. */
enum status explored_start(const struct explored *explored, bool answers, struct pty_terminal *terminal,
                           double *seconds, struct error *error);
void explored_quit(struct pty_terminal *terminal);

/* Rows of the benchmark: starts, and flips to the next page. `answers`: the terminal shows sixel pictures. */
enum status explored_measure_start(struct bench *bench, const struct explored *explored, const char *name, bool answers,
                                   struct error *error);
enum status explored_measure_pages(struct bench *bench, const struct explored *explored, const char *name,
                                   struct error *error);
/* Adding the selected suggestion, from the key to the first byte of the changed screen: what the thread that draws
 * needs. */
enum status explored_measure_adds(struct bench *bench, const struct explored *explored, const char *name,
                                  struct error *error);
/* Runs the program with these arguments (after -C CATALOGUE) to its end, again and again. */
enum status explored_measure_command(struct bench *bench, const struct explored *explored, const char *name,
                                     const char *const *arguments, struct error *error);

#endif
