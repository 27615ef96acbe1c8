#include "stream/rows_in_hand.h"

#include <algorithm>

namespace syncline::stream {
namespace {

constexpr size_t kWideRowsMax = 1000;

}  // namespace

std::vector<ports::LogRow> RowsInHand::others(std::vector<ports::LogRow> rows,
                                              bool& has_wide) const {
  const std::lock_guard lock(mutex_);
  std::erase_if(rows, [&](const ports::LogRow& row) {
    const auto known = rows_.find(row.id);
    if (known == rows_.end()) return false;
    has_wide = has_wide || known->second;
    return true;
  });
  return rows;
}

void RowsInHand::begin(std::span<const document::LogId> ids, BootTime seen) {
  if (ids.empty()) return;
  const std::lock_guard lock(mutex_);
  for (const auto& id : ids) rows_.emplace(id, false);
  pages_.push_back(seen);
}

void RowsInHand::end(std::span<const document::LogId> ids) {
  if (ids.empty()) return;
  const std::lock_guard lock(mutex_);
  for (const auto& id : ids) rows_.erase(id);
  pages_.pop_front();
}

bool RowsInHand::begin_wide(document::LogId id) {
  const std::lock_guard lock(mutex_);
  if (wide_rows_ == kWideRowsMax) return false;
  ++wide_rows_;
  rows_.emplace(id, true);
  return true;
}

void RowsInHand::end_wide(document::LogId id) {
  const std::lock_guard lock(mutex_);
  wide_rows_ -= rows_.erase(id);
}

void RowsInHand::forget() {
  const std::lock_guard lock(mutex_);
  if (!behind_since_ && !pages_.empty()) behind_since_ = pages_.front();
  rows_.clear();
  wide_rows_ = 0;
  pages_.clear();
}

void RowsInHand::caught_up() {
  const std::lock_guard lock(mutex_);
  behind_since_.reset();
}

std::optional<BootTime> RowsInHand::oldest() const {
  const std::lock_guard lock(mutex_);
  if (behind_since_ || pages_.empty()) return behind_since_;
  return pages_.front();
}

size_t RowsInHand::wide_rows() const {
  const std::lock_guard lock(mutex_);
  return wide_rows_;
}

}  // namespace syncline::stream
