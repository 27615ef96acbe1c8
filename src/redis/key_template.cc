#include "redis/key_template.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"

namespace syncline::redis {

using document::DocumentKey;
using document::DocumentName;
using document::KeyLayout;

namespace {

constexpr std::string_view kOurs = "syncline";

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

bool is_special(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F || std::string_view("%:{}*?[]\\").find(c) != std::string::npos;
}

void append_glob_escaped(std::string_view text, std::string& out) {
  for (const char c : text) {
    if (std::string_view("*?[]\\^").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
}

/// Joins unescaped components into the canonical text of document/key.h.
void append_canonical(std::string_view component, std::string& out) {
  for (const char c : component) {
    if (c == '\\' || c == '|') out += '\\';
    out += c;
  }
}

}  // namespace

void append_percent_encoded(std::string_view value, std::string& out) {
  const bool is_plain =
      std::all_of(value.begin(), value.end(), [](char c) { return is_ascii(c) && !is_special(c); });
  if (is_plain) {
    out += value;
    return;
  }
  const bool is_text = is_utf8(value);
  for (const char& c : value) {
    if (is_special(c) || (!is_ascii(c) && !is_text)) {
      out += '%';
      out += hex({&c, 1});
    } else {
      out += c;
    }
  }
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const std::optional<std::string> byte = unhex(text.substr(i + 1, 2));
    if (!byte || byte->size() != 1) return std::nullopt;
    out += *byte;
    i += 2;
  }
  return out;
}

/// Reads a template from left to right.
class TemplateParser {
 public:
  TemplateParser(std::string_view text, const DocumentName& document, const KeyLayout& layout)
      : text_(text), document_(document) {
    made_.layout_ = layout;
    made_.parts_.emplace_back();
  }

  Result<KeyTemplate> parse() {
    for (std::string_view rest = text_; !rest.empty();) {
      if (rest.front() != '{') {
        const std::string_view literal = rest.substr(0, rest.find('{'));
        if (literal.find('}') != std::string_view::npos) return wrong("has a '}' without '{'");
        add_literal(literal);
        made_.scope_ += literal;
        rest.remove_prefix(literal.size());
        continue;
      }
      const size_t end = rest.find('}');
      if (end == std::string_view::npos) return wrong("has a '{' without '}'");
      TRY(add_placeholder(rest.substr(1, end - 1)));
      if (rest.substr(0, end + 1) != "{document}") made_.scope_ += rest.substr(0, end + 1);
      rest.remove_prefix(end + 1);
    }
    TRY(check());
    make_pattern();
    return std::move(made_);
  }

 private:
  Error wrong(std::string_view what) const {
    return invalid(fmt::format("the key template '{}' of {} {}", text_, document_.value, what),
                   "the default is \"{document}:{key}\"");
  }

  KeyTemplate::Part& part() { return made_.parts_.back(); }

  void add_text(std::string_view text) { (part().column ? part().after : part().before) += text; }

  void add_literal(std::string_view literal) {
    for (const char c : literal) {
      if (c == ':') {
        made_.parts_.emplace_back();
      } else {
        add_text({&c, 1});
      }
    }
  }

  Result<void> add_placeholder(std::string_view name) {
    if (name == "document") {
      std::string encoded;
      append_percent_encoded(document_.value, encoded);
      add_text(encoded);
      made_.scope_ += encoded;
      part().is_document = true;
      made_.has_document_ = true;
      return {};
    }
    if (name != "key") return add_column(name);
    for (size_t i = 0; i < made_.layout_.size(); ++i) {
      if (i > 0) made_.parts_.emplace_back();
      TRY(add_column(made_.layout_[i].name));
    }
    return {};
  }

  Result<void> add_column(std::string_view name) {
    const KeyLayout& layout = made_.layout_;
    const auto found = std::find_if(layout.begin(), layout.end(),
                                    [&](const auto& column) { return column.name == name; });
    if (found == layout.end()) {
      return wrong(fmt::format("names '{}', which is not a key column", name));
    }
    if (part().column) return wrong("needs a ':' between two values");
    part().column = found - layout.begin();
    return {};
  }

  Result<void> check() const {
    std::vector<size_t> uses(made_.layout_.size(), 0);
    for (const KeyTemplate::Part& part : made_.parts_) {
      if (part.column) ++uses[*part.column];
      if (part.column && part.is_document) return wrong("needs a ':' between {document} and value");
    }
    for (size_t i = 0; i < uses.size(); ++i) {
      if (uses[i] == 1) continue;
      return wrong(
          fmt::format("must hold the key column '{}' exactly once", made_.layout_[i].name));
    }
    if (made_.parts_.front().column) return wrong("must begin with text or {document}, then a ':'");
    if (made_.parts_.front().before == kOurs) {
      return wrong("begins with 'syncline:', where Syncline keeps its own records");
    }
    return {};
  }

  void make_pattern() {
    for (const KeyTemplate::Part& part : made_.parts_) {
      if (&part != &made_.parts_.front()) made_.pattern_ += ':';
      append_glob_escaped(part.before, made_.pattern_);
      if (part.column) made_.pattern_ += '*';
      append_glob_escaped(part.after, made_.pattern_);
    }
  }

  const std::string_view text_;
  const DocumentName& document_;
  KeyTemplate made_;
};

Result<KeyTemplate> KeyTemplate::compile(std::string_view text, const DocumentName& document,
                                         const KeyLayout& layout) {
  return TemplateParser(text, document, layout).parse();
}

Result<void> KeyTemplate::expand(const DocumentKey& key, std::string& out) const {
  const std::vector<std::optional<std::string>> values =
      TRY(document::split_key(key.value, layout_.size()));
  for (const Part& part : parts_) {
    if (&part != &parts_.front()) out += ':';
    out += part.before;
    if (!part.column) continue;
    const std::optional<std::string>& value = values[*part.column];
    if (!value) return corrupt(fmt::format("the key '{}' holds a NULL", key.value));
    append_percent_encoded(*value, out);
    out += part.after;
  }
  return {};
}

std::optional<DocumentKey> KeyTemplate::parse(std::string_view redis_key) const {
  const std::vector<std::string> texts = split(redis_key, ':');
  if (texts.size() != parts_.size()) return std::nullopt;
  std::vector<std::string> values(layout_.size());
  for (size_t i = 0; i < parts_.size(); ++i) {
    const Part& part = parts_[i];
    const std::string_view text = texts[i];
    if (!part.column) {
      if (text != part.before) return std::nullopt;
      continue;
    }
    const size_t around = part.before.size() + part.after.size();
    if (text.size() < around || !text.starts_with(part.before) || !text.ends_with(part.after)) {
      return std::nullopt;
    }
    auto value = percent_decoded(text.substr(part.before.size(), text.size() - around));
    if (!value) return std::nullopt;
    values[*part.column] = std::move(*value);
  }
  DocumentKey key;
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0) key.value += '|';
    append_canonical(values[i], key.value);
  }
  // Only the one text that expand() makes counts: customers:007 is not the record of key 7.
  const auto decoded = document::decode_key(layout_, key.value);
  if (!decoded.ok() || document::encode_key(layout_, *decoded) != key.value) return std::nullopt;
  std::string again;
  if (!expand(key, again).ok() || again != redis_key) return std::nullopt;
  return key;
}

}  // namespace syncline::redis
