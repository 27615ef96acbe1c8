#include "cli/indented_json.h"

namespace syncline::cli {

std::string indented_json(std::string_view text) {
  if (!text.starts_with('{')) return std::string(text);
  std::string out;
  std::string open;  // brackets around the place
  bool is_in_string = false;
  const auto breaks_lines = [&] { return open == "{" || open == "{["; };
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_in_string) {
      out += c;
      if (c == '\\' && i + 1 < text.size()) out += text[++i];
      is_in_string = c != '"';
      continue;
    }
    if (c == ' ') continue;
    const bool is_end = (c == '}' || c == ']') && !open.empty();
    if (is_end) {
      const bool is_empty = out.back() == '{' || out.back() == '[';
      if (breaks_lines() && !is_empty) out += "\n" + std::string(2 * (open.size() - 1), ' ');
      open.pop_back();
    }
    out += c;
    if (c == ':') out += ' ';
    is_in_string = c == '"';
    const bool is_begin = c == '{' || c == '[';
    if (is_begin) open += c;
    const size_t next = text.find_first_not_of(' ', i + 1);
    const bool is_followed = next != text.npos && text[next] != '}' && text[next] != ']';
    if (c != ',' && !(is_begin && is_followed)) continue;
    if (breaks_lines()) {
      out += "\n" + std::string(2 * open.size(), ' ');
    } else if (c == ',') {
      out += ' ';
    }
  }
  return out;
}

}  // namespace syncline::cli
