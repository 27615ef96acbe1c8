#include "mongo/json_bson.h"

#include <cmath>
#include <cstdlib>
#include <string>

#include "base/json.h"
#include "mongo/handles.h"

namespace syncline::mongo {

namespace {

int length(std::string_view name) { return static_cast<int>(name.size()); }

Result<void> append_number(const JsonValue& number, std::string_view name, bson_t* out) {
  if (const auto integer = number.as_int64()) {
    bson_append_int64(out, name.data(), length(name), *integer);
  } else if (number.as_uint64()) {
    append_decimal128(number.text, name, out);
  } else {
    // as_double() has nothing for 1e400, which MariaDB takes, nor for 1e-400, whose nearest is 0.
    const double real = number.as_double().value_or(std::strtod(number.text.c_str(), nullptr));
    if (std::isinf(real)) {
      return invalid("the JSON number " + number.text + " is beyond what BSON keeps",
                     "make it a string in MySQL, or leave the column out");
    }
    bson_append_double(out, name.data(), length(name), real);
  }
  return {};
}

Result<void> append_value(const JsonValue& value, std::string_view name, bson_t* out) {
  switch (value.kind) {
    case JsonValue::Kind::kObject: {
      Nested child(out, name, Nested::kDocument);
      for (const auto& [key, member] : value.members) {
        if (key.find('\0') != std::string::npos) {
          return invalid("the JSON key \"" + key.substr(0, key.find('\0')) +
                             "\\u0000...\" has a NUL character, which BSON cannot keep",
                         "rename the key in MySQL, or leave the column out");
        }
        TRY(append_value(member, key, child.get()));
      }
      return {};
    }
    case JsonValue::Kind::kArray: {
      Nested child(out, name, Nested::kArray);
      for (size_t i = 0; i < value.elements.size(); ++i) {
        const ArrayIndex index(static_cast<uint32_t>(i));
        TRY(append_value(value.elements[i], index.text(), child.get()));
      }
      return {};
    }
    case JsonValue::Kind::kString:
      bson_append_utf8(out, name.data(), length(name), value.text.data(), length(value.text));
      return {};
    case JsonValue::Kind::kNumber:
      return append_number(value, name, out);
    case JsonValue::Kind::kBool:
      bson_append_bool(out, name.data(), length(name), value.boolean);
      return {};
    case JsonValue::Kind::kNull:
      bson_append_null(out, name.data(), length(name));
      return {};
  }
  return {};
}

}  // namespace

void append_decimal128(std::string_view digits, std::string_view name, bson_t* out) {
  bson_decimal128_t decimal;
  CHECK(bson_decimal128_from_string_w_len(digits.data(), length(digits), &decimal));
  bson_append_decimal128(out, name.data(), length(name), &decimal);
}

Result<void> append_json_text(std::string_view json, std::string_view name, bson_t* out) {
  const Result<JsonValue> value = parse_json(json);
  if (!value.ok()) return value.error().within(name);
  const Result<void> appended = append_value(*value, name, out);
  if (!appended.ok()) return appended.error().within(name);
  return {};
}

}  // namespace syncline::mongo
