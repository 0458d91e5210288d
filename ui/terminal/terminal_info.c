#include "ui/terminal/terminal_info.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ui/screen.h"
#include "ui/terminal/probe.h"
#include "ui/terminal/tmux.h"

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value ? value : "";
}

static bool locale_is_utf8(void)
{
    const char *names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (int i = 0; i < 3; i++) {
        const char *value = variable(names[i]);
        if (*value)
            return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
    }
    return false;
}

/* ------------------------------------------------------------------ families */

/* How a terminal is recognised: by the start of its XTVERSION, or else by a variable's value ("": any). */
struct family {
    const char *version, *variable, *value;
    int least; /* the first number in XTVERSION or, without one, of the variable or of DA2; 0: any */
    bool by_secondary;
};

/* They draw sextants themselves, whatever the font. */
static const struct family sextant_families[] = {
    {"kitty(", "KITTY_WINDOW_ID", "", 0, false},
    {"ghostty ", "TERM_PROGRAM", "ghostty", 0, false},
    {"foot(", "TERM", "foot", 0, false},
    {"WezTerm ", "TERM_PROGRAM", "WezTerm", 0, false},
    {"contour ", "TERMINAL_NAME", "contour", 0, false},
    {"VTE(", "VTE_VERSION", "", 6200, false},
    {"iTerm2 ", "TERM_PROGRAM", "iTerm.app", 0, false},
    {"alacritty", "TERM", "alacritty", 1400, true},
};

/* They have kitty's protocol, also if they are too busy to say so at once. */
static const struct family kitty_families[] = {
    {"kitty(", "TERM", "xterm-kitty", 0, false},
    {"ghostty ", "TERM", "xterm-ghostty", 0, false},
};

/* They have iTerm2's inline images. */
static const struct family iterm_families[] = {
    {"iTerm2 ", "TERM_PROGRAM", "iTerm.app", 0, false},
    {"iTerm2 ", "LC_TERMINAL", "iTerm2", 0, false},
    {"WezTerm ", "TERM_PROGRAM", "WezTerm", 0, false},
};

static int first_number(const char *text)
{
    return atoi(text + strcspn(text, "0123456789"));
}

static bool is_of(const struct family *family, const struct probe_answers *answers)
{
    size_t length = strlen(family->version);
    const char *value = variable(family->variable);
    if (answers->version[0]) /* the environment may be that of another terminal around this one */
        return strncmp(answers->version, family->version, length) == 0 &&
               first_number(answers->version) >= family->least;
    bool same = family->value[0] ? strcmp(value, family->value) == 0 : value[0] != '\0';
    return same && (family->by_secondary ? answers->secondary_version : first_number(value)) >= family->least;
}

static bool is_any_of(const struct family *families, size_t count, const struct probe_answers *answers)
{
    for (size_t i = 0; i < count; i++)
        if (is_of(&families[i], answers))
            return true;
    return false;
}

#define IS_ANY_OF(families, answers) is_any_of(families, sizeof families / sizeof families[0], answers)

static void find_placeholders(const struct tmux_info *tmux, struct terminal_info *info)
{
    const char *terminal = tmux->version[0] ? tmux->version : tmux->terminal;
    if (!tmux->asked)
        snprintf(info->kitty_why, sizeof info->kitty_why, "tmux did not say which terminal it is in");
    else if (!tmux_terminal_has_placeholders(tmux))
        snprintf(info->kitty_why, sizeof info->kitty_why, "tmux is in %.40s", terminal[0] ? terminal : "no terminal");
    else if (!tmux->passthrough)
        snprintf(info->kitty_why, sizeof info->kitty_why, "tmux's option allow-passthrough is off");
    else
        info->placeholders = true;
}

void terminal_info_make(const struct probe_answers *answers, const struct tmux_info *tmux, int colours, bool no_colour,
                        struct terminal_info *info)
{
    const char *name = answers->version[0] ? answers->version : variable("TERM");
    snprintf(info->name, sizeof info->name, "%s", name);
    bool truecolour = answers->truecolour || (*variable("TMUX") && colours >= 256); /* tmux finds the nearest colour */
    info->colours = no_colour ? 0 : truecolour && colours >= 8 ? 1 << 24 : colours;
    info->sixel = answers->sixel;
    info->synchronised = answers->synchronised;
    info->tmux = *variable("TMUX") || strncmp(answers->version, "tmux", 4) == 0;
    info->utf8 = answers->utf8_column > 0 ? answers->utf8_column == 2 : locale_is_utf8();
    info->sixel_registers = answers->sixel ? probe_registers(answers) : 0;
    info->background = answers->background;
    info->probe_answered = answers->attributes;
    info->wide_blocks = answers->quadrant_column > 2;
    info->sextants = !terminal_multiplexed() && (answers->sextant_column == 0 || answers->sextant_column == 2) &&
                     IS_ANY_OF(sextant_families, answers);
    info->iterm = !terminal_multiplexed() && IS_ANY_OF(iterm_families, answers);
    info->placeholders = false;
    info->kitty_why[0] = '\0';
    if (tmux)
        find_placeholders(tmux, info);
    bool named = !answers->attributes && !terminal_multiplexed() && IS_ANY_OF(kitty_families, answers);
    info->kitty = answers->kitty || info->placeholders || named;
}

/* ------------------------------------------------------------------ the ladder */

enum { WHY_SIZE = 160 };

static const char *why_kitty(const struct terminal_info *info)
{
    if (info->placeholders)
        return "placeholders, which tmux passes on to the terminal around it";
    if (info->kitty)
        return info->probe_answered ? "the terminal answered the query" : "TERM names a terminal that has it";
    return info->kitty_why[0] ? info->kitty_why : "no answer to the query";
}

static bool kitty_works(const struct terminal_info *info, char why[WHY_SIZE])
{
    snprintf(why, WHY_SIZE, "%s", why_kitty(info));
    return info->kitty;
}

static bool iterm_works(const struct terminal_info *info, char why[WHY_SIZE])
{
    if (info->iterm)
        snprintf(why, WHY_SIZE, "%s shows inline images", info->name);
    else
        snprintf(why, WHY_SIZE, info->tmux ? "inside tmux" : "the terminal is not known to have it");
    return info->iterm;
}

static bool sixel_works(const struct terminal_info *info, char why[WHY_SIZE])
{
    if (info->sixel)
        snprintf(why, WHY_SIZE, "DA1 has attribute 4, %d colours", info->sixel_registers);
    else if (!info->probe_answered)
        snprintf(why, WHY_SIZE, "no answer to DA1");
    else
        snprintf(why, WHY_SIZE, "DA1 has no attribute 4%s",
                 info->tmux ? "; tmux has it from version 3.4 on, if it was built with it" : "");
    return info->sixel;
}

static bool blocks_work(const struct terminal_info *info, char why[WHY_SIZE])
{
    const char *depth = info->colours > 256 ? "24-bit colour" : "256 colours";
    bool works = info->utf8 && info->colours >= 256 && !info->wide_blocks;
    snprintf(why, WHY_SIZE, "%s",
             !info->utf8          ? "the terminal is not UTF-8"
             : info->wide_blocks  ? "block characters are two columns wide"
             : info->colours == 0 ? "no colours"
             : works              ? ""
                                  : "fewer than 256 colours");
    if (works)
        snprintf(why, WHY_SIZE, "UTF-8, %s", depth);
    return works;
}

static bool sextants_work(const struct terminal_info *info, char why[WHY_SIZE])
{
    if (!blocks_work(info, why))
        return false;
    size_t size = strlen(why);
    if (info->sextants)
        snprintf(why + size, WHY_SIZE - size, ", %s draws them without a font", info->name);
    else
        snprintf(why, WHY_SIZE, "%s needs a font for them",
                 info->tmux ? "what is around tmux may be a terminal that" : info->name);
    return info->sextants;
}

static bool ascii_works(const struct terminal_info *info, char why[WHY_SIZE])
{
    (void)info;
    snprintf(why, WHY_SIZE, "covers as initials");
    return true;
}

/* The best first. */
static const struct rung {
    enum image_mode mode;
    bool (*works)(const struct terminal_info *info, char why[WHY_SIZE]);
} ladder[] = {
    {IMAGES_KITTY, kitty_works},     {IMAGES_ITERM, iterm_works},    {IMAGES_SIXEL, sixel_works},
    {IMAGES_SEXTANT, sextants_work}, {IMAGES_QUADRANT, blocks_work}, {IMAGES_ASCII, ascii_works},
};

static enum image_mode best(const struct terminal_info *info)
{
    char why[WHY_SIZE];
    size_t i = 0;
    while (!ladder[i].works(info, why))
        i++;
    return ladder[i].mode;
}

enum image_mode terminal_info_images(const struct terminal_info *info, enum image_mode requested)
{
    char why[WHY_SIZE];
    bool made_of_blocks = requested >= IMAGES_SEXTANT && requested <= IMAGES_256;
    if (requested == IMAGES_AUTO)
        return best(info);
    return made_of_blocks && !blocks_work(info, why) ? IMAGES_ASCII : requested;
}

enum block_shape terminal_info_shape(const struct terminal_info *info, enum image_mode mode)
{
    return mode == IMAGES_HALF || mode == IMAGES_RECORD                 ? BLOCKS_HALF
           : mode == IMAGES_SEXTANT                                     ? BLOCKS_SEXTANT
           : mode == IMAGES_256 && info->sextants && !info->wide_blocks ? BLOCKS_SEXTANT
                                                                        : BLOCKS_QUADRANT;
}

/* A requested mode is used even where it is not known to work; then the text says what is missing. */
static void explain_requested(const struct terminal_info *info, enum image_mode mode, struct buffer *out)
{
    char why[WHY_SIZE];
    buffer_printf(out, "%s: requested", image_mode_name(mode));
    for (size_t i = 0; i < sizeof ladder / sizeof ladder[0]; i++)
        if (ladder[i].mode == mode && !ladder[i].works(info, why))
            buffer_printf(out, ", but %s (:set images auto)", why);
}

void terminal_info_explain(const struct terminal_info *info, enum image_mode requested, struct buffer *out)
{
    enum image_mode mode = terminal_info_images(info, requested);
    char why[WHY_SIZE];
    if (requested != IMAGES_AUTO && mode == requested) {
        explain_requested(info, mode, out);
        return;
    }
    size_t chosen = 0;
    while (ladder[chosen].mode != mode)
        chosen++;
    ladder[chosen].works(info, why);
    buffer_printf(out, "%s: %s", image_mode_name(mode), why);
    for (size_t i = 0; i < chosen; i++)
        if (!ladder[i].works(info, why))
            buffer_printf(out, "; not %s: %s", image_mode_name(ladder[i].mode), why);
}

/* ------------------------------------------------------------------ the environment */

uint32_t terminal_info_page(const struct terminal_info *info)
{
    if (info->background != SCREEN_NO_COLOUR)
        return info->background;
    const char *last =
        strrchr(variable("COLORFGBG"), ';'); /* "foreground;background", numbers of the sixteen colours */
    bool light = last && (strcmp(last, ";7") == 0 || strcmp(last, ";15") == 0);
    return light ? 0xffffff : SCREEN_NO_COLOUR;
}

bool terminal_is_modern(void)
{
    static const char *const plain[] = {"linux", "vt",   "cons", "sun",  "ansi", "rxvt",   "Eterm", "screen",
                                        "putty", "mach", "wsvt", "hurd", "dumb", "pcansi", "cygwin"};
    const char *type = variable("TERM");
    if (*variable("TMUX"))
        return true;
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        if (strncmp(type, plain[i], strlen(plain[i])) == 0)
            return false;
    return *type && !*variable("STY");
}

bool terminal_multiplexed(void)
{
    return *variable("TMUX") || *variable("STY");
}

double terminal_reply_seconds(void)
{
    return *variable("SSH_CONNECTION") || *variable("SSH_TTY") ? 3.0 : 1.0;
}
