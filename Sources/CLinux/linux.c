#define _GNU_SOURCE 1
#include "CLinux.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

int linux_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int linux_epoll_add(int epoll, int descriptor, uint64_t token) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.u64 = token};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

int linux_epoll_wait(int epoll, struct linux_event *events, int capacity, int timeout) {
    struct epoll_event raw[256];
    if (capacity > 256) capacity = 256;
    int count = epoll_wait(epoll, raw, capacity, timeout);
    for (int i = 0; i < count; i++) {
        uint32_t flags = 0;
        if (raw[i].events & EPOLLIN) flags |= LINUX_READABLE;
        if (raw[i].events & EPOLLOUT) flags |= LINUX_WRITABLE;
        if (raw[i].events & (EPOLLHUP | EPOLLRDHUP | EPOLLERR)) flags |= LINUX_HANGUP;
        events[i] = (struct linux_event){.token = raw[i].data.u64, .flags = flags};
    }
    return count;
}

int linux_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void linux_eventfd_raise(int descriptor) { (void)eventfd_write(descriptor, 1); }

void linux_eventfd_clear(int descriptor) {
    eventfd_t value;
    (void)eventfd_read(descriptor, &value);
}

int linux_accept(int listener, void *address, uint32_t *length) {
    socklen_t size = *length;
    int descriptor = accept4(listener, address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    *length = size;
    return descriptor;
}

static int attach(int listener, int option, struct sock_filter *code, unsigned short length) {
    struct sock_fprog program = {.len = length, .filter = code};
    return setsockopt(listener, SOL_SOCKET, option, &program, sizeof program);
}

int linux_steer_connections(int listener, int index) {
    struct sock_filter code[] = {BPF_STMT(BPF_RET | BPF_K, (uint32_t)index)};
    return attach(listener, SO_ATTACH_REUSEPORT_CBPF, code, 1);
}

int linux_unsteer_connections(int listener) {
    int unused = 0;
    return setsockopt(listener, SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, &unused, sizeof unused);
}

int linux_ignore_handshakes(int listener) {
    /* The packet begins with the TCP header; SYN is bit 1 of its byte 13. */
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x02, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, 0xFFFFFFFF),
    };
    return attach(listener, SO_ATTACH_FILTER, code, 4);
}

int64_t linux_sendfile(int socket, int file, int64_t *offset, size_t count) {
    off_t position = *offset;
    ssize_t sent = sendfile(socket, file, &position, count);
    *offset = position;
    return sent;
}

int linux_start_writeback(int file, int64_t offset, int64_t count) {
    return sync_file_range(file, offset, count, SYNC_FILE_RANGE_WRITE);
}

int linux_sync_file_system(int file) { return syncfs(file); }

char **linux_environment(void) { return environ; }

int linux_signalfd(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &set, 0) != 0) return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int linux_signalfd_read(int descriptor) {
    struct signalfd_siginfo info;
    ssize_t count;
    do {
        count = read(descriptor, &info, sizeof info);
    } while (count < 0 && errno == EINTR);
    return count == (ssize_t)sizeof info ? (int)info.ssi_signo : -1;
}

int linux_processors(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    int count = CPU_COUNT(&set);
    return count > 0 ? count : 1;
}

void linux_name_thread(const char *name) { prctl(PR_SET_NAME, name); }

void linux_give_way(int nice) { setpriority(PRIO_PROCESS, 0, nice); }
