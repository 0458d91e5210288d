#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/interrupt.h"

static void pause_ms(int milliseconds)
{
    nanosleep(&(struct timespec){.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000L}, NULL);
}

/* A child process that checks no flag, as if stuck in a library. Returns how it ended. */
static int end_of_stuck_child(int first, int second)
{
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        interrupt_install();
        if (write(ready[1], "", 1) != 1)
            _exit(1);
        for (;;)
            pause_ms(1000);
    }
    char byte;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
    kill(child, first);
    pause_ms(100);
    int status;
    assert_int_equal(waitpid(child, &status, WNOHANG), 0); /* the first signal only sets a flag */
    kill(child, second);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void a_second_signal_ends_the_program(void **state)
{
    (void)state;
    static const int pairs[][2] = {{SIGINT, SIGINT}, {SIGTERM, SIGTERM}, {SIGINT, SIGTERM}, {SIGTERM, SIGINT}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        int status = end_of_stuck_child(pairs[i][0], pairs[i][1]);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), pairs[i][1]);
    }
}

static void the_first_signal_sets_the_flag(void **state)
{
    (void)state;
    interrupt_install();
    assert_false(interrupt_requested());
    assert_true(interrupt_age() == 0);
    raise(SIGTERM);
    assert_true(interrupt_requested());
    pause_ms(5);
    assert_true(interrupt_age() > 0.004);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_signal_ends_the_program),
        cmocka_unit_test(the_first_signal_sets_the_flag),
    };
    return cmocka_run_group_tests_name("interrupt", tests, NULL, NULL);
}
