#include "document/expression.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace syncline::document {

namespace {

constexpr std::string_view kCure = "a document must depend on its rows alone";

/// Refused wherever they stand: reserved words, or functions that need no parentheses.
constexpr std::array<std::string_view, 13> kWords = {
    "CURRENT_DATE", "CURRENT_ROLE", "CURRENT_TIME", "CURRENT_TIMESTAMP",
    "CURRENT_USER", "INTO",         "LOCALTIME",    "LOCALTIMESTAMP",
    "OVER",         "SELECT",       "UTC_DATE",     "UTC_TIME",
    "UTC_TIMESTAMP"};

/// Refused as functions; columns may have these names.
constexpr std::array<std::string_view, 54> kFunctions = {"ANY_VALUE",
                                                         "AVG",
                                                         "BENCHMARK",
                                                         "BIT_AND",
                                                         "BIT_OR",
                                                         "BIT_XOR",
                                                         "CONNECTION_ID",
                                                         "COUNT",
                                                         "CURDATE",
                                                         "CURTIME",
                                                         "DATABASE",
                                                         "FOUND_ROWS",
                                                         "GET_LOCK",
                                                         "GROUP_CONCAT",
                                                         "IS_FREE_LOCK",
                                                         "IS_USED_LOCK",
                                                         "JSON_ARRAYAGG",
                                                         "JSON_OBJECTAGG",
                                                         "LASTVAL",
                                                         "LAST_INSERT_ID",
                                                         "LOAD_FILE",
                                                         "MASTER_GTID_WAIT",
                                                         "MASTER_POS_WAIT",
                                                         "MAX",
                                                         "MIN",
                                                         "NEXTVAL",
                                                         "NOW",
                                                         "RAND",
                                                         "RANDOM_BYTES",
                                                         "RELEASE_ALL_LOCKS",
                                                         "RELEASE_LOCK",
                                                         "ROW_COUNT",
                                                         "SCHEMA",
                                                         "SESSION_USER",
                                                         "SETVAL",
                                                         "SLEEP",
                                                         "SOURCE_POS_WAIT",
                                                         "STD",
                                                         "STDDEV",
                                                         "STDDEV_POP",
                                                         "STDDEV_SAMP",
                                                         "SUM",
                                                         "SYSDATE",
                                                         "SYSTEM_USER",
                                                         "SYS_GUID",
                                                         "USER",
                                                         "UUID",
                                                         "UUID_SHORT",
                                                         "UUID_V4",
                                                         "UUID_V7",
                                                         "VARIANCE",
                                                         "VAR_POP",
                                                         "VAR_SAMP",
                                                         "VERSION"};

bool is_word(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) || c == '_' || c == '$' || byte >= 0x80;
}

std::string upper(std::string_view word) {
  std::string out(word);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::toupper(c); });
  return out;
}

/// Walks over SQL, token by token.
class Scanner {
 public:
  explicit Scanner(std::string_view sql) : sql_(sql) {}

  Result<void> scan() {
    while (at_ < sql_.size()) {
      const char c = sql_[at_];
      if (c == '\'' || c == '"' || c == '`') {
        if (!skip_quoted(c)) return invalid("a quote is not closed");
        is_after_point_ = false;
      } else if (is_word(c)) {
        TRY(check_word());
        is_after_point_ = false;
      } else {
        TRY(check_sign());
      }
    }
    if (depth_ != 0) return invalid("a parenthesis is not closed");
    return {};
  }

 private:
  bool skip_quoted(char quote) {
    for (++at_; at_ < sql_.size(); ++at_) {
      if (sql_[at_] == '\\' && quote != '`') {
        ++at_;
      } else if (sql_[at_] == quote && !sql_.substr(at_ + 1).starts_with(quote)) {
        return ++at_, true;
      } else if (sql_[at_] == quote) {
        ++at_;  // a doubled quote is part of the text
      }
    }
    return false;
  }

  Result<void> check_word() {
    const size_t begin = at_;
    while (at_ < sql_.size() && is_word(sql_[at_])) ++at_;
    const std::string word = upper(sql_.substr(begin, at_ - begin));
    const std::string_view rest =
        sql_.substr(std::min(sql_.find_first_not_of(" \t\r\n", at_), sql_.size()));
    const bool is_call = rest.starts_with('(');
    if (is_after_point_) {
      if (is_call)
        return invalid("it calls the stored function " + word + ", which may read anything",
                       std::string(kCure));
      return {};  // a qualified column may have any name
    }
    const bool is_clock = word == "UNIX_TIMESTAMP" && is_call &&
                          rest.substr(1).find_first_not_of(" \t\r\n") == rest.substr(1).find(')');
    if (is_clock || std::ranges::binary_search(kWords, word) ||
        (is_call && std::ranges::binary_search(kFunctions, word)))
      return invalid("it uses " + word, std::string(kCure));
    return {};
  }

  Result<void> check_sign() {
    const char c = sql_[at_];
    const std::string_view rest = sql_.substr(at_);
    if (c == '@') return invalid("it uses a variable (@)", std::string(kCure));
    if (c == '?') return invalid("it has a placeholder (?)", "write the value");
    if (c == ';') return invalid("it is more than one statement (;)", "write one expression");
    if (c == '#' || rest.starts_with("/*") || rest.starts_with("--"))
      return invalid("it has a comment", "write comments in YAML");
    if (c == '(') ++depth_;
    if (c == ')' && --depth_ < 0) return invalid("a parenthesis is closed that was not opened");
    if (!std::isspace(static_cast<unsigned char>(c))) is_after_point_ = c == '.';
    ++at_;
    return {};
  }

  const std::string_view sql_;
  size_t at_ = 0;
  int depth_ = 0;
  bool is_after_point_ = false;
};

}  // namespace

Result<void> check_expression(std::string_view sql) {
  static_assert(std::ranges::is_sorted(kWords) && std::ranges::is_sorted(kFunctions));
  return Scanner(sql).scan();
}

}  // namespace syncline::document
