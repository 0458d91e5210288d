#include <stdio.h>
#include <string.h>

#include "models/kind.h"

/* The table of all kinds of models, made from the list of families in kind.h. */

#define ADDRESS(name) &name##_family,
static const struct model_family *const families[] = {MODEL_FAMILIES(ADDRESS)};
enum { FAMILIES = sizeof families / sizeof *families };

static const struct recommender_ops *kind_at(size_t index)
{
    for (size_t i = 0; i < FAMILIES; i++) {
        if (index < families[i]->count)
            return &families[i]->kinds[index];
        index -= families[i]->count;
    }
    return NULL;
}

const char *model_kind_name(size_t index)
{
    const struct recommender_ops *ops = kind_at(index);
    return ops ? ops->kind : NULL;
}

const struct recommender_ops *model_kind_find(const char *kind)
{
    const struct recommender_ops *ops = NULL;
    for (size_t i = 0; (ops = kind_at(i)) && strcmp(ops->kind, kind) != 0;)
        i++;
    return ops;
}

enum status model_kind_unknown(const char *kind, struct error *error)
{
    struct buffer known = {0};
    for (size_t i = 0; model_kind_name(i); i++)
        buffer_printf(&known, "%s%s", i == 0 ? "" : ", ", model_kind_name(i));
    enum status status = error_set(error, STATUS_USAGE, "there is no kind of model \"%.80s\"; there are %s", kind,
                                   known.failed ? "others" : known.data);
    buffer_free(&known);
    return status;
}

/* ---- help ---- */

enum { ALIASES_MAX = 64, LINE = 100 };

/* The words of a text, wrapped into lines. */
static void add_word(struct buffer *out, size_t *column, const char *word)
{
    bool fits = *column + 1 + strlen(word) <= LINE;
    buffer_printf(out, "%s%s", *column == 0 ? "" : fits ? " " : "\n", word);
    *column = (fits ? *column + 1 : 0) + strlen(word);
}

static bool is_listed(const char *const *listed, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(listed[i], key) == 0)
            return true;
    return false;
}

/* Appends the earlier names of a setting and of its values, each with the present name; returns whether there are any.
 */
static bool add_earlier(struct buffer *out, size_t *column, const struct setting_rule *rule)
{
    char word[120];
    bool any = rule->alias != NULL;
    if (any) {
        snprintf(word, sizeof word, "%s (%s),", rule->alias, rule->key);
        add_word(out, column, word);
    }
    for (size_t i = 0; rule->choices && i <= (size_t)(rule->high - rule->low); i++) {
        const struct setting_choice *choice = &rule->choices[i];
        if (!choice->alias)
            continue;
        snprintf(word, sizeof word, "%s=%s (%s=%s),", rule->key, choice->alias, rule->key, choice->name);
        add_word(out, column, word);
        any = true;
    }
    return any;
}

static void add_aliases(struct buffer *out)
{
    const char *listed[ALIASES_MAX];
    size_t count = 0, column = 0;
    buffer_add_byte(out, '\n');
    add_word(out, &column, "Earlier names of settings, still accepted:");
    for (size_t i = 0; kind_at(i); i++) {
        struct setting_rule list[SETTINGS_MAX];
        size_t n = settings_list(&kind_at(i)->settings, list);
        for (size_t r = 0; r < n && count < ALIASES_MAX; r++)
            if (!is_listed(listed, count, list[r].key) && add_earlier(out, &column, &list[r]))
                listed[count++] = list[r].key;
    }
    if (!out->failed)
        out->data[out->size - 1] = '.'; /* overwrites the last comma */
    buffer_add_text(out, "\n\n");
}

void model_kinds_help(struct buffer *out)
{
    for (size_t i = 0; i < FAMILIES; i++)
        buffer_add_text(out, families[i]->help);
    add_aliases(out);
}
