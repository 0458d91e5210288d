#include "nn/schedule.h"

#include <math.h>

void schedule_halving(struct schedule *schedule, float rate, int64_t start, int64_t interval, float momentum,
                      float decay)
{
    *schedule = (struct schedule){.momentum = momentum, .decay = decay, .count = 1, .rates = {rate}};
    if (interval <= 0)
        return;
    for (int64_t i = 1; i < SCHEDULE_MAX; i++) {
        schedule->first[i] = start + i * interval;
        schedule->rates[i] = schedule->rates[i - 1] / 2;
    }
    schedule->count = SCHEDULE_MAX;
}

struct compute_schedule schedule_on_device(const struct schedule *schedule)
{
    return (struct compute_schedule){.count = schedule->count,
                                     .first = schedule->first,
                                     .rates = schedule->rates,
                                     .momentum = schedule->momentum,
                                     .decay = schedule->decay};
}

float schedule_rate(const struct schedule *schedule, int64_t step)
{
    int64_t i = schedule->count - 1;
    while (i > 0 && schedule->first[i] > step)
        i--;
    return schedule->rates[i];
}

float schedule_cosine(double rate, int64_t step, int64_t total)
{
    return (float)(rate * (1 + cos(3.141592653589793 * ((double)step / (double)total))) / 2);
}

float schedule_inverse(double rate, double decay, int64_t step)
{
    return (float)(rate / (1 + decay * (double)step));
}

float schedule_stairs(double rate, double factor, int64_t interval, int64_t step)
{
    return (float)(rate * pow(factor, (double)(step / interval)));
}
