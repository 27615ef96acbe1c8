#pragma once

#include <map>
#include <span>
#include <vector>

#include "base/result.h"
#include "refresh/batch.h"

namespace syncline::stream {

using DirtyKeys = std::map<document::DocumentName, std::vector<document::DocumentKey>>;

/// Reads documents in pieces that fit in memory, whatever their size: asks for as many at once as
/// the ones before let expect. One thread at a time.
class KeyReader {
 public:
  KeyReader(std::span<const document::DocumentPlan> plans, uint64_t bytes_max)
      : plans_(plans), bytes_max_(bytes_max) {}

  /// Takes keys out of `keys` and reads their documents, until about `bytes_max` bytes or all keys
  /// are read.
  Result<refresh::Batch> read(ports::View& view, BootTime taken_on, DirtyKeys& keys);

 private:
  size_t keys_at_once() const;

  const std::span<const document::DocumentPlan> plans_;
  const uint64_t bytes_max_;
  uint64_t document_bytes_ = 0;  // a running mean; 0: nothing read yet
};

}  // namespace syncline::stream
