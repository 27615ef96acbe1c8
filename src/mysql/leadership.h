#pragma once

#include <memory>
#include <optional>
#include <string>

#include "mysql/mysql_session.h"
#include "ports/state.h"

namespace syncline::mysql {

/// ports::Leadership: a named lock in a session of its own. The server ends the session, and with
/// it the lock, when nothing was heard for 10 s.
class MysqlLeadership final : public ports::Leadership {
 public:
  explicit MysqlLeadership(std::shared_ptr<const SessionContext> context);

  Result<bool> try_take() override;
  Result<void> beat() override;
  void release() override;

 private:
  Result<void> connect();

  const std::shared_ptr<const SessionContext> context_;
  const std::string lock_;  ///< quoted
  std::optional<Connection> connection_;
};

}  // namespace syncline::mysql
