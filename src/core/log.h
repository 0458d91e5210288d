#ifndef SLEEVE_CORE_LOG_H
#define SLEEVE_CORE_LOG_H

/* Log messages: to stderr, or to a sink (the explorer shows them in :messages). */
enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

void log_set_level(enum log_level level);
/* NULL restores stderr. `sink` may be called from any thread. */
void log_set_sink(void (*sink)(enum log_level level, const char *text, void *context), void *context);
void log_message(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
