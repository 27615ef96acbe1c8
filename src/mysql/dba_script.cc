#include "mysql/dba_script.h"

#include "base/log.h"
#include "mysql/capture_tables.h"
#include "mysql/catalogue.h"
#include "mysql/connection.h"
#include "mysql/grants.h"

namespace syncline::mysql {

namespace {

constexpr std::string_view kCreateTrigger = "CREATE TRIGGER ";
constexpr std::string_view kDefiner = "'syncline_definer'@'localhost'";  // MySQL: at most 32

std::vector<std::string> definer(const DbaRequest& request) {
  return {
      fmt::format("CREATE USER IF NOT EXISTS {} ACCOUNT LOCK", kDefiner),
      fmt::format("GRANT SELECT, TRIGGER ON {} TO {}", grant_database(request.database), kDefiner),
      fmt::format("GRANT INSERT ON {} TO {}", own_table(request.name, "change_log"), kDefiner)};
}

}  // namespace

std::vector<std::string> runtime_grants(const DbaRequest& request) {
  return {fmt::format("GRANT SELECT, TRIGGER ON {} TO {}", grant_database(request.database),
                      request.runtime),
          fmt::format("GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO {}",
                      grant_database(schema_of(request.name)), request.runtime)};
}

std::vector<std::string> dba_script(const DbaRequest& request,
                                    std::span<const std::string> statements) {
  std::vector<std::string> script;
  bool has_definer = false;
  for (const std::string& sql : statements) {
    if (!sql.starts_with(kCreateTrigger)) {
      script.push_back(sql);
      continue;
    }
    if (!has_definer) {
      for (std::string& statement : definer(request)) script.push_back(std::move(statement));
    }
    has_definer = true;
    script.push_back(
        fmt::format("CREATE DEFINER={} TRIGGER {}", kDefiner, sql.substr(kCreateTrigger.size())));
  }
  for (std::string& statement : runtime_grants(request)) script.push_back(std::move(statement));
  return script;
}

}  // namespace syncline::mysql
