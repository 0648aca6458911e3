#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Bodies one after another in `bytes`, at `starts`, with at least 64 readable bytes behind each. Each function reads
/// all fields of every tweet as unescaped strings and answers the number of tweets, 0 after an error. `sum` grows by the
/// lengths of all values, so that the optimizer can leave nothing out.
size_t simdjson_ondemand(
    const uint8_t *bytes, const size_t *starts, const size_t *lengths, size_t count, size_t *sum);
size_t simdjson_dom(const uint8_t *bytes, const size_t *starts, const size_t *lengths, size_t count, size_t *sum);

/// The set of instructions that simdjson has chosen.
const char *simdjson_implementation(void);

/// How often the process has called malloc, calloc, realloc or an aligned one.
size_t allocations(void);

#ifdef __cplusplus
}
#endif
