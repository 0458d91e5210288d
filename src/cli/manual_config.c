/* The manual page of the file of settings, from the list of settings. */
#include "cli/cli.h"
#include "cli/roff.h"
#include "ui/config.h"

static void add_paragraph(const char *text, struct buffer *out)
{
    buffer_add_text(out, ".PP\n");
    roff_add(text, out);
    buffer_add_byte(out, '\n');
}

static void add_example(const char *const *lines, struct buffer *out)
{
    buffer_add_text(out, ".PP\n.nf\n.RS\n");
    for (; *lines; lines++) {
        roff_add(*lines, out);
        buffer_add_byte(out, '\n');
    }
    buffer_add_text(out, ".RE\n.fi\n");
}

static void add_settings(struct buffer *out)
{
    buffer_add_text(out, ".SH SETTINGS\n");
    for (int i = 0; i < SETTING_COUNT; i++) {
        const struct setting_row *row = &settings_table[i];
        buffer_printf(out, ".TP\n.B %s \\fI", row->name);
        roff_add(row->words, out);
        buffer_add_text(out, "\\fR\n");
        roff_add(row->help, out);
        buffer_add_text(out, ". ");
        roff_add(row->details, out);
        buffer_add_byte(out, '\n');
    }
}

static void add_keys(struct buffer *out)
{
    static const char *const example[] = {"map ctrl+x export m3u8 mine",
                                          "map gx pick exports",
                                          "map ,p present 3",
                                          "map failures x failures next",
                                          "unmap D",
                                          NULL};
    buffer_add_text(out, ".SH KEYS\n.TP\n.B map \\fR[\\fIVIEW\\fR] \\fIKEY COMMAND\\fR\n"
                         "binds a key to a command of the explorer, as typed after \":\" there.\n"
                         ".TP\n.B unmap \\fR[\\fIVIEW\\fR] \\fIKEY\\fR\ntakes a key's function away.\n");
    add_paragraph(
        "KEY is a character, ctrl+a to ctrl+z, alt+KEY, f1 to f12, enter, escape, tab, shift+tab, space, "
        "backspace, insert, delete, up, down, left, right, home, end, page-up or page-down; or two characters "
        "that are pressed one after the other. After the first of them, the last line of the screen shows "
        "which may follow. VIEW is explore, map, failures or the name of another view; without it, the key "
        "applies in every tab. Keys never apply while a line is typed. ? in the explorer lists them.",
        out);
    add_example(example, out);
}

void cli_manual_config(struct buffer *out)
{
    static const char *const example[] = {"# colours for a bright room", "theme contrast-light",
                                          "player mpv --no-video", "map ctrl+x export m3u8 mine", NULL};
    buffer_printf(out, ".TH SLEEVE-CONFIG 5 \"\" \"sleeve %s\" \"File Formats\"\n" ROFF_RAGGED, SLEEVE_VERSION);
    buffer_add_text(out, ".SH NAME\nsleeve-config \\- a person's settings and keys for sleeve\n"
                         ".SH SYNOPSIS\n.I ~/.config/sleeve/config\n.SH DESCRIPTION\n");
    roff_add("A text file with one setting or key on each line. If XDG_CONFIG_HOME is set, it is sleeve/config in that "
             "folder; the option --config names another file. Blank lines and lines that begin with # are ignored. Of "
             "several lines for the same setting or key, the last one counts.",
             out);
    buffer_add_byte(out, '\n');
    add_example(example, out);
    add_paragraph("What the command line or the environment says comes before the file, and the file before the last "
                  "session. In the explorer, \":set NAME VALUE\" changes a setting until it is closed, and \":set\" "
                  "shows them all. A script (explore --script) reads no file of settings unless --config names one, so "
                  "that it does the same for everybody.",
                  out);
    add_paragraph(
        "A line that is wrong is left out and never prevents the start. The explorer shows the first one in "
        "its message line, \":messages\" and \"sleeve doctor\" all of them, with the line's number and what is "
        "allowed.",
        out);
    add_settings(out);
    add_keys(out);
    buffer_add_text(out, ".SH SEE ALSO\nsleeve(1)\n");
}
