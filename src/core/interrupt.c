#include "core/interrupt.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

#include "core/clock.h"

static atomic_int requested;
static _Atomic double requested_at; /* lock-free where a double is 8 bytes; written once, by the first signal */

/* timeout(1) sends its signal to the program and then to its process group: signals within this time count as one. */
static const double same_signal_seconds = 0.02;

static void on_signal(int number)
{
    double now = clock_seconds();
    if (atomic_exchange(&requested, 1) == 0)
        atomic_store(&requested_at, now);
    if (now - atomic_load(&requested_at) < same_signal_seconds)
        return;
    signal(number, SIG_DFL);
    raise(number); /* arrives when this handler returns */
}

void interrupt_install(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGXFSZ, SIG_IGN); /* exceeding a file size limit is an error of that file and must not end the program */
}

bool interrupt_requested(void)
{
    return atomic_load(&requested) != 0;
}

double interrupt_age(void)
{
    double at = atomic_load(&requested_at);
    return at > 0 ? clock_seconds() - at : 0;
}
