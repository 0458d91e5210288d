#include "models/model_files.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "core/file.h"
#include "core/log.h"
#include "models/recommender.h"

enum { NAME_SIZE_MAX = 64, OWN_DIGITS = 16, TEMPORARY_LETTERS = 6 };

static const char folder_name[] = "models/";
static const char suffix[] = ".safetensors";
static const char index_suffix[] = ".index"; /* models/index_file.h */
static const char temporary[] = ".sleeve-";  /* followed by TEMPORARY_LETTERS (core/file.c) */
static const char *const unfinished_ends[] = {".safetensors.new", ".safetensors.new.candidate",
                                              ".safetensors.new.checkpoint"};

bool model_name_is_usable(const char *name)
{
    size_t length = strlen(name);
    if (length < 1 || length > NAME_SIZE_MAX || !isalnum((unsigned char)name[0]))
        return false;
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)name[i]) && !strchr("-_.+", name[i]))
            return false;
    return true;
}

/* ---- names --------------------------------------------------------------------------------------------------- */

/* The rest of `text` after `start`; NULL if it does not begin with it. */
static const char *after(const char *text, const char *start)
{
    size_t size = strlen(start);
    return strncmp(text, start, size) == 0 ? text + size : NULL;
}

static bool are_own_digits(const char *text)
{
    return text[0] == '.' && strspn(text + 1, "0123456789abcdef") >= OWN_DIGITS;
}

/* What follows NAME.safetensors or NAME.X.safetensors in `entry`; NULL if it does not begin with them. */
static const char *after_finished(const char *name, const char *entry)
{
    const char *rest = after(entry, name), *end = rest ? after(rest, suffix) : NULL;
    if (rest && !end && are_own_digits(rest))
        end = after(rest + 1 + OWN_DIGITS, suffix);
    return end;
}

static bool is_finished(const char *name, const char *entry)
{
    const char *end = after_finished(name, entry);
    return end && *end == '\0';
}

/* Whether `text` is "", or the rest of the name of a file that a killed program has not finished. */
static bool is_end(const char *text)
{
    return *text == '\0' || (after(text, temporary) && strlen(text) == sizeof temporary - 1 + TEMPORARY_LETTERS);
}

/* Whether `entry` is the index of a model's file, or one that is not finished. */
static bool is_index(const char *name, const char *entry)
{
    const char *rest = after_finished(name, entry), *end = rest ? after(rest, index_suffix) : NULL;
    return end && is_end(end);
}

static bool is_unfinished(const char *name, const char *entry)
{
    const char *rest = after(entry, name);
    for (size_t i = 0; rest && i < sizeof unfinished_ends / sizeof *unfinished_ends; i++) {
        const char *end = after(rest, unfinished_ends[i]);
        if (end && is_end(end))
            return true;
    }
    return false;
}

bool model_file_is_of(const char *name, const char *file)
{
    const char *entry = after(file, folder_name);
    return model_name_is_usable(name) && entry && is_finished(name, entry);
}

/* ---- lock ---------------------------------------------------------------------------------------------------- */

static void folder_path(const struct catalogue *catalogue, struct buffer *path)
{
    catalogue_sidecar(catalogue, "models", path);
}

enum status model_lock(const struct catalogue *catalogue, const char *name, struct lock_file *lock, bool *busy,
                       struct error *error)
{
    *lock = (struct lock_file){0};
    *busy = false;
    struct buffer path = {0};
    folder_path(catalogue, &path);
    enum status status = path.failed ? error_no_memory(error) : folder_make(path.data, error);
    buffer_printf(&path, "/%s.lock", name);
    if (status == STATUS_OK && path.failed)
        status = error_no_memory(error);
    if (status == STATUS_OK)
        status = lock_file_take(path.data, lock, busy, error);
    buffer_free(&path);
    if (status == STATUS_OK && *busy)
        status = error_set(error, STATUS_FAILED,
                           "the model \"%.80s\" is being trained by another sleeve; wait until that is done, or train "
                           "under another name with --name",
                           name);
    return status;
}

/* ---- files --------------------------------------------------------------------------------------------------- */

void model_unfinished_path(const struct catalogue *catalogue, const char *name, struct buffer *path)
{
    folder_path(catalogue, path);
    buffer_printf(path, "/%s%s", name, unfinished_ends[0]);
}

static enum status sync_folder(const struct catalogue *catalogue, struct error *error)
{
    struct buffer path = {0};
    folder_path(catalogue, &path);
    if (path.failed)
        return error_no_memory(error);
    int descriptor = open(path.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0) {
        fsync(descriptor);
        close(descriptor);
    }
    buffer_free(&path);
    return STATUS_OK;
}

/* Creates a second name for the file and never replaces another file. On file systems without hard links it renames. */
static int give_name(const char *from, const char *to)
{
    if (link(from, to) == 0)
        return 0;
    if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS && errno != EMLINK)
        return errno;
    if (access(to, F_OK) == 0)
        return EEXIST;
    return rename(from, to) == 0 ? 0 : errno;
}

/* Whether NAME.safetensors could also be the file of another model, NAME being "OTHER.X". */
static bool ends_in_own_digits(const char *name)
{
    size_t size = strlen(name);
    return size > OWN_DIGITS + 1 && are_own_digits(name + size - OWN_DIGITS - 1);
}

enum status model_file_publish(const struct catalogue *catalogue, const char *name, bool first, const char *unfinished,
                               struct buffer *file, struct error *error)
{
    int number = EEXIST;
    for (bool plain = first && !ends_in_own_digits(name); number == EEXIST; plain = false) {
        struct buffer path = {0};
        unsigned char random[OWN_DIGITS / 2];
        if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
            return error_set(error, STATUS_FAILED, "the system provides no random numbers: %s", strerror(errno));
        buffer_clear(file);
        buffer_printf(file, "%s%s%s", folder_name, name, plain ? "" : ".");
        for (size_t i = 0; i < sizeof random && !plain; i++)
            buffer_printf(file, "%02x", random[i]);
        buffer_printf(file, "%s", suffix);
        if (!file->failed)
            catalogue_sidecar(catalogue, file->data, &path);
        bool failed = file->failed || path.failed;
        number = failed ? 0 : give_name(unfinished, path.data);
        if (number != 0 && number != EEXIST)
            error_set(error, STATUS_FAILED, "the model cannot be written to %s: %s", path.data, strerror(number));
        buffer_free(&path);
        if (failed)
            return error_no_memory(error);
    }
    return number == 0 ? sync_folder(catalogue, error) : STATUS_FAILED;
}

void model_file_remove(const struct catalogue *catalogue, const char *name, const char *file)
{
    struct buffer path = {0};
    if (!model_file_is_of(name, file)) {
        log_message(LOG_WARNING, "the record of the model \"%.80s\" named the file \"%.200s\", which is left alone",
                    name, file);
        return;
    }
    catalogue_sidecar(catalogue, file, &path);
    for (int index = 0; index < 2; index++) {
        if (!path.failed && unlink(path.data) != 0 && errno != ENOENT)
            log_message(LOG_WARNING, "%s stays: %s", path.data, strerror(errno));
        buffer_add_text(&path, index_suffix);
    }
    buffer_free(&path);
}

/* ---- leftovers ----------------------------------------------------------------------------------------------- */

/* Whether it is the file of a record, or the index of one. */
static bool is_recorded(const struct model_list *models, const char *entry)
{
    for (size_t i = 0; i < models->count; i++) {
        const char *file = after(models->items[i].file, folder_name);
        const char *end = file && *file ? after(entry, file) : NULL;
        if (end && (*end == '\0' || strcmp(end, index_suffix) == 0))
            return true;
    }
    return false;
}

void model_leftovers_remove(struct catalogue *catalogue, const char *name, bool unfinished)
{
    struct model_list models = {0};
    struct buffer path = {0};
    folder_path(catalogue, &path);
    /* Without the records, no file can be recognised as left over. */
    DIR *folder =
        !path.failed && catalogue_models_read(catalogue, &models, NULL) == STATUS_OK ? opendir(path.data) : NULL;
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        if (((is_finished(name, entry->d_name) || is_index(name, entry->d_name)) &&
             !is_recorded(&models, entry->d_name)) ||
            (unfinished && is_unfinished(name, entry->d_name)))
            unlinkat(dirfd(folder), entry->d_name, 0);
    if (folder)
        closedir(folder);
    buffer_free(&path);
    model_list_free(&models);
}

/* Files of a training that was interrupted or is running: the names without X, and the lock. */
static bool is_in_use(const char *entry)
{
    size_t size = strlen(entry);
    for (size_t i = 0; i < sizeof unfinished_ends / sizeof *unfinished_ends; i++) {
        size_t end = strlen(unfinished_ends[i]);
        if (size > end && strcmp(entry + size - end, unfinished_ends[i]) == 0)
            return true;
    }
    return size > 5 && strcmp(entry + size - 5, ".lock") == 0;
}

enum status model_leftovers_list(struct catalogue *catalogue, void (*each)(void *context, const char *file),
                                 void *context, struct error *error)
{
    struct model_list models = {0};
    struct buffer path = {0}, file = {0};
    folder_path(catalogue, &path);
    enum status status = path.failed ? error_no_memory(error) : catalogue_models_read(catalogue, &models, error);
    DIR *folder = status == STATUS_OK ? opendir(path.data) : NULL;
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || is_recorded(&models, name) || is_in_use(name))
            continue;
        buffer_clear(&file);
        buffer_printf(&file, "%s%s", folder_name, name);
        if (!file.failed)
            each(context, file.data);
    }
    if (folder)
        closedir(folder);
    if (status == STATUS_OK && file.failed)
        status = error_no_memory(error);
    buffer_free(&file);
    buffer_free(&path);
    model_list_free(&models);
    return status;
}
