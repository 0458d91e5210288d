#include "ui/help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/bindings.h"
#include "ui/commands.h"
#include "ui/match.h"
#include "ui/view_ops.h"

/* ---- lines ---- */

void help_lines_free(struct help_lines *lines)
{
    free(lines->items);
    *lines = (struct help_lines){0};
}

/* An empty line at the end; NULL when memory ran out. */
static struct help_line *append(struct help_lines *lines)
{
    if (lines->count == lines->capacity) {
        size_t capacity = lines->capacity * 2 + 64;
        struct help_line *items = realloc(lines->items, capacity * sizeof *items);
        if (!items)
            return NULL;
        lines->items = items;
        lines->capacity = capacity;
    }
    memset(&lines->items[lines->count], 0, sizeof *lines->items);
    return &lines->items[lines->count++];
}

static bool append_heading(struct help_lines *lines, const char *title)
{
    bool spaced = lines->count == 0 || append(lines);
    struct help_line *line = spaced ? append(lines) : NULL;
    if (!line)
        return false;
    line->heading = true;
    snprintf(line->left, sizeof line->left, "%s", title);
    return true;
}

static bool is_blank(const struct help_line *line)
{
    return !line->left[0] && !line->right[0];
}

static bool insert_blank(struct help_lines *lines, size_t at)
{
    if (!append(lines))
        return false;
    memmove(lines->items + at + 1, lines->items + at, (lines->count - 1 - at) * sizeof *lines->items);
    memset(&lines->items[at], 0, sizeof *lines->items);
    return true;
}

/* The lines from a heading to the end of its section. */
static size_t section_size(const struct help_lines *lines, size_t at)
{
    size_t end = at + 1;
    while (end < lines->count && !is_blank(&lines->items[end]) && !lines->items[end].heading)
        end++;
    return end - at;
}

/* Whether a section begins here that should begin in the next column: it fits there, or nothing of it fits here. */
static bool should_move(const struct help_lines *lines, size_t at, size_t rows)
{
    size_t left = rows - at % rows, size = lines->items[at].heading ? section_size(lines, at) : 0;
    return at % rows > 0 && size > left && (size <= rows || left == 1);
}

bool help_fit(struct help_lines *lines, size_t rows)
{
    for (size_t at = 0; rows > 2 && at < lines->count; at++) {
        if (at > 0 && at % rows == 0 && is_blank(&lines->items[at])) {
            memmove(lines->items + at, lines->items + at + 1, (lines->count - 1 - at) * sizeof *lines->items);
            lines->count--;
        }
        while (at < lines->count && should_move(lines, at, rows))
            if (!insert_blank(lines, at++))
                return false;
    }
    return true;
}

/* ---- what is written by hand ---- */

/* "alt+1..0" stands for the keys alt+1 to alt+9 and alt+0. */
static bool is_range(const char *token, size_t size)
{
    return size > 4 && strncmp(token + size - 4, "1..0", 4) == 0;
}

bool help_row_key(const struct help_row *row, size_t *at, int32_t *key, bool *alt)
{
    size_t left = (*at)++;
    for (const char *token = row->runs ? row->keys : ""; *token;) {
        size_t size = strcspn(token, " "), keys = is_range(token, size) ? 10 : 1;
        if (left < keys) {
            char name[32];
            if (keys > 1)
                snprintf(name, sizeof name, "%.*s%zu", (int)(size - 4), token, (left + 1) % 10);
            else
                snprintf(name, sizeof name, "%.*s", (int)size, token);
            return key_parse(name, key, alt);
        }
        left -= keys;
        token += size + (token[size] == ' ');
    }
    return false;
}

static bool row_names(const struct help_row *row, const struct binding *binding)
{
    int32_t key;
    bool alt;
    for (size_t at = 0; help_row_key(row, &at, &key, &alt);)
        if (key == binding->key && alt == binding->alt)
            return true;
    return false;
}

static bool is_named(const struct help_section *const *sections, const struct binding *binding)
{
    for (; sections && *sections; sections++)
        for (const struct help_row *row = (*sections)->rows; row->text; row++)
            if (row_names(row, binding))
                return true;
    return false;
}

static bool write_sections(const struct help_section *const *sections, struct help_lines *lines)
{
    for (; sections && *sections; sections++) {
        if (!append_heading(lines, (*sections)->title))
            return false;
        for (const struct help_row *row = (*sections)->rows; row->text; row++) {
            struct help_line *line = append(lines);
            if (!line)
                return false;
            snprintf(line->left, sizeof line->left, "%s", row->keys);
            snprintf(line->right, sizeof line->right, "%s", row->text);
            line->word = !row->runs;
            if (row->runs && !strchr(row->runs, '*'))
                snprintf(line->runs, sizeof line->runs, "%.*s", (int)strcspn(row->runs, ","), row->runs);
        }
    }
    return true;
}

/* ---- what follows from the tables ---- */

static bool begins_with(const char *line, const struct explorer_command *command, size_t size)
{
    return strncmp(line, command->name, size) == 0 && (line[size] == '\0' || line[size] == ' ');
}

/* The longest command that the bound line begins with; *argument is the rest. */
static const struct explorer_command *command_of(const char *line, const char **argument)
{
    const struct explorer_command *command, *found = NULL;
    size_t best = 0;
    for (size_t i = 0; (command = command_at(i)); i++) {
        size_t size = strlen(command->name);
        if (size > best && begins_with(line, command, size)) {
            best = size;
            found = command;
        }
    }
    *argument = line + best + strspn(line + best, " ");
    return found;
}

static bool is_number(const char *text)
{
    return text[0] && text[strspn(text, "0123456789")] == '\0';
}

/* The bytes of a bound line before the number that is its last word; 0: its last word is none. */
static size_t before_number(const char *line)
{
    const char *last = strrchr(line, ' ');
    return last && is_number(last + 1) ? (size_t)(last - line) : 0;
}

/* Bindings that share a line: of the same command, or of the same with a number as its argument. */
static bool same_line(const struct binding *a, const struct binding *b)
{
    size_t size = before_number(a->command);
    return strcmp(a->command, b->command) == 0 ||
           (size > 0 && size == before_number(b->command) && strncmp(a->command, b->command, size) == 0);
}

static bool first_of_its_line(const struct key_set *set, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (same_line(&set->bindings[i], &set->bindings[at]))
            return false;
    return true;
}

static bool is_after_g(const struct key_set *set)
{
    return set->title && strcmp(set->title, "after g") == 0;
}

/* "r"; "g r" for one that follows g. */
static void write_key(const struct key_set *set, size_t at, char text[48])
{
    char name[32];
    key_name(set->bindings[at].key, set->bindings[at].alt, name);
    snprintf(text, 48, "%s%s", is_after_g(set) ? "g " : "", name);
}

/* "j, down"; "alt+1, alt+2, … alt+0" is "alt+1 … alt+0". */
static void write_keys(const struct key_set *set, size_t at, struct help_line *line)
{
    char name[48], last[48] = "";
    size_t count = 0;
    for (size_t i = at; i < set->count; i++) {
        if (!same_line(&set->bindings[i], &set->bindings[at]))
            continue;
        write_key(set, i, name);
        size_t used = strlen(line->left);
        if (count++ < 4)
            snprintf(line->left + used, sizeof line->left - used, "%s%s", used > 0 ? ", " : "", name);
        snprintf(last, sizeof last, "%s", name);
    }
    if (count > 4) {
        write_key(set, at, name);
        snprintf(line->left, sizeof line->left, "%.40s … %.40s", name, last);
    }
}

static void write_binding(const struct key_set *set, size_t at, struct help_line *line)
{
    const char *argument;
    const struct explorer_command *command = command_of(set->bindings[at].command, &argument);
    bool choice = command && strchr(command->arguments, '|') && argument[0] && !is_number(argument);
    write_keys(set, at, line);
    snprintf(line->runs, sizeof line->runs, "%s", is_number(argument) ? command->name : set->bindings[at].command);
    snprintf(line->command, sizeof line->command, ":%s%s", set->bindings[at].command, is_number(argument) ? " …" : "");
    if (is_number(argument))
        snprintf(line->command, sizeof line->command, ":%s N", command->name);
    snprintf(line->right, sizeof line->right, "%.80s%s%.20s", command ? command->help : "", choice ? ": " : "",
             choice ? argument : "");
}

/* The bindings of a set that the sections do not name. `heading`: written before the first one, if there is one. */
static bool write_set(const struct key_set *set, const struct help_section *const *sections, const char *heading,
                      bool *headed, struct help_lines *lines)
{
    for (size_t k = 0; k < set->count; k++) {
        if (!first_of_its_line(set, k) || is_named(sections, &set->bindings[k]))
            continue;
        if (!*headed && !append_heading(lines, heading))
            return false;
        *headed = true;
        struct help_line *line = append(lines);
        if (!line)
            return false;
        write_binding(set, k, line);
    }
    return true;
}

/* The person's own keys: those of the view, or with VIEW_NONE of all views. */
static bool write_own(const struct own_keys *own, enum view view, struct help_lines *lines)
{
    bool headed = false;
    for (size_t i = 0; own && i < own->count; i++) {
        const struct own_key *key = own->items[i];
        const char *argument;
        if (key->begins || (view != VIEW_NONE && key->view != VIEW_NONE && key->view != view))
            continue;
        if (!headed && !append_heading(lines, "Your keys"))
            return false;
        headed = true;
        struct help_line *line = append(lines);
        if (!line)
            return false;
        const struct explorer_command *command = command_of(key->command, &argument);
        char name[80];
        own_key_name(key, name);
        snprintf(line->left, sizeof line->left, "%s", name);
        snprintf(line->command, sizeof line->command, "%s%.46s", key->command[0] ? ":" : "", key->command);
        snprintf(line->right, sizeof line->right, "%.60s%s%.60s",
                 command           ? command->help
                 : key->command[0] ? key->command
                                   : "nothing: unmapped",
                 command && argument[0] ? ": " : "", command ? argument : "");
    }
    return true;
}

static bool write_view(enum view view, const struct own_keys *own, struct help_lines *lines)
{
    const struct help_section *const *sections = help_sections(view);
    const struct key_set *sets[KEY_SETS_MAX];
    size_t n_sets = key_sets_of(view, sets);
    bool headed = false, good = write_own(own, view, lines) && write_sections(sections, lines);
    for (size_t i = 0; good && i < n_sets; i++)
        good = write_set(sets[i], sections, sections ? "More keys" : "Keys", &headed, lines);
    return good;
}

/* "Keys: Explore, Map and Failures" */
static void write_set_title(const struct key_set *set, char text[96])
{
    size_t used = (size_t)snprintf(text, 96, "Keys: %s", set->title ? set->title : "");
    int last = VIEW_TAB_COUNT - 1;
    if (set->title)
        return;
    while (last > 0 && !key_set_is_of(set, (enum view)last))
        last--;
    bool first = true;
    for (int tab = 0; tab <= last && used < 96; tab++)
        if (key_set_is_of(set, (enum view)tab)) {
            const char *before = first ? "" : tab == last ? " and " : ", ";
            used += (size_t)snprintf(text + used, 96 - used, "%s%s", before, view_ops((enum view)tab)->title);
            first = false;
        }
}

static bool write_all(const struct own_keys *own, struct help_lines *lines)
{
    const struct key_set *sets[KEY_SETS_MAX];
    const struct explorer_command *command;
    size_t n_sets = key_sets(sets);
    if (!write_own(own, VIEW_NONE, lines))
        return false;
    for (size_t i = 0; i < n_sets; i++) {
        char title[96];
        bool headed = false;
        write_set_title(sets[i], title);
        if (!write_set(sets[i], NULL, title, &headed, lines))
            return false;
    }
    if (!append_heading(lines, "Commands, typed after : or in a script"))
        return false;
    for (size_t i = 0; (command = command_at(i)); i++) {
        struct help_line *line = append(lines);
        if (!line)
            return false;
        snprintf(line->left, sizeof line->left, "%s %s", command->name, command->arguments);
        snprintf(line->right, sizeof line->right, "%s", command->help);
        snprintf(line->runs, sizeof line->runs, "%s", command->name);
    }
    return true;
}

/* ---- the keys of a command ---- */

static void append_keys(const struct key_set *set, const struct explorer_command *wanted, const char *where, char *text,
                        size_t size)
{
    const size_t length = strlen(wanted->name);
    for (size_t i = 0; i < set->count; i++) {
        const char *argument, *line = set->bindings[i].command;
        char name[48];
        const size_t used = strlen(text);
        if (!begins_with(line, wanted, length) || command_of(line, &argument) != wanted)
            continue;
        write_key(set, i, name);
        if (used + strlen(name) + strlen(where) + 6 < size)
            snprintf(text + used, size - used, "%s%s%s%s%s", used > 0 ? ", " : "", name, where[0] ? " (" : "", where,
                     where[0] ? ")" : "");
    }
}

/* The view whose own keys these are; NULL: they are shared. */
static const char *view_of_keys(const struct key_set *set)
{
    for (int view = 0; view < VIEW_COUNT; view++)
        if (view_ops((enum view)view)->keys == set)
            return view_ops((enum view)view)->title;
    return NULL;
}

void help_keys_of(const char *command, char *text, size_t size)
{
    const struct explorer_command *wanted = command_named(command);
    const struct key_set *sets[KEY_SETS_MAX];
    const size_t n_sets = key_sets(sets);
    text[0] = '\0';
    for (int own = 0; wanted && own < 2; own++) /* shared keys first */
        for (size_t i = 0; i < n_sets; i++) {
            const char *view = view_of_keys(sets[i]);
            if ((view != NULL) == (own == 1) && (view || !sets[i]->title || is_after_g(sets[i])))
                append_keys(sets[i], wanted, view ? view : "", text, size);
        }
}

/* ---- the filter ---- */

static bool matches(const struct help_line *line, const char *query)
{
    const char *const texts[] = {line->left, line->command, line->right};
    return !line->heading && !is_blank(line) && match_all(query, texts, 3);
}

/* The keys of the view in hand are among those of all views again. */
static bool is_repeated(const struct help_lines *lines, size_t count, const struct help_line *line)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(lines->items[i].left, line->left) == 0 && strcmp(lines->items[i].runs, line->runs) == 0)
            return true;
    return false;
}

/* Without the headings, keys of other views say whose they are. */
static void keep_matches(struct help_lines *lines, const char *query)
{
    static const char keys[] = "Keys: ";
    char where[96] = "";
    size_t count = 0;
    for (size_t i = 0; i < lines->count; i++) {
        struct help_line line = lines->items[i];
        const bool of_others = line.heading && strncmp(line.left, keys, sizeof keys - 1) == 0;
        if (line.heading)
            snprintf(where, sizeof where, "%.80s", of_others ? line.left + sizeof keys - 1 : "");
        if (!matches(&line, query) || is_repeated(lines, count, &line))
            continue;
        const size_t used = strlen(line.right);
        if (where[0] && strncmp(line.left, "g ", 2) != 0)
            snprintf(line.right + used, sizeof line.right - used, " (%.80s)", where);
        lines->items[count++] = line;
    }
    lines->count = count;
}

bool help_write(enum view view, const struct own_keys *own, bool all, const char *query, struct help_lines *lines)
{
    bool filtered = query[strspn(query, " ")] != '\0';
    bool good = (all && !filtered) || write_view(view, own, lines);
    if (all || filtered)
        good = good && write_all(own, lines);
    if (filtered)
        keep_matches(lines, query);
    return good;
}
