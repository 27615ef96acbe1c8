#include "mysql/foreign_key_rules.h"

#include "base/log.h"
#include "mysql/grants.h"

namespace syncline::mysql {

using document::ReferentialAction;

namespace {

// Comments hold no line feeds: the server shows them escaped.
std::string beginning_of(const std::string& key) {
  return "\n  CONSTRAINT " + quote_name(key) + " FOREIGN KEY ";
}

ReferentialAction action_in(std::string_view rules, const std::string& event) {
  if (rules.find(event + " CASCADE") != std::string_view::npos) return ReferentialAction::kCascade;
  if (rules.find(event + " SET NULL") != std::string_view::npos) return ReferentialAction::kSetNull;
  return ReferentialAction::kNone;
}

}  // namespace

// "  CONSTRAINT `orders_ibfk_1` FOREIGN KEY (`c`) REFERENCES `customers` (`id`) ON DELETE CASCADE,"
ForeignKeyRules foreign_key_rules(std::string_view create_table, const std::string& key) {
  std::string_view line = create_table.substr(create_table.find(beginning_of(key)) + 1);
  line = line.substr(0, line.find('\n'));
  const std::string_view rules = line.substr(line.rfind(')'));  // behind all names
  return {action_in(rules, " ON DELETE"), action_in(rules, " ON UPDATE")};
}

Result<ForeignKeyRules> read_foreign_key_rules(Connection& connection, const std::string& database,
                                               const std::string& table, const std::string& key) {
  const auto rows =
      TRY(connection.rows("SHOW CREATE TABLE " + quote_name(database) + "." + quote_name(table)));
  if (rows.empty() || !rows[0][1] || rows[0][1]->find(beginning_of(key)) == std::string::npos)
    return unsupported(
        fmt::format("what foreign key {} of {} does on DELETE and UPDATE cannot be seen", key,
                    table),
        fmt::format("GRANT TRIGGER ON {} to the account", grant_database(database)));
  return foreign_key_rules(*rows[0][1], key);
}

}  // namespace syncline::mysql
