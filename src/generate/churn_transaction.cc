#include "generate/churn_transaction.h"

#include "base/log.h"
#include "generate/churn_refusal.h"

namespace syncline::generate {
namespace {

constexpr size_t kShownMax = 2000;  // of a statement, in a message

// What the affected rows of a statement were.
void add(ChangeKind kind, uint64_t affected, Pending& pending) {
  switch (kind) {
    case ChangeKind::kInsert:
    case ChangeKind::kCopy:
      pending.inserted += affected;
      return;
    case ChangeKind::kUpsert:  // the server says 1 for an insert, 2 for an update
      if (affected == 1) ++pending.inserted;
      if (affected == 2) ++pending.updated;
      return;
    case ChangeKind::kUpdate:
    case ChangeKind::kUpdateMany:
    case ChangeKind::kKeyChange:
    case ChangeKind::kChildMove:
      pending.updated += affected;
      return;
    case ChangeKind::kDelete:
      pending.deleted += affected;
      return;
  }
}

}  // namespace

Result<ChangeOutcome> ChurnTransaction::change(ChangeKind kind, const ChurnTable& table,
                                               Random& random) {
  const ChangeMaker::Rows rows = [this](const std::string& name) { return tally_.rows(name); };
  ChangeMaker maker(session_, table, rows, random);
  const auto sql = maker.sql(kind);
  if (!sql.ok()) return after_error(sql.error(), table, "looking a row up");
  if (!*sql) return ChangeOutcome::kImpossible;
  tally_.statement();
  const auto done = session_.execute(**sql);
  if (!done.ok()) return after_error(done.error(), table, **sql);
  add(kind, done->affected_rows, pending_[table.name]);
  for (const auto& [name, count] : maker.cascaded()) {
    if (done->affected_rows > 0 && count > 0) pending_[name].cascaded += count;
  }
  return ChangeOutcome::kDone;
}

uint64_t ChurnTransaction::inserted(const std::string& table) const {
  const auto found = pending_.find(table);
  return found == pending_.end() ? 0 : found->second.inserted;
}

Result<ChangeOutcome> ChurnTransaction::after_error(const Error& error, const ChurnTable& table,
                                                    const std::string& sql) {
  const auto reason = refusal_reason(session_.last_code(), error, table);
  if (!reason)
    return error.within(fmt::format("table {}: {}", table.name, sql.substr(0, kShownMax)));
  tally_.refused(table.name, *reason);
  return ends_transaction(error) ? ChangeOutcome::kEnded : ChangeOutcome::kRefused;
}

}  // namespace syncline::generate
