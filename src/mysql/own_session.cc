#include "mysql/own_session.h"

#include "base/text.h"

namespace syncline::mysql {

Result<Connection*> OwnSession::connection() {
  if (!connection_ || !connection_->is_open()) {
    connection_ = TRY(Connection::open(context_->session(Isolation::kReadCommitted)));
  }
  return &*connection_;
}

// What a failed transaction still holds goes with its session.
Error OwnSession::close_after(const Error& error) {
  last_code_ = connection_->last_code();
  connection_.reset();
  return error;
}

Result<Done> OwnSession::execute(std::string_view sql) {
  auto done = TRY(connection())->execute(sql);
  return done.ok() ? std::move(done) : Result<Done>(close_after(done.error()));
}

Result<std::vector<std::vector<std::optional<std::string>>>> OwnSession::rows(
    std::string_view sql) {
  auto rows = TRY(connection())->rows(sql);
  if (!rows.ok()) return close_after(rows.error());
  return rows;
}

Result<void> OwnSession::transact(const std::vector<std::string>& statements) {
  if (statements.empty()) return {};
  const std::string sql = statements.size() == 1
                              ? statements[0]
                              : "START TRANSACTION; " + join(statements, "; ") + "; COMMIT";
  const auto done = TRY(connection())->packet(sql);
  if (!done.ok()) return close_after(done.error());
  return {};
}

}  // namespace syncline::mysql
