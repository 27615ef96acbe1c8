#include "mysql/mysql_database.h"

#include "mysql/capture_tables.h"
#include "mysql/change_log.h"
#include "mysql/leadership.h"
#include "mysql/own_session.h"
#include "mysql/reader.h"
#include "mysql/state.h"

namespace syncline::mysql {

struct MysqlDatabase::Rep {
  explicit Rep(std::shared_ptr<SessionContext> shared)
      : context(std::move(shared)), session(context) {}

  const std::shared_ptr<SessionContext> context;
  std::mutex mutex;
  OwnSession session;  // guarded by mutex
};

MysqlDatabase::MysqlDatabase(config::SourceConfig source, document::PipelineName name,
                             const config::Options& options, std::string server_identity) {
  auto context = std::make_shared<SessionContext>();
  context->source = std::move(source);
  context->name = std::move(name);
  context->options = options;
  context->server = std::move(server_identity);
  rep_ = std::make_shared<Rep>(std::move(context));
}

MysqlDatabase::~MysqlDatabase() = default;

void MysqlDatabase::set_plans(std::span<const document::DocumentPlan> plans) {
  rep_->context->plans = plans;
}

std::unique_ptr<ports::Reader> MysqlDatabase::reader() {
  return std::make_unique<MysqlReader>(rep_->context);
}

std::unique_ptr<ports::ChangeLog> MysqlDatabase::change_log() {
  return std::make_unique<MysqlChangeLog>(rep_->context);
}

std::unique_ptr<ports::State> MysqlDatabase::state() {
  return std::make_unique<MysqlState>(rep_->context);
}

std::unique_ptr<ports::Leadership> MysqlDatabase::leadership() {
  return std::make_unique<MysqlLeadership>(rep_->context);
}

Result<document::Revision> MysqlDatabase::newest() {
  const std::lock_guard lock(rep_->mutex);
  const auto rows = TRY(rep_->session.rows(
      "SELECT rev FROM " + own_table(rep_->context->name, "clock") + " WHERE id = 1"));
  if (rows.empty()) return not_found("the clock has no row", "run `syncline capture install`");
  return document::Revision(std::strtoull(rows[0][0]->c_str(), nullptr, 10));
}

void MysqlDatabase::expect(document::Generation generation, document::Revision known) {
  rep_->context->generation = generation.value;
  rep_->context->known_revision = known.value;
  rep_->context->is_expected = true;
}

}  // namespace syncline::mysql
