#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "mysql/mysql_session.h"

namespace syncline::mysql {

/// A session at READ COMMITTED for our own tables: connected when first needed, closed by any error
/// (which rolls back), connected again at the next use. One thread at a time.
class OwnSession {
 public:
  explicit OwnSession(std::shared_ptr<const SessionContext> context)
      : context_(std::move(context)) {}

  Result<Done> execute(std::string_view sql);
  Result<std::vector<std::vector<std::optional<std::string>>>> rows(std::string_view sql);

  /// The statements in one transaction and one packet.
  Result<void> transact(const std::vector<std::string>& statements);

  unsigned last_code() const { return last_code_; }

 private:
  Result<Connection*> connection();
  Error close_after(const Error& error);

  const std::shared_ptr<const SessionContext> context_;
  std::optional<Connection> connection_;
  unsigned last_code_ = 0;
};

}  // namespace syncline::mysql
