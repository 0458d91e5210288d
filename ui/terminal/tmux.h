#ifndef SLEEVE_UI_TERMINAL_TMUX_H
#define SLEEVE_UI_TERMINAL_TMUX_H

#include <stdbool.h>

/* What tmux says of itself and of the terminal around it. Asked, never changed. */
struct tmux_info {
    bool asked;        /* false: there is no tmux, or it gave no answer */
    bool passthrough;  /* its option allow-passthrough is on */
    char terminal[64]; /* the client's TERM, such as "xterm-kitty" */
    char version[64];  /* the client's XTVERSION, such as "kitty(0.35.2)"; "" if tmux does not know it */
};

/* Runs `tmux display-message`, if $TMUX is set, and waits at most `seconds` for its answer. */
void tmux_ask(double seconds, struct tmux_info *info);
/* Parses "PASSTHROUGH<tab>TERM<tab>XTVERSION<line feed>". */
void tmux_parse(const char *answer, struct tmux_info *info);
/* Whether the terminal around tmux shows kitty's pictures at placeholders. */
bool tmux_terminal_has_placeholders(const struct tmux_info *info);

#endif
