/* A clock that is wrong by YIBAO_CLOCK_SKEW seconds, laid over a process with LD_PRELOAD. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now) {
    int failed = (int)syscall(SYS_clock_gettime, clock, now);
    const char *skew = getenv("YIBAO_CLOCK_SKEW");
    if (!failed && clock == CLOCK_REALTIME && skew) {
        now->tv_sec += atol(skew);
    }
    return failed;
}
