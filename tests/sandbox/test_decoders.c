/* Decoders that crash, hang, lie, break out or are killed: the input is bad or not, and the work continues. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* after the above: */
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../must.h"
#include "core/interrupt.h"
#include "core/pool.h"
#include "killer.h"
#include "misbehave.h"
#include "sandbox/sandbox_internal.h"

static char decoder_path[4096];
static struct sandbox_program misbehaving = {.file = decoder_path, .processor_seconds = 1, .seconds = 20};
static const unsigned char input[] = {1, 2, 3, 250};

static enum status ask(enum misdeed misdeed, struct sandbox_answer *answer, struct error *error)
{
    const struct sandbox_request request = {
        .name = "a file", .bytes = input, .size = sizeof input, .answer_max = 1 << 16, .numbers = {misdeed}};
    return sandbox_call(&request, answer, error);
}

static void assert_echo(void)
{
    static const unsigned char inverted[] = {254, 253, 252, 5};
    struct sandbox_answer answer;
    must(ask(DO_ECHO, &answer, &error));
    assert_int_equal(answer.size, sizeof inverted);
    assert_memory_equal(answer.bytes, inverted, sizeof inverted);
    free(answer.bytes);
}

static void assert_served(enum misdeed misdeed)
{
    struct sandbox_answer answer;
    must(ask(misdeed, &answer, &error));
    free(answer.bytes);
}

/* The input is bad for a reason that contains `reason`, and the next request is served. */
static void assert_bad(enum misdeed misdeed, const char *reason)
{
    struct sandbox_answer answer;
    struct error error = {0};
    assert_int_equal(ask(misdeed, &answer, &error), STATUS_BAD_DATA);
    assert_null(answer.bytes);
    if (strncmp(error.text, "a file: ", 8) != 0 || !strstr(error.text, reason))
        fail_msg("\"%s\" does not contain \"%s\"", error.text, reason);
    assert_echo();
}

static int start_misbehaving(void **state)
{
    (void)state;
    sandbox_set_program(SANDBOX_IMAGE, &misbehaving);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    sandbox_set_program(SANDBOX_IMAGE, NULL);
    return 0;
}

static struct sandbox_protection protection(void)
{
    struct sandbox_protection protection;
    must(sandbox_protection(SANDBOX_IMAGE, &protection, &error));
    return protection;
}

/* ------------------------------------------------------------------ faults */

static void a_crash_makes_the_input_bad(void **state)
{
    (void)state;
    assert_bad(DO_CRASH, SLEEVE_SANITIZED ? "ended with status" : "crashed (Segmentation fault)");
    assert_bad(DO_ABORT, "crashed (Aborted)");
    assert_bad(DO_OVERFLOW, SLEEVE_SANITIZED ? "ended with status" : "crashed (Segmentation fault)");
    assert_bad(DO_EXIT, "ended with status 0");
}

/* In new decoders, so that requests are not repeated. */
static void a_hang_makes_the_input_bad(void **state)
{
    assert_bad(DO_LOOP, "took longer than 1 s of processor time");
    start_misbehaving(state);
    misbehaving.seconds = 0.3;
    assert_bad(DO_SLEEP, "took longer than 0 s");
    misbehaving.seconds = 20;
    start_misbehaving(state);
    assert_bad(DO_CLOSE, "no valid answer");
}

static void memory_is_limited(void **state)
{
    (void)state;
    if (SLEEVE_SANITIZED)
        return;
    assert_bad(DO_ALLOCATE, "a file: memory ran out");
    assert_bad(DO_NEED_TOO_MUCH, "no valid answer");
}

enum { MUCH = 300 << 20 };

static void need_task(void *context, size_t index, int worker)
{
    (void)index, (void)worker;
    struct sandbox_answer answer;
    struct error error;
    const struct sandbox_request request = {
        .name = "a file", .bytes = input, .size = sizeof input, .answer_max = 100, .numbers = {DO_NEED, MUCH}};
    if (sandbox_call(&request, &answer, &error) == STATUS_OK)
        atomic_fetch_add((atomic_int *)context, 1);
    free(answer.bytes);
}

/* Two decoders need more together than the limit: one waits. */
static void all_decoders_share_one_limit_of_memory(void **state)
{
    (void)state;
    atomic_int served = 0;
    struct pool *pool;
    must(pool_create(4, &pool, &error));
    pool_run(pool, 40, need_task, &served);
    pool_destroy(pool);
    assert_int_equal(atomic_load(&served), 40);
    assert_in_range(sandbox_memory_peak(), MUCH, SANDBOX_MEMORY_MAX);
}

static void lies_make_the_input_bad(void **state)
{
    (void)state;
    assert_bad(DO_ANSWER_LARGE, "no valid answer");
    assert_bad(DO_ANSWER_SHORT, "no valid answer");
    assert_bad(DO_ANSWER_OTHERS, "no valid answer");
    assert_bad(DO_ANSWER_STATUS, "no valid answer");
    struct sandbox_answer answer;
    struct error error;
    assert_served(DO_ANSWER_TWICE); /* the second answer is not taken for that of the next request */
    assert_echo();
    assert_int_equal(ask(DO_ANSWER_TEXT, &answer, &error), STATUS_BAD_DATA);
    assert_null(strchr(error.text, '\033'));
    assert_echo();
}

/* A decoder that an earlier request damaged fails: the request is repeated in a new one. */
static void a_damaged_decoder_is_not_blamed_on_the_next_input(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        assert_served(DO_CRASH_LATER);
        assert_echo();
    }
}

/* ------------------------------------------------------------------ confinement */

static void forbidden_system_calls_end_the_decoder(void **state)
{
    (void)state;
    if (!protection().seccomp)
        return;
    for (enum misdeed misdeed = DO_SOCKET; misdeed <= DO_TRACE; misdeed++)
        assert_bad(misdeed, "forbidden system call");
}

static void files_cannot_be_opened(void **state)
{
    (void)state;
    struct sandbox_answer answer;
    struct sandbox_protection in_force = protection();
    if (!in_force.seccomp && !in_force.landlock)
        return;
    must(ask(DO_OPEN, &answer, &error));
    assert_true(answer.numbers[0] == EPERM || answer.numbers[0] == EACCES);
    free(answer.bytes);
    must(ask(DO_WRITE, &answer, &error));
    assert_int_equal(answer.numbers[0], in_force.seccomp ? EPERM : 0);
    free(answer.bytes);
}

static void only_its_own_descriptors_and_no_environment(void **state)
{
    (void)state;
    struct sandbox_answer answer;
    int other = dup(STDIN_FILENO), far = fcntl(STDIN_FILENO, F_DUPFD, 300); /* without close-on-exec */
    assert_true(other >= 0 && far >= 0);
    setenv("SPOTIFY_CLIENT_SECRET", "secret", 1);
    sandbox_set_program(SANDBOX_IMAGE, &misbehaving);
    must(ask(DO_LIST, &answer, &error));
    free(answer.bytes);
    assert_in_range(answer.numbers[0], SANDBOX_DESCRIPTORS - SLEEVE_SANITIZED, SANDBOX_DESCRIPTORS);
    assert_int_equal(answer.numbers[1], 0);
    close(other);
    close(far);
}

static void a_file_is_read_through_its_descriptor(void **state)
{
    (void)state;
    FILE *file = tmpfile();
    fputs("contents", file);
    fflush(file);
    for (int i = 0; i < 40; i++) {
        struct sandbox_answer answer;
        const struct sandbox_request request = {
            .name = "a file", .descriptor = fileno(file), .answer_max = 100, .numbers = {DO_READ}};
        rewind(file);
        must(sandbox_call(&request, &answer, &error));
        assert_int_equal(answer.size, 8);
        assert_memory_equal(answer.bytes, "contents", 8);
        free(answer.bytes);
    }
    fclose(file);
}

/* ------------------------------------------------------------------ starting */

static void a_decoder_that_cannot_start_is_an_error_and_no_bad_input(void **state)
{
    (void)state;
    static const struct {
        const char *file, *reason;
    } cases[] = {
        {"no-such-decoder", "build or install sleeve again"},
        {"/nowhere/decoder", "No such file or directory; build or install sleeve again"},
        {"/etc/passwd", "Permission denied"},
        {"/bin/true", "cannot be used: the decoder ended with status 0; build or install"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct sandbox_program program = {.file = cases[i].file, .processor_seconds = 1, .seconds = 10};
        struct sandbox_answer answer;
        struct error error;
        sandbox_set_program(SANDBOX_IMAGE, &program);
        assert_int_equal(ask(DO_ECHO, &answer, &error), STATUS_FAILED);
        if (!strstr(error.text, cases[i].reason))
            fail_msg("\"%s\" does not contain \"%s\"", error.text, cases[i].reason);
        sandbox_set_program(SANDBOX_IMAGE, NULL);
    }
}

static void echo_task(void *context, size_t index, int worker)
{
    (void)worker;
    (void)index;
    struct sandbox_answer answer;
    struct error error;
    if (ask(DO_ECHO, &answer, &error) == STATUS_OK)
        atomic_fetch_add((atomic_int *)context, 1);
    free(answer.bytes);
}

static void few_descriptors_mean_fewer_decoders(void **state)
{
    (void)state;
    atomic_int served = 0;
    struct pool *pool;
    struct rlimit limit, few;
    must(pool_create(8, &pool, &error));
    assert_echo();
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    few = limit;
    few.rlim_cur = (rlim_t)dup(STDIN_FILENO) + 1; /* of which none is free */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    pool_run(pool, 100, echo_task, &served);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    close((int)few.rlim_cur - 1);
    assert_int_equal(atomic_load(&served), 100);
    pool_destroy(pool);
}

/* ------------------------------------------------------------------ ending */

static int count_descriptors(void)
{
    int count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

static void nothing_is_left_of_decoders(void **state)
{
    (void)state;
    static const enum misdeed misdeeds[] = {DO_ABORT, DO_EXIT, DO_ANSWER_LARGE, DO_ECHO};
    sandbox_set_program(SANDBOX_IMAGE, &misbehaving);
    int before = count_descriptors();
    for (int i = 0; i < 40; i++) {
        struct sandbox_answer answer;
        struct error error;
        ask(misdeeds[i % 4], &answer, &error);
        free(answer.bytes);
    }
    sandbox_set_program(SANDBOX_IMAGE, NULL);
    assert_int_equal(count_descriptors(), before);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void *hang(void *misdeed)
{
    struct sandbox_answer answer;
    struct error error;
    ask(*(const enum misdeed *)misdeed, &answer, &error);
    return NULL;
}

/* A program with one decoder that is idle, and others that loop and sleep: writes their process ids and waits. */
static int be_parent(int output)
{
    static const enum misdeed misdeeds[] = {DO_LOOP, DO_SLEEP};
    pid_t pids[8];
    pthread_t thread;
    misbehaving.processor_seconds = 1000;
    misbehaving.seconds = 1000;
    sandbox_set_program(SANDBOX_IMAGE, &misbehaving);
    assert_echo();
    for (size_t i = 0; i < 2; i++)
        if (pthread_create(&thread, NULL, hang, (void *)&misdeeds[i]) != 0)
            return 1;
    usleep(300000);
    size_t count = sandbox_running(SANDBOX_IMAGE, pids, 8);
    if (write(output, pids, count * sizeof *pids) < 0)
        return 1;
    pause();
    return 0;
}

/* A program whose request hangs when Ctrl-C is pressed. */
static void *interrupt(void *unused)
{
    usleep(300000);
    kill(0, SIGINT); /* the whole process group, as the terminal does */
    return unused;
}

static int be_interrupted(void)
{
    struct sandbox_answer answer;
    struct error error;
    pthread_t thread;
    setpgid(0, 0);
    interrupt_install();
    misbehaving.processor_seconds = 1000;
    misbehaving.seconds = 1000;
    sandbox_set_program(SANDBOX_IMAGE, &misbehaving);
    assert_echo();
    if (pthread_create(&thread, NULL, interrupt, NULL) != 0)
        return 1;
    enum status status = ask(DO_LOOP, &answer, &error);
    pthread_join(thread, NULL);
    sandbox_set_program(SANDBOX_IMAGE, NULL);
    return (int)status;
}

static void an_interrupted_request_says_nothing_about_its_input(void **state)
{
    (void)state;
    int how;
    pid_t child = fork();
    if (child == 0) {
        execl("/proc/self/exe", "interrupted", NULL);
        _exit(1);
    }
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFEXITED(how));
    assert_int_equal(WEXITSTATUS(how), STATUS_INTERRUPTED);
}

/* Decoders are in sessions of their own: signals of a terminal do not reach them. */
static void signals_of_the_terminal_do_not_reach_decoders(void **state)
{
    (void)state;
    pid_t pid;
    assert_echo();
    assert_int_equal(sandbox_running(SANDBOX_IMAGE, &pid, 1), 1);
    assert_int_equal(getsid(pid), pid);
    assert_int_equal(getpgid(pid), pid);
}

static void decoders_end_with_a_program_that_is_killed(void **state)
{
    (void)state;
    int ends[2], how;
    pid_t pids[8];
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    assert_int_equal(pipe(ends), 0);
    pid_t parent = fork();
    if (parent == 0) {
        char number[16];
        snprintf(number, sizeof number, "%d", ends[1]);
        execl("/proc/self/exe", "parent", number, NULL);
        _exit(1);
    }
    close(ends[1]);
    ssize_t size = read(ends[0], pids, sizeof pids);
    close(ends[0]);
    assert_true(size >= (ssize_t)sizeof *pids);
    kill(parent, SIGKILL);
    assert_int_equal(waitpid(parent, &how, 0), parent);
    for (size_t i = 0; i < (size_t)size / sizeof *pids; i++) {
        assert_int_equal(waitpid(pids[i], &how, 0), pids[i]); /* they are this program's children now */
        assert_true(WIFEXITED(how) || WTERMSIG(how) == SIGIO);
    }
}

/* ------------------------------------------------------------------ killed decoders */

enum { REQUESTS = 1000, THREADS = 4 };

struct kills {
    struct killer killer;
    atomic_int n_bad, n_wrong;
};

/* Every tenth input crashes the decoder. */
static void kill_task(void *context, size_t index, int worker)
{
    (void)worker;
    struct kills *kills = context;
    struct sandbox_answer answer;
    struct error error;
    bool crashes = index % 10 == 0;
    unsigned char bytes[4000];
    memset(bytes, (int)(index % 251), sizeof bytes);
    const struct sandbox_request request = {.name = "a file",
                                            .bytes = bytes,
                                            .size = sizeof bytes,
                                            .answer_max = sizeof bytes,
                                            .numbers = {crashes ? DO_ABORT : DO_ECHO}};
    enum status status = sandbox_call(&request, &answer, &error);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)~bytes[i];
    if (crashes)
        atomic_fetch_add(status == STATUS_BAD_DATA ? &kills->n_bad : &kills->n_wrong, 1);
    else if (status != STATUS_OK || answer.size != sizeof bytes || memcmp(answer.bytes, bytes, sizeof bytes) != 0)
        atomic_fetch_add(&kills->n_wrong, 1);
    free(answer.bytes);
    atomic_fetch_add(&kills->killer.served, 1);
}

static void killed_decoders_do_not_matter(void **state)
{
    (void)state;
    struct kills kills = {0};
    struct pool *pool;
    must(pool_create(THREADS, &pool, &error));
    killer_start(&kills.killer);
    pool_run(pool, REQUESTS, kill_task, &kills);
    killer_stop(&kills.killer);
    pool_destroy(pool);
    assert_int_equal(atomic_load(&kills.n_wrong), 0);
    assert_int_equal(atomic_load(&kills.n_bad), REQUESTS / 10);
}

int main(int argc, char **argv)
{
    snprintf(decoder_path, sizeof decoder_path, "%s/tests/sandbox/misbehave", getenv("SLEEVE_BUILD"));
    if (argc > 1)
        return be_parent(atoi(argv[1]));
    if (strcmp(argv[0], "interrupted") == 0)
        return be_interrupted();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_crash_makes_the_input_bad, start_misbehaving, stop),
        cmocka_unit_test_setup_teardown(a_hang_makes_the_input_bad, start_misbehaving, stop),
        cmocka_unit_test_setup_teardown(memory_is_limited, start_misbehaving, stop),
        cmocka_unit_test_setup_teardown(all_decoders_share_one_limit_of_memory, start_misbehaving, stop),
        cmocka_unit_test_setup_teardown(lies_make_the_input_bad, start_misbehaving, stop),
        cmocka_unit_test_setup_teardown(a_damaged_decoder_is_not_blamed_on_the_next_input, start_misbehaving, stop),
        cmocka_unit_test_setup_teardown(forbidden_system_calls_end_the_decoder, start_misbehaving, stop),
        cmocka_unit_test_setup_teardown(files_cannot_be_opened, start_misbehaving, stop),
        cmocka_unit_test_setup_teardown(only_its_own_descriptors_and_no_environment, start_misbehaving, stop),
        cmocka_unit_test_setup_teardown(a_file_is_read_through_its_descriptor, start_misbehaving, stop),
        cmocka_unit_test(a_decoder_that_cannot_start_is_an_error_and_no_bad_input),
        cmocka_unit_test_setup_teardown(few_descriptors_mean_fewer_decoders, start_misbehaving, stop),
        cmocka_unit_test_setup_teardown(nothing_is_left_of_decoders, start_misbehaving, stop),
        cmocka_unit_test_setup_teardown(signals_of_the_terminal_do_not_reach_decoders, start_misbehaving, stop),
        cmocka_unit_test(an_interrupted_request_says_nothing_about_its_input),
        cmocka_unit_test(decoders_end_with_a_program_that_is_killed),
        cmocka_unit_test_setup_teardown(killed_decoders_do_not_matter, start_misbehaving, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
