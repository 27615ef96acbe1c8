#include "config/node_reader.h"

#include <algorithm>
#include <cctype>

namespace syncline::config {

using document::DocumentDefinition;
using document::FieldDefinition;
using document::NodeDefinition;
using document::NodeKind;

namespace {

constexpr int kDepthMax = 8;  // also ends aliases that hold themselves
constexpr size_t kNameLengthMax = 64;

Result<std::vector<std::string>> names_of(const YamlMap& map, std::string_view key) {
  std::vector<std::string> names;
  const YamlNode* list = map.find(key);
  if (list == nullptr) return names;
  for (const YamlNode& item : TRY(list->items())) names.push_back(TRY(item.text()));
  return names;
}

Result<std::vector<FieldDefinition>> fields_of(const YamlMap& map) {
  std::vector<FieldDefinition> fields;
  const YamlNode* list = map.find("fields");
  if (list == nullptr) return fields;
  if (list->is_map())
    return list->refuse(list->name() + " must be a list",
                        "begin each field with a dash: \"- name: SQL\"");
  for (const YamlNode& item : TRY(list->items())) {
    if (!item.is_map()) {
      std::string name = TRY(item.text());
      fields.push_back({.name = std::move(name), .at = item.at()});
      continue;
    }
    for (const auto& [name, value] : TRY(item.entries())) {
      std::string sql = TRY(value.text());
      fields.push_back({.name = name, .expression = std::move(sql), .at = value.at()});
    }
  }
  return fields;
}

Result<std::vector<NodeDefinition>> embedded_of(const YamlMap& map, int depth);

Result<void> read_content(const YamlMap& map, int depth, NodeDefinition& node) {
  if (map.find("table") != nullptr) node.table.value = TRY(map.text_or_empty("table"));
  node.fields = TRY(fields_of(map));
  node.where = TRY(map.text_or_empty("where"));
  node.embed = TRY(embedded_of(map, depth + 1));
  return {};
}

Result<NodeDefinition> embedded(const std::string& name, const YamlNode& value, int depth) {
  if (depth > kDepthMax)
    return value.refuse(
        value.name() + " is more than " + std::to_string(kDepthMax) + " levels deep",
        "remove the deepest levels");
  const YamlMap map = TRY(
      value.map({"table", "key", "link", "references", "order_by", "fields", "where", "embed"}));
  NodeDefinition node{.name = name, .table = document::TableName(name), .at = value.at()};
  const bool has_key = map.find("key") != nullptr;
  if (has_key == (map.find("link") != nullptr))
    return value.refuse(
        value.name() + (has_key ? " has both key: and link:" : " has neither key: nor link:"),
        "key: for one row (a column of the parent), link: for an array (a column of the embedded "
        "table)");
  node.kind = has_key ? NodeKind::kToOne : NodeKind::kToMany;
  node.columns = TRY(names_of(map, has_key ? "key" : "link"));
  node.references = TRY(names_of(map, "references"));
  node.order_by = TRY(names_of(map, "order_by"));
  TRY(read_content(map, depth, node));
  return node;
}

Result<std::vector<NodeDefinition>> embedded_of(const YamlMap& map, int depth) {
  std::vector<NodeDefinition> nodes;
  const YamlNode* embed = map.find("embed");
  if (embed == nullptr) return nodes;
  for (const auto& [name, value] : TRY(embed->entries()))
    nodes.push_back(TRY(embedded(name, value, depth)));
  return nodes;
}

/// The name becomes a collection and a key prefix: no separator of either, nothing of ours.
Result<void> check_name(const std::string& name, const YamlNode& value) {
  const bool is_good = !name.empty() && name.size() <= kNameLengthMax && name[0] != '-' &&
                       std::ranges::all_of(name, [](unsigned char c) {
                         return std::isalnum(c) || c == '_' || c == '-';
                       });
  if (!is_good)
    return value.refuse("document name \"" + name + "\" is not allowed",
                        "use up to 64 letters, digits, _ and -");
  if (name.starts_with("syncline"))
    return value.refuse("document name \"" + name + "\" is not allowed",
                        "names that begin with \"syncline\" are Syncline's own");
  return {};
}

}  // namespace

Result<std::vector<DocumentDefinition>> read_documents(const YamlNode& documents) {
  std::vector<DocumentDefinition> definitions;
  for (const auto& [name, value] : TRY(documents.entries())) {
    TRY(check_name(name, value));
    NodeDefinition root{.name = name, .table = document::TableName(name), .at = value.at()};
    if (!value.is_null())
      TRY(read_content(TRY(value.map({"table", "fields", "where", "embed"})), 0, root));
    definitions.push_back({document::DocumentName(name), std::move(root)});
  }
  if (definitions.empty()) return documents.refuse("documents is empty", "name at least one table");
  return definitions;
}

}  // namespace syncline::config
