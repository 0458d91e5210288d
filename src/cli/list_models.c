#include "cli/list_models.h"

#include "cli/commands.h"

struct listing {
    const struct cli *cli;
    const struct catalogue *catalogue;
    const struct model_lister *lister;
    struct json_writer json;
    struct buffer out;
};

static const char *text_of(const struct buffer *buffer)
{
    return buffer->data ? buffer->data : "";
}

static void add_json(struct listing *listing, const char *name, const struct listed_model *listed,
                     const struct error *why)
{
    struct json_writer *json = &listing->json;
    json_object_begin(json);
    json_pair_text(json, "name", name);
    if (why) {
        json_pair_text(json, "error", why->text);
    } else {
        json_pair_text(json, listing->lister->what, text_of(&listed->what));
        json_pair_text(json, "features", text_of(&listed->features));
        if (listing->lister->classes)
            json_pair_integer(json, "classes", listed->classes);
    }
    json_object_end(json);
}

static void add_row(struct listing *listing, const char *name, const struct listed_model *listed,
                    const struct error *why)
{
    const bool classes = listing->lister->classes != NULL;
    cli_add_field(&listing->out, name, '\t');
    cli_add_field(&listing->out, why ? why->text : text_of(&listed->what), '\t');
    cli_add_field(&listing->out, why ? "-" : text_of(&listed->features), classes ? '\t' : '\n');
    if (classes)
        buffer_printf(&listing->out, "%lld\n", (long long)listed->classes);
}

static void list_one(const char *name, void *context)
{
    struct listing *listing = context;
    struct listed_model listed = {.classes = 0};
    struct error why;
    const bool good = listing->lister->read(listing->catalogue, name, &listed, &why) == STATUS_OK;
    (listing->cli->json ? add_json : add_row)(listing, name, &listed, good ? NULL : &why);
    buffer_free(&listed.what);
    buffer_free(&listed.features);
}

enum status list_models(const struct cli *cli, const struct catalogue *catalogue, const struct model_lister *lister,
                        struct error *error)
{
    struct listing listing = {.cli = cli, .catalogue = catalogue, .lister = lister};
    listing.json.out = &listing.out;
    if (cli->json)
        json_array_begin(&listing.json);
    else
        buffer_printf(&listing.out, "name\t%s\tfeatures%s%s\n", lister->what, lister->classes ? "\t" : "",
                      lister->classes ? lister->classes : "");
    enum status status = lister->list(catalogue, list_one, &listing, error);
    if (status != STATUS_OK) {
        buffer_free(&listing.out);
        return status;
    }
    if (!cli->json)
        return cli_print_table(&listing.out, error);
    json_array_end(&listing.json);
    buffer_add_byte(&listing.out, '\n');
    return cli_print(&listing.out, error);
}
