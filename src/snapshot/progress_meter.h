#pragma once

#include <functional>
#include <mutex>
#include <utility>

#include "base/clock.h"
#include "snapshot/snapshot.h"

namespace syncline::snapshot {

/// Counts what the workers do and tells the caller, at most ten times a second and from one thread
/// at a time. Safe for concurrent use.
class ProgressMeter {
 public:
  ProgressMeter(Clock& clock, std::function<void(const Progress&)> on_progress)
      : clock_(clock), on_progress_(std::move(on_progress)) {}

  /// Another document type, or its cleaning walk: told at once.
  void begin(const document::DocumentName& document, bool is_cleaning) {
    const std::lock_guard lock(mutex_);
    if (now_.document != document) now_ = {.document = document};
    now_.is_cleaning = is_cleaning;
    tell();
  }
  void add(uint64_t documents, uint64_t chunks) {
    const std::lock_guard lock(mutex_);
    now_.documents += documents;
    now_.chunks += chunks;
    documents_ += documents;
    chunks_ += chunks;
    if (clock_.boot_now() - told_ >= std::chrono::milliseconds(100)) tell();
  }
  void end() {
    const std::lock_guard lock(mutex_);
    tell();
  }
  uint64_t documents() const {
    const std::lock_guard lock(mutex_);
    return documents_;
  }
  uint64_t chunks() const {
    const std::lock_guard lock(mutex_);
    return chunks_;
  }

 private:
  void tell() {
    told_ = clock_.boot_now();
    if (on_progress_) on_progress_(now_);
  }

  Clock& clock_;
  const std::function<void(const Progress&)> on_progress_;

  mutable std::mutex mutex_;  // guards what follows, and the callback
  Progress now_;
  uint64_t documents_ = 0;
  uint64_t chunks_ = 0;
  BootTime told_{};
};

}  // namespace syncline::snapshot
