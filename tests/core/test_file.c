#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/file.h"

struct folder {
    char path[64];
    char file[96];
};

static int setup(void **state)
{
    struct folder *folder = calloc(1, sizeof *folder);
    snprintf(folder->path, sizeof folder->path, "/tmp/sleeve-test-XXXXXX");
    if (!mkdtemp(folder->path))
        return -1;
    snprintf(folder->file, sizeof folder->file, "%s/file", folder->path);
    *state = folder;
    return 0;
}

static int teardown(void **state)
{
    struct folder *folder = *state;
    unlink(folder->file);
    int result = rmdir(folder->path); /* fails if a temporary file is left */
    free(folder);
    return result;
}

static void write_file(const char *path, const char *text)
{
    struct atomic_file file;
    struct error error = {0};
    assert_int_equal(atomic_file_open(path, &file, &error), STATUS_OK);
    fputs(text, file.stream);
    assert_int_equal(atomic_file_commit(&file, &error), STATUS_OK);
}

static void check_file(const char *path, const char *text)
{
    struct buffer buffer = {0};
    struct error error = {0};
    assert_int_equal(file_read(path, 1000, &buffer, &error), STATUS_OK);
    assert_string_equal(buffer.data, text);
    buffer_free(&buffer);
}

static void a_file_appears_whole_or_not_at_all(void **state)
{
    struct folder *folder = *state;
    struct error error = {0};
    struct atomic_file file;
    write_file(folder->file, "first");
    assert_int_equal(atomic_file_open(folder->file, &file, &error), STATUS_OK);
    fputs("second", file.stream);
    fflush(file.stream);
    check_file(folder->file, "first");
    atomic_file_abort(&file);
    check_file(folder->file, "first");
    atomic_file_abort(&file);
    write_file(folder->file, "third");
    check_file(folder->file, "third");
    struct stat info;
    mode_t mask = umask(0);
    umask(mask);
    assert_int_equal(stat(folder->file, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0666 & ~mask);
}

static void a_full_disk_leaves_the_old_file(void **state)
{
    struct folder *folder = *state;
    struct error error = {0};
    struct rlimit old;
    write_file(folder->file, "first");
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){.rlim_cur = 4096, .rlim_max = old.rlim_max}), 0);
    struct atomic_file file;
    assert_int_equal(atomic_file_open(folder->file, &file, &error), STATUS_OK);
    for (int i = 0; i < 20000; i++)
        fputs("longer than allowed ", file.stream);
    enum status status = atomic_file_commit(&file, &error);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_int_equal(status, STATUS_FAILED);
    assert_non_null(strstr(error.text, folder->file));
    check_file(folder->file, "first");
}

static void links_are_followed(void **state)
{
    struct folder *folder = *state;
    struct error error = {0};
    char link[128], chain[128];
    snprintf(link, sizeof link, "%s/link", folder->path);
    snprintf(chain, sizeof chain, "%s/chain", folder->path);
    assert_int_equal(symlink("file", link), 0); /* a dangling link */
    assert_int_equal(symlink(link, chain), 0);
    write_file(chain, "made");
    check_file(folder->file, "made");
    write_file(link, "replaced");
    check_file(folder->file, "replaced");
    struct stat info;
    assert_int_equal(lstat(link, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_int_equal(unlink(link), 0);
    assert_int_equal(symlink("chain", link), 0);
    struct atomic_file file;
    assert_int_equal(atomic_file_open(link, &file, &error), STATUS_FAILED);
    assert_int_equal(unlink(link), 0);
    assert_int_equal(unlink(chain), 0);
}

static void a_replaced_file_keeps_its_rights(void **state)
{
    struct folder *folder = *state;
    struct error error = {0};
    struct stat info;
    struct atomic_file file;
    assert_int_equal(atomic_file_open_private(folder->file, &file, &error), STATUS_OK);
    assert_int_equal(atomic_file_commit(&file, &error), STATUS_OK);
    assert_int_equal(stat(folder->file, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(chmod(folder->file, 0604), 0);
    write_file(folder->file, "new");
    assert_int_equal(stat(folder->file, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0604);
    if (geteuid() == 0)
        return; /* may write everything */
    assert_int_equal(chmod(folder->file, 0444), 0);
    assert_int_equal(atomic_file_open(folder->file, &file, &error), STATUS_FAILED);
    check_file(folder->file, "new");
}

static void pipes_are_written_through(void **state)
{
    struct folder *folder = *state;
    struct error error = {0};
    struct stat info;
    struct atomic_file file;
    assert_int_equal(mkfifo(folder->file, 0600), 0);
    assert_int_equal(atomic_file_open(folder->file, &file, &error), STATUS_FAILED); /* no reader */
    assert_non_null(strstr(error.text, folder->file));
    int reader = open(folder->file, O_RDONLY | O_NONBLOCK);
    write_file(folder->file, "through");
    char text[16] = "";
    assert_int_equal(read(reader, text, sizeof text), 7);
    assert_string_equal(text, "through");
    assert_int_equal(atomic_file_open(folder->file, &file, &error), STATUS_OK);
    close(reader);
    fputs("lost", file.stream);
    assert_int_equal(atomic_file_commit(&file, &error), STATUS_FAILED); /* and no SIGPIPE */
    assert_int_equal(lstat(folder->file, &info), 0);
    assert_true(S_ISFIFO(info.st_mode));
}

static void devices_are_written_through(void **state)
{
    struct folder *folder = *state;
    struct error error = {0};
    struct stat info;
    struct atomic_file file;
    write_file("/dev/null", "nothing");
    assert_int_equal(stat("/dev/null", &info), 0);
    assert_true(S_ISCHR(info.st_mode));
    assert_int_equal(atomic_file_open("/dev/full", &file, &error), STATUS_OK);
    for (int i = 0; i < 1000; i++)
        fputs("more than a buffer holds ", file.stream);
    assert_int_equal(atomic_file_commit(&file, &error), STATUS_FAILED);
    assert_non_null(strstr(error.text, "/dev/full"));
    /* The given descriptor itself is used, whatever it is opened on: its position is kept. */
    int descriptor = open(folder->file, O_RDWR | O_CREAT, 0600);
    assert_int_equal(write(descriptor, "first ", 6), 6);
    char path[32];
    snprintf(path, sizeof path, "/dev/fd/%d", descriptor);
    write_file(path, "second");
    check_file(folder->file, "first second");
    close(descriptor);
    assert_int_equal(atomic_file_open("/dev/fd/987654", &file, &error), STATUS_FAILED);
    assert_int_equal(atomic_file_open("", &file, &error), STATUS_FAILED);
    assert_int_equal(atomic_file_open(folder->path, &file, &error), STATUS_FAILED);
}

static void long_names_are_written(void **state)
{
    struct folder *folder = *state;
    char path[320];
    snprintf(path, sizeof path, "%s/%0255d", folder->path, 1);
    write_file(path, "long");
    check_file(path, "long");
    assert_int_equal(unlink(path), 0);
}

static void make_old(const char *path)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fclose(file);
    const struct timespec long_ago[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
    assert_int_equal(utimensat(AT_FDCWD, path, long_ago, 0), 0);
}

/* Files left by a killed writer are removed; those of a running writer and of others are not. */
static void leftovers_are_removed(void **state)
{
    struct folder *folder = *state;
    char dead[128], other[128], backup[128];
    snprintf(dead, sizeof dead, "%s.sleeve-abcdef", folder->file);
    snprintf(other, sizeof other, "%s2.sleeve-abcdef", folder->file);
    snprintf(backup, sizeof backup, "%s.backup", folder->file);
    make_old(dead);
    make_old(other);
    make_old(backup);
    struct atomic_file living;
    struct error error = {0};
    assert_int_equal(atomic_file_open(folder->file, &living, &error), STATUS_OK);
    assert_false(file_exists(dead));
    const struct timespec long_ago[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
    assert_int_equal(utimensat(AT_FDCWD, living.temporary, long_ago, 0), 0);
    write_file(folder->file, "new");
    fputs("newer", living.stream);
    assert_int_equal(atomic_file_commit(&living, &error), STATUS_OK);
    check_file(folder->file, "newer");
    assert_int_equal(unlink(other), 0);
    assert_int_equal(unlink(backup), 0);
}

static void wrong_places_are_told(void **state)
{
    struct folder *folder = *state;
    struct error error = {0};
    struct atomic_file file;
    char path[160];
    snprintf(path, sizeof path, "%s/none/file", folder->path);
    assert_int_equal(atomic_file_open(path, &file, &error), STATUS_FAILED);
    assert_non_null(strstr(error.text, path));
    struct mapped_file mapped;
    assert_int_equal(mapped_file_open(path, &mapped, &error), STATUS_BAD_DATA);
    assert_int_equal(mapped_file_open(folder->path, &mapped, &error), STATUS_BAD_DATA);
    assert_int_equal(mapped_file_open("/dev/zero", &mapped, &error), STATUS_BAD_DATA);
    mapped_file_close(&mapped);
    write_file(folder->file, "12345");
    struct buffer buffer = {0};
    assert_int_equal(file_read(folder->file, 4, &buffer, &error), STATUS_BAD_DATA);
    assert_int_equal(file_read(folder->file, 5, &buffer, &error), STATUS_OK);
    buffer_free(&buffer);
    snprintf(path, sizeof path, "%s/below", folder->file);
    assert_int_equal(folder_make(path, &error), STATUS_FAILED);
}

static void files_are_mapped(void **state)
{
    struct folder *folder = *state;
    struct error error = {0};
    struct mapped_file mapped;
    write_file(folder->file, "");
    assert_int_equal(mapped_file_open(folder->file, &mapped, &error), STATUS_OK);
    assert_null(mapped.bytes);
    assert_int_equal(mapped.size, 0);
    write_file(folder->file, "abc");
    assert_int_equal(mapped_file_open(folder->file, &mapped, &error), STATUS_OK);
    assert_int_equal(mapped.size, 3);
    assert_memory_equal(mapped.bytes, "abc", 3);
    write_file(folder->file, "something longer"); /* mapped contents do not change */
    assert_memory_equal(mapped.bytes, "abc", 3);
    mapped_file_close(&mapped);
    mapped_file_close(&mapped);
}

static void a_file_that_is_cut_is_read_as_zeros(void **state)
{
    struct folder *folder = *state;
    struct error error = {0};
    struct mapped_file mapped;
    FILE *file = fopen(folder->file, "wb");
    assert_non_null(file);
    for (int i = 0; i < 100000; i++)
        fputc('x', file);
    fclose(file);
    mapped_files_guard();
    assert_int_equal(mapped_file_open(folder->file, &mapped, &error), STATUS_OK);
    assert_int_equal(mapped.bytes[99999], 'x');
    struct atomic_file written;
    char other[96];
    snprintf(other, sizeof other, "%s/other", folder->path);
    assert_int_equal(atomic_file_open(other, &written, &error), STATUS_OK);
    assert_int_equal(truncate(folder->file, 5000), 0);
    const volatile unsigned char *bytes = mapped.bytes;
    unsigned sum = 0;
    for (size_t i = 8192; i < mapped.size; i++)
        sum += bytes[i];
    assert_int_equal(sum, 0);
    assert_int_equal(bytes[4999], 'x');
    assert_int_equal(mapped_files_cut(), 1);
    assert_int_equal(mapped_files_failed(&error), STATUS_FAILED);
    assert_non_null(strstr(error.text, folder->file));
    assert_int_equal(atomic_file_commit(&written, &error), STATUS_FAILED); /* possibly computed from zeros */
    assert_false(file_exists(other));
    mapped_file_close(&mapped);
}

static void folders_are_made_with_their_parents(void **state)
{
    struct folder *folder = *state;
    struct error error = {0};
    char path[160];
    snprintf(path, sizeof path, "%s/a/b/", folder->path);
    assert_int_equal(folder_make(path, &error), STATUS_OK);
    assert_int_equal(folder_make(path, &error), STATUS_OK);
    assert_true(file_exists(path));
    assert_int_equal(rmdir(path), 0);
    snprintf(path, sizeof path, "%s/a", folder->path);
    assert_int_equal(rmdir(path), 0);
    assert_false(file_exists(path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_appears_whole_or_not_at_all, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_disk_leaves_the_old_file, setup, teardown),
        cmocka_unit_test_setup_teardown(links_are_followed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_replaced_file_keeps_its_rights, setup, teardown),
        cmocka_unit_test_setup_teardown(pipes_are_written_through, setup, teardown),
        cmocka_unit_test_setup_teardown(devices_are_written_through, setup, teardown),
        cmocka_unit_test_setup_teardown(long_names_are_written, setup, teardown),
        cmocka_unit_test_setup_teardown(leftovers_are_removed, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_places_are_told, setup, teardown),
        cmocka_unit_test_setup_teardown(files_are_mapped, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_that_is_cut_is_read_as_zeros, setup, teardown),
        cmocka_unit_test_setup_teardown(folders_are_made_with_their_parents, setup, teardown),
    };
    return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
