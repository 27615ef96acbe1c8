#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "mysql/connection.h"

namespace syncline::mysql {

/// What an account may do, as SHOW GRANTS says, active roles included. A value.
class Grants {
 public:
  static Result<Grants> read(Connection& connection);

  /// True when the account has the right on all of the database.
  bool has(std::string_view right, const std::string& database) const;
  /// ... on this table, by its own or the database's grants.
  bool has(std::string_view right, const std::string& database, const std::string& table) const;
  /// ... everywhere: SUPER.
  bool has_global(std::string_view right) const;

  /// 'user'@'host' as SQL, of the account that the server chose.
  const std::string& account() const { return account_; }

  /// Notes the rights of one line of SHOW GRANTS; other lines are left alone.
  void add(const std::string& line);

 private:
  using Rights = std::set<std::string, std::less<>>;
  std::vector<std::pair<std::string, Rights>> by_database_;  // pattern as of LIKE, "*": all
  std::map<std::pair<std::string, std::string>, Rights> by_table_;
  std::string account_;
};

/// The database as a GRANT ... ON `database`.* must name it: there % and _ are wildcards.
std::string grant_database(std::string_view database);

}  // namespace syncline::mysql
