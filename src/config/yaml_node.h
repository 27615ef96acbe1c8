#pragma once

#include <yaml-cpp/yaml.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "document/definition.h"

namespace syncline::config {

class YamlMap;

/// A value of a YAML file that knows its place and its name, so that every refusal says where. A
/// value; one thread at a time.
class YamlNode {
 public:
  YamlNode(const YamlNode&) = default;
  YamlNode& operator=(const YamlNode&) = delete;  // of YAML::Node: it would change the document

  /// The only document of the text. kInvalid: bad YAML, nothing, more than one document.
  static Result<YamlNode> parse(const std::string& text, const std::string& path);

  /// kInvalid "PATH:LINE:COLUMN: what", with the hint.
  Error refuse(const std::string& what, const std::string& hint = {}) const;
  /// The same for an error that knows no place.
  Error refuse(const Error& error) const { return refuse(error.message(), error.hint()); }

  const std::string& name() const { return name_; }  ///< "targets.redis"; empty for the whole file
  document::Position at() const { return at_; }      ///< a map's value stands where its key does
  bool is_null() const { return node_.IsNull(); }
  bool is_map() const { return node_.IsMap(); }
  bool is_list() const { return node_.IsSequence(); }

  /// A scalar as written; refused when it is none, or empty.
  Result<std::string> written() const;
  /// The same with ${NAME} replaced.
  Result<std::string> text() const;
  /// The elements of a list; a scalar is a list of one.
  Result<std::vector<YamlNode>> items() const;
  /// Keys and values in their order, a value's name being its key's; a duplicate key is refused
  /// (the YAML library takes the first silently).
  Result<std::vector<std::pair<std::string, YamlNode>>> entries() const;
  /// A map with only these keys.
  Result<YamlMap> map(std::vector<std::string> known) const;

 private:
  YamlNode(YAML::Node node, std::shared_ptr<const std::string> path, std::string name,
           document::Position at);
  YamlNode part(const YAML::Node& node, const std::string& key, document::Position at) const;
  std::string subject() const;

  YAML::Node node_;
  std::shared_ptr<const std::string> path_;  // shared by all nodes of a file
  std::string name_;
  document::Position at_;
};

/// A map whose keys were checked.
class YamlMap {
 public:
  YamlMap(YamlNode self, std::vector<std::pair<std::string, YamlNode>> entries)
      : self_(std::move(self)), entries_(std::move(entries)) {}

  const YamlNode& self() const { return self_; }
  const YamlNode* find(std::string_view key) const;
  Result<YamlNode> require(const std::string& key) const;
  /// The text of an optional key; empty when absent.
  Result<std::string> text_or_empty(std::string_view key) const;

 private:
  YamlNode self_;
  std::vector<std::pair<std::string, YamlNode>> entries_;
};

}  // namespace syncline::config
