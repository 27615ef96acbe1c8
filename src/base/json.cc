#include "base/json.h"

#include <simdjson.h>

#include <charconv>

namespace syncline {
namespace {

using simdjson::ondemand::json_type;

std::string number_token(std::string_view token) {
  token = token.substr(0, token.find_first_not_of("0123456789+-.eE"));
  double number = 0;
  const auto parsed = std::from_chars(token.data(), token.data() + token.size(), number);
  if (parsed.ptr != token.data() + token.size()) {
    throw simdjson::simdjson_error(simdjson::NUMBER_ERROR);
  }
  return std::string(token);
}

/// simdjson throws on malformed text: caught once, in parse_json().
JsonValue build(simdjson::ondemand::value value) {
  JsonValue out;
  switch (value.type()) {
    case json_type::object:
      out.kind = JsonValue::Kind::kObject;
      for (auto field : value.get_object()) {
        std::string name(std::string_view(field.unescaped_key()));
        out.members.emplace_back(std::move(name), build(field.value()));
      }
      break;
    case json_type::array:
      out.kind = JsonValue::Kind::kArray;
      for (auto element : value.get_array()) out.elements.push_back(build(element.value()));
      break;
    case json_type::string:
      out.kind = JsonValue::Kind::kString;
      out.text = std::string_view(value.get_string());
      break;
    case json_type::number:
      out.kind = JsonValue::Kind::kNumber;
      out.text = number_token(value.raw_json_token());
      break;
    case json_type::boolean:
      out.kind = JsonValue::Kind::kBool;
      out.boolean = value.get_bool();
      break;
    case json_type::null:
      if (!value.is_null()) throw simdjson::simdjson_error(simdjson::N_ATOM_ERROR);
      break;
  }
  return out;
}

template <typename T>
std::optional<T> number_of(const JsonValue& value) {
  if (value.kind != JsonValue::Kind::kNumber) return std::nullopt;
  T number{};
  const char* const end = value.text.data() + value.text.size();
  const auto parsed = std::from_chars(value.text.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return number;
}

}  // namespace

const JsonValue* JsonValue::find(std::string_view name) const {
  for (auto member = members.rbegin(); member != members.rend(); ++member) {
    if (member->first == name) return &member->second;
  }
  return nullptr;
}

std::optional<int64_t> JsonValue::as_int64() const { return number_of<int64_t>(*this); }
std::optional<uint64_t> JsonValue::as_uint64() const { return number_of<uint64_t>(*this); }
std::optional<double> JsonValue::as_double() const { return number_of<double>(*this); }

Result<JsonValue> parse_json(std::string_view json) {
  // In an array of its own, since a scalar alone is no document to simdjson.
  std::string padded;
  padded.reserve(json.size() + 2 + simdjson::SIMDJSON_PADDING);
  padded.append("[").append(json).append("]");
  try {
    simdjson::ondemand::parser parser;
    auto document = parser.iterate(padded.data(), padded.size(), padded.capacity());
    std::vector<JsonValue> values;
    size_t end = 0;
    for (auto element : document.get_array()) values.push_back(build(element.value()));
    const auto here = document.current_location();
    end = here.error() ? padded.size() : static_cast<size_t>(here.value_unsafe() - padded.data());
    if (values.size() == 1 && end == padded.size()) return std::move(values.front());
    return invalid("not one JSON value");
  } catch (const simdjson::simdjson_error& error) {
    return invalid(std::string("not JSON: ") + error.what());
  }
}

}  // namespace syncline
