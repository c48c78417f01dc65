/* Stands between SQLite and the disk in a test's child process (LD_PRELOAD). The file named by YIBAO_FAULT says what
   fails from now on: "fsync" (every sync returns EIO) or "full" (every write returns ENOSPC); without it all is well.
   Only files of the database are touched. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int ordered(const char *what) {
    const char *path = getenv("YIBAO_FAULT");
    char text[16] = {0};
    if (path == NULL) return 0;
    int file = open(path, O_RDONLY);
    if (file < 0) return 0;
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    return length > 0 && strncmp(text, what, strlen(what)) == 0;
}

static int is_database(int file) {
    char link[64], name[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, name, sizeof name - 1);
    if (length < 0) return 0;
    name[length] = 0;
    return strstr(name, "yibao.sqlite") != NULL;
}

static int fails(int file, const char *what, int error) {
    if (!is_database(file) || !ordered(what)) return 0;
    errno = error;
    return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int fsync(int file) { return fails(file, "fsync", EIO) ? -1 : REAL(fsync)(file); }
int fdatasync(int file) { return fails(file, "fsync", EIO) ? -1 : REAL(fdatasync)(file); }
ssize_t write(int file, const void *bytes, size_t count) {
    return fails(file, "full", ENOSPC) ? -1 : REAL(write)(file, bytes, count);
}
ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) {
    return fails(file, "full", ENOSPC) ? -1 : REAL(pwrite)(file, bytes, count, at);
}
ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
    return fails(file, "full", ENOSPC) ? -1 : REAL(pwrite64)(file, bytes, count, at);
}
int ftruncate64(int file, off64_t length) { return fails(file, "full", ENOSPC) ? -1 : REAL(ftruncate64)(file, length); }
int fallocate64(int file, int mode, off64_t at, off64_t length) {
    return fails(file, "full", ENOSPC) ? -1 : REAL(fallocate64)(file, mode, at, length);
}
