#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "config/pipeline.h"
#include "document/plan.h"
#include "mysql/capture.h"
#include "mysql/connection.h"
#include "mysql/mysql_session.h"

namespace syncline::mysql {

/// The value, or the test fails with the error's text.
template <typename T>
T need(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().text());
  return std::move(result).value();
}
inline void need(Result<void> result) {
  if (!result.ok()) throw std::runtime_error(result.error().text());
}

/// A source database of its own on one of the two servers (the parameter names the environment
/// variable that holds its URI) and a pipeline of the same name. Both are dropped at the end.
class ServerTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override;
  void TearDown() override;

  /// Another session of the application, in the source database, with the server's own defaults
  /// set where `settings` says so ("sql_mode = 'ANSI', time_zone = '+05:30'").
  Connection connect(const std::string& settings = "") const;

  void run(const std::vector<std::string>& statements);
  std::string value(const std::string& sql);
  /// First columns, joined by ','.
  std::string column(const std::string& sql);

  /// Reads the schema as it is now, resolves the definitions against it, installs.
  Result<ClockState> install(std::vector<document::DocumentDefinition> definitions,
                             bool force = false);
  Capture capture() const;

  /// "orders 10 / 1" for each change-log row, ascending; the log is empty afterwards. Document
  /// types likewise.
  std::vector<std::string> take_log();

  std::shared_ptr<SessionContext> context() const;

  config::Endpoint endpoint_;
  std::string name_;
  mutable std::optional<Connection> app_;
  document::Schema schema_;
  std::vector<document::DocumentPlan> plans_;
};

/// A document type of all columns of a table; `embed` are to-many nodes "field:table:link".
document::DocumentDefinition document_of(const std::string& name, const std::string& table,
                                         const std::vector<std::string>& embed = {});

#define SYNCLINE_SERVERS(Suite)                                                                   \
  INSTANTIATE_TEST_SUITE_P(Servers, Suite, testing::Values("MYSQL_URI", "MARIADB_URI"),           \
                           [](const auto& info) {                                                 \
                             return info.param == std::string("MYSQL_URI") ? "MySQL" : "MariaDB"; \
                           })

}  // namespace syncline::mysql
