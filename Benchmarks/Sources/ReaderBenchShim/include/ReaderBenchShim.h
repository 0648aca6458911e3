#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Bodies one after another in `bytes`; the one at `i` is bytes[starts[i]] ..< [starts[i] + lengths[i]], with at least 64 readable bytes behind.
/// Each function reads all of them, all fields of every tweet as unescaped strings, and answers the number of tweets (0 after an error).
/// `sum` grows by the lengths of all values, so that nothing can be left out by the optimizer.
size_t simdjson_ondemand(const uint8_t *bytes, const size_t *starts, const size_t *lengths, size_t count, size_t *sum);
size_t simdjson_dom(const uint8_t *bytes, const size_t *starts, const size_t *lengths, size_t count, size_t *sum);

/// Which implementation each of the two runs on.
const char *simdjson_ondemand_implementation(void);
const char *simdjson_dom_implementation(void);

/// How often the process has called malloc, calloc, realloc or an aligned one.
size_t allocations(void);

#ifdef __cplusplus
}
#endif
