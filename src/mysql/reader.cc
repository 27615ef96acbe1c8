#include "mysql/reader.h"

#include "base/log.h"
#include "base/text.h"
#include "mysql/capture.h"
#include "mysql/capture_tables.h"
#include "mysql/view.h"
#include "ports/trial.h"

namespace syncline::mysql {
namespace {

constexpr int kLockWaitSeconds = 20;

std::string lock_name(const document::PipelineName& name) {
  return quote_text("syncline_" + name.value + ".view");
}

// Evaluated inside the statement, by the server that is asked: an identity that was read earlier
// says nothing of the server that answers now. A configured name is all there is to compare.
std::string server_sql(const SessionContext& context, bool is_mariadb) {
  return server_identity_sql(is_mariadb, context.source.server_name);
}

bool is_lost(unsigned code) { return code == 2006 || code == 2013 || code == 4031; }

void raise(std::atomic<uint64_t>& highest, uint64_t value) {
  uint64_t known = highest;
  while (known < value && !highest.compare_exchange_weak(known, value)) {
  }
}

}  // namespace

MysqlReader::MysqlReader(std::shared_ptr<SessionContext> context) : context_(std::move(context)) {}

Result<void> MysqlReader::connect() {
  const bool has_views = !ports::is_broken(ports::Rule::kRepeatableRead);
  connection_ = TRY(Connection::open(
      context_->session(has_views ? Isolation::kRepeatableRead : Isolation::kReadCommitted)));
  routes_.emplace(context_->name, context_->plans);
  return {};
}

std::string MysqlReader::packet_sql() const {
  const std::string clock = own_table(context_->name, "clock");
  const std::string expected =
      context_->is_expected
          ? fmt::format(" AND generation = {} AND rev >= {}", context_->generation.load(),
                        context_->known_revision.load())
          : "";
  return fmt::format(
      "SELECT GET_LOCK({0}, {1}); UPDATE {2} SET rev = LAST_INSERT_ID(GREATEST(rev + 1, "
      "CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS UNSIGNED))) WHERE id = 1 AND server = {3}{4}; "
      "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY; SELECT RELEASE_LOCK({0})",
      lock_name(context_->name), kLockWaitSeconds, clock,
      server_sql(*context_, connection_->is_mariadb()), expected);
}

Result<document::Revision> MysqlReader::number() {
  const bool is_late = ports::is_broken(ports::Rule::kNumberBeforeView);
  if (is_late || ports::is_broken(ports::Rule::kViewLock)) return number_without_lock(is_late);
  const auto results = connection_->packet(packet_sql());
  if (!results.ok()) {
    connection_->close();
    return results.error();
  }
  const bool is_locked = results->size() == 4 && (*results)[0].value == "1";
  const bool is_released = results->size() == 4 && (*results)[3].value == "1";
  const bool is_numbered = results->size() == 4 && (*results)[1].done.affected_rows == 1;
  if (is_locked && is_numbered && is_released)
    return document::Revision((*results)[1].done.insert_id);
  connection_->close();
  if (is_locked && is_released) return explain();
  return transient(connection_->where() + ": the view lock of pipeline " + context_->name.value +
                       " could not be had within " + std::to_string(kLockWaitSeconds) + " s",
                   "another session holds " + lock_name(context_->name) +
                       ": see IS_USED_LOCK() and SHOW PROCESSLIST");
}

/// For the hostile test alone: number and view in two sessions that nothing holds together.
Result<document::Revision> MysqlReader::number_without_lock(bool is_view_first) {
  const auto parts = split(packet_sql(), ';');  // lock, number, view, release
  auto numbering = TRY(Connection::open(context_->session(Isolation::kReadCommitted)));
  if (is_view_first) TRY(connection_->execute(parts[2]));
  for (int i = 0; i < 4; ++i) ports::step();
  const Done numbered = TRY(numbering.execute(parts[1]));
  for (int i = 0; i < 4; ++i) ports::step();
  if (!is_view_first) TRY(connection_->execute(parts[2]));
  return document::Revision(numbered.insert_id);
}

// Why no clock row was changed, asked in a session of its own.
Error MysqlReader::explain() const {
  auto connection = Connection::open(context_->session(Isolation::kRepeatableRead));
  if (!connection.ok()) return connection.error();
  const std::string server = server_sql(*context_, connection->is_mariadb());
  const auto rows = connection->rows(fmt::format("SELECT generation, rev, server, {} FROM {}",
                                                 server, own_table(context_->name, "clock")));
  if (!rows.ok()) return rows.error();
  const std::string pipeline = "pipeline " + context_->name.value;
  if (rows->empty())
    return invalid(pipeline + " has no clock", "install it with `syncline capture install`");
  const auto& clock = (*rows)[0];
  const auto text = [&](size_t i) { return clock[i].value_or("NULL"); };
  if (clock[2] != clock[3]) {
    return conflict(fmt::format("{} belongs to MySQL server {}, and {} is server {}", pipeline,
                                text(2), connection->where(), text(3)),
                    "name the right server in source.uri, or take this one over with --adopt");
  }
  if (std::stoull(text(0)) != context_->generation) {
    return conflict(fmt::format("{} is at generation {}, this process at {}: another definition "
                                "was installed",
                                pipeline, text(0), context_->generation.load()),
                    "start this process again with the pipeline file that is in force");
  }
  if (std::stoull(text(1)) < context_->known_revision) {
    return conflict(fmt::format("{}: MySQL went back in time: its clock is at {}, but revision {} "
                                "was handed out before",
                                pipeline, text(1), context_->known_revision.load()),
                    "restore the newer MySQL, or take this state over with --adopt");
  }
  return transient(pipeline + ": the clock row was locked or changed meanwhile");
}

Result<std::unique_ptr<ports::View>> MysqlReader::open() {
  const bool is_reused = connection_ && connection_->is_open();
  if (!is_reused) TRY(connect());
  ports::step();
  auto revision = number();
  // The server may have dropped an idle session: that says nothing about a new one.
  if (!revision.ok() && is_reused && is_lost(connection_->last_code())) {
    TRY(connect());
    revision = number();
  }
  if (!revision.ok()) return revision.error();
  ports::step();
  raise(context_->known_revision, revision->value);
  return std::unique_ptr<ports::View>(
      std::make_unique<MysqlView>(*connection_, *routes_, *context_, *revision));
}

}  // namespace syncline::mysql
