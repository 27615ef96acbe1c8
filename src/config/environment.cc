#include "config/environment.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "base/text.h"

namespace syncline::config {

namespace {

Result<std::string> decode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const auto byte = unhex(text.substr(i + 1, 2));
    if (!byte || byte->empty())
      return invalid("a % is not followed by two hexadecimal digits", "write % itself as %25");
    out += *byte;
    i += 2;
  }
  return out;
}

Result<std::string> value_of(const std::string& name) {
  const bool is_name = !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
    return std::isalnum(c) || c == '_';
  });
  if (!is_name)
    return invalid("\"${\" begins no variable", "write ${NAME}, or $${ for the characters ${");
  const char* value = std::getenv(name.c_str());
  if (value == nullptr)
    return invalid("the environment variable " + name + " is not set", "export " + name + "=...");
  return std::string(value);
}

}  // namespace

Result<std::string> expand(std::string_view text, bool decode_percent) {
  std::string out;
  while (!text.empty()) {
    const size_t begin = std::min(text.find("${"), text.size());
    const bool is_escaped = begin > 0 && begin < text.size() && text[begin - 1] == '$';
    const std::string_view plain = text.substr(0, begin - (is_escaped ? 1 : 0));
    out += decode_percent ? TRY(decode(plain)) : std::string(plain);
    if (begin == text.size()) break;
    if (is_escaped) {
      out += "${";
      text.remove_prefix(begin + 2);
      continue;
    }
    const size_t end = std::min(text.find('}', begin), text.size());
    const std::string_view name =
        end == text.size() ? std::string_view() : text.substr(begin + 2, end - begin - 2);
    out += TRY(value_of(std::string(name)));
    text.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace syncline::config
