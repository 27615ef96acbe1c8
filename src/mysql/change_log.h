#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mysql/own_session.h"
#include "ports/change_log.h"

namespace syncline::mysql {

/// ports::ChangeLog: one session polls, the other settles. Both at READ COMMITTED: at REPEATABLE
/// READ a delete would keep the application from inserting beside it.
class MysqlChangeLog final : public ports::ChangeLog {
 public:
  explicit MysqlChangeLog(const std::shared_ptr<const SessionContext>& context);

  Result<std::optional<document::LogId>> first_above(document::LogId after) override;
  Result<void> settle(const ports::Settlement& settlement) override;
  Result<void> note(const document::DocumentName& document,
                    std::span<const document::DocumentKey> keys) override;
  Result<void> advance(const ports::LogRow& row, const ports::WideStep& step) override;
  Result<size_t> retry_owed(std::optional<document::TargetName> returned, size_t keys_max) override;
  Result<uint64_t> owed_count() override;

 private:
  Result<uint32_t> number_of(const std::string& document);

  const std::string log_;
  const std::string owed_;
  const std::string catalogue_;
  const std::string write_counters_;
  OwnSession poll_;
  OwnSession settle_;
  std::map<std::string, uint32_t> numbers_;  // a number's meaning never changes
};

}  // namespace syncline::mysql
