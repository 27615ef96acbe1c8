#include "mongo/json_bson.h"

#include <simdjson.h>

#include <charconv>
#include <string>

#include "mongo/handles.h"

namespace syncline::mongo {

namespace {

using simdjson::ondemand::json_type;

int length(std::string_view name) { return static_cast<int>(name.size()); }

void append_number(std::string_view token, std::string_view name, bson_t* out) {
  const char* const end = token.data() + token.size();
  int64_t integer = 0;
  if (const auto parsed = std::from_chars(token.data(), end, integer); parsed.ptr == end) {
    if (parsed.ec == std::errc()) {
      bson_append_int64(out, name.data(), length(name), integer);
      return;
    }
    uint64_t large = 0;
    if (std::from_chars(token.data(), end, large).ec == std::errc() && token[0] != '-') {
      append_decimal128(token, name, out);
      return;
    }
  }
  double number = 0;
  std::from_chars(token.data(), end, number);
  bson_append_double(out, name.data(), length(name), number);
}

/// simdjson throws on malformed text: caught once, in append_json_text().
void append_value(simdjson::ondemand::value value, std::string_view name, bson_t* out) {
  switch (value.type()) {
    case json_type::object: {
      Nested child(out, name, Nested::kDocument);
      for (auto field : value.get_object()) {
        const std::string_view key = field.unescaped_key();
        if (key.find('\0') != std::string_view::npos) {
          throw simdjson::simdjson_error(simdjson::STRING_ERROR);
        }
        append_value(field.value(), key, child.get());
      }
      return;
    }
    case json_type::array: {
      Nested child(out, name, Nested::kArray);
      uint32_t i = 0;
      for (auto element : value.get_array()) {
        append_value(element.value(), ArrayIndex(i++).text(), child.get());
      }
      return;
    }
    case json_type::string: {
      const std::string_view text = value.get_string();
      bson_append_utf8(out, name.data(), length(name), text.data(), length(text));
      return;
    }
    case json_type::number: {
      std::string_view token = value.raw_json_token();
      token = token.substr(0, token.find_first_not_of("0123456789+-.eE"));
      append_number(token, name, out);
      return;
    }
    case json_type::boolean:
      bson_append_bool(out, name.data(), length(name), value.get_bool());
      return;
    case json_type::null:
      bson_append_null(out, name.data(), length(name));
      return;
  }
}

}  // namespace

void append_decimal128(std::string_view digits, std::string_view name, bson_t* out) {
  bson_decimal128_t decimal;
  CHECK(bson_decimal128_from_string_w_len(digits.data(), length(digits), &decimal));
  bson_append_decimal128(out, name.data(), length(name), &decimal);
}

Result<void> append_json_text(std::string_view json, std::string_view name, bson_t* out) {
  // In an array of its own, since a scalar alone is no document to simdjson.
  std::string padded;
  padded.reserve(json.size() + 2 + simdjson::SIMDJSON_PADDING);
  padded.append("[").append(json).append("]");
  try {
    simdjson::ondemand::parser parser;
    simdjson::ondemand::document document =
        parser.iterate(padded.data(), padded.size(), padded.capacity());
    for (auto element : document.get_array()) append_value(element.value(), name, out);
  } catch (const simdjson::simdjson_error& error) {
    return invalid(std::string(name) + " cannot be kept as BSON: " + error.what(),
                   "JSON keys must not have a NUL character");
  }
  return {};
}

}  // namespace syncline::mongo
