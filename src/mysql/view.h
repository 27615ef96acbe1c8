#pragma once

#include <memory>
#include <string>

#include "mysql/connection.h"
#include "mysql/mysql_session.h"
#include "mysql/routes.h"
#include "ports/source.h"

namespace syncline::mysql {

/// ports::View over the snapshot that is open in a Reader's session. Borrows everything: the reader
/// outlives it and opens no other one meanwhile.
class MysqlView final : public ports::View {
 public:
  MysqlView(Connection& connection, RouteTable& routes, const SessionContext& context,
            document::Revision revision);
  ~MysqlView() override;

  document::Revision revision() const override { return revision_; }
  Result<std::vector<document::Image>> read(const document::DocumentPlan& plan,
                                            std::span<const document::DocumentKey> keys) override;
  Result<std::vector<document::DocumentKey>> absent(
      const document::DocumentPlan& plan, std::span<const document::DocumentKey> keys) override;
  Result<std::optional<document::DocumentKey>> cut(
      const document::DocumentPlan& plan, const std::optional<document::DocumentKey>& after,
      size_t documents) override;
  Result<ports::Piece> read_range(const document::DocumentPlan& plan, const ports::KeyRange& range,
                                  const ports::ReadLimits& limits) override;
  Result<std::vector<ports::LogRow>> read_log(document::LogId after, size_t rows_max) override;
  Result<ports::Resolution> resolve(std::span<const ports::LogRow> rows, size_t wide_min) override;
  Result<std::vector<document::DocumentKey>> owed(
      const document::DocumentName& document, const document::TargetName& target,
      std::span<const document::DocumentKey> keys) override;
  Result<ports::WideStep> widen(const ports::LogRow& row, size_t rows_max) override;

 private:
  Connection& connection_;
  RouteTable& routes_;
  const SessionContext& context_;
  const document::Revision revision_;
};

}  // namespace syncline::mysql
