#include "ui/terminal/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "core/file.h"

struct tty {
    int descriptor;
    int pipe[2];
    struct termios cooked;
    bool raw;
    bool signals;
};

static const int reported[] = {SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGTSTP, SIGCONT};
static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT};
enum { N_REPORTED = sizeof reported / sizeof reported[0], N_CRASHES = sizeof crashes / sizeof crashes[0] };
enum { RESTORE_MAX = 512 };

/* Data for signal handlers. Written while no handler is installed. */
static struct {
    int descriptor;
    int pipe;
    struct termios cooked;
    char restore[RESTORE_MAX];
    size_t restore_size;
    struct sigaction old_reported[N_REPORTED];
    struct sigaction old_crashes[N_CRASHES];
    atomic_int seen;
    char *stack; /* a crash may be a stack overflow */
} handlers;

static void on_signal(int number)
{
    int saved = errno;
    int flag = number == SIGWINCH  ? TTY_RESIZED
               : number == SIGTSTP ? TTY_STOP
               : number == SIGCONT ? TTY_CONTINUED
                                   : TTY_CLOSED;
    atomic_fetch_or(&handlers.seen, flag);
    char byte = 1;
    ssize_t written = write(handlers.pipe, &byte, 1); /* if the pipe is full, it is readable already */
    (void)written;
    errno = saved;
}

static void on_crash(int number, siginfo_t *info, void *context)
{
    (void)context;
    if (number == SIGBUS && mapped_files_repair(info->si_addr))
        return;
    size_t done = 0;
    while (done < handlers.restore_size) {
        ssize_t written = write(handlers.descriptor, handlers.restore + done, handlers.restore_size - done);
        if (written <= 0)
            break;
        done += (size_t)written;
    }
    tcsetattr(handlers.descriptor, TCSANOW, &handlers.cooked);
    for (int i = 0; i < N_CRASHES; i++)
        sigaction(crashes[i], &handlers.old_crashes[i], NULL);
    raise(number); /* delivered when this handler returns, to the previous handler or the default */
}

enum status tty_open(struct tty **out, struct error *error)
{
    struct tty *tty = calloc(1, sizeof *tty);
    if (!tty)
        return error_no_memory(error);
    tty->pipe[0] = tty->pipe[1] = -1;
    /* Opened separately, so that O_NONBLOCK does not affect the shell. */
    tty->descriptor = open("/dev/tty", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (tty->descriptor < 0 && isatty(STDIN_FILENO)) {
        const char *name = ttyname(STDIN_FILENO);
        if (name)
            tty->descriptor = open(name, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    }
    if (tty->descriptor < 0 || tcgetattr(tty->descriptor, &tty->cooked) != 0) {
        tty_close(tty, false);
        return error_set(error, STATUS_FAILED,
                         "there is no terminal to draw on; run this in a terminal, or use --script");
    }
    if (pipe2(tty->pipe, O_CLOEXEC | O_NONBLOCK) != 0) {
        tty_close(tty, false);
        return error_set(error, STATUS_FAILED, "a pipe for signals cannot be created; too many files are open");
    }
    *out = tty;
    return STATUS_OK;
}

/* When a terminal closes, end-of-file may be read before SIGHUP arrives, and a shell sends one of its own before the
 * kernel's: a late signal must not interrupt the cleanup. */
static void restore_signals(bool gone)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    for (int i = 0; i < N_REPORTED; i++)
        sigaction(reported[i], gone && reported[i] == SIGHUP ? &ignore : &handlers.old_reported[i], NULL);
    for (int i = 0; i < N_CRASHES; i++)
        sigaction(crashes[i], &handlers.old_crashes[i], NULL);
    stack_t none = {.ss_flags = SS_DISABLE};
    if (handlers.stack)
        sigaltstack(&none, NULL);
    free(handlers.stack);
    handlers.stack = NULL;
}

void tty_close(struct tty *tty, bool closed)
{
    if (!tty)
        return;
    struct termios modes;
    bool gone = closed || tty->descriptor < 0 || tcgetattr(tty->descriptor, &modes) != 0;
    tty_cooked(tty);
    if (tty->signals)
        restore_signals(gone);
    if (tty->descriptor >= 0)
        close(tty->descriptor);
    if (tty->pipe[0] >= 0) {
        close(tty->pipe[0]);
        close(tty->pipe[1]);
    }
    free(tty);
}

int tty_descriptor(const struct tty *tty)
{
    return tty->descriptor;
}

int tty_signal_descriptor(const struct tty *tty)
{
    return tty->pipe[0];
}

int tty_erase_character(const struct tty *tty)
{
    return tty->cooked.c_cc[VERASE];
}

enum status tty_raw(struct tty *tty, struct error *error)
{
    struct termios raw = tty->cooked;
    raw.c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | INLCR | IGNCR | INPCK | ISTRIP | IXON);
    raw.c_oflag &= ~(tcflag_t)OPOST;
    raw.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | IEXTEN | ISIG);
    raw.c_cflag &= ~(tcflag_t)(CSIZE | PARENB);
    raw.c_cflag |= CS8;
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    if (tcsetattr(tty->descriptor, TCSADRAIN, &raw) != 0)
        return error_set(error, STATUS_FAILED, "the terminal's modes cannot be set: %s", strerror(errno));
    tty->raw = true;
    return STATUS_OK;
}

void tty_cooked(struct tty *tty)
{
    if (tty->raw) { /* not TCSAFLUSH, which waits for a terminal that accepts no output */
        tcflush(tty->descriptor, TCIFLUSH);
        tcsetattr(tty->descriptor, TCSANOW, &tty->cooked);
        tcflush(tty->descriptor, TCIFLUSH);
    }
    tty->raw = false;
}

static void install_crash_handlers(void)
{
    size_t size = (size_t)SIGSTKSZ > 65536 ? (size_t)SIGSTKSZ : 65536;
    handlers.stack = malloc(size);
    stack_t stack = {.ss_sp = handlers.stack, .ss_size = size};
    if (handlers.stack)
        sigaltstack(&stack, NULL);
    struct sigaction action = {.sa_sigaction = on_crash, .sa_flags = SA_ONSTACK | SA_SIGINFO};
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < N_CRASHES; i++)
        sigaction(crashes[i], &action, &handlers.old_crashes[i]);
}

void tty_set_restore(const char *restore, size_t size)
{
    if (size > RESTORE_MAX)
        return;
    handlers.restore_size = 0; /* a crash in between restores only the modes */
    memcpy(handlers.restore, restore, size);
    handlers.restore_size = size;
}

enum status tty_signals(struct tty *tty, const char *restore, size_t size, struct error *error)
{
    if (size > RESTORE_MAX)
        return error_set(error, STATUS_FAILED, "the description of this terminal type (TERM) is too long");
    handlers.descriptor = tty->descriptor;
    handlers.pipe = tty->pipe[1];
    handlers.cooked = tty->cooked;
    tty_set_restore(restore, size);
    atomic_store(&handlers.seen, 0);
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < N_REPORTED; i++)
        sigaction(reported[i], &action, &handlers.old_reported[i]);
    install_crash_handlers();
    tty->signals = true;
    return STATUS_OK;
}

int tty_take_signals(struct tty *tty)
{
    char bytes[64];
    while (read(tty->pipe[0], bytes, sizeof bytes) > 0)
        continue;
    return atomic_exchange(&handlers.seen, 0);
}

void tty_stop(struct tty *tty)
{
    (void)tty;
    struct sigaction standard = {.sa_handler = SIG_DFL};
    struct sigaction ours;
    sigaction(SIGTSTP, &standard, &ours);
    kill(0, SIGTSTP); /* the whole job, as the keyboard would: a script that runs us must stop, too */
    sigaction(SIGTSTP, &ours, NULL);
}

bool tty_write(struct tty *tty, const char *bytes, size_t size, int milliseconds)
{
    while (size > 0) {
        ssize_t written = write(tty->descriptor, bytes, size);
        if (written > 0) {
            bytes += written;
            size -= (size_t)written;
            continue;
        }
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0 && errno != EAGAIN)
            return false;
        int signals = atomic_load(&handlers.seen);
        if (signals & TTY_CLOSED)
            return false;
        /* Other signals made the pipe readable and are handled later: check for new ones from time to time. */
        int pause = signals ? 100 : -1;
        struct pollfd wait[] = {{.fd = tty->descriptor, .events = POLLOUT}, {.fd = tty->pipe[0], .events = POLLIN}};
        int ready = poll(wait, signals ? 1 : 2, milliseconds >= 0 ? milliseconds : pause);
        if ((wait[0].revents & (POLLHUP | POLLERR | POLLNVAL)) || (ready == 0 && milliseconds >= 0))
            return false;
    }
    return true;
}

int tty_read(struct tty *tty, char *bytes, size_t size)
{
    ssize_t count = read(tty->descriptor, bytes, size);
    if (count > 0)
        return (int)count;
    return count < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

bool tty_size(const struct tty *tty, int *rows, int *columns, int *width, int *height)
{
    struct winsize size;
    if (ioctl(tty->descriptor, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0)
        return false;
    *rows = size.ws_row;
    *columns = size.ws_col;
    *width = size.ws_xpixel;
    *height = size.ws_ypixel;
    return true;
}
