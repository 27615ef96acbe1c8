#include "mysql/grants.h"

#include <algorithm>
#include <regex>

#include "base/log.h"
#include "base/text.h"

namespace syncline::mysql {

namespace {

// "`shop\_1`.`orders`" of a GRANT: database pattern and table, without quotes.
std::pair<std::string, std::string> grant_object(const std::string& object) {
  std::vector<std::string> parts(1);
  bool is_quoted = false;
  for (const char c : object) {
    if (c == '`') {
      is_quoted = !is_quoted;
    } else if (c == '.' && !is_quoted) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return {parts.front(), parts.back()};
}

// LIKE: % any characters, _ one, \ takes the next one as it is.
bool is_like(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '%') {
    for (size_t i = 0; i <= text.size(); ++i) {
      if (is_like(text.substr(i), pattern.substr(1))) return true;
    }
    return false;
  }
  const bool is_escaped = pattern[0] == '\\' && pattern.size() > 1;
  const char wanted = pattern[is_escaped ? 1 : 0];
  if (text.empty() || (text[0] != wanted && (is_escaped || wanted != '_'))) return false;
  return is_like(text.substr(1), pattern.substr(is_escaped ? 2 : 1));
}

bool is_among(const std::set<std::string, std::less<>>& rights, std::string_view right) {
  return rights.contains(right) || rights.contains("ALL PRIVILEGES");
}

}  // namespace

Result<Grants> Grants::read(Connection& connection) {
  std::string sql = "SHOW GRANTS";
  if (!connection.is_mariadb()) {  // MariaDB lists what active roles give by itself
    const auto roles = TRY(connection.value("SELECT CURRENT_ROLE()"));
    if (roles && *roles != "NONE") sql += " FOR CURRENT_USER() USING " + *roles;
  }
  Grants grants;
  for (const auto& row : TRY(connection.rows(sql))) {
    if (row[0]) grants.add(*row[0]);
  }
  const std::string account = TRY(connection.value("SELECT CURRENT_USER()")).value_or("");
  const size_t at = std::min(account.rfind('@'), account.size());
  grants.account_ = quote_text(account.substr(0, at));
  if (at < account.size()) grants.account_ += "@" + quote_text(account.substr(at + 1));
  return grants;
}

void Grants::add(const std::string& line) {
  static const std::regex kGrant("GRANT (.*) ON (?:TABLE )?(.*) TO .*");
  std::smatch grant;
  if (!std::regex_match(line, grant, kGrant)) return;
  Rights rights;
  for (std::string right : split(grant[1].str(), ',')) {
    if (right.starts_with(' ')) right.erase(0, 1);
    rights.insert(std::move(right));
  }
  const auto [pattern, table] = grant_object(grant[2]);
  if (table == "*") {
    by_database_.emplace_back(pattern, std::move(rights));
  } else {
    by_table_[{pattern, table}].merge(rights);
  }
}

bool Grants::has(std::string_view right, const std::string& database) const {
  return std::ranges::any_of(by_database_, [&](const auto& entry) {
    return (entry.first == "*" || is_like(database, entry.first)) && is_among(entry.second, right);
  });
}

bool Grants::has(std::string_view right, const std::string& database,
                 const std::string& table) const {
  const auto found = by_table_.find({database, table});
  return (found != by_table_.end() && is_among(found->second, right)) || has(right, database);
}

bool Grants::has_global(std::string_view right) const {
  return std::ranges::any_of(by_database_, [&](const auto& entry) {
    return entry.first == "*" && is_among(entry.second, right);
  });
}

std::string grant_database(std::string_view database) {
  std::string pattern;
  for (const char c : database) {
    if (c == '_' || c == '%' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return quote_name(pattern) + ".*";
}

}  // namespace syncline::mysql
