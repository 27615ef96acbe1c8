#pragma once

#include <memory>

#include "ports/database.h"
#include "stream/rows_in_hand.h"
#include "stream/streamer.h"
#include "stream/work.h"

namespace syncline::stream {

/// The settling stage: notes in MySQL what became of written work. One thread at a time.
class Settler {
 public:
  Settler(const refresh::Parts& parts, RowsInHand& rows);

  /// Settles the rows, notes owed keys, advances a wide row, publishes the watermark. After an
  /// error nothing of the work may be counted on, and all work behind it must be forgotten.
  Result<void> settle(const Work& work);

 private:
  Result<ports::Settlement> settlement_of(const Work& work);

  const refresh::Parts parts_;
  RowsInHand& rows_;
  const std::unique_ptr<ports::ChangeLog> log_;
  const std::unique_ptr<ports::State> state_;
  bool is_anything_owed_ = true;
  BootTime next_count_{};
};

}  // namespace syncline::stream
