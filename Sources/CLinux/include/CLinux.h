/*
 * What Swift's Glibc module does not import: epoll(7), eventfd(2), signalfd(2), accept4(2), sendfile(2),
 * sync_file_range(2), memfd_create(2).
 * Every function returns what the system call returns, -1 with errno on failure, and opens descriptors close-on-exec.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* One readiness report: the token given when the descriptor was added, and what became possible. */
struct linux_event {
    uint64_t token;
    uint32_t flags;
};

enum {
    LINUX_READABLE = 1, /* bytes or a connection are waiting */
    LINUX_WRITABLE = 2, /* the send buffer has room */
    LINUX_HANGUP = 4    /* the peer has closed its side, or the descriptor failed */
};

/* epoll_create1(2) */
int linux_epoll_create(void);
/* epoll_ctl(2) EPOLL_CTL_ADD, edge-triggered, for reading, writing and hang-up. */
int linux_epoll_add(int epoll, int descriptor, uint64_t token);
/* epoll_wait(2): at most `capacity` (<= 256) events, `timeout` in milliseconds, -1 for ever. */
int linux_epoll_wait(int epoll, struct linux_event *events, int capacity, int timeout);
/* eventfd(2), non-blocking. */
int linux_eventfd(void);
/* Makes an eventfd readable. */
void linux_eventfd_raise(int descriptor);
/* Makes an eventfd unreadable again. */
void linux_eventfd_clear(int descriptor);
/* accept4(2), non-blocking; the peer's address is stored in `address` (`length` in and out). */
int linux_accept(int listener, void *address, uint32_t *length);
/* All new connections of a SO_REUSEPORT group go to its socket of this index, in the order of bind(2): socket(7),
   SO_ATTACH_REUSEPORT_CBPF. When there is no such socket, the kernel chooses as without this call. */
int linux_steer_connections(int listener, int index);
/* Ends that for the whole group. */
int linux_unsteer_connections(int listener);
/* The listener ignores SYN packets from now on (SO_ATTACH_FILTER): clients try again after a second, while connections
   whose handshake has begun still arrive. */
int linux_ignore_handshakes(int listener);
/* sendfile(2) from `*offset`, which moves on. */
int64_t linux_sendfile(int socket, int file, int64_t *offset, size_t count);
/* sync_file_range(2) with SYNC_FILE_RANGE_WRITE: begins to write a range to the disk, and waits for nothing. */
int linux_start_writeback(int file, int64_t offset, int64_t count);
/* environ(7): NAME=VALUE, NULL after the last. Nobody in this program changes it. */
char **linux_environment(void);
/* syncfs(2): the file system of this file; 0 or -1 with errno. */
int linux_sync_file_system(int file);
/* Blocks SIGTERM, SIGINT and SIGHUP in this thread and those it starts, ignores SIGPIPE and SIGXFSZ, and returns a signalfd(2) for them. */
int linux_signalfd(void);
/* Reads one signal number from a signalfd; -1 with EAGAIN when there is none. */
int linux_signalfd_read(int descriptor);
/* The number of processors that this process may run on (sched_getaffinity(2)), at least 1. */
int linux_processors(void);
/* Lets the calling thread give way to others when the processors are busy: setpriority(2) with this nice value. */
void linux_give_way(int nice);
/* Gives the calling thread a name of at most 15 bytes (prctl(2) PR_SET_NAME). */
void linux_name_thread(const char *name);
