#include "config/key_template.h"

#include <algorithm>
#include <vector>

namespace syncline::config {

namespace {

constexpr std::string_view kExample = "write for example \"{document}:{key}\"";

/// literals[i] stands in front of placeholders[i]; the last one at the end.
struct Template {
  std::vector<std::string> literals{""};
  std::vector<std::string> placeholders;
};

Result<Template> cut(std::string_view text) {
  Template result;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '{') {
      const size_t end = text.find('}', i);
      if (end == std::string_view::npos || end == i + 1)
        return invalid("a { begins no placeholder", std::string(kExample));
      result.placeholders.emplace_back(text.substr(i + 1, end - i - 1));
      result.literals.emplace_back();
      i = end;
    } else if (std::string_view("%}*?[]\\").find(c) != std::string_view::npos ||
               static_cast<unsigned char>(c) <= ' ' || c == '\x7f') {
      return invalid("the character '" + std::string(1, c) + "' cannot stand in a key",
                     std::string(kExample));
    } else {
      result.literals.back() += c;
    }
  }
  return result;
}

Result<void> check_placeholders(const std::vector<std::string>& placeholders,
                                bool is_one_document) {
  const bool has_document = !placeholders.empty() && placeholders[0] == "document";
  if (!has_document && !is_one_document)
    return invalid("the key does not begin with {document}: keys of two documents would overlap",
                   std::string(kExample));
  const size_t columns = placeholders.size() - (has_document ? 1 : 0);
  const auto count = [&](std::string_view name) { return std::ranges::count(placeholders, name); };
  for (const std::string& name : placeholders) {
    if (count(name) > 1) return invalid("{" + name + "} stands there twice", std::string(kExample));
  }
  if (count("document") != (has_document ? 1 : 0))
    return invalid("{document} stands behind the key", std::string(kExample));
  if (columns == 0)
    return invalid(
        "the key names neither {key} nor the key's columns: all records would have one "
        "key",
        std::string(kExample));
  if (count("key") == 1 && columns > 1)
    return invalid("the key names {key} and columns", "use {key}, or each key column once");
  return {};
}

}  // namespace

Result<void> check_key_template(std::string_view text,
                                std::span<const document::DocumentName> documents) {
  const Template parts = TRY(cut(text));
  TRY(check_placeholders(parts.placeholders, documents.size() == 1));
  for (size_t i = 1; i < parts.placeholders.size(); ++i) {
    if (parts.literals[i].find(':') == std::string::npos)
      return invalid("there is no ':' between {" + parts.placeholders[i - 1] + "} and {" +
                         parts.placeholders[i] + "}: two keys could be one",
                     std::string(kExample));
  }
  if (parts.literals[0].starts_with("syncline:"))
    return invalid("keys that begin with \"syncline:\" are Syncline's own", std::string(kExample));
  return {};
}

}  // namespace syncline::config
