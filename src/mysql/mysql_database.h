#pragma once

#include <memory>
#include <mutex>
#include <span>

#include "config/options.h"
#include "config/pipeline.h"
#include "document/plan.h"
#include "ports/database.h"

namespace syncline::mysql {

/// ports::Database over one MySQL or MariaDB server. Safe for concurrent use.
class MysqlDatabase final : public ports::Database {
 public:
  /// `plans` are borrowed and outlive this; they may be empty for commands that only need state
  /// (set_plans() gives them later).
  MysqlDatabase(config::SourceConfig source, document::PipelineName name,
                const config::Options& options, std::string server_identity);
  ~MysqlDatabase() override;

  /// The document types that views read and resolve to. Called before the first reader().
  void set_plans(std::span<const document::DocumentPlan> plans);

  std::unique_ptr<ports::Reader> reader() override;
  std::unique_ptr<ports::ChangeLog> change_log() override;
  std::unique_ptr<ports::State> state() override;
  std::unique_ptr<ports::Leadership> leadership() override;
  Result<document::Revision> newest() override;
  void expect(document::Generation generation, document::Revision known) override;

 private:
  struct Rep;
  std::shared_ptr<Rep> rep_;  // shared with the sessions it made
};

}  // namespace syncline::mysql
