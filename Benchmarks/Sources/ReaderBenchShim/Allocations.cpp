#include "ReaderBenchShim.h"
#include <atomic>
#include <cerrno>

// Stands before glibc's functions in the whole process, the Swift runtime included: counts, then passes on.
static std::atomic<size_t> calls;

extern "C" {
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

static void count_one() { calls.fetch_add(1, std::memory_order_relaxed); }

void *malloc(size_t size) { count_one(); return __libc_malloc(size); }
void *calloc(size_t count, size_t size) { count_one(); return __libc_calloc(count, size); }
void *realloc(void *old, size_t size) { count_one(); return __libc_realloc(old, size); }
void *aligned_alloc(size_t alignment, size_t size) { count_one(); return __libc_memalign(alignment, size); }
int posix_memalign(void **place, size_t alignment, size_t size) {
    count_one();
    *place = __libc_memalign(alignment, size);
    return *place ? 0 : ENOMEM;
}

size_t allocations(void) { return calls.load(std::memory_order_relaxed); }
}
