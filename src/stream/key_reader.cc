#include "stream/key_reader.h"

#include <algorithm>

namespace syncline::stream {
namespace {

constexpr size_t kFirstKeys = 200;
constexpr size_t kKeysMax = 10000;

/// Takes the first keys out of the map, at most `count`.
DirtyKeys take(DirtyKeys& keys, size_t count) {
  DirtyKeys taken;
  while (count > 0 && !keys.empty()) {
    auto& [name, all] = *keys.begin();
    if (all.size() <= count) {
      count -= all.size();
      taken.insert(keys.extract(keys.begin()));
      continue;
    }
    // From the end, so that what stays need not move.
    const auto first = all.end() - static_cast<std::ptrdiff_t>(count);
    taken[name].assign(std::make_move_iterator(first), std::make_move_iterator(all.end()));
    all.erase(first, all.end());
    count = 0;
  }
  return taken;
}

uint64_t bytes_of(const refresh::Batch& batch) {
  uint64_t bytes = 0;
  for (const auto& part : batch.parts) {
    for (const auto& image : part.images) {
      bytes += image.key.value.size() + (image.record ? document::size_of(*image.record) : 0);
    }
  }
  return bytes;
}

size_t count_of(const refresh::Batch& batch) {
  size_t count = 0;
  for (const auto& part : batch.parts) count += part.images.size();
  return count;
}

}  // namespace

Result<refresh::Batch> KeyReader::read(ports::View& view, BootTime taken_on, DirtyKeys& keys) {
  refresh::Batch batch{.revision = view.revision(), .taken_on = taken_on};
  uint64_t bytes = 0;
  while (!keys.empty() && bytes < bytes_max_) {
    auto piece = TRY(refresh::read_keys(view, taken_on, plans_, take(keys, keys_at_once())));
    const uint64_t piece_bytes = bytes_of(piece);
    if (const size_t count = count_of(piece)) {
      const uint64_t mean = std::max<uint64_t>(1, piece_bytes / count);
      document_bytes_ = document_bytes_ == 0 ? mean : (document_bytes_ + mean) / 2;
    }
    bytes += piece_bytes;
    for (auto& part : piece.parts) batch.parts.push_back(std::move(part));
  }
  return batch;
}

/// About half of a piece at once: the mean may be wrong.
size_t KeyReader::keys_at_once() const {
  if (document_bytes_ == 0) return kFirstKeys;
  return std::clamp<size_t>(bytes_max_ / 2 / document_bytes_, 1, kKeysMax);
}

}  // namespace syncline::stream
