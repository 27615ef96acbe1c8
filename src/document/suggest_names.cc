#include "document/suggest_names.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/text.h"

namespace syncline::document {

namespace {

constexpr size_t kDocumentNameMax = 64;

// Both singular and plural, or with a plural of their own.
constexpr std::array<std::string_view, 12> kUncountable = {
    "children", "data", "history",  "info", "information", "media",
    "men",      "meta", "metadata", "news", "people",      "women"};

// What a column adds to the name of the thing that it points at; the longer ones first.
constexpr std::array<std::string_view, 12> kSuffixes = {
    "_uuid", "_guid", "_code", "_key", "_fk", "_id", "_no", "uuid", "guid", "code", "key", "id"};
constexpr std::array<std::string_view, 3> kPrefixes = {"id_", "fk_", "id"};

bool is_lower(char c) { return std::islower(static_cast<unsigned char>(c)); }
bool is_upper(char c) { return std::isupper(static_cast<unsigned char>(c)); }

/// The last word of "order_items", "OrderItem".
std::string last_word(std::string_view name) {
  size_t begin = name.size();
  while (begin > 0 && std::isalpha(static_cast<unsigned char>(name[begin - 1]))) {
    --begin;
    if (is_upper(name[begin]) && begin + 1 < name.size() && is_lower(name[begin + 1])) break;
  }
  return lower(name.substr(begin));
}

bool is_uncountable(std::string_view name) {
  return std::ranges::find(kUncountable, last_word(name)) != kUncountable.end();
}

// "ArtistId" but not "paid": without an underscore only a new capital begins the suffix.
std::string_view without_suffix(std::string_view column) {
  const std::string word = lower(column);
  for (const std::string_view suffix : kSuffixes) {
    if (!word.ends_with(suffix) || word.size() == suffix.size()) continue;
    const size_t at = word.size() - suffix.size();
    if (suffix[0] == '_' || (is_upper(column[at]) && !is_upper(column[at - 1])))
      return column.substr(0, at);
  }
  for (const std::string_view prefix : kPrefixes) {
    if (!word.starts_with(prefix) || word.size() == prefix.size()) continue;
    if (prefix.back() == '_' ||
        (is_lower(column[prefix.size() - 1]) && is_upper(column[prefix.size()])))
      return column.substr(prefix.size());
  }
  return column;
}

}  // namespace

bool NameSet::contains(std::string_view name) const { return lower_.contains(lower(name)); }

std::string NameSet::add(std::string_view name) {
  std::string free(name);
  for (int i = 2; contains(free); ++i) free = std::string(name) + "_" + std::to_string(i);
  lower_.insert(lower(free));
  return free;
}

std::string document_name(std::string_view table) {
  std::string name;
  bool has_letter = false;
  for (const char c : table) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_letter = byte < 0x80 && std::isalnum(byte);
    const bool is_plain = is_letter || c == '_' || c == '-';
    has_letter = has_letter || is_letter;
    if (is_plain) {
      name += c;
    } else if ((byte & 0xC0) != 0x80) {  // one for a character, however many bytes it has
      name += '_';
    }
  }
  if (name != table && !has_letter) name = "table_" + hex(table);
  if (name.starts_with('-')) name[0] = '_';
  if (lower(name).starts_with("syncline")) name = "t_" + name;
  return name.substr(0, kDocumentNameMax);
}

std::string field_name(std::string_view column) {
  std::string name(column);
  std::ranges::replace(name, '.', '_');
  const size_t begin = name.find_first_not_of('$');
  name.erase(0, begin == std::string::npos ? name.size() : begin);
  if (name.empty() || name == "*") return "column";
  return name == "_id" || name == "_revision" ? name.substr(1) : name;
}

std::string singular(std::string_view word) {
  const std::string name = lower(word);
  if (is_uncountable(word) || name.size() < 4) return std::string(word);
  if (name.ends_with("ies")) return std::string(word.substr(0, word.size() - 3)) + "y";
  for (const std::string_view ending : {"sses", "shes", "ches", "xes"}) {
    if (name.ends_with(ending)) return std::string(word.substr(0, word.size() - 2));
  }
  const bool is_plural = name.ends_with('s') && !name.ends_with("ss") && !name.ends_with("us") &&
                         !name.ends_with("is");
  return std::string(word.substr(0, word.size() - (is_plural ? 1 : 0)));
}

std::string plural(std::string_view word) {
  const std::string name = lower(word);
  const bool is_word = !name.empty() && std::isalpha(static_cast<unsigned char>(name.back()));
  if (!is_word || is_uncountable(word)) return std::string(word);
  if (name.ends_with("ss") || name.ends_with('x') || name.ends_with("ch") || name.ends_with("sh"))
    return std::string(word) + "es";
  if (name.ends_with('s')) return std::string(word);
  const bool has_consonant_before =
      name.size() > 1 &&
      std::string_view("aeiou").find(name[name.size() - 2]) == std::string_view::npos;
  if (name.ends_with('y') && has_consonant_before)
    return std::string(word.substr(0, word.size() - 1)) + "ies";
  return std::string(word) + (is_upper(word.back()) ? "S" : "s");
}

std::string role_of(const ForeignKey& key) {
  if (key.columns.size() != 1) return {};
  const std::string_view role = without_suffix(key.columns[0]);
  return role.size() < key.columns[0].size() ? field_name(role) : "";
}

std::string role_and_table(const ForeignKey& key) {
  const std::string& column = key.columns.front();
  std::string table = singular(key.parent.value);
  const bool is_camel = std::ranges::any_of(column, is_upper) &&
                        column.find('_') == std::string::npos && !table.empty();
  if (is_camel) table[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(table[0])));
  return field_name(column + (is_camel ? "" : "_") + table);
}

}  // namespace syncline::document
