#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mysql/own_session.h"
#include "ports/state.h"

namespace syncline::mysql {

/// ports::State in the pipeline's schema (docs/capture.md says what each table holds).
class MysqlState final : public ports::State {
 public:
  explicit MysqlState(std::shared_ptr<const SessionContext> context);

  Result<std::vector<ports::Load>> loads() override;
  Result<document::Revision> begin_load(const document::DocumentName& document,
                                        const document::TargetName& target,
                                        document::Revision first) override;
  Result<void> set_load_phase(const ports::Load& load) override;

  Result<std::vector<ports::Chunk>> chunks(const document::DocumentName& document,
                                           const document::TargetName& target) override;
  Result<void> claim_chunk(std::span<const ports::Load> loads, const ports::Chunk& chunk) override;
  Result<void> finish_chunk(const ports::Load& load, uint64_t number, uint64_t ledger_id,
                            const ports::LedgerEntry& counts, uint64_t writes) override;

  Result<std::vector<ports::WriteCount>> write_counts() override;
  Result<bool> note_loss(const document::TargetName& target,
                         std::span<const ports::WriteCount> counts,
                         const std::string& detail) override;
  Result<void> forget_writes(const document::DocumentName& document,
                             const document::TargetName& target) override;

  Result<uint64_t> open_ledger(const ports::LedgerEntry& entry) override;
  Result<void> update_ledger(const ports::LedgerEntry& entry) override;
  Result<std::vector<ports::LedgerEntry>> ledger(size_t newest) override;

  Result<std::vector<ports::OwedRow>> owed(size_t rows_max) override;
  Result<uint64_t> drop_owed(const std::optional<document::TargetName>& target,
                             const std::optional<document::DocumentName>& document) override;

  Result<std::string> get(const std::string& name) override;
  Result<void> put(const std::string& name, const std::string& text) override;

 private:
  std::string own(std::string_view table) const;

  const document::PipelineName name_;
  OwnSession session_;
};

}  // namespace syncline::mysql
