#include "mysql/name_list.h"

#include "base/text.h"
#include "document/json.h"

namespace syncline::mysql {
namespace {

// The character after a backslash at `i`; moves `i` to its last character.
std::optional<char> unescape(std::string_view json, size_t& i) {
  if (++i >= json.size()) return std::nullopt;
  switch (json[i]) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 'r':
      return '\r';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'u': {
      const auto byte = unhex(json.substr(i + 1, 4));  // only control characters are written so
      i += 4;
      if (!byte || byte->size() != 2) return std::nullopt;
      return (*byte)[1];
    }
    default:
      return json[i];
  }
}

}  // namespace

std::string name_list(std::span<const std::string> names) {
  std::string json = "[";
  for (const std::string& name : names) {
    if (json.size() > 1) json += ',';
    document::append_json_string(name, json);
  }
  return json += ']';
}

Result<std::vector<std::string>> parse_name_list(std::string_view json) {
  std::vector<std::string> names;
  bool is_inside = false;
  for (size_t i = 0; i < json.size(); ++i) {
    if (json[i] == '"') {
      is_inside = !is_inside;
      if (is_inside) names.emplace_back();
    } else if (is_inside && json[i] == '\\') {
      const auto character = unescape(json, i);
      if (!character) return corrupt("not a list of names: " + std::string(json));
      names.back() += *character;
    } else if (is_inside) {
      names.back() += json[i];
    }
  }
  if (is_inside || !json.starts_with('[') || !json.ends_with(']')) {
    return corrupt("not a list of names: " + std::string(json));
  }
  return names;
}

}  // namespace syncline::mysql
