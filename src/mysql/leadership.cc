#include "mysql/leadership.h"

#include "base/log.h"
#include "mysql/catalogue.h"
#include "ports/trial.h"

namespace syncline::mysql {
namespace {

constexpr std::chrono::seconds kSilenceMax{10};  ///< after it the server ends the session
constexpr std::chrono::seconds kAnswerWithin{5};

}  // namespace

MysqlLeadership::MysqlLeadership(std::shared_ptr<const SessionContext> context)
    : context_(std::move(context)), lock_(quote_text(schema_of(context_->name) + ".stream")) {}

Result<void> MysqlLeadership::connect() {
  SessionOptions options = context_->session(Isolation::kReadCommitted);
  options.timeout = std::min(options.timeout, kAnswerWithin);
  Connection connection = TRY(Connection::open(options));
  TRY(connection.execute(
      fmt::format("SET SESSION wait_timeout = {0}, net_read_timeout = {0}, net_write_timeout = {0}",
                  kSilenceMax.count())));
  connection_ = std::move(connection);
  return {};
}

// A standby asks every second or so: its session is as good as the holder's, so it is kept.
Result<bool> MysqlLeadership::try_take() {
  if (ports::is_broken(ports::Rule::kOneStreamer)) return true;
  if (!connection_) TRY(connect());
  const auto taken = connection_->value("SELECT GET_LOCK(" + lock_ + ", 0)");
  if (!taken.ok()) {
    connection_.reset();
    return taken.error();
  }
  return *taken == "1";
}

Result<void> MysqlLeadership::beat() {
  if (ports::is_broken(ports::Rule::kOneStreamer)) return {};
  const Error lost =
      conflict("the streaming lock of pipeline " + context_->name.value + " was lost",
               "another engine may stream now; this one stands by");
  if (!connection_) return lost;
  const auto is_held = connection_->value("SELECT IS_USED_LOCK(" + lock_ + ") = CONNECTION_ID()");
  if (is_held.ok() && *is_held == "1") return {};
  connection_.reset();
  return is_held.ok() ? lost : lost.within(is_held.error().message());
}

void MysqlLeadership::release() { connection_.reset(); }

}  // namespace syncline::mysql
