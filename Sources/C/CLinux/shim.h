// What Linux has and Swift's Glibc module does not show.
#pragma once
#include <pthread.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

/* Hidden behind _GNU_SOURCE, without which Swift's Glibc module is compiled. */
int pthread_setname_np(pthread_t thread, const char *name);
