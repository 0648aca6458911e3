#include "ReaderBenchShim.h"
#include <simdjson.h>

using namespace simdjson;

// The first stage of both (structure and UTF-8 of the whole body) is in the library, dispatched at run time to the best
// that the processor has; what On Demand does in headers is compiled here with `-march=native`. One parser each, reused,
// as simdjson advises.
static ondemand::parser ondemand_parser;
static dom::parser dom_parser;

static bool read_tweet(ondemand::object tweet, size_t *sum) {
    for (auto field : tweet) {
        std::string_view name, value;
        if (field.unescaped_key().get(name)) return false;
        if (name == "description" || name == "country" || name == "weather" || name == "id") {
            if (field.value().get_string().get(value)) return false;
            *sum += value.size();
        }
    }
    return true;
}

size_t simdjson_ondemand(const uint8_t *bytes, const size_t *starts, const size_t *lengths, size_t count, size_t *sum) {
    size_t tweets = 0;
    for (size_t i = 0; i < count; i++) {
        const char *body = reinterpret_cast<const char *>(bytes) + starts[i];
        ondemand::document document;
        padded_string_view padded(body, lengths[i], lengths[i] + SIMDJSON_PADDING);
        if (ondemand_parser.iterate(padded).get(document)) return 0;
        if (*body == '[') {
            ondemand::array array;
            if (document.get_array().get(array)) return 0;
            for (auto element : array) {
                ondemand::object tweet;
                if (element.get_object().get(tweet) || !read_tweet(tweet, sum)) return 0;
                tweets++;
            }
        } else {
            ondemand::object tweet;
            if (document.get_object().get(tweet) || !read_tweet(tweet, sum)) return 0;
            tweets++;
        }
    }
    return tweets;
}

static bool read_tweet(dom::element element, size_t *sum) {
    dom::object tweet;
    if (element.get_object().get(tweet)) return false;
    for (auto field : tweet) {
        if (field.key == "description" || field.key == "country" || field.key == "weather" || field.key == "id") {
            std::string_view value;
            if (field.value.get_string().get(value)) return false;
            *sum += value.size();
        }
    }
    return true;
}

size_t simdjson_dom(const uint8_t *bytes, const size_t *starts, const size_t *lengths, size_t count, size_t *sum) {
    size_t tweets = 0;
    for (size_t i = 0; i < count; i++) {
        dom::element root;
        if (dom_parser.parse(bytes + starts[i], lengths[i], false).get(root)) return 0;
        if (root.is_array()) {
            for (auto element : dom::array(root)) {
                if (!read_tweet(element, sum)) return 0;
                tweets++;
            }
        } else {
            if (!read_tweet(root, sum)) return 0;
            tweets++;
        }
    }
    return tweets;
}

const char *simdjson_implementation(void) {
    static const std::string name = get_active_implementation()->name();
    return name.c_str();
}
