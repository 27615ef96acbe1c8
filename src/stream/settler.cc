#include "stream/settler.h"

#include <algorithm>
#include <set>

#include "ports/trial.h"

namespace syncline::stream {

using document::DocumentName;
using document::TargetName;

namespace {

constexpr std::chrono::seconds kPauseBetweenCounts{1};

}  // namespace

Settler::Settler(const refresh::Parts& parts, RowsInHand& rows)
    : parts_(parts),
      rows_(rows),
      log_(parts.database.change_log()),
      state_(parts.database.state()) {}

Result<void> Settler::settle(const Work& work) {
  auto settlement = TRY(settlement_of(work));
  settlement.ids = work.ids;
  if (!settlement.owed.empty()) is_anything_owed_ = true;
  if (!settlement.ids.empty() || !settlement.owed.empty() || !settlement.paid.empty() ||
      !settlement.written.empty()) {
    ports::step();
    TRY(log_->settle(settlement));
  }
  rows_.end(work.ids);
  if (work.advance) {
    TRY(log_->advance(work.advance->row, work.advance->step));
    if (work.advance->step.cursor.empty()) rows_.end_wide(work.advance->row.id);
  }
  if (work.watermark) {
    ports::step();
    TRY(state_->put("watermark", std::to_string(work.watermark->value)));
    rows_.caught_up();
  }
  return {};
}

Result<ports::Settlement> Settler::settlement_of(const Work& work) {
  // Keys that fit again after they were too large are paid by their next write and by nothing else:
  // so an old "nothing is owed" is not good enough.
  if (!work.batch.parts.empty() && (!is_anything_owed_ || parts_.clock.boot_now() >= next_count_)) {
    is_anything_owed_ = TRY(log_->owed_count()) > 0;
    next_count_ = parts_.clock.boot_now() + kPauseBetweenCounts;
  }
  // A load that has not begun reads the keys later anyway. Only MySQL knows that it has not, as
  // another process may load, and only a look after the batch's view proves it.
  std::set<std::pair<DocumentName, TargetName>> begun;
  const bool is_one_away = std::any_of(work.outcomes.begin(), work.outcomes.end(),
                                       [](const auto& outcome) { return outcome.error; });
  if (is_one_away) {
    for (const auto& load : TRY(state_->loads())) {
      if (load.phase != ports::LoadPhase::kNone) begun.insert({load.document, load.target});
    }
  }
  return refresh::settlement_of(
      work.batch, work.outcomes, is_anything_owed_,
      [&](const auto& document, const auto& target) {
        return !begun.contains({document, target});
      },
      parts_.counters);
}

}  // namespace syncline::stream
