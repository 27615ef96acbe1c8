#pragma once

#include <optional>
#include <vector>

#include "refresh/batch.h"
#include "refresh/writer.h"

namespace syncline::stream {

/// What goes through the stages of the stream, in order: read, written, settled. Each part may be
/// empty.
struct Work {
  struct Advance {
    ports::LogRow row;
    ports::WideStep step;
  };

  refresh::Batch batch;
  std::vector<refresh::TargetOutcome> outcomes;  ///< once written
  /// Rows of the change log that are dealt with by this batch and the ones before it.
  std::vector<document::LogId> ids;
  std::optional<Advance> advance;  ///< the next hop of a wide row, noted after all that came before
  std::optional<document::Revision> watermark;  ///< true once all that came before is settled
};

}  // namespace syncline::stream
