#pragma once

#include <memory>
#include <optional>
#include <string>

#include "mysql/connection.h"
#include "mysql/mysql_session.h"
#include "mysql/routes.h"
#include "ports/source.h"

namespace syncline::mysql {

/// ports::Reader: one session at REPEATABLE READ, connected when first needed. A view is numbered
/// and opened in one packet of that session (docs/concepts.md): lock, clock row, snapshot, unlock.
/// Anything but the one expected outcome closes the session, because the lock is re-entrant and
/// would stay held.
class MysqlReader final : public ports::Reader {
 public:
  explicit MysqlReader(std::shared_ptr<SessionContext> context);

  Result<std::unique_ptr<ports::View>> open() override;

 private:
  Result<void> connect();
  std::string packet_sql() const;
  Result<document::Revision> number();
  Result<document::Revision> number_without_lock(bool is_view_first);
  Error explain() const;

  const std::shared_ptr<SessionContext> context_;
  std::optional<Connection> connection_;
  std::optional<RouteTable> routes_;
};

}  // namespace syncline::mysql
