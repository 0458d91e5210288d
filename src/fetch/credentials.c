#include "fetch/credentials.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/paths.h"

enum { FILE_MAX = 64 << 10 };

void secret_free(struct buffer *buffer)
{
    if (buffer->data)
        explicit_bzero(buffer->data, buffer->capacity);
    buffer_free(buffer);
}

void credentials_wipe(struct credentials *credentials)
{
    explicit_bzero(credentials, sizeof *credentials);
}

struct span {
    const char *text;
    size_t size;
};

static struct span trimmed(const char *text, size_t size)
{
    while (size > 0 && strchr(" \t\r", *text))
        text++, size--;
    while (size > 0 && strchr(" \t\r", text[size - 1]))
        size--;
    return (struct span){text, size};
}

/* Visible ASCII characters: nothing else can be in a header. */
static bool take(struct span span, size_t limit, const char *forbidden, char *out)
{
    if (span.size == 0 || span.size > limit)
        return false;
    for (size_t i = 0; i < span.size; i++)
        if (span.text[i] < ' ' || span.text[i] >= 0x7f || strchr(forbidden, span.text[i]))
            return false;
    memcpy(out, span.text, span.size);
    out[span.size] = '\0';
    return true;
}

/* "id:secret". */
static enum status add_credential(struct credentials *credentials, struct span pair, const char *where,
                                  struct error *error)
{
    if (credentials->count == CREDENTIALS_MAX)
        return error_set(error, STATUS_USAGE, "%s: more than %d credentials", where, CREDENTIALS_MAX);
    struct credential *item = &credentials->items[credentials->count];
    const char *colon = memchr(pair.text, ':', pair.size);
    size_t size = colon ? (size_t)(colon - pair.text) : 0;
    if (!colon || !take(trimmed(pair.text, size), CREDENTIAL_PART_MAX, " :,", item->id) ||
        !take(trimmed(colon + 1, pair.size - size - 1), CREDENTIAL_PART_MAX, " :,", item->secret)) {
        explicit_bzero(item, sizeof *item);
        return error_set(error, STATUS_USAGE,
                         "%s: credential %d is not in the form ID:SECRET, a client id and a client secret of Spotify",
                         where, credentials->count + 1);
    }
    credentials->count++;
    return STATUS_OK;
}

static enum status set_contact(struct credentials *credentials, struct span contact, const char *where,
                               struct error *error)
{
    if (take(contact, CONTACT_MAX, "()\"\\", credentials->contact))
        return STATUS_OK;
    return error_set(error, STATUS_USAGE,
                     "%s: the contact must be an e-mail address or a web page of at most %d ASCII characters, without "
                     "quotes and parentheses",
                     where, CONTACT_MAX);
}

/* Calls of add_credential for each part between commas. */
static enum status add_list(struct credentials *credentials, const char *list, const char *where, struct error *error)
{
    enum status status = STATUS_OK;
    for (bool more = true; status == STATUS_OK && more;) {
        size_t size = strcspn(list, ",");
        more = list[size] == ',';
        status = add_credential(credentials, trimmed(list, size), where, error);
        list += size + more;
    }
    return status;
}

struct config {
    struct credentials *credentials;
    bool spotify, contact; /* whether the file's values are used */
    const char *name;
};

static bool is_key(struct span key, const char *name)
{
    return key.size == strlen(name) && memcmp(key.text, name, key.size) == 0;
}

static enum status read_line(struct config *config, struct span line, int number, struct error *error)
{
    if (line.size == 0 || *line.text == '#')
        return STATUS_OK;
    const char *sign = memchr(line.text, '=', line.size);
    size_t size = sign ? (size_t)(sign - line.text) : 0;
    struct span key = trimmed(line.text, size);
    enum status status;
    if (sign && is_key(key, "spotify"))
        status = config->spotify
                     ? add_credential(config->credentials, trimmed(sign + 1, line.size - size - 1), config->name, error)
                     : STATUS_OK;
    else if (sign && is_key(key, "contact"))
        status = config->contact
                     ? set_contact(config->credentials, trimmed(sign + 1, line.size - size - 1), config->name, error)
                     : STATUS_OK;
    else
        return error_set(error, STATUS_USAGE,
                         "%s, line %d: must be \"spotify = ID:SECRET\" or \"contact = ADDRESS\", or begin with #",
                         config->name, number);
    return status;
}

static enum status read_config(struct config *config, const char *text, struct error *error)
{
    enum status status = STATUS_OK;
    for (int number = 1; status == STATUS_OK && *text; number++) {
        size_t size = strcspn(text, "\n");
        status = read_line(config, trimmed(text, size), number, error);
        text += size + (text[size] == '\n');
    }
    return status;
}

enum status credentials_parse(const char *variable, const char *contact, const char *file, const char *name,
                              struct credentials *credentials, struct error *error)
{
    *credentials = (struct credentials){0};
    bool own = variable && *variable, own_contact = contact && *contact;
    struct config config = {credentials, !own, !own_contact, name};
    enum status status = STATUS_OK;
    if (own)
        status = add_list(credentials, variable, CREDENTIALS_VARIABLE, error);
    if (status == STATUS_OK && own_contact)
        status = set_contact(credentials, trimmed(contact, strlen(contact)), CONTACT_VARIABLE, error);
    if (status == STATUS_OK && file)
        status = read_config(&config, file, error);
    if (status != STATUS_OK)
        credentials_wipe(credentials);
    return status;
}

/* Appends the file; a file that does not exist is empty. */
static enum status read_file(const char *path, struct buffer *text, struct error *error)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return STATUS_OK;
    if ((info.st_mode & 077) != 0 || info.st_uid != geteuid())
        return error_set(error, STATUS_USAGE,
                         "%s contains secrets, so it must belong to you and nobody else may read it: chmod 600 it",
                         path);
    if (!buffer_reserve(text, FILE_MAX)) /* so that it is never copied to a larger place */
        return error_no_memory(error);
    return file_read(path, FILE_MAX, text, error);
}

static void forget_variable(const char *name)
{
    char *value = getenv(name);
    if (value)
        explicit_bzero(value, strlen(value));
    unsetenv(name);
}

enum status credentials_read(struct credentials *credentials, struct error *error)
{
    struct buffer path = {0}, text = {0};
    *credentials = (struct credentials){0};
    enum status status = path_config_folder(&path, error);
    buffer_add_text(&path, "/" CREDENTIALS_FILE);
    if (status == STATUS_OK && path.failed)
        status = error_no_memory(error);
    if (status == STATUS_OK)
        status = read_file(path.data, &text, error);
    if (status == STATUS_OK)
        status = credentials_parse(getenv(CREDENTIALS_VARIABLE), getenv(CONTACT_VARIABLE), text.data, path.data,
                                   credentials, error);
    forget_variable(CREDENTIALS_VARIABLE);
    secret_free(&text);
    buffer_free(&path);
    return status;
}
