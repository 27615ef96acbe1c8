#include "mysql/name_list.h"

#include "base/json.h"
#include "document/json.h"

namespace syncline::mysql {

std::string name_list(std::span<const std::string> names) {
  std::string json = "[";
  for (const std::string& name : names) {
    if (json.size() > 1) json += ',';
    document::append_json_string(name, json);
  }
  return json += ']';
}

Result<std::vector<std::string>> parse_name_list(std::string_view json) {
  const auto parsed = parse_json(json);
  if (!parsed.ok() || parsed->kind != JsonValue::Kind::kArray) {
    return corrupt("not a list of names: " + std::string(json));
  }
  std::vector<std::string> names;
  for (const JsonValue& element : parsed->elements) names.push_back(element.text);
  return names;
}

}  // namespace syncline::mysql
