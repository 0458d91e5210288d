#include "core/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/text.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static enum log_level wanted = LOG_INFO;
static void (*current_sink)(enum log_level, const char *, void *);
static void *sink_context;

void log_set_level(enum log_level level)
{
    wanted = level;
}

void log_set_sink(void (*sink)(enum log_level, const char *, void *), void *context)
{
    pthread_mutex_lock(&lock);
    current_sink = sink;
    sink_context = context;
    pthread_mutex_unlock(&lock);
}

void log_message(enum log_level level, const char *format, ...)
{
    if (level > wanted)
        return;
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    struct buffer shown = {0};
    text_sanitise(text, strlen(text), &shown); /* file names and titles may contain anything */
    pthread_mutex_lock(&lock);
    if (current_sink)
        current_sink(level, shown.data ? shown.data : "", sink_context);
    else /* on a terminal, a progress bar may be on the line */
        fprintf(stderr, "%ssleeve: %s\n", isatty(STDERR_FILENO) ? "\r\033[K" : "", shown.data ? shown.data : "");
    pthread_mutex_unlock(&lock);
    buffer_free(&shown);
}
