#include "config/yaml_node.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "config/environment.h"

namespace syncline::config {

namespace {

document::Position position_of(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

std::string place(const std::string& path, document::Position at) {
  return path + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + ": ";
}

std::string hint_for(const std::string& complaint) {
  if (complaint.find("alias") != std::string::npos || complaint.find("anchor") != std::string::npos)
    return "put a * into quotes: \"*\"";
  if (complaint.find("illegal map value") != std::string::npos)
    return "indent with blanks only, and put text that holds \": \" into quotes";
  return {};
}

}  // namespace

YamlNode::YamlNode(YAML::Node node, std::shared_ptr<const std::string> path, std::string name,
                   document::Position at)
    : node_(std::move(node)), path_(std::move(path)), name_(std::move(name)), at_(at) {}

Result<YamlNode> YamlNode::parse(const std::string& text, const std::string& path) {
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(text);
    if (documents.empty())
      return invalid(path + ": the file is empty", "examples/shop.yaml shows one");
    if (documents.size() > 1)
      return invalid(
          place(path, position_of(documents[1].Mark())) + "a second YAML document begins here",
          "write one pipeline to a file");
    return YamlNode(documents[0], std::make_shared<const std::string>(path), "",
                    position_of(documents[0].Mark()));
  } catch (const YAML::Exception& error) {
    return invalid(place(path, position_of(error.mark)) + error.msg, hint_for(error.msg));
  }
}

Error YamlNode::refuse(const std::string& what, const std::string& hint) const {
  return invalid(place(*path_, at_) + what, hint);
}

std::string YamlNode::subject() const { return name_.empty() ? "the pipeline file" : name_; }

YamlNode YamlNode::part(const YAML::Node& node, const std::string& key,
                        document::Position at) const {
  return {node, path_, name_.empty() ? key : name_ + "." + key, at};
}

Result<std::string> YamlNode::written() const {
  if (is_null()) return refuse(subject() + " is empty", "give it a value or remove it");
  if (!node_.IsScalar()) return refuse(subject() + " must be one value");
  if (node_.Scalar().empty())
    return refuse(subject() + " is empty", "give it a value or remove it");
  return node_.Scalar();
}

Result<std::string> YamlNode::text() const {
  auto text = expand(TRY(written()));
  if (!text.ok()) return refuse(text.error().within(subject()));
  return text;
}

Result<std::vector<YamlNode>> YamlNode::items() const {
  std::vector<YamlNode> items;
  if (is_list()) {
    for (const YAML::Node& item : node_)
      items.push_back(YamlNode(item, path_, name_, position_of(item.Mark())));
  } else if (is_map()) {
    return refuse(subject() + " must be a list");
  } else {
    (void)TRY(written());
    items.push_back(*this);
  }
  if (items.empty()) return refuse(subject() + " is empty", "list at least one, or remove it");
  return items;
}

Result<std::vector<std::pair<std::string, YamlNode>>> YamlNode::entries() const {
  if (!is_map())
    return refuse(subject() + (is_null() ? " is empty" : " must be a map of names to values"));
  std::vector<std::pair<std::string, YamlNode>> entries;
  std::set<std::string> seen;
  for (const auto& pair : node_) {
    const YAML::Node& key = pair.first;
    const document::Position at = position_of(key.Mark());
    if (!key.IsScalar()) return part(key, "?", at).refuse("a key must be a word");
    const std::string& word = key.Scalar();
    if (!seen.insert(word).second)
      return part(key, word, at)
          .refuse("key \"" + word + "\" stands here a second time in " + subject(),
                  "remove one of the two");
    entries.emplace_back(word, part(pair.second, word, at));
  }
  return entries;
}

Result<YamlMap> YamlNode::map(std::vector<std::string> known) const {
  auto all = TRY(entries());
  for (const auto& [key, value] : all) {
    if (std::ranges::find(known, key) == known.end())
      return value.refuse("unknown key \"" + key + "\" in " + subject(), suggestion(key, known));
  }
  return YamlMap(*this, std::move(all));
}

const YamlNode* YamlMap::find(std::string_view key) const {
  for (const auto& [word, value] : entries_) {
    if (word == key) return &value;
  }
  return nullptr;
}

Result<YamlNode> YamlMap::require(const std::string& key) const {
  if (const YamlNode* value = find(key)) return *value;
  return self_.refuse(
      (self_.name().empty() ? "the pipeline file" : self_.name()) + " has no \"" + key + "\"",
      "add it");
}

Result<std::string> YamlMap::text_or_empty(std::string_view key) const {
  const YamlNode* value = find(key);
  return value == nullptr ? std::string() : value->text();
}

}  // namespace syncline::config
