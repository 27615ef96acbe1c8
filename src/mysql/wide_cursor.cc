#include "mysql/wide_cursor.h"

#include <charconv>

#include "base/log.h"

namespace syncline::mysql {

std::string to_text(document::Generation generation, const WideCursor& cursor) {
  return fmt::format("{}|{}|{}{}", generation.value, cursor.node, cursor.hop,
                     cursor.last ? '>' + *cursor.last : "");
}

WideCursor parse_wide_cursor(document::Generation generation, const std::string& text) {
  const std::string prefix = fmt::format("{}|", generation.value);
  const size_t bar = text.find('|', prefix.size());
  if (!text.starts_with(prefix) || bar == std::string::npos) return {};
  WideCursor cursor{.node = text.substr(prefix.size(), bar - prefix.size())};
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data() + bar + 1, end, cursor.hop);
  if (parsed.ec != std::errc()) return {};
  if (parsed.ptr != end) cursor.last.emplace(parsed.ptr + 1, end);
  return cursor;
}

}  // namespace syncline::mysql
