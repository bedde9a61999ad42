/* Linked into an FMU: what a hostile one tries when it is loaded, one line of stderr each.
   "NAME ok" or "NAME refused". What it is to reach comes from the environment. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *name, int worked) {
    dprintf(2, "hostile: %s %s\n", name, worked ? "ok" : "refused");
}

static int opened(const char *folder, const char *name, int flags) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int handle = open(path, flags, 0600);
    if (handle >= 0) close(handle);
    return handle >= 0;
}

static int connected(int port) {
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(port)};
    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int handle = socket(AF_INET, SOCK_STREAM, 0);
    if (handle < 0) return 0;
    int done = connect(handle, (struct sockaddr *)&there, sizeof there) == 0;
    close(handle);
    return done;
}

static int forked(void) {
    pid_t child = fork();
    if (child == 0) _exit(0);
    if (child > 0) waitpid(child, NULL, 0);
    return child > 0;
}

static int spawned(void) {
    char *words[] = {"/bin/true", NULL}, *nothing[] = {NULL};
    pid_t child;
    int status = -1;
    if (posix_spawn(&child, words[0], NULL, NULL, words, nothing) != 0) return 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int traced(pid_t whom) {
    if (ptrace(PTRACE_ATTACH, whom, NULL, NULL) != 0) return 0;
    waitpid(whom, NULL, __WALL);
    return ptrace(PTRACE_DETACH, whom, NULL, NULL) == 0;
}

static void *idle(void *given) { return given; }

static int threaded(void) {
    pthread_t thread;
    return pthread_create(&thread, NULL, idle, NULL) == 0 && pthread_join(thread, NULL) == 0;
}

static int mapped(size_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory != MAP_FAILED) munmap(memory, bytes);
    return memory != MAP_FAILED;
}

__attribute__((constructor)) static void attack(void) {
    const char *outside = getenv("HOSTILE_FOLDER"), *port = getenv("HOSTILE_PORT");
    const char *scratch = getenv("TMPDIR");
    char path[4096];
    if (!outside || !port || !scratch) return;
    say("reads a file", opened(outside, "secret", O_RDONLY));
    say("reads its parent's environment", ({
        snprintf(path, sizeof path, "/proc/%d/environ", getppid());
        int handle = open(path, O_RDONLY);
        if (handle >= 0) close(handle);
        handle >= 0;
    }));
    say("lists a folder", opened(outside, "", O_RDONLY | O_DIRECTORY));
    say("writes a file", opened(outside, "secret", O_WRONLY));
    say("makes a file", opened(outside, "made", O_WRONLY | O_CREAT));
    snprintf(path, sizeof path, "%s/removed", outside);
    say("removes a file", unlink(path) == 0);
    snprintf(path, sizeof path, "%s/secret", outside);
    say("changes a mode", chmod(path, 0644) == 0);
    say("connects", connected(atoi(port)));
    say("forks", forked());
    say("starts a program", spawned());
    say("looks into its parent", traced(getppid()));
    say("signals its parent", kill(getppid(), 0) == 0);
    say("takes a terabyte", mapped((size_t)1 << 40));
    say("writes its scratch", opened(scratch, "mine", O_WRONLY | O_CREAT));
    say("starts a thread", threaded());
    say("signals itself", kill(getpid(), 0) == 0);
}
