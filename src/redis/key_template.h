#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "document/ids.h"
#include "document/key.h"

namespace syncline::redis {

/// How a document's key becomes a Redis key and back: "{document}:{key}" makes customers:42.
///
/// `{document}` is the document type, `{key}` all key columns joined by ':', `{column}` one of
/// them; every key column occurs exactly once. Values are percent-encoded (docs/targets.md) and
/// hold no ':', so a key falls into the template's parts at its colons, each part holding one value
/// at most: that makes it invertible, and two document types' keys differ wherever {document} is.
/// Immutable; safe for concurrent use.
class KeyTemplate {
 public:
  /// kInvalid, with the cure: unknown, missing or repeated columns; two values without a ':'
  /// between them; keys that could begin with "syncline:", which are ours.
  static Result<KeyTemplate> compile(std::string_view text, const document::DocumentName& document,
                                     const document::KeyLayout& layout);

  /// Appends the Redis key. kCorrupt when the key does not fit the layout.
  Result<void> expand(const document::DocumentKey& key, std::string& out) const;

  /// The document's key; nothing when `redis_key` is not what expand() makes of any.
  std::optional<document::DocumentKey> parse(std::string_view redis_key) const;

  /// A glob pattern for SCAN that matches at least all keys of this type.
  const std::string& pattern() const { return pattern_; }

  /// The template with the document's name filled in, "customers:{key}": names what belongs to this
  /// type, whatever its key columns are.
  const std::string& scope() const { return scope_; }

  /// False when another document type would have the same keys.
  bool has_document() const { return has_document_; }

 private:
  /// What stands between two colons: text, or text around one value.
  struct Part {
    std::string before;
    std::string after;
    std::optional<size_t> column;  ///< index into layout_
    bool is_document = false;      ///< `before` holds the document's name
  };
  friend class TemplateParser;

  std::vector<Part> parts_;
  document::KeyLayout layout_;
  std::string pattern_;
  std::string scope_;
  bool has_document_ = false;
};

/// The value with `% : { } * ? [ ] \`, control characters and, when it is not UTF-8, all bytes
/// above 127 as %XX.
void append_percent_encoded(std::string_view value, std::string& out);

/// The bytes behind %XX; nothing when a '%' is not followed by two hexadecimal digits.
std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace syncline::redis
